"""Divide equal work on the parts of something among processes; its results come in the order of the parts."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, TypeVar, cast

from fbench.errors import Incomplete
from fbench.terminal import safe_stderr

__all__ = ["Workers"]

P = TypeVar("P")
R = TypeVar("R")

_FEW = 16
"""With fewer parts, which take about a second, the start of processes would cost more than it gains."""

_AHEAD = 4
"""How many parts for each process are read, or done, before the first of them is taken."""


class Workers:
    """Worker processes, which start with the first work that is long enough, and end with the block.

    They need nothing but what is sent to them, and end when this process does, however that comes about.
    """

    def __init__(self, jobs: int) -> None:
        """No process is started yet; with one job none ever is."""
        self._jobs = jobs
        self._processes: dict[Pipe, SpawnProcess] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe, process in self._processes.items():
            process.kill()
            process.join()
            pipe.close()

    def map(self, do: Callable[[P], R], parts: Iterable[P], /) -> Iterator[R]:
        """What `do` makes of each part, in order. An error is raised when its part's turn has come.

        The parts are read a few ahead, so neither they nor the results are ever all in memory. Parts and
        results are pickled, and so is `do`, once for each process: what it keeps, it keeps for its process.

        Raises:
            Incomplete: a process ended before its end.
        """
        given = _Given(parts)
        begun = list(islice(given, _FEW))
        all_parts = chain(begun, given)
        if self._jobs == 1 or len(begun) < _FEW:
            yield from map(do, all_parts)
        else:
            yield from self._divided(do, all_parts)
        if given.error is not None:
            raise given.error

    def _divided(self, do: Callable[[P], R], parts: Iterator[P]) -> Iterator[R]:
        self._start()
        for pipe in self._processes:
            _send(pipe, do)
        free = list(self._processes)
        doing: dict[Pipe, tuple[int, P]] = {}
        done: dict[int, tuple[R | None, P]] = {}
        turn = 0
        numbered = enumerate(parts)
        while True:
            while free and len(doing) + len(done) < _AHEAD * self._jobs and (job := next(numbered, None)):
                _send(free[-1], job[1])
                doing[free.pop()] = job
            if turn in done:
                result, part = done.pop(turn)
                # What failed is done again here, so that the error is the same as without worker processes.
                yield do(part) if result is None else result
                turn += 1
                continue
            if not doing:
                return
            for ready in wait(list(doing)):
                pipe = cast("Pipe", ready)
                number, part = doing.pop(pipe)
                done[number] = _received(pipe), part
                free.append(pipe)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        while len(self._processes) < self._jobs:
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(there,), daemon=True)
            with _ignored_interrupts():
                process.start()
            there.close()
            self._processes[here] = process


class _Given(Iterator[P]):
    """Parts up to an error in reading them, which is kept: the results of those before it come first."""

    def __init__(self, parts: Iterable[P]) -> None:
        self._parts = iter(parts)
        self.error: Exception | None = None

    def __next__(self) -> P:
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except Exception as error:  # noqa: BLE001 - it is raised in its turn
            self.error = error
            raise StopIteration from None


def _send(pipe: Pipe, what: object) -> None:
    try:
        pipe.send(what)
    except OSError:
        raise _ended() from None


def _received(pipe: Pipe) -> Any:
    try:
        return pipe.recv()
    except (EOFError, OSError):
        raise _ended() from None


def _ended() -> Incomplete:
    return Incomplete(
        "a worker process was ended before its work was done, so not all rows are graded, and no file is "
        "written. Give the command again; if memory is short, with --jobs 1."
    )


@contextmanager
def _ignored_interrupts() -> Generator[None]:
    """Processes started in this block ignore Ctrl-C, which reaches all of a terminal: the parent decides."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(pipe: Pipe) -> None:
    """A worker process: each function that comes is called with the parts that follow."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where a process does not inherit it
    do: Callable[[object], object] | None = None
    with safe_stderr(), suppress(EOFError, ConnectionError):  # the parent has ended
        while True:
            got = pipe.recv()
            if callable(got):
                do = got
            elif do is not None:
                pipe.send(_result(do, got))


def _result(do: Callable[[object], object], part: object) -> object:
    """What is made of a part; None if that failed."""
    try:
        return do(part)
    except Exception:  # noqa: BLE001 - the parent does it again, and so reports it
        return None
