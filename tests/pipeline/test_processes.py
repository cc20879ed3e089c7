"""A run in several processes: who does what, what each is told, and what becomes of it when one fails.

The processes are threads here, so both sides of a pipe can be looked at; `test_recovery` and `test_owner`
start real ones.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx2
import pytest

from fbench.clock import NoWait
from fbench.datasets import Dataset, open_dataset
from fbench.errors import BudgetReached, FbenchError, Incomplete, UsageError
from fbench.providers.connection import Connection
from fbench.runner.budget import Asked
from fbench.runner.cells import Unit
from fbench.runner.experiment import Experiment
from fbench.runner.owner import Owner
from fbench.runner.pending import PendingUnit
from fbench.runner.plan import Plan, make_plan
from fbench.runner.processes import check_main_module, run_units, usual_processes
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, TrainingRow
from fbench.runner.worker import Failures
from tests.pipeline.test_worker import MODEL, Counting, Sink

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a pipe cannot be duplicated so there")
EXPERIMENT = Experiment(models=(MODEL,), epochs=(1, 2, 3), tasks=("coding",), limit=2)
SECONDS = 5.0
"""How long a thread waits for what has to happen."""

Script = Callable[..., None]
"""What a child does with its pipe and the event that tells all to halt."""


class Child:
    """What stands for a process; `told` is all that it was started with."""

    exitcode = 0

    def __init__(self, target: Callable[..., None], told: Sequence[Any], *, daemon: bool) -> None:
        self.target, self.daemon = target, daemon
        self.told: list[Any] = [*told]
        self.thread: threading.Thread | None = None
        self.pipes: list[Pipe[Any, Any]] = []
        self.killed = self.joined = False

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, name="worker")
        self.pipes = [Pipe(os.dup(pipe.fileno())) for pipe in self.told[:1]]
        self.thread.start()

    def _run(self) -> None:
        with suppress(EOFError, ConnectionError):  # of one that was killed
            self.target(*self.pipes, *self.told[1:])
        for pipe in self.pipes:
            pipe.close()

    def kill(self) -> None:
        self.killed = True

    def join(self) -> None:
        assert self.thread is not None
        self.joined = True
        if not self.killed:
            self.thread.join(SECONDS)
            assert not self.thread.is_alive()


class Threads:
    """What stands for multiprocessing; each child follows its script, if there is one, instead of working."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = [*scripts]
        self.children: list[Child] = []
        self.pipes: list[Pipe] = []

    def Pipe(self) -> tuple[Pipe, Pipe]:  # noqa: N802 - as multiprocessing has it
        made = multiprocessing.Pipe()
        self.pipes += made
        return made

    Event = threading.Event

    def Process(  # noqa: N802 - as multiprocessing has it
        self, *, target: Callable[..., None], args: Sequence[Any] = (), daemon: bool
    ) -> Child:
        child = Child(target, args, daemon=daemon)
        if self.scripts:
            child.target, child.told = self.scripts.pop(0), child.told[:2]
        self.children.append(child)
        return child


