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
        ("the morning and the afternoon", "the afternoon and the morning", "When is it open?"),
        ("UV, visible, infrared", "ultraviolet, visible, infrared", "In which order do they come?"),
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
        ("A > B > C", "(D > A > B > C)", "the answer lacks a part of the order, or adds one"),
        ("A -> B", "B <- A", "the answer has the same order"),
        ("A > B = C", "A > C = B", "the answer has the same order"),
        ("A > B = C", "A > C > B", "the answer has another order"),
        ("A > B = C > D", "D < B = C < A", "the answer has the same order"),
        ("A = B > C", "C < A = B", "the answer has the same order"),
        ("A = B > C", "C < B < A", "the answer has another order"),
        ("AB > CD", "CD < AB", "the answer has the same order"),
        ("AB > CD", "AB", "the answer lacks a part of the order, or adds one"),
        ("1 < 2 < 13", "1213", "the answer lacks a part of the order, or adds one"),
        ("1 < 2", "1. It is 1 < 2", "the answer has the same order"),
        ("1 < 2", "1) 1\n2) 2", "the answer has the same order"),
        ("2 < 1", "1) 2\n2) 1", "the answer has the same order"),
        ("2 < 1 < 3", "(2) (1) (3)", "the answer has the same order"),
        ("1 < 2 < 3", "See fig.4, 1 < 2 < 3", "the answer has the same order"),
        ("3 < 1 < 4", "3, 1, 4, as in 2019", "the answer has the same order"),
        ("10 < 20 < 30", "10 < 20 < 30 < 40", "the answer lacks a part of the order, or adds one"),
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
        ("London to London", "from London to the London docks", False),
        (
            "The first prize of 1903 went to Marie Curie",
            "It is to Marie Curie that the first prize of 1903 went",
            False,
        ),
        ("Ann shared the first prize with Bob", "Bob shared the first prize with Ann", False),
        ("Spain took 2 from Italy", "Italy took 2 from Spain", True),
    ],
)
def test_a_relation_has_two_sides(gold: str, answer: str, turned: bool) -> None:
    assert is_turned(gold, answer) is turned


KNEAD, LONGER = "knead the dough by hand for ten minutes", "knead the dough by hand for about ten minutes"
SHAPE, BAKE = "shape a round loaf on a floured board", "bake the loaf"


@pytest.mark.parametrize("joint", [", ", " -> "])
def test_a_step_of_an_order_has_at_most_eight_words(joint: str) -> None:
    asked = "In which order are the steps done?"
    for told, verdict in (
        ([KNEAD, SHAPE, BAKE], Verdict.CORRECT),
        ([SHAPE, KNEAD, BAKE], Verdict.INCORRECT),
    ):
        made = in_order(joint.join([KNEAD, SHAPE, BAKE]), ", then ".join(told), asked)
        assert made is not None
        assert made.verdict is verdict
    gold = joint.join([LONGER, SHAPE, BAKE])
    assert in_order(gold, gold, asked) is None


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("hand axe, plough, tractor", "hand axe -> plough -> tractor"),
        ("blast hole, tunnel, railway", "1. blast hole\n2. tunnel\n3. railway"),
        ("salt and pepper < chilli", "chilli > salt and pepper"),
        ("First the fold, and then at last the cut", "the fold, at last the cut"),
    ],
)
def test_only_the_start_of_a_part_says_its_place(gold: str, answer: str) -> None:
    told = in_order(gold, answer, "In which order do they come?")
    assert told is not None
    assert told.verdict is Verdict.CORRECT


@pytest.mark.parametrize("joint", [", ", " < "])
def test_an_order_has_at_most_thirty_parts(joint: str) -> None:
    asked = "In which order do they come?"
    most, more = (joint.join(map(str, range(1, last + 1))) for last in (30, 31))
    made = in_order(most, most, asked)
    assert made is not None
    assert made.verdict is Verdict.CORRECT
    assert in_order(more, more, asked) is None


def test_a_part_whose_name_begins_with_another_part_s_name_is_a_part_of_its_own() -> None:
    gold = "lieutenant, captain, lieutenant colonel"
    item = Item("In ascending order, which three ranks did he hold?", (gold,))
    assert grade(item, gold).reason == "the answer is the gold"
    assert grade(item, f"He was {gold}.").grader == "order"
    turned = grade(item, "lieutenant, lieutenant colonel, captain")
    assert (turned.verdict, turned.reason) == (Verdict.INCORRECT, "the answer has another order")


@given(st.permutations(range(1, 7)), st.permutations(range(1, 7)))
def test_only_the_same_order_is_correct_however_it_is_written(gold: list[int], told: list[int]) -> None:
    item = Item("In which order do the steps come?", (", ".join(map(str, gold)),))
    for joint in (", ", " -> ", " < ", "-", "\n"):
        same = grade(item, joint.join(map(str, told))).verdict is Verdict.CORRECT
        assert same == (gold == told)
        assert grade(item, joint.join(map(str, gold))).verdict is Verdict.CORRECT
