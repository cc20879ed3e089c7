"""Attempts are rows: reserved before they are sent, settled after, and never more than the budget."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.errors import Incomplete
from fbench.providers.model import Rejected
from fbench.request_context import current_attempt
from fbench.runner.attempts import Attempts, Paid, Reservations, asking, ruling, training
from fbench.runner.budget import Asked, Budget
from fbench.runner.folder import STORE
from fbench.runner.plan import most_tokens
from fbench.runner.stop import Stop, Stopped
from fbench.runner.store import Answer, AttemptRow, Store
from tests.pipeline.sinks import WithoutLimit


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / STORE, create=True)


def asked(*usd: float) -> list[Asked]:
    return [Asked(f"ask cell q{number}", each) for number, each in enumerate(usd)]


def states(store: Store) -> list[tuple[str, int, str]]:
    return [(row.what, row.number, row.state) for row in store.attempts()]


def test_an_attempt_is_on_disk_before_it_may_be_sent(store: Store) -> None:
    attempts = Attempts(Budget(1.0), store)
    assert attempts.reserve(asked(0.5, 0.25)) == 2
    assert [row.reserved for row in store.attempts()] == [0.5, 0.25]
    assert store.spent_usd() == 0.75


def test_an_attempt_is_settled_in_the_commit_of_its_answer(store: Store) -> None:
    attempts = Attempts(Budget(1.0), store)
    attempts.reserve(asked(0.5))
    attempts.settle("ask cell q0", 0.125)
    assert states(store) == [("ask cell q0", 1, "reserved")]
    store.save_answers([Answer("cell", "q0", "yes", "stop", "", 1, 1)], attempts.ended())
    assert states(store) == [("ask cell q0", 1, "settled")]
    assert store.spent_usd() == 0.125


def test_what_was_settled_waits_for_its_answer_though_nothing_more_can_be_reserved(store: Store) -> None:
    attempts = Attempts(Budget(1.0), store)
    attempts.reserve(asked(0.5, 0.5))
    attempts.settle("ask cell q0", 0.5)
    assert attempts.reserve([Asked("another", 0.5)]) == 0
    assert [state for *_, state in states(store)] == ["reserved", "reserved"]
    assert [row.state for row in attempts.ended()] == ["settled"]


def test_without_a_store_attempts_are_counted_alone() -> None:
    budget = Budget(1.0)
    attempts = Attempts(budget)
    attempts.reserve(asked(0.25, 0.25))
    attempts.reserve([Asked("train t", 0.25)])
    attempts.settle("ask cell q0", 0.125, "too long")
    attempts.unclear("train t")
    attempts.give_back(["ask cell q1"])
    attempts.settle("ask cell q0", 0.125)  # it is settled already
    assert attempts.ended() == [
        AttemptRow("ask cell q0", 1, "rejected", 0.25, 0.125, "too long"),
        AttemptRow("train t", 1, "unclear", 0.25, 0.25),
        AttemptRow("ask cell q1", 1, "unsent", 0.25, 0.0),
    ]
    assert attempts.ended() == []
    assert budget.spent_usd == 0.375
    assert attempts.reserve(asked(0.625)) == 1


def test_attempts_have_names_that_are_found_in_older_stores() -> None:
    names = (asking("model/task/base", "q"), training("model/task/e1/s0"), ruling("layer", "q", "ff"))
    assert names == ("ask model/task/base q", "train model/task/e1/s0", "judge layer q ff")


def test_what_was_never_settled_counts_at_its_most_and_is_tried_anew(store: Store) -> None:
    Attempts(Budget(1.0), store).reserve(asked(0.5))  # and the process is killed

    again = Attempts(Budget(1.0, store.spent_usd()), store)
    assert again.reserve(asked(0.25)) == 1
    assert states(store) == [("ask cell q0", 1, "reserved"), ("ask cell q0", 2, "reserved")]
    assert store.spent_usd() == 0.75


def test_a_job_that_a_later_process_finds_settles_the_attempt_of_the_first(store: Store) -> None:
    Attempts(Budget(1.0), store).reserve([Asked("train t", 0.75)])

    budget = Budget(1.0, store.spent_usd())
    later = Attempts(budget, store)
    later.settle("train t", 0.25)
    store.save_attempts(later.ended())
    assert budget.spent_usd == store.spent_usd() == 0.25
    later.settle("train t", 0.25)
    later.settle("train another", 0.25)
    assert later.ended() == []
    assert budget.spent_usd == 0.25


def test_what_was_reserved_ahead_and_not_sent_is_given_back(store: Store) -> None:
    attempts, stop = Attempts(Budget(1.0), store), Stop()

    async def story() -> None:
        ahead = Reservations(attempts, asked(0.1, 0.1, 0.1), stop.raise_stopped)
        await ahead.need("ask cell q0")
        assert len(list(store.attempts())) == 3
        ahead.give_back()

    asyncio.run(story())
    assert [state for *_, state in states(store)] == ["reserved", "unsent", "unsent"]
    assert store.spent_usd() == pytest.approx(0.1)


def test_fifty_are_reserved_ahead_and_then_fifty_more() -> None:
    sink, wanted = WithoutLimit(), asked(*[0.1] * 120)

    async def story() -> None:
        ahead = Reservations(sink, wanted, Stop().raise_stopped)
        for number, expected in ((0, 50), (49, 50), (50, 100), (119, 120)):
            await ahead.need(wanted[number].what)
            assert len(sink.reserved) == expected
        ahead.give_back()

    asyncio.run(story())
    assert sink.reserved == [each.what for each in (*wanted[:100], wanted[119], *wanted[100:119])]
    assert len(sink.unsent) == 120 - 4


def test_what_is_held_ahead_makes_room_for_what_another_task_needs_now(store: Store) -> None:
    """Else the other might hold the place in which it would be sent, and both would wait for ever."""
    attempts, stopped = Attempts(Budget(1.0), store), Stop().raise_stopped
    first, second = asked(0.4, 0.4), [Asked("ask another q", 0.4)]

    async def story() -> None:
        mine, theirs = (Reservations(attempts, each, stopped) for each in (first, second))
        await mine.need(first[0].what)
        await theirs.need(second[0].what)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(mine.need(first[1].what), 0.1)
        attempts.settle(first[0].what, 0.1)
        await mine.need(first[1].what)

    asyncio.run(asyncio.wait_for(story(), 30))
    assert store.spent_usd() <= 1.0


class Full(WithoutLimit):
    """Has room for something once it was asked so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def reserve(self, asked: Sequence[Asked]) -> int:
        self.times -= 1
        return 0 if self.times >= 0 else super().reserve(asked[:1])


