"""What each axis of the grid changes: two of its levels, with all else equal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from fbench.analysis.measure_results import Contrast
from fbench.analysis.measures.estimates import compared
from fbench.analysis.measures.families import with_holm
from fbench.analysis.result_forms import rounded
from fbench.analysis.verdicts import KEPT, Graded, Verdicts, by_cell
from fbench.datasets.model import ALL_TASKS, Question, Role
from fbench.runner.cells import Cell, Condition, in_digits

__all__ = ["AXES", "contrasts_of"]

Level = Callable[[Cell], "float | str | None"]

AXES: Mapping[str, Level] = {
    "epochs": lambda cell: cell.epochs or None,
    "learning_rate_multiplier": lambda cell: cell.design.learning_rate_multiplier,
    "batch_size": lambda cell: cell.design.batch_size,
    "lora_rank": lambda cell: cell.design.lora_rank,
    "wordings": lambda cell: cell.design.wordings,
    "facts": lambda cell: cell.design.facts,
    "general": lambda cell: cell.design.general,
    "condition": lambda cell: cell.condition.value,
    "template": lambda cell: cell.template,
}
"""The level of a cell on each axis; None if it has none there."""

Pair = tuple[Question, tuple[bool, bool]]


class _Step(NamedTuple):
    """Two levels of an axis, and the pairs of cells that have them and are equal in all else."""

    axis: str
    low: str
    high: str
    cells: list[tuple[Cell, Cell]]


def contrasts_of(cells: Sequence[Cell], graded: Verdicts) -> list[Contrast]:
    """Each two neighbouring levels of each axis, and its first and last, by model and task, and by model.

    Seeds are no axis. The questions are those of the role `same` (`taught` where a task has none of these),
    and unchanged and control questions together.
    """
    answers = by_cell(graded)
    asked = [cell for cell in cells if not cell.sample and cell.id in answers]
    by_role = {id_: _by_part(found) for id_, found in answers.items()}
    order = {template: place for place, template in enumerate(dict.fromkeys(c.template for c in asked))}
    rows: list[Contrast] = []
    for model in dict.fromkeys(cell.model for cell in asked):
        own = [cell for cell in asked if cell.model == model]
        tasks = list(dict.fromkeys(cell.task for cell in own))
        for step in _steps(own, order):
            for part in ("learned", "kept"):
                whole: list[Pair] = []
                told: list[str] = []
                for task in tasks:
                    inside = [pair for pair in step.cells if pair[0].task == task]
                    name, pairs = _pairs(inside, by_role, part)
                    rows += _contrast(step, pairs, {"task": task, "part": name, "cells": len(inside)})
                    whole += pairs
                    told += [name] if pairs else []
                if len(told) > 1:
                    name = " and ".join(dict.fromkeys(told))
                    named = {"task": ALL_TASKS, "part": name, "cells": len(step.cells)}
                    rows += _contrast(step, whole, named)
    return with_holm(rows)


def _steps(cells: Sequence[Cell], templates: Mapping[str, int]) -> Iterator[_Step]:
    for axis, level in AXES.items():
        groups: dict[tuple[Hashable, ...], dict[float | str, Cell]] = {}
        for cell in cells:
            here = level(cell)
            if here is not None and (axis in ("condition", "template") or cell.condition is Condition.TUNED):
                others = tuple(each(cell) for name, each in AXES.items() if name != axis)
                groups.setdefault((cell.task, cell.seed, *others), {})[here] = cell
        there = {here for group in groups.values() for here in group}
        for levels in _chains(axis, there, templates):
            ends = [(levels[0], levels[-1])] if len(levels) > 2 else []
            for low, high in [*pairwise(levels), *ends]:
                both = [group for group in groups.values() if low in group and high in group]
                if both:
                    found = [(group[low], group[high]) for group in both]
                    yield _Step(axis, _text(low), _text(high), found)


def _chains(
    axis: str, there: Collection[float | str], templates: Mapping[str, int]
) -> list[list[float | str]]:
    """The levels in order; those of conditions apart for base models and for tuned ones."""
    if axis == "condition":
        return [
            [each.value for each in Condition if each.value in there and each.is_tuned is tuned]
            for tuned in (False, True)
        ]
    if axis == "template":
        return [sorted(there, key=lambda name: templates[str(name)])]
    return [sorted(there, key=float)]


def _text(level: float | str) -> str:
    return level if isinstance(level, str) else in_digits(level)


def _by_part(answers: Mapping[str, Graded]) -> dict[Role | str, dict[str, Graded]]:
    found: dict[Role | str, dict[str, Graded]] = {}
    for name, answer in answers.items():
        role = answer.question.role
        if answer.counts:
            found.setdefault("kept" if role in KEPT else role, {})[name] = answer
    return found


def _pairs(
    cells: Sequence[tuple[Cell, Cell]],
    by_role: Mapping[str, Mapping[Role | str, Mapping[str, Graded]]],
    part: str,
) -> tuple[str, list[Pair]]:
    """The name of the questions, and their answers in both cells of each pair of cells."""
    kept: list[tuple[Role | str, str]] = [("kept", "unchanged and control")]
    for key, name in kept if part == "kept" else [(role, role.value) for role in (Role.SAME, Role.TAUGHT)]:
        pairs = [
            (answer.question, (answer.right, other.right))
            for low, high in cells
            for id_, answer in by_role[low.id].get(key, {}).items()
            if (other := by_role[high.id].get(key, {}).get(id_)) is not None
        ]
        if pairs:
            return name, pairs
    return "", []


def _contrast(step: _Step, pairs: Sequence[Pair], named: Mapping[str, Any]) -> list[Contrast]:
    found = compared(pairs)
    if found is None:
        return []
    together = ", all tasks together" if named["task"] == ALL_TASKS else ""
    return [
        Contrast(
            **named,
            model=step.cells[0][0].model,
            axis=step.axis,
            low=step.low,
            high=step.high,
            n=found.n,
            clusters=found.clusters,
            low_accuracy=rounded(found.before),
            high_accuracy=rounded(found.after),
            difference=found.difference,
            holm=1.0,
            family=f"contrasts of {step.axis}{together}",
        )
    ]
