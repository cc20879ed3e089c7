"""Golds that must stand as they are written."""

from __future__ import annotations

import pytest

from fbench.graders.model import Verdict
from fbench.graders.verbatim import verbatim


@pytest.mark.parametrize(
    ("gold", "answer", "correct"),
    [
        ("A+", "He got an A+.", True),
        ("A+", "He got an A++", False),
        ("A+", "He got an A", False),
        ("*", "Use * for it", True),
        ("*", "Use ** for it", False),
        ("100%", "It is 100% sure", True),
        ("100%", "It is 1100% sure", False),
        ("WHO", "The WHO said so today", True),
        ("WHO", "They asked who did it", False),
        ("IT", "She works in the IT team", True),
        ("IT", "She works on it there", False),
        ("I", "Nothing that I know", False),
        ("I", "It is the letter I", True),
        ("of", "It is the word of", True),
        ("of", "One of the first", False),
        ("of", "One of", True),
        ("of", "It means of all", False),
        ("of", 'The word is "of", is it?', True),
    ],
)
def test_signs_and_words_of_every_sentence_must_be_named(gold: str, answer: str, correct: bool) -> None:
    told = verbatim(gold, answer)
    assert told is not None
    assert told.verdict is (Verdict.CORRECT if correct else Verdict.INCORRECT)


@pytest.mark.parametrize("gold", ["Rome", "1000%", "of the", "the end", "B&B", "..."])
def test_other_golds_are_left_to_the_words(gold: str) -> None:
    assert verbatim(gold, gold) is None
