"""A run directory: `run.sqlite`, `config.toml` as run, `results.json`, `run.json`."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import tomllib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import machine, platform, python_version
from shlex import quote
from typing import Any, NamedTuple, cast

import tomli_w
from pydantic import ValidationError

from fbench import __version__
from fbench.analysis.results import SCHEMA_VERSION, Results
from fbench.datasets import Dataset
from fbench.errors import UsageError
from fbench.runner.experiment import Experiment
from fbench.runner.prices import AS_OF
from fbench.runner.store import Store

__all__ = [
    "CONFIG",
    "RESULTS",
    "RUN",
    "STORE",
    "Written",
    "hold_to_beginning",
    "keep_beginning",
    "make_folder",
    "next_folder",
    "provenance",
    "read_config",
    "read_results",
    "write",
    "write_config",
    "write_results",
    "written_results",
]

STORE, CONFIG, RESULTS, RUN = "run.sqlite", "config.toml", "results.json", "run.json"

_ORIGINS = {"fake": "FAKE models", "live": "live models", "local": "a server on this machine"}


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


def hold_to_beginning(
    folder: Path, experiment: Experiment, dataset: Dataset, origin: str | None = None
) -> None:
    """Keeps with a run what it began with, and holds it to that ever after.

    `origin` is what answers in it (`fake`, `live`, `local`), where anything may be asked.

    Raises:
        UsageError: it began with another dataset, models or settings, or something else answered; answers of
            both would go by one name.
    """
    with Store(folder / STORE) as store:
        keep_beginning(store, folder, experiment, dataset, origin)


def keep_beginning(
    store: Store, folder: Path, experiment: Experiment, dataset: Dataset, origin: str | None = None
) -> None:
    """As `hold_to_beginning`, in the open store of the run.

    Raises:
        UsageError: it began with something else.
    """
    began = _begun(store, "dataset", dataset.digest)
    if not dataset.is_known_as(str(began)):
        raise UsageError(
            f"{folder}: the dataset is no longer the one that the run began with (its digest was "
            f"{str(began)[:12]}, and is {dataset.digest[:12]}): put the old data back where {CONFIG} says, "
            "or start a new run."
        )
    if origin is not None and (began := _begun(store, "origin", origin)) != origin:
        raise UsageError(
            f"{folder}: the run began with answers of {_ORIGINS.get(str(began), began)}, and {CONFIG} and "
            f"the environment now name {_ORIGINS.get(origin, origin)}: put back what was changed, or start "
            "a new run."
        )
    before = cast("dict[str, Any]", _begun(store, "experiment", experiment.asked))
    for field, value in experiment.asked.items():
        if before.get(field, value) != value:
            raise UsageError(
                f"{folder / CONFIG}, field {field!r}: is {json.dumps(value)}, and the run began with "
                f"{json.dumps(before[field])}: put it back, or start a new run."
            )


def _begun(store: Store, name: str, value: object) -> object:
    """What the run began with; `value` from now on where nothing was kept."""
    began = store.meta(name)
    if began is None:
        store.set_meta(name, value)
    return value if began is None else began


class Written(NamedTuple):
    """The results of a run as they stand in its folder.

    Attributes:
        results: what the file says.
        text: the file, letter for letter.
        fbench: the version that wrote it. None where the run's store keeps no digest of it, or there is no
            store that can be read, so that nobody knows whether it was changed.
        unchecked: why it was not held against a digest; empty where it was.
        notice: what a reader must be told where the results are not what the file says as it stands.
    """

    results: Results
    text: str
    fbench: str | None
    unchecked: str
    notice: str = ""


def read_results(folder: Path) -> Results:
    """The results of a run directory, as `written_results` reads them.

    Raises:
        UsageError: there are none, they were changed, or they are of another version of fbench.
    """
    return written_results(folder).results


def written_results(place: Path) -> Written:
    """The results of a run directory, held against the digest that the run kept of them in its store.

    `place` may also be such a file alone.

    Raises:
        UsageError: there are none, they were changed, or they are of another version of fbench.
    """
    path = place if place.is_file() else place / RESULTS
    folder = path.parent
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if (folder / STORE).is_file():
            do = f"the run did not reach its end: go on with it by `fbench resume {quote(str(folder))}`"
        else:
            do = "name the folder of a run, such as one that `fbench run` made"
        raise UsageError(f"{folder}: has no {RESULTS}; {do}.") from None
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}. Name the folder of a run, such as one that "
            "`fbench run` made."
        ) from error
    results = _parsed(path, content)
    digests, unchecked = _digests(path)
    digest = _digest(content)
    if digests and digest not in digests:
        raise UsageError(
            f"{path}: was changed after the run wrote it (its SHA-256 begins with {digest[:12]}, and the "
            f"run's with {next(iter(digests))[:12]}), so it is not shown. Write it again with "
            f"`fbench resume {quote(str(folder))}`, which asks no service about what is answered."
        )
    return Written(results, content.decode(), digests.get(digest), unchecked)


def write_results(folder: Path, store: Store, text: str) -> None:
    """Writes the results of a run, and keeps their digest in its store.

    The digest is there before the file is, beside that of the file that it replaces: whichever of both a
    crash leaves behind can be read.

    Raises:
        UsageError: the file cannot be written; what was there before still is, and can be read.
    """
    path = folder / RESULTS
    new = {_digest(text.encode()): __version__}
    known = _kept_digests(store)
    there = _digest(path.read_bytes()) if path.is_file() else ""
    store.set_meta(RESULTS, {there: known[there], **new} if there in known else new)
    write(path, text)
    store.set_meta(RESULTS, new)


def _parsed(path: Path, content: bytes) -> Results:
    again = f"Write it again with `fbench resume {quote(str(path.parent))}`."
    try:
        results = Results.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise UsageError(
            f"{path}, field {field!r}: {first['msg']}; this is not what this fbench writes. {again}"
        ) from None
    if not 1 <= results.schema_ <= SCHEMA_VERSION:
        raise UsageError(
            f"{path}, field 'schema': is {results.schema_}, and this fbench reads up to {SCHEMA_VERSION}. "
            "Use the fbench that wrote it."
        )
    return results


def _digests(path: Path) -> tuple[dict[str, str], str]:
    """What a run's store keeps of its results, and why that is nothing where it is."""
    store_path = path.with_name(STORE)
    if path.name != RESULTS:
        return {}, f"only a {RESULTS} can be, where a run wrote it"
    if not store_path.is_file():
        return {}, f"there is no {STORE} beside it"
    try:
        with Store(store_path, read_only=True) as store:
            found = _kept_digests(store)
    except (UsageError, sqlite3.Error) as error:
        return {}, f"its store cannot be read: {str(error).rstrip('.')}"
    return found, "" if found else "its store keeps no digest of it, as older versions of fbench did"


def _kept_digests(store: Store) -> dict[str, str]:
    """The SHA-256 (hex) of each text of results that is the run's own, and the fbench that wrote it."""
    return cast("dict[str, str]", store.meta(RESULTS) or {})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
