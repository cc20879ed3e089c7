"""Dates as answers: the same, another, or the same less precisely."""

from __future__ import annotations

import pytest

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.dated import dated, is_other_era
from fbench.grading.graders.dates import as_decade

CORRECT, INCORRECT = Verdict.CORRECT, Verdict.INCORRECT
WHEN = "When did the club open?"


@pytest.mark.parametrize(
    ("question", "gold", "answer", "verdict"),
    [
        (WHEN, "5 May 1990", "May 5, 1990", CORRECT),
        (WHEN, "5 May 1990", "It opened at noon on 5 May 1990, a Saturday.", CORRECT),
        (WHEN, "May 1990", "5 May 1990", CORRECT),
        (WHEN, "5 May 1990", "6 May 1990", INCORRECT),
        (WHEN, "5 May 1990", "The club had opened its doors on 6 May 1990", INCORRECT),
        (WHEN, "5 May 1990", "1990", INCORRECT),
        (WHEN, "5 May 1990", "May 1990", INCORRECT),
        (WHEN, "5 May 1990", "The club had opened its doors in 1990", CORRECT),
        (WHEN, "5 May 1990", "The club had opened its doors in 1991", INCORRECT),
        ("What year did it open?", "5 May 1990", "1990", CORRECT),
        ("What year did it open?", "5 May 1990", "1991", INCORRECT),
        ("On what day did it open?", "5 May 1990", "The club opened its doors in 1990", INCORRECT),
        (WHEN, "1970s", "It opened in 1975", CORRECT),
        (WHEN, "the 1970s", "1979", CORRECT),
        (WHEN, "the 1970s", "1980", INCORRECT),
        (WHEN, "the 1970s", "It opened in the 1970s", CORRECT),
        (WHEN, "1970s", "In the late 1960s", INCORRECT),
        ("In which decade did punk peak?", "the 1970s", "The 1980s; it began in 1970.", INCORRECT),
    ],
)
def test_a_date_is_compared_as_far_as_it_is_given(
    question: str, gold: str, answer: str, verdict: Verdict
) -> None:
    assert grade(Item(question, (gold,)), answer).verdict is verdict


@pytest.mark.parametrize(
    ("question", "answer", "verdict", "reason"),
    [
        (WHEN, "Not on 4 May 1990 but on 5 May 1990", CORRECT, "gives the date"),
        (WHEN, "It opened 1990", INCORRECT, "a coarser date"),
        (WHEN, "The club opened 1990", INCORRECT, "a coarser date"),
        (WHEN, "The old club opened 1990", CORRECT, "less precisely"),
        (WHEN, "in 1989 or 1991", INCORRECT, "another date"),
        ("What year did it open?", "between 1990 and 1991", CORRECT, "what is asked for"),
    ],
)
def test_the_reason_says_how_far_a_date_agrees(
    question: str, answer: str, verdict: Verdict, reason: str
) -> None:
    told = dated("5 May 1990", answer, question)
    assert told is not None
    assert told.verdict is verdict
    assert reason in told.reason


def test_a_year_of_the_question_says_nothing_of_the_answer() -> None:
    question, gold = "When did the 1990 season of the club end?", "5 May 1990"
    answer = "The 1990 season of the old club ended with a match on 7 June 1991, after that of 1990"
    assert dated(gold, "The 1990 season ended, after the fashion of that club, in 1990", question) is None
    assert dated(gold, answer, question) is None
    assert grade(Item(question, (gold,)), answer).verdict is INCORRECT


@pytest.mark.parametrize(
    ("gold", "answer"), [("Paris", "It was in 1990"), ("5 May 1990", "It was in Paris"), ("1970s", "Never")]
)
def test_without_a_date_on_either_side_there_is_nothing_to_say(gold: str, answer: str) -> None:
    assert dated(gold, answer, WHEN) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("1970s", 1970),
        ("the 1970s", 1970),
        ("1970's", 1970),
        ("the 90s", 1990),
        ("the '20s", 1920),
        ("2010s.", 2010),
        ("the late 1970s", None),
        ("10s", None),
        ("1975s", None),
        ("1970", None),
        ("", None),
    ],
)
def test_a_decade_is_known_by_its_first_year(text: str, year: int | None) -> None:
    assert as_decade(text) == year


@pytest.mark.parametrize(
    ("gold", "answer", "other"),
    [
        ("1500", "-1500", True),
        ("1500", "It is minus 1500", True),
        ("1500", "It is \u22121500.", True),
        ("1500", "1500 BC", True),
        ("1500", "in 1500 B.C.", True),
        ("1500", "in 1500bce", True),
        ("1500", "1500 BC or 1500", False),
        ("1500", "1500", False),
        ("1500", "1400-1500", False),
        ("1500", "1,500", False),
        ("1500", "15001 BC", False),
        ("1500", "1600 BC", False),
        ("15", "-15", False),
        ("in 1500", "-1500", False),
        ("1500", "1500 became", False),
    ],
)
def test_a_year_is_another_with_a_sign_or_before_christ(gold: str, answer: str, other: bool) -> None:
    assert is_other_era(gold, answer) is other


def test_a_year_of_another_era_is_not_the_golds() -> None:
    assert grade(Item(WHEN, ("1500",)), "1500 BC").reason.startswith("the answer gives another sign")
