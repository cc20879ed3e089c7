"""The rule for quantities: when an answer states the gold's, and when it leaves open which it means."""

from __future__ import annotations

import pytest

from fbench.grading.graders.model import Verdict
from fbench.grading.graders.quantity import quantity

MILLIONS = "How much, in millions of dollars?"


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("5", "5 feet", ""),
        ("5 feet", "5", ""),
        ("5 goals", "5", ""),
        ("5", "5 goals", "What is it, in feet?"),
        ("60", "5 feet", "How many inches?"),
        ("5", "60 inches", "How many feet?"),
        ("5 feet", "5 feet", "How many inches?"),
        ("150", "$150 million", MILLIONS),
        ("150", "150", MILLIONS),
        ("$150 million", "150", MILLIONS),
        ("$150 million", "$150 million", MILLIONS),
        ("2", "160,000,000 cents", MILLIONS),
        ("2", "240,000,000 cents", MILLIONS),
        ("20 pounds", "\u00a320", ""),
        ("fifth", "5", ""),
        ("fifth", "fifth", ""),
        ("5", "fifth", "What is its rank?"),
        ("more than 5", "5", ""),
        ("more than 5", "more than 5", ""),
        ("more than 5 goals", "5 goals or more", ""),
        ("5 goals", "Moreover, Hanover 5 goals", ""),
        ("5 goals", "in Hanover 5 goals", ""),
        ("37 C", "98.6 F", ""),
        ("6 feet", "6 feet 0 inches", ""),
        ("185 cm", "6 feet 0.8 inches", ""),
        ("US$5", "$5", ""),
        ("5 m/s", "0.005 kilometres per second", ""),
        ("6 feet per second", "6 feet per second", ""),
        ("$5", "It paid $5 in 1867", ""),
        ("\u20b95", "5 rupees", ""),
        ("7-0", "7 to 0", ""),
    ],
)
def test_the_unit_is_taken_from_the_question_where_one_of_them_has_none(
    gold: str, answer: str, question: str
) -> None:
    assert quantity(gold, answer, question).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("5 feet", "5 kg", ""),
        ("5 feet", "5 goals", ""),
        ("5 goals", "5 feet", ""),
        ("5", "5 feet", "How many goals?"),
        ("60", "5 yards", "How many inches?"),
        ("$150 million", "$150", MILLIONS),
        ("2", "260,000,000 cents", MILLIONS),
        ("20 pounds", "\u00a321", ""),
        ("5", "fifth", ""),
        ("5", "more than 5", ""),
        ("5 goals", "5 goals or more", ""),
        ("5 feet", "5 feet or less", ""),
        ("37 C", "37 F", ""),
        ("6 feet", "6 feet 5 inches", ""),
        ("8 hours", "8 hours and 30 minutes", ""),
        ("US$5", "A$5", ""),
        ("6 feet", "6 feet per second", ""),
        ("5 hours", "5 s", ""),
        ("more than 5", "less than 5", ""),
        ("7-0", "7/0", ""),
        ("7-0", "7", ""),
        ("7", "7-0", ""),
        ("5", "6", ""),
    ],
)
def test_another_unit_bound_or_form_is_incorrect(gold: str, answer: str, question: str) -> None:
    told = quantity(gold, answer, question)
    assert (told.verdict, told.reason) == (Verdict.INCORRECT, "no number of the answer equals the gold's")