class Run:
    """A run of some units, with all that its processes reported."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dataset: Dataset = open_dataset(None, tasks=["coding"], limit=2)
        self.plan: Plan = make_plan(EXPERIMENT, self.dataset)
        self.sink, self.stop, self.done = Sink(), Stop(), list[Unit]()
        self.transports: list[httpx2.AsyncBaseTransport | Exception] = []
        self.ignored: list[tuple[Any, ...]] = []
        self.in_flight: list[int | None] = []
        self.patch = monkeypatch
        monkeypatch.setattr("fbench.runner.processes.connection_of", self.connect)

    def ignore(self, *signal: object) -> None:
        self.ignored.append(signal)

    def connect(self, *_: object) -> Connection:
        self.in_flight.append(self.stop.in_flight)
        transport = self.transports.pop(0) if self.transports else Counting()
        if isinstance(transport, Exception):
            raise transport
        return Connection("fake", transport, NoWait(), {"OPENAI_API_KEY": "sk"})

    @property
    def works(self) -> list[PendingUnit]:
        return [
            PendingUnit(unit, {cell.id: self.plan.questions[cell.task] for cell in unit.cells}, None)
            for unit in self.plan.units
        ]

    def go(
        self,
        threads: Threads,
        works: Sequence[PendingUnit],
        *,
        jobs: int,
        concurrency: int = 4,
        connection: Connection | None = None,
    ) -> Failures:
        with self.patch.context() as patched:
            patched.setattr(multiprocessing, "get_context", {"spawn": threads}.__getitem__)
            patched.setattr(signal, "signal", self.ignore)
            try:
                return run_units(
                    EXPERIMENT,
                    self.dataset,
                    works,
                    self.sink,
                    self.done.append,
                    jobs=jobs,
                    concurrency=concurrency,
                    stop=self.stop,
                    owner=Owner(None),
                    connection=connection,
                    retry_errors=False,
                    pacers=None,
                )
            finally:
                assert self.stop.in_flight == 0
                assert all(pipe.closed for pipe in threads.pipes)
                assert all(child.daemon and child.joined for child in threads.children)
                for child in threads.children:
                    child.killed = False
                    child.join()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(monkeypatch)


# --- the side of the parent ---


def ask(pipe: Pipe, kind: str, content: object = None) -> Any:
    """What a child is told when it says that."""
    pipe.send((kind, content))
    assert pipe.poll(SECONDS)
    return pipe.recv()


def test_whatever_a_process_reports_is_kept_before_it_goes_on(run: Run) -> None:
    answer = Answer("c", "q", "x", "stop", "", 1, 1)
    row, unit = TrainingRow("t", "intended"), run.plan.units[0]
    replies: list[Any] = []
    kept: list[int] = []

    def first(pipe: Pipe, _: threading.Event) -> None:
        for kind, content in (
            ("next", None),
            ("reserve", [Asked("a", 1.0), Asked("b", 1.0)]),
            ("training", row),
            ("answers", [answer]),
            ("unclear", "a"),
            ("give_back", ["b"]),
            ("done", unit),
        ):
            replies.append(ask(pipe, kind, content))
            kept.append(sum(map(len, (run.sink.reserved, run.sink.trainings, run.sink.said))))
        pipe.send(("failures", Failures(["b", "a", "b"], ["d", "c", "d"])))

    def second(pipe: Pipe, _: threading.Event) -> None:
        pipe.send(("failures", Failures(["a"], [])))

    works = run.works[:2]
    failures = run.go(Threads(first, second), works, jobs=2)
    assert replies == [(works[0], False), (2, False), *[(None, False)] * 5]
    assert kept == [0, 2, 3, 4, 4, 4, 4]
    assert (run.sink.reserved, run.sink.kept, run.sink.unsent) == (["a", "b"], ["a"], ["b"])
    assert (run.sink.trainings, run.sink.said, run.done) == ([row], [answer], [unit])
    assert failures == Failures(["a", "b"], ["c", "d", "d"])


def test_units_are_handed_out_in_order_until_none_is_left(run: Run) -> None:
    got: list[Any] = []

    def takes(pipe: Pipe, _: threading.Event) -> None:
        while (work := ask(pipe, "next")[0]) is not None:
            got.append(work)
        pipe.send(("failures", Failures()))

    def idle(pipe: Pipe, _: threading.Event) -> None:
        pipe.send(("failures", Failures()))

    works = run.works
    run.go(Threads(takes, idle), works, jobs=2)
    assert got == works


def test_after_an_error_the_others_are_told_to_stop_and_it_is_the_first_that_is_raised(run: Run) -> None:
    halted: list[bool] = []
    replies: list[Any] = []

    def fails(pipe: Pipe, _: threading.Event) -> None:
        pipe.send(("error", UsageError("the first")))

    def goes_on(pipe: Pipe, halt: threading.Event) -> None:
        halted.append(halt.wait(SECONDS))
        replies.extend(ask(pipe, kind, ["b"]) for kind in ("next", "reserve", "give_back"))
        pipe.send(("error", UsageError("the second")))

    with pytest.raises(UsageError, match="the first"):
        run.go(Threads(fails, goes_on), run.works, jobs=2)
    assert halted == [True]
    assert replies == [(None, True), (0, True), (None, True)]
    assert run.sink.reserved == []
    assert not run.stop.requested


def test_a_budget_that_is_reached_stops_all_processes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(asked: Sequence[Asked]) -> int:
        raise BudgetReached(f"{len(asked)} are too many")

    replies: list[Any] = []

    def asks(pipe: Pipe, _: threading.Event) -> None:
        replies.append(ask(pipe, "reserve", [Asked("a", 1.0)]))
        pipe.send(("failures", Failures()))

    def waits(pipe: Pipe, halt: threading.Event) -> None:
        replies.append(halt.wait(SECONDS))
        pipe.send(("failures", Failures()))

    monkeypatch.setattr(run.sink, "reserve", reached)
    with pytest.raises(BudgetReached, match="1 are too many"):
        run.go(Threads(asks, waits), run.works, jobs=2)
    assert sorted(replies, key=str) == [(0, True), True]


def test_a_stop_of_the_run_reaches_processes_that_ask_for_nothing(run: Run) -> None:
    halted: list[bool] = []

    def waits(pipe: Pipe, halt: threading.Event) -> None:
        run.stop.request()
        halted.append(halt.wait(SECONDS))
        pipe.send(("failures", Failures()))

    assert run.go(Threads(waits, waits), run.works, jobs=2) == Failures()
    assert halted == [True, True]


def test_a_process_that_ends_without_a_word_is_an_error_to_go_on_from(run: Run) -> None:
    def dies(pipe: Pipe, _: threading.Event) -> None:
        pipe.send(("training", TrainingRow("t", "intended")))

    with pytest.raises(Incomplete, match=r"a worker process ended without a word.* `fbench resume`\.$"):
        run.go(Threads(dies), run.works, jobs=2)
    assert run.sink.trainings


def test_what_cannot_be_kept_ends_all_processes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(row: TrainingRow) -> None:
        raise OSError(f"no room for {row.id}")

    def reports(pipe: Pipe, _: threading.Event) -> None:
        ask(pipe, "training", TrainingRow("t", "intended"))

    killed: list[Child] = []
    kill = Child.kill

    def noted(child: Child) -> None:
        killed.append(child)
        kill(child)

    def waits(pipe: Pipe, _: threading.Event) -> None:
        pipe.recv()

    monkeypatch.setattr(Child, "kill", noted)
    monkeypatch.setattr(run.sink, "training", full)
    threads = Threads(reports, waits)
    with pytest.raises(OSError, match="no room for t"):
        run.go(threads, run.works, jobs=2)
    assert killed == threads.children


# --- the side of a process ---


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UsageError("set OPENAI_API_KEY"), r"^set OPENAI_API_KEY$"),
        (ValueError("odd"), r"^in a worker process: ValueError: odd$"),
    ],
)
def test_an_error_of_a_process_is_that_of_the_run(run: Run, error: Exception, words: str) -> None:
    run.transports = [error, error]
    with pytest.raises(FbenchError if isinstance(error, FbenchError) else RuntimeError, match=words):
        run.go(Threads(), run.works, jobs=2)


@pytest.fixture
def process(run: Run) -> Iterator[tuple[Pipe, Child]]:
    """A process that works for this thread, which has its pipe and is to end it."""

    def nothing(*_: object) -> None:
        pass

    threads = Threads(nothing)
    with pytest.raises(Incomplete):
        run.go(threads, run.works, jobs=2)  # to see how a process is started
    target, (*_, owner, order) = threads.children[1].target, threads.children[1].told
    run.patch.setattr(signal, "signal", nothing)
    here, there = multiprocessing.Pipe()
    child = Child(target, (there, threading.Event(), owner, order._replace(concurrency=1)), daemon=True)
    with here:
        yield here, child
    child.join()


def test_a_process_asks_nothing_more_once_it_is_told_of_a_stop(run: Run, process: tuple[Pipe, Child]) -> None:
    """With the reply to what it reports: it may be long before it looks whether all are to halt."""
    pipe, child = process
    child.start()
    said: list[str] = []
    answers: list[Answer] = []
    while "failures" not in said:
        assert pipe.poll(SECONDS)
        kind, content = pipe.recv()
        said.append(kind)
        match kind:
            case "next":
                pipe.send((run.works[0] if said == ["next"] else None, False))
            case "reserve":
                pipe.send((len(content), True))
            case "answers":
                answers += content
                pipe.send((None, False))
            case _:
                pipe.send((None, False))
    assert said == ["next", "reserve", "give_back", "answers", "failures"]
    assert len(answers) == 1


def test_a_process_ends_as_soon_as_its_parent_has(
    process: tuple[Pipe, Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, child = process
    seen: list[object] = []
    waits, ended = threading.Event(), threading.Event()

    def wait(what: list[object]) -> None:
        seen.extend([*what, threading.current_thread().daemon])
        waits.set()
        assert ended.wait(SECONDS)

    def end(code: int) -> None:
        seen.append(code > 0)

    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(sentinel="the parent"))
    monkeypatch.setattr("fbench.runner.processes.wait", wait)
    monkeypatch.setattr(os, "_exit", end)
    child.start()
    assert waits.wait(SECONDS)
    assert pipe.recv() == ("next", None)  # and it works
    assert seen == ["the parent", True]
    (watcher,) = (thread for thread in threading.enumerate() if thread.name == "parent")
    ended.set()
    watcher.join(SECONDS)
    assert seen == ["the parent", True, True]


# --- all of it ---


def test_processes_divide_the_units_and_report_all_that_they_do(run: Run) -> None:
    threads = Threads()
    assert run.go(threads, run.works, jobs=2) == Failures()
    assert len(threads.children) == 2
    assert not any(child.killed for child in threads.children)
    assert len(run.done) == len(run.plan.units)
    assert set(run.done) == set(run.plan.units)
    assert len(run.sink.said) == len({answer[:2] for answer in run.sink.said}) == run.plan.asked
    assert (
        sorted(row.state for row in run.sink.trainings)
        == ["created"] * 3 + ["intended"] * 3 + ["succeeded"] * 3
    )
    asked = [f"ask {answer.cell} {answer.question}" for answer in run.sink.said]
    trained = [f"train {training.id}" for training in run.plan.trainings]
    assert sorted(run.sink.reserved) == sorted(asked + trained)
    assert sorted(run.ignored) == sorted(
        [(signal.SIGINT, signal.SIG_IGN), (signal.SIGTERM, signal.SIG_IGN)] * 2
    )
    assert run.in_flight == [None, None]  # nobody knows how many the processes have


@pytest.mark.parametrize(
    ("jobs", "concurrency", "shares"), [(3, 7, [3, 2, 2]), (2, 4, [2, 2]), (2, 1, [1, 1]), (9, 8, [2] * 4)]
)
def test_processes_share_the_requests_that_may_be_in_flight(
    run: Run, jobs: int, concurrency: int, shares: list[int]
) -> None:
    threads = Threads()
    run.go(threads, run.works, jobs=jobs, concurrency=concurrency)
    assert [child.told[-1].concurrency for child in threads.children] == shares


@pytest.mark.parametrize("why", ["one job", "one unit", "nothing", "a connection"])
def test_one_process_does_all_where_more_would_not_help(run: Run, why: str) -> None:
    threads, works = Threads(), run.works[: {"one unit": 1, "nothing": 0}.get(why, 9)]
    connection = run.connect() if why == "a connection" else None
    run.in_flight.clear()
    assert run.go(threads, works, jobs=1 if why == "one job" else 2, connection=connection) == Failures()
    assert threads.children == []
    assert run.done == [work.unit for work in works]
    assert run.in_flight == ([] if connection else [0])


def test_what_was_lost_and_what_was_not_sent_is_reported_too(run: Run) -> None:
    class Loses(Counting):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            response = await super().handle_async_request(request)
            if self.asked == 1 and request.url.path.endswith("/completions"):
                raise httpx2.ReadError("reset", request=request)
            return response

    run.transports = [Loses(fail_from=5), Loses(fail_from=5)]
    failures = run.go(Threads(), run.works, jobs=2, concurrency=2)
    assert failures.for_now
    assert failures.for_now == sorted(failures.for_now)
    assert run.sink.kept
    assert run.sink.unsent


# --- the script that begins a run ---


def check(monkeypatch: pytest.MonkeyPatch, jobs: int, script: str | None, exitcode: int = 0) -> list[Child]:
    """The processes that are started to see whether the main module can be imported."""
    threads, main = Threads(), ModuleType("__main__")
    main.__file__ = script
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "__main__", main)
        patched.setattr(multiprocessing, "get_context", {"spawn": threads}.__getitem__)
        patched.setattr(Child, "exitcode", exitcode)
        check_main_module(jobs)
    return threads.children


def test_one_process_that_does_nothing_shows_whether_others_can_import_the_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (child,) = check(monkeypatch, 2, "script.py")
    assert child.daemon
    assert child.joined
    assert check(monkeypatch, 1, "script.py") == []
    assert check(monkeypatch, 2, None) == []  # a notebook has no script


def test_a_script_that_begins_a_run_wherever_it_is_imported_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
        with pytest.raises(SystemExit) as ended:
            check_main_module(2)
    code = ended.value.code
    assert isinstance(code, int)
    with pytest.raises(
        UsageError, match=r"script\.py: begins a run when it is imported, and each of 3 processes"
    ):
        check(monkeypatch, 3, "script.py", code)


def test_a_short_run_has_one_process_and_a_long_one_at_most_one_a_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert [usual_processes(questions) for questions in (0, 999, 1000, 2500, 100_000)] == [1, 1, 2, 3, 3]
