"""Rows of results in series: in each, one model is asked in one way, before training and by epochs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from fbench.analysis.results import OfCell

__all__ = ["Series", "series_in"]

Of = TypeVar("Of", bound=OfCell)

_READS = {
    "in_context": "facts in context",
    "tuned+in_context": "facts in context",
    "in_context_all": "all facts in context",
}


class Series(NamedTuple, Generic[Of]):
    """Rows of one model and task that differ in split, epochs and seed alone.

    Attributes:
        label: what sets it apart from the usual, such as `wordings 3, facts in context`; empty for nothing.
        untrained: what rows of no epochs are of: `base`, or `asked` of others.
        rows: those of the model before training, then of its trainings.
    """

    label: str
    untrained: str
    rows: list[Of]


def series_in(rows: Iterable[Of]) -> list[Series[Of]]:
    """The series of rows of one model and task, in the order of their trainings.

    Each has the rows of the same model before training; one that was trained in no way has them alone.
    """
    untrained: dict[tuple[str, str], list[Of]] = {}
    trained: dict[tuple[str, str, str], list[Of]] = {}
    for row in rows:
        way = (_reads(row), row.template)
        if row.epochs:
            trained.setdefault((_design(row), *way), []).append(row)
        else:
            untrained.setdefault(way, []).append(row)
    found = [
        _series(design, reads, template, [*untrained.get((reads, template), []), *mine])
        for (design, reads, template), mine in trained.items()
    ]
    there = {(reads, template) for _, reads, template in trained}
    alone = [_series("", *way, mine) for way, mine in untrained.items() if way not in there]
    return [*found, *alone]


def _series(design: str, reads: str, template: str, rows: list[Of]) -> Series[Of]:
    label = ", ".join(filter(None, [design, template and f"template {template}", reads]))
    return Series(label, "asked" if reads else "base", rows)


def _reads(row: OfCell) -> str:
    if row.condition == "tuned" and not row.epochs:
        return "a finished model"
    return _READS.get(row.condition, "")


def _design(row: OfCell) -> str:
    names = ("learning rate x", "batch ", "rank ", "wordings ", "facts ", "general ")
    usual = (None, None, None, 1, None, 0)
    return ", ".join(
        f"{name}{value:g}"
        for name, value, default in zip(names, row.design, usual, strict=True)
        if value is not None and value != default
    )
