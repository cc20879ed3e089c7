"""Keeping a world across restarts: what changed it, call by call, and what was answered.

A world answers the same calls in the same way, so the calls are its state: they are written as they happen,
and made again at the next start. No credentials are among them. The file is text. Its first line is the head:

    DIGEST {"journal": 2, "version": ..., "code": ..., "seed": ..., ..., "lines": N, "last": DIGEST}

with the settings that the calls depend on and how many lines follow, so that a file which was cut short is
known by it; it is written anew with each line. Every other line is

    DIGEST [at, method, url, headers, body in Base64, answer]

where the digest is that of the digest before it and of the line. So a line that was changed, taken out, put
in or moved is noticed. Only what stands behind the lines that the head counts may be incomplete: the server
ended while it wrote that, and before it answered.

Journals of fbench 0.1.0, lines of `[at, method, url, content type, body]` without a head, are read too; they
are written anew in this form, and so is a journal that other code than this wrote.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from importlib import import_module
from io import FileIO
from pathlib import Path
from typing import Any

from fakes.json_text import mapping, parse, sequence

__all__ = ["Answer", "BadJournal", "Entry", "Journal", "digest_of"]

_FORMAT = 2
_DIGITS = 32  # of a digest, hexadecimal
_HEAD = 1024  # bytes of the head, which is written over the one before
_LOCKED_BYTE = 1 << 40  # Windows locks bytes against reading too, so it is one far behind the end
_OLD = re.compile(rb'\[\d+(?:\.\d+)?, "[A-Z]+", "http://')
_UNTOLD: Mapping[str, object] = {"fresh": False, "learner": "softmax"}
"""Settings that heads did not tell before servers had a choice."""
_WAY_OUT = "Put the file back as it was, or name another one."


class BadJournal(ValueError):
    """A journal that cannot be gone on with; says the file and the line."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path}, line {line}: {why}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status, the name of the resource, a digest of the body (empty for a stream)."""

    status: int
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A call that changed something, and when, in Unix seconds; `answer` is None where it is not known."""

    at: float
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    answer: Answer | None = None


class Journal:
    """A file of entries, which nobody else can open until it is closed.

    All that is there is read once, then entries are appended. Where `anew` is true, those that are read are
    appended again, with what is answered now; `adopt` then puts them in the place of the old ones. Where
    `without_moves` is true, they do not tell when jobs moved.

    Args:
        path: the file; it is made where there is none.
        settings: what a world must have in common with the one that was recorded, by names.
        version: of the code; other code may answer otherwise.

    Raises:
        BadJournal: another server has it, it is damaged, or it was begun with other settings.
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, settings: Mapping[str, object] | None = None, version: str = "") -> None:
        self.path = path
        head: dict[str, object] = {"journal": _FORMAT, "version": version, **(settings or {})}
        self._file, created = _opened(path)
        self._source: FileIO | None = None
        self._failed: OSError | None = None
        self.without_moves = False
        try:
            first = b"" if created else self._file.readline(_HEAD)
            if created:
                self._chain = _Chain(self._file, head)
                self._chain.write_head()
            elif _is_old(first):
                self.without_moves = True
                self._write_aside(head)
            else:
                found = _head_in(path, first)
                _compare(path, found, settings or {})
                counted = int(found.pop("lines")), str(found.pop("last"))
                self._chain = _Chain(self._file, found, *counted)
                if found["version"] != version:
                    self._write_aside(head)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                error.filename = str(path)
            raise

    @property
    def anew(self) -> bool:
        """Whether what is read is to be appended again."""
        return self._source is not None

    @property
    def failed(self) -> bool:
        """True once something could not be written: the world is ahead of its journal then."""
        return self._failed is not None

    def read(self) -> Iterator[tuple[int, Entry]]:
        """The entries so far, with the numbers of their lines.

        Raises:
            BadJournal: a line is damaged, missing, or one too many.
        """
        if self._source is None:
            yield from self._chain.read(self.path)
            self._chain.end_torn_line()
            return
        self._source.seek(0)
        first = self._source.readline(_HEAD)
        if _is_old(first):
            yield from _read_old(self.path, self._source)
        else:
            head = _head_in(self.path, first)
            counted = int(head.pop("lines")), str(head.pop("last"))
            yield from _Chain(self._source, head, *counted).read(self.path)

    def append(self, entry: Entry) -> None:
        """Adds an entry; it is in the file when this returns.

        Raises:
            OSError: it cannot be written, and nothing can from then on.
        """
        if self._failed is not None:
            raise self._failed
        answer = entry.answer and [entry.answer.status, entry.answer.name, entry.answer.digest]
        body = base64.b64encode(entry.body).decode("ascii")
        row = [entry.at, entry.method, entry.url, entry.headers, body, answer]
        try:
            self._chain.append(json.dumps(row).encode("ascii"))
        except OSError as error:
            self._failed = error
            raise

    def adopt(self) -> None:
        """Puts what was appended in the place of what was read, where it was read to be written anew."""
        if self._source is not None:
            os.fsync(self._file.fileno())
            _aside(self.path).replace(self.path)
            self._source.close()
            self._source = None

    def close(self) -> None:
        """Closes the file, so that another server may open it."""
        self._file.close()
        if self._source is not None:
            self._source.close()
            _aside(self.path).unlink(missing_ok=True)

    def _write_aside(self, head: Mapping[str, object]) -> None:
        self._source, (self._file, _) = self._file, _opened(_aside(self.path))
        self._file.truncate(0)
        self._chain = _Chain(self._file, head)
        self._chain.write_head()


