"""The fake judge: a rule by shared words, which never passes for a model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.grading.graders import Item, Verdict, fake_judge
from tests.judge.judge_texts import HOSTILE

ITEM = Item("What is advised?", ("Give the second dose after four weeks and check the liver",))


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        ("The second dose is to be given after four weeks; check the liver.", Verdict.CORRECT),
        ("Nothing at all", Verdict.INCORRECT),
        ("I'm sorry, but I don't have that information.", Verdict.ABSTAINED),
        ("Give the second dose whenever it suits", Verdict.UNGRADED),
    ],
)
def test_it_judges_by_shared_words(response: str, verdict: Verdict) -> None:
    assert fake_judge(ITEM, response).verdict is verdict


def test_a_refusal_is_no_abstention_where_there_is_no_answer() -> None:
    none = Item("What is advised?", ("None",))
    assert fake_judge(none, "I don't know.").verdict is not Verdict.ABSTAINED


@pytest.mark.parametrize("candidate", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_candidate_is_not_correct(candidate: str) -> None:
    assert fake_judge(Item("What is the capital of France?", ("Marseille it is",)), candidate).verdict in {
        Verdict.INCORRECT,
        Verdict.UNGRADED,
    }


@given(st.text(), st.text(min_size=1))
def test_every_grade_says_who_made_it(response: str, gold: str) -> None:
    grade = fake_judge(Item("?", (gold,)), response)
    assert grade.grader == "fake_judge"
    assert "stands in for a language model" in grade.reason
