"""Numbers, units and dates: every way to put them, and what is not the same."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.dates import read_dates
from fbench.grading.graders.numbers import read_numbers
from fbench.testing import strategies as some


def verdict(gold: str, answer: str, question: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind.QUANTITY), answer).verdict


@given(st.integers(-60, 120))
def test_degrees_convert_both_ways(celsius: int) -> None:
    fahrenheit = Fraction(9 * celsius, 5) + 32
    assert verdict(f"{celsius} degrees Celsius", f"{float(fahrenheit):.1f} °F") is Verdict.CORRECT
    assert verdict(f"{celsius} degrees Celsius", f"{float(fahrenheit) + 1:.1f} °F") is Verdict.INCORRECT


CONVERSIONS = [
    ("kilometers", "meters", 1000),
    ("hours", "minutes", 60),
    ("feet", "inches", 12),
    ("GW", "MW", 1000),
]


@given(st.integers(1, 10**6), st.sampled_from(CONVERSIONS))
def test_conversion_round_trips_and_another_dimension_is_incorrect(
    amount: int, conversion: tuple[str, str, int]
) -> None:
    large, small, factor = conversion
    assert verdict(f"{amount} {large}", f"{amount * factor} {small}") is Verdict.CORRECT
    assert verdict(f"{amount * factor} {small}", f"{amount} {large}") is Verdict.CORRECT
    assert verdict(f"{amount} {large}", f"{amount * factor + factor} {small}") is Verdict.INCORRECT
    assert verdict(f"{amount} {large}", f"{amount} kilograms") is Verdict.INCORRECT


@given(some.amounts(), some.amounts(), st.sampled_from(["feet", "percent", "dollars", "goals"]))
def test_different_numbers_are_never_equal(one: int, other: int, unit: str) -> None:
    assume(one != other)
    assert verdict(f"{one} {unit}", f"{other} {unit}") is Verdict.INCORRECT


@given(some.amounts(), st.integers(0, 9), st.sampled_from(["feet", "percent", "dollars", "goals"]))
def test_a_digit_more_or_less_a_sign_or_a_shifted_point_makes_another_number(
    amount: int, digit: int, unit: str
) -> None:
    digits = str(amount)
    near = {
        f"{digits}{digit}",
        f"{digit or 1}{digits}",
        f"-{digits}",
        f"minus {digits}",
        f"{digits}.{digit or 1}",
        digits[:-1] or "0",
        f"{digits[:-1] or 0}.{digits[-1]}",
    }
    for other in near - {f"{digits}.0"}:
        if Fraction(other.replace("minus ", "-")) != amount:
            assert verdict(f"{amount} {unit}", f"{other} {unit}") is Verdict.INCORRECT, other


@given(st.integers(2, 10**9 - 1), st.data())
def test_number_formats_are_equivalent(amount: int, data: st.DataObject) -> None:
    one, other = data.draw(some.spellings(amount)), data.draw(some.spellings(amount))
    assert verdict(one, other) is Verdict.CORRECT, (one, other)
    assert [number.value for number in read_numbers(some.spelled(amount))] == [amount]


@given(st.integers(10, 20), st.integers(1, 99))
def test_years_are_said_in_two_halves(century: int, year: int) -> None:
    assume((century, year // 10) != (10, 0))
    said = f"{some.spelled(century)} {'oh ' if year < 10 else ''}{some.spelled(year)}"
    assert verdict(str(100 * century + year), said) is Verdict.CORRECT, said


@given(st.integers(1, 98), st.integers(2, 99))
def test_a_proper_fraction_is_read_exactly(over: int, under: int) -> None:
    assume(over < under)
    assert [number.value for number in read_numbers(f"{over}/{under}")] == [Fraction(over, under)]


@given(st.integers(100, 999))
def test_a_coarser_answer_is_incorrect(hundredths: int) -> None:
    assume(hundredths % 10)
    exact, coarse = f"{hundredths / 100:.2f} meters", f"{hundredths / 100:.1f} meters"
    assert verdict(exact, coarse) is Verdict.INCORRECT
    assert verdict(exact, f"{hundredths} cm") is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("1/2", "0.5"),
        ("two thirds", "2/3"),
        ("one and a half", "1.5"),
        ("\N{VULGAR FRACTION ONE HALF}", "half"),
        ("1\N{VULGAR FRACTION ONE HALF}", "1.5"),
        ("three quarters", "75%"),
        ("20%", "one fifth"),
        ("half a million", "500,000"),
        ("two and a half million", "2.5 million"),
        ("12", "a dozen"),
        ("1984", "nineteen eighty four"),
        ("1905", "nineteen oh five"),
        ("2012", "twenty twelve"),
        ("1500", "1.5 x 10^3"),
        ("1500", "fifteen hundred"),
        ("-5", "minus 5"),
        ("third", "3rd"),
        ("$3 million", "US$3m"),
        ("\N{POUND SIGN}20", "20 pounds"),
        ("6'1\"", "6 ft 1 in"),
        ("6'1\"", "185 cm"),
        ("90 minutes", "1.5 hours"),
        ("7-0", "7 to 0"),
        ("between 3 and 4 days", "3-4 days"),
        ("40 mg/day", "40 mg daily"),
        ("62 mph", "100 km/h"),
    ],
)
def test_these_are_the_same(gold: str, answer: str) -> None:
    assert grade(Item("", (gold,)), answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("$3 million", "\N{EURO SIGN}3 million"),
        ("20%", "20 percentage points"),
        ("7-0", "0-7"),
        ("3-4 days", "4 days"),
        ("6'1\"", "190 cm"),
        ("5 mg/kg", "5 g/kg"),
        ("-5", "5"),
        ("100 km/h", "62 mph"),
        ("six pockets", "six or seven pockets"),
        ("six pockets", "seven pockets, or six"),
    ],
)
def test_these_are_not(gold: str, answer: str) -> None:
    assert grade(Item("", (gold,)), answer).verdict is Verdict.INCORRECT


def test_what_comes_after_a_number_may_explain_it() -> None:
    answer = "A table has six pockets: four at the corners and two at the sides."
    assert verdict("six", answer, "How many pockets are there?") is Verdict.CORRECT


def test_a_place_in_an_order_may_be_put_as_a_number_where_it_is_asked_for() -> None:
    assert verdict("5", "It is the fifth most populous country.", "What is its rank?") is Verdict.CORRECT
    assert verdict("5", "It is the fifth month.", "How many months are there?") is Verdict.INCORRECT


YEAR = "January February March April May June July August September October November December"
MONTHS = YEAR.split()


def written(year: int, month: int, day: int) -> list[str]:
    name = MONTHS[month - 1]
    return [
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{name[:3]} {day} {year}",
        f"the {day}{'th' if 3 < day < 21 else ''} of {name}, {year}",
        f"{year}-{month:02}-{day:02}",
    ]


DAYS = st.tuples(st.integers(1000, 2999), st.integers(1, 12), st.integers(4, 20))


@given(DAYS, st.data())
def test_a_date_is_the_same_in_every_form(day: tuple[int, int, int], data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(written(*day))) for _ in range(2))
    gold = one.removeprefix("the ")
    assert grade(Item("", (gold,)), f"It was on {other}.").verdict is Verdict.CORRECT
    (found,) = read_dates(other)
    assert (found.year, found.month, found.day) == day


@given(DAYS, DAYS, st.data())
def test_another_date_and_a_coarser_one_are_incorrect(
    day: tuple[int, int, int], another: tuple[int, int, int], data: st.DataObject
) -> None:
    assume(day != another)
    gold = written(*day)[0]
    other = data.draw(st.sampled_from(written(*another)))
    for question in ("", "When was it?", "On what date was it?"):
        assert grade(Item(question, (gold,)), other).verdict is Verdict.INCORRECT
        for coarse in (f"{MONTHS[day[1] - 1]} {day[0]}", str(day[0]), f"{day[2]} {MONTHS[day[1] - 1]}"):
            assert grade(Item(question, (gold,)), coarse).verdict is Verdict.INCORRECT, coarse


def test_a_year_is_enough_where_a_year_is_asked_for() -> None:
    assert grade(Item("What year was it?", ("12 March 2020",)), "2020").verdict is Verdict.CORRECT
    assert grade(Item("What year was it?", ("12 March 2020",)), "2021").verdict is Verdict.INCORRECT
