"""The learners of fakes, and what is said where one that a user named fails."""

from __future__ import annotations

from collections.abc import Sequence

import httpx2

from fakes.learners import Learner, load
from fbench.errors import FbenchError, told

__all__ = ["NamedLearner", "learner_of"]

_ADVICE = "A learner must train on any examples, and give a Reply to any prompt"


class NamedLearner(httpx2.AsyncBaseTransport):
    """Fakes whose learner a user named: where its code fails, the error says so, and what to do."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, learner: str, advice: str = _ADVICE) -> None:
        self._inner, self._learner, self._advice = inner, learner, advice

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response of the fakes."""
        try:
            return await self._inner.handle_async_request(request)
        except httpx2.HTTPError:
            raise
        except (Exception, SystemExit) as error:
            raise FbenchError(
                f"the learner {self._learner!r} failed at {request.method} {request.url.path}: "
                f"{told(error)}. {self._advice}."
            ) from error


def learner_of(name: str, prior: Sequence[tuple[str, str]], seed: int, version: int) -> Learner:
    """The learner of that name; one that is trained here knows the prior."""
    if name not in ("softmax", "tiny"):
        return load(name)
    return load(name, prior=prior, seed=seed, **({"version": version} if name == "softmax" else {}))
