"""What is said of a field of an experiment that is unknown, or has a value that it cannot have."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from numbers import Number
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from fbench.errors import OfField, UsageError
from fbench.files import place_in
from fbench.providers.model import Sampling, WrongSampling
from fbench.runner.experiment_options import in_python
from fbench.runner.experiment_parts import OfModel, Prices, Template
from fbench.runner.provider_tables import ProviderTable
from fbench.value_errors import UNKNOWN, first_problem, meant, shown

__all__ = ["WrongField"]


class _Table(NamedTuple):
    """A field that is a table of tables: how one in it is written, and the fields of each."""

    written: str
    kind: type[BaseModel]
    instead: str = ""

    @property
    def of_each(self) -> str:
        return f"a table for each {self.written}"


_TABLES = {
    "prices": _Table('model, written [prices."PROVIDER:NAME"]', Prices),
    "providers": _Table("provider, written [providers.NAME]", ProviderTable),
    "templates": _Table(
        "template, written [templates.NAME]", Template, 'a text with "{question}" in it, or '
    ),
}


class WrongField(UsageError):
    """A field of an experiment is unknown, or has a value that it cannot have.

    Attributes:
        place: the field, and the places in it, from the outermost.
        problem: what is wrong, as a sentence without its full stop.
    """

    def __init__(self, place: tuple[int | str, ...], problem: str) -> None:
        self.place, self.problem = place, problem
        super().__init__(in_python(self.at(place_in("fbench.Experiment", place))))

    @classmethod
    def of(
        cls, error: ValidationError, given: Mapping[str, object], known_fields: Collection[str]
    ) -> WrongField:
        """The problem of an experiment that was given these fields, of those that are known."""
        place, problem, first = first_problem(error)
        own = first.get("ctx", {}).get("error")  # what a check of ours said
        if isinstance(own, OfField):
            return cls((own.field,), problem)
        if isinstance(own, OfModel) and place == ("models",) and given.get("models") is None:
            return cls(("base" if given.get("base") == own.model else "evaluate",), problem)
        if isinstance(own, WrongSampling):
            return cls((*place, own.field), own.problem)
        if not place:
            return cls((), problem)
        if isinstance(given.get(str(place[0])), str | Number):  # one value in the place of several
            place = place[:1]
        table = _TABLES.get(str(place[0]))
        if table and first["loc"][1:2] != place[1:2]:  # it is called like a type: [templates.str]
            place = (place[0], *first["loc"][1:2], *place[1:])
        if first["type"] in UNKNOWN:
            problem = _unknown(place, known_fields)
        elif table and len(place) == 2 and first["type"] == "model_type":
            problem = _no_table(place, table, known_fields, first["input"])
        return cls(place, problem)

    def at(self, place: str) -> str:
        """The message, with the field named as `place`."""
        return f"{place}: {self.problem}."


def _no_table(place: Sequence[int | str], table: _Table, known_fields: Collection[str], given: object) -> str:
    """The problem with a value in the place of a table: it may be a field that belongs elsewhere."""
    name = str(place[1])
    is_field = name in known_fields or name in table.kind.model_fields
    if is_field or (table.kind is Prices and ":" not in name):  # which is no model
        return _unknown(place, known_fields)
    problem = f"must be {table.instead}a table, written [{place[0]}.{_toml_key(place[1])}]"
    return problem if table.kind is ProviderTable else f"{problem}, got {shown(given)}"  # it may be a key


def _unknown(loc: Sequence[int | str], known_fields: Collection[str]) -> str:
    """The problem with an unknown field, and what is known in its table."""
    table, known = "", list(known_fields)
    if named := _TABLES.get(str(loc[0])):
        table, known = f"[{loc[0]}]", [named.of_each]
        if len(loc) > 2:
            table, known = f"[{loc[0]}.{_toml_key(loc[1])}]", list(named.kind.model_fields)
    elif len(loc) > 1:
        table, known = f"[{loc[0]}]", [field.name for field in fields(Sampling)]
    close = meant(loc[-1], known)
    if not table:
        return f"there is no such field{close}. Known fields are {', '.join(known)}"
    return (
        f"there is no field {str(loc[-1])!r} in the table {table}{close}. Known fields are "
        f"{', '.join(known)}. A line belongs to the table above it, so fields of no table come before the "
        "first one"
    )


def _toml_key(name: object) -> str:
    """A name in the head of a table, in quotes where TOML wants them."""
    return str(name) if re.fullmatch(r"[A-Za-z0-9_-]+", str(name)) else f'"{name}"'
