"""Texts brought to one form: what is dropped, what is peeled off, and what must stay."""

from __future__ import annotations

import unicodedata

import pytest

from fbench.grading.graders.normalise import (
    has_content,
    normalise,
    plain,
    tidy,
    unwrap,
    without_question,
    word_set,
)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", ""),
        ("  The  Quick\n\tFOX ", "the quick fox"),
        ("don`t", "don't"),
        ("don\u2019t \u2018x\u2032", "don't 'x'"),
        ("\u201cyes\u201d \u00abno\u00bb", '"yes" "no"'),
        ("1\u20132 \u22125", "1-2 -5"),
        ("one\u2014two", "one - two"),
        ("\u2265 5 \u2264 6 2\u00d73", ">= 5 <= 6 2x3"),
        ("Caf\u00e9 STRASSE stra\u00dfe", "cafe strasse strasse"),
        ("1\u00bd m\u00b2", "1 1/2 m2"),
        ("10\u00b3", "10^3"),
        ("zero\u200bwidth\u00ad", "zerowidth"),
        ("\ud800lone", "lone"),
        ("\uff11\uff12\ufb01", "12fi"),
        ("\u6771\u4eac", "\u6771\u4eac"),
    ],
)
def test_equal_answers_become_equal_strings(text: str, form: str) -> None:
    assert normalise(text) == form
    assert normalise(form) == form
    assert normalise(unicodedata.normalize("NFD", text)) == form


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("", ""),
        ("  ", ""),
        (".", ""),
        ("...", ""),
        ("Paris", "Paris"),
        (" Paris .. ", "Paris"),
        ("\tParis.\n. ", "Paris"),
        (".5", ".5"),
        ("U.S.", "U.S"),
        ('"Paris"', "Paris"),
        ("**`Paris`.**", "Paris"),
        ("```\nfit\n```", "fit"),
        (" ```python\nfit(x)\n```. ", "fit(x)"),
        ("Use ```fit```", "Use ```fit```"),
        ("Sure! The answer is Paris.", "Paris"),
        ("Certainly, the answer is Paris", "Paris"),
        ("Of course: Paris", "Of course: Paris"),
        ('" Paris. "', "Paris"),
        ("\u201cParis\u201d", "Paris"),
        ("\u2018Paris\u2019.", "Paris"),
        ("\u201dParis\u201c", "\u201dParis\u201c"),
        ("'Paris\"", "'Paris\""),
        ("5'11\"", "5'11\""),
        ('"', '"'),
        ('""', ""),
        ('"*"', "*"),
        ('"a"', "a"),
        ("*a", "*a"),
        ("a*", "a*"),
        ("'a'.'", "a'"),
    ],
)
def test_pairs_of_marks_white_space_and_final_stops_are_peeled_off(text: str, inside: str) -> None:
    assert unwrap(text) == inside


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("The answer is Paris.", "Paris"),
        ("So, my final answer: Paris", "Paris"),
        ("ANSWER = Paris", "Paris"),
        ("**Answer:** Paris", "Paris"),
        ("The answer is **Paris**.", "Paris"),
        ('The correct answer is "Paris."', "Paris"),
        ("A: Paris", "Paris"),
        ("# Answer\n: Paris", "Paris"),
        ("The answer is 6'1\"", "6'1\""),
        ("The answer is", "The answer is"),
        ("Answer:", "Answer:"),
        ("a:b", "a:b"),
        ("The answer isn't Paris", "The answer isn't Paris"),
        ("Paris is the answer", "Paris is the answer"),
    ],
)
def test_a_lead_to_the_answer_is_left_out(text: str, inside: str) -> None:
    assert unwrap(text) == inside


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("## Answer\n\n**Paris**", "Paris"),
        ("**Answer**\n* Paris", "Paris"),
        ("### Final answer\n\n> Paris", "Paris"),
        ("Response:\nParis", "Paris"),
        ("1. **Paris**", "Paris"),
        ("- **Answer:** Paris", "Paris"),
        ("- Paris", "Paris"),
        ("\u2022 Paris", "Paris"),
        ("### Final answer\n\n> 120 mmHg", "120 mmHg"),
        ("1. FC Nord", "1. FC Nord"),
        ("- 5 degrees", "- 5 degrees"),
        ("-5", "-5"),
        ("+ 5", "+ 5"),
        ("- Paris\n- Lyon", "- Paris\n- Lyon"),
        ("Answer\n", "Answer"),
        ("The answer may be\nParis", "The answer may be\nParis"),
        ("Result oriented\nParis", "Result oriented\nParis"),
    ],
)
def test_a_heading_that_announces_the_answer_and_the_mark_of_one_item_are_left_out(
    text: str, inside: str
) -> None:
    assert unwrap(text) == inside


def test_a_plain_text_keeps_its_case_and_inner_marks() -> None:
    assert plain(" **Cafe\u0301   d\u2019Or.** ") == "Caf\u00e9 d\u2019Or"


@pytest.mark.parametrize(("text", "expected"), [("a", True), ("-7", True), ("_", False), (" ?!", False)])
def test_letters_and_digits_are_content(text: str, expected: bool) -> None:
    assert has_content(text) is expected


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ""),
        ("  one   two ", "one two"),
        (" one\t\ttwo\n \n\nthree ", "one two\nthree"),
        ("Cafe\u0301  noir", "Caf\u00e9 noir"),
        ("\u00e9 a\nb", "\u00e9 a\nb"),
        ("\ufeff\u200bfit\u2060", "fit"),
    ],
)
def test_a_tidy_text_has_single_spaces_and_no_empty_lines(text: str, lines: str) -> None:
    assert tidy(text) == lines


@pytest.mark.parametrize(
    ("response", "question", "rest"),
    [
        ("What is it? Gold", "What is it?", " Gold"),
        ("  WHAT IS IT? Gold", " What is it? ", " Gold"),
        ("Gold. What is it?", "What is it?", "Gold. What is it?"),
        (" Gold", "What is it?", " Gold"),
        (" Gold", " ", " Gold"),
        ("", "", ""),
    ],
)
def test_a_question_that_is_repeated_at_the_start_is_left_out(
    response: str, question: str, rest: str
) -> None:
    assert without_question(response, question) == rest


@pytest.mark.parametrize(("written", "plainly"), [("don\u00b4t", "don't"), ("6\u2033", '6"')])
def test_a_quote_is_not_taken_apart(written: str, plainly: str) -> None:
    assert normalise(written) == plainly


def test_one_lead_may_follow_another() -> None:
    assert unwrap("The answer is Answer: None.") == "None"
    assert unwrap('**Final answer:** "The answer is: `fast_ica`."') == "fast_ica"


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        (" Rome", "rome"),
        ("Rome ", "rome"),
        ("Old  Rome", "old rome"),
        ("\u0969\u096b km", "35 km"),
        ("\u0667", "7"),
    ],
)
def test_spaces_are_single_and_digits_of_all_scripts_are_one(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The_1 dog, the2 cat.", "The_1 dog the2 cat"),
        ("\u0416\u0443\u043a\u043e\u0432, 3", "\u0416\u0443\u043a\u043e\u0432 3"),
    ],
)
def test_the_words_of_a_text_stand_between_signs(text: str, words: str) -> None:
    assert word_set(text) == set(words.split())
