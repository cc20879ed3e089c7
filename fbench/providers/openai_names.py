"""Names of fine-tuned models without the organisation, as a run's store keeps them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from fbench.errors import ProviderFailed

__all__ = ["OpenAINames", "without_organization"]

_TUNED = re.compile(r"ft:(?P<base>[^:]+):(?P<organization>[^:]+):(?P<rest>.*)")
_KEPT = re.compile(r"(?P<job>[^/:]+)/ft:[^:]+::.*")


def without_organization(job_id: str, name: str) -> str:
    """`JOB/ft:BASE::SUFFIX:ID` of `ft:BASE:ORGANISATION:SUFFIX:ID`; any other name unchanged.

    The job tells the name in full to whoever has its key.
    """
    from fbench.cassette.scrub.rule import is_placeholder  # noqa: PLC0415 - slow to import

    found = _TUNED.fullmatch(name)
    if found is None or found["organization"] == "personal" or is_placeholder(found["organization"]):
        return name
    return f"{job_id}/ft:{found['base']}::{found['rest']}"


class OpenAINames:
    """Names that are kept without the organisation, and asked for with it.

    Args:
        hide: whether the organisation must not be kept: that of fakes, or a recording's placeholder, may be.
    """

    def __init__(self, *, hide: bool) -> None:
        self._hide = hide
        self._seen: dict[str, str] = {}

    def kept(self, job_id: str, name: str) -> str:
        """The name as it is kept."""
        short = without_organization(job_id, name) if self._hide else name
        self._seen[short] = name
        return short

    async def full(self, name: str, read: Callable[[str], Awaitable[object]]) -> str:
        """The name for a request; `read` reads a job by its id, and calls `kept` for its models."""
        found = None if name in self._seen else _KEPT.fullmatch(name)
        if found is None:
            return self._seen.get(name, name)
        await read(found["job"])
        if name not in self._seen:
            raise ProviderFailed(f"the model {name} is not one of job {found['job']} any more")
        return self._seen[name]