@pytest.mark.parametrize(
    ("gold", "answer"),
    [("0.5", "50%"), ("50%", "0.5"), ("1", "100%"), ("100%", "1"), ("0%", "0"), ("50-80%", "0.5-0.8")],
)
def test_a_share_up_to_one_is_a_percentage(gold: str, answer: str) -> None:
    assert quantity(gold, answer, "").verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("2", "200%", ""),
        ("200%", "2", ""),
        ("5", "5%", ""),
        ("50%", "0.6", ""),
        ("50-200%", "0.5-2", ""),
        ("50 feet", "0.5", ""),
        ("0.5 goals", "50%", ""),
        ("0.5", "50%", "How many goals?"),
    ],
)
def test_nothing_else_is(gold: str, answer: str, question: str) -> None:
    assert quantity(gold, answer, question).verdict is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("62 mph", "100 km/h"),
        ("6 feet", "78 inches"),
        ("25 degrees celsius", "298 kelvin"),
        ("298 kelvin", "25 degrees celsius"),
        ("25 degrees celsius", "77 \u00b0F"),
        ("20 pounds", "9.07 kg"),
        ("20 yards", "60 feet"),
        ("1,000 meters", "1 km"),
        ("3-4 feet", "36-48 inches"),
        ("3-4 feet", "30-48 inches"),
    ],
)
def test_after_conversion_an_answer_rounds_to_the_gold(gold: str, answer: str) -> None:
    assert quantity(gold, answer, "").verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("100 km/h", "62 mph"),
        ("6 feet", "79 inches"),
        ("25 degrees celsius", "299 kelvin"),
        ("20 pounds", "9 kg"),
        ("1,001 meters", "1 km"),
        ("3-4 feet", "36-60 inches"),
        ("3-4 feet", "29-48 inches"),
    ],
)
def test_and_is_incorrect_where_it_does_not_or_is_coarser(gold: str, answer: str) -> None:
    assert quantity(gold, answer, "").verdict is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("5 feet, 7 goals and 8 men", "the number and its unit agree"),
        ("8 men, 7 goals and 5 feet", "the number and its unit agree"),
        ("5 feet, 7 goals and 8 men or 9", "the number and its unit agree"),
        ("5 feet, 7 goals and 9 men", "some of the numbers differ"),
        ("5 feet, 6 goals and 8 men", "some of the numbers differ"),
        ("6 feet, 7 goals and 8 men", "no number of the answer equals the gold's"),
        ("several", "the answer holds no number"),
    ],
)
def test_every_number_of_the_gold_is_wanted(answer: str, reason: str) -> None:
    told = quantity("5 feet, 7 goals and 8 men", answer, "")
    assert told.reason == reason
    assert told.verdict is (Verdict.CORRECT if "agree" in reason else Verdict.INCORRECT)


def test_a_gold_without_a_number_is_named() -> None:
    told = quantity("many", "5", "")
    assert told.verdict is Verdict.INCORRECT
    assert told.reason == "the gold 'many' holds no number to compare with"


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("7 goals", "7 goals and 3 assists"),
        ("6'1\"", "6'1\" (185 cm)"),
        ("6'1\"", "185 cm or 6'1\""),
        ("185 cm", "185 cm or 6 feet"),
        ("5 feet", "5 feet or 9 kg"),
        ("5 feet", "5 feet or 9 goals"),
        ("5 goals", "5 goals or 9 feet"),
        ("5 feet", "5 feet or 9-10"),
        ("5", "5 or 3rd"),
        ("5", "5 feet or 60 inches"),
        ("5 feet", "5 feet or almost 5 feet"),
        ("3-4 feet", "3-4 feet or 36-48 inches"),
        ("six pockets", "six pockets: four at the corners"),
        ("six", "six which is four and two"),
        ("5 pints", "6 pints, or maybe rather 5"),
        ("5 goals", "not 6 but 5"),
    ],
)
def test_another_number_may_explain_restate_or_be_of_something_else(gold: str, answer: str) -> None:
    assert quantity(gold, answer, "").verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("7 goals", "7 goals and 3 goals"),
        ("5 pints", "6 pints, or rather 5"),
        ("5 pints", "5 pints in a larger jug or then 6 pints"),
        ("6'1\"", "6'1\" or 190 cm"),
        ("185 cm", "185 cm or 4 to 5 feet"),
        ("3-4 feet", "3-4 feet or 36-60 inches"),
        ("10 mm", "10 mm or 2 cm"),
        ("1 cm", "1 cm or 16 mm"),
        ("5 feet", "5 feet or 9"),
        ("5", "5 or 9 feet"),
        ("5", "5 or 9 goals"),
        ("5 goals", "5 or 7"),
        ("5", "5 goals or 7"),
        ("fifth", "fifth or sixth"),
    ],
)
def test_or_leave_open_which_is_meant(gold: str, answer: str) -> None:
    told = quantity(gold, answer, "")
    assert (told.verdict, told.reason) == (Verdict.INCORRECT, "the answer gives another number as well")


