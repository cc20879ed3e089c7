"""Recordings that a run replays or makes: its connection, checks before it, and files written after it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from fbench.datasets.model import Dataset
from fbench.errors import CassetteError, UsageError
from fbench.files import write_file
from fbench.providers.connection import Connection
from fbench.providers.pacing import Pacers
from fbench.runner.config import CONFIG, recorded_config_text
from fbench.runner.experiment import Experiment
from fbench.runner.folder import RESULTS
from fbench.runner.own_weights import WEIGHTS, reach_weights, weights_in, weights_told
from fbench.runner.store import Store
from fbench.upstream import fake_settings, open_upstream, own_values, provenance_of, recorded_environ

__all__ = [
    "check_new_recording",
    "close_recording",
    "connection_of",
    "goes_on_in_batches",
    "hold_to_recording",
    "recording_of",
    "run_id_of",
    "unite_recordings",
    "was_in_batches",
    "with_its_recording",
]


_ANEW = "recorded_anew"
"""Where a store has the cassettes that its run recorded with `--record all`, once they are closed."""


def connection_of(experiment: Experiment, dataset: Dataset, pacers: Pacers | None = None) -> Connection:
    """The connection that an experiment needs; `pacers` are those of the whole run, if it is live.

    Raises:
        CassetteError: its recordings cannot be used.
    """
    for model in experiment.models:  # a new process must load the plug-ins of its models
        experiment.profile_of(model)
    connection = open_upstream(
        experiment.upstream,
        dataset,
        learner=experiment.learner,
        cassettes=experiment.cassettes,
        record=experiment.record,
        about_run={"dataset": dataset.digest} | _about(experiment),
        settings=experiment.fakes,
        day=experiment.world_date,
        defined=experiment.defined,
        inner=reach_weights(experiment),
    )
    return replace(connection, pacers=pacers)


def run_id_of(experiment: Experiment) -> str | None:
    """The id of a run that begins: a new one if it is live, or that of the recording to which it adds."""
    if not experiment.is_live:
        return None
    if experiment.cassettes is not None and experiment.record == "new":
        from fbench.cassette import read_index  # noqa: PLC0415 - imported lazily: only recordings need it

        try:
            recorded = read_index(experiment.cassettes).provenance
        except CassetteError:
            return secrets.token_hex(4)
        return cast("str | None", recorded.get("run_id"))
    return secrets.token_hex(4)


def _about(experiment: Experiment, store: Store | None = None) -> dict[str, object]:
    """What the provenance of a run's answers tells of the models: open weights, or behaviours of fakes."""
    told = [each._asdict() for each in weights_in(store)] if store else weights_told(experiment)
    return _behaviours_of(experiment) | ({WEIGHTS: told} if told else {})


def _behaviours_of(experiment: Experiment) -> dict[str, object]:
    """The provenance of answers from fakes that were told how to behave; empty for all others."""
    if experiment.upstream != "fake" or not experiment.fakes or not experiment.fakes.behaviours:
        return {}
    return {"behaviours": json.loads(experiment.fakes.behaviours)}


def hold_to_recording(experiment: Experiment, dataset: Dataset) -> dict[str, object]:
    """The provenance of the recordings to replay, after a check that they belong to this dataset and learner.

    Raises:
        UsageError: they belong to another dataset, or the models were those of another learner.
        CassetteError: there is no recording.
    """
    from fbench.cassette import read_index  # noqa: PLC0415 - imported lazily: only recordings need it

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
    if (learner := provenance.get("learner")) != experiment.learner:
        raise UsageError(
            f"{folder}: was recorded with {_learner_named(learner)}, and the experiment names "
            f"{_learner_named(experiment.learner)}, whose answers are others: name the recorded one, or "
            "record in another folder."
        )
    return provenance


def _learner_named(name: object) -> str:
    return "no learner" if name is None else f"the learner {name!r}"


def check_new_recording(experiment: Experiment) -> None:
    """Check that a run may begin to record in its folder.

    Raises:
        UsageError: there are files of somebody else that a recording would replace or stumble over; or
            everything would be recorded again, and such a recording was interrupted, which may have cost
            money; or fakes with other settings answered before.
    """
    folder = experiment.cassettes
    if folder is None or experiment.record == "none":
        return
    _refuse_foreign(folder)
    if experiment.record == "all":
        _refuse_interrupted(folder, folder.rglob("*.part"))
        return
    _refuse_interrupted(folder, _begun_anew(folder))
    if experiment.uses_fakes:
        _refuse_mixed(folder, experiment)


def _refuse_foreign(folder: Path) -> None:
    from fbench.cassette import INDEX, foreign_files  # noqa: PLC0415 - imported lazily: only recordings need it

    config = folder / CONFIG
    if config.exists() and not (folder / INDEX).exists():
        raise UsageError(
            f"{config}: is there already, and of no recording, whose own would take its place: record in "
            "another folder."
        )
    for file in foreign_files(folder):
        raise UsageError(
            f"{folder / file}: is no cassette, and a recording takes every .yaml file in its folder for one: "
            "record in another folder, or move it away."
        )


def _begun_anew(folder: Path) -> list[Path]:
    """What is left of a recording of everything beside the old one, whose place it would take."""
    from fbench.cassette import recorded_anew  # noqa: PLC0415 - imported lazily: only recordings need it

    try:
        return [folder / f"{file}.part" for file in recorded_anew(folder) if (folder / file).exists()]
    except CassetteError:  # whoever opens what is damaged is told
        return []


