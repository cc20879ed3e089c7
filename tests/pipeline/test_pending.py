"""What is left of a run, by its store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fbench.datasets import open_dataset
from fbench.runner.cells import Cell
from fbench.runner.experiment import Experiment
from fbench.runner.pending import pending_units
from fbench.runner.plan import Plan, make_plan
from fbench.runner.store import Answer, BatchRow, Store, TrainingRow

MODEL = "openai:gpt-4o-mini-2024-07-18"


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The base model, and one job whose checkpoints are two more cells."""
    experiment = Experiment(models=(MODEL,), epochs=(1, 2), share_checkpoints=True)
    return make_plan(experiment, open_dataset(None, tasks=["news"], limit=2))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        yield store


def say(store: Store, plan: Plan, cell: Cell, *, error: str = "", left: int = 0) -> None:
    """Answers the questions of a cell, but so many of the last."""
    asked = plan.questions[cell.task]
    store.save_answers(Answer(cell.id, q.id, "x", "stop", error, 1, 1) for q in asked[: len(asked) - left])


def left(plan: Plan, store: Store, **options: bool) -> dict[str, list[str]]:
    """The questions that are left, by cell."""
    works = pending_units(plan, store, **{"lasting": True, **options})
    return {cell: [q.id for q in asked] for work in works for cell, asked in work.questions.items()}


def test_all_is_left_of_a_run_that_begins(plan: Plan, store: Store) -> None:
    assert left(plan, store) == {cell.id: [q.id for q in plan.questions["news"]] for cell in plan.cells}


def test_a_unit_is_left_with_the_rest_of_its_questions_until_all_its_cells_are_done(
    plan: Plan, store: Store
) -> None:
    base, first, second = plan.cells
    say(store, plan, base)
    say(store, plan, second, left=1)
    asked = [q.id for q in plan.questions["news"]]
    assert left(plan, store) == {first.id: asked, second.id: asked[-1:]}
    say(store, plan, first)
    assert left(plan, store) == {first.id: [], second.id: asked[-1:]}
    say(store, plan, second)
    assert left(plan, store) == {}


def test_a_question_that_was_rejected_is_left_on_request_alone(plan: Plan, store: Store) -> None:
    for cell in plan.cells:
        say(store, plan, cell, error="too long" if cell.epochs else "")
    assert left(plan, store) == {}
    assert list(left(plan, store, retry_errors=True)) == [cell.id for cell in plan.cells[1:]]


def test_so_is_one_of_a_batch_that_has_not_ended(plan: Plan, store: Store) -> None:
    """Of an experiment whose rejected questions are being asked again; they are reserved already."""
    for cell in plan.cells:
        say(store, plan, cell, error="too long")
    asked, base = [q.id for q in plan.questions["news"]], plan.cells[0]
    row = BatchRow(base.id, 1, "key", "created", "batch", tuple(asked[:2]))
    store.save_batch(row)
    assert left(plan, store) == {base.id: asked[:2]}
    (work,) = pending_units(plan, store, lasting=True)
    assert not any(work.unbought.values())
    assert left(plan, store, lasting=False) == {}, "the service and its batches are gone"
    store.save_batch(row._replace(state="ended"))
    assert left(plan, store) == {}


@pytest.mark.parametrize("lasting", [True, False])
def test_a_job_is_known_where_the_service_still_has_it(plan: Plan, store: Store, *, lasting: bool) -> None:
    (training,) = plan.trainings
    row = TrainingRow(training.id, "created", "job")
    store.save_training(row)
    before = [work.before for work in pending_units(plan, store, lasting=lasting)]
    assert before == [None, row if lasting else None]
