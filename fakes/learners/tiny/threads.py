"""Threads: each product of matrices has one, and the two halves of a step have one each.

The matrices are small. With a thread for each processor the library waits longer than it computes, many times
as long where other programs run beside it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, cast

from threadpoolctl import ThreadpoolController  # pyright: ignore[reportMissingTypeStubs] - it has none

__all__ = ["halves", "one_thread"]


@cache
def halves() -> ThreadPoolExecutor:
    """Two threads for the halves of a step."""
    return ThreadPoolExecutor(2, thread_name_prefix="tiny")


def one_thread() -> AbstractContextManager[object]:
    """A block in which NumPy computes each product in the thread that asks for it."""
    return cast("Any", _libraries()).limit(limits=1, user_api="blas")


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
