"""File access that works on every platform: reads at a position, a lock for writing.

POSIX has calls for these that Windows lacks (`pread`, `flock`). Only this module knows the difference.
Replaying needs no lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

__all__ = ["PositionedFile", "lock_for_writing", "open_for_appending"]

_BINARY: int = getattr(os, "O_BINARY", 0)
"""Without it, Windows changes the line endings in files."""

_LOCKED_BYTE = 1 << 40
"""Windows locks bytes against reading too, so the locked byte is far beyond the end of the file."""


class PositionedFile:
    """A file that many threads read, each at its own positions."""

    def __init__(self, path: Path) -> None:
        """Open a file for reading.

        Raises:
            OSError: it cannot be opened.
        """
        self._number = os.open(path, os.O_RDONLY | _BINARY)
        self._lock = threading.Lock()
        self._pread: Callable[[int, int, int], bytes] | None = getattr(os, "pread", None)

    @property
    def size(self) -> int:
        """The length of the file in bytes."""
        return os.fstat(self._number).st_size

    def read_at(self, position: int, length: int) -> bytes:
        """The bytes from a position on, fewer at the end of the file.

        Raises:
            OSError: they cannot be read.
        """
        if self._pread is not None:
            return self._pread(self._number, length, position)
        with self._lock:  # the position belongs to the file, which all threads share
            os.lseek(self._number, position, os.SEEK_SET)
            return os.read(self._number, length)

    def close(self) -> None:
        """Close the file."""
        os.close(self._number)


def open_for_appending(path: Path) -> int:
    """The number of a file that is open for reading and for writing at its end; created if it is absent.

    Raises:
        OSError: it cannot be opened.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o644)


def lock_for_writing(number: int) -> bool:
    """Lock an open file until it is closed; False if another process has locked it.

    A platform with neither kind of lock (WebAssembly) has no other processes either.

    Raises:
        OSError: the file system has no locks.
    """
    if (fcntl := _module("fcntl")) is not None:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    elif (msvcrt := _module("msvcrt")) is not None:
        os.lseek(number, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
    return True


def _module(name: str) -> Any:
    """A module of the standard library that this platform may lack; None if it does."""
    try:
        return cast("Any", import_module(name))
    except ImportError:
        return None