def _refuse_interrupted(folder: Path, parts: Iterable[Path]) -> None:
    if left := next((part for part in parts if part.stat().st_size), None):
        raise UsageError(
            f"{left}: is left from a recording that was interrupted. Go on with that run by `fbench "
            f"resume`, or remove "
            f"the .part files in {folder} to begin anew."
        )


def _refuse_mixed(folder: Path, experiment: Experiment) -> None:
    from fbench.cassette import read_index  # noqa: PLC0415 - imported lazily: only recordings need it

    try:
        recorded = read_index(folder).provenance
    except CassetteError:
        return  # nothing was recorded to its end there
    before = recorded.get("learner"), json.dumps(recorded.get("behaviours", {}))
    if before != (experiment.learner, fake_settings().behaviours or "{}"):
        raise UsageError(
            f"{folder}: was recorded from fakes with {_learner_named(before[0])} and the behaviours "
            f"{before[1]}, and --learner or FAKES_BEHAVIOUR now say otherwise, so one recording would hold "
            "answers of both: set them as they were, or record in another folder."
        )


def with_its_recording(experiment: Experiment, dataset: Dataset, store: Store) -> Experiment:
    """The experiment of a run that may have ended before, as `resume` goes on with it.

    Such a run closed its recording. With `--record all` it would now replace it by what is still missing, so
    it adds to it instead.

    Raises:
        UsageError: the end of the recording was interrupted, and cannot be made up for now.
    """
    if (folder := experiment.cassettes) is None or experiment.record != "all":
        return experiment
    if (made := store.meta(_ANEW)) is not None:
        _finish(experiment, folder, dataset, cast("list[str]", made), store)
    elif store.meta(RESULTS) is None:  # else it ended under an fbench that noted its results alone
        return experiment
    return experiment.model_copy(update={"record": "new"})


def close_recording(
    experiment: Experiment, dataset: Dataset, store: Store | None = None, *, merged: bool = False
) -> None:
    """Finish the recording of a run: its shards, the index, and the experiment that it replays.

    The run's `store` keeps what was recorded, for `with_its_recording`. What shards recorded, and `merged`,
    keeps its provenance, whichever machine adds the judge to it.

    Raises:
        UsageError: it cannot be written; what was recorded is safe.
    """
    if (folder := experiment.cassettes) is None or experiment.record == "none":
        return
    from fbench.cassette import finish, read_index, recorded_anew  # noqa: PLC0415 - imported lazily: only recordings need it

    if merged:
        finish(folder, read_index(folder).provenance)
        return
    anew = recorded_anew(folder)
    if anew and store is not None:
        store.set_meta(_ANEW, anew)  # first, so that an end that is interrupted is made up for
    _finish(experiment, folder, dataset, anew, store)


def was_in_batches(recorded: Mapping[str, object] | None) -> bool:
    """Whether a recording asked in batches, by its provenance; then a replay asks so too."""
    return bool(recorded and recorded.get("batch"))


def goes_on_in_batches(recorded: Mapping[str, object] | None, experiment: Experiment, store: Store) -> bool:
    """Whether a run asks in batches since its recording does: one that it replays, or its own of fakes.

    What is asked in both ways cannot be replayed.
    """
    records_fakes = experiment.uses_fakes and experiment.cassettes is not None
    return was_in_batches(recorded) or (records_fakes and bool(store.batches()))


def _finish(
    experiment: Experiment, folder: Path, dataset: Dataset, anew: Collection[str], store: Store | None
) -> None:
    from fbench.cassette import finish  # noqa: PLC0415 - imported lazily: only recordings need it

    environ: Mapping[str, str] = os.environ if experiment.upstream == "live" else {}
    more: dict[str, object] = {
        "dataset": dataset.digest,
        "models": list(experiment.models),
        "variables": recorded_environ(environ),
    }
    more |= _about(experiment, store)
    if experiment.learner is not None:
        more["learner"] = experiment.learner
    if experiment.run_id is not None:
        more["run_id"] = experiment.run_id
    if store is not None and store.batches():
        more["batch"] = True
    if own := own_values(dataset):
        more["own"] = own
    kind = "weights" if experiment.uses_weights else experiment.upstream
    finish(folder, provenance_of(kind, environ, experiment.defined, **more), anew)
    write_file(folder / CONFIG, recorded_config_text(experiment))


def recording_of(experiment: Experiment, run: Path, together: Path | None) -> Path:
    """The folder of the recording that the shard in `run` made, to be put `together` with those of others.

    Without `together`, it does not matter what was recorded.

    Raises:
        UsageError: it recorded nothing, or has not closed its recording.
    """
    folder = experiment.cassettes or Path()
    if together is None:
        return folder
    from fbench.cassette import INDEX  # noqa: PLC0415 - imported lazily: only recordings need it

    if experiment.cassettes is None or experiment.record == "none":
        raise UsageError(f"{run}: recorded nothing that could be put together: leave --cassettes out.")
    if not (folder / INDEX).is_file() or any(folder.rglob("*.part")):
        raise UsageError(
            f"{run}: its recording in {folder} is not closed: go on with `fbench resume {run}`, then merge."
        )
    return folder


def unite_recordings(out: Path, recordings: Sequence[Path]) -> None:
    """Put the recordings of shards together in the folder `out`, with the experiment that all replay.

    Raises:
        CassetteError: one cannot be read, or they are of different kinds of service or data.
        UsageError: `out` holds other files, or cannot be written.
    """
    from fbench.cassette.tools.merge import unite  # noqa: PLC0415 - imported lazily: only recordings need it

    _refuse_foreign(out)
    unite(out, recordings)
    write_file(out / CONFIG, (recordings[0] / CONFIG).read_text(encoding="utf-8"))
