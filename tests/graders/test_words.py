"""Words of a text, their stems, and how far two bags of them overlap."""

from __future__ import annotations

import pytest

from fbench.grading.graders.vocabulary import FUNCTION_WORDS, NOT_COUNTED
from fbench.grading.graders.words import content_words, overlap, recall, stem, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("O'Hearn's 20,000 dogs", "ohearn 20000 dogs"),
        ("It doesn't cost -5%", "it does not cost -5%"),
        ("C++ and class 2A at 7:30", "c++ and class 2a at 7:30"),
        ("Жуков, 3-й", "жуков 3 и"),
        ("", ""),
    ],
)
def test_a_text_is_split_into_words(text: str, found: str) -> None:
    assert words(text) == tuple(found.split())


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *(
            ("cities", "city"),
            ("dies", "die"),
            ("flies", "fly"),
            ("dogs", "dog"),
            ("gas", "gas"),
            ("cats", "cat"),
        ),
        *(("boss", "boss"), ("bus", "bus"), ("basis", "basis"), ("city", "city")),
    ],
)
def test_a_stem_is_without_its_plural(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_content_leaves_out_what_carries_none_unless_nothing_else_is_left() -> None:
    assert content_words("the dogs of the city") == ("dog", "city")
    assert content_words("of the") == ("of", "the")


@pytest.mark.parametrize(
    ("gold", "answer", "share"),
    [("a b", "b c", 0.5), ("a a", "a", 0.5), ("a", "a a", 1.0), ("", "a", 0.0), ("a", "", 0.0)],
)
def test_recall_is_the_share_of_the_golds_words(gold: str, answer: str, share: float) -> None:
    assert recall(tuple(gold.split()), tuple(answer.split())) == share


@pytest.mark.parametrize(
    ("left", "right", "f1"),
    [
        ("a b", "b c", 0.5),
        ("a b", "a b", 1.0),
        ("a", "b c", 0.0),
        ("a", "a b c", 0.5),
        ("", "a", 0.0),
        ("", "", 0.0),
    ],
)
def test_overlap_is_f1_of_two_bags(left: str, right: str, f1: float) -> None:
    one, other = tuple(left.split()), tuple(right.split())
    assert overlap(one, other) == overlap(other, one) == f1


def test_words_after_a_number_that_count_nothing_are_more_than_function_words() -> None:
    assert FUNCTION_WORDS < NOT_COUNTED
    assert {"or", "more", "tall", "yesterday"} <= NOT_COUNTED
