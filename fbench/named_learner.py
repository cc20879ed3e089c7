"""Fakes whose learner a user named."""

from __future__ import annotations

import httpx2

from fbench.errors import FbenchError, told

__all__ = ["NamedLearner"]


class NamedLearner(httpx2.AsyncBaseTransport):
    """Fakes whose learner a user named: where its code fails, the error says so."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, learner: str) -> None:
        self._inner, self._learner = inner, learner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response of the fakes."""
        try:
            return await self._inner.handle_async_request(request)
        except httpx2.HTTPError:
            raise
        except (Exception, SystemExit) as error:
            raise FbenchError(
                f"the learner {self._learner!r} failed at {request.method} {request.url.path}: "
                f"{told(error)}. A learner must train on any examples, and give a Reply to any prompt."
            ) from error
