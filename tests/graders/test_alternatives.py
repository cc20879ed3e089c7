"""What a gold accepts besides itself."""

from __future__ import annotations

import pytest

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.alternatives import with_alternatives


@pytest.mark.parametrize(
    ("gold", "question", "others"),
    [
        ("(Group Captain) Ann Lee", "", ("Ann Lee", "Group Captain Ann Lee")),
        ("Ann (Marie) Lee", "", ("Ann Lee", "Ann Marie Lee")),
        ("colo(u)r", "", ("color", "colour")),
        ("Ann Lee (pilot)", "", ()),
        ("() Lee", "", ()),
        ("Gurkha or Nepalese", "", ("Gurkha", "Nepalese")),
        ("either red or blue", "", ("red", "blue")),
        ("red, green or blue", "", ("red", "green", "blue")),
        ("red, green, or blue", "", ("red", "green", "blue")),
        ("5 or 6", "", ("5", "6")),
        ("a or b", "", ()),
        ("blood type O or A", "", ()),
        ("the Lord of the Rings trilogy or Dune", "", ("the Lord of the Rings trilogy", "Dune")),
        ("18 or older", "", ()),
        ("trick or treat", "", ()),
        ("Truth or Dare", "Which game is it?", ()),
        ("Oregon", "", ()),
        ("Portland or", "", ()),
        ("one two three four five six seven or eight", "", ()),
        ("PCV21 OR PCV20", "", ("PCV21", "PCV20")),
    ],
)
def test_brackets_and_or_give_alternatives(gold: str, question: str, others: tuple[str, ...]) -> None:
    assert with_alternatives((gold,), question) == (gold, *others)


def test_the_golds_come_first_and_none_twice() -> None:
    assert with_alternatives(("red or blue", "blue"), "") == ("red or blue", "blue", "red")


def test_where_an_answer_was_right_before_an_update_all_of_the_gold_is_needed() -> None:
    item = Item("Which is it?", ("PCV20 or PCV21",), None, "PCV20")
    assert grade(item, "PCV20").verdict is Verdict.INCORRECT
    assert grade(Item("Which is it?", ("PCV20 or PCV21",)), "PCV20").verdict is Verdict.CORRECT
