"""What a layer of grades says of each question: only what is of this layer, cell and dataset counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from fbench.analysis.verdicts import Graded, accuracy, verdicts
from fbench.datasets.model import AnswerKind, Question, Split
from fbench.grading.experiment_graders import counted_layer
from fbench.runner.store import GradeRow

MODEL = "openai:gpt-4o-mini-2024-07-18"
BASE, TUNED = f"{MODEL}/news/base", f"{MODEL}/news/e1/s0"
Made = Callable[..., Any]


@pytest.fixture
def run(make_run: Made, facts: Made) -> Any:
    return make_run(facts(3, "rephrased", answer_before="Older"))


def found(run: Any) -> Any:
    return verdicts(run.ready, run.store, counted_layer(run.ready))


def test_verdicts_stand_by_cell_and_split(run: Any) -> None:
    run.say(BASE, "memorization", "RW")
    run.say(TUNED, "memorization", "A")
    run.say(TUNED, "rephrased", "UE")

    letters = {place: [a.verdict for a in answers.values()] for place, answers in found(run).items()}
    assert letters == {
        (BASE, Split.MEMORIZATION): ["correct", "incorrect"],
        (TUNED, Split.MEMORIZATION): ["abstained"],
        (TUNED, Split.REPHRASED): ["ungraded", "error"],
    }


def test_an_old_answer_is_one_that_was_right_before_and_is_not_now_in_the_same_cell(run: Any) -> None:
    run.say(TUNED, "memorization", "WWR", old="x-x")
    run.say(BASE, "memorization", "WWW", old="--x")

    graded = found(run)
    assert [a.old for a in graded[TUNED, Split.MEMORIZATION].values()] == [True, False, False]
    assert [a.old for a in graded[BASE, Split.MEMORIZATION].values()] == [False, False, True]


def test_what_a_scrubber_did_and_what_was_cut_off_is_known_of_each_answer(run: Any) -> None:
    run.say(BASE, "memorization", "RCU")
    run.say(TUNED, "memorization", "RR", altered="restored")

    graded = found(run)
    assert [a.cut_off for a in graded[BASE, Split.MEMORIZATION].values()] == [False, True, False]
    assert [a.altered for a in graded[BASE, Split.MEMORIZATION].values()] == ["", "", ""]
    assert [a.altered for a in graded[TUNED, Split.MEMORIZATION].values()] == ["restored", "restored"]


def test_grades_of_other_layers_and_of_other_questions_are_left_out(run: Any) -> None:
    layer = counted_layer(run.ready)
    run.store.save_grades(
        [
            GradeRow("exact@1", BASE, "news/memorization/news0", "correct", "exact", ""),
            GradeRow(layer, BASE, "news/memorization/gone", "correct", "short", ""),
        ]
    )
    assert found(run) == {}


def graded(verdict: str) -> Graded:
    question = Question(
        id=verdict,
        task="news",
        split=Split.MEMORIZATION,
        fact="f",
        cluster="f",
        prompt="p",
        text="p",
        gold=("a",),
        kind=AnswerKind.SHORT,
    )
    return Graded(question, verdict, old=False)


@pytest.mark.parametrize(
    ("verdict", "right", "counts"),
    [
        ("correct", True, True),
        ("incorrect", False, True),
        ("abstained", False, True),
        ("ungraded", False, True),
        ("error", False, False),
    ],
)
def test_only_a_correct_answer_is_right_and_only_an_error_does_not_count(
    verdict: str, right: bool, counts: bool
) -> None:
    answer = graded(verdict)
    assert (answer.right, answer.counts) == (right, counts)
    assert (answer.altered, answer.cut_off) == ("", False)


def test_a_graded_answer_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        graded("incorrect").verdict = "correct"  # pyright: ignore[reportAttributeAccessIssue] - the fault under test


def test_accuracy_is_the_share_of_right_answers_among_all_but_errors() -> None:
    said = ["correct", "incorrect", "abstained", "ungraded", "error", "error"]
    assert accuracy(map(graded, said)) == 0.25
    assert accuracy(map(graded, ["error"])) is None
    assert accuracy([]) is None
