"""One owner of a run: a lock on its folder, held by the process that works on it and its workers.

Two processes that went on with one run would both pay for its trainings. The lock goes with an open file
(`flock`), which worker processes inherit. So it is held until the last of them has ended, and no longer,
however they end. Without `flock` (Windows) only the parent holds it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from multiprocessing.reduction import DupFd
from pathlib import Path
from platform import node
from typing import Any

from fbench.errors import UsageError
from fbench.files import lock_for_writing

__all__ = ["LOCK", "Owner", "at_work", "owned", "wait_until_free"]

LOCK = "run.lock"
"""The file in a run's folder whose lock is held; it says by whom. It is gone when nobody works on it."""

_PATIENCE = 5.0
"""For how many seconds the workers of a process that was killed are waited for: they end by themselves."""
_LOOK = 0.05


class Owner:
    """A hold on a run's folder. Given to a process that is started, it is held there too."""

    def __init__(self, number: int | None) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Callable[..., Owner], tuple[Any, ...]]:
        if self._number is None or os.name == "nt":
            return Owner, (None,)
        return _inherited, (DupFd(self._number),)


def _inherited(duplicate: Any) -> Owner:
    return Owner(duplicate.detach())


def at_work(folder: Path) -> str:
    """Which process works on the run in a folder; empty if none does, as far as this machine can tell."""
    held = _holder(folder / LOCK)
    return _named(held) if held and _is_at_work(held) else ""


@contextmanager
def owned(folder: Path) -> Generator[Owner]:
    """Holds the folder of a run during the block.

    Raises:
        UsageError: another process holds it, and which; or the folder cannot be written.
    """
    path = folder / LOCK
    try:
        number = _locked(path)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be locked: {error.strerror}. Make the folder writable, or put the run on a file "
            "system that has locks."
        ) from error
    try:
        yield Owner(number)
    finally:
        if os.name == "nt":  # a file that is open cannot be removed there
            os.close(number)
        with suppress(OSError):
            path.unlink()
        if os.name != "nt":
            os.close(number)


def wait_until_free(folder: Path, seconds: float) -> None:
    """Waits while a process holds a run's folder, on whatever machine, up to some seconds.

    The lock of a machine that was lost is held until the file server misses it.
    """
    end = time.monotonic() + seconds
    while not _is_free(folder / LOCK) and time.monotonic() < end:
        time.sleep(_LOOK)


def _is_free(path: Path) -> bool:
    try:
        number = os.open(path, os.O_RDWR)
    except OSError:  # nobody holds it; or whoever locks it is told what is wrong
        return True
    try:
        return lock_for_writing(number)
    except OSError:
        return True
    finally:
        os.close(number)


def _locked(path: Path) -> int:
    """The number of the locked file, in which this process is named."""
    end = time.monotonic() + _PATIENCE
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if lock_for_writing(number):
                if _is_there(path, number):
                    os.ftruncate(number, 0)
                    os.write(number, json.dumps(_about_this_process()).encode())
                    return number
            else:
                _wait_for_workers(path, end)
        except BaseException:
            os.close(number)
            raise
        os.close(number)


def _wait_for_workers(path: Path, end: float) -> None:
    """Waits a moment where only workers of a process that has ended hold the lock; refuses all others."""
    held = _holder(path)
    if _is_at_work(held) or time.monotonic() > end:
        raise UsageError(_refusal(path.parent, held))
    time.sleep(_LOOK)


def _is_there(path: Path, number: int) -> bool:
    """Whether a locked file still has its name: its owner may have removed it between the two calls."""
    try:
        return os.path.samestat(path.stat(), os.fstat(number))
    except FileNotFoundError:
        return False


def _about_this_process() -> dict[str, object]:
    return {
        "process": os.getpid(),
        "machine": node(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def _holder(path: Path) -> dict[str, Any]:
    """What the file says about who holds it; empty if it says nothing yet."""
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}


def _is_at_work(held: dict[str, Any]) -> bool:
    """Whether the named process lives, as far as this machine can tell."""
    number = held.get("process")
    if not isinstance(number, int) or held.get("machine") != node():
        return bool(held)
    if os.name == "nt":
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _named(held: dict[str, Any]) -> str:
    return f"process {held.get('process', 'unknown')} on {held.get('machine', 'this machine')}"


def _refusal(folder: Path, held: dict[str, Any]) -> str:
    who = _named(held)
    by = f" ({held['command']})" if held.get("command") else ""
    if _is_at_work(held):
        return (
            f"{folder}: {who}{by} works on this run, and two at once would pay twice: wait until it has "
            "ended, or end it."
        )
    return (
        f"{folder}: {who}{by} has ended, but a worker process of it still holds this run, and may be about "
        "to pay for something: end that process, or wait until it has ended by itself."
    )
