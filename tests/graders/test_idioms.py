"""Numbers in idioms: what they come to, how precise they are, and where they stand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fbench.grading.graders.idioms import read_idioms

SMALL = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
PARTS = (
    *("fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
    *("thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    "twentieth",
)
LARGE = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}


def read(text: str) -> list[tuple[Fraction, Fraction, str]]:
    """The value and last place of each idiom, and the words that it was read from."""
    return [(number.value, number.step, text[number.start : number.end]) for number in read_idioms(text)]


@pytest.mark.parametrize(
    ("part", "under"),
    [
        *(("half", 2), ("third", 3), ("quarter", 4), ("hundredth", 100), ("thousandth", 1000)),
        *zip(PARTS, range(4, 21), strict=True),
    ],
)
def test_parts_are_counted(part: str, under: int) -> None:
    step = Fraction(1, under)
    assert read(f"it is one {part} of it") == [(step, step, f"one {part}")]
    assert read(f"it is a {part} of it") == [(step, step, f"a {part}")]
    assert read(f"about 3 {part}s") == [(3 * step, step, f"3 {part}s")]
    assert read(f"about seven-{part}s") == [(7 * step, step, f"seven-{part}s")]


@pytest.mark.parametrize(("word", "count"), [*zip(SMALL, range(1, 20), strict=True)])
def test_every_small_number_counts_parts_and_wholes_and_years(word: str, count: int) -> None:
    assert [value for value, _, _ in read(f"{word} twentieths")] == [Fraction(count, 20)]
    assert [value for value, _, _ in read(f"{word} and a half")] == [count + Fraction(1, 2)]
    assert [value for value, _, _ in read(f"nineteen oh {word}")] == [1900 + count]
    assert [value for value, _, _ in read(f"{word} oh five")] == ([100 * count + 5] if count >= 10 else [])


@pytest.mark.parametrize(("word", "scale"), LARGE.items())
def test_large_numbers_are_halved_and_shared(word: str, scale: int) -> None:
    half = Fraction(scale, 2)
    assert read(f"a {word} men") == [(scale, 1, f"a {word}")]
    assert read(f"half a {word} men") == [(half, half, f"half a {word}")]
    assert read(f"a third of a {word}") == [(Fraction(scale, 3), Fraction(scale, 3), f"a third of a {word}")]
    assert read(f"two and a half {word}") == [(5 * half, half, f"two and a half {word}")]
    assert read(f"12 and a half {word}") == [(25 * half, half, f"12 and a half {word}")]


@pytest.mark.parametrize(
    ("text", "value", "step"),
    [
        ("1/2", Fraction(1, 2), Fraction(1, 2)),
        ("11/100", Fraction(11, 100), Fraction(1, 100)),
        ("half", Fraction(1, 2), Fraction(1, 2)),
        ("a half", Fraction(1, 2), Fraction(1, 2)),
        ("an eighth", Fraction(1, 8), Fraction(1, 8)),
        ("two halves", Fraction(1), Fraction(1, 2)),
        ("12 and a half", Fraction(25, 2), Fraction(1, 2)),
        ("twenty oh one", Fraction(2001), Fraction(1)),
        ("nineteen o five", Fraction(1905), Fraction(1)),
    ],
)
def test_an_idiom_alone_is_read_whole(text: str, value: Fraction, step: Fraction) -> None:
    assert read(text) == [(value, step, text)]


@pytest.mark.parametrize(
    "text",
    [
        *("120/80", "0/5", "3/3", "5/3", "2 1/2", "24/7/365", "1/2.5", "$1/2", "thirty oh five", "oh five"),
        *("a hundred and five", "the first half of it", "half of it", "zero thirds", "two-thirds-full"),
    ],
)
def test_other_numbers_are_left_to_others(text: str) -> None:
    assert read(text) == []


def test_idioms_are_read_in_order() -> None:
    said = "from a third to 3/4 of a dozen"
    assert [words for _, _, words in read(said)] == ["a third", "3/4", "a dozen"]
