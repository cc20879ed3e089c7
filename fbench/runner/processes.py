"""Divide units among processes. Only the parent writes to the store and hands out work."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any

from fbench.datasets.model import Dataset
from fbench.errors import FbenchError, Incomplete
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

__all__ = ["run_units"]


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
    desk = _Desk(iter(works), sink, done, budget, stop)
    context = multiprocessing.get_context("spawn")
    children: dict[Pipe, SpawnProcess] = {}
    try:
        for number in range(jobs):
            here, there = context.Pipe()
            share = max(1, concurrency // jobs + (number < concurrency % jobs))
            process = context.Process(target=_child, args=(there, experiment, dataset, share), daemon=True)
            process.start()
            there.close()
            children[here] = process
        while children:
            for pipe in wait(list(children)):
                if isinstance(pipe, Pipe) and not desk.serve(pipe):
                    children.pop(pipe).join()
                    pipe.close()
    finally:
        for pipe, process in children.items():
            process.terminate()
            process.join()
            pipe.close()
    return sorted(desk.failures)


class _Desk:
    """The parent's side: it hands out work, and saves what the children report."""

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

    def serve(self, pipe: Pipe) -> bool:
        """Answer one message of a child; False if the child has finished."""
        try:
            kind, content = pipe.recv()
        except EOFError:
            raise Incomplete(
                "a worker process ended without a word; what it had answered is saved: go on with "
                "`fbench resume`."
            ) from None
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
                raise content
        pipe.send((reply, self._stop.requested))
        return True

    def _next(self) -> PendingUnit | None:
        work = None if self._stop.requested else next(self._left, None)
        if work is not None:
            self._budget.reserve(work.cost)
        return work


class _Parent:
    """The parent process, as a child sees it. Each call waits until the parent has acted on it."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.stop = Stop()

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


def _child(pipe: Pipe, experiment: Experiment, dataset: Dataset, concurrency: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides
    parent = _Parent(pipe)
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
        pipe.send(("error", RuntimeError(f"in a worker process: {type(error).__name__}: {error}")))
    else:
        pipe.send(("failures", failures))
