"""A cassette's file, read: an index of its records, each of which is read when it is played."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from fbench.cassette.format.head import hash_of, is_ours, read_head
from fbench.cassette.format.interaction import (
    HEAD,
    Interaction,
    Response,
    head_of,
    is_sound,
    read_interaction,
    read_response,
)
from fbench.errors import CassetteError
from fbench.plurals import be, counted

__all__ = ["CassetteWarning", "Tape"]

_CHUNK = 1 << 20
_DO = (
    "Take the file from where it came from again, or run `fbench cassette seal` on it where the change was "
    "meant."
)


class CassetteWarning(UserWarning):
    """A recording can be used, and something about it should be known."""


class Tape:
    """A file of interactions, in their order.

    `index` maps a key to the positions of its records. `closed` is whether the recording came to its end.
    `end` is the byte behind the last sound record. Reading is safe from many threads at once.
    """

    def __init__(self, path: Path) -> None:
        """Opens a file that fbench or vcrpy wrote.

        Raises:
            CassetteError: it cannot be read, is damaged, or is no cassette.
        """
        self.path = path
        self.index: dict[str, list[int]] = {}
        self.provenance: dict[str, object] = {}
        self._places: list[tuple[int, int]] = []
        self._foreign: list[Interaction] = []
        try:
            self._file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error
        try:
            beginning = self._begin()
            if is_ours(beginning):
                self._scan(beginning)
            else:
                # vcrpy takes longer to import than all the rest, and recordings of our own do without it
                from fbench.cassette.format.foreign import read_foreign  # noqa: PLC0415

                self._foreign = read_foreign(path)
                self.closed, self.end = True, os.fstat(self._file).st_size
                for position, interaction in enumerate(self._foreign):
                    self.index.setdefault(interaction.key, []).append(position)
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return len(self._foreign) or len(self._places)

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def response(self, position: int) -> Response:
        """The response of a record.

        Raises:
            CassetteError: the record is not what was written.
        """
        return self._foreign[position].response if self._foreign else read_response(self.record(position))

    def interaction(self, position: int) -> Interaction:
        """The whole of a record.

        Raises:
            CassetteError: the record is not what was written.
        """
        return self._foreign[position] if self._foreign else read_interaction(self.record(position))

    def __iter__(self) -> Iterator[Interaction]:
        return (self.interaction(position) for position in range(len(self)))

    def record(self, position: int) -> bytes:
        """The bytes of a record in fbench's layout.

        Raises:
            CassetteError: the record is not what was written.
        """
        at, length = self._places[position]
        record = os.pread(self._file, length, at)
        if len(record) < length or not is_sound(record):
            raise CassetteError(
                f"{self.path}, record {position + 1} (at byte {at}): is damaged or was changed by hand. {_DO}"
            )
        return record

    def _begin(self) -> bytes:
        try:
            return os.pread(self._file, _CHUNK, 0)
        except OSError as error:
            raise CassetteError(f"{self.path}: cannot be read: {error.strerror}.") from error

    def _scan(self, beginning: bytes) -> None:
        """Leaps from record to record by their lengths.

        In a closed cassette the head answers for the keys and lengths that are met, and each record for
        itself when it is played. An interrupted recording has no such head, so each record is looked at.
        """
        head = read_head(beginning, self.path)
        self.provenance, self.closed = head.provenance, head.records is not None
        size = os.fstat(self._file).st_size
        at, base, chunk = head.length, 0, beginning
        heads: list[bytes] = []
        while at < size:
            if at + HEAD > base + len(chunk):
                base, chunk = at, os.pread(self._file, _CHUNK, at)
            line = chunk[at - base : at - base + HEAD]
            found = head_of(line)
            if found is None or at + found[1] > size:
                break
            if not self.closed and not is_sound(os.pread(self._file, found[1], at)):
                break
            self.index.setdefault(found[0], []).append(len(self._places))
            self._places.append((at, found[1]))
            heads.append(line)
            at += found[1]
        self.end = at
        if self.closed and (at < size or len(self) != head.records or hash_of(heads) != head.heads):
            raise CassetteError(
                f"{self.path}: holds {counted(len(self), 'sound record')} where {head.records} "
                f"{'was' if head.records == 1 else 'were'} recorded"
                f"{f', and none at byte {at}' if at < size else ''}: it was cut short, damaged or changed by "
                f"hand. {_DO}"
            )
        if self.end < size:
            left = counted(size - self.end, "byte")
            warnings.warn(
                f"{self.path}: the recording was interrupted; its last {left} {be(size - self.end)} no whole "
                "record, and left out.",
                CassetteWarning,
                stacklevel=4,
            )
