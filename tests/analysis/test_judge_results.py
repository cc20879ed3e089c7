"""What results say of a judge: whom, what it cost, and how far it agrees with the rules."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from fbench.analysis.judge_agreement import agreement_of
from fbench.analysis.judge_results import with_judge_cost
from fbench.analysis.results import Agreement, CostRow, JudgeRow, Results
from fbench.analysis.stats import cohen_kappa
from fbench.grading.experiment_graders import judging_of, rules_of
from fbench.grading.graders import GRADER_VERSION
from fbench.grading.judge.run_cases import cases_of_run, save_judge_layers
from fbench.grading.layers import grade_answers
from fbench.runner.plan import Cost
from fbench.runner.store import Answer, GradeRow, RulingRow

MINI, JUDGE, UNPRICED = "openai:gpt-4o-mini-2024-07-18", "openai:gpt-4.1-2025-04-14", "openai:no-such-model"
BASE, TUNED = f"{MINI}/news/base", f"{MINI}/news/e1/s0"
LONG = {"kind": "long", "answer": "The valve opens because the spring is weaker than the steam."}
Made = Callable[..., Any]


@pytest.fixture
def judged(make_run: Made, facts: Made, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Makes runs of three questions, the last of them long, of which a judge ruled on some answers."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    def make(rulings: dict[str, str], **experiment: object) -> Any:
        lines = facts(3)
        lines[2] |= LONG
        run = make_run(lines, **experiment)
        texts = {BASE: ("Answer 0", "Sydney", "Steam."), TUNED: ("Answer 0", "Answer 1", "A spring.")}
        questions = run.ready.dataset.questions
        for cell, said in texts.items():
            run.store.save_answers(
                Answer(cell, q.id, text, "stop", "", 1, 1) for q, text in zip(questions, said, strict=True)
            )
        grade_answers(run.store, {q.id: q for q in questions}, rules_of(run.ready.experiment))
        judging = judging_of(run.ready)
        assert judging is not None
        ids = {text: q.id for said in texts.values() for q, text in zip(questions, said, strict=True)}
        run.store.save_rulings(
            RulingRow(
                judging.layer,
                ids[text],
                sha256(text.encode()).hexdigest(),
                f"VERDICT: {verdict}",
                "stop",
                "",
                1_000_000,
                10_000,
            )
            for text, verdict in rulings.items()
        )
        save_judge_layers(run.store, cases_of_run(run.store, run.ready.dataset, judging), judging)
        return run

    return make


def judge_of(results: Results) -> JudgeRow:
    assert results.judge is not None
    return results.judge


def test_a_judge_of_everything_is_told_with_its_cases_and_what_it_left_open(judged: Made) -> None:
    rulings = {"Answer 0": "CORRECT", "Sydney": "MAYBE", "Steam.": "INCORRECT"}
    results = judged(rulings, grader="judge", judge=JUDGE, upstream="live").results()
    row = judge_of(results)

    assert (row.model, row.by, row.scope, row.prompt) == (JUDGE, JUDGE, "all", "fbench")
    assert row.layer == f"judge:{JUDGE}@{row.prompt_sha256[:8]}"
    # five cases, since both cells said Answer 0; two have no ruling, and one ruling says nothing
    assert (row.cases, row.ungraded) == (5, 3)
    assert not any("fake_judge" in note for note in results.notes)


def test_a_judge_costs_the_tokens_of_its_rulings_at_the_price_of_its_base_model(judged: Made) -> None:
    rulings = {"Answer 0": "CORRECT", "Sydney": "INCORRECT"}
    costs = judged(rulings, grader="judge", judge=JUDGE, upstream="live").results().costs

    assert costs.actual.judge_tokens == 2 * 1_010_000
    assert costs.actual.judge_usd == 4.16  # two million at $2.00 and 0.02 million at $8.00
    assert costs.planned.judge_tokens > 0
    assert costs.planned.judge_usd > 0
    assert (costs.planned.unpriced, costs.actual.unpriced) == ((), ())
    assert costs.actual.answer_usd < 0.01


def test_a_judge_without_a_price_is_named(judged: Made) -> None:
    rulings = {"Answer 0": "CORRECT"}
    costs = judged(rulings, grader="judge", judge=UNPRICED, upstream="live").results().costs
    assert (costs.planned.unpriced, costs.actual.unpriced) == ((UNPRICED,), (UNPRICED,))
    assert (costs.actual.judge_tokens, costs.actual.judge_usd) == (1_010_000, 0.0)


def test_a_judge_of_long_answers_has_those_that_no_rule_settles_as_cases(judged: Made) -> None:
    results = judged({"Steam.": "CORRECT"}, judge=JUDGE, upstream="live").results()
    row = judge_of(results)
    assert (row.scope, row.cases, row.ungraded) == ("long", 2, 1)
    assert [(r.correct, r.ungraded) for r in results.rows] == [(2, 0), (2, 1)]


def test_rulings_on_what_is_no_case_any_more_do_not_count(judged: Made) -> None:
    """Such as those of a judge of everything, where the run now has only long answers judged."""
    rulings = {"Steam.": "CORRECT", "Sydney": "INCORRECT"}
    results = judged(rulings, judge=JUDGE, upstream="live").results()
    assert results.costs.actual.judge_tokens == 1_010_000
    assert judge_of(results).ungraded == 1


@pytest.mark.parametrize(
    ("model", "says"), [(None, "fake_judge: a"), (JUDGE, f"fake_judge, in the place of {JUDGE}: a")]
)
def test_a_stand_in_for_a_judge_is_told_as_one(judged: Made, model: str | None, says: str) -> None:
    results = judged({}, grader="judge", judge=model).results()
    row = judge_of(results)
    assert (row.model, row.by) == (model, "fake_judge")
    assert says in results.notes[-1]
    assert "it agrees with itself" in results.notes[-1]
    assert results.notes[0].startswith("These numbers come from fakes")


COSTS = CostRow(
    train_tokens=1, prompt_tokens=2, answer_tokens=3, train_usd=4, answer_usd=5, unpriced=("a", "b")
)


def test_the_cost_of_a_judge_stands_beside_that_of_the_run(judged: Made) -> None:
    judging = judging_of(judged({}, grader="judge", judge=JUDGE, upstream="live").ready)
    assert judging is not None
    found = with_judge_cost(COSTS, judging, Cost(0, 70, 7, 0.0, 1.25))
    assert found == COSTS.model_copy(update={"judge_tokens": 77, "judge_usd": 1.25})
    unknown = with_judge_cost(COSTS, judging, Cost(0, 70, 7, 0.0, None))
    assert unknown == COSTS.model_copy(update={"judge_tokens": 77, "unpriced": ("a", "b", JUDGE)})
    again = with_judge_cost(unknown, judging, Cost(0, 70, 7, 0.0, None))
    assert again.unpriced == ("a", "b", JUDGE)


def test_a_stand_in_for_no_model_is_not_unpriced(judged: Made) -> None:
    judging = judging_of(judged({}, grader="judge").ready)
    assert judging is not None
    assert with_judge_cost(COSTS, judging, Cost(0, 0, 0, 0.0, None)).unpriced == ("a", "b")


# --- agreement ---


def agreements(run: Any, rule: str, judge: str, *, cell: str = BASE) -> tuple[Agreement, ...]:
    """Of the news' memorization: a letter an answer of either."""
    verdicts = {"R": "correct", "W": "incorrect", "A": "abstained", "U": "ungraded", "E": "error"}
    for layer, letters in (("rules", rule), ("judge", judge)):
        for question, letter in zip(run.questions("memorization"), letters, strict=False):
            if letter != "-":
                run.store.save_grades([GradeRow(layer, cell, question.id, verdicts[letter], layer, "")])
    return agreement_of(run.store, run.ready.dataset, "rules", "judge")


