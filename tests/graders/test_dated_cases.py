"""Answers that are dates, against golds that are dates or decades."""

from __future__ import annotations

import pytest

from fbench.graders.dated import dated
from fbench.graders.model import Verdict

CORRECT, INCORRECT = Verdict.CORRECT, Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "question", "verdict", "reason"),
    [
        ("the 1970s", "in 1975", "", CORRECT, "a year of the decade"),
        ("1970s", "1979, not 1985", "", CORRECT, "a year of the decade"),
        ("70s", "On May 3, 1970", "", CORRECT, "a year of the decade"),
        ("5 May 2020", "May 5, 2020", "", CORRECT, "gives the date"),
        ("May 2020", "on 5 May 2020", "", CORRECT, "gives the date"),
        ("5 May 2020", "Not 4 May 2020 but 5 May 2020", "", CORRECT, "gives the date"),
        ("5 May 2020", "6 May 2020", "When?", INCORRECT, "another date"),
        ("5 May 2020", "in 2019 or 2021", "When?", INCORRECT, "another date"),
        ("5 May 2020", "2020", "What year was it?", CORRECT, "the year"),
        ("5 May 2020", "from 2020 to 2021", "Which year was it?", CORRECT, "the year"),
        ("5 May 2020", "2021", "What year was it?", INCORRECT, "another date"),
        ("5 May 2020", "2020", "", INCORRECT, "coarser"),
        ("5 May 2020", "2019, perhaps 2020", "", INCORRECT, "coarser"),
        ("5 May 2020", "The long war ended late in 2020", "What day was it?", INCORRECT, "coarser"),
        ("5 May 2020", "War ended 2020", "When was it?", INCORRECT, "coarser"),
        ("5 May 2020", "War ended late 2020", "When was it?", CORRECT, "less precisely"),
        ("5 May 2020", "The war of 2018 ended late in 2020", "When did the 2018 war end?", CORRECT, "less"),
    ],
)
def test_dates_agree_as_far_as_is_asked(
    gold: str, answer: str, question: str, verdict: Verdict, reason: str
) -> None:
    told = dated(gold, answer, question)
    assert told is not None
    assert told.verdict is verdict
    assert reason in told.reason


@pytest.mark.parametrize(
    ("gold", "answer", "question"),
    [
        ("Paris", "in 2020", ""),
        ("5 May 2020", "in spring", "When?"),
        ("the 1970s", "in 1985", ""),
        ("the 1970s", "on 5 May", ""),
        ("5 May 2020", "The war of 2018 ended two years later, in 2020", "When did the war end?"),
        ("5 May 2020", "The war that began in 2020 ended much later", "When did the war of 2020 end?"),
    ],
)
def test_the_rest_is_left_to_the_words(gold: str, answer: str, question: str) -> None:
    assert dated(gold, answer, question) is None
