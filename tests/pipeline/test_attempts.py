"""Attempts are rows: reserved before they are sent, settled after, and never more than the budget."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.errors import BudgetReached, Incomplete
from fbench.pipeline import execute, prepare
from fbench.providers.model import Rejected
from fbench.request_context import current_attempt
from fbench.runner.attempts import Attempts, Paid, Reservations, asking, ruling, training
from fbench.runner.budget import Asked, Budget
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.plan import most_tokens
from fbench.runner.stop import Stop, Stopped
from fbench.runner.store import Answer, AttemptRow, Store
from fbench.upstream import open_upstream
from tests.pipeline.sinks import WithoutLimit

MODEL = "openai:gpt-4o-mini-2024-07-18"
EXPERIMENT = Experiment(models=(MODEL,), epochs=(2,), tasks=("coding",), limit=6)
ASK = re.compile(r"/chat/completions$")


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
    assert sink.reserved == [each.what for each in wanted]
    assert len(sink.unsent) == 120 - 4


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
        with Paid(sink, wanted, Stop().raise_stopped, once=once) as paid:
            assert current_attempt.get() is paid
            for number, may_be_paid in enumerate(failures):
                if number:
                    await paid.again()
                paid.failed(may_be_paid=may_be_paid)
            raise Incomplete("no answer in all tries")

    with pytest.raises(Incomplete):
        asyncio.run(story())
    assert (sink.kept, len(sink.unsent)) == (kept, unsent)
    again = [] if once else [may_be_paid for may_be_paid in failures[:-1] if may_be_paid]
    assert len(sink.reserved) == len(again)


@given(st.text())
def test_a_text_never_has_more_tokens_than_are_reserved(text: str) -> None:
    from fakes.tokens import count  # noqa: PLC0415 - the fakes' own measure

    assert count(text) <= most_tokens(text)


class Billed(httpx2.AsyncBaseTransport):
    """Adds up what the service charges for, in US dollars, and loses some of the answers."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, lost: set[int]) -> None:
        self.inner, self.lost, self.asked = inner, lost, 0
        self.answers_usd = 0.0
        self.trained: dict[str, int] = {}

    @property
    def usd(self) -> float:
        return self.answers_usd + sum(self.trained.values()) * 3.0 / 1e6

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self.inner.handle_async_request(request)
        body = json.loads(await response.aread())
        if body.get("object") == "fine_tuning.job" and body["trained_tokens"]:
            self.trained[body["id"]] = body["trained_tokens"]
        if ASK.search(request.url.path):
            tuned = body["model"].startswith("ft:")
            prompt, answer = (0.30, 1.20) if tuned else (0.15, 0.60)
            usage = body["usage"]
            self.answers_usd += (usage["prompt_tokens"] * prompt + usage["completion_tokens"] * answer) / 1e6
            self.asked += 1
            if self.asked in self.lost:
                raise httpx2.ReadError("reset", request=request)
        return response


def bought(folder: Path, lost: set[int], budget_usd: float) -> Billed:
    """What the service charges a run that may end before its end."""
    ready = prepare(EXPERIMENT)
    make_folder(folder, EXPERIMENT)
    place = open_upstream("fake", ready.dataset)
    billed = Billed(place.transport, lost)
    with suppress(BudgetReached):
        execute(ready, folder, jobs=1, budget_usd=budget_usd, connection=replace(place, transport=billed))
    return billed


@settings(max_examples=15, deadline=None)
@given(lost=st.sets(st.integers(1, 40), max_size=12), budget=st.floats(0.0, 0.02))
def test_a_run_never_spends_more_than_its_budget_though_answers_are_lost(
    tmp_path_factory: pytest.TempPathFactory, lost: set[int], budget: float
) -> None:
    folder = tmp_path_factory.mktemp("runs") / "run"
    charged = bought(folder, lost, budget).usd
    with Store(folder / STORE, read_only=True) as store:
        assert charged <= store.spent_usd() + 1e-12
        assert store.spent_usd() <= budget + 1e-12


def test_a_run_whose_answers_all_arrive_counts_just_what_the_service_charges(tmp_path: Path) -> None:
    charged = bought(tmp_path / "run", set(), 1.0).usd
    with Store(tmp_path / "run" / STORE, read_only=True) as store:
        assert store.spent_usd() == pytest.approx(charged)


def test_attempts_of_a_run_are_all_settled_and_tell_what_it_cost(tmp_path: Path) -> None:
    bought(tmp_path / "run", {3, 7}, 1.0)
    with Store(tmp_path / "run" / STORE, read_only=True) as store:
        rows = list(store.attempts())
    assert sum(row.state == "unclear" for row in rows) == 2
    assert {row.state for row in rows} == {"settled", "unclear"}
    assert {row.number for row in rows if row.state == "unclear"} == {1}


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
        assert now.execute("pragma user_version").fetchone() == (3,)
