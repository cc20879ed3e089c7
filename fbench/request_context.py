"""The shard of a request, a tag that distinguishes it from equal requests, and what a further attempt at it
needs: all are known where the request is made, and are not sent.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

__all__ = ["SHARED", "Attempt", "about", "current_attempt", "current_shard", "current_tag", "was_replayed"]

SHARED = "shared"
"""The shard of requests that belong to no other shard."""

current_shard: ContextVar[str] = ContextVar("fbench_shard", default=SHARED)
current_tag: ContextVar[str] = ContextVar("fbench_tag", default="")
was_replayed: ContextVar[bool] = ContextVar("fbench_replayed", default=False)
"""Whether this task's last response came from a recording: then there is nothing to wait for."""


class Attempt(Protocol):
    """An attempt at a request that costs money, as far as who sends it is concerned."""

    def failed(self, *, may_be_paid: bool) -> None:
        """The attempt failed; the service may or may not charge for it."""
        ...

    async def again(self) -> None:
        """Wait until the request may be sent once more."""
        ...


current_attempt: ContextVar[Attempt | None] = ContextVar("fbench_attempt", default=None)
"""The attempt that the requests of this task belong to, if they cost money."""


@contextmanager
def about(*, shard: str | None = None, tag: str | None = None) -> Generator[None]:
    """Within the block, requests of this task or thread belong to a shard, and have a tag.

    A tag, such as a question and the number of its repeat, separates requests that are the same on the wire.
    """
    before_shard, before_tag = current_shard.get(), current_tag.get()
    current_shard.set(before_shard if shard is None else shard)
    current_tag.set(before_tag if tag is None else tag)
    try:
        yield
    finally:
        current_shard.set(before_shard)
        current_tag.set(before_tag)
