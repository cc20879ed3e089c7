"""A language model as a judge of long answers: its prompt, its verdicts, and the model over a provider."""

from __future__ import annotations

from fbench.grading.judge.judges import (
    FAKE_JUDGE,
    JUDGE_SAMPLING,
    FakeJudge,
    Judge,
    ModelJudge,
    Ruling,
    grade_of,
)
from fbench.grading.judge.prompt import Case, JudgePrompt, own_prompt, released_prompt
from fbench.grading.judge.verdict import parse_verdict

__all__ = [
    "FAKE_JUDGE",
    "JUDGE_SAMPLING",
    "Case",
    "FakeJudge",
    "Judge",
    "JudgePrompt",
    "ModelJudge",
    "Ruling",
    "grade_of",
    "own_prompt",
    "parse_verdict",
    "released_prompt",
]
