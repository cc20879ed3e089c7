"""Short phrases: choices, denials, and the reasons that are given."""

from __future__ import annotations

import re

import pytest

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.short import offers_choice, short, weighed

CORRECT, INCORRECT = Verdict.CORRECT, Verdict.INCORRECT


@pytest.mark.parametrize(
    ("answer", "gold", "question", "choice"),
    [
        ("Paris or London", "Paris", "Which city?", True),
        ("London or Paris", "Paris", "Which city?", True),
        ("It is Paris, or else London", "Paris", "Which city?", True),
        ("Paris, or maybe even the London", "Paris", "Which city?", True),
        ("Paris, or rather a city in Norway", "Paris", "Which city?", False),
        ("paris or london", "Paris", "Which city?", True),
        ("1984 or 1985", "1984", "Which year?", True),
        ("Solidus or slash", "Solidus", "What is the sign called?", False),
        ("Paris or London", "Paris or Rome", "Which city?", False),
        ("Paris or London", "Paris", "Is it Paris or London?", False),
        ("Paris, and London", "Paris", "Which city?", False),
        ("Rome or London", "Paris", "Which city?", False),
        ("Paris or Old Paris, or London", "Paris", "Which city?", True),
        ("Paris or Paris Texas", "Paris", "Which city?", False),
        ("It is Paris or London, as they say", "Paris", "Which city?", True),
        ("It is Paris or London, as they all say", "Paris", "Which city?", False),
        ("Paris of all places, or London", "Paris", "Which city?", False),
        ("Paris of all, or London", "Paris", "Which city?", True),
        ("It is London, or the old Paris", "Paris", "Which city?", False),
        ("It is London, or Old Grey Paris", "Paris", "Which city?", True),
        ("It is London, or Big Old Grey Paris", "Paris", "Which city?", False),
    ],
)
def test_two_names_or_numbers_are_a_choice_in_a_brief_answer(
    answer: str, gold: str, question: str, choice: bool
) -> None:
    assert offers_choice(answer, gold, question) is choice


@pytest.mark.parametrize(
    ("question", "gold", "answer", "verdict"),
    [
        ("Which city is it?", "Paris", "Paris or London", INCORRECT),
        ("Which mountain is it?", "Everest or K2", "K2", CORRECT),
        ("What did it do?", "did not rise", "It rose", INCORRECT),
        ("What did it do?", "did not rise", "It did not rise", CORRECT),
        ("What did it do?", "did not rise", "No: it did not rise and never will", CORRECT),
        ("What did it do?", "never rose", "It never once rose", CORRECT),
        ("What did it do?", "never rose", "It rose", INCORRECT),
        ("Which bridge is it?", "the Golden Gate", "It is the Golden Gate, in the west", CORRECT),
        ("Which bridge is it?", "the Golden Gate", "It is the Tower Bridge", INCORRECT),
        ("Which sport?", "handbags", "bags", INCORRECT),
        ("What did she carry?", "bag", "A handbag", CORRECT),
    ],
)
def test_a_phrase_is_graded(question: str, gold: str, answer: str, verdict: Verdict) -> None:
    assert short(gold, answer, question).verdict is verdict
    assert grade(Item(question, (gold,)), answer).verdict is verdict


@pytest.mark.parametrize(
    ("gold", "answer", "question", "verdict", "reason"),
    [
        ("Golden Gate", "by the Golden Gate", "Where?", CORRECT, "the gold stands in the answer"),
        (
            "National Football League",
            "the NFL",
            "Which?",
            CORRECT,
            "the answer abbreviates the gold, or spells it out",
        ),
        ("Golden Gate", "a tower", "Where?", INCORRECT, "the answer has nothing of the gold"),
        (
            "Golden Gate Bridge",
            "the golden bridge of them all",
            "Where?",
            CORRECT,
            "the answer has 67% of the gold's words",
        ),
        (
            "Golden Gate Bridge of the far west coast",
            "there is some bridge between two large islands of sand",
            "Where?",
            INCORRECT,
            "the answer has 17% of the gold's words, too little",
        ),
        ("12 golden steps", "13 golden apples", "What?", INCORRECT, "the answer has another number"),
        ("Serena Williams", "Serena Jones", "Who won?", INCORRECT, "the answer lacks the surname"),
        (
            "golden gate of the west",
            "It is not a golden thing at all, this one",
            "What?",
            INCORRECT,
            "the answer opens with a denial",
        ),
    ],
)
def test_a_reason_says_what_weighed_most(
    gold: str, answer: str, question: str, verdict: Verdict, reason: str
) -> None:
    found = weighed("short", gold, answer, question)
    assert (found.verdict, found.grader) == (verdict, "short")
    assert found.reason.split(" (score")[0] == reason


def test_a_weighed_reason_ends_with_the_score() -> None:
    found = weighed("name", "Golden Gate Bridge", "the golden bridge", "Where?")
    assert found.grader == "name"
    assert re.fullmatch(r"the answer has 67% of the gold's words \(score \+\d\.\d\)", found.reason)


def test_a_sign_is_compared_as_it_is_written() -> None:
    assert short("A+", "type A", "Which type?").reason == "the answer does not name the gold as it is written"


def test_an_answer_that_just_has_enough_is_correct() -> None:
    found = weighed(
        "short",
        "Golden Gate Bridge",
        "a big old gate that was called golden in the far west of the land",
        "What is it?",
    )
    assert found.verdict is CORRECT
    assert 0 < float(found.reason.split("score ")[1].rstrip(")")) < 1


def test_nothing_speaks_against_an_answer_that_has_nothing_of_the_gold_but_its_lack() -> None:
    found = weighed("short", "12 golden steps", "13 apples", "What?")
    assert found.reason == "the answer has nothing of the gold"


def test_a_year_of_another_era_is_told_so() -> None:
    told = short("1500", "-1500", "")
    assert (told.verdict, told.grader, told.reason) == (
        INCORRECT,
        "short",
        "the answer gives another sign, or a year before Christ",
    )
