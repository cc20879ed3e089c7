"""What a run will do, laid out before it does anything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.datasets import Dataset, open_dataset
from fbench.runner.experiment import Experiment
from fbench.runner.plan import examples_of, make_plan

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"


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


@given(minimum=st.integers(1, 40), limit=st.integers(1, 6))
@settings(deadline=None)
def test_examples_are_repeated_in_order_until_there_are_enough(minimum: int, limit: int) -> None:
    dataset = open_dataset(None, tasks=["coding"], limit=limit)
    examples = examples_of(dataset, "coding", minimum)
    assert len(examples) == max(minimum, limit)
    assert all(example == examples[index % limit] for index, example in enumerate(examples))
    assert len(set(examples)) == min(limit, len(examples))


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
