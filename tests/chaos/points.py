"""`python -m tests.chaos.points ARGUMENT...`: fbench, with a signal at a labelled point of its work.

Points are right before and right after whatever leaves a trace: a commit of the run store, a file that takes
its place, a request to a service, a message between processes, the lock of the folder, a recorded exchange.
`FBENCH_POINT` names one, which time it is come by, the signal, and a file: the first process that comes there
makes the file, and gets the signal. A worker passes signals that ask for a stop on to its parent, as a
terminal would. Without a signal, every point that any process comes by is written to the file.

Worker processes import this module again (`multiprocessing`, "spawn"), so it also holds for them.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import fbench.cassette as recordings
import fbench.files
from fbench import wire
from fbench.runner import owner, store

__all__ = ["MESSAGES", "POINTS", "RECORDING", "VARIABLE"]

VARIABLE = "FBENCH_POINT"
RECORDING = {"exchange": 60, "file shard": 3, "file index.json": 1, "file .gitattributes": 1}
"""Points of a run that is recorded, and how often a run of three cells and two trainings comes by."""
MESSAGES = {"next": 3, "training": 6, "answers": 3, "reserve": 5, "done": 3}
"""Likewise, points of one with workers: messages from them, by kind."""
POINTS = {
    "lock": 2,
    "file config.toml": 1,
    "commit meta": 9,
    "commit attempt": 5,
    "commit training intended": 2,
    "commit training created": 2,
    "commit training succeeded": 2,
    "commit answer": 3,
    "commit grade": 1,
    "request POST files": 2,
    "request POST jobs": 2,
    "request GET job": 2,
    "request GET checkpoints": 2,
    "request POST completions": 54,
    "file results.json": 1,
    "file run.json": 1,
}
"""Likewise, points of every run."""

_come_by: Counter[str] = Counter()


def _at(point: str) -> None:
    wanted, time, number, mark = os.environ[VARIABLE].split(";")
    if number == "":
        with Path(mark).open("a", encoding="utf-8") as file:
            file.write(f"{point}\n")
        return
    _come_by[point] += 1
    if point != wanted or _come_by[point] != int(time):
        return
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    is_worker = multiprocessing.parent_process() is not None
    is_kill = int(number) == signal.SIGKILL
    os.kill(os.getppid() if is_worker and not is_kill else os.getpid(), int(number))


def _around(place: Any, name: str, label: Callable[..., str]) -> None:
    """Puts a point before and after each call of a function."""
    inner = getattr(place, name)

    @functools.wraps(inner)
    def outer(*args: Any, **named: Any) -> Any:
        point = label(*args, **named)
        _at(f"before {point}")
        result = inner(*args, **named)
        _at(f"after {point}")
        return result

    setattr(place, name, outer)


def _commit(_store: store.Store, table: str, rows: Iterable[Any], *_more: Any) -> str:
    if table == "training":
        [row] = rows
        return f"commit training {row[1]}"
    return f"commit {table}"


def _file(_source: Path, target: Path) -> str:
    return f"file {'shard' if target.suffix == '.yaml' else target.name}"


def _around_requests() -> None:
    inner = wire.WireTransport.handle_async_request

    async def outer(self: Any, request: Any) -> Any:
        kinds = {"files": "files", "fine_tuning/jobs": "jobs", "fine_tuning/jobs/[^/]+": "job"}
        kinds |= {"chat/completions": "completions", "checkpoints": "checkpoints"}
        path = request.url.path
        kind = next((name for tail, name in kinds.items() if re.search(f"/{tail}$", path)), "other")
        _at(f"before request {request.method} {kind}")
        response = await inner(self, request)
        _at(f"after request {request.method} {kind}")
        return response

    wire.WireTransport.handle_async_request = outer


def _around_messages() -> None:
    from fbench.runner import processes  # noqa: PLC0415 - it binds functions that must be replaced before

    def label(_parent: Any, kind: str, *_content: Any) -> str:
        return f"message {kind}"

    _around(processes._Parent, "tell", label)  # pyright: ignore[reportPrivateUsage] - workers have no other end


if VARIABLE in os.environ:
    _around(store.Store, "_put", _commit)
    _around(fbench.files, "move_durably", _file)
    _around(owner, "_locked", lambda *_: "lock")
    _around(recordings.Cassette, "record", lambda *_, **__: "exchange")
    _around_requests()
    _around_messages()

if __name__ == "__main__":
    from fbench.cli import main

    main()
