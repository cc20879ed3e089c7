"""The answers of a cell beside those of the cells with which it is compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fbench.analysis.measures.drift import Drifts
from fbench.analysis.measures.tiers import tiers_of
from fbench.analysis.of_cell import of_cell
from fbench.analysis.verdicts import Graded, Verdicts, by_cell
from fbench.datasets.model import ALL_TASKS, Question, Role
from fbench.runner.cells import Cell, Condition

__all__ = ["Answered", "View", "pooled", "together", "views_of"]


class Answered(NamedTuple):
    """A question with the cell's answer, the base model's, and that of the base model that reads the fact."""

    question: Question
    after: Graded
    before: Graded | None = None
    informed: Graded | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The answers of a cell, or of the cells of all tasks that are otherwise equal.

    Attributes:
        of: the fields of `OfCell`.
        is_tuned: whether a tuned model answered.
        against: the base model's cell, if there is one.
        informed_by: the cell of the base model that reads a question's own facts, if there is one.
        answers: all answers by role, without errors.
        drift: by question, whether the answer differs from the base model's.
        tiers: by fact, how well the base model knew it.
    """

    of: Mapping[str, Any]
    is_tuned: bool
    against: str | None
    informed_by: str | None
    answers: Mapping[Role, Sequence[Answered]]
    drift: Mapping[str, bool]
    tiers: Mapping[str, str]

    def in_roles(self, *roles: Role) -> list[Answered]:
        """The answers to the questions of some roles."""
        return [answered for role in roles for answered in self.answers.get(role, ())]


def views_of(cells: Sequence[Cell], graded: Verdicts, drift: Drifts) -> list[View]:
    """A view of each cell with answers, in their order; samples are no answers that count."""
    answers = by_cell(graded)
    informed = {
        cell.base: cell.id
        for cell in cells
        if cell.condition is Condition.IN_CONTEXT and cell.base and cell.id in answers
    }
    samples: dict[tuple[str, str, str], list[Mapping[str, Graded]]] = {}
    for cell in cells:
        if cell.sample and cell.id in answers:
            samples.setdefault((cell.model, cell.task, cell.template), []).append(answers[cell.id])
    bases = {cell.id: cell for cell in cells if cell.condition is Condition.BASE and not cell.sample}
    tiers = {
        id_: tiers_of(answers[id_], samples.get((cell.model, cell.task, cell.template), ()))
        for id_, cell in bases.items()
        if id_ in answers
    }
    return [
        _view(cell, answers, informed.get(cell.base) if cell.base else None, drift, tiers)
        for cell in cells
        if not cell.sample and cell.id in answers
    ]


def pooled(cells: Iterable[Cell]) -> Iterator[tuple[Cell, list[Cell]]]:
    """The cells of all tasks of a model that are otherwise equal, and one that names them together.

    There is none of a model with one task, nor where a task lacks its cell.
    """
    groups: dict[tuple[object, ...], list[Cell]] = {}
    tasks: dict[str, set[str]] = {}
    for cell in cells:
        key = (cell.model, cell.epochs, cell.seed, cell.condition, cell.design, cell.template, cell.sample)
        groups.setdefault(key, []).append(cell)
        tasks.setdefault(cell.model, set()).add(cell.task)
    for group in groups.values():
        if len(group) == len(tasks[group[0].model]) > 1:
            yield _all_tasks(group[0]), group


def _all_tasks(cell: Cell) -> Cell:
    def named(id_: str) -> str:
        model, _, rest = id_.partition(f"/{cell.task}/")
        return f"{model}/{ALL_TASKS}/{rest}"

    base = cell.base and named(cell.base)
    return Cell(
        named(cell.id),
        cell.model,
        ALL_TASKS,
        cell.epochs,
        cell.seed,
        cell.condition,
        cell.design,
        cell.template,
        cell.sample,
        base,
    )


def _view(
    cell: Cell,
    answers: Mapping[str, Mapping[str, Graded]],
    informed: str | None,
    drift: Drifts,
    tiers: Mapping[str, Mapping[str, str]],
) -> View:
    none: Mapping[str, Graded] = {}
    before = answers.get(cell.base, none) if cell.base else none
    best = answers.get(informed, none) if informed else none
    found: dict[Role, list[Answered]] = {}
    for name, after in answers[cell.id].items():
        if after.counts:
            old, new = before.get(name), best.get(name)
            found.setdefault(after.question.role, []).append(
                Answered(
                    after.question,
                    after,
                    old if old and old.counts else None,
                    new if new and new.counts else None,
                )
            )
    return View(
        of=of_cell(cell),
        is_tuned=cell.condition.is_tuned,
        against=cell.base if before else None,
        informed_by=informed,
        answers=found,
        drift=drift.get(cell.id, {}),
        tiers=tiers.get(cell.base or cell.id, {}),
    )


def together(cell: Cell, views: Sequence[View]) -> View:
    """The views of several cells as one, of the cell that names them together."""
    answers: dict[Role, list[Answered]] = {}
    drift: dict[str, bool] = {}
    tiers: dict[str, str] = {}
    for view in views:
        for role, found in view.answers.items():
            answers.setdefault(role, []).extend(found)
        drift.update(view.drift)
        tiers.update(view.tiers)
    first = views[0]
    informed = first.informed_by
    if informed is not None:
        informed = informed.replace(f"/{first.of['task']}/", f"/{ALL_TASKS}/", 1)
    return View(
        of=of_cell(cell),
        is_tuned=first.is_tuned,
        against=cell.base if all(view.against for view in views) else None,
        informed_by=informed if all(view.informed_by for view in views) else None,
        answers=answers,
        drift=drift,
        tiers=tiers,
    )
