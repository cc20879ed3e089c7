"""The rule for lists: every part is there, in any order, and none is added."""

from __future__ import annotations

import pytest

from fbench.grading.graders.listing import conjuncts, listing
from fbench.grading.graders.model import Verdict


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a, b and c", ("a", "b", "c")),
        ("a, b, and c", ("a", "b", "c")),
        ("a; and b & c", ("a", "b", "c")),
        ("a\n- b\n* c\n1. d\n2) e", ("a", "b", "c", "d", "e")),
        ('**a** and "b".', ("a", "b")),
        ("Paris, 2024, and Rome", ("Paris, 2024", "Rome")),
        ("a, , b", ("a", "b")),
        ("sand", ("sand",)),
        ("", ()),
    ],
)
def test_a_list_has_its_parts(text: str, parts: tuple[str, ...]) -> None:
    assert conjuncts(text) == parts


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("red and blue", "blue and red"),
        ("in and out", "in, out"),
        ("vitamin A and vitamin D", "vitamin D and vitamin A"),
        ("vitamin A and vitamin D", "vitamins A and D"),
        ("John Adams and John Quincy Adams", "John Quincy Adams and John Adams"),
        ("fit and fit_transform", "fit_transform, fit"),
        ("George V and George VI", "George VI and George V"),
        ("Super Bowl I and Super Bowl II", "Super Bowls I and II"),
        ("red and blue", "They are red, and they are blue."),
        ("red and blue", "red, dark red and blue"),
        ("red and blue", "red and blue, not green"),
        ("red and blue", "Red blue, in that order"),
        ("red and blue", "red, as all people there knew well, and blue"),
        ("the Eagles and Packers", "Eagles and the Packers"),
        ("James and Robert", "Jim and Bob"),
        ("Jim Smith and Robert Lee", "Smith and Lee"),
        ("Jim Smith and Robert Lee", "Robert Lee, Jim Smith"),
    ],
)
def test_every_part_is_there(gold: str, answer: str) -> None:
    told = listing(gold, answer, "")
    assert (told.verdict, told.reason) == (Verdict.CORRECT, "every part of the list is there")


@pytest.mark.parametrize(
    ("gold", "answer", "missing"),
    [
        ("red and blue", "red", "blue"),
        ("red and blue", "red and green", "blue"),
        ("red and blue", "green", "red"),
        ("red and blue", "red but not blue", "blue"),
        ("Jim Smith and Robert Lee", "Jim Smith", "Robert Lee"),
        ("Jim Smith and Robert Lee", "Jim and Lee", "Jim Smith"),
        ("James and Robert", "James and Dick", "Robert"),
        ("old Eagles and Packers", "Eagles and Packers", "old Eagles"),
        ("dark red and blue", "red and blue", "dark red"),
        ("red and blue", "", "red"),
        ("vitamin A and vitamin D", "vitamin D", "vitamin A"),
        ("John Adams and John Quincy Adams", "john quincy adams", "John Adams"),
        ("John Adams and John Quincy Adams", "John Quincy Adams and John Quincy Adams", "John Adams"),
        ("John Adams and John Quincy Adams", "Zanzibar and John Quincy Adams", "John Adams"),
        ("John Adams and John Quincy Adams", "John Adams and John Adams", "John Quincy Adams"),
        ("fit and fit_transform", "fit_transform", "fit"),
        ("George V and George VI", "George VI", "George V"),
    ],
)
def test_the_first_part_that_lacks_is_named(gold: str, answer: str, missing: str) -> None:
    told = listing(gold, answer, "")
    assert (told.verdict, told.reason) == (Verdict.INCORRECT, f"the answer lacks {missing!r}")


@pytest.mark.parametrize(
    ("gold", "answer", "added"),
    [
        ("red and blue", "blue, green and red", "green"),
        ("red and blue", "red, blue, green and brown", "green"),
        ("red and blue", "red, the colour of the grass, and blue", "the colour of the grass"),
        ("Jim Smith and Robert Lee", "Jim Smith, Robert Lee and Ann Brown", "Ann Brown"),
    ],
)
def test_a_part_that_is_added_is_named(gold: str, answer: str, added: str) -> None:
    told = listing(gold, answer, "")
    assert (told.verdict, told.reason) == (Verdict.INCORRECT, f"the answer adds {added!r}")


def test_where_the_question_denies_the_answer_may() -> None:
    answer = "not red, not blue"
    assert listing("red and blue", answer, "Which are not there?").verdict is Verdict.CORRECT
    assert listing("red and blue", answer, "Which are there?").verdict is Verdict.INCORRECT


CITIES = "\u5317\u4eac\u3001\u4e0a\u6d77"
MISSIONS = "Apollo 11 and Apollo 12"


@pytest.mark.parametrize(
    ("gold", "answer", "verdict"),
    [
        ("red and blue", "Red and blue. Both are primary colours.", Verdict.CORRECT),
        ("red and blue", "Red and blue. Both are primary colours indeed.", Verdict.CORRECT),
        ("red and blue", "Red and blue. Green and yellow.", Verdict.INCORRECT),
        ("red and blue", "Red and blue. Also green, as I recall.", Verdict.INCORRECT),
        ("red and blue", "- red, blue - and green", Verdict.INCORRECT),
        (MISSIONS, "1. Apollo 11. It landed first.\n2. Apollo 12. It landed next.", Verdict.CORRECT),
        (MISSIONS, "1. Apollo 11 2. Apollo 12 3. Apollo 13 4. Skylab", Verdict.INCORRECT),
        (CITIES, "\u4e0a\u6d77\u3001\u5317\u4eac", Verdict.CORRECT),
        (CITIES, "\u5317\u4eac\u3001\u5e7f\u5dde", Verdict.INCORRECT),
        (CITIES, "\u5317\u4eac\u3001\u4e0a\u6d77\u3001\u5e7f\u5dde", Verdict.INCORRECT),
        (CITIES, "\u5317\u4eac\u5e02\u3001\u4e0a\u6d77\u5e02\u3001\u5317\u4eac", Verdict.CORRECT),
    ],
)
def test_what_stands_around_the_items_is_none(gold: str, answer: str, verdict: Verdict) -> None:
    assert listing(gold, answer, "").verdict is verdict
