"""Open a text file of answers, compressed or not, in the encoding that its first bytes show."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from fbench.errors import DataError, UsageError

__all__ = ["opened"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is a prefix of this
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 16


@contextmanager
def opened(path: Path) -> Generator[TextIO]:
    """The text of a file, in UTF-8 or as its byte order mark says; iterating gives lines with their endings.

    A line ends with a line feed, a carriage return or both.

    Raises:
        UsageError: the file cannot be opened or read.
        DataError: a byte is invalid in the encoding.
    """
    try:
        with _bytes(path) as raw:
            encoding = _encoding(path, raw)
            with io.TextIOWrapper(raw, encoding, newline="") as text:
                yield text
    except UnicodeDecodeError:
        raise _not_text(path) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as bad:
        raise UsageError(f"{path}: cannot be unpacked: {bad}. Pack it again, or unpack it first.") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error


def _bytes(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _encoding(path: Path, raw: BinaryIO) -> str:
    head = cast("io.BufferedReader", raw).peek(64)[:64]
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        problem = f"byte {head.index(0)} is 0: this is not text, or it is UTF-16 without a byte order mark"
        raise DataError(problem, file=path, do="Save the file as UTF-8")
    return "utf-8"


def _not_text(path: Path) -> DataError:
    """The error for the first invalid byte. The decoder knew its position in a block, not in the file."""
    with _bytes(path) as raw:
        encoding = _encoding(path, raw)
        decoder, begin = codecs.getincrementaldecoder(encoding)(), 0
        while True:
            block = raw.read(_BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as bad:
                place = begin - (len(bad.object) - len(block)) + bad.start
                return _named(path, encoding, place, bad.object[bad.start])
            begin += len(block)
            if not block:  # the file was repaired in the meantime
                return DataError("it changed while it was read", file=path, do="Try again")


def _named(path: Path, encoding: str, place: int, byte: int) -> DataError:
    name = encoding.removesuffix("-sig").upper()
    do = "Save the file as UTF-8"
    if name == "UTF-8":
        letter = bytes([byte]).decode("cp1252", errors="replace")
        meant = f", which is {letter!r} in Windows-1252 (cp1252)" if letter != "\ufffd" else ""
        do += f": `iconv -f cp1252 -t utf-8 {path.name} > new{path.suffix}` does so if it is Windows text"
        return DataError(f"byte {place} is not UTF-8 (0x{byte:02x}{meant})", file=path, do=do)
    return DataError(f"byte {place} is not {name}", file=path, do=do)
