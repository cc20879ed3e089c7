"""The rules for yes and no, for no answer, and for invented names."""

from __future__ import annotations

import pytest

from fbench.grading.graders import Item, grade
from fbench.grading.graders.invented_name import invented_name
from fbench.grading.graders.model import Verdict
from fbench.grading.graders.none import none, says_none
from fbench.grading.graders.yes_no import polarity, yes_no


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Yes", "yes"),
        ("**No.**", "no"),
        ("Yes, indeed yes", "yes"),
        ("True", "yes"),
        ("correct.", "yes"),
        ("Yeah", "yes"),
        ("yep", "yes"),
        ("False", "no"),
        ("Nope", "no"),
        ("Yes, it is no longer so", "yes"),
        ("Yes and no", ""),
        ("Perhaps", ""),
        ("No matter what, yes", "yes"),
        ("No problem! Yes", "yes"),
        ("Yes, with no exceptions", "yes"),
        ("Yes, in no small amount", "yes"),
        ("Yes, there is no need", "yes"),
        ("Yes, there are no others", "yes"),
        ("It has no end, yes", "yes"),
        ("They have no end, yes", "yes"),
        ("Yes, by no small amount", "yes"),
        ("The answer is no", "no"),
        ("no reason", ""),
        ("Yes, not no", "yes"),
        ("Yes rather than no", "yes"),
        ("No instead of yes", "no"),
        ("It is not no but yes", "yes"),
        ("It is true", ""),
        ("It is not yes", ""),
        ("never a no", ""),
        ("nowhere", ""),
        ("Да: yes", "yes"),
        ("True, but the answer is no", "no"),
        ("It most certainly is not", "no"),
        ("It most certainly really is not", ""),
        ("It is a knot", ""),
        ("Mais bien sûr que si", "yes"),
        ("Ich glaube das schon ja", "yes"),
        ("Ich glaube das jetzt schon ja", ""),
        ("", ""),
    ],
)
def test_an_answer_has_a_polarity_or_none(answer: str, expected: str) -> None:
    assert polarity(answer) == expected


@pytest.mark.parametrize(
    ("gold", "answer", "verdict", "reason"),
    [
        ("Yes", "yes, it is", Verdict.CORRECT, "both say yes"),
        ("No", "false", Verdict.CORRECT, "both say no"),
        ("Yes", "No", Verdict.INCORRECT, "the answer says no"),
        ("No", "Yes", Verdict.INCORRECT, "the answer says yes"),
        ("No", "Yes or no", Verdict.INCORRECT, "the answer does not say exactly one of yes and no"),
    ],
)
def test_a_polarity_is_the_golds_or_is_not(gold: str, answer: str, verdict: Verdict, reason: str) -> None:
    told = yes_no(gold, answer, "")
    assert (told.verdict, told.reason) == (verdict, reason)


@pytest.mark.parametrize("answer", ["None", "none.", "**N/A**", "Unknown", "I don't know"])
def test_these_are_forms_for_no_answer(answer: str) -> None:
    assert says_none(answer) is True
    assert none("None", answer, "").verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", ["Nonetheless", "None of them but one", "7", ""])
def test_these_are_not(answer: str) -> None:
    assert says_none(answer) is False
    told = none("None", answer, "")
    assert (told.verdict, told.reason) == (Verdict.INCORRECT, "the answer gives one where there is none")


def test_a_refusal_alone_says_that_there_is_none() -> None:
    told = none("None", "I'm sorry, but I cannot answer that.", "")
    assert (told.verdict, told.reason) == (Verdict.CORRECT, "the answer says that there is none")
    assert none("None", "I'm not sure. It is 7.", "").verdict is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "reason"),
    [
        ("Nakanol", "**nakanol**.", "the name is the gold"),
        ("Nakanol", "She lives in the town of Nakanol.", "the answer names the gold and nothing else"),
        ("Big Nakanol", "He lives in Big Nakanol", "the answer names the gold and nothing else"),
        ("Nakanol", "Her birthplace is Nakanol", "the answer names the gold and nothing else"),
    ],
)
def test_an_invented_name_may_stand_in_a_sentence(gold: str, answer: str, reason: str) -> None:
    told = invented_name(gold, answer, "What are the birthplaces of the friends?")
    assert (told.verdict, told.reason) == (Verdict.CORRECT, reason)


@pytest.mark.parametrize(
    ("gold", "answer", "reason"),
    [
        ("Nakanol", "Nakanolaj", "the answer does not name the gold"),
        ("Nakanol", "Dakid", "the answer does not name the gold"),
        ("Nakanol", "not Nakanol", "the answer does not name the gold"),
        ("Big Nakanol", "Nakanol is Big", "the answer does not name the gold"),
        ("Nakanol", "", "the answer does not name the gold"),
        ("...", "She lives there", "the answer does not name the gold"),
        ("Nakanol", "Nakanol or Dakid", "the answer says more than the name: 'or'"),
        ("Nakanol", "In Dakid near Nakanol", "the answer says more than the name: 'dakid'"),
        ("Nakanol", "Her birthplace is Nakanol", "the answer says more than the name: 'birthplace'"),
    ],
)
def test_another_name_or_one_more_is_incorrect(gold: str, answer: str, reason: str) -> None:
    told = invented_name(gold, answer, "Where does she live?")
    assert (told.verdict, told.reason) == (Verdict.INCORRECT, reason)


def test_a_choice_of_made_up_names_is_no_answer() -> None:
    item = Item("Which drug is now recommended?", ("Nakanol",))
    assert grade(item, "It is Nakanol").verdict is Verdict.CORRECT
    assert grade(item, "Nakanol or Nakanal").verdict is Verdict.INCORRECT
