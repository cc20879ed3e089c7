"""The differences that a plan's questions are enough to detect."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from fbench.analysis.results import rounded
from fbench.analysis.stats import detectable_paired_difference
from fbench.datasets.model import Question
from fbench.runner.plan import Plan
from fbench.values import Unchangeable

__all__ = ["SplitPlan", "split_plans"]


class SplitPlan(Unchangeable, BaseModel):
    """The questions and clusters of a split, and the smallest difference that a comparison would detect.

    This is for two accuracies on the same questions, at power 0.8 and two-sided alpha 0.05, if half of the
    questions are answered correctly by exactly one of the two: the most cautious assumption. `detects`
    assumes independent answers, so the test is McNemar's. `detects_clustered` assumes that all answers of a
    cluster agree, and its sign is flipped as a whole. None: no difference can be detected.
    """

    model_config = ConfigDict(frozen=True)

    task: str
    split: str
    n: int
    clusters: int
    detects: float | None
    detects_clustered: float | None


def split_plans(plan: Plan) -> tuple[SplitPlan, ...]:
    """Every split of every task that will be asked, in order."""
    found: dict[tuple[str, str], list[Question]] = {}
    for task, questions in plan.questions.items():
        for question in questions:
            found.setdefault((task, question.split), []).append(question)
    return tuple(_split(task, split, asked) for (task, split), asked in found.items())


def _split(task: str, split: str, asked: Sequence[Question]) -> SplitPlan:
    n, clusters = len(asked), len({question.cluster for question in asked})
    alone = detectable_paired_difference(n, clusters=n)
    together = detectable_paired_difference(n, clusters=clusters, design=n / clusters)
    return SplitPlan(
        task=task,
        split=split,
        n=n,
        clusters=clusters,
        detects=None if alone is None else rounded(alone),
        detects_clustered=None if together is None else rounded(together),
    )
