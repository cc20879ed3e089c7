"""Quantities as they are read: the number, its unit, its bound, and what belongs together."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest

from fbench.grading.graders.quantities import AskedQuantity, Quantity, asked_for, read_quantities


def only(text: str) -> Quantity:
    (found,) = read_quantities(text)
    return found


def shown(text: str) -> list[str]:
    """The quantities of a text, each as its numbers, what is between them, and its unit or noun."""
    return [
        " ".join([*map(str, found.values), *filter(None, (found.joint, _name(found)))])
        for found in read_quantities(text)
    ]


def _name(found: Quantity) -> str:
    return found.unit.name if found.unit else found.noun


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 feet", ["5 foot"]),
        ("5-foot", ["5 foot"]),
        ("37 C", ["37 degree Celsius"]),
        ("5 feet per second", ["5 foot per second"]),
        ("5%6", ["5 percent", "6"]),
        ("98.6 F", ["493/5 degree Fahrenheit"]),
        ("300 K", ["300 kelvin"]),
        ("300 C.", ["300 degree Celsius"]),
        ("$5", ["5 dollar"]),
        ("$5 dollars", ["5 dollar"]),
        ("\u00a35 pounds", ["5 pound sterling"]),
        ("5 pounds", ["5 pound"]),
        ("$5 goals", ["5 dollar"]),
        ("5 goals", ["5 goal"]),
        ("5 tall", ["5"]),
        ("5", ["5"]),
        ("85 rushing yards", ["85 yard"]),
        ("85 rushing attempts", ["85 rushing"]),
        ("$85 rushing yards", ["85 dollar"]),
        ("5 feet and 7 goals", ["5 foot", "7 goal"]),
        ("no number", []),
    ],
)
def test_a_unit_or_what_is_counted_follows_a_number(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3-4 days", ["3 4 - day"]),
        ("3 to 4 days", ["3 4 - day"]),
        ("3 through 4 days", ["3 4 - day"]),
        ("between 3 and 4 days", ["3 4 - day"]),
        ("3 days to 4 days", ["3 4 - day"]),
        ("5 kg to 6", ["5 6 - kilogram"]),
        ("7-0", ["7 0 -"]),
        ("120/80", ["120 80 /"]),
        ("1-2-3", ["1 2 -", "3"]),
        ("3-4 degrees", ["3 4 - degree"]),
        ("3 degrees to 4 degrees", ["3 4 - degree"]),
    ],
)
def test_two_numbers_make_a_range_or_a_score(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 and 4 days", ["3", "4 day"]),
        ("3 days and 4 days", ["3 day", "4 day"]),
        ("3 days - 4 hours", ["3 day", "4 hour"]),
        ("3 or 4", ["3", "4"]),
        ("first to third", ["1", "3"]),
        ("first to 3", ["1", "3"]),
        ("3 to fourth", ["3", "4"]),
        ("turned 3 to 4 degrees", ["3", "4 degree"]),
    ],
)
def test_other_numbers_stand_alone(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6'1\"", ["73 inch"]),
        ("6'", ["6 foot"]),
        ('10"', ["10 inch"]),
        ("6 feet 1 inch", ["73 inch"]),
        ("6 ft, 1 in", ["73 inch"]),
        ("6 ft and 1 in", ["73 inch"]),
        ("1 hour 30 minutes", ["90 minute"]),
        ("2 years 3 months", ["27 month"]),
    ],
)
def test_a_larger_and_a_smaller_unit_make_one_quantity(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 minutes 1 hour", ["30 minute", "1 hour"]),
        ("2 feet 3 feet", ["2 foot", "3 foot"]),
        ("2 kilograms 3 centimeters", ["2 kilogram", "3 centimetre"]),
        ("6 feet 2", ["6 foot", "2"]),
        ("6 goals 2 feet", ["6 goal", "2 foot"]),
        ("6 feet by 2 inches", ["6 foot", "2 inch"]),
        ("3-4 feet 2 inches", ["3 4 - foot", "2 inch"]),
        ("20 degrees celsius 5 degrees fahrenheit", ["20 degree Celsius", "5 degree Fahrenheit"]),
    ],
)
def test_other_units_make_two(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text", ["more than 5", "over 5", "at least about 5 feet", ">= 5", "5 or more", "5+", "5 years or older"]
)
def test_a_number_may_be_the_least(text: str) -> None:
    assert only(text).bound == ">"


@pytest.mark.parametrize(
    "text", ["less than 5", "nearly 5", "at most 5 feet", "<5", "5 or less", "5 or under"]
)
def test_a_number_may_be_the_most(text: str) -> None:
    assert only(text).bound == "<"


@pytest.mark.parametrize("text", ["5", "about 5", "5 feet", "more of it than 5"])
def test_most_numbers_are_no_bounds(text: str) -> None:
    assert only(text).bound == ""


def test_a_range_and_a_composite_keep_the_bound_before_them() -> None:
    assert only("at least 3-4 days").bound == ">"
    assert only("less than 6 feet 1 inch").bound == "<"


def test_a_quantity_has_the_place_and_precision_of_its_parts() -> None:
    ranged, composite = only("from 2.5 to 3.5 cm, so"), only("is 6 feet 1.5 inches tall")
    assert (ranged.step, ranged.start, ranged.end) == (Fraction(1, 10), 5, 18)
    assert (composite.step, composite.start, composite.end) == (Fraction(1, 10), 3, 20)


def test_a_date_is_no_quantity() -> None:
    assert shown("On March 5, 2020 and in 2021 it had 5 goals") == ["5 goal"]


@pytest.mark.parametrize(
    ("question", "unit", "scale"),
    [
        ("What is it, in feet?", "foot", 1),
        ("How many kilometers is it?", "kilometre", 1),
        ("How much, in millions of US dollars?", "US dollar", 10**6),
        ("How much, in thousands of dollars?", "dollar", 1000),
        ("How many people were in the room, in feet?", "foot", 1),
        ("In second place, how many yards?", "yard", 1),
        ("What percentage of them?", "percent", 1),
        ("By what percent did it rise, in feet?", "percent", 1),
    ],
)
def test_a_question_names_the_unit_it_wants(question: str, unit: str, scale: int) -> None:
    asked = asked_for(question)
    assert asked.unit is not None
    assert (asked.unit.name, asked.scale, asked.noun, asked.rank) == (unit, scale, "", False)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many billions of people?", AskedQuantity(None, 10**9, "people")),
        ("How many trillions of cells, in feet?", AskedQuantity(None, 10**12, "cells")),
        ("How many people live in how many towns?", AskedQuantity(None, 1, "people")),
        ("How many seconds did it take?", AskedQuantity(None, 1, "seconds")),
        ("In the number of points, how many goals?", AskedQuantity(None, 1, "goals")),
        ("What is its rank?", AskedQuantity(None, 1, "", rank=True)),
        ("In which place is it?", AskedQuantity(None, 1, "", rank=True)),
        ("How long is it?", AskedQuantity(None, 1, "", rank=False)),
        ("", AskedQuantity(None, 1, "")),
    ],
)
def test_or_what_it_counts(question: str, expected: AskedQuantity) -> None:
    assert asked_for(question) == expected


@pytest.mark.parametrize(
    ("text", "point", "comma"), [("1.500 km", "3/2", "1500"), ("12.750 km", "51/4", "12750")]
)
def test_a_point_stands_before_decimals_unless_the_language_has_a_decimal_comma(
    text: str, point: str, comma: str
) -> None:
    assert shown(text) == [f"{point} kilometre"]
    (found,) = read_quantities(text, comma=True)
    assert [*map(str, found.values)] == [comma]


def test_what_was_read_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        only("5 feet").noun = "goal"  # pyright: ignore[reportAttributeAccessIssue] - which is what is tried
    with pytest.raises(FrozenInstanceError):
        asked_for("How many?").scale = 2  # pyright: ignore[reportAttributeAccessIssue] - as above
