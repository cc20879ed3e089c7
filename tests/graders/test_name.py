"""Names of people: how much of one is enough, and when it is another's."""

from __future__ import annotations

import pytest

from fbench.grading.graders.model import Verdict
from fbench.grading.graders.name import name, names_person
from fbench.grading.graders.vocabulary import TITLES

CORRECT, INCORRECT = Verdict.CORRECT, Verdict.INCORRECT
ASKED = "Who won the open?"


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("Rafael Nadal", "Rafael Nadal"),
        ("Rafael Nadal", "Nadal"),
        ("Rafael Nadal", "nadal"),
        ("Rafael Nadal", "NADAL, Rafael"),
        ("Rafael Nadal", "it was nadal, in paris"),
        ("Rafael Nadal", "It was Nadal's fifth title"),
        ("Rafael Nadal", "Nadal\u2019s Uncle Toni saw it"),
        ("Rafael Nadal", "Nadal's Uncle Toni saw it"),
        ("Rafael Nadal", "Mr. Nadal"),
        ("Rafael Nadal", "R. Nadal"),
        ("Rafael Nadal", "Rafa Nadal"),
        ("Rafael Nadal", "Rafeal Nadal"),
        ("Rafael Nadal", "Rafael Parera Nadal"),
        ("Rafael Nadal", "In Paris the winner, Nadal, wept"),
        ("Rafael Nadal", "The Nadal family"),
        ("Dr. Rafael Nadal", "Nadal, Rafael"),
        ("Rafael M. Nadal", "Rafael Nadal"),
        ("Bo Xu", "Xu"),
        ("Nadal", "It was Rafael who won, then Nadal"),
        ("Samia Suluhu Hassan", "Samia Suluhu"),
        ("Samia Suluhu Hassan", "Suluhu Hassan"),
        ("Samia Suluhu Hassan", "Samia Hassan"),
        ("Samia Suluhu Hassan", "Suluhi Hassan"),
        ("James Flynn", "Jimmy Flynn"),
        ("James Earl Jones", "James Earl"),
        ("James Earl Jones", "James Earl Jr."),
        ("James Earl Jones", "Earl Jones, James"),
        ("Abraham Lincoln", "Abe Lincoln"),
        ("Nicholas II", "Nicholas II of Russia"),
        ("Nicholas II", "Tsar Nicholas"),
        ("Rafael Nadal", "Rafa Parera Nadal"),
        ("Nadal", "Toni Nadal"),
        ("James Earl Ray Jones", "Jim E. Jones"),
    ],
)
def test_these_name_the_person(gold: str, answer: str) -> None:
    assert names_person(gold, answer, ASKED) is True
    assert name(gold, answer, ASKED).verdict is CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("James Earl Jones", "James Earl Ray"),
        ("James Earl Jones", "James J. Jones"),
        ("Rafael Nadal", "Toni Nadal"),
        ("Rafael Nadal", "Nadal Toni"),
        ("Rafael Nadal", "toni nadal"),
        ("Rafael Nadal", "Nadal and then Toni Nadal"),
        ("Rafael Nadal", "T. Nadal"),
        ("Rafael Nadal", "Rafael"),
        ("Rafael Nadal", "Roger Federer"),
        ("Rafael Nadal", "Nadals"),
        ("Rafael Nadal", "Ra"),
        ("Bo Xu", "Bu Xu"),
        ("Samia Suluhu Hassan", "Ali Hassan"),
        ("Samia Suluhu Hassan", "Samia"),
        ("Samia Suluhu Hassan", "Suluhu"),
        ("King", "Stephen"),
        ("Robert Roberts", "Toni Roberts"),
        ("Robert Lee Roberts", "Toni Roberts"),
        ("", "Nadal"),
        ("A", "A"),
    ],
)
def test_these_do_not(gold: str, answer: str) -> None:
    assert names_person(gold, answer, ASKED) is False


@pytest.mark.parametrize("title", sorted(TITLES))
def test_no_title_is_part_of_a_name_or_makes_it_another_s(title: str) -> None:
    assert names_person("Rafael Nadal", f"{title.title()} Nadal", ASKED)
    assert names_person(f"{title.title()} Rafael Nadal", "Rafael Nadal", ASKED)
    assert not names_person(f"Nadal {title.title()}", title.title(), ASKED)


