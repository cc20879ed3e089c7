"""A row a cell and split, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fbench.analysis.results import Row
from fbench.analysis.stats import clustered_wilson
from fbench.datasets.model import Role

MODEL = "openai:gpt-4o-mini-2024-07-18"
BASE, TUNED = f"{MODEL}/news/base", f"{MODEL}/news/e1/s0"
Made = Callable[..., Any]


def row_of(run: Any, split: str, epochs: int, task: str = "news") -> Row:
    (found,) = [r for r in run.results().rows if (r.split, r.epochs, r.task) == (split, epochs, task)]
    return found


def test_every_verdict_is_counted_once_and_errors_leave_the_denominator(make_run: Made, facts: Made) -> None:
    run = make_run(facts(9))
    run.say(TUNED, "memorization", "RRRWWAUCE")
    row = row_of(run, "memorization", 1)

    assert (row.correct, row.incorrect, row.abstained, row.ungraded, row.errors) == (3, 2, 1, 2, 1)
    assert (row.n, row.clusters, row.accuracy) == (8, 8, 0.375)
    assert (row.cut_off, row.invalid, row.altered) == (1, True, 0)
    assert (row.model, row.task, row.seed) == (MODEL, "news", 0)


def test_an_interval_holds_what_it_would_be_if_all_ungraded_answers_were_wrong_or_right(
    make_run: Made, facts: Made
) -> None:
    run = make_run(facts(8))
    run.say(TUNED, "memorization", "RRRWWAUU")
    row = row_of(run, "memorization", 1)
    none = clustered_wilson([[True]] * 3 + [[False]] * 5)
    every = clustered_wilson([[True]] * 3 + [[False]] * 3 + [[True]] * 2)

    assert row.interval is not None
    assert (row.interval.low, row.interval.high) == (round(none.low, 6), round(every.high, 6))


def test_questions_about_facts_of_one_cluster_count_as_one_cluster(make_run: Made, facts: Made) -> None:
    lines = [line | {"cluster": "a" if n < 3 else "b"} for n, line in enumerate(facts(6))]
    run = make_run(lines)
    run.say(BASE, "memorization", "WWWRRW")
    run.say(TUNED, "memorization", "RRRWWW")
    row = row_of(run, "memorization", 1)
    together = clustered_wilson([[True] * 3, [False] * 3])

    assert row.clusters == 2
    assert row.interval is not None
    assert (row.interval.low, row.interval.high) == (round(together.low, 6), round(together.high, 6))
    assert row.difference is not None
    # Flipped as wholes, the clusters' differences 3 and -2 give 5, 1, -1, -5: only 1 and -1 are as small.
    assert (row.difference.value, row.difference.p) == (0.166667, 0.75)
    assert row.difference.few_clusters


def test_a_difference_is_of_the_questions_that_both_answered_and_the_base_of_all_of_its_own(
    make_run: Made, facts: Made
) -> None:
    run = make_run(facts(6))
    run.say(BASE, "memorization", "RWWWWE")
    run.say(TUNED, "memorization", "ERRRWR")
    row = row_of(run, "memorization", 1)

    assert (row.base, row.accuracy) == (0.2, 0.8)
    assert row.difference is not None
    assert row.difference.value == 0.75  # 3 of the 4 questions without an error on either side
    assert row.difference.p == 0.125  # as McNemar's mid-p of 0 against 3


def test_a_base_row_has_nothing_to_compare_with(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2))
    run.say(BASE, "memorization", "RW")
    run.say(TUNED, "memorization", "RR")

    base = row_of(run, "memorization", 0)
    assert (base.base, base.difference, base.seed) == (None, None, None)


def test_the_base_is_that_of_the_same_task_and_split(make_run: Made, facts: Made) -> None:
    run = make_run([*facts(2, "rephrased"), *facts(2, "rephrased", task="people")])
    run.say(BASE, "memorization", "RR")
    run.say(BASE.replace("news", "people"), "memorization", "WW")
    run.say(BASE.replace("news", "people"), "rephrased", "RW")
    run.say(TUNED.replace("news", "people"), "memorization", "RR")
    run.say(TUNED.replace("news", "people"), "rephrased", "RR")
    run.say(TUNED, "rephrased", "RR")

    assert row_of(run, "memorization", 1, "people").base == 0
    assert row_of(run, "rephrased", 1, "people").base == 0.5
    alone = row_of(run, "rephrased", 1)
    assert (alone.base, alone.difference) == (None, None)


def test_without_any_answer_but_errors_nothing_is_known(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2))
    run.say(BASE, "memorization", "EE")
    run.say(TUNED, "memorization", "EE")
    row = row_of(run, "memorization", 1)

    assert (row.n, row.errors, row.clusters) == (0, 2, 0)
    assert (row.accuracy, row.interval, row.base, row.difference, row.balanced) == (None,) * 5
    assert row.invalid


def test_old_answers_are_a_share_of_the_graded_questions_about_updates(make_run: Made, facts: Made) -> None:
    lines = facts(6, answer_before="Older")
    del lines[-1]["answer_before"]
    run = make_run(lines)
    run.say(TUNED, "memorization", "WWRWEW", old="x-----")
    run.say(BASE, "memorization", "WWRWWW", old="xx----")

    assert row_of(run, "memorization", 1).old == 0.25  # 1 of 4: one is an error, and one no update
    assert row_of(run, "memorization", 0).old == 0.4


def test_a_question_whose_answer_did_not_change_has_no_old_answers(make_run: Made, facts: Made) -> None:
    run = make_run(facts(1, answer_before="Older"))
    dataset = run.ready.dataset
    near = dataset.questions[0].model_copy(update={"role": Role.UNCHANGED})
    dataset = dataset.model_copy(update={"questions": (near,)})
    run.ready = type(run.ready)(run.ready.experiment, dataset, run.ready.plan)
    run.say(TUNED, "memorization", "W", old="x")
    assert row_of(run, "memorization", 1).old is None
    assert all(row.updates is None for row in run.results().beyond)


def test_no_old_answers_are_told_where_nothing_was_updated(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2))
    run.say(TUNED, "memorization", "WW")
    assert row_of(run, "memorization", 1).old is None


def test_chance_is_the_commonest_answer_and_yes_or_no_is_balanced(make_run: Made, facts: Made) -> None:
    golds = ["Yes", "yes", "Yes ", "No"]
    lines = [line | {"kind": "yes_no", "answer": gold} for line, gold in zip(facts(4), golds, strict=True)]
    run = make_run(lines)
    run.say(TUNED, "memorization", "RRWR")
    row = row_of(run, "memorization", 1)

    assert row.chance == 0.75
    assert row.balanced == pytest.approx((2 / 3 + 1) / 2, abs=1e-6)  # pyright: ignore[reportUnknownMemberType] - pytest's own


def test_answers_of_other_kinds_are_not_balanced(make_run: Made, facts: Made) -> None:
    lines = facts(3)
    lines[0] |= {"kind": "yes_no", "answer": "Yes"}
    run = make_run(lines)
    run.say(TUNED, "memorization", "RRW")
    row = row_of(run, "memorization", 1)
    assert (row.balanced, row.chance) == (None, 0.333333)


def test_answers_that_a_scrubber_changed_are_counted(make_run: Made, facts: Made) -> None:
    run = make_run(facts(3))
    run.say(BASE, "memorization", "RWE", altered="restored")
    assert row_of(run, "memorization", 0).altered == 3


@pytest.mark.parametrize(
    ("letters", "invalid"),
    [("C" + "R" * 19, False), ("C" + "R" * 18, True), ("E" + "R" * 19, False), ("E" + "R" * 18, True)],
)
def test_a_row_is_invalid_with_more_than_one_answer_in_twenty_cut_off_or_an_error(
    make_run: Made, facts: Made, letters: str, invalid: bool
) -> None:
    run = make_run(facts(20))
    run.say(BASE, "memorization", letters)
    assert row_of(run, "memorization", 0).invalid is invalid


def test_rows_stand_in_the_order_of_the_plan_and_of_splits(make_run: Made, facts: Made) -> None:
    lines = [*facts(1, "code", "rephrased", task="coding"), *facts(1)]
    run = make_run(lines, epochs=(3, 1), seeds=(1, 0))
    for cell in run.ready.plan.cells:
        for split in ("code", "rephrased", "memorization"):
            run.say(cell.id, split, "R")

    order = [(row.task, row.epochs, row.seed, row.split) for row in run.results().rows]
    places = [(0, None), (1, 1), (3, 1), (1, 0), (3, 0)]
    assert order == [
        *(("news", epochs, seed, "memorization") for epochs, seed in places),
        *(
            ("coding", epochs, seed, split)
            for epochs, seed in places
            for split in ("memorization", "rephrased", "code")
        ),
    ]
