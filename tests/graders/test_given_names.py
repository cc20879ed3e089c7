"""One person is called by several forms of a given name."""

from __future__ import annotations

import pytest

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.given_names import are_forms, may_be_one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("james", "jimmy"),
            ("william", "bill"),
            ("robert", "bob"),
            ("vincent", "vince"),
            ("zachary", "zack"),
        ),
        *(
            ("abigail", "gail"),
            ("andrew", "drew"),
            ("anne", "nancy"),
            ("dorothy", "dolly"),
            ("chris", "tina"),
        ),
        *(("maurice", "mo"), ("chris", "kit"), ("jerry", "jeremiah"), ("jerry", "jerome")),
    ],
)
def test_short_forms_are_forms_of_a_name_both_ways(one: str, other: str) -> None:
    assert are_forms(one, other)
    assert are_forms(other, one)
    assert may_be_one(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("andrew", "anne"), ("james", "john"), ("tina", "kit"), ("jeremiah", "jerome"), ("", "james")],
)
def test_other_names_are_none(one: str, other: str) -> None:
    assert not are_forms(one, other)
    assert not are_forms(other, one)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("j", "james", True),
        ("j", "walter", False),
        ("jo", "joanne", True),
        ("jon", "jonas", True),
        ("on", "jonas", False),
        ("louise", "louisa", True),
        ("marie", "maria", True),
        ("mark", "mary", False),
        ("mary", "mari", False),
        ("anne", "nancy", True),
        ("toni", "rafael", False),
    ],
)
def test_an_initial_a_start_or_a_slip_may_be_the_same_name(one: str, other: str, alike: bool) -> None:
    assert may_be_one(one, other) is alike
    assert may_be_one(other, one) is alike


@pytest.mark.parametrize(
    ("gold", "answer", "verdict"),
    [
        ("James P. Flynn", "Jimmy Flynn", Verdict.CORRECT),
        ("Will Friedle", "William Alan Friedle", Verdict.CORRECT),
        ("Joanne Wheatley", "It was Jo Wheatley, in 2011.", Verdict.CORRECT),
        ("James P. Flynn", "Walter Flynn", Verdict.INCORRECT),
        ("Dom and Vincent", "Vince and Dom", Verdict.CORRECT),
        ("Dom and Vincent", "Victor and Dom", Verdict.INCORRECT),
    ],
)
def test_a_person_is_known_by_a_short_form(gold: str, answer: str, verdict: Verdict) -> None:
    assert grade(Item("Who was it?", (gold,)), answer).verdict is verdict
