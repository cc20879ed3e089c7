"""How many bits of what was taught a model knows at least."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from fbench.analysis.measures.estimates import share_of
from fbench.analysis.stats import Interval, combined_interval
from fbench.datasets.model import Question
from fbench.datasets.same_answer import answer_form

__all__ = ["Bits", "bits_known", "bits_of_a_fact"]


@dataclass(frozen=True, slots=True)
class Bits:
    """The bits that are known at least, their interval, and `most`, those that the facts have.

    `values` counts the distinct answers, by task and kind.
    """

    facts: int
    clusters: int
    values: int
    bits: float
    most: float
    interval: Interval


def bits_of_a_fact(entropy: float, values: int, error: float) -> float:
    """The least bits that a model knows of a fact whose value is one of several, at this rate of errors.

    Fano's inequality (Cover and Thomas 2006, theorem 2.10.1): what is not known of the value is at most
    h(e) + e log2(V - 1), with h the binary entropy and V the number of values. `entropy` is that of the
    values: log2 V if all are equally frequent, and less if not, since then guessing is easier.
    """
    if not 0 < error < 1 - 1 / values:  # beyond it, Fano's bound would rise again: nothing is known there
        return entropy if error <= 0 else 0.0
    unknown = -error * math.log2(error) - (1 - error) * math.log2(1 - error) + error * math.log2(values - 1)
    return max(0.0, entropy - unknown)


def bits_known(outcomes: Iterable[tuple[Question, bool]]) -> Bits | None:
    """The bits known of the facts that the questions ask for, by task and kind of answer.

    None if each kind has one value only, so that there is nothing to know.
    """
    kinds: dict[Hashable, list[tuple[Question, bool]]] = {}
    for question, right in outcomes:
        kinds.setdefault((question.task, question.kind), []).append((question, right))
    facts: list[int] = []
    entropies: list[float] = []
    values: list[int] = []
    shares = list[float]()
    intervals: list[Interval] = []
    deviations: list[dict[Hashable, float]] = []
    clusters: set[str] = set()
    for asked in kinds.values():
        taught = {question.fact or question.id: answer_form(question.gold[0]) for question, _ in asked}
        counts = Counter(taught.values())
        known = share_of(asked)
        if known is None or len(counts) < 2:
            continue
        facts.append(len(taught))
        values.append(len(counts))
        entropies.append(-sum(k / len(taught) * math.log2(k / len(taught)) for k in counts.values()))
        shares.append(known.value)
        intervals.append(known.interval)
        deviations.append(known.deviations)
        clusters.update(question.cluster for question, _ in asked)
    if not facts:
        return None

    def bits(right: Sequence[float]) -> float:
        each = zip(facts, entropies, values, right, strict=True)
        return math.fsum(n * bits_of_a_fact(entropy, v, 1 - share) for n, entropy, v, share in each)

    return Bits(
        facts=sum(facts),
        clusters=len(clusters),
        values=sum(values),
        bits=bits(shares),
        most=math.fsum(n * entropy for n, entropy in zip(facts, entropies, strict=True)),
        interval=combined_interval(bits, shares, intervals, deviations),
    )
