"""What answers say beyond accuracy, where a case has an edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fbench.analysis.learning import spreads
from fbench.analysis.results import LearningMetrics
from fbench.analysis.stats import clustered_wilson

MINI = "openai:gpt-4o-mini-2024-07-18"
BASE, TUNED = f"{MINI}/news/base", f"{MINI}/news/e1/s0"
Made = Callable[..., Any]


def metrics(run: Any, split: str = "memorization", epochs: int = 1, task: str = "news") -> LearningMetrics:
    (row,) = [r for r in run.results().beyond if (r.split, r.epochs, r.task) == (split, epochs, task)]
    return row


def test_a_base_model_is_not_held_against_itself(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2))
    run.say(BASE, "memorization", "RW", texts=["Answer 0", "Answer 0"])
    row = metrics(run, epochs=0)
    assert (row.lift, row.known, row.unknown, row.borrowed_base, row.seed) == (None,) * 5
    assert (row.wrong, row.borrowed) == (1, 1.0)


def test_the_base_model_is_that_of_the_same_task(make_run: Made, facts: Made) -> None:
    run = make_run([*facts(2), *facts(2, task="people")])
    for task, base in (("news", "WW"), ("people", "RW")):
        run.say(BASE.replace("news", task), "memorization", base)
        run.say(TUNED.replace("news", task), "memorization", "RR")
    assert (metrics(run).lift, metrics(run, task="people").lift) == (1.0, 0.5)


def test_only_what_both_answered_without_an_error_counts_for_a_lift(make_run: Made, facts: Made) -> None:
    run = make_run(facts(4))
    run.say(BASE, "memorization", "REW")
    run.say(TUNED, "memorization", "ERRR")
    row = metrics(run)
    assert row.unknown is not None
    assert (row.lift, row.known, row.unknown.n) == (1.0, None, 1)


def test_a_fact_that_the_base_model_was_not_asked_for_is_neither_known_nor_unknown(
    make_run: Made, facts: Made
) -> None:
    run = make_run(facts(3, "rephrased"))
    run.say(BASE, "memorization", "RE")
    run.say(BASE, "rephrased", "WWW")
    run.say(TUNED, "rephrased", "RRR")
    row = metrics(run, "rephrased")
    assert row.known is not None
    assert (row.lift, row.known.n, row.unknown) == (1.0, 1, None)


def test_a_fact_is_known_only_where_every_question_of_the_taught_wording_was_right(
    make_run: Made, facts: Made
) -> None:
    lines = facts(1, "rephrased")
    lines += [lines[1] | {"prompt": "again?"}]
    run = make_run(lines)
    run.say(BASE, "memorization", "R")
    run.say(BASE, "rephrased", "WW")
    run.say(TUNED, "memorization", "R")
    run.say(TUNED, "rephrased", "RW")
    row = metrics(run, "rephrased")
    assert row.known is not None
    assert (row.known.n, row.known.accuracy, row.known.base, row.known.lift) == (2, 0.5, 0.0, 0.5)
    assert row.lift == 0.5


def test_an_error_is_no_answer_about_an_update(make_run: Made, facts: Made) -> None:
    lines = facts(4, answer_before="Older")
    del lines[3]["answer_before"]
    run = make_run(lines)
    run.say(TUNED, "memorization", "RWER", old="-x--")
    updates = metrics(run).updates
    assert updates is not None
    assert (updates.n, updates.new, updates.old, updates.neither) == (2, 0.5, 0.5, 0.0)


def declining(
    make_run: Made, facts: Made, memorized: str, declined: str, cluster: str = ""
) -> LearningMetrics:
    lines = facts(len(memorized), "date_changed")
    for line in lines:
        if line["split"] == "date_changed":
            line |= {"kind": "none", "answer": "None"}
        if cluster:
            line["cluster"] = cluster[int(str(line["fact"])[4:])]
    run = make_run(lines)
    run.say(TUNED, "memorization", memorized)
    run.say(TUNED, "date_changed", declined)
    return metrics(run, "date_changed")


def test_facts_that_were_memorized_and_declined_are_counted_with_an_interval_over_clusters(
    make_run: Made, facts: Made
) -> None:
    joint = declining(make_run, facts, "RRRRWWW", "RRRWRRW", cluster="aabbccd").joint
    assert joint is not None
    assert (joint.facts, joint.both, joint.memorized_only, joint.declined_only, joint.neither) == (
        7,
        3,
        1,
        2,
        1,
    )
    assert (joint.share, joint.always_none) == (0.428571, 1.0)
    low, high = clustered_wilson([[True, True], [True, False], [False, False], [False]])
    assert (joint.interval.low, joint.interval.high) == (round(low, 6), round(high, 6))


def test_a_fact_without_an_answer_in_either_way_is_left_out_of_both(make_run: Made, facts: Made) -> None:
    joint = declining(make_run, facts, "RERW", "RREW").joint
    assert joint is not None
    assert (joint.facts, joint.both, joint.neither) == (2, 1, 1)
    assert joint.always_none == 1.0


def test_always_declining_scores_the_share_of_questions_that_nothing_is_the_answer_to(
    make_run: Made, facts: Made
) -> None:
    lines = facts(4, "date_changed")
    for line in lines[1::2][:1]:
        line |= {"kind": "none", "answer": "None"}
    run = make_run(lines)
    run.say(TUNED, "memorization", "RRRR")
    run.say(TUNED, "date_changed", "RRWE")
    joint = metrics(run, "date_changed").joint
    assert joint is not None
    assert (joint.facts, joint.always_none) == (1, 0.333333)
    assert metrics(run).joint is None


def test_only_incorrect_answers_are_wrong_and_a_thought_is_no_part_of_what_was_said(
    make_run: Made, facts: Made
) -> None:
    run = make_run(facts(5))
    texts = [
        "<think>Answer 1?</think> Sydney",
        "<think>Sydney?</think> Answer 0",
        "Answer 0",
        "Answer 0",
        "Answer 0",
    ]
    run.say(TUNED, "memorization", "WWAUR", texts=texts)
    row = metrics(run)
    assert (row.wrong, row.borrowed) == (2, 0.5)


def test_nothing_is_borrowed_where_nothing_is_wrong(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2))
    run.say(TUNED, "memorization", "RA")
    row = metrics(run)
    assert (row.wrong, row.borrowed, row.borrowed_chance, row.borrowed_base) == (0, None, None, None)


def test_an_answer_of_another_task_is_no_loan(make_run: Made, facts: Made) -> None:
    run = make_run([*facts(1), *facts(2, task="people")])
    run.say(TUNED, "memorization", "W", texts=["Answer 1"])
    run.say(TUNED.replace("news", "people"), "memorization", "W", texts=["Answer 1"])
    assert metrics(run).borrowed == 0.0
    assert metrics(run, task="people").borrowed == 1.0


def test_what_a_second_fact_of_the_question_teaches_is_no_loan(make_run: Made, facts: Made) -> None:
    run = make_run(facts(3))
    question = run.ready.dataset.questions[0]
    both = question.model_copy(update={"also": ("news1", "gone"), "gold": ("Neither",)})
    dataset = run.ready.dataset.model_copy(update={"questions": (both, *run.ready.dataset.questions[1:])})
    run.ready = type(run.ready)(run.ready.experiment, dataset, run.ready.plan)
    run.say(TUNED, "memorization", "WW", texts=["Answer 1", "Answer 2"])
    assert metrics(run).borrowed == 0.5


def test_chance_is_that_of_the_questions_first_fact_and_none_without_one(make_run: Made, facts: Made) -> None:
    lines = facts(3)
    lines[2]["answer"] = "Answer 1"
    run = make_run(lines)
    first, *others = run.ready.dataset.questions
    asked = (first.model_copy(update={"also": ("news1",)}), others[0].model_copy(update={"fact": "gone"}))
    dataset = run.ready.dataset.model_copy(update={"questions": (*asked, others[1])})
    run.ready = type(run.ready)(run.ready.experiment, dataset, run.ready.plan)
    run.say(TUNED, "memorization", "WW")
    assert metrics(run).borrowed_chance == 0.0


def test_chance_counts_questions_whose_own_answer_another_fact_has_too(make_run: Made, facts: Made) -> None:
    lines = facts(4)
    for line in lines[:2]:
        line["answer"] = "Red"
    run = make_run(lines)
    run.say(TUNED, "memorization", "WRWW", texts=["Answer 2", "-", "Red", "blue"])
    row = metrics(run)
    assert (row.borrowed, row.borrowed_chance) == (0.666667, 0.333333)


def test_spreads_are_of_tuned_rows_with_an_accuracy_by_model_task_split_and_epochs(
    make_run: Made, facts: Made
) -> None:
    run = make_run([*facts(2, "rephrased"), *facts(2, task="people")], epochs=(1, 2), seeds=(0, 1))
    run.say(BASE, "memorization", "RR")
    for cell, split, letters in (
        ("news/e1/s0", "memorization", "RW"),
        ("news/e1/s1", "memorization", "RR"),
        ("news/e1/s0", "rephrased", "WW"),
        ("news/e1/s1", "rephrased", "EE"),
        ("news/e2/s0", "memorization", "RR"),
        ("people/e1/s0", "memorization", "WW"),
    ):
        run.say(f"{MINI}/{cell}", split, letters)
    rows = run.results().rows
    found = {(s.task, s.split, s.epochs): (s.seeds, s.mean, s.sd, s.low, s.high) for s in spreads(rows)}
    assert found == {
        ("news", "memorization", 1): (2, 0.75, 0.353553, 0.5, 1.0),
        ("news", "rephrased", 1): (1, 0.0, None, 0.0, 0.0),
        ("news", "memorization", 2): (1, 1.0, None, 1.0, 1.0),
        ("people", "memorization", 1): (1, 0.0, None, 0.0, 0.0),
    }
    assert run.results().spreads == tuple(spreads(rows))
    assert {s.model for s in run.results().spreads} == {MINI}
