"""Two spellings of one answer are the same, and two answers are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets.same_answer import answer_form, same_answer, shares_an_answer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("French", "french."),
        ("\u2018French\u2019 ", "FRENCH"),
        ("Fren\u200bch", "French"),
        ("\ufeffFrench", "French"),
        ("\u3164French\ufe0f", "French"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("Stra\u00dfe", "STRASSE"),
        ("**No**", "No."),
        ("_No_", "no"),
        ("The Hague", "Hague"),
        ("Smith, Ltd.", "Smith Ltd"),
        ("follow-up", "follow up"),
        ("U.S.", "US"),
        ("fit()", "fit"),
        ("1,500", "1500"),
        ("1\u202f500 m", "1 500 m"),
        ("\uff11\uff15\uff10\uff10", "1500"),
        ("2,000,000", "two million"),
        ("1.5 million", "1500000"),
        ("twenty-four", "24"),
        ("24.0", "24"),
        ("5 percent", "5 %"),
        ("\u22125", "-5"),
    ],
)
def test_spellings_of_one_answer_are_the_same(one: str, other: str) -> None:
    assert same_answer(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C", "C++"),
        ("C", "C#"),
        ("-5", "5"),
        (".5", "5"),
        ("1.5", "15"),
        ("3.1", "3.10"),
        ("2.0.1", "2.1"),
        ("1.2.0", "1.2"),
        ("v2.0", "v2"),
        ("1,5", "15"),
        ("1,500", "1,501"),
        ("5 %", "5"),
        ("20", "twenty-one"),
        ("007", "7"),
        ("Caf\u00e9", "Cafe"),
        ("No", "None"),
    ],
)
def test_two_answers_are_not_the_same(one: str, other: str) -> None:
    assert not same_answer(one, other)


def test_names_of_code_differ_in_case_and_underscores() -> None:
    assert same_answer("`fit()`", "fit", code=True)
    assert same_answer("\uff46\uff49\uff54", "fi\u200bt", code=True)
    assert not same_answer("isAlive", "isalive", code=True)
    assert not same_answer("_fit", "fit", code=True)
    assert not same_answer("the fit", "fit", code=True)


@pytest.mark.parametrize("text", ["", "  ", ".", "\u2026", "\u200b"])
def test_what_says_nothing_has_no_form(text: str) -> None:
    assert answer_form(text) == ""


@given(st.text(), st.booleans())
def test_a_form_is_the_same_with_white_space_around(text: str, code: bool) -> None:
    assert answer_form(f"  {text}\n", code=code) == answer_form(text, code=code)


def test_a_part_of_an_answer_is_shared_but_no_part_of_a_word() -> None:
    assert shares_an_answer(["Tell"], ["Ona Tell"])
    assert shares_an_answer(["the Orbit Ltd."], ["Orbit Limited", "orbit ltd"])
    assert not shares_an_answer(["Tel"], ["Ona Tell"])
    assert not shares_an_answer(["..."], ["Ona Tell"])
    assert not shares_an_answer(["No"], ["no guidance"])
    assert shares_an_answer(["No"], ["no."])
