"""Dates as they are read, and compared as far as they are given."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from fbench.grading.graders.dates import Date, as_date, as_decade, read_dates

MONTHS = "January February March April May June July August September October November December"
Parts = tuple[int | None, int | None, int | None]


def parts(text: str) -> list[Parts]:
    return [(date.year, date.month, date.day) for date in read_dates(text)]


def test_every_month_is_known_by_its_name_and_its_first_letters() -> None:
    for place, month in enumerate(MONTHS.split(), start=1):
        assert parts(f"{month} 2020") == parts(f"{month[:3]}. 2020") == [(2020, place, None)]
    assert parts("Sept 5") == [(None, 9, 5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 March 2020", (2020, 3, 5)),
        ("the 5th of March, 2020", (2020, 3, 5)),
        ("March 5, 2020", (2020, 3, 5)),
        ("March 5th 2020", (2020, 3, 5)),
        ("2020-03-05", (2020, 3, 5)),
        ("2020/03/05", (2020, 3, 5)),
        ("2020-01-01", (2020, 1, 1)),
        ("2020-12-31", (2020, 12, 31)),
        ("March of 2020", (2020, 3, None)),
        ("March 2020", (2020, 3, None)),
        ("5 March", (None, 3, 5)),
        ("March 31", (None, 3, 31)),
        ("1st of May", (None, 5, 1)),
        ("2020", (2020, None, None)),
        ("3/4/2020", (2020, None, None)),
        ("12/3/2020", (2020, None, None)),
        ("3/13/2020", (2020, 3, 13)),
        ("13/3/2020", (2020, 3, 13)),
        ("31.12.2020", (2020, 12, 31)),
        ("1-31-2020", (2020, 1, 31)),
        ("1/1/2020", (2020, 1, 1)),
        ("12/12/2020", (2020, 12, 12)),
    ],
)
def test_a_date_is_read_as_far_as_it_is_given(text: str, expected: Parts) -> None:
    assert parts(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "2020-13-05",
        "14/13/2020",
        "32/1/2020",
        "13/13/2020",
        "2020-00-10",
        "2020-12-32",
        "2020-12-00",
        "32 March",
        "0 May",
        "march",
        "3020",
        "$2020",
        "",
    ],
)
def test_what_no_calendar_has_is_no_date(text: str) -> None:
    assert read_dates(text) == ()


def test_the_dates_of_a_text_come_in_order_with_their_places() -> None:
    text = "from 5 march 2020 to 6 may, or in 2021"
    found = read_dates(text)
    assert [text[date.start : date.end] for date in found] == ["5 march 2020", "6 may", "2021"]
    assert parts(text) == [(2020, 3, 5), (None, 5, 6), (2021, None, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 March 2020", (2020, 3, 5)),
        ("by about the 5th of March.", (None, 3, 5)),
        ("In March 2020", (2020, 3, None)),
        ("2020-03-05", (2020, 3, 5)),
    ],
)
def test_a_text_may_be_a_date_and_nothing_else(text: str, expected: Parts) -> None:
    found = as_date(text)
    assert found is not None
    assert (found.year, found.month, found.day) == expected


@pytest.mark.parametrize(
    "text",
    ["2020", "It was 5 March 2020", "5 March 2020 or so", "5 March to 6 May", "5 March, 6 May", "May", ""],
)
def test_or_more_or_less_than_one(text: str) -> None:
    assert as_date(text) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [("the 1970s", 1970), ("1970's.", 1970), ("70s", 1970), ("the '20s", 1920), ("1800s", 1800)],
)
def test_a_decade_is_known_by_its_first_year(text: str, year: int) -> None:
    assert as_decade(text) == year


@pytest.mark.parametrize("text", ["1970", "1975s", "the late 1970s", "10s", ""])
def test_what_is_no_decade(text: str) -> None:
    assert as_decade(text) is None


@pytest.mark.parametrize(
    ("one", "other", "contradict", "finer"),
    [
        ("5 March 2020", "5 March 2020", False, True),
        ("5 March 2020", "March 2020", False, True),
        ("5 March 2020", "2020", False, True),
        ("5 March 2020", "5 March", False, True),
        ("March 2020", "5 March 2020", False, False),
        ("March 2020", "5 March", False, False),
        ("5 March 2020", "5 March 2021", True, False),
        ("5 March 2020", "5 April 2020", True, False),
        ("5 March 2020", "6 March 2020", True, False),
        ("5 March 2020", "2021", True, False),
        ("2020", "5 March", False, False),
    ],
)
def test_dates_are_compared_by_the_parts_that_both_give(
    one: str, other: str, *, contradict: bool, finer: bool
) -> None:
    (first,), (second,) = read_dates(one), read_dates(other)
    assert first.contradicts(second) is contradict
    assert second.contradicts(first) is contradict
    assert first.is_finer(second) is finer


def test_a_date_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Date(2020, 3, 5, 0, 1).year = 2021  # pyright: ignore[reportAttributeAccessIssue] - which is what is tried
