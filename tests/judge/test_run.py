"""A run with a judge: what it is asked, what of it is kept, what it costs, and how far it agrees."""

from __future__ import annotations

import re
from pathlib import Path
from unittest.mock import Mock

import pytest

from fbench.analysis.results import Results
from fbench.datasets import AnswerKind, open_dataset
from fbench.errors import BudgetReached, Incomplete, ProviderFailed
from fbench.grading.graders import GRADER_VERSION
from fbench.pipeline import execute, prepare
from fbench.reports.judge import judge_lines
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.stop import Stop
from fbench.runner.store import GradeRow, Store
from tests.judge.judge_bench import JUDGE, MODEL, Bench, rules

MEDICAL = open_dataset(None, tasks=["medical"], limit=12)
LONG = [question for question in MEDICAL.questions if question.kind is AnswerKind.LONG]
ANSWERS = {question.prompt: f"I would say {question.gold[0][:40]}" for question in MEDICAL.questions}


def experiment(**more: object) -> Experiment:
    asked = {"models": (MODEL,), "epochs": (1,), "tasks": ("medical",), "limit": 12, "upstream": "live"}
    return Experiment.model_validate(asked | {"judge": JUDGE} | more)


def run(folder: Path, asked: Experiment, **how: object) -> Results:
    if not folder.exists():
        make_folder(folder, asked)
    return execute(prepare(asked), folder, jobs=1, **how)  # pyright: ignore[reportArgumentType] - passed on by name


def layer(folder: Path, name: str) -> dict[tuple[str, str], GradeRow]:
    with Store(folder / STORE) as store:
        return {(row.cell, row.question): row for row in store.grades(name)}


def answered(folder: Path) -> dict[tuple[str, str], str]:
    with Store(folder / STORE) as store:
        return {(answer.cell, answer.question): answer.text for answer in store.answers()}


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.answers = ANSWERS
    return bench


def test_only_long_answers_that_no_rule_settles_are_judged(bench: Bench, tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment())
    texts = answered(tmp_path / "run")
    ruled = layer(tmp_path / "run", f"auto@{GRADER_VERSION}")
    assert results.judge is not None
    judged = layer(tmp_path / "run", results.judge.layer)

    open_long = {key for key in texts if key[1] in {q.id for q in LONG} and ruled[key].grader == "fake_judge"}
    assert judged.keys() == open_long != set()
    assert {row.grader for row in judged.values()} == {f"judge:{JUDGE}"}
    assert sorted(bench.judged) == sorted({texts[key] for key in open_long})


def test_equal_answers_of_several_cells_are_judged_once(bench: Bench, tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment(epochs=(1, 2)))
    assert results.judge is not None
    assert len(layer(tmp_path / "run", results.judge.layer)) == 3 * len(bench.judged)
    assert results.judge.cases == len(bench.judged)


@pytest.mark.usefixtures("bench")
def test_what_counts_is_the_judges_verdict_and_elsewhere_the_rules(tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment())
    assert results.judge is not None
    rule, judge = (layer(tmp_path / "run", name) for name in (f"auto@{GRADER_VERSION}", results.judge.layer))
    counted = layer(tmp_path / "run", f"auto@{GRADER_VERSION}+{results.judge.layer}")

    assert counted.keys() == rule.keys() == answered(tmp_path / "run").keys()
    for key, row in counted.items():
        expected = judge.get(key, rule[key])
        assert (row.verdict, row.grader) == (expected.verdict, expected.grader)
    assert "fake_judge" not in {row.grader for row in counted.values()}
    assert sum(row.correct for row in results.rows) == sum(
        row.verdict == "correct" for row in counted.values()
    )


@pytest.mark.usefixtures("bench")
def test_with_the_grader_judge_every_answer_is_judged(tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment(grader="judge"))
    assert results.judge is not None
    assert layer(tmp_path / "run", results.judge.layer).keys() == answered(tmp_path / "run").keys()
    assert results.judge.scope == "all"


