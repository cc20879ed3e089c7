"""Given names that may be one person's."""

from __future__ import annotations

import pytest

from fbench.graders.given_names import are_forms, may_be_one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("william", "bill"), ("robert", "bobby"), ("margaret", "peggy"), ("bill", "will")),
        *(("edward", "ted"), ("theodore", "ted"), ("zachary", "zack"), ("abigail", "abby")),
        *(("maurice", "mo"), ("ada", "ada")),
    ],
)
def test_short_forms_are_one_name_s_either_way(one: str, other: str) -> None:
    for pair in ((one, other), (other, one)):
        assert are_forms(*pair) is True
        assert may_be_one(*pair) is True


@pytest.mark.parametrize(("one", "other"), [("edward", "theodore"), ("bill", "bob"), ("ada", "adam")])
def test_other_names_are_no_forms(one: str, other: str) -> None:
    assert are_forms(one, other) is False


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("j", "james", True),
        ("james", "j", True),
        ("b", "james", False),
        ("ra", "rafael", True),
        ("samu", "samuel", True),
        ("rafeal", "rafael", True),
        ("jaems", "james", True),
        ("anno", "anne", False),
        ("roger", "james", False),
        ("bob", "bill", False),
    ],
)
def test_an_initial_a_start_and_a_misspelling_may_be_the_same_name(
    one: str, other: str, expected: bool
) -> None:
    assert may_be_one(one, other) is expected
