"""Results made again from a store alone, and held against what a file says."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fbench.analysis.answers import answers_of
from fbench.analysis.rebuild import rebuild, vouched
from fbench.analysis.results import Results
from fbench.analysis.results_file import written_results
from fbench.errors import UsageError
from fbench.grading.graders import GRADER_VERSION
from fbench.grading.layers import grade_answers
from fbench.runner.store import Answer, RulingRow
from tests.cli.cli_user import as_if_written

MINI = "openai:gpt-4o-mini-2024-07-18"
BASE, TUNED = f"{MINI}/news/base", f"{MINI}/news/e1/s0"
Made = Callable[..., Any]


def answered(run: Any, cell: str, *texts: str) -> None:
    questions = run.ready.dataset.questions
    run.store.save_answers(
        Answer(cell, q.id, text, "stop", "no" if text == "E" else "", 1, 1)
        for q, text in zip(questions, texts, strict=True)
    )


def graded(run: Any) -> None:
    grade_answers(run.store, {q.id: q for q in run.ready.dataset.questions}, "auto")


@pytest.fixture
def run(make_run: Made, facts: Made) -> Any:
    made = make_run(facts(4))
    answered(made, BASE, "Answer 0", "Sydney", "I don't know.", "E")
    answered(made, TUNED, "Answer 0", "Answer 1", "Answer 2", "E")
    graded(made)
    made.write()
    return made


def unvouched(run: Any, **experiment: object) -> Results:
    """Makes the run one of an older fbench, which kept no digest; the results as they stand in its file."""
    run.store.set_meta("results.json", {})
    edit(run, lambda results: results["experiment"].update(experiment))
    return written_results(run.folder).results


def edit(run: Any, change: Callable[[dict[str, Any]], object]) -> None:
    path = run.folder / "results.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    change(results)
    path.write_text(json.dumps(results), encoding="utf-8")


def test_a_store_gives_the_results_again_and_nothing_is_written(run: Any) -> None:
    written = run.results()
    run.store.close()
    as_if_written(run.folder / "run.sqlite", "delete from grade")
    with closing(sqlite3.connect(run.folder / "run.sqlite")) as store:
        store.execute("drop table altered")  # as in a store of an older fbench
    before = (run.folder / "run.sqlite").read_bytes()

    assert rebuild(run.folder) == written
    assert (run.folder / "run.sqlite").read_bytes() == before
    with closing(sqlite3.connect(run.folder / "run.sqlite")) as store:
        assert store.execute("select count(*) from grade").fetchone() == (0,)


def test_a_run_whose_data_changed_is_not_made_again(run: Any) -> None:
    data: Path = run.ready.experiment.data
    data.write_text(data.read_text(encoding="utf-8").replace("Answer 1", "Answer 7"), encoding="utf-8")
    with pytest.raises(UsageError, match="dataset is no longer the one"):
        rebuild(run.folder)


def test_what_no_digest_vouches_for_is_made_again_and_that_is_said(run: Any) -> None:
    unvouched(run)
    edit(run, lambda results: results.update(notes=["All of this is true."]))
    found = vouched(run.folder, written_results(run.folder))

    assert found.results == run.results()
    assert (found.text, found.unchecked) == (run.results().to_json(), "")
    assert f"{run.folder / 'results.json'}: could not be checked for changes: its store" in found.notice
    assert f"graded by auto {GRADER_VERSION}; `fbench resume {run.folder}` writes them." in found.notice


def test_a_file_alone_stays_as_it_is_and_that_is_said(run: Any, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "results.json"
    alone.write_bytes((run.folder / "results.json").read_bytes())
    for place in (alone, alone.parent):
        written = written_results(place)
        found = vouched(place, written)
        assert found == written._replace(notice=found.notice)
        assert found.notice == (
            f"{alone}: could not be checked for changes: there is no run.sqlite beside it."
        )
    copy = run.folder / "copy.json"
    copy.write_bytes(alone.read_bytes())
    assert "nor can" not in vouched(copy, written_results(copy)).notice


def test_why_results_cannot_be_made_again_is_told_where_there_is_a_store(run: Any) -> None:
    unvouched(run)
    run.ready.experiment.data.unlink()
    found = vouched(run.folder, written_results(run.folder))
    assert found.unchecked
    assert "; nor can the results be made again: " in found.notice
    assert found.notice.endswith(".")
    assert not found.notice.endswith("..")


EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "correct": (lambda row: row.update(correct=row["correct"] + 1), "2 correct"),
    "incorrect": (lambda row: row.update(incorrect=0), "1 abstained, 1 correct, 1 error where"),
    "abstained": (lambda row: row.update(abstained=7), "7 abstained"),
    "ungraded": (lambda row: row.update(ungraded=2), "2 ungraded"),
    "errors": (lambda row: row.update(errors=0), "1 abstained, 1 correct, 1 incorrect where"),
}


@pytest.mark.parametrize(("change", "told"), EDITS.values(), ids=EDITS)
def test_a_count_that_is_not_that_of_the_grades_is_refused(
    run: Any, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    unvouched(run)
    edit(run, lambda results: change(results["rows"][0]))
    with pytest.raises(UsageError, match=f"row of {BASE}, memorization: says .*{told}") as refused:
        vouched(run.folder, written_results(run.folder))
    assert "where its store says 1 abstained, 1 correct, 1 error, 1 incorrect, so it" in str(refused.value)


def test_rows_that_are_missing_or_too_many_are_refused(run: Any) -> None:
    unvouched(run)
    row: dict[str, Any] = {}
    edit(run, lambda results: row.update(results["rows"].pop()))
    with pytest.raises(
        UsageError, match=f"row of {TUNED}, memorization: says nothing where its store says 3"
    ):
        vouched(run.folder, written_results(run.folder))
    edit(run, lambda results: results["rows"].extend([row, row | {"cell": f"{MINI}/news/e7/s3"}]))
    with pytest.raises(UsageError, match=r"row of .*/news/e7/s3, memorization: says 3 .*store says nothing"):
        vouched(run.folder, written_results(run.folder))


def test_counts_of_older_rules_are_held_to_the_grades_of_those_rules(run: Any) -> None:
    """The rules of today may say otherwise: what counts are the grades that the file was counted from."""
    for row in list(run.store.grades(f"auto@{GRADER_VERSION}")):
        verdict = "incorrect" if row.verdict == "abstained" else row.verdict
        run.store.save_grades([row._replace(layer="auto@1", verdict=verdict)])
    unvouched(run, grader_version="1")

    def as_graded_then(results: dict[str, Any]) -> None:
        results["rows"][0].update(incorrect=2, abstained=0)

    edit(run, as_graded_then)
    assert vouched(run.folder, written_results(run.folder)).results == run.results()
    edit(run, lambda results: results["rows"][0].update(incorrect=1, abstained=1))
    with pytest.raises(UsageError, match="where its store says 1 correct, 1 error, 2 incorrect"):
        vouched(run.folder, written_results(run.folder))


def test_counts_of_rules_whose_grades_are_gone_cannot_be_held_to_them(run: Any) -> None:
    unvouched(run, grader_version="0")
    edit(run, lambda results: results["rows"][0].update(correct=9))
    assert vouched(run.folder, written_results(run.folder)).results == run.results()


@pytest.mark.parametrize(
    ("field", "says", "has"), [("upstream", "'live'", "'fake'"), ("grader", "'exact'", "'auto'")]
)
def test_an_experiment_that_says_otherwise_than_its_configuration_is_refused(
    run: Any, field: str, says: str, has: str
) -> None:
    unvouched(run, **{field: says.strip("'")})
    with pytest.raises(UsageError, match=f"field 'experiment.{field}': is {says} where the run has {has}"):
        vouched(run.folder, written_results(run.folder))


# --- with a judge ---

LONG = {"kind": "long", "answer": "The valve opens because the spring is weaker than the steam."}


@pytest.fixture
def judged(make_run: Made, facts: Made) -> Callable[..., Any]:
    def make(**experiment: object) -> Any:
        lines = facts(2)
        lines[1] |= LONG
        made = make_run(lines, **experiment)
        answered(made, BASE, "Answer 0", "It is the heat of the day and nothing else at all.")
        answered(made, TUNED, "Answer 0", str(LONG["answer"]))
        return made

    return make


def test_the_fake_judge_rules_again(judged: Callable[..., Any]) -> None:
    run = judged(grader="judge")
    found = rebuild(run.folder)
    assert found.judge is not None
    assert (found.judge.cases, found.judge.ungraded, found.judge.scope) == (3, 0, "all")
    assert [row.correct for row in found.rows] == [1, 2]
    assert not list(run.store.rulings(found.judge.layer))


def test_a_model_that_judges_is_not_asked_again_and_what_it_did_not_rule_on_is_ungraded(
    judged: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    run = judged(grader="judge", judge="openai:gpt-4.1-2025-04-14", upstream="live")
    begun = rebuild(run.folder)
    assert begun.judge is not None
    assert (begun.judge.cases, begun.judge.ungraded) == (3, 3)
    assert [row.ungraded for row in begun.rows] == [2, 2]

    question, response = run.ready.dataset.questions[0].id, "Answer 0"
    ruling = RulingRow(begun.judge.layer, question, _sha(response), "VERDICT: CORRECT", "stop", "", 30, 5)
    run.store.save_rulings([ruling])
    found = rebuild(run.folder)
    assert found.judge is not None
    assert (found.judge.cases, found.judge.ungraded) == (3, 2)
    assert [(row.correct, row.ungraded) for row in found.rows] == [(1, 1), (1, 1)]
    assert found.costs.actual.judge_tokens == 35


def _sha(text: str) -> str:
    from hashlib import sha256  # noqa: PLC0415 - imported only when it is needed

    return sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("scope", ["all", "long"])
def test_counts_of_a_judge_are_held_to_the_layer_that_its_results_counted(
    judged: Callable[..., Any], scope: str
) -> None:
    more = {"grader": "judge"} if scope == "all" else {"judge": "openai:gpt-4.1-2025-04-14"}
    run = judged(**more)
    (run.folder / "results.json").write_text(rebuild(run.folder).to_json(), encoding="utf-8")
    results = unvouched(run)
    assert results.judge is not None
    assert results.judge.scope == scope
    layer = results.judge.layer if scope == "all" else f"auto@{GRADER_VERSION}+{results.judge.layer}"
    other = f"auto@{GRADER_VERSION}+{results.judge.layer}" if scope == "all" else results.judge.layer
    graded(run)
    for row in list(run.store.grades(f"auto@{GRADER_VERSION}")):
        run.store.save_grades([row._replace(layer=layer, verdict="abstained")])
        run.store.save_grades([row._replace(layer=other, verdict="ungraded")])
    with pytest.raises(UsageError, match="where its store says 2 abstained, so it"):
        vouched(run.folder, written_results(run.folder))


def test_a_notebook_gets_the_grades_of_a_fake_judge_too(make_run: Made, facts: Made) -> None:
    """An event loop runs in a notebook's thread, and the judge needs one of its own."""
    run = make_run(facts(2), judge=MINI, grader="judge")
    answered(run, BASE, "Answer 0", "Sydney")
    answered(run, TUNED, "Answer 0", "Answer 1")
    graded(run)
    alone = answers_of(run.folder), rebuild(run.folder)

    async def cell() -> object:
        return answers_of(run.folder), rebuild(run.folder)

    assert {each.grade.grader for each in alone[0]} == {"fake_judge"}
    assert asyncio.run(cell()) == alone
