"""The names of models of open weights, and where they are.

A user writes `local:PATH_OR_ID`. In an experiment the model is then called `local:NAME`, by the last part of
a path, or by its id at the Hugging Face hub; where it is stands apart, in the field `weights`. So no
recording, no table and no result has a path of a machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from fakes.learners.local.options import Options
from fbench.errors import OfField
from fbench.values import at_home, problem_of, several

__all__ = [
    "LOCAL",
    "Alone",
    "check_alone",
    "is_local",
    "is_path",
    "named_in",
    "place_of",
    "with_places_of_weights",
    "with_weights",
]

LOCAL = "local"
"""The provider of models of open weights; an experiment may define another one of this name."""

_PREFIX = f"{LOCAL}:"
_NAME = re.compile(r"\w[\w.+-]*(?:/\w[\w.+-]*)?", re.ASCII)
"""What a model may be called: as at the hub, with or without an owner."""
_FIELDS = ("models", "evaluate")


def is_local(model: str) -> bool:
    """Whether a model is written as one of open weights."""
    return model.startswith(_PREFIX)


def place_of(name: str, weights: Mapping[str, Path]) -> Path:
    """Where a model is: the path that the experiment says, or else its name, which is then an id of the hub.

    The path is absolute, so that one at which there is nothing is not taken for an id.
    """
    return weights[name].absolute() if name in weights else Path(name)


def named_in(models: Iterable[str]) -> list[str]:
    """The names of models written `local:NAME`."""
    return [model.removeprefix(_PREFIX) for model in models]


def with_weights(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an experiment with names in the place of paths, which stand in `weights`.

    What cannot be the name of a model is left where it is, to be refused there.

    Raises:
        OfField: a path gives no name, or two give the same one.
    """
    fields = dict(given)
    providers = fields.get("providers")
    if isinstance(providers, Mapping) and LOCAL in providers:
        return fields
    known: object = fields.get("weights") or {}
    if not isinstance(known, Mapping):
        return fields
    weights = dict(cast("Mapping[str, Any]", known))
    replays = fields.get("cassettes") is not None and fields.get("record", "none") == "none"
    for field in _FIELDS:
        models = _texts(fields.get(field))
        if any(map(is_local, models)):
            fields[field] = tuple(_named(field, each, weights, look=not replays) for each in models)
    base: object = fields.get("base")
    if isinstance(base, str) and is_local(base):
        fields["base"] = _named("base", base, weights, look=not replays)
    if weights:
        fields["weights"] = weights
    return fields


class Alone(Protocol):
    """The fields of an experiment that do not go with models of open weights, or not without."""

    @property
    def upstream(self) -> str:
        """Where requests would go."""
        ...

    @property
    def learner(self) -> str | None:
        """What makes the models of fakes."""
        ...

    @property
    def judge(self) -> str | None:
        """The model that judges."""
        ...

    @property
    def local(self) -> Options:
        """How open weights are tuned."""
        ...


def check_alone(models: Collection[str], asked: Alone) -> None:
    """Check that an experiment with these models of open weights, or none, names nothing that is idle then.

    Raises:
        OfField: other models, a judge, a live upstream or a learner of fakes are named beside them; or there
            are none, and the experiment says how they are tuned.
    """
    mine = [model for model in models if is_local(model)]
    if not mine:
        if asked.local != Options():
            raise OfField(
                "local", "says how open weights are tuned, and no model is local:NAME: leave it out"
            )
        return
    if others := [model for model in models if not is_local(model)]:
        raise OfField(
            "models",
            f"{mine[0]} is tuned on this machine, and {others[0]} at a service: run them by themselves, and "
            "put the two side by side with `fbench compare`",
        )
    if asked.upstream == "live":
        raise OfField(
            "upstream",
            f"{mine[0]} is tuned and asked on this machine, whatever the upstream: leave --upstream out",
        )
    if asked.learner is not None:
        raise OfField(
            "learner",
            f"a learner makes the models of fakes, and {mine[0]} is a model itself: leave out one of the two",
        )
    if asked.judge is not None:
        raise OfField("judge", f"a run of {mine[0]} asks no service, and so no judge: leave the judge out")


def _texts(value: object) -> tuple[str, ...]:
    """The models that a field names; none where it has anything else."""
    try:
        found = several(value)
    except ValueError:
        return ()
    if not isinstance(found, tuple):
        return ()
    texts = cast("tuple[object, ...]", found)
    fine = all(isinstance(each, str) and not problem_of(each) for each in texts)
    return cast("tuple[str, ...]", found) if fine else ()


def _named(field: str, model: str, weights: dict[str, Any], *, look: bool) -> str:
    """A model by its name; where it is comes into `weights`, unless it is there or an id of the hub."""
    said = model.removeprefix(_PREFIX)
    if not is_local(model) or not said or said in weights:
        return model
    place = Path(at_home(said))
    if not (is_path(said) or (look and place.exists())):
        return model
    name = place.name or place.resolve().name
    if not _NAME.fullmatch(name):
        raise OfField(
            field,
            f"{said!r} gives the model no name of letters, digits and . _ + -: give it one, in the table "
            f"[weights] of the configuration, as in smol = {said!r}, and write local:smol",
        )
    before = weights.setdefault(name, place)
    if _resolved(before) != _resolved(place):
        raise OfField(
            field,
            f"{str(before)!r} and {said!r} are both called {name}: give each a name of its own, in the table "
            f"[weights] of the configuration, as in first = {said!r}, and write local:first",
        )
    return f"{_PREFIX}{name}"


def is_path(said: str) -> bool:
    """Whether what was said can only be a path, there or not: the hub has OWNER/NAME, or NAME alone."""
    place = Path(at_home(said))
    parts = place.parts
    return (
        place.is_absolute()
        or len(parts) > 2
        or said.startswith((".", "~"))
        or (place.suffix == ".gguf" and len(parts) > 1)
        or not _NAME.fullmatch(said)
    )


def _resolved(place: object) -> str:
    return os.path.realpath(at_home(cast("str", place)))


def with_places_of_weights(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a configuration, where relative paths of open weights start at its folder."""
    fields = dict(values)
    providers = fields.get("providers")
    if isinstance(providers, Mapping) and LOCAL in providers:
        return fields
    known: dict[str, object] = {}
    if isinstance(weights := fields.get("weights"), dict):
        known = {name: _in(folder, each) for name, each in cast("dict[str, object]", weights).items()}
        fields["weights"] = known
    for field in _FIELDS:
        models = _texts(fields.get(field))
        if any(map(is_local, models)):
            fields[field] = [_from(folder, each, known) for each in models]
    if isinstance(base := fields.get("base"), str) and not problem_of(base):
        fields["base"] = _from(folder, base, known)
    return fields


def _in(folder: Path, place: object) -> object:
    return folder / at_home(place) if isinstance(place, str) and not problem_of(place) else place


def _from(folder: Path, model: str, known: Mapping[str, object]) -> str:
    said = model.removeprefix(_PREFIX)
    if not is_local(model) or not said or said in known:
        return model
    place = folder / at_home(said)
    return f"{_PREFIX}{place}" if is_path(said) or place.exists() else model
