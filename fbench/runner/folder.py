"""A run's folder: `run.sqlite`, `config.toml`, `results.json`, `run.json`."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import machine, platform, python_version
from shlex import quote
from typing import Any, cast

from fbench.datasets import Dataset
from fbench.errors import UsageError
from fbench.files import FRESH, write_file
from fbench.plugins import hold_to_plugins, used_plugins
from fbench.runner.config import AS_IN_0_1, CONFIG, read_experiment, run_config_text
from fbench.runner.experiment import Experiment
from fbench.runner.going_on import going_on
from fbench.runner.identities import clean_command
from fbench.runner.owner import LOCK, owned
from fbench.runner.prices import AS_OF
from fbench.runner.shard import RunShard, keep_shard, shard_of
from fbench.runner.store import Store, is_blank
from fbench.upstream import FakeSettings, fake_settings
from fbench.version import __version__

__all__ = [
    "RESULTS",
    "RUN",
    "STORE",
    "check_identity",
    "fakes_of",
    "hold_to_output",
    "holds_experiment",
    "holds_shard",
    "keep_beginning",
    "make_folder",
    "next_folder",
    "origin_in",
    "provenance_of",
    "read_config",
    "unchecked_notice",
    "warn_if_unchecked",
    "write_config",
    "write_provenance",
]

STORE, RESULTS, RUN = "run.sqlite", "results.json", "run.json"

_INDEX = "index.json"  # of a recording
_PLUGINS = "plugins"
_BEGINNING = "beginning"
_ORIGINS = {
    "fake": "FAKE models",
    "live": "live models",
    "local": "a server on this machine",
    "weights": "open weights",
}


def next_folder() -> Path:
    """The first of runs/1, runs/2, ... that does not exist."""
    number = 1
    while (folder := Path("runs") / str(number)).exists():
        number += 1
    return folder


def make_folder(folder: Path, experiment: Experiment, shard: RunShard | None = None) -> None:
    """Create a run directory with an empty store and the configuration, which is written last.

    So a folder without a configuration holds no run. If a process was killed in between, the folder is used
    again.

    Raises:
        UsageError: it holds something already, or cannot be written.
    """
    try:
        if folder.exists():
            _refuse_used(folder)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}. Choose another --out.") from error
    with owned(folder):
        _refuse_used(folder)  # another process may have begun a run there since
        with Store(folder / STORE, create=True) as store:
            if shard is not None:
                keep_shard(store, shard)
        write_config(folder, experiment)


def holds_shard(folder: Path, experiment: Experiment, shard: RunShard) -> bool:
    """Whether a folder holds this shard of this experiment, so that what begins it again goes on with it."""
    if not (folder / CONFIG).is_file() or not (folder / STORE).is_file():
        return False
    with Store(folder / STORE, read_only=True, checked=False) as store:
        if shard_of(store) != shard:
            return False
    return holds_experiment(folder, experiment)


def holds_experiment(folder: Path, experiment: Experiment) -> bool:
    """Whether the run in a folder is of this experiment, whose run may have been given its id since."""
    there = read_experiment(folder / CONFIG, {})
    asked = experiment.model_copy(update={"run_id": experiment.run_id or there.run_id})
    return run_config_text(asked) == run_config_text(there)


def _refuse_used(folder: Path) -> None:
    if _is_free(folder):
        return
    there = (folder / CONFIG).is_file() and (folder / STORE).is_file()
    go_on = f", or go on with the run that is there with `{going_on(folder).command}`" if there else ""
    raise UsageError(
        f"{folder}: is not an empty folder, and a run never writes over another: choose another --out{go_on}."
    )


def _is_free(folder: Path) -> bool:
    """Whether a folder is empty, or holds no more than is there when `make_folder` is interrupted."""
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    if names - {LOCK, CONFIG + FRESH, STORE, *(STORE + end for end in ("-journal", "-wal", "-shm"))}:
        return False
    return STORE not in names or is_blank(folder / STORE)


def read_config(folder: Path) -> Path:
    """The configuration of a run directory.

    Raises:
        UsageError: the folder holds no run, or the run was begun with a plug-in that is not installed.
    """
    config = folder / CONFIG
    if not config.is_file() or not (folder / STORE).is_file():
        if _is_free(folder):
            do = f"Nothing was asked there: begin a run with `fbench run --out {quote(str(folder))}`"
        else:
            do = "Name a folder that `fbench run` made; a sweep goes on with the same `fbench sweep` again"
        for name in (CONFIG, STORE):
            if (folder / name).exists() and not (folder / name).is_file():
                do = f"{folder / name}: is not a file. Put back a copy of it"
        raise UsageError(f"{folder}: holds no run ({CONFIG} and {STORE} are not both there). {do}.")
    if is_blank(folder / STORE) and (ended := next((n for n in (RESULTS, RUN) if (folder / n).exists()), "")):
        raise UsageError(
            f"{folder / STORE}: is empty, though {ended} says that the run reached its end: put back a copy "
            f"of it, or begin a new run in another folder. `fbench report {quote(str(folder))}` still shows "
            f"{RESULTS}, but cannot check it."
        )
    hold_to_plugins(folder, _plugins_of(folder))
    return config


def hold_to_output(path: Path) -> None:
    """Check that a file for output is none of those that a run or a recording keeps in its folder.

    Raises:
        UsageError: it is one.
    """
    folder, what = path.parent, ""
    if path.name in (CONFIG, STORE, RESULTS, RUN) and (folder / STORE).exists():
        what = "run"
    elif path.name in (CONFIG, _INDEX) and (folder / _INDEX).exists():
        what = "recording"
    if what:
        raise UsageError(f"{path}: is a file of the {what} in {folder}, which it needs: name another place.")


def unchecked_notice(folder: Path) -> str:
    """What a reader must know of a run whose store keeps no digests; empty if it does, or cannot be read."""
    try:
        with Store(folder / STORE, read_only=True, checked=False) as store:
            if store.sealed:
                return ""
    except UsageError:  # the caller that needs the store will report why
        return ""
    return (
        f"{folder / STORE}: could not be checked for changes: it keeps no digests of its answers and grades, "
        f"as older versions of fbench did. They are kept once `{going_on(folder).command}` has "
        "written the results."
    )


def warn_if_unchecked(folder: Path) -> None:
    """Warn a program of a run whose store keeps no digests, as commands tell it on stderr."""
    if notice := unchecked_notice(folder):
        warnings.warn(notice, stacklevel=4)


def write_config(folder: Path, experiment: Experiment) -> None:
    """Write the configuration of a run directory.

    Raises:
        UsageError: the file cannot be written.
    """
    write_file(folder / CONFIG, run_config_text(experiment))


def check_identity(
    store: Store, folder: Path, experiment: Experiment, dataset: Dataset, origin: str | None = None
) -> None:
    """Save what a run begins with; later, refuse to continue with anything else. `store` is the run's.

    `origin` is the kind of upstream that answers (`fake`, `live`, `local`); None if no requests will be sent.

    Raises:
        UsageError: the run began with another dataset, models, settings or upstream; answers of both would be
            stored under the same names.
    """
    fakes_of(store, experiment)  # before anything shows that the run has begun
    # a run of an older version lacks newer fields: it behaved as they do by default
    began = cast("dict[str, Any]", _begun(store, "experiment", experiment.fixed))
    before = Experiment(**({} if "roles" in began else AS_IN_0_1)).fixed | began
    for field, value in experiment.fixed.items():
        if before[field] != value:
            raise UsageError(
                f"{folder / CONFIG}, field {field!r}: is {json.dumps(value)}, and the run began with "
                f"{json.dumps(before[field])}: put it back, or start a new run."
            )
    digest = _begun(store, "dataset", dataset.digest)
    if not dataset.is_known_as(str(digest)):
        raise UsageError(
            f"{folder}: the dataset is no longer the one that the run began with (its digest was "
            f"{str(digest)[:12]}, and is {dataset.digest[:12]}): put the old data back where {CONFIG} says, "
            "or start a new run."
        )
    if origin is not None and (kind := _begun(store, "origin", origin)) != origin:
        raise UsageError(
            f"{folder}: the run began with answers of {_ORIGINS.get(str(kind), kind)}, and {CONFIG} and "
            f"the environment now name {_ORIGINS.get(origin, origin)}: put back what was changed, or start "
            "a new run."
        )
    if plugins := used_plugins(experiment.names):
        store.set_meta(_PLUGINS, plugins)


def origin_in(store: Store) -> str | None:
    """The kind of upstream with whose answers the run of a store began; None if the store does not tell."""
    origin = store.meta("origin")
    return None if origin is None else str(origin)


def fakes_of(store: Store, experiment: Experiment) -> FakeSettings:
    """The settings of the fakes with which the run began; a run that begins now has those of today.

    A run of fbench 0.1.0 does not tell them: all its answers should come from the learner of then. Without
    fakes there are no behaviours, whatever the environment names.
    """
    settings = FakeSettings()
    if store.meta("dataset") is not None:
        settings = FakeSettings(learner_version=1)
    elif experiment.uses_fakes:
        settings = fake_settings()
    version, behaviours = (_begun(store, name, value) for name, value in settings._asdict().items())
    return FakeSettings(cast("int", version), cast("str", behaviours))


def _begun(store: Store, name: str, value: object) -> object:
    """The saved value with which the run began; if none was saved yet, `value` is saved."""
    began = store.meta(name)
    if began is None:
        store.set_meta(name, value)
    return value if began is None else began


def _plugins_of(folder: Path) -> list[dict[str, str]]:
    """The plug-ins with which a run was begun."""
    try:
        with Store(folder / STORE, read_only=True, checked=False) as store:
            return cast("list[dict[str, str]]", store.meta(_PLUGINS) or [])
    except UsageError:  # the caller that needs the store will report why
        return []


def keep_beginning(store: Store, command: Sequence[str]) -> None:
    """Keep in a run's store when it began and by which command, unless that is there."""
    if store.meta(_BEGINNING) is None:
        store.set_meta(_BEGINNING, {"created": _now(), "command": clean_command(command)})