class _Chain:
    """Lines, each with the digest of all before it, behind a head that counts them."""

    def __init__(self, file: FileIO, head: Mapping[str, object], count: int = 0, last: str = "") -> None:
        self._file, self._head = file, dict(head)
        # other settings, other digests: lines of another journal do not fit in
        self._origin = digest_of(json.dumps(self._head).encode())
        self._count, self._last = count, last or self._origin
        self._torn_at: int | None = None

    def write_head(self) -> None:
        head = {**self._head, "lines": self._count, "last": self._last}
        text = json.dumps(head).encode("ascii").ljust(_HEAD - _DIGITS - 2)
        self._file.seek(0)
        _write(self._file, b"%s %s\n" % (digest_of(text).encode(), text))

    def append(self, text: bytes) -> None:
        digest = digest_of(self._last.encode(), text)
        end = self._file.seek(0, os.SEEK_END)
        try:
            _write(self._file, b"%s %s\n" % (digest.encode(), text))
        except OSError:
            with suppress(OSError):
                self._file.truncate(end)
            raise
        self._count, self._last = self._count + 1, digest
        self.write_head()

    def read(self, path: Path) -> Iterator[tuple[int, Entry]]:
        found, digest, end = 0, self._origin, _HEAD
        for number, raw in enumerate(_lines(self._file, _HEAD), 2):
            text = raw[_DIGITS + 1 :].removesuffix(b"\n")
            following = digest_of(digest.encode(), text)
            if raw[: _DIGITS + 1] != f"{following} ".encode():
                if found >= self._count and not raw.endswith(b"\n"):
                    break  # the server ended while it wrote this line
                raise BadJournal(path, number, f"is not the line that was written there. {_WAY_OUT}")
            found, digest, end = found + 1, following, end + len(raw)
            if found == self._count and digest != self._last:
                raise BadJournal(path, number, f"is not the line that the head names. {_WAY_OUT}")
            yield number, _entry(text)
        if found < self._count:
            why = f"is missing: the head counts {self._count} lines behind it, and there are {found}."
            raise BadJournal(path, found + 2, f"{why} {_WAY_OUT}")
        self._count, self._last, self._torn_at = found, digest, end

    def end_torn_line(self) -> None:
        """Cuts off what was not written to its end, and ends the last line where only its end is missing."""
        if self._torn_at is None:
            return
        self._file.truncate(self._torn_at)
        self._file.seek(self._torn_at - 1)
        if self._file.read(1) != b"\n":
            _write(self._file, b"\n")
        self.write_head()


