"""Divide units among processes. Only the parent writes to the store and hands out work."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from typing import Any

from fbench.datasets.model import Dataset
from fbench.errors import FbenchError, Incomplete, UsageError, told
from fbench.providers.connection import Connection
from fbench.runner.budget import Budget
from fbench.runner.experiment import Experiment
from fbench.runner.pending import PendingUnit
from fbench.runner.plan import Unit
from fbench.runner.recording import connection_of
from fbench.runner.sink import Sink
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, TrainingRow
from fbench.runner.worker import Worker
from fbench.terminal import safe_stderr

__all__ = ["check_main_module", "run_units"]

_LOOK_SECONDS = 0.2
"""How often the parent looks whether a stop was requested."""

_UNGUARDED = 77
"""The exit code of a worker process whose main module begins a run when it is imported."""


def check_main_module(jobs: int) -> None:
    """Check that worker processes can import the script that calls this, before anything is made.

    A worker process imports the main module. A script that begins a run without `if __name__ == "__main__":`
    would begin another run there. So one process is started that does nothing else.

    Raises:
        UsageError: the script begins a run when it is imported.
    """
    if _is_imported_by_worker():
        # Nobody reads a message of this process. SystemExit passes through what a script catches usually.
        sys.exit(_UNGUARDED)
    script = getattr(sys.modules["__main__"], "__file__", None)
    if jobs == 1 or script is None:
        return
    process = multiprocessing.get_context("spawn").Process(target=_nothing, daemon=True)
    process.start()
    process.join()
    if process.exitcode == _UNGUARDED:
        raise UsageError(
            f"{script}: begins a run when it is imported, and each of {jobs} processes imports it: put the "
            'call of fbench under `if __name__ == "__main__":`, or leave out jobs.'
        )


def _is_imported_by_worker() -> bool:
    """Whether this is a worker process that still imports the main module, as multiprocessing marks it."""
    return getattr(multiprocessing.current_process(), "_inheriting", False)


def _nothing() -> None:
    """What a process does that only shows whether the main module can be imported."""


def run_units(
    experiment: Experiment,
    dataset: Dataset,
    works: Sequence[PendingUnit],
    sink: Sink,
    done: Callable[[Unit], None],
    *,
    jobs: int,
    concurrency: int,
    budget: Budget,
    stop: Stop,
    connection: Connection | None = None,
) -> list[str]:
    """Do all units, and return messages about permanent failures, sorted.

    With one job, all work is done in this process. With more, each process has its own connection, and takes
    the next unit when it is free. A process continues only after its report is saved on disk. With a
    `connection`, all work is done in this process, over that connection.
    """
    jobs = min(jobs, len(works))
    if jobs <= 1 or connection is not None:
        connection = connection or connection_of(experiment, dataset)
        worker = Worker(
            experiment, dataset, connection, sink, concurrency=concurrency, budget=budget, stop=stop
        )
        return sorted(worker.run(iter(works), done))
    desk = _Desk(iter(works), sink, done, budget, stop.part())
    context = multiprocessing.get_context("spawn")
    halt = context.Event()
    children: dict[Pipe, SpawnProcess] = {}
    stop.in_flight = None
    try:
        for number in range(jobs):
            here, there = context.Pipe()
            share = max(1, concurrency // jobs + (number < concurrency % jobs))
            process = context.Process(
                target=_child, args=(there, halt, experiment, dataset, share), daemon=True
            )
            process.start()
            there.close()
            children[here] = process
        while children:
            if desk.is_stopping:
                halt.set()  # a worker that waits for a training does not ask
            for pipe in wait(list(children), timeout=_LOOK_SECONDS):
                if isinstance(pipe, Pipe) and not desk.serve(pipe):
                    children.pop(pipe).join()
                    pipe.close()
    finally:
        stop.in_flight = 0
        for pipe, process in children.items():
            process.terminate()
            process.join()
            pipe.close()
    if desk.error is not None:
        raise desk.error
    return sorted(desk.failures)


class _Desk:
    """The parent's side: it hands out work, and saves what the children report.

    `error` is the first error of a child or of handing out work. The others then finish what is in flight.
    """

    def __init__(
        self,
        left: Iterator[PendingUnit],
        sink: Sink,
        done: Callable[[Unit], None],
        budget: Budget,
        stop: Stop,
    ) -> None:
        self._left, self._sink, self._done, self._budget, self._stop = left, sink, done, budget, stop
        self.failures: list[str] = []
        self.error: Exception | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether no work is handed out any more."""
        return self._stop.requested

    def serve(self, pipe: Pipe) -> bool:
        """Answer one message of a child; False if the child has finished."""
        try:
            kind, content = pipe.recv()
        except (EOFError, ConnectionError):
            ended = "a worker process ended without a word; what it had answered is saved: go on with "
            return self._fail(Incomplete(f"{ended}`fbench resume`."))
        reply: object = None
        match kind:
            case "next":
                reply = self._next()
            case "training":
                self._sink.training(content)
            case "answers":
                self._sink.answers(content)
            case "done":
                self._done(content)
            case "failures":
                self.failures += content
                return False
            case _:
                return self._fail(content)
        with suppress(ConnectionError):  # it has died since, which the next look at it tells
            pipe.send((reply, self._stop.requested))
        return True

    def _fail(self, error: Exception) -> bool:
        self.error = self.error or error
        self._stop.request()
        return False

    def _next(self) -> PendingUnit | None:
        work = None if self._stop.requested else next(self._left, None)
        try:
            if work is not None:
                self._budget.reserve(work.cost)
        except FbenchError as error:
            self._fail(error)
            return None
        return work


class _Parent:
    """The parent process, as a child sees it. Each call waits until the parent has acted on it."""

    def __init__(self, pipe: Pipe, halt: Event) -> None:
        self._pipe = pipe
        self.stop = Stop(source=halt.is_set)

    def tell(self, kind: str, content: object = None) -> Any:
        self._pipe.send((kind, content))
        reply, stop = self._pipe.recv()
        if stop:
            self.stop.request()
        return reply

    def training(self, row: TrainingRow) -> None:
        self.tell("training", row)

    def answers(self, answers: Sequence[Answer]) -> None:
        self.tell("answers", answers)

    def works(self) -> Iterator[PendingUnit]:
        while (work := self.tell("next")) is not None:
            yield work


def _child(pipe: Pipe, halt: Event, experiment: Experiment, dataset: Dataset, concurrency: int) -> None:
    with safe_stderr():  # the parent's stream is not this process's
        _work(pipe, halt, experiment, dataset, concurrency)


def _work(pipe: Pipe, halt: Event, experiment: Experiment, dataset: Dataset, concurrency: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides
    parent = _Parent(pipe, halt)
    try:
        connection = connection_of(experiment, dataset)
        worker = Worker(
            experiment,
            dataset,
            connection,
            parent,
            concurrency=concurrency,
            budget=Budget(),
            stop=parent.stop,
        )
        failures = worker.run(parent.works(), lambda unit: parent.tell("done", unit))
    except FbenchError as error:
        pipe.send(("error", error))
    except Exception as error:  # noqa: BLE001 - the parent reports it
        pipe.send(("error", RuntimeError(f"in a worker process: {told(error)}")))
    else:
        pipe.send(("failures", failures))
