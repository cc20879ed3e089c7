"""Characters that nobody sees change nothing, in answers, golds and questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets.model import AnswerKind
from fbench.datasets.notations import visible
from fbench.grading.graders import GRADERS, Item, Verdict, grade, infer_kind
from fbench.testing import strategies as some
from fbench.testing.strategies import Gold

UNSEEN = [
    *("\u200b", "\ufeff", "\u00ad", "\u2060", "\u200e", "\u200f", "\u202a", "\u2066", "\ufe0f", "\ufe0e"),
    *(
        "\u200c",
        "\u200d",
        "\u180e",
        "\u3164",
        "\u115f",
        "\U000e0001",
        "\U000e0100",
        "\x00",
        "\x7f",
        "\x08",
        "\u034f",
    ),
]
SPACES = ["\u00a0", "\u202f", "\u2009", "\u3000", "\u2007"]
CASES = [
    ("AI", None, "What does the lab study?"),
    ("No", AnswerKind.YES_NO, "Is it allowed?"),
    ("No", None, "Is it allowed?"),
    ("1,500 km", None, "How far is it?"),
    ("Jane Austen", None, "Who wrote it?"),
    ("red and blue", None, "Which colours?"),
    ("fast_ica", None, "What is it called?"),
    ("None", None, "Who was it?"),
    ("Nakanol", AnswerKind.INVENTED_NAME, "Where does she live?"),
    ("July 4, 1976", None, "When was it?"),
]


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize(("text", "kind", "question"), CASES)
def test_they_change_no_verdict_wherever_they_stand(
    text: str, kind: AnswerKind | None, question: str, unseen: str
) -> None:
    middle = len(text) // 2
    for dirty in (unseen + text, text + unseen, text[:middle] + unseen + text[middle:]):
        assert infer_kind(Item(question, (dirty,), kind)) is infer_kind(Item(question, (text,), kind))
        for gold, response in ((dirty, text), (text, dirty), (dirty, dirty)):
            assert grade(Item(question, (gold,), kind), response).verdict is Verdict.CORRECT
            assert grade(Item(question + unseen, (gold,), kind), response, "exact").verdict is Verdict.CORRECT


@pytest.mark.parametrize("space", SPACES)
def test_every_space_is_a_space(space: str) -> None:
    for text in ("Jane Austen", "1 500 km", "red and blue", "July 4, 1976"):
        dirty = text.replace(" ", space)
        assert grade(Item("Who or what?", (dirty,)), text).verdict is Verdict.CORRECT
        assert grade(Item("Who or what?", (text,)), dirty).verdict is Verdict.CORRECT


@given(some.golds(), st.text(alphabet=[*UNSEEN, *SPACES], min_size=1, max_size=9))
def test_a_response_of_nothing_else_is_empty(gold: Gold, response: str) -> None:
    for grader in GRADERS:
        made = grade(Item("", (gold.text,), AnswerKind(gold.kind)), response, grader)
        assert made.verdict is not Verdict.CORRECT
    made = grade(Item("", (gold.text,), AnswerKind(gold.kind)), response, finish="length")
    assert made.verdict is Verdict.UNGRADED


def test_an_answer_from_before_is_told_through_them() -> None:
    item = Item("What is it called?", ("Beta",), None, "Al\u200bpha")
    assert grade(item, "Alpha").verdict is Verdict.INCORRECT
    assert grade(item, "Beta").verdict is Verdict.CORRECT


@given(st.text())
def test_what_is_left_is_the_same_when_it_is_taken_out_again(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert len(visible(text)) <= len(text)


def test_lines_tabs_and_letters_stay() -> None:
    assert visible("one\ttwo\r\nthree") == "one\ttwo\r\nthree"
    assert visible("na\u00efve \u6bdb \U0001f600") == "na\u00efve \u6bdb \U0001f600"
