"""What is said of a field of an experiment that is unknown, or has a value that it cannot have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from numbers import Number

from pydantic import BaseModel, ValidationError

from fbench.errors import UsageError
from fbench.files import place_in
from fbench.providers.model import Sampling, WrongSampling
from fbench.runner.experiment_options import in_python
from fbench.runner.experiment_parts import Prices
from fbench.runner.provider_tables import ProviderTable
from fbench.value_errors import UNKNOWN, first_problem, meant

__all__ = ["WrongField"]

_PRICES = "prices"
_TABLES: dict[str, tuple[str, type[BaseModel]]] = {
    _PRICES: ('a table for each model, written [prices."PROVIDER:NAME"]', Prices),
    "providers": ("a table for each provider, written [providers.NAME]", ProviderTable),
}
"""Of fields that are tables of tables: what is in them, and the fields of each."""


class WrongField(UsageError):
    """A field of an experiment is unknown, or has a value that it cannot have.

    Attributes:
        place: the field, and the places in it, from the outermost.
        problem: what is wrong, as a sentence without its full stop.
    """

    def __init__(
        self, error: ValidationError, given: Mapping[str, object], known_fields: Collection[str]
    ) -> None:
        self.place, words, first = first_problem(error)
        if isinstance(given.get(str(self.place[0])), str | Number):  # one value in the place of several
            self.place = self.place[:1]
        own = first.get("ctx", {}).get("error")  # what a check of ours said
        self.problem = words
        if isinstance(own, WrongSampling):
            self.place, self.problem = (*self.place, own.field), own.problem
        no_table = self.place[0] in _TABLES and len(self.place) == 2 and first["type"] == "model_type"
        if first["type"] in UNKNOWN or no_table:
            self.problem = _unknown(self.place, known_fields)
        super().__init__(in_python(self.at(place_in("fbench.Experiment", self.place))))

    def at(self, place: str) -> str:
        """The message, with the field named as `place`."""
        return f"{place}: {self.problem}."


def _unknown(loc: Sequence[int | str], known_fields: Collection[str]) -> str:
    """The problem with an unknown field, and what is known in its table."""
    table, known = "", list(known_fields)
    if loc[0] in _TABLES:
        of_each, kind = _TABLES[str(loc[0])]
        table, known = f"[{loc[0]}]", [of_each]
        if len(loc) > 2:
            named = loc[1] if loc[0] != _PRICES else f'"{loc[1]}"'
            table, known = f"[{loc[0]}.{named}]", list(kind.model_fields)
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
