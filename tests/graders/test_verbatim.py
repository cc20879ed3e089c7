"""Golds that are signs, or words that every sentence has."""

from __future__ import annotations

import pytest

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.verbatim import verbatim

CORRECT, INCORRECT = Verdict.CORRECT, Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "verdict"),
    [
        ("A+", "The most common type is A+.", CORRECT),
        ("A+", "It is A positive (A+).", CORRECT),
        ("A+", "It is A.", INCORRECT),
        ("A+", "It is AA+.", INCORRECT),
        ("A+", "It is A++.", INCORRECT),
        ("A+", "It is a+.", INCORRECT),
        ("*", "It is an asterisk (*).", CORRECT),
        ("*", "**It is bold.**", INCORRECT),
        ("AB+-", "It is AB+-", CORRECT),
        ("of", 'The second most common word is "of".', CORRECT),
        ("Of", "The second most common word is \u201cof\u201d in English", CORRECT),
        ("of", "It is the word of", CORRECT),
        ("of", "The most common of all is the", INCORRECT),
        ("WHO", "It was the WHO that said so", CORRECT),
        ("WHO", "It was those who said so", INCORRECT),
        ("IT", "She is in the IT team", CORRECT),
        ("A", "A dog came by", INCORRECT),
        ("A", "It is a", CORRECT),
        ("a", "It is the A.", CORRECT),
        ("A", "It is the letter A", CORRECT),
    ],
)
def test_it_must_be_named_as_it_is_written(gold: str, answer: str, verdict: Verdict) -> None:
    found = verbatim(gold, answer)
    assert found is not None
    assert (found.verdict, found.grader) == (verdict, "short")
    assert grade(Item("What is it?", (gold,)), answer).verdict is verdict


@pytest.mark.parametrize(
    "gold", ["A+B+C", "AT&T", "R&B", "Paris", "of all", "Mr. T", "B (c)", "", "\u20b9500", "5%"]
)
def test_any_other_gold_is_left_to_other_measures(gold: str) -> None:
    assert verbatim(gold, f"It is {gold}.") is None


@pytest.mark.parametrize("gold", ["A+", "*", "C#", "of", "\u00d7"])
def test_such_a_gold_grades_itself_correct(gold: str) -> None:
    assert grade(Item("What is it?", (gold,)), gold).verdict is CORRECT
