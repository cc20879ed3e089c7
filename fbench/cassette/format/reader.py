"""Reads a cassette's file: first the positions of its records, then each record when it is needed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

from fbench.cassette.format.files import PositionedFile
from fbench.cassette.format.head import has_fbench_layout, hash_of, plain_lines, read_head
from fbench.cassette.format.interaction import (
    RECORD_HEAD,
    Interaction,
    RecordedResponse,
    RequestNumber,
    asked_of,
    is_sound,
    read_interaction,
    read_record_head,
    read_response,
)
from fbench.errors import CassetteError
from fbench.plurals import be, counted

__all__ = ["CassetteReader", "CassetteWarning"]

_CHUNK = 1 << 20
_DO = (
    "Take the file from where it came from again, or run `fbench cassette seal` on it where the change was "
    "meant."
)


class CassetteWarning(UserWarning):
    """A recording can be used, but has a property that the user should know."""


class CassetteReader:
    """The interactions of a file, in their order. Safe for many threads at once.

    Attributes:
        path: the file.
        index: key -> the positions of its records, counted from 0.
        provenance: where the records come from, from the head; empty for a cassette of another recorder.
        recorder: which program wrote the file: fbench, vcrpy or cassetter.
        closed: whether the recording was completed.
        records_hash: what tells the records of a closed cassette of fbench's from others; else empty.
        end: the position after the last sound record.
        as_written: whether its line ends are those that it was written with.
        sessions: while the recording goes on, how many processes have recorded.
    """

    def __init__(self, path: Path) -> None:
        """Open a file that fbench or another recorder wrote (see `foreign`).

        Raises:
            CassetteError: it cannot be read, is damaged, or is not a cassette.
        """
        self.path = path
        self.index: dict[str, list[int]] = {}
        self.provenance: dict[str, object] = {}
        self.recorder = "fbench"
        self.records_hash = ""
        self.sessions = 0
        self._places: list[tuple[int, int]] = []
        self._foreign: list[Interaction] = []
        try:
            self._file = PositionedFile(path)
        except OSError as error:
            raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error
        try:
            beginning = self._begin()
            self.as_written = plain_lines(beginning) == beginning
            if not self.as_written:
                self._file.hold(plain_lines(self._file.read_at(0, self._file.size)))
                beginning = self._file.read_at(0, _CHUNK)
            if has_fbench_layout(beginning):
                self._scan(beginning)
            else:
                from fbench.cassette.format.foreign import read_foreign  # noqa: PLC0415 - YAML is slow to import

                self.recorder, self._foreign = read_foreign(path, self._file.read_at(0, self._file.size))
                self.closed, self.end = True, self._file.size
                for position, interaction in enumerate(self._foreign):
                    self.index.setdefault(interaction.key, []).append(position)
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return len(self._foreign) or len(self._places)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def response(self, position: int) -> RecordedResponse:
        """The response of a record.

        Raises:
            CassetteError: the record was changed or damaged.
        """
        return self._foreign[position].response if self._foreign else read_response(self.record(position))

    def session(self, position: int) -> int:
        """Which process recorded a record; equal for all of a recording that has ended.

        Raises:
            CassetteError: the record was changed or damaged.
        """
        return RequestNumber().session if self._foreign else asked_of(self.record(position)).session

    def interaction(self, position: int) -> Interaction:
        """The complete interaction in a record.

        Raises:
            CassetteError: the record was changed or damaged.
        """
        return self._foreign[position] if self._foreign else read_interaction(self.record(position))

    def __iter__(self) -> Iterator[Interaction]:
        return (self.interaction(position) for position in range(len(self)))

    def record(self, position: int) -> bytes:
        """The bytes of a record; the cassette must have fbench's layout.

        Raises:
            CassetteError: the record was changed or damaged.
        """
        at, length = self._places[position]
        record = self._file.read_at(at, length)
        if len(record) < length or not is_sound(record):
            raise CassetteError(
                f"{self.path}, record {position + 1} (at byte {at}): is damaged or was changed by hand. {_DO}"
            )
        return record

    def _begin(self) -> bytes:
        try:
            beginning = self._file.read_at(0, _CHUNK)
        except OSError as error:
            raise CassetteError(f"{self.path}: cannot be read: {error.strerror}.") from error
        if not beginning:
            raise CassetteError(
                f"{self.path}: is no cassette but an empty file, as a crash may leave it. Record it again "
                "with --record new."
            )
        return beginning

    def _scan(self, beginning: bytes) -> None:
        """Find the records, by jumping from each to the next by its length.

        A closed cassette has a hash of all keys and lengths in its head, and the hash of each record is
        checked when it is replayed. An interrupted recording has no such head, so every record is read and
        checked here, and those with the same key are put into the order in which they were asked.
        """
        head = read_head(beginning, self.path)
        self.provenance, self.closed = head.provenance, head.records is not None
        self.records_hash = head.heads or ""
        size = self._file.size
        at, base, chunk = head.length, 0, beginning
        heads: list[bytes] = []
        asked: list[RequestNumber] = []
        while at < size:
            if at + RECORD_HEAD > base + len(chunk):
                base, chunk = at, self._file.read_at(at, _CHUNK)
            line = chunk[at - base : at - base + RECORD_HEAD]
            found = read_record_head(line)
            if found is None or at + found[1] > size:
                break
            if not self.closed:
                record = self._file.read_at(at, found[1])
                if not is_sound(record):
                    break
                asked.append(asked_of(record))
            self.index.setdefault(found[0], []).append(len(self._places))
            self._places.append((at, found[1]))
            heads.append(line)
            at += found[1]
        self.end = at
        self.sessions = max(asked, default=RequestNumber()).session + 1
        for positions in self.index.values() if asked else ():
            positions.sort(key=asked.__getitem__)
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
