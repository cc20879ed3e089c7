"""Flat tables as data frames of pandas or Polars, which are imported only here, and only when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fbench.analysis.flat import ColumnKind, FlatTable
from fbench.errors import UsageError

__all__ = ["pandas_frame", "polars_frame"]

_PANDAS: dict[ColumnKind, str] = {
    "text": "string",
    "whole": "Int64",
    "number": "float64",
    "flag": "boolean",
    "texts": "object",
}
"""The types of pandas that can hold a null, whatever the column holds besides."""


def pandas_frame(table: FlatTable) -> Any:
    """The table as a `pandas.DataFrame`.

    Raises:
        UsageError: pandas is not installed.
    """
    pandas = _library("pandas")
    columns = {
        column.name: pandas.Series(table.values(place), dtype=_PANDAS[column.kind])
        for place, column in enumerate(table.columns)
    }
    return pandas.DataFrame(columns)


def polars_frame(table: FlatTable) -> Any:
    """The table as a `polars.DataFrame`.

    Raises:
        UsageError: Polars is not installed.
    """
    polars = _library("polars")
    types: dict[ColumnKind, Any] = {
        "text": polars.String,
        "whole": polars.Int64,
        "number": polars.Float64,
        "flag": polars.Boolean,
        "texts": polars.List(polars.String),
    }
    columns = {column.name: table.values(place) for place, column in enumerate(table.columns)}
    return polars.DataFrame(columns, schema={column.name: types[column.kind] for column in table.columns})


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise UsageError(
            f"data frames of {name} need {name}, which is not installed: `pip install {name}`."
        ) from None
