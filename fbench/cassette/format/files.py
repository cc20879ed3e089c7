"""Reads at a position on every platform: POSIX has a call for it (`pread`) that Windows lacks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

__all__ = ["PositionedFile", "open_for_appending"]

_BINARY: int = getattr(os, "O_BINARY", 0)
"""Without it, Windows changes the line endings in files."""


class PositionedFile:
    """A file that many threads read, each at its own positions."""

    def __init__(self, path: Path) -> None:
        """Open a file for reading.

        Raises:
            OSError: it cannot be opened.
        """
        self._number = os.open(path, os.O_RDONLY | _BINARY)
        self._held: bytes | None = None
        self._lock = threading.Lock()
        self._pread: Callable[[int, int, int], bytes] | None = getattr(os, "pread", None)

    @property
    def size(self) -> int:
        """The length of the file in bytes."""
        return os.fstat(self._number).st_size if self._held is None else len(self._held)

    def hold(self, content: bytes) -> None:
        """Read from these bytes instead of the file's from now on."""
        self._held = content

    def read_at(self, position: int, length: int) -> bytes:
        """The bytes from a position on, fewer at the end of the file.

        Raises:
            OSError: they cannot be read.
        """
        if self._held is not None:
            return self._held[position : position + length]
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
