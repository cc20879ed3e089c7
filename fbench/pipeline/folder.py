"""A run directory: `run.sqlite`, `config.toml` as run, `results.json`, `run.json`."""

from __future__ import annotations

import sys
import tomllib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import machine, platform, python_version
from typing import Any

import tomli_w
from pydantic import ValidationError

from fbench import __version__
from fbench.datasets import Dataset
from fbench.errors import UsageError
from fbench.pipeline.experiment import Experiment
from fbench.pipeline.prices import AS_OF
from fbench.pipeline.results import Results
from fbench.store import Store

__all__ = [
    "CONFIG",
    "RESULTS",
    "RUN",
    "STORE",
    "hold_to_dataset",
    "make_folder",
    "next_folder",
    "provenance",
    "read_config",
    "read_results",
    "write",
    "write_config",
]

STORE, CONFIG, RESULTS, RUN = "run.sqlite", "config.toml", "results.json", "run.json"


def next_folder() -> Path:
    """The first of runs/1, runs/2, ... that does not exist."""
    number = 1
    while (folder := Path("runs") / str(number)).exists():
        number += 1
    return folder


def make_folder(folder: Path, experiment: Experiment) -> None:
    """Makes a run directory with an empty store and the configuration.

    Raises:
        UsageError: it holds something already, or cannot be written; nothing is left behind then.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                f"{folder}: is not an empty folder, and a run never writes over another: choose another "
                f"--out, or go on with the run that is there with `fbench resume {folder}`."
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(_to_toml(experiment), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}. Choose another --out.") from error
    Store(folder / STORE, create=True).close()


def read_config(folder: Path) -> Path:
    """The configuration of a run directory.

    Raises:
        UsageError: the folder holds no run.
    """
    config = folder / CONFIG
    if not config.is_file() or not (folder / STORE).is_file():
        raise UsageError(f"{folder}: holds no run ({CONFIG} and {STORE} are not both there).")
    return config


def write_config(folder: Path, experiment: Experiment) -> None:
    """Writes the configuration of a run directory anew.

    Raises:
        UsageError: it cannot be written.
    """
    write(folder / CONFIG, _to_toml(experiment))


def hold_to_dataset(folder: Path, dataset: Dataset) -> None:
    """Keeps the digest of the dataset with the run at its beginning, and holds the run to it ever after.

    Raises:
        UsageError: the run began with another dataset; its answers would be mixed with those to others.
    """
    with Store(folder / STORE) as store:
        began = store.meta("dataset")
        if began is None:
            store.set_meta("dataset", dataset.digest)
        elif not dataset.is_known_as(began):
            raise UsageError(
                f"{folder}: the dataset is no longer the one that the run began with (its digest was "
                f"{str(began)[:12]}, and is {dataset.digest[:12]}): put the old data back where {CONFIG} "
                "says, or start a new run."
            )


def read_results(folder: Path) -> Results:
    """The results of a run directory.

    Raises:
        UsageError: there are none, or they are of another version of fbench.
    """
    path = folder / RESULTS
    try:
        return Results.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        if (folder / STORE).is_file():
            do = f"the run did not reach its end: go on with it by `fbench resume {folder}`"
        else:
            do = "name the folder of a run, such as one that `fbench run` made"
        raise UsageError(f"{folder}: has no {RESULTS}; {do}.") from None
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}. Name the folder of a run, such as one that "
            "`fbench run` made."
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise UsageError(
            f"{path}, field {field!r}: {first['msg']}; this is not what this fbench writes. Write it again "
            f"with `fbench resume {folder}`."
        ) from None


def write(path: Path, text: str) -> None:
    """Writes a file whole or not at all.

    Raises:
        UsageError: it cannot be written; what was there before still is.
    """
    part = path.with_name(path.name + ".part")
    try:
        try:
            part.write_text(text, encoding="utf-8", newline="\n")
            part.replace(path)
        except OSError:
            if part.is_file():
                part.unlink()
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}. Name another place.") from error


def provenance(**more: object) -> dict[str, object]:
    """What `run.json` says of where and when: all that may differ between two equal runs."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "fbench": __version__,
        "python": python_version(),
        "platform": platform(),
        "machine": machine(),
        "sdks": {name: version(name) for name in ("openai", "google-genai", "httpx2")},
        "prices_as_of": AS_OF,
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        **more,
    }


def _to_toml(experiment: Experiment) -> str:
    values: dict[str, Any] = experiment.model_dump(mode="json", exclude_none=True)
    for name, path in (("data", experiment.data), ("cassettes", experiment.cassettes)):
        if path is not None:
            values[name] = str(path.resolve())
    text = tomli_w.dumps(values)
    tomllib.loads(text)
    return text
