"""A cassette's file, written: each interaction in one write, so that a crash tears at most the last of
them.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from fbench.cassette.format.head import write_head
from fbench.cassette.format.tape import Tape
from fbench.errors import CassetteError

__all__ = ["Recorder"]


class Recorder:
    """Appends records to a file, and is the only one that does. Safe from many threads at once."""

    def __init__(self, path: Path, provenance: Mapping[str, object]) -> None:
        """Goes on with a recording that was interrupted, or begins one; a torn record at its end is cut off.

        Raises:
            CassetteError: the file cannot be written, is damaged, or is being recorded by another process.
        """
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._claim()
            self._size = self._begin(provenance)
        except OSError as error:
            raise CassetteError(
                f"{path}: cannot be written: {error.strerror}. Choose another folder."
            ) from error

    def append(self, record: bytes) -> None:
        """Adds a record.

        Raises:
            CassetteError: the disk does not take it; what was recorded before is as it was.
        """
        with self._lock:
            try:
                done, said = os.write(self._file, record), "there is no room left"
            except OSError as error:
                done, said = 0, str(error.strerror)
            if done < len(record):
                os.ftruncate(self._file, self._size)
                raise CassetteError(
                    f"{self.path}: an interaction could not be recorded: {said}. What was recorded before is "
                    "safe; make room, then go on."
                )
            self._size += done

    def close(self) -> None:
        """Lets go of the file, and of the claim on it."""
        os.close(self._file)

    def _claim(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise CassetteError(
                f"{self.path}: another process is recording there. Wait for its end, or record to another "
                f"folder."
            ) from None

    def _begin(self, provenance: Mapping[str, object]) -> int:
        if os.fstat(self._file).st_size == 0:
            return os.write(self._file, write_head(provenance))
        tape = Tape(self.path)
        tape.close()
        os.ftruncate(self._file, tape.end)
        return tape.end
