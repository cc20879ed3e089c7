"""Recordings of a run: where its requests come from or go to, and what is written when it has ended."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from fbench.datasets.model import Dataset
from fbench.errors import UsageError
from fbench.providers.connection import Connection
from fbench.providers.profiles import profile_of
from fbench.runner.experiment import Experiment
from fbench.upstream import open_upstream, own_values, provenance_of, recorded_environ

__all__ = [
    "CONFIG",
    "close_recording",
    "connection_of",
    "hold_off",
    "hold_to_recording",
    "recorded_config",
]

CONFIG = "config.toml"


def connection_of(experiment: Experiment, dataset: Dataset) -> Connection:
    """The connection that an experiment asks for.

    Raises:
        CassetteError: its recordings cannot be used.
    """
    for model in experiment.models:  # a new process has to load the plug-ins that bring them
        profile_of(model)
    return open_upstream(
        experiment.upstream,
        dataset,
        cassettes=experiment.cassettes,
        record=experiment.record,
        about_run={"dataset": dataset.digest},
    )


def hold_to_recording(experiment: Experiment, dataset: Dataset) -> dict[str, object]:
    """What the recordings say of where they came from, once it is clear that they are of these questions.

    Raises:
        UsageError: they are of another dataset.
        CassetteError: no recording is there.
    """
    from fbench.cassette import read_index  # noqa: PLC0415 - imported by whom has recordings

    folder = experiment.cassettes or Path()
    provenance: dict[str, object] = read_index(folder).provenance
    if not dataset.is_known_as(provenance.get("dataset", dataset.digest)):
        raise UsageError(
            f"{folder}: was recorded with another dataset (its digest is "
            f"{str(provenance['dataset'])[:12]}, and this "
            f"one's {dataset.digest[:12]}): name the same data, labels, tasks and limit, or record what "
            f"is missing with "
            "--record new."
        )
    return provenance


def recorded_config(options: Mapping[str, Any]) -> Path | None:
    """The experiment that a folder of recordings was made of, where options name one to be replayed."""
    folder = options.get("cassettes")
    if folder is None or options.get("record", "none") != "none" or not (folder / CONFIG).is_file():
        return None
    return folder / CONFIG


def hold_off(experiment: Experiment) -> None:
    """Refuses to begin recording everything anew where such a recording was interrupted: it may have been
    paid for.

    Raises:
        UsageError: one was.
    """
    folder = experiment.cassettes
    if folder is not None and experiment.record == "all" and (left := next(folder.rglob("*.part"), None)):
        raise UsageError(
            f"{left}: is left from a recording that was interrupted. Go on with that run by `fbench "
            f"resume`, or remove "
            f"the .part files in {folder} to begin anew."
        )


def close_recording(experiment: Experiment, dataset: Dataset) -> None:
    """Closes what a run recorded: its shards, the index, and the experiment that the recording replays.

    Raises:
        CassetteError: it cannot be written; what was recorded is safe.
    """
    folder = experiment.cassettes
    if folder is None or experiment.record == "none":
        return
    from fbench.cassette import finish  # noqa: PLC0415 - imported by whom has recordings

    environ: Mapping[str, str] = os.environ if experiment.upstream == "live" else {}
    more: dict[str, object] = {
        "dataset": dataset.digest,
        "models": list(experiment.models),
        "variables": recorded_environ(environ),
    }
    if own := own_values(dataset):
        more["own"] = own
    finish(folder, provenance_of(experiment.upstream, environ, **more))
    kept = experiment.model_dump(
        mode="json", exclude_none=True, exclude={"cassettes", "record", "data", "upstream"}
    )
    (folder / CONFIG).write_text(tomli_w.dumps(kept), encoding="utf-8", newline="\n")
