"""Shares and differences of answers, with what their intervals and tests need."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from fbench.analysis.difference import difference_of
from fbench.analysis.results import ReportedDifference, ReportedInterval, rounded
from fbench.analysis.stats import Interval, Weights, clustered_wilson
from fbench.datasets.model import Question

__all__ = ["Compared", "Share", "compared", "grouped", "reported", "share_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """A share of questions, by their weights.

    Attributes:
        n, clusters: how many questions and clusters there are.
        right, whole: the weight of the questions in the share, and of all.
        interval: Wilson's, by the clusters.
        deviations: by cluster, the weights of its outcomes minus the share.
    """

    n: int
    clusters: int
    right: float
    whole: float
    interval: Interval
    deviations: dict[Hashable, float]

    @property
    def value(self) -> float:
        """The share."""
        return self.right / self.whole


def share_of(outcomes: Iterable[tuple[Question, bool]]) -> Share | None:
    """The share of questions with an outcome; None if there is no question."""
    names, groups, weights = grouped(outcomes)
    if not groups:
        return None
    sums: list[tuple[float, float]] = [(sum(group), len(group)) for group in groups]
    if weights is not None:
        sums = [
            (sum(w for each, w in zip(group, known, strict=True) if each), sum(known))
            for group, known in zip(groups, weights, strict=True)
        ]
    right, whole = sum(each for each, _ in sums), sum(size for _, size in sums)
    return Share(
        n=sum(map(len, groups)),
        clusters=len(groups),
        right=right,
        whole=whole,
        interval=clustered_wilson(groups, weights=weights),
        deviations={
            name: each - size * right / whole for name, (each, size) in zip(names, sums, strict=True)
        },
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """The same questions with two outcomes: the shares of both, their difference, and p before rounding."""

    n: int
    clusters: int
    before: float
    after: float
    difference: ReportedDifference
    p: float


def compared(pairs: Iterable[tuple[Question, tuple[bool, bool]]]) -> Compared | None:
    """The second share minus the first; None if there is no pair."""
    _, groups, weights = grouped(pairs)
    if not groups:
        return None
    before = after = whole = 0.0
    for group, known in zip(groups, weights or ([1] * len(group) for group in groups), strict=True):
        for (old, new), weight in zip(group, known, strict=True):
            before, after, whole = before + weight * old, after + weight * new, whole + weight
    difference, p = difference_of(groups, weights)
    return Compared(sum(map(len, groups)), len(groups), before / whole, after / whole, difference, p)


def grouped(found: Iterable[tuple[Question, T]]) -> tuple[list[str], list[list[T]], Weights | None]:
    """The clusters, and of each what was found and the weights of its questions; None if each counts 1."""
    groups: dict[str, tuple[list[T], list[float]]] = {}
    is_plain = True
    for question, each in found:
        place = groups.get(question.cluster)
        if place is None:
            place = groups[question.cluster] = ([], [])
        place[0].append(each)
        place[1].append(question.weight)
        is_plain &= question.weight == 1
    weights = None if is_plain else [each for _, each in groups.values()]
    return list(groups), [values for values, _ in groups.values()], weights


def reported(interval: tuple[float, float]) -> ReportedInterval:
    """An interval as results have it."""
    return ReportedInterval(low=rounded(interval[0]), high=rounded(interval[1]))
