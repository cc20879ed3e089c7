"""Writes a cassette's file: record by record during a recording, and as a whole when it ends.

A recording is written to a file next to its cassette, whose name ends in `.part`. Each interaction is one
write, so a crash damages at most the last of them. Closing a recording writes old and new records to a new
file and renames it into place, so after a crash either the old or the new cassette is complete.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from errno import ENOSPC
from pathlib import Path

from fbench.cassette.format.files import open_for_appending
from fbench.cassette.format.head import join_provenance, replaces_everything, write_head
from fbench.cassette.format.interaction import (
    RECORD_HEAD,
    asked_of,
    is_failure,
    without_asked,
    write_record,
)
from fbench.cassette.format.reader import CassetteReader
from fbench.errors import CassetteError
from fbench.files import lock_for_writing, make_folder, replace_durably, sync_folder

__all__ = ["CassetteWriter", "close_recording", "is_recording", "is_superseded", "part_of", "write_cassette"]

_AFTER = "after"
"""Which records the cassette had when its recording began; a field of the recording's head alone."""

_PASSING = ("mode", _AFTER)


class CassetteWriter:
    """Appends records to a file that no other process may write. Safe for many threads at once."""

    def __init__(self, path: Path, provenance: Mapping[str, object], *, anew: bool = False) -> None:
        """Continue an interrupted recording, without the incomplete record at its end, or begin a new one.

        With `anew`, nothing is left of an interrupted recording.

        Raises:
            CassetteError: the file cannot be written, is damaged, or is being recorded by another process.
        """
        self.path = path
        self._lock = threading.Lock()
        try:
            make_folder(path.parent)
            self._file = open_for_appending(path)
            try:
                self._claim()
                if anew:
                    os.ftruncate(self._file, 0)
                self._size = self._begin(provenance)
            except BaseException:
                os.close(self._file)
                raise
        except OSError as error:
            raise CassetteError(
                f"{path}: cannot be written: {error.strerror}. Choose another folder."
            ) from error

    def append(self, record: bytes) -> None:
        """Add a record; a crash of this process cannot undo it.

        Raises:
            CassetteError: the disk write failed; earlier records are unchanged.
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
        """Write the recorded data to the disk, then close the file and release the lock.

        Raises:
            CassetteError: the disk write failed.
        """
        try:
            try:
                os.fsync(self._file)
            finally:
                os.close(self._file)
            sync_folder(self.path.parent)
        except OSError as error:
            raise CassetteError(
                f"{self.path}: cannot be written: {error.strerror}. Make room, then record "
                "again what is missing."
            ) from error

    def _claim(self) -> None:
        if not lock_for_writing(self._file):
            raise CassetteError(
                f"{self.path}: another process is recording there, or another cassette of this one. Wait for "
                "its end, or record to another folder."
            )

    def _begin(self, provenance: Mapping[str, object]) -> int:
        if os.fstat(self._file).st_size == 0:
            head = write_head({**provenance, _AFTER: _records_of(_closed_of(self.path))})
            if (done := os.write(self._file, head)) < len(head):
                self.path.unlink()  # an incomplete head would stop the next attempt
                raise OSError(ENOSPC, "there is no room left")
            os.fsync(self._file)
            sync_folder(self.path.parent)
            return done
        with closing(CassetteReader(self.path)) as before:
            if not before.as_written:
                raise CassetteError(
                    f"{self.path}: a checkout changed its line ends, so that nothing can be added to it. "
                    "Check it out again with `*.part -text` in the .gitattributes of its folder."
                )
            os.ftruncate(self._file, before.end)
            return before.end


def part_of(path: Path) -> Path:
    """The file to which the recording of a cassette is written until it is closed."""
    return path.with_name(path.name + ".part")


def is_recording(path: Path) -> bool:
    """Whether a file is there and not empty, as a power loss or an early kill leaves it."""
    return path.exists() and path.stat().st_size > 0


def is_superseded(part: CassetteReader, closed: CassetteReader) -> bool:
    """Whether a cassette holds its recording already: a crash came before that was removed.

    Then the cassette is another than when the recording began, and has all that was recorded, but perhaps for
    failures.
    """
    after = part.provenance.get(_AFTER)
    if after in (None, closed.records_hash) or closed.recorder != "fbench":
        return False
    held = {closed.record(position)[:RECORD_HEAD] for position in range(len(closed))}
    made = (part.record(position) for position in range(len(part)))
    return all(is_failure(record) or without_asked(record)[:RECORD_HEAD] in held for record in made)


def _closed_of(part: Path) -> Path:
    return part.with_name(part.name.removesuffix(".part"))


def _records_of(path: Path) -> str:
    """What tells the records of a closed cassette from others; empty if there is none."""
    if not is_recording(path):
        return ""
    with closing(CassetteReader(path)) as tape:
        return tape.records_hash


def close_recording(path: Path, *, asked_again: bool = False) -> None:
    """Make a cassette from its recording, and from its older records unless everything was recorded again.

    The recording is removed when the cassette is on the disk. One that is an empty file is only removed.
    With `asked_again`, a failure past which its process never got is left out if another process recorded the
    same request after it.

    Raises:
        CassetteError: something cannot be read or written, or old and new records come from different kinds
            of service; nothing is changed then.
    """
    part = part_of(path)
    if not is_recording(part):
        part.unlink()
        return
    with closing(CassetteReader(part)) as new:
        made = sorted((new.record(position) for position in range(len(new))), key=asked_of)
        provenance = {name: value for name, value in new.provenance.items() if name not in _PASSING}
        if is_recording(path) and not replaces_everything(new.provenance):
            with closing(CassetteReader(path)) as old:
                if is_superseded(new, old):
                    part.unlink(missing_ok=True)
                    return
                provenance = join_provenance(old.provenance, provenance, path)
                made = [*map(write_record, old), *made]
    made = _without_superseded(made) if asked_again else made
    write_cassette(path, map(without_asked, made), provenance)
    part.unlink(missing_ok=True)


def _without_superseded(records: Sequence[bytes]) -> list[bytes]:
    """The records, but for failures past which their process never got, if another one asked that again."""
    last: dict[bytes, int] = {}
    answered: dict[tuple[bytes, int], int] = {}
    for number, record in enumerate(records):
        last[_key(record)] = session = asked_of(record).session
        if not is_failure(record):
            answered[_key(record), session] = number

    def is_kept(number: int, record: bytes) -> bool:
        key, session = _key(record), asked_of(record).session
        return not is_failure(record) or last[key] == session or number < answered.get((key, session), 0)

    return [record for number, record in enumerate(records) if is_kept(number, record)]


def _key(record: bytes) -> bytes:
    return record[: record.index(b"\n")]


def write_cassette(path: Path, records: Iterable[bytes], provenance: Mapping[str, object]) -> None:
    """Write a closed cassette, completely or not at all; it is on the disk when this returns.

    Records are sorted by tag; those with the same tag keep their order.

    Raises:
        CassetteError: it cannot be written.
    """
    ordered = sorted(records, key=_tag)
    head = write_head(provenance, [record[:RECORD_HEAD] for record in ordered])
    try:
        replace_durably(path, [head, *ordered])
    except OSError as error:
        raise CassetteError(
            f"{path}: cannot be written: {error.strerror}. What was recorded is safe."
        ) from error


def _tag(record: bytes) -> str:
    # the third line holds the tag; extracting it is faster than parsing the record
    return record.split(b"\n", 3)[2].decode()
