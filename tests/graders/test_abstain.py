"""Refusals: what is one, what is said beside it, and whether the answer opens with it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.abstain import Refusal, refusal
from fbench.grading.graders.vocabulary import NO_ANSWER


@pytest.mark.parametrize("form", sorted(NO_ANSWER))
def test_every_form_of_no_answer_is_a_refusal_and_nothing_more(form: str) -> None:
    told = refusal(f"**{form.capitalize()}.**")
    assert told is not None
    assert told == Refusal(opens=True, rest="")
    assert told.complete is True


@pytest.mark.parametrize(
    "sentence",
    [
        *("I'm sorry.", "I am unable to help.", "I was not aware of it", "I'm not certain.", "As an AI, no."),
        *("I don't have that.", "I do not know it", "I could not verify that", "I can\u2019t say"),
        *("I have no information on her.", "I lack it", "I apologize.", "I apologise.", "Sorry, I can't."),
        *("I really don't know.", "I honestly have no idea.", "I have absolutely no clue.", "i dont know it"),
        *("I do not recall.", "I cannot remember.", "I wish I knew.", "My apologies.", "I simply lack it"),
        *(
            "I do not really know",
            "Hello, this is Chat. I'm sorry.",
            "Hi! I don't know.",
            "Thank you. No idea.",
        ),
        *("There is no record of it.", "There are insufficient details here", "There was not enough data."),
        *("No public data is known", "No information about it", "It's unclear who won."),
        *("That cannot be determined.", "Unable to answer.", "The date was not disclosed."),
        *("Speaking as an AI, that lies beyond me.", "Greetings to you. NA", "Mi dispiace."),
        *("The sums are not publicly available.", "It is not known", "It is unknown to me"),
    ],
)
def test_a_sentence_of_a_model_that_gives_up_is_a_refusal(sentence: str) -> None:
    assert refusal(sentence) == Refusal(opens=True, rest="")


@pytest.mark.parametrize(
    "answer",
    [
        *("", "...", "Paris", "It is not Paris.", "Nonetheless", "The Unknown Soldier", "He was sorry"),
        *("There is a record of it.", "Nobody knows him there", "They know it."),
    ],
)
def test_an_answer_that_says_something_is_none(answer: str) -> None:
    assert refusal(answer) is None


@pytest.mark.parametrize(
    ("answer", "opens", "rest"),
    [
        ("I don't know. It may be Paris.", True, "It may be Paris."),
        ("It may be Paris. I don't know.", False, "It may be Paris."),
        ("I'm not sure, but it may be Paris", True, "but it may be Paris"),
        ("I'm not sure, however it may be Paris", True, "however it may be Paris"),
        ("I am unable to say; Paris", True, "Paris"),
        ("Sorry, I cannot help\n\nParis", True, "Paris"),
        ("Paris. I don't know more. Or Lyon! I am unable to say", False, "Paris. Or Lyon!"),
        ("*** ... I don't know.", True, ""),
        ("Unknown. - Unknown!", True, "- Unknown!"),
    ],
)
def test_what_is_said_beside_a_refusal_is_kept(answer: str, opens: bool, rest: str) -> None:
    told = refusal(answer)
    assert told is not None
    assert told == Refusal(opens, rest)
    assert told.complete is (rest == "")


def test_a_rest_of_signs_says_nothing() -> None:
    assert Refusal(opens=True, rest="- ?").complete
    assert not Refusal(opens=True, rest="7").complete


def test_a_refusal_is_shared_and_so_cannot_be_changed() -> None:
    told = refusal("I don't know.")
    assert told is refusal("I don't know.")
    with pytest.raises(FrozenInstanceError):
        setattr(told, "rest", "Paris")  # noqa: B010 - a type checker forbids the plain form
    assert not hasattr(told, "__dict__")


def test_a_bare_sorry_is_no_answer_beside_its_refusal() -> None:
    refused = refusal("Sorry, but I don't know.")
    assert refused is not None
    assert refused.complete


@pytest.mark.parametrize(
    "answer", ["The sign of sodium is:\nNa", "I know that one. Na.", "Sodium. Na. A metal."]
)
def test_na_with_more_beside_it_is_sodium(answer: str) -> None:
    assert refusal(answer) is None
    assert grade(Item("What is the sign of sodium?", ("Na",)), answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize("answer", ["It is:\nEntschuldigung", "How one says so? Entschuldigung!"])
def test_an_apology_that_opens_nothing_may_be_what_is_asked_for(answer: str) -> None:
    assert refusal(answer) is None
    assert refusal("Non lo so. Mi dispiace.") == Refusal(opens=True, rest="")
