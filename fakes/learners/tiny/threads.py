"""NumPy computes each product of matrices in one thread: they are small, and a run has a process a core.

With a thread for each core the library waits longer than it computes, where other programs run beside it ten
times as long.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any, cast

from threadpoolctl import ThreadpoolController  # pyright: ignore[reportMissingTypeStubs] - it has none

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[object]:
    """A block in which NumPy computes each product in the thread that asks for it."""
    return cast("Any", _libraries()).limit(limits=1, user_api="blas")


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
