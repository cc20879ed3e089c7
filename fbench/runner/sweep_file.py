"""A file of several experiments: what they share, and a table [[experiments]] for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from fbench.errors import UsageError
from fbench.files import place_in
from fbench.runner.config import toml_values, with_places
from fbench.runner.experiment import Experiment, WrongField

__all__ = ["SweptExperiment", "read_sweep"]

_TABLES = "experiments"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


class SweptExperiment(NamedTuple):
    """An experiment of a sweep, and its name, which is that of its folder too."""

    name: str
    experiment: Experiment


def read_sweep(file: Path) -> tuple[SweptExperiment, ...]:
    """The experiments of a file, in its order.

    Fields above the first [[experiments]] are those of all; an experiment's own go over them, a table as a
    whole. Each has a `name`.

    Raises:
        UsageError: the file cannot be read, has no experiments, or one that cannot be used; says where.
    """
    shared = toml_values(file)
    tables: object = shared.pop(_TABLES, None)
    if not isinstance(tables, list) or not tables:
        raise UsageError(
            f"{file}: has no [[{_TABLES}]]: write one for each experiment, with its name and the fields in "
            "which it differs from the others."
        )
    found: list[SweptExperiment] = []
    for number, own in enumerate(cast("list[object]", tables)):
        place = (_TABLES, number)
        if not isinstance(own, Mapping):
            raise UsageError(f"{place_in(file, place)}: must be a table of fields: write [[{_TABLES}]].")
        values = {**shared, **cast("Mapping[str, Any]", own)}
        name: object = cast("Mapping[str, Any]", own).get("name")
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise UsageError(
                f"{place_in(file, (*place, 'name'))}: must be a name of letters, digits, hyphens, dots and "
                f"_, which its folder gets, got {name!r}: give each experiment one."
            )
        if any(each.name.casefold() == name.casefold() for each in found):
            raise UsageError(f"{place_in(file, (*place, 'name'))}: {name!r} is the name of two experiments.")
        try:
            experiment = Experiment(**with_places(values, file.parent))
        except WrongField as wrong:
            where = (
                wrong.place
                if wrong.place[0] not in own and wrong.place[0] in shared
                else (*place, *wrong.place)
            )
            raise UsageError(f"{wrong.at(place_in(file, where))} Correct it, or leave it out.") from wrong
        found.append(SweptExperiment(name, experiment))
    return tuple(found)
