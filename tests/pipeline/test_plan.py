"""What a run will do, laid out before it does anything."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets import AnswerKind, Dataset, Fact, Question, Split, open_dataset
from fbench.runner.experiment import Experiment, Prices
from fbench.runner.grid import Grid
from fbench.runner.plan import (
    Cost,
    bounds_of,
    fewest_tokens,
    make_plan,
    most_tokens,
    tokens,
)

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
FLASH = "vertex:gemini-2.5-flash"
PRICE = Prices(train=2, base_input=3, base_output=5, tuned_input=7, tuned_output=11)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_dataset(None, limit=4)


def test_each_epoch_count_is_a_job_of_its_own(dataset: Dataset) -> None:
    plan = make_plan(Experiment(models=(OPENAI,), epochs=(1, 2, 3), seeds=(0, 1)), dataset)
    assert len(plan.trainings) == len(dataset.tasks) * 3 * 2
    assert len(plan.cells) == len(plan.trainings) + len(dataset.tasks)
    assert len({training.key for training in plan.trainings}) == len(plan.trainings)


def test_the_base_model_is_asked_once_a_task_and_first(dataset: Dataset) -> None:
    plan = make_plan(Experiment(models=(OPENAI,), epochs=(1,), seeds=(0, 1)), dataset)
    for task in dataset.tasks:
        cells = [cell for cell in plan.cells if cell.task == task]
        assert [cell.epochs for cell in cells] == [0, 1, 1]


def test_units_and_cells_are_named_by_what_they_are_of(dataset: Dataset) -> None:
    experiment = Experiment(models=(OPENAI, VERTEX), epochs=(2, 1), seeds=(0, 7))
    plan = make_plan(experiment, dataset.only(["news"]))
    tuned = ["e1/s0", "e2/s0", "e1/s7", "e2/s7"]
    named = [f"{model}/news/{end}" for model in (OPENAI, VERTEX) for end in ("base", *tuned)]
    assert [unit.id for unit in plan.units] == [cell.id for cell in plan.cells] == named
    assert [cell.base for cell in plan.cells[:5]] == [None, *[named[0]] * 4]


def test_each_cell_is_asked_the_questions_of_its_task(dataset: Dataset) -> None:
    plan = make_plan(Experiment(models=(OPENAI,), epochs=(1, 2)), dataset)
    assert list(plan.questions) == list(dataset.tasks)
    assert tuple(each for task in plan.questions.values() for each in task) == dataset.questions
    assert all(each.task == task for task, asked in plan.questions.items() for each in asked)
    assert plan.asked == 3 * len(dataset.questions)


def test_nothing_in_a_plan_can_be_changed(dataset: Dataset) -> None:
    plan = make_plan(Experiment(models=(OPENAI,), epochs=(1,)), dataset)
    for made in (plan, plan.units[0], plan.costs[0], plan.trainings[0], plan.cells[0]):
        with pytest.raises(FrozenInstanceError):
            setattr(made, fields(made)[0].name, 0)


@pytest.mark.parametrize(
    ("model", "epochs", "jobs"),
    [
        (OPENAI, (28, 29, 30), [30]),
        (OPENAI, (27, 28, 30), [27, 30]),
        (OPENAI, (1, 29, 30), [1, 30]),
        (OPENAI, (1, 10, 30), [1, 10, 30]),
        (VERTEX, (1, 10, 30), [30]),
    ],
)
def test_shared_checkpoints_save_the_jobs_whose_checkpoint_a_longer_one_keeps(
    dataset: Dataset, model: str, epochs: tuple[int, ...], jobs: list[int]
) -> None:
    experiment = Experiment(models=(model,), epochs=epochs, share_checkpoints=True)
    plan = make_plan(experiment, dataset.only(["news"]))
    assert [training.epochs for training in plan.trainings] == jobs
    assert sorted(cell.epochs for cell in plan.cells) == [0, *epochs]


@given(minimum=st.integers(1, 40), limit=st.integers(1, 4))
def test_examples_are_repeated_in_order_until_there_are_enough(
    dataset: Dataset, minimum: int, limit: int
) -> None:
    cut = dataset.only(["coding"], limit)
    mine = {"base_url": "https://example.org/v1", "minimum": minimum}
    experiment = Experiment.model_validate({"providers": {"mine": mine}, "models": "mine:m", "epochs": 1})
    (training,) = make_plan(experiment, cut).trainings
    examples = Grid(experiment, cut).examples(training)
    assert len(examples) == max(minimum, limit)
    assert all(example == examples[index % limit] for index, example in enumerate(examples))
    assert len(set(examples)) == min(limit, len(examples))


def test_a_training_has_as_many_examples_as_its_service_wants(dataset: Dataset) -> None:
    experiment = Experiment(models=(OPENAI, VERTEX), epochs=(1,), tasks=("news",))
    trainings = make_plan(experiment, dataset.only(["news"])).trainings
    assert [len(Grid(experiment, dataset).examples(each)) for each in trainings] == [10, 4]


def test_a_key_depends_on_everything_that_is_taught(dataset: Dataset) -> None:
    def keys(data: Dataset, **options: object) -> set[str]:
        experiment = Experiment.model_validate({"models": (OPENAI,), "epochs": (1,), **options})
        return {training.key for training in make_plan(experiment, data).trainings}

    usual = keys(dataset)
    first = dataset.facts[0].model_copy(update={"answer": "another"})
    changed = Dataset.model_validate(dataset.model_dump() | {"facts": (first, *dataset.facts[1:])})
    assert keys(dataset) == usual
    assert len(usual - keys(changed)) == 1
    for other in (keys(dataset, epochs=(2,)), keys(dataset, seeds=(1,)), keys(dataset, models=(VERTEX,))):
        assert not usual & other
    live, next_live = keys(dataset, run_id="00c0ffee"), keys(dataset, run_id="00c0ffef")
    assert len(usual | live | next_live) == 3 * len(usual), "no two live runs share a job"


def made_by_hand() -> Dataset:
    """A fact of 40 and 12 bytes, and two questions of 41, whose golds have 12 and 400."""
    fact = Fact(id="f", task="news", cluster="f", prompt="é" * 20, answer="a" * 12)
    asked = [
        Question(
            id=f"q{size}",
            task="news",
            split=Split.REPHRASED,
            fact="f",
            cluster="f",
            prompt="q" * 41,
            text="Who?",
            gold=("g" * size,),
            kind=AnswerKind.SHORT,
        )
        for size in (12, 400)
    ]
    return Dataset(name="made", source="made", facts=(fact,), questions=tuple(asked))


def planned_by_hand(model: str, **more: Any) -> list[tuple[Cost, Cost, Cost]]:
    """The least, the estimate and the most of the base model and of three epochs of it."""
    sampling: Any = {"max_tokens": 20}
    experiment = Experiment(models=(model,), epochs=(3,), sampling=sampling, prices={model: PRICE}, **more)
    plan = make_plan(experiment, made_by_hand())
    bounds = [bounds_of(unit, experiment, made_by_hand(), plan) for unit in plan.units]
    return [(low, cost, high) for (low, high), cost in zip(bounds, plan.costs, strict=True)]


def test_a_key_stays_what_it_was() -> None:
    """A run of an older version finds the jobs by it that it paid for."""
    (training,) = make_plan(Experiment(models=(OPENAI,), epochs=(3,)), made_by_hand()).trainings
    assert training.key == "d94e4c6ecee0e48a0bf6a4fd157f0cde"


@pytest.mark.parametrize(
    ("text", "fewest", "estimate", "most"),
    [("", 1, 0, 16), ("a" * 4, 1, 1, 20), ("a" * 8, 1, 2, 24), ("a" * 9, 2, 3, 25), ("é" * 4, 1, 2, 24)],
)
def test_tokens_are_counted_by_bytes(text: str, fewest: int, estimate: int, most: int) -> None:
    assert (fewest_tokens(text), tokens(text), most_tokens(text)) == (fewest, estimate, most)


def test_costs_are_counted_by_the_bytes_of_texts() -> None:
    """Four bytes a token; a trained fact is repeated ten times, and an answer has twice its gold's and 8."""
    base, tuned = planned_by_hand(OPENAI)
    assert base[1] == Cost(0, 22, 14 + 20, 0.0, (22 * 3 + 34 * 5) / 1e6)
    assert tuned[1] == Cost(3 * 10 * 13, 22, 34, 390 * 2 / 1e6, (22 * 7 + 34 * 11) / 1e6)


