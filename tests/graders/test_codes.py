"""Codes match sign for sign, however their parts are joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.codes import has_code, is_code, lacks_code


@pytest.mark.parametrize(
    ("gold", "code"),
    [
        ("RTX4090", True),
        ("RTX 4090", True),
        ("F-16", True),
        ("SW1A 1AA", True),
        ("v2.1.3", True),
        ("978-3-16-148410-0", True),
        ("p53", True),
        ("HD 209458 b", True),
        ("Su-27", True),
        ("v2.1b", True),
        ("AD 79", False),
        ("50kg", False),
        ("50GB", False),
        ("TOP-10", False),
        ("20th", False),
        ("mid-1990s", False),
        ("1 000 000", False),
        ("4-7-1976", False),
        ("NASA", False),
        ("July 4", False),
        ("GeForce RTX4090", False),
        ("", False),
    ],
)
def test_letters_and_digits_make_a_code(gold: str, code: bool) -> None:
    assert is_code(gold) is code


@pytest.mark.parametrize(
    ("code", "text", "has"),
    [
        ("RTX4090", "the RTX 4090 Ti", True),
        ("RTX4090", "the RTX4090Ti", False),
        ("RTX4090", "the XRTX4090", False),
        ("A1", "an A1, or A12", True),
        ("A12", "a1 2", False),
        ("A12345678", "A 1234 5678", True),
        ("A12345678", "A 1234, 5678", False),
        ("A123456", "A 123 456", True),
        ("A12345", "A 12 345", False),
        ("A1:2", "A1-2", True),
        ("A1:2", "A1, 2", False),
        ("A1:2", "A12", False),
        ("5G", "It was the iPhone 4, 5G", True),
        ("A1:2", "A1:2", True),
        ("A1:2", "The A1:2 is one", True),
        ("v2.1.3", "version 2.1.3", True),
        ("v2.1", "version 2.1.3", False),
        ("ISO9001", "ISO 9001:2015", True),
        ("BA2491", "BA249 and 1", False),
        ("BA2491", "", False),
        ("", "BA2491", False),
    ],
)
def test_a_text_has_a_code_as_whole_words(code: str, text: str, has: bool) -> None:
    assert has_code(code, text) is has


@pytest.mark.parametrize(
    ("gold", "answer", "question", "lacks"),
    [
        ("GeForce RTX4090", "GeForce RTX4080", "", True),
        ("GeForce RTX4090", "GeForce", "Which RTX4090 is it?", False),
        ("GeForce", "Radeon", "", False),
        ("one two three four five six RTX4090", "one two", "", False),
        ("one two three four five RTX4090", "one two", "", True),
        ("NASDAQ", "NASDAK", "", True),
        ("BENELUX", "BENELUKS", "", False),
        ("A", "B", "", False),
        ("NASDAQ", "NASDAQ", "", False),
        ("Nasdaq", "Nasdak", "", False),
    ],
)
def test_a_code_of_few_words_must_be_there(gold: str, answer: str, question: str, lacks: bool) -> None:
    assert lacks_code(gold, answer, question) is lacks


CODES = st.from_regex(r"Q[BDFGHJKLMNP]{2}[0-9]{2,6}", fullmatch=True)


@given(CODES, st.data())
def test_a_code_with_one_other_sign_is_another(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 1))
    signs = "0123456789" if code[place].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    other = code[:place] + data.draw(st.sampled_from(signs.replace(code[place], ""))) + code[place + 1 :]
    item = Item("Which is it?", (code,))
    assert grade(item, f"It is the {other}.").verdict is Verdict.INCORRECT
    assert grade(item, other).verdict is Verdict.INCORRECT


@given(CODES, st.sampled_from([" ", "-", ""]))
def test_what_joins_letters_and_digits_does_not_matter(code: str, joint: str) -> None:
    letters = code.rstrip("0123456789")
    told = f"{letters}{joint}{code[len(letters) :]}"
    assert grade(Item("Which is it?", (code,)), f"It is the {told}.").verdict is Verdict.CORRECT
    assert grade(Item("Which is it?", (told,)), f"It is the {code}.").verdict is Verdict.CORRECT
