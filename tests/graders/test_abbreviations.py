"""A gold may be said by its initials, and an abbreviation spelled out."""

from __future__ import annotations

import pytest

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.abbreviations import abbreviates


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [
        ("adenosine diphosphate (ADP)", "ADP", True),
        ("adenosine diphosphate (ADP)", "It is ADP.", True),
        ("adenosine diphosphate (ADP)", "ATP", False),
        ("adenosine diphosphate (ADP)", "adp", False),
        ("National Football League", "the NFL", True),
        ("National Football League", "the N.F.L. of old", True),
        ("National Football League", "the NBA", False),
        ("Gap 0", "The G0 phase", True),
        ("Football", "F", False),
        ("NFL", "the National Football League", True),
        ("N.F.L.", "the National Football League", True),
        ("NFL", "the National Basketball Association", False),
        ("NF", "a National Football team", False),
        ("nfl", "the National Football League", False),
        ("", "ADP", False),
        ("ADP", "", False),
    ],
)
def test_initials_in_capitals_stand_for_the_words(gold: str, answer: str, same: bool) -> None:
    assert abbreviates(gold, answer) is same


def test_an_abbreviation_is_a_correct_answer_and_another_is_not() -> None:
    item = Item("Which league is it?", ("National Football League",))
    assert grade(item, "It is the NFL.").verdict is Verdict.CORRECT
    assert grade(item, "It is the NBA.").verdict is Verdict.INCORRECT
    assert "abbreviates" in grade(item, "It is the NFL.").reason


LEAGUE, OLYMPIC, GERMANY = (
    "National Football League",
    "International Olympic Committee",
    "Deutsche Demokratische Republik (DDR) / German Democratic Republic (GDR)",
)


@pytest.mark.parametrize(
    ("gold", "answer", "verdict"),
    [
        (LEAGUE, "The NFL, National Fencing League", Verdict.INCORRECT),
        (OLYMPIC, "The IOC (International Ox Club)", Verdict.INCORRECT),
        (
            LEAGUE,
            "It was the N F L, as all in that large country have known for many years.",
            Verdict.CORRECT,
        ),
        (LEAGUE, "The NFL stands for the league of fencers", Verdict.INCORRECT),
        (LEAGUE, "The N.F.L. stands for the fencers' league", Verdict.INCORRECT),
        (LEAGUE, "The NFL, that is, the league of football of the nation", Verdict.CORRECT),
        (
            LEAGUE,
            "The NFL: its finals are on CBS, which stands for Columbia Broadcasting System",
            Verdict.CORRECT,
        ),
        (GERMANY, "The DDR, or GDR", Verdict.CORRECT),
        (GERMANY, "The DDR, or GDR (Gross Domestic Return)", Verdict.INCORRECT),
    ],
)
def test_an_abbreviation_said_to_be_of_other_words_is_another(
    gold: str, answer: str, verdict: Verdict
) -> None:
    assert grade(Item("What is it?", (gold,)), answer).verdict is verdict


def test_a_gold_that_gives_its_abbreviation_has_no_other() -> None:
    gold = "adenosine diphosphate (ADP)"
    assert grade(Item("Which molecule is it?", (gold,)), "ADP").verdict is Verdict.CORRECT
    assert grade(Item("Which molecule is it?", (gold,)), "ADA").verdict is Verdict.INCORRECT
