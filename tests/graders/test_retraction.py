"""What an answer takes back, and what stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.grading.graders import Item, Verdict, grade
from fbench.grading.graders.retraction import upheld

SURELY = ["", "definitely ", "certainly ", "surely ", "actually ", "really ", "probably "]


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        ("It was not Shelley, it was Byron", ", it was Byron"),
        ("It was not Shelley: Byron", ": Byron"),
        ("It was not Shelley but Byron", "but Byron"),
        ("Byron did. It wasn't Shelley. Ask Byron", "Byron did.  Ask Byron"),
        ("Byron did; it wasn\u2019t Shelley\nAsk", "Byron did; Ask"),
        ("It was not George W. Bush. It was Byron", " It was Byron"),
        ("It is not vitamin D. It is vitamin A.", " It is vitamin A."),
        ("It is not vitamin D.", ""),
        ("No, it is not 1,500", "No, "),
        ("She has never said so. She did not write it", "She has never said so. "),
        ("The answer is not Shelley", ""),
        ("The correct answer isn't Shelley", ""),
        ("Shelley is not the answer. Byron is", ". Byron is"),
        ("Shelley is not the right one; Byron is", "; Byron is"),
        ("Byron. Shelley is not it.", "Byron."),
        ("Byron, as we know. Shelley isn't correct here", "Byron, as we know. here"),
        ("Shelley was wrong. Byron", ". Byron"),
        ("Shelley is false", ""),
        ("Shelley is untrue", ""),
        ("Shelley is incorrect", ""),
        ("They are mistaken", ""),
        ("Shelley? No, Byron", ", Byron"),
        ("Shelley? Nope. Byron", ". Byron"),
        ("Shelley? Wrong! Byron", "! Byron"),
        ("Byron. Shelley? Not so", "Byron. so"),
        ("It is anything but Shelley. Byron", "It is  Byron"),
        ("It is hardly Shelley", "It is "),
        ("It is hardly", "It is "),
        ("? No, Byron", ", Byron"),
        ("It is different from Shelley", "It is "),
        ("Wrong answer: Shelley. Right answer: Byron", " Right answer: Byron"),
        ("The answer is not, as many believe, Shelley", ""),
        ("In short, not, as many believe, Shelley", "In short, "),
        ("I doubt that it is Shelley", "I "),
        ("It is doubtful whether Shelley did", "It is "),
        ("It is false that Shelley did; Byron did", " Byron did"),
        ("It isn't true that Shelley did", ""),
        ("It is a myth that Shelley did", "It is a "),
        ("The misconception that Shelley did", "The "),
        ("There is no way it is Shelley", "There is "),
        ("Of course it is not true that Shelley did", ""),
        ("It used to be Shelley; now it is Byron", " now it is Byron"),
        ("There used to be eight, but now there are nine", " there are nine"),
        ("It was formerly Shelley, and is now Byron", " Byron"),
        ("It was previously Shelley.", ""),
        ("It was Shelley, but is now Byron", " Byron"),
        ("It was Shelley and it's now Byron", " Byron"),
        ("Many people think it is Shelley, but it is Byron", "but it is Byron"),
        ("Some say Shelley. In fact, it is Byron", " In fact, it is Byron"),
        ("Others believed it was Shelley; however, Byron did", " however, Byron did"),
        ("It is Byron, sometimes misidentified as Shelley", "It is Byron, sometimes "),
        ("It is Byron, although many claimed it was Shelley", "It is Byron, "),
        ("Most assume Shelley while Byron is in reality right", "while Byron is in reality right"),
    ],
)
def test_what_is_taken_back_is_left_out(answer: str, rest: str) -> None:
    assert upheld(answer, "Who is the author?") == rest


@pytest.mark.parametrize("surely", SURELY)
def test_a_denial_may_be_sure(surely: str) -> None:
    assert upheld(f"It is {surely}not Shelley", "") == ""
    assert upheld(f"Shelley is {surely}not correct", "") == ""
    assert upheld(f"Shelley is {surely}wrong", "") == ""


@pytest.mark.parametrize(
    "who", ["It", "That", "This", "He", "She", "They", "The right answer", "The true one"]
)
@pytest.mark.parametrize(
    "verb",
    ["is not", "'s not", "was not", "does not", "did not", "can not", "couldn't", "hasn't", "wouldn't"],
)
def test_every_pronoun_can_open_a_denial(who: str, verb: str) -> None:
    space = "" if verb.startswith("'") else " "
    assert upheld(f"{who}{space}{verb} Shelley", "") == ""


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Shelley",
        "It was not only Shelley",
        "It was not until 1816 that Shelley began",
        "It is not easy to say, but Shelley",
        "It is not known who, but perhaps Shelley",
        "There is no doubt that it is Shelley",
        "It is without doubt that it is Shelley",
        "Shelley wrote it, not Byron",
        "Shelley did not die at once",
        "Many people think it is Shelley",
        "But many think it is Shelley",
        "Shelley is now famous",
        "Is it Shelley? It is",
        "The movement is right",
        "\u0130t is not Shelley",
    ],
)
def test_what_is_not_taken_back_stands(answer: str) -> None:
    assert upheld(answer, "Who is the author?") == answer


@pytest.mark.parametrize(
    "word", ["was", "were", "did", "had", "used", "once", "former", "formerly", "before"]
)
def test_what_was_so_once_answers_a_question_about_the_past(word: str) -> None:
    for answer in ("It used to be Shelley", "It was formerly Shelley", "Shelley, but is now Byron"):
        assert upheld(answer, f"Who {word} it?") == answer


def test_what_is_denied_of_a_place_or_thing_is_so_too() -> None:
    for answer in ("Paris is not the answer", "Paris is wrong", "It is hardly Paris", "Paris? No"):
        assert "Paris" not in upheld(answer, "Which city is it?")


@pytest.mark.parametrize(
    ("answer", "question", "rest"),
    [
        ("Rome, formerly Paris", "Which city is it?", "Rome, formerly Paris"),
        ("Ann Lee, replacing Bob Ray", "Who is the leader?", "Ann Lee, "),
        ("Ann Lee, replacing Bob Ray", "Who was the leader?", "Ann Lee, replacing Bob Ray"),
        ("Ann Lee, replacing Bob Ray", "Who is replaced?", "Ann Lee, replacing Bob Ray"),
    ],
)
def test_a_predecessor_is_taken_back_of_a_person_and_of_nothing_else(
    answer: str, question: str, rest: str
) -> None:
    assert upheld(answer, question) == rest


def test_what_is_denied_is_so_in_the_past_too() -> None:
    for answer in ("It was not Shelley", "Shelley is wrong", "It is hardly Shelley", "Shelley? No"):
        assert "Shelley" not in upheld(answer, "Who was it?")


@given(st.text(max_size=300), st.text(max_size=50))
def test_what_stands_is_a_part_of_the_answer(answer: str, question: str) -> None:
    rest = iter(answer)
    assert all(letter in rest for letter in upheld(answer, question))


PAIRS = [
    ("Who wrote Hamlet?", "William Shakespeare", "Christopher Marlowe"),
    ("What is the capital of Australia?", "Canberra", "Sydney"),
    ("How many moons does Mars have?", "2", "3"),
    ("Which teams are they?", "the Eagles and the Packers", "the Bears and the Lions"),
    ("Which function is it?", "fit_transform", "predict_proba"),
    ("How much is it?", "$3 million", "$5 million"),
    ("What is the cause of tides?", "the gravitational pull of the moon", "the rotation of the earth"),
    ("Is it true?", "Yes", "No"),
]
DENIALS = [
    "{gold} is not the answer.",
    "{gold} is wrong.",
    "It is anything but {gold}.",
    "It is false that it is {gold}.",
    "The answer is not, as many believe, {gold}.",
    "{other}. Many people think it is {gold}, but that is wrong.",
    "Many people think it is {gold}, but it is actually {other}.",
    "It used to be {gold}; now it is {other}.",
    "It was {gold}, but is now {other}.",
    "{gold}? No, it is {other}.",
    "Wrong answer: {gold}. Right answer: {other}.",
    "I doubt that it is {gold}.",
    "There is no way it is {gold}.",
]


@pytest.mark.parametrize("denial", DENIALS)
@pytest.mark.parametrize(("question", "gold", "other"), PAIRS)
def test_what_is_taken_back_is_never_correct_and_what_is_put_in_its_place_is(
    question: str, gold: str, other: str, denial: str
) -> None:
    answer = denial.format(gold=gold, other=other)
    assert grade(Item(question, (gold,)), answer).verdict is not Verdict.CORRECT
    if "{other}" in denial and gold != "Yes":
        assert grade(Item(question, (other,)), answer).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("William Shakespeare", "It was not Shakespeare."),
        ("J. R. R. Tolkien", "It was not J.R.R. Tolkien."),
        ("August 2, 1776", "It was not 2 August 1776."),
        ("World War I", "It was not the First World War."),
        ("the gravitational pull of the moon", "It is not the moon's gravitational pull."),
        ("it increases", "It does not increase."),
        ("S", "It is not S."),
        ("iron", "The environment matters; it is not iron."),
    ],
)
def test_a_denial_in_other_words_than_the_golds_is_one(gold: str, answer: str) -> None:
    assert grade(Item("What is it?", (gold,)), answer).verdict is Verdict.INCORRECT