def digest_of(*parts: bytes) -> str:
    """A digest as it stands in a journal."""
    made = blake2b(digest_size=_DIGITS // 2)
    for part in parts:
        made.update(part)
    return made.hexdigest()


def _opened(path: Path) -> tuple[FileIO, bool]:
    """The file, for this process alone, and whether it was made."""
    try:
        file, created = FileIO(path, "x+"), True
    except FileExistsError:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "It is no regular file", str(path)) from None
        file, created = FileIO(path, "r+"), False
    try:
        _lock(file)
        theirs = not os.path.samestat(path.stat(), os.fstat(file.fileno()))  # it was replaced meanwhile
    except OSError:
        theirs = True
    if theirs:
        file.close()
        raise BadJournal(path, 1, "another server has this journal open. End it, or name another file.")
    return file, created


def _lock(file: FileIO) -> None:
    """Keeps other processes out until the file is closed. OSError where another one has it."""
    try:
        fcntl = import_module("fcntl")
    except ImportError:  # Windows
        msvcrt = import_module("msvcrt")
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _write(file: FileIO, data: bytes) -> None:
    """Writes at the file's position, to the end."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _lines(file: FileIO, start: int) -> Iterator[bytes]:
    with os.fdopen(os.dup(file.fileno()), "rb") as reader:
        reader.seek(start)
        yield from reader


def _head_in(path: Path, line: bytes) -> dict[str, Any]:
    if not line:
        raise BadJournal(path, 1, "is missing: the file is empty. Delete it to begin anew.")
    digest, text = line[:_DIGITS], line[_DIGITS + 1 : -1]
    if len(line) != _HEAD or digest != digest_of(text).encode():
        raise BadJournal(path, 1, f"is not the head that was written there. {_WAY_OUT}")
    head = mapping(parse(text))
    if head.get("journal") != _FORMAT:
        raise BadJournal(path, 1, "was written by a later version of fbench. Use that one, or another file.")
    return head


def _compare(path: Path, head: Mapping[str, Any], settings: Mapping[str, object]) -> None:
    for name, value in settings.items():
        if (begun := head.get(name, _UNTOLD.get(name))) != value:
            why = f"the journal was begun with {name} {begun}, and this server has {value}."
            raise BadJournal(path, 1, f"{why} Start it as the first one was, or name another file.")


def _entry(text: bytes) -> Entry:
    at, method, url, headers, body, answer = sequence(parse(text))
    pairs = tuple((name, value) for name, value in headers)
    return Entry(at, method, url, pairs, base64.b64decode(body), Answer(*answer) if answer else None)


def _is_old(first: bytes) -> bool:
    """Whether the first line is that of a journal of fbench 0.1.0."""
    return _OLD.match(first) is not None


def _read_old(path: Path, file: FileIO) -> Iterator[tuple[int, Entry]]:
    chunks = Counter(entry.url for _, entry in _old_entries(path, file) if _is_chunk(entry))
    sent: Counter[str] = Counter()
    for number, entry in _old_entries(path, file):
        if _is_chunk(entry) and chunks[entry.url] + (entry.url in sent) > 1:
            # where a chunk belongs was not kept: they came one after another
            chunks[entry.url] -= 1
            start = sent[entry.url]
            end = sent[entry.url] = start + len(entry.body)
            total = "*" if chunks[entry.url] else str(end)
            span = ("content-range", f"bytes {start}-{end - 1}/{total}")
            yield number, replace(entry, headers=(*entry.headers, span))
        else:
            yield number, entry


def _is_chunk(entry: Entry) -> bool:
    """Whether it is a part of a resumable upload to Cloud Storage."""
    return entry.method == "PUT" and "/upload/storage/" in entry.url and bool(entry.body)


def _old_entries(path: Path, file: FileIO) -> Iterator[tuple[int, Entry]]:
    for number, raw in enumerate(_lines(file, 0), 1):
        if raw == b"\n":
            continue
        try:
            at, method, url, kind, body = sequence(parse(raw))
            headers = (("content-type", str(kind)),)
            entry = Entry(float(at), str(method), str(url), headers, base64.b64decode(body))
        except (ValueError, TypeError):
            if not raw.endswith(b"\n"):
                return  # the server ended while it wrote this line
            raise BadJournal(path, number, f"is no entry of a journal. {_WAY_OUT}") from None
        yield number, entry
