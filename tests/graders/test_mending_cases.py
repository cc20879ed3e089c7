"""Answers that lost or won a space, or a note's number, on their way out of a page."""

from __future__ import annotations

import pytest

from fbench.graders.mending import mended


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        ("born in1983. He", "born in 1983. He"),
        ("written byJames Brown", "written by James Brown"),
        ("it is 12. 9 km long", "it is 12.9 km long"),
        ("It is so.\u00b9\u00b2", "It is so."),
        ("in Henderson23.", "in Henderson 23."),
        ("on March 3, 19831.", "on March 3, 1983."),
    ],
)
def test_what_is_broken_is_mended(answer: str, whole: str) -> None:
    assert mended(answer, "What is it?") == whole


@pytest.mark.parametrize(
    "answer",
    ["", "It is so.", "The iPhone 12", "McDonald", "in 1983", "It has 10 m\u00b2", "There were 12. Then"],
)
def test_what_is_whole_stays_as_it_is(answer: str) -> None:
    assert mended(answer, "What is it?") == answer


@pytest.mark.parametrize("question", ["When was it?", "What YEAR was it?", "On which date?"])
def test_a_year_loses_its_note_where_a_time_is_asked_for(question: str) -> None:
    assert mended("It was in 19831.", question) == "It was in 1983."
    assert mended("It cost 19831.", "What did it cost?") == "It cost 19831."
