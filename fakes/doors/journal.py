"""Save a world across restarts: the calls that changed it, with their times.

A world answers the same calls in the same way, so the calls are its state: they are written when they happen,
one JSON line each, and repeated at the next start. They contain no credentials.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

__all__ = ["Entry", "Journal"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A call that changed something, and when, in Unix seconds."""

    at: float
    method: str
    url: str
    content_type: str
    body: bytes


class Journal:
    """A file of entries. Each is flushed when appended; an incomplete last line is dropped on reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def read(self) -> Iterator[Entry]:
        """The entries so far, in order.

        Raises:
            ValueError: a line is no entry, unless it is an incomplete last line; the message names the line.
        """
        if not self._path.exists():
            return
        lines = self._path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, 1):
            if line:
                try:
                    at, method, url, content_type, body = json.loads(line)
                    entry = Entry(float(at), str(method), str(url), str(content_type), base64.b64decode(body))
                except (ValueError, TypeError) as error:
                    if number == len(lines):
                        return
                    raise ValueError(
                        f"{self._path}, line {number}: is no entry of a journal. Take the line out, or "
                        "choose another file."
                    ) from error
                yield entry

    def append(self, entry: Entry) -> None:
        """Add an entry."""
        if self._file is None:
            self._mend()
            self._file = self._path.open("a", encoding="utf-8")
        body = base64.b64encode(entry.body).decode("ascii")
        row = [round(entry.at, 3), entry.method, entry.url, entry.content_type, body]
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _mend(self) -> None:
        """Remove an incomplete last line."""
        if self._path.exists():
            content = self._path.read_bytes()
            if content and not content.endswith(b"\n"):
                self._path.write_bytes(content[: content.rfind(b"\n") + 1])
