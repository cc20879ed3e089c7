"""What is forgotten: accuracy on unchanged and control questions by epochs, and its trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fbench.analysis.measure_results import Curve, CurvePoint
from fbench.analysis.measures.estimates import grouped, reported, share_of
from fbench.analysis.measures.families import with_holm
from fbench.analysis.measures.views import by_cell
from fbench.analysis.of_cell import of_cell
from fbench.analysis.result_forms import rounded
from fbench.analysis.stats import flip_signs
from fbench.analysis.verdicts import KEPT, Graded, Verdicts
from fbench.datasets.model import Question, Role
from fbench.runner.cells import Cell, Condition

__all__ = ["curves_of"]


def curves_of(cells: Sequence[Cell], graded: Verdicts) -> list[Curve]:
    """A curve for each model, task, design and template, and each role, from the base model on.

    It needs two levels at least. Seeds are taken together, where each has all numbers of epochs.
    """
    answers = by_cell(graded)
    series: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells:
        if cell.condition is Condition.TUNED and cell.epochs and cell.id in answers:
            series.setdefault((cell.model, cell.task, cell.design, cell.template), []).append(cell)
    found: list[Curve] = []
    for group in series.values():
        for role in KEPT:
            found += _curve(group, answers, role)
    return with_holm(found)


def _curve(group: Sequence[Cell], answers: Mapping[str, Mapping[str, Graded]], role: Role) -> list[Curve]:
    by_seed: dict[int | None, dict[int, Mapping[str, Graded]]] = {}
    for cell in group:
        of_seed = by_seed.setdefault(cell.seed, {})
        of_seed[cell.epochs] = answers[cell.id]
        if cell.base and cell.base in answers:
            of_seed[0] = answers[cell.base]
    levels = sorted({epochs for of_seed in by_seed.values() for epochs in of_seed})
    rows: list[tuple[Question, list[bool]]] = []
    for of_seed in by_seed.values():
        if sorted(of_seed) == levels:
            for name, first in of_seed[levels[0]].items():
                every = [of_seed[epochs].get(name) for epochs in levels]
                if first.question.role is role:
                    known = [each.right for each in every if each and each.counts]
                    rows += [(first.question, known)] if len(known) == len(levels) else []
    if not rows or len(levels) < 2:
        return []
    _, clusters, weights = grouped(rows)
    # Twice the distance of each level from the middle one: whole numbers, which reversing the order negates.
    places = range(1 - len(levels), len(levels), 2)
    trends = [
        [sum(place * right for place, right in zip(places, question, strict=True)) for question in cluster]
        for cluster in clusters
    ]
    weights = weights or [[1] * len(cluster) for cluster in clusters]
    whole = sum(map(sum, weights))
    slopes = [
        sum(w * each for each, w in zip(cluster, known, strict=True))
        for cluster, known in zip(trends, weights, strict=True)
    ]
    slope = sum(slopes)
    p = flip_signs(slopes).mid
    points: list[CurvePoint] = []
    for at, epochs in enumerate(levels):
        share = share_of((question, known[at]) for question, known in rows)
        if share is not None:
            points.append(
                CurvePoint(
                    epochs=epochs,
                    n=share.n,
                    accuracy=rounded(share.value),
                    interval=reported(share.interval),
                )
            )
    named: dict[str, Any] = of_cell(group[0]) | {"epochs": max(cell.epochs for cell in group), "seed": None}
    return [
        Curve(
            **named,
            part=role.value,
            points=tuple(points),
            clusters=len(clusters),
            trend=rounded(2 * slope / whole / sum(place * place for place in places)),
            p=rounded(p),
            holm=1.0,
            family="forgetting curves, all of the run",
        )
    ]
