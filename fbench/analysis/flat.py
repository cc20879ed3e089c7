"""Flat tables: columns of one type each, and rows of plain values.

A table of results has the name that its parts have in `results.json`. What is nested there is a column
of its own here: `interval` gives `interval_low` and `interval_high`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, cast, get_args, get_origin

from fbench.analysis.measure_results import Curve, CurvePoint
from fbench.analysis.result_forms import ResultForm
from fbench.errors import UsageError
from fbench.tables.json_text import text_of
from fbench.value_errors import meant

__all__ = ["KINDS", "ColumnKind", "FlatColumn", "FlatTable", "columns_of", "table_names", "table_of"]

ColumnKind = Literal["text", "whole", "number", "flag", "texts"]
"""What a column holds, beside nulls: texts, whole numbers, numbers, true and false, or lists of texts."""


class FlatColumn(NamedTuple):
    """The name of a column, and what it holds."""

    name: str
    kind: ColumnKind


class FlatTable(NamedTuple):
    """Rows of plain values, each as long as there are columns."""

    name: str
    columns: tuple[FlatColumn, ...]
    rows: list[tuple[object, ...]]

    @property
    def records(self) -> list[dict[str, object]]:
        """The rows by the names of the columns."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def values(self, place: int) -> list[object]:
        """A column from top to bottom."""
        return [row[place] for row in self.rows]


class _Place(NamedTuple):
    """Where the value of a column stands in a part of results."""

    column: FlatColumn
    path: tuple[str, ...]


KINDS: dict[object, ColumnKind] = {str: "text", bool: "flag", int: "whole", float: "number"}
"""What the values of a type are in a column; all else is written as JSON."""


def table_names(whole: type[ResultForm]) -> tuple[str, ...]:
    """The names of the tables of results: the fields that hold any number of equal parts."""
    return tuple(name for name, _ in _tables(whole))


def table_of(whole: ResultForm, name: str) -> FlatTable:
    """A table of results, one row for each of its parts of this name; a curve has one for each point.

    Raises:
        UsageError: there is no such table.
    """
    forms = dict(_tables(type(whole)))
    if name not in forms:
        raise UsageError(f"unknown table {name!r}{meant(name, forms)}: it is one of {', '.join(forms)}.")
    places = list(_places(forms[name]))
    parts: Sequence[ResultForm] = getattr(whole, name)
    if forms[name] is Curve:
        return _curves(name, parts, [place for place in places if place.path != ("points",)])
    return FlatTable(name, _columns(places), [_row(part, places) for part in parts])


def columns_of(form: type[ResultForm]) -> list[FlatColumn]:
    """The columns of a part of results, in the order of its fields; a nested part gives several."""
    return [place.column for place in _places(form)]


def _tables(whole: type[ResultForm]) -> Iterator[tuple[str, type[ResultForm]]]:
    for name, field in whole.model_fields.items():
        held = get_args(field.annotation)[:1]
        if get_origin(field.annotation) is tuple and issubclass(held[0], ResultForm):
            yield name, held[0]


def _curves(name: str, curves: Sequence[ResultForm], places: Sequence[_Place]) -> FlatTable:
    points = list(_places(CurvePoint, "point_"))
    rows = [
        (*_row(curve, places), *_row(point, points))
        for curve in curves
        if isinstance(curve, Curve)
        for point in curve.points
    ]
    return FlatTable(name, _columns([*places, *points]), rows)


def _columns(places: Iterable[_Place]) -> tuple[FlatColumn, ...]:
    return tuple(place.column for place in places)


def _places(form: type[ResultForm], before: str = "", path: tuple[str, ...] = ()) -> Iterator[_Place]:
    for name, field in form.model_fields.items():
        held = _held(field.annotation)
        if isinstance(held, type) and issubclass(held, ResultForm):
            yield from _places(held, f"{before}{name}_", (*path, name))
        else:
            kind = KINDS.get(cast("Any", held), "text")
            yield _Place(FlatColumn(before + name, kind), (*path, name))


def _held(annotation: Any) -> object:
    """The type of a field without bounds, and whether it may be null."""
    if get_origin(annotation) is Annotated:
        return _held(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _held(next(each for each in get_args(annotation) if each is not type(None)))
    return annotation


def _row(part: ResultForm, places: Iterable[_Place]) -> tuple[object, ...]:
    return tuple(_plain(_reached(part, place.path)) for place in places)


def _reached(part: object, path: Iterable[str]) -> object:
    for name in path:
        part = None if part is None else getattr(part, name)
    return part


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float) else text_of(value)
