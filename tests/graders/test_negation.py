"""What an answer denies, and what it does not."""

from __future__ import annotations

import pytest

from fbench.grading.graders.negation import asserted, denies, negated_at_first, negations


@pytest.mark.parametrize(
    "denial",
    [
        *("was not", "Never was", "was neither", "nor was it", "cannot be", "was no longer", "isn't"),
        *("was Lyon rather than", "was Lyon instead of", "was other than", "wasn\u2019t", "wasnt"),
    ],
)
def test_every_form_of_negation_counts_and_denies_what_follows(denial: str) -> None:
    assert negations(f"It {denial} Paris.") == 1
    assert denies(f"It {denial} Paris.", "Paris", "")
    kept = asserted(f"In 1990 it {denial} Paris, Rome")
    assert kept.startswith("In 1990 it ")
    assert kept.endswith(", Rome")
    assert "Paris" not in kept


@pytest.mark.parametrize(
    "answer", ["Sulfur. It is not S.", "As not S", "Sx and not S", "SSS and not S", "Not S"]
)
def test_a_gold_within_a_longer_word_is_not_mentioned(answer: str) -> None:
    assert denies(answer, "S", "")
    assert not denies("Sulfur is not so", "S", "")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It is Paris.", 0),
        ("Nothing is known about another notion", 0),
        ("It is not only Paris", 0),
        ("It is not Paris, nor is it Rome.", 2),
        ("It isn't, and it never was, and will not be", 3),
    ],
)
def test_negations_are_counted(text: str, number: int) -> None:
    assert negations(text) == number


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It is Paris.", "It is Paris."),
        ("Not Paris but Rome", "but Rome"),
        ("It is Rome, not Paris", "It is Rome, "),
        ("It is not Paris. It is Rome", "It is . It is Rome"),
        ("It was previously Paris, formerly Lyon; now Rome", "It was , ; now Rome"),
        ("It is not 1,500 or 2.5 m, it is 7", "It is , it is 7"),
        ("It was not Paris and is Rome", "It was and is Rome"),
        ("Not only Paris", "Not only Paris"),
        ("", ""),
    ],
)
def test_what_is_denied_or_called_former_is_not_asserted_up_to_the_end_of_its_clause(
    text: str, kept: str
) -> None:
    assert asserted(text) == kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Not so.", True),
        ("Nobody did", True),
        ("It wasn't he. He was ill.", True),
        ("He did. Nobody else did.", False),
        ("He did\nNobody else did.", False),
        ("He did, at 7.30 p.m.", False),
        ("He got 7.5 and nobody else did", True),
        ("", False),
    ],
)
def test_a_denial_counts_in_the_first_sentence_only(text: str, expected: bool) -> None:
    assert negated_at_first(text) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("It is not Paris", True),
        ("It isn't PARIS.", True),
        ("Not Paris, and never Paris", True),
        ("It is Paris.", False),
        ("Paris, not Rome", False),
        ("It is not Rome", False),
        ("It is not Rome, it is Paris", False),
        ("It is not Rome but Paris", False),
        ("It is not Paris. It is Paris", False),
        ("It is Paris, it is not Paris", False),
        ("Rome? No: not Rome, not Lyon, and certainly not Paris", True),
        ("Rome? Not Rome, not Lyon, but certainly Paris", False),
        ("Rome, Lyon and Nice, not Paris", True),
        ("Not Rome, not Paris. Rome, Lyon", True),
        ("Paris, and not Paris", False),
        ("A town, not Paris, not Rome, Paris", False),
        ('In "Never Too Late" it is Paris', False),
        ('In "Never Too Late" it is not Paris', True),
        ('It is "not Paris"', True),
        ("", False),
    ],
)
def test_a_gold_is_denied_where_each_mention_follows_a_negation_in_its_clause(
    answer: str, expected: bool
) -> None:
    assert denies(answer, "**Paris**", "Which city is it?") is expected


def test_a_gold_without_words_is_never_denied() -> None:
    assert denies("It is not so", " ", "") is False


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Es ist nicht Paris", True),
        ("Das ist Paris, nicht Paris in Texas", False),
        ("Nicht Paris in Texas, sondern Paris", False),
        ("Es war nicht die Weltausstellungsvorbereitungsgruppe Paris", False),
        ("Şehir Paris değil Roma", True),
        ("Şehir Roma değil Paris", False),
    ],
)
def test_another_language_must_deny_each_mention_too(answer: str, expected: bool) -> None:
    assert denies(answer, "Paris", "") is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The city that they had not razed was Prague", False),
        ("They had not razed Prague", False),
        ("It was not even Prague", True),
        ("Not Prague", True),
        ("Razed, not spared: Prague", False),
    ],
)
def test_where_the_question_is_negated_a_negation_must_be_next_to_what_it_denies(
    answer: str, expected: bool
) -> None:
    assert denies(answer, "Prague", "Which city had they not razed?") is expected
