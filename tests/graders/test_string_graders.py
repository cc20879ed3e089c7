"""The graders that compare strings as the paper's authors did."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from fbench.grading.graders import Grade, Item, Verdict, grade

GOLDS = Item("Who?", ("Ada Lovelace", "Lady Lovelace"))


@pytest.mark.parametrize(
    ("response", "as_exact", "as_notebook"),
    [
        ("Ada Lovelace", True, True),
        ("LADY LOVELACE", True, True),
        (" ada lovelace\n", True, False),
        ("Ada Lovelace.", False, False),
        ("Ada", False, False),
        ("", False, False),
    ],
)
def test_strings_are_equal_or_not(response: str, as_exact: bool, as_notebook: bool) -> None:
    for grader, equal in (("exact", as_exact), ("paper", as_exact), ("notebook", as_notebook)):
        told = grade(GOLDS, response, grader)
        assert told.verdict is (Verdict.CORRECT if equal else Verdict.INCORRECT)
        assert told.grader == grader


def test_only_the_notebook_takes_nothing_for_an_empty_gold() -> None:
    nothing = Item("", ("",))
    assert grade(nothing, "", "exact").verdict is Verdict.INCORRECT
    assert grade(nothing, "", "notebook").verdict is Verdict.CORRECT


@pytest.mark.parametrize("thing", [GOLDS, Grade(Verdict.CORRECT, "exact", "the strings are equal")])
def test_items_and_grades_cannot_be_changed(thing: Item | Grade) -> None:
    for field in thing.__slots__:
        with pytest.raises(FrozenInstanceError):
            setattr(thing, field, "x")
    assert not hasattr(thing, "__dict__")
