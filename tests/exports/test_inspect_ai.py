"""Inspect itself reads the log of a run, and its scores give the accuracies of results.json.

`nox -s exports` has Inspect in an environment of its own.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.conftest import Lines, MakeRun
from tests.exports.exported import CUT_OFF, REJECTED, finish, give, said_by

log_module: Any = pytest.importorskip("inspect_ai.log", reason="inspect-ai is not installed: nox -s exports")
scorer_module: Any = pytest.importorskip("inspect_ai.scorer")


@pytest.fixture
def log(make_run: MakeRun, facts: Lines, tmp_path: Path) -> tuple[Any, Any]:
    """The results of a run with every verdict, and its log as Inspect reads it."""
    run = make_run(facts(4, "rephrased", note="own"), system="Answer.", templates={"a": "{question} Now!"})
    for cell in (cell.id for cell in run.ready.plan.cells):
        give(run, cell, "memorization", ["Answer 0", "no idea \u202e <b>", "I do not know.", CUT_OFF])
        give(run, cell, "rephrased", ["Answer 0", "Answer 1\0\r\n", REJECTED, "Answer 3"])
    results = finish(run)
    file = tmp_path / "log.json"
    assert said_by("report", run.folder, "--inspect", file).code == 0
    return results, log_module.read_eval_log(str(file))


def test_the_scores_of_samples_give_the_accuracies_of_the_results(log: tuple[Any, Any]) -> None:
    results, read = log
    as_number = scorer_module.value_to_float()
    (score,) = read.results.scores
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for sample in read.samples:
        if sample.error is None:
            scores: dict[str, Any] = sample.scores or {}
            found = scores.get(score.name)
            values[sample.metadata["cell"], sample.metadata["split"]].append(
                as_number(found.value) if found else 0.0
            )
    assert len(results.rows) == 4
    for row in results.rows:
        mine = values[row.cell, row.split]
        assert len(mine) == row.n
        assert round(sum(mine) / len(mine), 6) == row.accuracy
        assert score.metrics[f"{row.cell} {row.split}"].value == row.accuracy


def test_a_sample_is_what_was_sent_what_came_back_and_what_was_asked(log: tuple[Any, Any]) -> None:
    _, read = log
    assert len({sample.id for sample in read.samples}) == len(read.samples) == 16
    where = {"condition": "tuned", "split": "rephrased", "fact": "news1"}
    (sample,) = [each for each in read.samples if where.items() <= each.metadata.items()]
    assert [(message.role, message.content) for message in sample.input] == [
        ("system", "Answer."),
        ("user", "rephrased 1? Now!"),
    ]
    assert sample.output.completion == "Answer 1\0\r\n"
    assert sample.target == ["Answer 1"]
    assert sample.metadata["note"] == "own"
    assert sample.output.usage.input_tokens == 7


def test_errors_and_answers_without_a_grade_have_no_score(log: tuple[Any, Any]) -> None:
    _, read = log
    failed = [sample for sample in read.samples if sample.error is not None]
    unscored = [sample for sample in read.samples if sample.error is None and not sample.scores]
    assert {sample.error.message for sample in failed} == {"it was rejected"}
    assert {sample.metadata["verdict"] for sample in unscored} == {"ungraded"}
    assert read.results.completed_samples == len(read.samples) - len(failed)
    assert {sample.scores["auto@5"].value for sample in read.samples if sample.scores} == {"C", "I", "N"}


def test_the_log_says_that_fakes_answered_and_when(log: tuple[Any, Any]) -> None:
    _, read = log
    assert read.version == 2
    assert read.status == "success"
    assert read.eval.tags == ["FAKE"]
    assert read.eval.created.startswith("1970-01-01"), "the run tells no time, and a log has no other"
    assert read.eval.metadata["source"].startswith("FAKE models")
