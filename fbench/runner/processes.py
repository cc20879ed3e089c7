"""Divide units among processes. Only the parent writes to the store and hands out work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from typing import Any, NamedTuple

from fbench.datasets.model import Dataset
from fbench.errors import FbenchError, Incomplete, UsageError, told
from fbench.providers.connection import Connection, Played
from fbench.providers.pacing import Pacers
from fbench.runner.budget import Asked
from fbench.runner.cells import Unit
from fbench.runner.deploy import Deployed
from fbench.runner.experiment import Experiment
from fbench.runner.owner import Owner
from fbench.runner.pending import PendingUnit
from fbench.runner.recording import connection_of
from fbench.runner.sink import Sink
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, BatchRow, TrainingRow
from fbench.runner.worker import Failures, Worker
from fbench.terminal import safe_stderr

__all__ = ["check_main_module", "run_units", "usual_processes"]

_LOOK_SECONDS = 0.2
"""How often the parent looks whether a stop was requested."""

_UNGUARDED = 77
"""The exit code of a worker process whose main module begins a run when it is imported."""

_ORPHANED = 76
"""The exit code of a worker process whose parent has ended."""


_WORTH_A_PROCESS = 1000
"""Questions. Another process takes a second and a half to start, in which one answers about so many."""


def usual_processes(questions: int, *, weights: bool = False) -> int:
    """How many processes a run of so many questions has where nobody says it: at most one a core.

    One alone where open weights answer, since each would hold them in its memory, and each uses all cores.
    """
    if weights:
        return 1
    return min(os.cpu_count() or 1, 1 + questions // _WORTH_A_PROCESS)


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
    stop: Stop,
    owner: Owner,
    connection: Connection | None,
    retry_errors: bool,
    pacers: Pacers | None,
    batch: bool = False,
) -> Failures:
    """Do all units, and return what became of those that failed, sorted.

    With one job, all work is done in this process. With more, each process has its own connection, and takes
    the next unit when it is free. A process continues only after its report is saved on disk. With a
    `connection`, all work is done in this process, over that connection. Worker processes hold the run's
    folder as its `owner` does, and end with this process. `pacers` are those of all processes. With `batch`,
    questions are asked in batches.
    """
    jobs = min(jobs, len(works))
    if experiment.uses_weights and not works:
        return Failures()  # so that no model need be opened
    if jobs <= 1 or connection is not None:
        connection = connection or connection_of(experiment, dataset, pacers)
        worker = Worker(
            experiment,
            dataset,
            connection,
            sink,
            concurrency=concurrency,
            stop=stop,
            retry_errors=retry_errors,
            batch=batch,
        )
        return _sorted(worker.run(iter(works), done))
    desk = _Desk(iter(works), sink, done, stop.part())
    context = multiprocessing.get_context("spawn")
    halt = context.Event()
    children: dict[Pipe, SpawnProcess] = {}
    stop.in_flight = None
    try:
        for number in range(jobs):
            here, there = context.Pipe()
            share = max(1, concurrency // jobs + (number < concurrency % jobs))
            process = context.Process(
                target=_child,
                args=(there, halt, owner, _Order(experiment, dataset, share, retry_errors, pacers, batch)),
                daemon=True,
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
            process.kill()
            process.join()
            pipe.close()
    if desk.error is not None:
        raise desk.error
    return _sorted(desk.failures)


def _sorted(failures: Failures) -> Failures:
    return Failures(sorted(set(failures.final)), sorted(failures.for_now))


def _end_with_parent() -> None:
    """Ends this process as soon as the one that started it has ended, however that came about.

    What it was doing is lost, as with any kill; but nobody would save it, and it must not buy anything more.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            wait([parent.sentinel])
            os._exit(_ORPHANED)

        threading.Thread(target=watch, name="parent", daemon=True).start()


class _Desk:
    """The parent's side: it hands out work, and saves what the children report.

    `error` is the first error of a child or of handing out work. The others then finish what is in flight.
    """

    def __init__(
        self,
        left: Iterator[PendingUnit],
        sink: Sink,
        done: Callable[[Unit], None],
        stop: Stop,
    ) -> None:
        self._left, self._sink, self._done, self._stop = left, sink, done, stop
        self.failures = Failures()
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
            case (
                "training" | "deployed" | "answers" | "played" | "told" | "unclear" | "give_back" | "retried"
            ):
                getattr(self._sink, kind)(content)
            case "reserve":
                reply = self._reserve(content)
            case "batch":
                self._sink.batch(*content)
            case "done":
                self._done(content)
            case "failures":
                self.failures.add(content)
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
        return None if self._stop.requested else next(self._left, None)

    def _reserve(self, asked: Sequence[Asked]) -> int:
        """As `Purchases.reserve`; 0 also after an error, with which the others stop."""
        try:
            return 0 if self._stop.requested else self._sink.reserve(asked)
        except FbenchError as error:
            self._fail(error)
            return 0


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

    def deployed(self, deployed: Deployed) -> None:
        self.tell("deployed", deployed)

    def answers(self, answers: Sequence[Answer]) -> None:
        self.tell("answers", answers)

    def batch(self, row: BatchRow, answers: Sequence[Answer] = ()) -> None:
        self.tell("batch", (row, answers))

    def told(self, words: str) -> None:
        self.tell("told", words)

    def retried(self, name: str) -> None:
        self.tell("retried", name)

    def played(self, played: Played) -> None:
        self.tell("played", played)

    def reserve(self, asked: Sequence[Asked]) -> int:
        return self.tell("reserve", asked)

    def unclear(self, what: str) -> None:
        self.tell("unclear", what)

    def give_back(self, unsent: Sequence[str]) -> None:
        self.tell("give_back", unsent)

    def works(self) -> Iterator[PendingUnit]:
        while (work := self.tell("next")) is not None:
            yield work


class _Order(NamedTuple):
    """What a worker process is told: an experiment, and how it is to be carried out."""

    experiment: Experiment
    dataset: Dataset
    concurrency: int
    retry_errors: bool
    pacers: Pacers | None
    batch: bool


def _child(pipe: Pipe, halt: Event, _owner: Owner, order: _Order) -> None:
    _end_with_parent()
    with safe_stderr():  # the parent's stream is not this process's
        _work(pipe, halt, order)


def _work(pipe: Pipe, halt: Event, order: _Order) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # they may reach all processes; the parent decides
        signal.signal(number, signal.SIG_IGN)
    parent = _Parent(pipe, halt)
    try:
        connection = connection_of(order.experiment, order.dataset, order.pacers)
        worker = Worker(
            order.experiment,
            order.dataset,
            connection,
            parent,
            concurrency=order.concurrency,
            stop=parent.stop,
            retry_errors=order.retry_errors,
            batch=order.batch,
        )
        failures = worker.run(parent.works(), lambda unit: parent.tell("done", unit))
    except FbenchError as error:
        pipe.send(("error", error))
    except Exception as error:  # noqa: BLE001 - the parent reports it
        pipe.send(("error", RuntimeError(f"in a worker process: {told(error)}")))
    else:
        pipe.send(("failures", failures))
