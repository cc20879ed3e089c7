"""Places in an order, in digits and in words."""

from __future__ import annotations

import pytest

from fbench.grading.graders import Item, Verdict, grade


@pytest.mark.parametrize(
    ("gold", "response"),
    [
        ("21st", "twenty-first"),
        ("twenty-first", "21st"),
        ("21st", "It was the twenty first century."),
        ("100th", "the hundredth"),
        ("30th", "thirtieth"),
        ("12th", "twelfth"),
        ("twelfth", "12th"),
    ],
)
def test_a_place_is_the_same_in_digits_and_words(gold: str, response: str) -> None:
    assert grade(Item("Which century?", (gold,)), response).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "response"),
    [
        ("21st", "twenty-second"),
        ("21st", "first"),
        ("twenty-first", "20th"),
        ("21st", "the 21st or 22nd"),
        ("100th", "tenth"),
    ],
)
def test_another_place_is_another(gold: str, response: str) -> None:
    assert grade(Item("Which century?", (gold,)), response).verdict is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "response"),
    [("May 21st", "twenty-first"), ("third-ninth", "third"), ("mq-1st", "first"), ("3rd-4th", "3rd")],
)
def test_a_gold_that_is_more_than_a_place_is_not_named_by_a_place(gold: str, response: str) -> None:
    assert grade(Item("Which was it?", (gold,)), response).verdict is Verdict.INCORRECT
