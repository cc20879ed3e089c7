"""Golds that are an order or a relation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.order import in_order, is_turned


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("Mercury and Venus", "Venus and Mercury", "Which planets are they?"),
        ("Mercury and Venus", "Venus and Mercury", "Name them in any order"),
        (">34", ">34", ""),
        ("x = 5", "x=5", ""),
        ("A > B > A", "A", ""),
        ("A > B < C", "A > B < C", ""),
        ("more than 7 million", "7 million", ""),
        ("Mercury", "Venus", "In which order do they come?"),
        ("Mercury, Mercury", "Venus", "In which order do they come?"),
        ("a, b, a", "a, b", "In which order do they come?"),
        ("Ann is older than Bob", "Bob and Ann", ""),
        ("the heavy one and the light one", "the heavy one", "In which order do they come?"),
    ],
)
def test_what_is_no_order_or_not_all_named_is_left_to_the_other_rules(
    gold: str, answer: str, question: str
) -> None:
    assert in_order(gold, answer, question) is None


@pytest.mark.parametrize(
    ("gold", "answer", "reason"),
    [
        ("A > B > C", "C < B < A", "the answer has the same order"),
        ("A > B > C", "A > C > B", "the answer has another order"),
        ("A > B > C", "A > B", "the answer lacks a part of the order, or adds one"),
        ("A > B > C", "A > B > D > C", "the answer lacks a part of the order, or adds one"),
        ("A > B > C", "A > B > C > D", "the answer lacks a part of the order, or adds one"),
        ("A > B > C", "D > A > B > C", "the answer lacks a part of the order, or adds one"),
        ("A -> B", "B <- A", "the answer has the same order"),
        ("A > B = C", "A > C = B", "the answer has the same order"),
        ("A > B = C", "A > C > B", "the answer has another order"),
        ("A > B = C > D", "D < B = C < A", "the answer has the same order"),
        ("AB > CD", "CD < AB", "the answer has the same order"),
        ("AB > CD", "AB", "the answer lacks a part of the order, or adds one"),
        ("1 < 2 < 13", "1213", "the answer lacks a part of the order, or adds one"),
        ("1 < 2", "1. It is 1 < 2", "the answer has the same order"),
        ("1 < 2", "1) 1\\n2) 2", "the answer has the same order"),
        ("1 < 2 < 3", "C, then one, two, three", "the answer has the same order"),
        ("1 < 2 < 3", "123", "the answer has the same order"),
        ("1 < 2 < 3", "First I took 3 < 2 < 1. It is 1 < 2 < 3.", "the answer has the same order"),
        ("Ann is older than Bob", "Bob is older than Ann", "the answer has the relation the other way round"),
        ("heat precedes light", "light precedes heat", "the answer has the relation the other way round"),
    ],
)
def test_a_chain_is_compared_item_by_item(gold: str, answer: str, reason: str) -> None:
    told = in_order(gold, answer, "")
    assert told is not None
    assert told.reason == reason
    assert told.grader == "order"
    assert (told.verdict is Verdict.CORRECT) == (reason == "the answer has the same order")


@pytest.mark.parametrize(
    ("gold", "answer", "turned"),
    [
        ("Ann beat Bob", "Bob beat Ann", True),
        ("Ann Lee beat Bob Ray", "Bob Ray beat Ann Lee", True),
        ("Ann is the mother of Mary", "Mary is the mother of Ann", True),
        ("Ann beat Bob", "Ann beat Bob and Bob beat Ann", False),
        ("Ann met Bob", "Bob met Ann", False),
        ("Ann Beat Bob", "Bob Beat Ann", False),
        ("Ann, who beat Bob", "Bob beat Ann", False),
        ("Ann beat", "beat Ann", False),
        ("London to Paris", "from Paris to London", True),
        ("London to Paris", "from London to Paris", False),
        ("London to Paris", "Paris, London", False),
        ("12 per 15", "15 per 12", True),
        ("the old London road to Paris", "from Paris to the old London road", True),
        ("Ann Lee old beat big Bob Ray Poe", "big Bob Ray Poe beat Ann Lee old", True),
        ("London to London", "London to London Bridge", False),
    ],
)
def test_a_relation_has_two_sides(gold: str, answer: str, turned: bool) -> None:
    assert is_turned(gold, answer) is turned


@given(st.permutations(range(1, 7)), st.permutations(range(1, 7)))
def test_only_the_same_order_is_correct_however_it_is_written(gold: list[int], told: list[int]) -> None:
    item = Item("In which order do the steps come?", (", ".join(map(str, gold)),))
    for joint in (", ", " -> ", " < ", "-", "\n"):
        same = grade(item, joint.join(map(str, told))).verdict is Verdict.CORRECT
        assert same == (gold == told)
        assert grade(item, joint.join(map(str, gold))).verdict is Verdict.CORRECT
