"""How answers reach the disk: in groups, whole, and so that a crash of the machine takes none of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from fbench.pipeline import execute, prepare
from fbench.runner.evaluate import Groups
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.store import Answer, AttemptRow, GradeRow, Store, TrainingRow

MODEL = "openai:gpt-4o-mini-2024-07-18"


def answer(n: int) -> Answer:
    return Answer("c", f"q{n}", "x", "stop", "", 1, 1)


@pytest.mark.parametrize(
    ("added", "at_once", "in_the_end"),
    [
        (49, [], [49]),
        (50, [50], [50]),
        (51, [50], [50, 1]),
        (120, [50, 50], [50, 50, 20]),
    ],
)
def test_fifty_answers_are_a_commit_and_fewer_wait_for_more(
    added: int, at_once: list[int], in_the_end: list[int]
) -> None:
    kept: list[int] = []

    def keep(group: Sequence[Answer]) -> None:
        kept.append(len(group))

    async def story() -> None:
        groups = Groups[Answer](keep)
        for n in range(added):
            groups.add(answer(n))
        assert kept == at_once
        groups.flush()

    asyncio.run(story())
    assert kept == in_the_end


def test_an_answer_waits_for_others_for_fifty_milliseconds_and_they_do_not_begin_anew() -> None:
    waits: list[float] = []
    kept: list[int] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()
        later = loop.call_later

        def soon(delay: float, call: Callable[..., None], *args: object) -> asyncio.TimerHandle:
            waits.append(delay)
            return later(0, call, *args)

        groups = Groups[Answer](lambda group: kept.append(len(group)))
        loop.call_later = soon  # pyright: ignore[reportAttributeAccessIssue] - a clock of our own
        groups.add(answer(0))
        groups.add(answer(1))
        await asyncio.sleep(1)
        groups.add(answer(2))
        await asyncio.sleep(1)

    asyncio.run(story())
    assert waits == [0.05, 1, 0.05, 1]
    assert kept == [2, 1]


def test_a_full_group_leaves_no_timer_that_would_part_the_next() -> None:
    timers: list[asyncio.TimerHandle] = []
    kept: list[int] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()
        later = loop.call_later

        def noted(*args: Any) -> asyncio.TimerHandle:
            timers.append(later(*args))
            return timers[-1]

        groups = Groups[Answer](lambda group: kept.append(len(group)))
        loop.call_later = noted  # pyright: ignore[reportAttributeAccessIssue] - to see the timers
        for n in range(51):
            groups.add(answer(n))
        assert [timer.cancelled() for timer in timers] == [True, False]
        groups.flush()
        groups.flush()
        assert [timer.cancelled() for timer in timers] == [True, True]

    asyncio.run(story())
    assert kept == [50, 1]


def test_a_group_that_could_not_be_kept_in_time_is_an_error_for_whoever_adds_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fbench.runner.pool.SECONDS", 0.0)

    def full(group: Sequence[Answer]) -> None:
        raise OSError(f"no room for {len(group)}")

    async def story() -> None:
        groups = Groups[Answer](full)
        groups.add(answer(0))
        await asyncio.sleep(0.01)
        with pytest.raises(OSError, match="no room for 1"):
            groups.add(answer(1))

    asyncio.run(story())


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections to SQLite that are opened, in order."""
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def keep(*args: Any, **options: Any) -> sqlite3.Connection:
        made.append(connect(*args, **options))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", keep)
    return made


def commits(database: sqlite3.Connection) -> list[str]:
    """The statements that end a transaction, as they come."""
    seen: list[str] = []
    database.set_trace_callback(lambda said: seen.append(said) if said.lower() == "commit" else None)
    return seen


def test_a_group_is_one_commit_whatever_is_in_it(
    tmp_path: Path, connections: list[sqlite3.Connection]
) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        seen = commits(connections[-1])
        store.save_answers(answer(n)._replace(altered="restored") for n in range(50))
        assert len(seen) == 1
        store.save_grades(GradeRow("auto", "c", f"q{n}", "correct", "auto", "") for n in range(500))
        assert len(seen) == 2
        store.save_training(TrainingRow("t", "intended"))
        assert len(seen) == 3


def test_a_commit_is_on_the_disk_when_it_returns_and_readers_need_not_wait(
    tmp_path: Path, connections: list[sqlite3.Connection]
) -> None:
    """In WAL mode only synchronous=FULL is proof against a crash of the machine, see sqlite.org/wal.html."""
    path = tmp_path / "run.sqlite"
    Store(path, create=True).close()
    for create, name in ((False, path), (True, tmp_path / "new.sqlite")):
        with Store(name, create=create):
            assert connections[-1].execute("pragma synchronous").fetchone() == (2,)
            assert connections[-1].execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_run_commits_its_answers_in_groups_and_each_step_of_a_training_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    save = Store.save_answers

    def count(store: Store, answers: Sequence[Answer], attempts: Iterable[AttemptRow] = ()) -> None:
        groups.append(len(answers))
        save(store, answers, attempts)

    monkeypatch.setattr(Store, "save_answers", count)
    experiment = Experiment(models=(MODEL,), tasks=("people",), epochs=(1,), limit=24)
    ready = prepare(experiment)
    make_folder(tmp_path / "run", experiment)
    execute(ready, tmp_path / "run", jobs=1)

    assert sum(groups) == ready.plan.asked
    assert max(groups) <= 50
    assert len(groups) < ready.plan.asked / 4
    with Store(tmp_path / "run" / STORE) as store:
        assert sum(1 for _ in store.answers()) == ready.plan.asked
