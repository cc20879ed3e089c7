"""The numbers of a text: their values, the place each is precise to, and where they stand."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest

from fbench.grading.graders.numbers import read_numbers


def values(text: str) -> list[Fraction]:
    return [number.value for number in read_numbers(text)]


BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
PLACES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
    "mn": 1_000_000,
    "billion": 1_000_000_000,
    "bn": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}


def test_the_words_below_a_hundred_are_what_they_say() -> None:
    assert [values(word) for word in BELOW_TWENTY.split()] == [[number] for number in range(20)]
    assert [values(word) for word in TENS.split()] == [[number] for number in range(20, 100, 10)]


def test_a_place_in_an_order_is_told_from_a_number() -> None:
    found = [read_numbers(f"the {word} of them") for word in PLACES.split()]
    assert [[number.value for number in each] for each in found] == [[place] for place in range(1, 21)]
    assert all(number.ordinal and number.step == 1 for each in found for number in each)
    assert [number.ordinal for number in read_numbers("3rd, 3 and three")] == [True, False, False]


@pytest.mark.parametrize("scale", SCALES)
def test_a_scale_multiplies_words_and_digits_alike(scale: str) -> None:
    assert values(scale) == [SCALES[scale]]
    assert values(f"seven {scale}") == values(f"7 {scale}") == [7 * SCALES[scale]]
    assert values(f"2.5 {scale}") == [Fraction(5, 2) * SCALES[scale]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two hundred thousand", [200_000]),
        ("two thousand million", [2_000_000_000]),
        ("one hundred thousand million and five", [100_000_000_005]),
        ("one million two thousand", [1_002_000]),
        ("2 hundred thousand", [200_000]),
        ("one million two hundred thousand three hundred and five", [1_200_305]),
        ("ninety thousand and ten", [90_010]),
        ("nineteen hundred", [1900]),
        ("twenty-one", [21]),
        ("two thousand one", [2001]),
        ("minus five", [-5]),
        ("negative twelve", [-12]),
    ],
)
def test_words_combine_into_one_number(text: str, expected: list[int]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five six", [5, 6]),
        ("minus five six", [-5, 6]),
        ("twenty zero", [20, 0]),
        ("two hundred zero", [200, 0]),
        ("one hundred one twenty", [101, 20]),
        ("nine sixty", [9, 60]),
        ("five nine hundred", [5, 900]),
        ("eleven five", [11, 5]),
        ("twenty-one five", [21, 5]),
        ("of twenty tenth", [20, 10]),
        ("of twenty ninth", [29]),
    ],
)
def test_words_that_do_not_combine_are_numbers_of_their_own(text: str, expected: list[int]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ten sixty-six", [1066]),
        ("nineteen eighty four", [1984]),
        ("twenty ten", [2010]),
        ("twenty twelve", [2012]),
        ("in nineteen eighty-four or twenty twenty", [1984, 2020]),
        ("two thousand ten ten", [2010, 10]),
    ],
)
def test_a_year_is_said_in_two_halves(text: str, expected: list[int]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "value", "step"),
    [
        ("1500", "1500", "1"),
        ("1,500", "1500", "1"),
        ("1 500", "1500", "1"),
        ("0.25", "0.25", "0.01"),
        (".5", "0.5", "0.1"),
        ("5.0", "5", "0.1"),
        ("1.5e3", "1500", "100"),
        ("1.5 x 10^3", "1500", "100"),
        ("2 * 10**-3", "0.002", "0.001"),
        ("5.2 million", "5200000", "100000"),
        ("5 million", "5000000", "1000000"),
        ("fifteen", "15", "1"),
        ("-5", "-5", "1"),
        ("minus 5", "-5", "1"),
        ("+5", "5", "1"),
    ],
)
def test_a_number_is_precise_to_its_last_written_place(text: str, value: str, step: str) -> None:
    (found,) = read_numbers(text)
    assert (found.value, found.step) == (Fraction(value), Fraction(step))


def test_a_whole_number_may_have_a_fraction_after_it() -> None:
    assert values("5 1/2 and 2 3/4") == [Fraction(11, 2), Fraction(11, 4)]
    assert values("5 1/0") == [5]


def test_each_of_several_words_is_precise_to_one() -> None:
    assert [number.step for number in read_numbers("five six, seven")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "value", "money"),
    [
        ("$5", 5, "$"),
        ("us$ 5", 5, "us$"),
        ("-$5", -5, "$"),
        ("$-5", -5, "$"),
        ("\N{EURO SIGN}5k", 5000, "\N{EURO SIGN}"),
        ("$5m", 5_000_000, "$"),
        ("$5b", 5_000_000_000, "$"),
        ("$5t", 5_000_000_000_000, "$"),
        ("5k", 5000, ""),
    ],
)
def test_a_letter_is_a_scale_after_money_and_k_is_one_everywhere(text: str, value: int, money: str) -> None:
    (found,) = read_numbers(text)
    assert (found.value, found.money, found.end) == (value, money, len(text))


@pytest.mark.parametrize("text", ["5m", "5 m", "5 b", "5t"])
def test_a_letter_without_money_is_left_to_be_a_unit(text: str) -> None:
    (found,) = read_numbers(text)
    assert (found.value, found.start, found.end) == (5, 0, 1)


@pytest.mark.parametrize("text", ["mq-9", "2a", "a 5x", "23xi", "a 23x car", "1.2.3", "12,34", "words"])
def test_digits_of_a_code_are_no_number(text: str) -> None:
    assert read_numbers(text) == []


@pytest.mark.parametrize("text", ["50kg", "50 kg", "50-kg"])
def test_a_unit_may_follow_at_once(text: str) -> None:
    assert values(text) == [50]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("about 5 of 1,500", ["5", "1,500"]),
        ("half a million, 5 and the third", ["half a million", "5", "third"]),
        ("5 of half a million, not 6", ["5", "half a million", "6"]),
        ("some five six", ["five", "six"]),
        ("a minus twenty-one", ["minus twenty-one"]),
        ("so, minus five six", ["minus five", "six"]),
        ("costs us$ 5.2 million now", ["us$ 5.2 million"]),
    ],
)
def test_a_number_knows_where_it_stands(text: str, parts: list[str]) -> None:
    assert [text[number.start : number.end] for number in read_numbers(text)] == parts


@pytest.mark.parametrize("text", ["7 ", "seven, ", "seventh, ", "1/2 ", "seven five "])
def test_at_most_two_hundred_numbers_are_read(text: str) -> None:
    assert len(read_numbers(text * 201)) == 200


def test_a_number_stays_as_it_was_read() -> None:
    (found,) = read_numbers("5")
    with pytest.raises(FrozenInstanceError):
        found.value = Fraction(6)  # pyright: ignore[reportAttributeAccessIssue] - which is what is tried