def test_agreement_is_counted_over_what_both_saw_without_an_error(make_run: Made, facts: Made) -> None:
    (row,) = agreements(make_run(facts(10)), "RRWWAUUE-R", "RWWAAURRRE")
    assert (row.task, row.split) == ("news", "memorization")
    # the eighth is an error of the rules, the ninth unseen by them, the tenth an error of the judge
    assert (row.n, row.graded, row.agreed) == (7, 5, 3)
    assert row.confusion == {
        "correct": {"correct": 1, "incorrect": 1},
        "incorrect": {"incorrect": 1, "abstained": 1},
        "abstained": {"abstained": 1},
        "ungraded": {"correct": 1, "ungraded": 1},
    }
    kappa = cohen_kappa([("R", "R"), ("R", "W"), ("W", "W"), ("W", "A"), ("A", "A")], clusters=[*"abcde"])
    assert kappa is not None
    assert row.kappa == round(kappa.value, 6)
    assert row.interval is not None
    assert (row.interval.low, row.interval.high) == (round(kappa.low, 6), round(kappa.high, 6))


def test_kappa_is_not_defined_where_both_always_say_the_same(make_run: Made, facts: Made) -> None:
    (row,) = agreements(make_run(facts(3)), "RRR", "RRR")
    assert (row.kappa, row.interval, row.agreed) == (None, None, 3)


def test_an_answer_is_held_against_that_of_the_same_cell(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2))
    agreements(run, "RW", "--", cell=BASE)
    assert agreements(run, "--", "RW", cell=TUNED) == ()


def test_agreement_stands_by_task_and_split_in_their_order(make_run: Made, facts: Made) -> None:
    run = make_run([*facts(1, "code", "rephrased", task="coding"), *facts(1)])
    for question in reversed(run.ready.dataset.questions):
        for layer in ("rules", "judge"):
            run.store.save_grades([GradeRow(layer, BASE, question.id, "correct", layer, "")])
    found = agreement_of(run.store, run.ready.dataset, "rules", "judge")
    assert [(row.task, row.split, row.n) for row in found] == [
        ("news", "memorization", 1),
        ("coding", "memorization", 1),
        ("coding", "rephrased", 1),
        ("coding", "code", 1),
    ]


def test_the_layers_of_a_run_are_held_against_each_other(judged: Made) -> None:
    rulings = {"Answer 0": "CORRECT", "Sydney": "CORRECT", "Answer 1": "CORRECT"}
    results = judged(rulings, grader="judge", judge=JUDGE, upstream="live").results()
    (row,) = results.agreement
    assert (row.n, row.confusion["correct"]["correct"], row.confusion["incorrect"]["correct"]) == (6, 3, 1)
    assert results.experiment.grader_version == GRADER_VERSION
