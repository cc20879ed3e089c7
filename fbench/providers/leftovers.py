"""What a training left at its service, and whether it may be deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

__all__ = ["Leftover"]


@dataclass(frozen=True, slots=True)
class Leftover:
    """A thing at a service that a training or a batch made, by what the run's store and the service agree on.

    Attributes:
        kind: `training file`, `batch file`, `model` or `endpoint`.
        name: its name at the service, without the project or bucket that it is in.
        delete: deletes it; returns False if it was gone already. None if it must stay.
        why: why it must stay.
    """

    kind: str
    name: str
    delete: Callable[[], Awaitable[bool]] | None = None
    why: str = ""