def test_a_question_waits_for_room_but_not_after_a_stop() -> None:
    async def story(stop: Stop) -> list[str]:
        sink = Full(2)
        await Reservations(sink, asked(0.1, 0.1), stop.raise_stopped).need("ask cell q0")
        return sink.reserved

    stop = Stop()
    assert asyncio.run(story(stop)) == ["ask cell q0"]
    stop.request()
    with pytest.raises(Stopped):
        asyncio.run(story(stop))


@pytest.mark.parametrize("may_be_paid", [True, False])
def test_a_further_attempt_is_a_row_of_its_own_where_the_first_may_be_paid_for(
    store: Store, *, may_be_paid: bool
) -> None:
    attempts = Attempts(Budget(1.0), store)
    (wanted,) = asked(0.25)

    async def story() -> None:
        attempts.reserve([wanted])
        with Paid(attempts, wanted, Stop().raise_stopped) as paid:
            paid.failed(may_be_paid=may_be_paid)
            await paid.again()
        attempts.settle(wanted.what, 0.125)
        store.save_attempts(attempts.ended())

    asyncio.run(story())
    assert store.spent_usd() == (0.375 if may_be_paid else 0.125)
    assert len(list(store.attempts())) == (2 if may_be_paid else 1)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Incomplete("a plug-in does not say how it ended"), "unclear"),
        (KeyboardInterrupt(), "unclear"),
        (OSError(), "unsent"),
        (Rejected("no"), "reserved"),  # whoever saves the answer settles it
    ],
)
def test_a_block_that_ends_without_a_word_about_its_attempt_keeps_what_it_may_cost(
    store: Store, error: BaseException, state: str
) -> None:
    attempts = Attempts(Budget(1.0), store)
    (wanted,) = asked(0.25)
    attempts.reserve([wanted])
    with pytest.raises(type(error)), Paid(attempts, wanted, Stop().raise_stopped):
        raise error
    assert current_attempt.get() is None
    store.save_attempts(attempts.ended())
    assert states(store) == [(wanted.what, 1, state)]


