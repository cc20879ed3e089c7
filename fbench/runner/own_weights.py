"""Models of open weights in a run: opened before it begins, and the same ones when it goes on."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, cast

from fbench.errors import OfField, UsageError
from fbench.providers.connection import Connection
from fbench.runner.config import CONFIG
from fbench.runner.experiment import Experiment
from fbench.runner.store import Store
from fbench.weights.naming import named_in, place_of

if TYPE_CHECKING:
    from fbench.weights.identity import Identity

__all__ = [
    "WEIGHTS",
    "check_weights",
    "hold_to_weights",
    "keeping_trainings",
    "reach_weights",
    "weights_in",
    "weights_told",
]

WEIGHTS = "weights"
"""Where a store, and the provenance of a recording, tell what the models are."""
_MODELS = "models"
"""In the folder of a run: its trainings, until it reaches its end."""


def reach_weights(experiment: Experiment) -> Connection | None:
    """The connection to the models of an experiment; None where they are not of open weights.

    Raises:
        OfField: one cannot be opened.
    """
    if not experiment.uses_weights or experiment.is_replay:
        return None
    from fbench.weights.here import reach  # noqa: PLC0415 - imported lazily: only open weights need it

    return reach(_places(experiment), experiment.local)


def check_weights(experiment: Experiment) -> tuple[Identity, ...]:
    """Open the models of an experiment, where they are of open weights, and tell what they are.

    Raises:
        OfField: PyTorch is not installed, there is no such model, or it cannot be opened.
    """
    if not experiment.uses_weights or experiment.is_replay:
        return ()
    from fbench.weights.here import identities  # noqa: PLC0415 - as above

    return identities(_places(experiment), experiment.local)


def weights_told(experiment: Experiment) -> list[dict[str, str]]:
    """What the models are, for a store or a recording; nothing where they are not of open weights."""
    return [each._asdict() for each in check_weights(experiment)]


def hold_to_weights(store: Store, folder: Path, experiment: Experiment) -> None:
    """Save what the models of a run are that begins; later, refuse to go on with others.

    Raises:
        UsageError: the run began with other weights, so that its answers would be of both; or these cannot be
            opened.
    """
    try:
        found = check_weights(experiment)
    except OfField as error:
        raise UsageError(f"{folder / CONFIG}, field {error.field!r}: {error}.") from error
    if not found:
        return
    began = weights_in(store)
    if not began:
        store.set_meta(WEIGHTS, [each._asdict() for each in found])
        return
    for before, now in zip(began, found, strict=True):
        if before.lasting != now.lasting:
            differ = [
                f"{name} {was or 'none'}, now {there or 'none'}"
                for name, was, there in zip(now._fields, before.lasting, now.lasting, strict=False)
                if was != there
            ]
            raise UsageError(
                f"{folder}: the run began with other weights of {now.name} ({'; '.join(differ)}): put the "
                f"old ones back where {CONFIG} says, or start a new run."
            )


@contextmanager
def keeping_trainings(experiment: Experiment, folder: Path, *, any_left: bool) -> Generator[None]:
    """Keep what is trained in the folder of a run until it reaches its end, which is that of the block.

    So a run that was interrupted does not train again what it has trained.

    Raises:
        UsageError: the folder cannot be written.
    """
    kept = folder / _MODELS
    if any_left and experiment.uses_weights and not experiment.is_replay:
        from fbench.weights.here import keep  # noqa: PLC0415 - as above

        try:
            keep(_places(experiment), experiment.local, kept)
        except OSError as error:
            raise UsageError(
                f"{kept}: cannot be written: {error.strerror}. Make the folder writable."
            ) from error
    yield
    if experiment.uses_weights:
        rmtree(kept, ignore_errors=True)


def weights_in(store: Store, recorded: Mapping[str, object] | None = None) -> tuple[Identity, ...]:
    """What the models of a run are, as its store tells it, or the recording that it replays."""
    from fbench.weights.identity import Identity  # noqa: PLC0415 - as above

    told = store.meta(WEIGHTS) if recorded is None else recorded.get(WEIGHTS)
    return Identity.told(cast("list[dict[str, Any]]", told or []))


def _places(experiment: Experiment) -> dict[str, Path]:
    return {name: place_of(name, experiment.weights) for name in named_in(experiment.models)}
