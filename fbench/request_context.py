"""The shard of a request, and a tag that distinguishes it from equal requests: both are known where the
request is made, and are not sent.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["SHARED", "about", "current_shard", "current_tag", "was_replayed"]

SHARED = "shared"
"""The shard of requests that belong to no other shard."""

current_shard: ContextVar[str] = ContextVar("fbench_shard", default=SHARED)
current_tag: ContextVar[str] = ContextVar("fbench_tag", default="")
was_replayed: ContextVar[bool] = ContextVar("fbench_replayed", default=False)
"""Whether this task's last response came from a recording: then there is nothing to wait for."""


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
