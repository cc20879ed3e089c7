"""What may be spent, what things cost at most, and what they cost in the end, computed by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets import Dataset, open_dataset
from fbench.errors import BudgetReached, UsageError
from fbench.providers.model import Example
from fbench.runner.attempts import Attempts, asking, training
from fbench.runner.bounds import most_asking_usd, most_training_usd
from fbench.runner.budget import Asked, Budget, check_budget
from fbench.runner.experiment import Experiment, Prices
from fbench.runner.plan import make_plan
from fbench.runner.prices import price_in, price_of, require_prices
from fbench.runner.progress import Progress
from fbench.runner.run_prices import RunPrices
from fbench.runner.store import Answer, AttemptRow, Store, TrainingRow
from fbench.runner.store_sink import StoreSink

MODEL, UNPRICED = "openai:gpt-4o-mini-2024-07-18", "openai:no-such-model"
PRICES = Prices(train=4.0, base_input=1.0, base_output=2.0, tuned_input=10.0, tuned_output=20.0)
EXPERIMENT = Experiment(models=(MODEL,), epochs=(1, 2, 3), tasks=("coding",), limit=2, prices={MODEL: PRICES})
BASE, TUNED = f"{MODEL}/coding/base", f"{MODEL}/coding/e1/s0"
MILLION = 1_000_000


def budget(limit_usd: float | None, *in_flight: float) -> Budget:
    """A budget of which so much is reserved."""
    made = Budget(limit_usd)
    assert made.reserve([Asked(str(number), usd) for number, usd in enumerate(in_flight)]) == len(in_flight)
    return made


# --- the limit ---


@given(prices=st.lists(st.floats(0, 10), max_size=20), limit=st.floats(0, 50))
def test_a_budget_is_never_passed(prices: list[float], limit: float) -> None:
    budget, spent = Budget(limit), 0.0
    for number, price in enumerate(prices):
        try:
            budget.reserve([Asked(str(number), price)])
        except BudgetReached:
            assert spent + price >= limit
        else:
            budget.settle(str(number), price)
            spent += price
    assert spent <= limit


def test_a_budget_cannot_be_kept_without_a_price() -> None:
    with pytest.raises(UsageError, match="prices"):
        Budget(5).reserve([Asked("a question", None)])


def test_all_of_a_budget_may_be_spent_and_no_more_at_once() -> None:
    assert Budget(1.0).reserve([Asked("a", 0.5), Asked("b", 0.5), Asked("c", 0.5)]) == 2


def test_what_finds_no_room_waits_for_what_is_in_flight_and_is_refused_where_nothing_is() -> None:
    made = budget(1.0, 0.75)
    assert made.reserve([Asked("a", 0.5)]) == 0
    made.settle("0", 0.25)
    assert made.reserve([Asked("a", 0.5), Asked("b", 0.5)]) == 1
    made.settle("a", 0.5)
    with pytest.raises(BudgetReached, match=r"up to \$0\.50, and \$0\.25 of the budget of \$1\.00 is left"):
        made.reserve([Asked("b", 0.5)])


@pytest.mark.parametrize(
    ("limit", "spent", "words"),
    [(0.1, 0.0, r"\$0\.10 of the budget of \$0\.10"), (0.02, 0.0123, r"\$0\.0077 of"), (1.0, 2.0, r"\$0 of")],
)
def test_what_is_left_of_a_budget_is_told_in_dollars(limit: float, spent: float, words: str) -> None:
    with pytest.raises(BudgetReached, match=rf"up to \$3\.00, and {words}.* is left"):
        Budget(limit, spent).reserve([Asked("a", 3.0)])


def test_without_a_limit_nothing_is_refused_and_all_is_counted() -> None:
    made = Budget()
    assert made.reserve([Asked("a", 1e9), Asked("b", None)]) == 2
    assert (made.reserved("a"), made.reserved("b")) == (1e9, 0.0)
    made.settle("a", 2.0)
    assert made.spent_usd == 2.0
    with pytest.raises(KeyError):
        made.reserved("a")


@pytest.mark.parametrize("usd", [None, 0, 0.5, 1e6])
def test_an_amount_of_dollars_is_a_budget(usd: float | None) -> None:
    check_budget(usd)


@pytest.mark.parametrize("usd", [math.nan, math.inf, -math.inf, -0.01])
def test_what_no_sum_exceeds_or_nothing_keeps_to_is_no_budget(usd: float) -> None:
    with pytest.raises(UsageError, match=r"--budget-usd must be an amount of US dollars, 0 or more, got"):
        check_budget(usd)


# --- prices ---


def test_a_price_of_the_experiment_comes_before_that_of_the_table() -> None:
    assert price_in(EXPERIMENT, MODEL) == PRICES
    known = price_in(Experiment(models=(MODEL,)), MODEL)
    assert known == price_of(MODEL)
    assert known is not None
    assert known != PRICES
    assert price_in(EXPERIMENT, UNPRICED) is None


def test_whatever_costs_money_in_a_run_with_a_budget_has_a_price() -> None:
    require_prices(Experiment(models=(MODEL,), judge=MODEL))
    for experiment in (
        Experiment(models=(MODEL, UNPRICED)),
        Experiment(models=(MODEL,), judge=UNPRICED),
        Experiment(models=(UNPRICED,), judge=UNPRICED),
    ):
        with pytest.raises(UsageError, match=rf"known of {UNPRICED}, .*under \[prices\.\"{UNPRICED}\"\]:"):
            require_prices(experiment)


def test_the_most_that_something_costs_has_a_token_for_each_byte_and_sixteen_for_the_form() -> None:
    assert most_asking_usd(PRICES, "é" * 17, 100, tuned=False) == (50 * 1 + 100 * 2) / 1e6
    assert most_asking_usd(PRICES, "é" * 17, 100, tuned=True) == (50 * 10 + 100 * 20) / 1e6
    assert most_training_usd(PRICES, [Example("abc", "d"), Example("", "")], 3) == 3 * (20 + 16) * 4 / 1e6


def test_of_what_has_no_price_nobody_knows_the_most() -> None:
    assert most_asking_usd(None, "Why?", 100, tuned=True) is None
    assert most_training_usd(None, [Example("a", "b")], 3) is None


# --- what things cost in the end ---


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_dataset(None, tasks=["coding"], limit=2)


@pytest.fixture
def prices(dataset: Dataset) -> RunPrices:
    return RunPrices(EXPERIMENT, make_plan(EXPERIMENT, dataset))


@pytest.mark.parametrize(
    ("cell", "error", "usd"),
    [
        (BASE, "", 1 + 0.2),
        (TUNED, "", 10 + 2.0),
        (TUNED, "no", 0.0),
        ("a cell of something else", "", 0.0),
    ],
)
def test_an_answer_costs_what_its_model_does(prices: RunPrices, cell: str, error: str, usd: float) -> None:
    assert prices.of_answer(Answer(cell, "q", "x", "stop", error, MILLION, MILLION // 10)) == usd


@pytest.mark.parametrize(
    ("row", "usd"),
    [
        (TrainingRow(TUNED, "intended"), None),
        (TrainingRow(TUNED, "created", "job", tokens=MILLION), None),
        (TrainingRow(TUNED, "succeeded", "job", {1: "m"}, MILLION), 4.0),
        (TrainingRow(TUNED, "succeeded", "job", {1: "m"}), None),
        (TrainingRow(TUNED, "failed", "job", tokens=MILLION), 4.0),
        (TrainingRow(TUNED, "failed", "job"), 0.0),
        (TrainingRow(TUNED, "failed", tokens=MILLION), 0.0),
        (TrainingRow("of something else", "succeeded", "job", {1: "m"}, MILLION), 0.0),
    ],
)
def test_a_training_costs_what_its_service_counted_once_it_has_ended(
    prices: RunPrices, row: TrainingRow, usd: float | None
) -> None:
    assert prices.of_training(row) == usd


def test_what_a_run_spent_before_attempts_were_kept_is_told_by_its_answers_and_trainings(
    prices: RunPrices, tmp_path: Path
) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        store.save_answers([Answer(BASE, name, "x", "stop", "", MILLION, 0) for name in ("q1", "q2", "q3")])
        kept = [AttemptRow(asking(BASE, "q1"), 1, "settled", 9.0, 0.25)]
        kept += [AttemptRow(training(TUNED), 1, "settled", 9.0, 0.5)]
        for number, tokens in ((1, 7 * MILLION), (2, MILLION)):
            row = TrainingRow(f"{MODEL}/coding/e{number}/s0", "succeeded", "job", {number: "m"}, tokens)
            store.save_training(row, kept)
        store.save_training(TrainingRow(f"{MODEL}/coding/e3/s0", "created", "job"))
        assert prices.spent(store) == 0.25 + 0.5 + 2 * 1.0 + 4.0


class Counted(Progress):
    """Counts the answers that it is told of."""

    count = 0

    def answered(self, count: int) -> None:
        self.count += count


def test_what_workers_report_is_kept_with_what_it_cost(prices: RunPrices, tmp_path: Path) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        attempts, progress = Attempts(Budget(100.0), store), Counted()
        sink = StoreSink(store, attempts, prices, progress)
        names = [training(TUNED), asking(TUNED, "q1"), asking(TUNED, "q2"), "ask d q3", "ask d q4"]
        assert sink.reserve([Asked(name, 16.0) for name in names]) == 5

        sink.training(TrainingRow(TUNED, "created", "job"))
        assert [row.state for row in store.attempts()] == ["reserved"] * 5
        sink.training(TrainingRow(TUNED, "succeeded", "job", {1: "m"}, MILLION))
        said = [Answer(TUNED, "q1", "x", "stop", "", MILLION, 0), Answer(TUNED, "q2", "", "", "no", 0, 0)]
        sink.answers(said)
        sink.unclear("ask d q3")
        sink.give_back(["ask d q4"])

        assert list(store.answers()) == said
        assert store.trainings()[TUNED].state == "succeeded"
        assert progress.count == 2
        assert {row.what: (row.state, row.settled, row.error) for row in store.attempts()} == {
            names[0]: ("settled", 4.0, ""),
            names[1]: ("settled", 10.0, ""),
            names[2]: ("rejected", 0.0, "no"),
            names[3]: ("unclear", 16.0, ""),
            names[4]: ("unsent", 0.0, ""),
        }


def test_a_training_whose_tokens_the_service_does_not_tell_keeps_its_reserve_and_nobody_waits_for_it(
    prices: RunPrices, tmp_path: Path
) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        sink = StoreSink(store, Attempts(Budget(1.0), store), prices, Progress())
        sink.reserve([Asked(training(TUNED), 0.75)])
        assert sink.reserve([Asked("ask d q", 0.5)]) == 0
        sink.training(TrainingRow(TUNED, "succeeded", "job", {1: "m"}))
        with pytest.raises(BudgetReached):
            sink.reserve([Asked("ask d q", 0.5)])
        assert store.spent_usd() == 0.75


@pytest.mark.parametrize("usd", [0.0, 0.25])
def test_a_job_that_was_believed_not_to_exist_is_paid_for_once_it_is_found(
    usd: float, tmp_path: Path
) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        first = Attempts(Budget(1.0), store)
        first.reserve([Asked("train t", 0.75)])
        first.settle("train t", usd)
        store.save_attempts(first.ended())

        budget = Budget(1.0, store.spent_usd())
        later = Attempts(budget, store)
        later.settle("train t", 0.5)
        store.save_attempts(later.ended())
        assert budget.spent_usd == store.spent_usd() == 0.5


def test_a_training_that_the_service_refused_is_a_rejected_attempt(prices: RunPrices, tmp_path: Path) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        sink = StoreSink(store, Attempts(Budget(), store), prices, Progress())
        sink.reserve([Asked(training(TUNED), 1.0)])
        sink.training(TrainingRow(TUNED, "failed", error="no such model"))
        (row,) = store.attempts()
    assert (row.state, row.settled, row.error) == ("rejected", 0.0, "no such model")
