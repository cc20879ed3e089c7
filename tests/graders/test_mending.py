"""What taking text out of web pages did to an answer is mended before it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.mending import mended

LITTLE = frozenset(
    {"in", "on", "at", "to", "by", "of", "and", "the", "is", "was", "were", "are", "from", "into", "for"}
    | {"since", "until", "after", "around", "about", "as", "with"}
)


@pytest.mark.parametrize("word", sorted(LITTLE))
def test_a_little_word_is_parted_from_the_number_or_name_it_ran_into(word: str) -> None:
    assert mended(f"There, {word}1984", "") == f"There, {word} 1984"
    assert mended(f"There, {word}James", "") == f"There, {word} James"


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        ("a 12. 9 km stretch", "a 12.9 km stretch"),
        ("SATA 1. 5 Gbit", "SATA 1. 5 Gbit"),  # a unit may follow, but no name may come before
        ("about 3. 97 degrees", "about 3.97 degrees"),
        ("in 1993. 2 of 5 left", "in 1993. 2 of 5 left"),
        ("It has 4 seasons \u2076.", "It has 4 seasons ."),
        ("It has 4 m\u00b2 of floor", "It has 4 m\u00b2 of floor"),
        ("It was Lail1.", "It was Lail 1."),
        ("It was Lail12, then Paul3", "It was Lail 12, then Paul 3"),
        ("the MQ9 and Area51 alone", "the MQ9 and Area51 alone"),
        ("on January 19, 19631.", "on January 19, 1963."),
        ("It cost 75,0001 there", "It cost 75,0001 there"),
        ("An iPhone, a McDonald and YouTube", "An iPhone, a McDonald and YouTube"),
        ("Nothing to mend here", "Nothing to mend here"),
        ("", ""),
    ],
)
def test_what_is_broken_is_mended_and_what_is_whole_stays(answer: str, whole: str) -> None:
    assert mended(answer, "Which one?") == whole


@pytest.mark.parametrize(
    "question",
    [
        "When was it?",
        "Since when is it?",
        "What year was it?",
        "In which year?",
        "On what date?",
        "what time is it",
    ],
)
def test_a_year_loses_its_note_where_a_time_is_asked_for(question: str) -> None:
    assert mended("It came out in 19831. Then", question) == "It came out in 1983. Then"
    assert mended("It came out in 201612", question) == "It came out in 2016"
    assert mended("On May 5th, 20161", question) == "On May 5th, 2016"
    assert mended("In May 20161, and during 20171", question) == "In May 2016, and during 2017"
    assert mended("15000", question) == "15000"
    assert mended("They sold 15000 of them", question) == "They sold 15000 of them"
    assert mended("It came out in 19831. Then", "How many were there?") == "It came out in 19831. Then"
    assert mended("It came out in 14831.", question) == "It came out in 14831."


@pytest.mark.parametrize("question", ["How many were there that year?", "Who, and when, did it?"])
def test_a_question_that_speaks_of_time_asks_for_none(question: str) -> None:
    assert mended("It came to 15000", question) == "It came to 15000"


@given(st.text(max_size=60), st.sampled_from(["When?", "Who?"]))
def test_mending_what_is_mended_changes_little_and_never_fails(text: str, question: str) -> None:
    once = mended(text, question)
    assert "".join(char for char in once if char.isalpha()) == "".join(
        char for char in text if char.isalpha()
    )


def test_an_identifier_is_read_as_it_is_written() -> None:
    item = Item("What is the name of the function?", ("in126",))
    assert grade(item, "in126").verdict is Verdict.CORRECT
    assert grade(item, "in 126").verdict is Verdict.INCORRECT


def test_a_number_that_ran_into_a_word_answers_the_question() -> None:
    item = Item("How many segments has it?", ("20",))
    assert grade(item, "It is divided into20 segments.").verdict is Verdict.CORRECT
