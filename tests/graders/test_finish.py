"""Why a model stopped, and what that means for an answer of which nothing is left."""

from __future__ import annotations

import pytest

from fbench.grading.graders import CUT_OFF, Item, Verdict, grade
from fbench.grading.graders.finish import ended_early

ITEM = Item("Who wrote Emma?", ("Jane Austen",))
LENGTH = ["length", "MAX_TOKENS", "FinishReason.MAX_TOKENS", "max_output_tokens", "finish_reason_max_tokens"]
BLOCKED = [
    *(
        "content_filter",
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "OTHER",
        "blocked",
    ),
    *(
        "MALFORMED_FUNCTION_CALL",
        "IMAGE_SAFETY",
        "refusal",
        "guardrail_intervened",
        "model armor",
        "LANGUAGE",
    ),
]


@pytest.mark.parametrize("finish", LENGTH)
@pytest.mark.parametrize("nothing", ["", "  \n", "\u200b", "**", "<think>It is Jane Austen", "..."])
def test_nothing_at_the_limit_is_ungraded(finish: str, nothing: str) -> None:
    made = grade(ITEM, nothing, finish=finish)
    assert (made.verdict, made.grader) == (Verdict.UNGRADED, CUT_OFF)
    assert made.reason == f"the answer was cut off before it began (finish: {finish})"


@pytest.mark.parametrize("finish", BLOCKED)
def test_nothing_that_was_blocked_is_ungraded(finish: str) -> None:
    for grader in ("auto", "exact", "notebook", "long"):
        made = grade(ITEM, "", grader, finish=finish)
        assert (made.verdict, made.grader) == (Verdict.UNGRADED, CUT_OFF)
        assert "was blocked" in made.reason


@pytest.mark.parametrize("finish", ["", "stop", "STOP", "end_turn", "eos", "tool_calls", "a new word"])
def test_nothing_after_an_ordinary_end_is_incorrect(finish: str) -> None:
    assert ended_early(finish) == ""
    assert grade(ITEM, "", finish=finish).verdict is Verdict.INCORRECT
    assert grade(ITEM, "<think>Jane Austen", finish=finish).reason == "only reasoning, no answer"


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        ("Jane Austen, who was born in", Verdict.CORRECT),
        ("Charlotte", Verdict.INCORRECT),
        ("<think>a</think>Jane Austen wrote", Verdict.CORRECT),
        ("I'm sorry, but I", Verdict.ABSTAINED),
    ],
)
def test_what_is_left_of_an_answer_is_graded_as_it_stands(response: str, verdict: Verdict) -> None:
    assert grade(ITEM, response, finish="length").verdict is verdict
    assert grade(ITEM, response, finish="content_filter").verdict is verdict


def test_a_sign_that_is_the_gold_is_an_answer() -> None:
    assert grade(Item("Which sign?", ("*",)), "*", finish="length").verdict is Verdict.CORRECT
