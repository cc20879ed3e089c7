"""Abbreviations said for what they stand for, and the other way round."""

from __future__ import annotations

import pytest

from fbench.graders.abbreviations import abbreviates


@pytest.mark.parametrize(
    ("gold", "answer", "expected"),
    [
        ("World Health Organization", "It was the WHO.", True),
        ("World Health Organization", "the W.H.O. said so", True),
        ("World Health Organization", "who said so", False),
        ("World Health Organization", "the WTO", False),
        ("the University of York", "UY", True),
        ("United Nations", "the UN", True),
        ("United Nations", "UNO", False),
        ("Nations", "N", False),
        ("adenosine diphosphate (ADP)", "ADP", True),
        ("Organization (WHO)", "the WHO", True),
        ("adenosine", "ADP", False),
        ("WHO", "World Health Organization", True),
        ("W.H.O.", "the World Health Organization", True),
        ("WHO", "World Trade Organization", False),
        ("UN", "United Nations", False),
        ("BBCC", "Big Bad Cool Cats", True),
        ("Who", "World Health Organization", False),
        ("", "World Health Organization", False),
    ],
)
def test_capitals_abbreviate_the_words_that_begin_with_them(gold: str, answer: str, expected: bool) -> None:
    assert abbreviates(gold, answer) is expected
