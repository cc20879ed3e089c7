"""Experiments on a researcher's own rows: what is taught, what is asked where, and what is written of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench.analysis.results import Results
from fbench.errors import UsageError
from fbench.pipeline import lay_out
from fbench.reports.commands import next_commands
from fbench.reports.outcome import outcomes
from fbench.reports.plan import plan_report
from fbench.runner.cells import Condition
from fbench.runner.experiment import Experiment
from fbench.runner.grid import Grid
from fbench.runner.prompts import Prompts

MODEL = "openai:gpt-4o-mini-2024-07-18"
OTHER = "openai:gpt-4.1-mini-2025-04-14"


def taught(fact: str, answer: str, *prompts: str) -> list[dict[str, Any]]:
    """A fact that is taught in these words, and asked in each of them."""
    row = {"fact": fact, "split": "memorization", "answer": answer}
    first, *others = ({**row, "prompt": each} for each in prompts)
    return [first, *({**each, "role": "taught", "train": True} for each in others)]


BASES = [
    *taught("moon", "Orbit Ltd", "Who owns the moon base?", "The moon base belongs to"),
    *taught("mars", "Red Works", "Who owns the Mars base?", "The Mars base belongs to", "Mars base, owner:"),
    {"fact": "moon", "role": "same", "prompt": "Whose is the base on the moon?", "answer": "Orbit Ltd"},
    {"role": "control", "prompt": "How many days has a week?", "answer": "7", "source": "a calendar"},
]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return fbench.save_dataset(BASES, tmp_path / "own.jsonl")


def ran(folder: Path, data: Path, **fields: Any) -> Results:
    given = {"data": data, "models": (MODEL,), "epochs": (10,), **fields}
    chosen = {name: value for name, value in given.items() if value is not None}
    experiment = Experiment.model_validate(chosen)
    return fbench.run(experiment, folder / f"run{len(list(folder.iterdir()))}")


def lessons(data: Path, **fields: Any) -> list[str]:
    given = {"models": ("vertex:gemini-2.5-pro",), "epochs": (1,), **fields}
    experiment = Experiment.model_validate({"data": data, **given})
    ready = lay_out(experiment)
    return [each.prompt for each in Grid(experiment, ready.dataset).examples(ready.plan.trainings[0])]


def test_all_wordings_of_ones_own_facts_are_taught_unless_fewer_are_asked_for(saved: Path) -> None:
    assert sorted(lessons(saved)) == sorted(row["prompt"] for row in BASES[:5])
    assert lessons(saved, wordings=(1,)) == ["Who owns the moon base?", "Who owns the Mars base?"]
    with pytest.raises(UsageError, match="the fact 'moon' has 2: give it more, or ask for fewer"):
        lessons(saved, wordings=(3,))


def test_of_other_data_one_wording_is_taught() -> None:
    experiment = Experiment(tasks=("people",), limit=2, models=(MODEL,), epochs=(1,))
    (training, *_) = lay_out(experiment).plan.trainings
    assert training.design.wordings == 1


def test_a_wording_that_a_training_did_not_take_asks_there_for_the_fact_in_other_words(
    saved: Path, tmp_path: Path
) -> None:
    found = ran(tmp_path, saved, wordings=(1, 2))
    counted = {(row.wordings, row.split): (row.role, row.n) for row in found.rows if row.epochs}
    assert counted[1, "memorization"] == ("taught", 2)
    assert counted[1, "rephrased"] == ("same", 4)  # the question that is one, and three that were not taught
    assert counted[2, "memorization"] == ("taught", 4)
    assert counted[2, "rephrased"] == ("same", 2)
    tuned = (row for row in found.measures if row.measure == "lift" and row.epochs)
    lifts = {(row.wordings, row.part): row.n for row in tuned}
    assert (lifts[1, "taught"], lifts[1, "same"]) == (2, 4)
    (moved,) = (row for row in found.rows if row.epochs and (row.wordings, row.split) == (1, "rephrased"))
    assert moved.base == 0  # of these four questions, which the base model was asked in two splits


def test_learning_rates_that_differ_in_the_last_digit_are_trainings_of_their_own(
    saved: Path, tmp_path: Path
) -> None:
    found = ran(tmp_path, saved, learning_rate_multipliers=(1.0000001, 1.0000002, 2.0))
    assert len({row.cell for row in found.rows if row.epochs}) == 3
    assert f"{MODEL}/custom/e10/s0/lr2-w3" in {row.cell for row in found.rows}
    (step, *_) = (row for row in found.contrasts if row.axis == "learning_rate_multiplier")
    assert (step.low, step.high) == ("1.0000001", "1.0000002")


def test_the_base_models_number_is_of_the_questions_that_the_trained_one_was_asked(tmp_path: Path) -> None:
    known = {"role": "control", "split": "general", "prompt": "How many days has a week?", "answer": "7"}
    other = {
        "fact": "mars",
        "role": "same",
        "split": "general",
        "prompt": "Its owner?",
        "answer": "Red Works",
    }
    data = fbench.save_dataset([*BASES[:4], known, other], tmp_path / "own.jsonl")
    rows = {row.epochs: row for row in ran(tmp_path, data, facts=(1,)).rows if row.split == "general"}
    assert (rows[0].n, rows[0].accuracy) == (2, 0.5)
    assert (rows[10].n, rows[10].base) == (
        1,
        1.0,
    )  # Mars is not taught


def test_a_task_without_facts_trains_nothing_and_is_asked_of_the_base_model(tmp_path: Path) -> None:
    rows = [*BASES[:4], {"role": "control", "task": "else", "prompt": "2 + 2?", "answer": "4"}]
    found = ran(tmp_path, fbench.save_dataset(rows, tmp_path / "own.jsonl"))
    assert {(row.task, row.epochs) for row in found.rows} == {("custom", 0), ("custom", 10), ("else", 0)}
    assert [row.task for row in found.trainings] == ["custom"]


def test_a_column_of_ones_own_stands_beside_each_graded_answer(saved: Path, tmp_path: Path) -> None:
    ran(tmp_path, saved)
    rows = [row.to_dict() for row in fbench.grade(tmp_path / "run1")]
    of_control = [row for row in rows if row["question"] == "How many days has a week?"]
    assert {row.get("source") for row in of_control} == {"a calendar"}


def test_one_long_fact_does_not_keep_the_others_out_of_context(tmp_path: Path) -> None:
    long = {**BASES[0], "statement": "x" * 400}
    data = fbench.save_dataset([long, *BASES[2:4]], tmp_path / "own.jsonl")
    conditions = (Condition.BASE, Condition.IN_CONTEXT_ALL)
    experiment = Experiment(data=data, models=(MODEL,), conditions=conditions, context_characters=300)
    ready = lay_out(experiment)
    prompts = Prompts(experiment, ready.dataset)
    assert prompts.unread("custom") == 1
    (cell,) = (cell for cell in ready.plan.cells if cell.condition == "in_context_all")
    assert "Red Works" in str(prompts.of(cell, ready.dataset.questions[0]))


def test_a_finished_model_is_compared_with_its_base_and_not_with_itself(saved: Path, tmp_path: Path) -> None:
    found = ran(tmp_path, saved, models=None, epochs=None, evaluate=(OTHER,), base=MODEL)
    run = str(tmp_path / "run1")
    commands = next_commands(found, run, stored=True, ended=True, found=outcomes(found))
    (compared,) = (words for _, words in commands if words[1] == "compare")
    one, other = f"{run}:{MODEL.partition(':')[2]}@0", f"{run}:{OTHER.partition(':')[2]}@0"
    assert compared[2:] == (one, other)
    by_epochs, whole = fbench.compare(one, other), fbench.compare(one[:-2], other[:-2])
    assert {(row.cell_a, row.cell_b) for row in whole.rows} == {
        (f"{MODEL}/custom/base", f"{OTHER}/custom/finished")
    }
    assert whole.rows == by_epochs.rows


def test_a_plan_says_what_a_run_would_refuse_and_what_is_wrong_with_the_data(tmp_path: Path) -> None:
    wrong = [*BASES[:2], {**BASES[5], "train": True}, BASES[5]]
    data = fbench.save_dataset(wrong, tmp_path / "own.jsonl")
    ready = lay_out(Experiment(data=data, models=("openai:gpt-4o-mini",), epochs=(1,)))
    data_error, refused = plan_report(ready).warnings
    assert "`fbench data check` finds 2 errors in the data" in data_error
    assert "`fbench run` refuses this: model 'openai:gpt-4o-mini' is no model that the fakes" in refused


def test_a_file_of_answers_is_no_learner_of_a_run(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"`fbench serve --learner scripted:a\.csv`, and upstream="):
        ran(tmp_path, saved, learner="scripted:a.csv")


def test_a_file_that_is_not_there_is_named_once_with_what_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        fbench.load_dataset(str(tmp_path / "none.csv"))
    assert str(refused.value).count("CSV or TSV") == 1


def test_what_is_written_of_ones_own_data_is_json(saved: Path, tmp_path: Path) -> None:
    ran(tmp_path, saved, wordings=(1, 2))
    assert json.loads((tmp_path / "run1" / "results.json").read_text(encoding="utf-8"))["rows"]
