"""Write files completely or not at all: every result, report, configuration and recording.

The content is written to a new file in the same folder (`NAME.new`), synced to the disk, and renamed. After a
crash or a power cut the file so has its old or its new content, never a part of one.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from errno import EINVAL, EISDIR, ENOSYS, ENOTSUP
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, cast

from fbench.errors import UsageError

__all__ = [
    "FRESH",
    "hold_to_place",
    "lock_for_writing",
    "make_folder",
    "move_durably",
    "place_in",
    "replace_durably",
    "replacing",
    "sync_folder",
    "write_file",
]

FRESH = ".new"
"""The suffix of a file's name until it is complete."""

_LOCKED_BYTE = 1 << 40
"""Windows locks bytes against reading too, so the locked byte is far beyond the end of the file."""


@contextmanager
def replacing(path: Path) -> Generator[BinaryIO]:
    """An open file that takes the place of `path` when the block ends; if it fails, `path` stays as it was.

    What a link points to is replaced, not the link. A pipe or a device is written to directly.

    Raises:
        OSError: it cannot be written.
    """
    if _is_special(path):
        with path.open("wb") as file:
            yield file
        return
    fresh, target = _fresh(path)
    try:
        with fresh.open("wb") as file:
            yield file
        move_durably(fresh, target)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def replace_durably(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, and create its folder if it does not exist.

    Raises:
        OSError: it cannot be written; the old content is still there.
    """
    make_folder(path.parent)
    with replacing(path) as file:
        file.writelines(pieces)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, unless they are there; their names are on the disk then.

    Raises:
        OSError: it cannot be made.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def write_file(path: Path, text: str) -> None:
    """Write a text as UTF-8, with its line endings unchanged.

    Raises:
        UsageError: it cannot be written; what was there before still is.
    """
    try:
        with replacing(path) as file:
            file.write(text.encode())
    except IsADirectoryError as error:
        raise UsageError(
            f"{path}: cannot be written: Is a directory. Move it away, or name another place."
        ) from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}. Name another place.") from error


def move_durably(source: Path, target: Path) -> None:
    """Rename a file, replacing any file of that name, once all of it is on the disk.

    Raises:
        OSError: the disk does not take it.
    """
    with source.open("r+b") as file:  # Windows syncs only what is open for writing
        os.fsync(file.fileno())
    source.replace(target)
    sync_folder(target.parent)


def hold_to_place(path: Path) -> None:
    """Check that a file can be written, before anything costs time or money; change nothing.

    Raises:
        OSError: it cannot.
    """
    if _is_special(path):
        return
    fresh, _ = _fresh(path)
    with fresh.open("wb"):
        pass
    fresh.unlink()


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk.

    Where that cannot be asked for, this does nothing: on Windows, and on some file systems of networks.

    Raises:
        OSError: the disk does not take them.
    """
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (EINVAL, ENOSYS, ENOTSUP):
            raise
    finally:
        os.close(number)


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


def place_in(file: object, loc: Iterable[object]) -> str:
    """Where in a file something is wrong, by the path that pydantic gives: a field, or all of it."""
    field = ".".join(map(str, loc))
    return f"{file}, field {field!r}" if field else str(file)


def _fresh(path: Path) -> tuple[Path, Path]:
    """Where the content is written first, and the file that it replaces.

    Raises:
        OSError: it is a folder.
    """
    target = path.resolve() if path.is_symlink() else path
    if target.is_dir():
        raise IsADirectoryError(EISDIR, "Is a directory")
    return target.with_name(target.name + FRESH), target


def _is_special(path: Path) -> bool:
    """Whether it is a pipe or a device, which cannot be replaced; /dev/stdout is, whatever it leads to."""
    return path.parent == Path("/dev") or (path.exists() and not path.is_file() and not path.is_dir())


def _module(name: str) -> Any:
    """A module of the standard library that this platform may lack; None if it does."""
    try:
        return cast("Any", import_module(name))
    except ImportError:
        return None