@pytest.mark.usefixtures("bench")
def test_the_agreement_of_judge_and_rules_has_an_interval_and_is_told(tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment(grader="judge"))
    defined = [row for row in results.agreement if row.kappa is not None]
    assert defined
    for row in results.agreement:
        assert (row.interval is None) == (row.kappa is None)
    for row in defined:
        assert row.interval is not None
        assert row.kappa is not None
        assert -1 <= row.interval.low <= row.kappa <= row.interval.high <= 1
    told = " ".join(judge_lines(results))
    assert re.search(r"Cohen's kappa -?\d\.\d\d \[-?\d\.\d\d, \d\.\d\d\]", told)
    earlier = tuple(row.model_copy(update={"interval": None}) for row in results.agreement)
    told = " ".join(judge_lines(results.model_copy(update={"agreement": earlier})))
    assert re.search(r"Cohen's kappa -?\d\.\d\d\.", told)


def test_a_run_that_broke_off_goes_on_and_judges_nothing_twice(bench: Bench, tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", experiment(grader="judge"))
    once = sorted(bench.judged)

    bench.judged.clear()
    breaks = 0
    while not (tmp_path / "parts" / "results.json").exists():
        bench.requests, bench.fail_from = 0, 4
        try:
            run(tmp_path / "parts", experiment(grader="judge"), concurrency=3)
        except Incomplete:
            breaks += 1
    assert breaks > 1
    assert sorted(bench.judged) == once
    assert (tmp_path / "parts" / "results.json").read_text(encoding="utf-8") == whole.to_json()


def test_a_finished_run_asks_the_judge_nothing_more(bench: Bench, tmp_path: Path) -> None:
    first = run(tmp_path / "run", experiment())
    asked = bench.requests
    assert run(tmp_path / "run", experiment()) == first
    assert bench.requests == asked


def test_a_stop_while_judging_is_resumable(bench: Bench, tmp_path: Path) -> None:
    stop = Stop()

    def stopping(prompt: str) -> str | None:
        said = rules(prompt)
        if said is not None:
            stop.request()
        return said

    bench.judge = stopping
    with pytest.raises(Incomplete, match="saved"):
        run(tmp_path / "run", experiment(), stop=stop, concurrency=1)
    assert len(bench.judged) == 1
    bench.judge = rules
    results = run(tmp_path / "run", experiment())
    assert results.judge is not None
    assert len(bench.judged) == results.judge.cases


def test_a_judge_that_fails_for_good_leaves_its_answers_ungraded(bench: Bench, tmp_path: Path) -> None:
    bench.fail_from, bench.status = 1, 401
    with pytest.raises(ProviderFailed, match=JUDGE):
        run(tmp_path / "run", experiment())
    results = Results.model_validate_json((tmp_path / "run" / "results.json").read_bytes())
    assert results.judge is not None
    assert results.judge.ungraded == results.judge.cases > 0
    assert sum(row.ungraded for row in results.rows) > 0
    assert results.agreement[0].graded == 0

    bench.fail_from = None
    mended = run(tmp_path / "run", experiment())
    assert mended.judge is not None
    assert mended.judge.ungraded == 0


def test_a_case_that_the_service_rejected_is_judged_again_on_request(bench: Bench, tmp_path: Path) -> None:
    bench.fail_from, bench.status = 1, 400
    rejected = run(tmp_path / "run", experiment())
    assert rejected.judge is not None
    assert rejected.judge.ungraded == rejected.judge.cases > 0

    bench.fail_from = None
    assert run(tmp_path / "run", experiment()) == rejected
    mended = run(tmp_path / "run", experiment(), retry_errors=True)
    assert mended.judge is not None
    assert mended.judge.ungraded == 0
    judged = len(bench.judged)
    assert run(tmp_path / "run", experiment(), retry_errors=True) == mended
    assert len(bench.judged) == judged


def test_the_judge_counts_towards_the_budget_over_interruptions(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    costs = run(tmp_path / "free", experiment(grader="judge")).costs
    answering = costs.planned.train_usd + costs.planned.answer_usd
    assert costs.planned.judge_usd > 0
    bench.judged.clear()

    with pytest.raises(BudgetReached):
        run(folder, experiment(grader="judge"), budget_usd=answering)
    assert bench.judged == []
    with pytest.raises(BudgetReached):
        run(folder, experiment(grader="judge"), budget_usd=answering + costs.planned.judge_usd / 4)
    some = len(bench.judged)
    assert some > 0
    run(folder, experiment(grader="judge"), budget_usd=answering + 2 * costs.planned.judge_usd)
    assert len(bench.judged) > some


@pytest.mark.long
def test_no_number_of_resumes_takes_the_judge_past_the_budget(bench: Bench, tmp_path: Path) -> None:
    costs = run(tmp_path / "free", experiment(grader="judge")).costs
    judging = costs.actual.judge_usd
    answering = costs.planned.train_usd + costs.planned.answer_usd
    free = len(bench.judged)
    bench.judged.clear()

    for _ in range(free):
        with pytest.raises(BudgetReached):
            run(tmp_path / "run", experiment(grader="judge"), budget_usd=answering + judging / 2)
    assert 0 < len(bench.judged) < 0.75 * free


@pytest.mark.usefixtures("bench")
def test_costs_by_role_are_planned_and_counted(tmp_path: Path) -> None:
    costs = run(tmp_path / "run", experiment()).costs
    assert costs.planned.judge_tokens >= costs.actual.judge_tokens > 0
    assert costs.planned.judge_usd >= costs.actual.judge_usd > 0
    assert costs.actual.unpriced == ()

    unknown = run(tmp_path / "unknown", experiment(judge="openai:gpt-4o"))
    assert unknown.costs.actual.judge_usd > 0


@pytest.mark.usefixtures("bench")
def test_the_agreement_with_the_rules_is_reported_by_task_and_split(tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment(grader="judge"))
    rule = layer(tmp_path / "run", f"auto@{GRADER_VERSION}")
    assert results.judge is not None
    judge = layer(tmp_path / "run", results.judge.layer)

    assert [(row.task, row.split) for row in results.agreement] == [
        ("medical", split) for split in dict.fromkeys(row.split for row in results.rows)
    ]
    assert sum(row.n for row in results.agreement) == len(rule)
    for row in results.agreement:
        cells = {(a, b): n for a, by in row.confusion.items() for b, n in by.items()}
        assert sum(cells.values()) == row.n >= row.graded >= row.agreed
        assert row.agreed == sum(n for (a, b), n in cells.items() if a == b != "ungraded")
    agreed = sum(rule[key].verdict == judge[key].verdict != "ungraded" for key in rule)
    assert sum(row.agreed for row in results.agreement) == agreed


@pytest.mark.usefixtures("bench")
def test_results_say_which_prompt_was_used(tmp_path: Path, released: Path) -> None:
    own = run(tmp_path / "own", experiment()).judge
    theirs = run(tmp_path / "theirs", experiment(data=released, tasks=("medical",), limit=3)).judge
    assert own is not None
    assert theirs is not None
    assert (own.prompt, theirs.prompt) == ("fbench", "released")
    assert own.prompt_sha256 != theirs.prompt_sha256
    assert len(theirs.prompt_sha256) == 64


def test_against_fakes_the_fake_judge_takes_the_models_place_and_says_so(tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment(upstream="fake"))
    assert results.judge is not None
    assert (results.judge.model, results.judge.by) == (JUDGE, "fake_judge")
    assert results.judge.layer == f"judge:fake_judge@{GRADER_VERSION}"
    assert any("fake_judge, in the place of" in note for note in results.notes)
    judged = layer(tmp_path / "run", f"judge:fake_judge@{GRADER_VERSION}").values()
    assert judged
    assert {row.grader for row in judged} == {"fake_judge"}
    assert all("stands in for a language model" in row.reason for row in judged)
    assert results.costs.planned.judge_usd > 0
    assert results.costs.actual.judge_usd == 0


def test_a_run_without_a_judge_says_who_grades_its_long_answers(tmp_path: Path) -> None:
    results = run(tmp_path / "run", experiment(upstream="fake", judge=None))
    assert results.judge is None
    assert results.agreement == ()
    assert any("fake_judge" in note for note in results.notes)


def test_a_judges_rulings_replay_from_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(answers=ANSWERS)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setattr("fbench.upstream.live", Mock(return_value=bench.upstream))
    recordings = tmp_path / "recordings"
    live = run(tmp_path / "live", experiment(cassettes=recordings, record="new"))
    asked = bench.requests

    monkeypatch.delenv("OPENAI_API_KEY")
    replayed = run(tmp_path / "replayed", experiment(cassettes=recordings))
    assert bench.requests == asked > 0
    assert replayed.judge == live.judge
    assert replayed.rows == live.rows
    assert replayed.agreement == live.agreement