@pytest.mark.parametrize(
    ("gold", "verdict"),
    [("15 mm", Verdict.CORRECT), ("25 mm", Verdict.CORRECT), ("14 mm", Verdict.INCORRECT)],
)
def test_restating_goes_as_far_as_the_coarser_is_precise(gold: str, verdict: Verdict) -> None:
    assert quantity(gold, f"{gold} or 2 cm", "").verdict is verdict


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("324", "324 M", "How tall is the tower?"),
        ("324", "324 M", "What is its height?"),
        ("5", "5000 M", "How many kilometres did she run?"),
        ("400 m", "400M", "What did she win?"),
        ("400 m in 49 seconds", "400M in 49 seconds", "What is her record?"),
        ("3", "3M", "How much is it worth, in millions of euros?"),
        ("3 million", "3M", "What did she win?"),
    ],
)
def test_a_letter_after_a_number_is_a_length_only_where_one_is_meant(
    gold: str, answer: str, question: str
) -> None:
    assert quantity(gold, answer, question).verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", ["5 + 2 = 7", "10 - 3 = 7", "It has 14 / 2 = 7 sides"])
def test_the_result_of_a_calculation_is_the_answer(answer: str) -> None:
    assert quantity("7", answer, "").verdict is Verdict.CORRECT
    assert quantity("7", "7 = x or 8", "").verdict is Verdict.INCORRECT


def test_a_number_of_the_question_stands_against_nothing() -> None:
    answer = "On day 3 it was 7"
    assert quantity("7", answer, "How many on day 3?").verdict is Verdict.CORRECT
    assert quantity("7", answer, "How many?").verdict is Verdict.INCORRECT


def test_what_is_denied_counts_only_where_the_question_denies() -> None:
    assert quantity("5", "not 5 but 6", "Which is it?").verdict is Verdict.INCORRECT
    assert quantity("5", "the one that is not prime is 5", "Which is not prime?").verdict is Verdict.CORRECT


@pytest.mark.parametrize("area", ["5 m^2", "5 m\u00b2", "5 m2", "5 square metres"])
def test_a_power_of_a_unit_is_no_number_of_its_own(area: str) -> None:
    assert quantity("5 square meters", f"It is {area}.", "").verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    "before", ["", "On March 5, 2020 and again: ", "It was not Rome. ", "At 6'1\" tall: "]
)
def test_a_choice_is_seen_whatever_stands_before_it(before: str) -> None:
    assert quantity("7", f"{before}it was 7 or 8", "").verdict is Verdict.INCORRECT
    assert quantity("7", f"{before}it was 7, since 8 were there", "").verdict is Verdict.CORRECT


@pytest.mark.parametrize(("gold", "answer"), [("0", "0%"), ("0%", "0"), ("100%", "1"), ("1", "100%")])
def test_nothing_and_everything_are_shares_too(gold: str, answer: str) -> None:
    assert quantity(gold, answer, "").verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("$3-$5", "$3 to $5", ""),
        ("$3-$5 million", "$3-5 million", ""),
        ("\u00a33-\u00a35", "between 3 and 5 pounds", ""),
        ("150", "150 million", MILLIONS),
        ("150", "150,000,000", MILLIONS),
        ("5", "5 billion people", "How many billions of people?"),
    ],
)
def test_a_range_of_money_and_a_scale_that_was_asked_for_may_be_put_in_full(
    gold: str, answer: str, question: str
) -> None:
    assert quantity(gold, answer, question).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("$3-$5", "$3-$6", ""),
        ("150", "150 thousand", MILLIONS),
        ("$150 million", "150 million million", MILLIONS),
        ("5", "5 million people", "How many billions of people?"),
        ("5 1/2 inches", "15 cm", ""),
        ("5 feet", "5 feet or 5.4 feet", ""),
    ],
)
def test_but_not_in_another(gold: str, answer: str, question: str) -> None:
    assert quantity(gold, answer, question).verdict is Verdict.INCORRECT


@pytest.mark.parametrize("lead", ["The answer is: ", "On March 5, 2020 ", "Since June 2019 it had "])
def test_what_comes_before_does_not_shift_what_explains(lead: str) -> None:
    answer = f"{lead}six pockets: four at the corners, and two pockets at the sides"
    assert quantity("six", answer, "").verdict is Verdict.CORRECT