def test_a_gold_of_a_title_alone_names_nobody() -> None:
    assert names_person("Pope", "Pope", "") is False


@pytest.mark.parametrize(
    ("gold", "answer", "question", "expected"),
    [
        ("Rafael Nadal", "Nadal", "Which Nadal won?", False),
        ("Rafael Nadal", "Rafael Nadal", "Which Nadal won?", True),
        ("Samia Suluhu Hassan", "Samia Suluhu", "Which Hassan won?", True),
        ("Samia Suluhu Hassan", "Samia Suluhu", "Which Samia won?", False),
        ("Samia Suluhu Hassan", "the Samia of suluhu", "Who?", True),
        ("Samia Suluhu Hassan", "the samia of suluhu", "Who?", True),
        ("Samia Suluhu Hassan", "The samia of Suluhu", "Who?", False),
        ("Rafael Nadal", "The nadal won", "Who?", False),
    ],
)
def test_what_the_question_gives_and_what_is_no_name_names_nobody(
    gold: str, answer: str, question: str, expected: bool
) -> None:
    assert names_person(gold, answer, question) is expected


@pytest.mark.parametrize(
    ("gold", "answer", "question", "verdict", "reason"),
    [
        ("Rafael Nadal", "Nadal or Federer", ASKED, INCORRECT, "the answer offers a choice of names"),
        ("Rafael Nadal", "Nadal", ASKED, CORRECT, "the answer names the person"),
        ("Rafael Nadal", "Toni Nadal", ASKED, INCORRECT, "the answer names another person of that name"),
        ("Rafael Nadal", "Nadal and then Toni Nadal", ASKED, INCORRECT, "another person"),
        ("Samia Suluhu Hassan", "Ali Hassan", ASKED, INCORRECT, "another person"),
        ("Samia Suluhu Hassan", "Suluhu", ASKED, INCORRECT, "another person"),
        ("Rafael Nadal", "Rafael", ASKED, INCORRECT, "the answer names another person of that name"),
        ("Rafael Nadal", "Rafael of Mallorca", ASKED, INCORRECT, ""),
        ("Rafael Nadal", "Federer", ASKED, INCORRECT, ""),
        ("Rafael Nadal", "Rafael Nadall", ASKED, CORRECT, ""),
        ("John Paul Jones", "John David Jones", ASKED, INCORRECT, "another person"),
        ("Peter Luis Moore", "Peter P. Moore", ASKED, INCORRECT, "another person"),
        ("American Bar Association", "American Basketball Association", ASKED, INCORRECT, "another person"),
        ("Rafael Nadal", "Nadal", "Which Nadal?", INCORRECT, ""),
        ("Pope", "The Pope", ASKED, CORRECT, "the gold stands in the answer"),
        ("A", "B", ASKED, INCORRECT, ""),
    ],
)
def test_the_verdict_on_a_name_has_its_reason(
    gold: str, answer: str, question: str, verdict: Verdict, reason: str
) -> None:
    told = name(gold, answer, question)
    assert (told.verdict, told.grader) == (verdict, "name")
    assert reason in told.reason


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("it was won by nadal", True),
        ("it was nadal who won", True),
        ("nadal", True),
        ("rafa nadal", True),
        ("toni nadal", False),
        ("it was won by toni nadal", False),
    ],
)
def test_without_capitals_a_name_ends_at_a_word_of_little_meaning(answer: str, named: bool) -> None:
    assert names_person("Rafael Nadal", answer, "Who won?") is named


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("Nicholas II", "Nicholas III"),
        ("Nicholas II", "Nicholas I"),
        ("Henry VIII", "Henry V"),
        ("John Paul II", "John Paul I"),
        ("Dale Earnhardt Jr.", "Dale Earnhardt Sr."),
        ("Pliny the Elder", "Pliny the Younger"),
        ("Samuel L. Jackson", "Samuel M. Jackson"),
    ],
)
def test_a_namesake_of_another_number_is_another_person(gold: str, answer: str) -> None:
    told = name(gold, answer, ASKED)
    assert (told.verdict, told.reason) == (INCORRECT, "the answer names another of that name")
