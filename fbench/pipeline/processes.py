"""Dividing units among processes. The parent alone writes to the store and hands out the work."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from fbench.datasets.model import Dataset
from fbench.errors import FbenchError, ProviderFailed
from fbench.pipeline.budget import Budget
from fbench.pipeline.experiment import Experiment
from fbench.pipeline.plan import Unit
from fbench.pipeline.sink import Sink
from fbench.pipeline.stop import Stop
from fbench.pipeline.worker import Work, Worker
from fbench.store import Answer, TrainingRow
from fbench.upstream import open_upstream

__all__ = ["run_units"]

Message = tuple[Literal["next", "training", "answers", "done", "failures", "error"], Any]


def run_units(
    experiment: Experiment,
    dataset: Dataset,
    works: Sequence[Work],
    sink: Sink,
    done: Callable[[Unit], None],
    *,
    jobs: int,
    concurrency: int,
    budget: Budget,
    stop: Stop,
) -> list[str]:
    """Does all units and returns what failed for good, in words and in the units' order.

    With one job all is done in this process; with more, each process has an upstream of its own, and takes
    the next unit when it has room. What a process wants kept is on the disk before it goes on.
    """
    jobs = min(jobs, len(works))
    if jobs <= 1:
        upstream = open_upstream(experiment.upstream, dataset)
        worker = Worker(
            experiment, dataset, upstream, sink, concurrency=concurrency, budget=budget, stop=stop
        )
        return sorted(worker.run(iter(works), done))
    context = multiprocessing.get_context("spawn")
    children: dict[Connection, Any] = {}
    failures: list[str] = []
    left = iter(works)
    try:
        for number in range(jobs):
            here, there = context.Pipe()
            share = concurrency // jobs + (number < concurrency % jobs)
            process = context.Process(
                target=_child, args=(there, experiment, dataset, max(1, share)), daemon=True
            )
            process.start()
            there.close()
            children[here] = process
        while children:
            for pipe in wait(list(children)):
                if not isinstance(pipe, Connection):
                    continue
                if not _serve(pipe, left, sink, done, failures, budget, stop):
                    children.pop(pipe).join()
                    pipe.close()
    finally:
        for pipe, process in children.items():
            process.terminate()
            process.join()
            pipe.close()
    return sorted(failures)


def _serve(
    pipe: Connection,
    left: Iterator[Work],
    sink: Sink,
    done: Callable[[Unit], None],
    failures: list[str],
    budget: Budget,
    stop: Stop,
) -> bool:
    """Answers one message of a child; False when the child has finished."""
    try:
        kind, content = pipe.recv()
    except EOFError:
        raise ProviderFailed("a worker process ended without a word; go on with `fbench resume`.") from None
    reply: object = None
    match kind:
        case "next":
            reply = None if stop.requested else next(left, None)
            if isinstance(reply, Work):
                budget.reserve(reply.cost)
        case "training":
            sink.training(content)
        case "answers":
            sink.answers(content)
        case "done":
            done(content)
        case "failures":
            failures += content
            return False
        case _:
            raise content
    pipe.send((reply, stop.requested))
    return True


class _Parent:
    """The parent process, as a child sees it. Each call waits until the parent has done it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.stop = Stop()

    def tell(self, kind: str, content: object = None) -> Any:  # noqa: ANN401 - the answer is the message's
        self._pipe.send((kind, content))
        reply, self.stop.requested = self._pipe.recv()
        return reply

    def training(self, row: TrainingRow) -> None:
        self.tell("training", row)

    def answers(self, answers: Sequence[Answer]) -> None:
        self.tell("answers", answers)

    def works(self) -> Iterator[Work]:
        while (work := self.tell("next")) is not None:
            yield work


def _child(pipe: Connection, experiment: Experiment, dataset: Dataset, concurrency: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides
    parent = _Parent(pipe)
    try:
        upstream = open_upstream(experiment.upstream, dataset)
        worker = Worker(
            experiment,
            dataset,
            upstream,
            parent,
            concurrency=concurrency,
            budget=Budget(),
            stop=parent.stop,
        )
        failures = worker.run(parent.works(), lambda unit: parent.tell("done", unit))
    except FbenchError as error:
        pipe.send(("error", error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        pipe.send(("error", RuntimeError(f"in a worker process: {type(error).__name__}: {error}")))
    else:
        pipe.send(("failures", failures))
