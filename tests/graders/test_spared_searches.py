"""What spares most texts a search never hides a text from it."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.grading.graders.abstain import refusal
from fbench.grading.graders.correction import corrected
from fbench.grading.graders.name import names_person
from fbench.grading.graders.negation import asserted, negations
from fbench.grading.graders.normalise import letter_runs, word_set
from fbench.grading.graders.retraction import upheld
from fbench.grading.graders.terms import terms


@given(st.text() | st.text(alphabet=string.printable))
def test_the_words_of_a_text_are_its_runs_of_word_characters(text: str) -> None:
    assert word_set(text) == set(re.findall(r"\w+", text))


@given(st.text(alphabet=string.printable))
def test_runs_of_letters_are_those_that_a_pattern_finds(text: str) -> None:
    assert letter_runs(text) == re.findall(r"[a-zA-Z]+", text)


NEGATIONS = """
not|never|neither|nor|cannot|no longer|rather than|instead of|other than|aint|cant|dont|doesnt|didnt
|isnt|wasnt|wont|arent|werent|hasnt|havent|couldnt|wouldnt|shouldnt|isn't|can\u2019t
"""


@pytest.mark.parametrize("negation", NEGATIONS.replace("\n", "").split("|"))
def test_every_negation_is_counted(negation: str) -> None:
    assert negations(f'So ("{negation}", it) goes') == 1
    assert asserted(f"So {negation} it").strip() in {"So", "So is", "So ca"}


@pytest.mark.parametrize("former", ["previously", "formerly"])
def test_what_was_so_once_is_not_asserted(former: str) -> None:
    assert asserted(f"Rome, {former} Paris").strip() == "Rome,"


RETRACTIONS = """
Paris is not the answer|Paris isnot the answer|Paris is incorrect|Paris is untrue|Paris? Nope
|It is anything but Paris|It is hardly Paris|It is different from Paris|I doubt that Paris is it
|It's doubtful that Paris is it|It is a misconception that it is Paris
|It is often misattributed to Paris|It is miscredited to Paris|It is erroneously ascribed to Paris
|It is often confused with Paris|It is unlike Paris|It is in contrast to Paris
|It is as opposed to Paris|It used to be Paris|It was Paris, but it is now
|You might expect Paris, however
"""


@pytest.mark.parametrize("claim", RETRACTIONS.replace("\n", "").split("|"))
def test_every_way_to_take_a_claim_back_is_seen(claim: str) -> None:
    assert "Paris" not in upheld(f"{claim}.", "What is it?")


CORRECTIONS = """
no, wait|no sorry|scratch that|strike that|on second thought|my mistake|my bad|let me correct that
|I misspoke|I take that back|I was wrong|I made a mistake|I got that wrong|I stand corrected
|that's wrong|that was not right|correction|I meant|or rather|make that|actually|oops|whoops|erratum
|nein, warte|quatsch|korrektur|ich meinte|besser gesagt|genauer gesagt|non, attends|je voulais dire
|ou plut\u00f4t|no, espera|quise decir|mejor dicho|n\u00e3o, espera|ou melhor|queria dizer
|nee, wacht|ik bedoelde|sorry|pardon|excuse me|hmm|er|erm|uh|um|hold on|rather|well, actually|nope
|oh well actually
|entschuldigung|verzeihung|vielmehr|perd\u00f3n|digo|scusa|anzi|desculpe|ali\u00e1s
"""


@pytest.mark.parametrize("mark", CORRECTIONS.replace("\n", "").split("|"))
def test_every_correction_is_seen(mark: str) -> None:
    assert corrected(f"Paris, {mark}, Rome") == "Rome"


def test_an_assistant_that_refuses_as_one_is_seen() -> None:
    assert refusal("Speaking as an AI, that lies beyond me") is not None


@pytest.mark.parametrize("answer", ["Nadal's, by far", "It was Rafa Nadal's racket.", "rafa nadal's"])
def test_a_surname_is_found_with_its_possessive(answer: str) -> None:
    assert names_person("Rafael Nadal", answer, "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ted's half-brother", "ted halfbrother"),
        ("the U.S.A.", "the america"),
        ("UK's 21st, 1,000th at 5:00", "britain 21 1000 at 5"),
        ("J. K. Lee", "jk lee"),
    ],
)
def test_terms_of_texts_that_need_more_than_a_split(text: str, found: str) -> None:
    assert " ".join(terms(text)) == found
