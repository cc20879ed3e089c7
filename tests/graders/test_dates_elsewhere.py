"""Dates in other languages."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, Verdict, grade


def verdict(gold: str, response: str, question: str, kind: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("July 4, 1976", "4. Juli 1976", "Wann wurde sie erklärt?", ""),
        ("4. Juli 1976", "July 4, 1976", "When was it?", ""),
        ("4. Juli 1976", "4. Juli 1976", "x", ""),
        ("July 1976", "4. Juli 1976", "When?", ""),
        ("July 4, 1976", "4 juillet 1976", "Wann wurde sie erklärt?", ""),
        ("4 juillet 1976", "July 4, 1976", "When was it?", ""),
        ("4 juillet 1976", "4 juillet 1976", "x", ""),
        ("July 1976", "4 juillet 1976", "When?", ""),
        ("July 4, 1976", "1976年7月4日", "Wann wurde sie erklärt?", ""),
        ("1976年7月4日", "July 4, 1976", "When was it?", ""),
        ("1976年7月4日", "1976年7月4日", "x", ""),
        ("July 1976", "1976年7月4日", "When?", ""),
        ("July 4, 1976", "4 de julio de 1976", "Wann wurde sie erklärt?", ""),
        ("4 de julio de 1976", "July 4, 1976", "When was it?", ""),
        ("4 de julio de 1976", "4 de julio de 1976", "x", ""),
        ("July 1976", "4 de julio de 1976", "When?", ""),
        ("July 4, 1976", "4 luglio 1976", "Wann wurde sie erklärt?", ""),
        ("4 luglio 1976", "July 4, 1976", "When was it?", ""),
        ("4 luglio 1976", "4 luglio 1976", "x", ""),
        ("July 1976", "4 luglio 1976", "When?", ""),
        ("July 4, 1976", "4 de julho de 1976", "Wann wurde sie erklärt?", ""),
        ("4 de julho de 1976", "July 4, 1976", "When was it?", ""),
        ("4 de julho de 1976", "4 de julho de 1976", "x", ""),
        ("July 1976", "4 de julho de 1976", "When?", ""),
        ("July 4, 1976", "4 juli 1976", "Wann wurde sie erklärt?", ""),
        ("4 juli 1976", "July 4, 1976", "When was it?", ""),
        ("4 juli 1976", "4 juli 1976", "x", ""),
        ("July 1976", "4 juli 1976", "When?", ""),
        ("July 4, 1976", "4 lipca 1976", "Wann wurde sie erklärt?", ""),
        ("4 lipca 1976", "July 4, 1976", "When was it?", ""),
        ("4 lipca 1976", "4 lipca 1976", "x", ""),
        ("July 1976", "4 lipca 1976", "When?", ""),
        (
            "July 4, 1976",
            "4 июля 1976 года",
            "Wann wurde sie erklärt?",
            "",
        ),
        ("4 июля 1976 года", "July 4, 1976", "When was it?", ""),
        (
            "4 июля 1976 года",
            "4 июля 1976 года",
            "x",
            "",
        ),
        ("July 1976", "4 июля 1976 года", "When?", ""),
        ("July 4, 1976", "4 Temmuz 1976", "Wann wurde sie erklärt?", ""),
        ("4 Temmuz 1976", "July 4, 1976", "When was it?", ""),
        ("4 Temmuz 1976", "4 Temmuz 1976", "x", ""),
        ("July 1976", "4 Temmuz 1976", "When?", ""),
        ("July 4, 1976", "1976년 7월 4일", "Wann wurde sie erklärt?", ""),
        ("1976년 7월 4일", "July 4, 1976", "When was it?", ""),
        ("1976년 7월 4일", "1976년 7월 4일", "x", ""),
        ("July 1976", "1976년 7월 4일", "When?", ""),
        ("July 4, 1976", "Sie wurde am 4. Juli 1976 erklärt.", "Wann wurde sie erklärt?", ""),
        ("Sie wurde am 4. Juli 1976 erklärt.", "July 4, 1976", "When was it?", ""),
        ("Sie wurde am 4. Juli 1976 erklärt.", "Sie wurde am 4. Juli 1976 erklärt.", "x", ""),
        ("July 1976", "Sie wurde am 4. Juli 1976 erklärt.", "When?", ""),
        (
            "July 4, 1976",
            "它于1976年7月4日宣布。",
            "Wann wurde sie erklärt?",
            "",
        ),
        ("它于1976年7月4日宣布。", "July 4, 1976", "When was it?", ""),
        (
            "它于1976年7月4日宣布。",
            "它于1976年7月4日宣布。",
            "x",
            "",
        ),
        ("July 1976", "它于1976年7月4日宣布。", "When?", ""),
        ("July 4, 1976", "4 يوليو 1976", "Wann wurde sie erklärt?", ""),
        ("4 يوليو 1976", "July 4, 1976", "When was it?", ""),
        ("4 يوليو 1976", "4 يوليو 1976", "x", ""),
        ("July 1976", "4 يوليو 1976", "When?", ""),
        ("July 4, 1976", "Le 4 juillet 1976.", "Wann wurde sie erklärt?", ""),
        ("Le 4 juillet 1976.", "July 4, 1976", "When was it?", ""),
        ("Le 4 juillet 1976.", "Le 4 juillet 1976.", "x", ""),
        ("July 1976", "Le 4 juillet 1976.", "When?", ""),
        (
            "July 4, 1976",
            "४ जुलाई १९७६",
            "Wann wurde sie erklärt?",
            "",
        ),
        (
            "४ जुलाई १९७६",
            "July 4, 1976",
            "When was it?",
            "",
        ),
        (
            "४ जुलाई १९७६",
            "४ जुलाई १९७६",
            "x",
            "",
        ),
        ("July 1976", "४ जुलाई १९७६", "When?", ""),
        ("July 4, 1976", "1976-07-04", "Wann wurde sie erklärt?", ""),
        ("1976-07-04", "July 4, 1976", "When was it?", ""),
        ("1976-07-04", "1976-07-04", "x", ""),
        ("July 1976", "1976-07-04", "When?", ""),
        (
            "July 4, 1976",
            "4 Ιουλίου 1976",
            "Wann wurde sie erklärt?",
            "",
        ),
        ("4 Ιουλίου 1976", "July 4, 1976", "When was it?", ""),
        (
            "4 Ιουλίου 1976",
            "4 Ιουλίου 1976",
            "x",
            "",
        ),
        ("July 1976", "4 Ιουλίου 1976", "When?", ""),
        ("July 4, 1976", "４ July 1976", "Wann wurde sie erklärt?", ""),
        ("４ July 1976", "July 4, 1976", "When was it?", ""),
        ("４ July 1976", "４ July 1976", "x", ""),
        ("July 1976", "４ July 1976", "When?", ""),
        ("July 1, 1976", "1er juillet 1976", "Quand ?", ""),
        ("März 1976", "March 1976", "Wann?", ""),
        ("March 4, 1976", "4 mars 1976", "?", ""),
        ("Mars 2020", "Mars 2020", "Which mission?", ""),
        ("7月4日", "7月4日", "?", ""),
    ],
)
def test_a_date_is_the_same_in_every_language(gold: str, response: str, question: str, kind: str) -> None:
    assert verdict(gold, response, question, kind) is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("July 5, 1976", "4. Juli 1976", "Wann?", ""),
        ("July 5, 1976", "4 juillet 1976", "Wann?", ""),
        ("July 5, 1976", "1976年7月4日", "Wann?", ""),
        ("July 5, 1976", "4 de julio de 1976", "Wann?", ""),
        ("July 5, 1976", "4 luglio 1976", "Wann?", ""),
        ("July 5, 1976", "4 de julho de 1976", "Wann?", ""),
        ("July 5, 1976", "4 juli 1976", "Wann?", ""),
        ("July 5, 1976", "4 lipca 1976", "Wann?", ""),
        ("July 5, 1976", "4 июля 1976 года", "Wann?", ""),
        ("July 5, 1976", "4 Temmuz 1976", "Wann?", ""),
        ("July 5, 1976", "1976년 7월 4일", "Wann?", ""),
        ("July 5, 1976", "Sie wurde am 4. Juli 1976 erklärt.", "Wann?", ""),
        ("July 5, 1976", "它于1976年7月4日宣布。", "Wann?", ""),
        ("July 5, 1976", "4 يوليو 1976", "Wann?", ""),
        ("July 5, 1976", "Le 4 juillet 1976.", "Wann?", ""),
        ("July 5, 1976", "४ जुलाई १९७६", "Wann?", ""),
        ("July 5, 1976", "1976-07-04", "Wann?", ""),
        ("July 5, 1976", "4 Ιουλίου 1976", "Wann?", ""),
        ("July 5, 1976", "４ July 1976", "Wann?", ""),
        ("March 2020", "Mars 2020", "When?", ""),
    ],
)
def test_another_date_is_another(gold: str, response: str, question: str, kind: str) -> None:
    assert verdict(gold, response, question, kind) is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "response", "expected"),
    [
        ("January 4, 1976", "1976年1月4日", Verdict.CORRECT),
        ("December 4, 1976", "1976年12月4日", Verdict.CORRECT),
        ("October 4, 1976", "1976년 10월 4일", Verdict.CORRECT),
        ("October 4, 1976", "1976년 10월 5일", Verdict.INCORRECT),
        ("September 4, 1976", "1976年09月4日", Verdict.CORRECT),
        ("January 1976", "1976年", Verdict.INCORRECT),
        ("January 1976", "1976年13月4日", Verdict.INCORRECT),
        ("January 1976", "1976年0月4日", Verdict.INCORRECT),
        ("the 1970s", "1976年13月4日", Verdict.CORRECT),
        ("the 1970s", "The probe landed on Mars, 1976", Verdict.CORRECT),
        ("March 1976", "The probe landed on Mars, 1976", Verdict.INCORRECT),
    ],
)
def test_a_month_is_one_of_twelve_and_mars_a_planet(gold: str, response: str, expected: Verdict) -> None:
    assert verdict(gold, response, "In which month was it?") is expected