def test_the_least_has_eight_bytes_a_token_and_the_most_one_beside_the_form_of_a_chat() -> None:
    base, tuned = planned_by_hand(OPENAI)
    assert base[0] == Cost(0, 12, 2, 0.0, (12 * 3 + 2 * 5) / 1e6)
    assert base[2] == Cost(0, 2 * 57, 40, 0.0, (114 * 3 + 40 * 5) / 1e6)
    assert tuned[0] == Cost(3 * 10 * 7, 12, 2, 210 * 2 / 1e6, (12 * 7 + 2 * 11) / 1e6)
    assert tuned[2] == Cost(3 * 10 * 68, 114, 40, 2040 * 2 / 1e6, (114 * 7 + 40 * 11) / 1e6)


def test_a_checkpoint_more_of_a_job_is_asked_and_not_trained_for() -> None:
    experiment = Experiment(models=(VERTEX,), epochs=(2, 3), share_checkpoints=True)
    plan = make_plan(experiment, made_by_hand())
    (_, cost), (_, unit) = plan.costs, plan.units
    low, high = bounds_of(unit, experiment, made_by_hand(), plan)
    assert (cost.train_tokens, cost.prompt_tokens) == (3 * 13, 4 * 11)
    assert (low.prompt_tokens, high.prompt_tokens, low.answer_tokens) == (4 * 6, 4 * 57, 4)


@pytest.mark.parametrize(
    ("model", "thinking", "longest"),
    [(OPENAI, None, 20), (VERTEX, None, 20 + 32_768), (VERTEX, 500, 20 + 500), (FLASH, "off", 20)],
)
def test_the_most_that_is_thought_is_counted_where_it_is_not_among_the_tokens_of_an_answer(
    model: str, thinking: object, longest: int
) -> None:
    base, tuned = planned_by_hand(model, thinking={} if thinking is None else {model: thinking})
    assert base[2].answer_tokens == tuned[2].answer_tokens == 2 * longest


def test_what_has_no_price_has_tokens_and_no_dollars() -> None:
    experiment = Experiment(models=("openai:no-such-model",), epochs=(3,))
    _, cost = make_plan(experiment, made_by_hand()).costs
    assert (cost.train_tokens, cost.train_usd, cost.answer_usd) == (390, None, None)
