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

from fbench import __version__
from fbench.errors import UsageError
from fbench.pipeline.experiment import Experiment
from fbench.pipeline.prices import AS_OF
from fbench.store import Store

__all__ = ["CONFIG", "RESULTS", "RUN", "STORE", "make_folder", "next_folder", "provenance", "read_config"]

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
    if experiment.data is not None:
        values["data"] = str(experiment.data.resolve())
    text = tomli_w.dumps(values)
    tomllib.loads(text)
    return text