def provenance_of(folder: Path) -> dict[str, Any]:
    """What `run.json` says; of a run that did not reach its end, when it began and by which command.

    Raises:
        UsageError: the file cannot be read.
    """
    path = folder / RUN
    if path.is_file():
        try:
            return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{path}: cannot be read ({error}). Write it again with `{going_on(folder).command}`."
            ) from None
    if not (folder / STORE).is_file():
        return {}
    with Store(folder / STORE, read_only=True, checked=False) as store:
        return cast("dict[str, Any]", store.meta(_BEGINNING) or {})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_provenance(
    folder: Path,
    experiment: Experiment,
    *,
    origin: str,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    seconds: float,
    command: Sequence[str],
    batch: bool = False,
) -> None:
    """Write `run.json`, which holds all that may differ between equal runs: when, where, by what, how.

    `created` and `command` are of the beginning; all else, `last_command` too, is of the session that
    ended the run.

    Raises:
        UsageError: it cannot be written.
    """
    with Store(folder / STORE, read_only=True, checked=False) as store:
        began = cast("dict[str, Any]", store.meta(_BEGINNING) or {})
    last = clean_command(command)
    about = {
        "created": began.get("created", _now()),
        "ended": _now(),
        "fbench": __version__,
        "python": python_version(),
        "platform": platform(),
        "machine": machine(),
        "sdks": {name: version(name) for name in ("openai", "google-genai", "httpx2")},
        "prices_as_of": AS_OF,
        "command": began.get("command", last),
        "last_command": last,
        "concurrency": concurrency,
        "jobs": jobs,
        "batch": batch,
        "budget_usd": budget_usd,
        "upstream": origin,
        "plugins": used_plugins(experiment.names),
        "seconds": round(seconds, 3),
    }
    write_file(folder / RUN, json.dumps(about, indent=1, sort_keys=True) + "\n")