@pytest.mark.parametrize(
    ("once", "failures", "kept", "unsent"),
    [
        (False, [False], [], 1),
        (False, [True], ["q"], 0),
        (False, [True, False], ["q"], 1),
        (False, [False, True], ["q"], 0),
        (True, [False], [], 1),
        (True, [True, False], ["q"], 0),
        (True, [False, True], ["q"], 0),
    ],
)
def test_a_block_that_fails_keeps_what_may_be_paid_for_and_gives_back_the_rest(
    *, once: bool, failures: list[bool], kept: list[str], unsent: int
) -> None:
    """Each failure but the last is followed by a further attempt."""
    sink, wanted = WithoutLimit(), Asked("q", 0.25)

    async def story() -> None:
        paid = Paid(sink, wanted, Stop().raise_stopped, once=once, retried=lambda: sink.retried("cell"))
        with paid:
            assert current_attempt.get() is paid
            for number, may_be_paid in enumerate(failures):
                if number:
                    await paid.again()
                paid.failed(may_be_paid=may_be_paid)
            raise Incomplete("no answer in all tries")

    with pytest.raises(Incomplete):
        asyncio.run(story())
    assert (sink.kept, len(sink.unsent)) == (kept, unsent)
    assert sink.again == ["cell"] * (len(failures) - 1), "each further attempt is told"
    again = [] if once else [may_be_paid for may_be_paid in failures[:-1] if may_be_paid]
    assert len(sink.reserved) == len(again)


@given(st.text())
def test_a_text_never_has_more_tokens_than_are_reserved(text: str) -> None:
    from fakes.tokens import count  # noqa: PLC0415 - the fakes' own measure

    assert count(text) <= most_tokens(text)


def test_a_store_from_before_attempts_were_kept_gets_them(tmp_path: Path) -> None:
    path = tmp_path / STORE
    with Store(path, create=True) as store:
        store.save_answers([Answer("cell", "q", "yes", "stop", "", 10, 2)])
    with closing(sqlite3.connect(path)) as old:
        old.execute("drop table attempt")
        old.execute("pragma user_version = 2")
    with Store(path) as store:
        assert [answer.question for answer in store.unattempted()] == ["q"]
        store.save_attempts([AttemptRow("ask cell q", 1, "settled", 1.0, 0.5)])
        assert list(store.unattempted()) == []
    with closing(sqlite3.connect(path)) as now:
        assert now.execute("pragma user_version").fetchone() == (5,)


class OneAtATime:
    """A budget with room for one more each time it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.given_back: list[str] = []

    def reserve(self, asked: Sequence[Asked]) -> int:
        self.asked.append([each.what for each in asked])
        return 1

    def give_back(self, whats: Sequence[str]) -> None:
        self.given_back += whats


def test_what_had_no_room_is_reserved_when_it_is_needed() -> None:
    narrow: Any = OneAtATime()
    ahead = Reservations(narrow, [Asked("a", 1.0), Asked("b", 1.0)], lambda: None)

    async def need() -> None:
        await ahead.need("a")
        await ahead.need("b")

    asyncio.run(need())
    assert narrow.asked == [["a", "b"], ["b"]]
    assert ahead.give_back() is False, "nothing is held that is not needed"
    assert narrow.given_back == []
