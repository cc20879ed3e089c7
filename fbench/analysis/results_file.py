"""`results.json` of a run, verified with the digest in the run's store."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple, cast

from pydantic import ValidationError

from fbench.analysis.results import SCHEMA_VERSION, Results
from fbench.errors import UsageError
from fbench.files import place_in, write_file
from fbench.runner.folder import RESULTS, STORE
from fbench.runner.going_on import going_on
from fbench.runner.owner import at_work
from fbench.runner.store import Store, is_blank
from fbench.value_errors import first_problem
from fbench.version import __version__

__all__ = ["Written", "read_results", "why_missing", "write_results", "written_results"]


class Written(NamedTuple):
    """The results of a run as they are in its folder.

    Attributes:
        results: the content of the file.
        text: the exact text of the file.
        fbench: the version that wrote it. None if the run's store has no digest of it, or if there is no
            readable store, so that it is unknown whether the file was changed.
        unchecked: why it was not compared with a digest; empty if it was.
        notice: what a reader must know if the results differ from the file.
    """

    results: Results
    text: str
    fbench: str | None
    unchecked: str
    notice: str = ""


def read_results(folder: Path) -> Results:
    """The results of a run directory, as `written_results` reads them.

    Raises:
        UsageError: there are no results, they were changed, or they are from another version of fbench.
    """
    return written_results(folder).results


def written_results(place: Path) -> Written:
    """The results of a run directory, compared with the digest that the run saved in its store.

    `place` may also be a results file.

    Raises:
        UsageError: there are no results, they were changed, or they are from another version of fbench.
    """
    path = place if place.is_file() else place / RESULTS
    folder = path.parent
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{folder}: has no {RESULTS}; {why_missing(folder)}.") from None
    except IsADirectoryError:
        raise UsageError(
            f"{path}: cannot be read: Is a directory. Move it away, and write the results again with "
            f"`{going_on(folder).command}`."
        ) from None
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
            f"`{going_on(folder).command}`, which asks no service about what is answered."
        )
    return Written(results, content.decode(), digests.get(digest), unchecked)


def write_results(folder: Path, store: Store, text: str) -> None:
    """Write the results of a run, and save their digest in its store.

    The digest is saved before the file is written, together with that of the replaced file: after a crash,
    whichever file exists can be read.

    Raises:
        UsageError: the file cannot be written; the previous file is unchanged and can be read.
    """
    path = folder / RESULTS
    new = {_digest(text.encode()): __version__}
    known = _kept_digests(store)
    there = _digest(path.read_bytes()) if path.is_file() else ""
    store.set_meta(RESULTS, {there: known[there], **new} if there in known else new)
    write_file(path, text)
    store.set_meta(RESULTS, new)


def why_missing(folder: Path) -> str:
    """Why a folder has no results, and what to do about it."""
    if not folder.exists():
        return "this folder does not exist: name that of a run"
    if not (folder / STORE).is_file():
        return "name the folder of a run, such as one that `fbench run` made"
    if who := at_work(folder):
        return f"{who} still works on the run: wait until it has ended"
    resume = f"`{going_on(folder).command}`"
    try:
        with Store(folder / STORE, read_only=True, checked=False) as store:
            was_there = bool(_kept_digests(store))
    except UsageError:
        was_there = False
    if was_there:
        return f"the run wrote it, and it was removed: write it again with {resume}"
    return f"the run did not reach its end: go on with it by {resume}"


def _parsed(path: Path, content: bytes) -> Results:
    again = f"Write it again with `{going_on(path.parent).command}`."
    if path.name != RESULTS:
        again = "Name the folder of a run, or a copy of its results.json."
    try:
        results = Results.model_validate_json(content)
    except ValidationError as error:
        place, words, _ = first_problem(error)
        raise UsageError(
            f"{place_in(path, place)}: {words}; this is not what this fbench writes. {again}"
        ) from None
    if not 1 <= results.schema_ <= SCHEMA_VERSION:
        raise UsageError(
            f"{path}, field 'schema': is {results.schema_}, and this fbench reads up to {SCHEMA_VERSION}. "
            "Use the fbench that wrote it."
        )
    return results


def _digests(path: Path) -> tuple[dict[str, str], str]:
    """The digests of results in a run's store; if there are none, also the reason."""
    store_path = path.with_name(STORE)
    if path.name != RESULTS:
        return {}, f"only a {RESULTS} can be, where a run wrote it"
    if not store_path.is_file():
        return {}, f"there is no {STORE} beside it"
    if is_blank(store_path):
        return {}, "its store is empty"
    try:
        with Store(store_path, read_only=True) as store:
            found = _kept_digests(store)
    except UsageError as error:
        return {}, f"its store cannot be read: {str(error).rstrip('.')}"
    return found, "" if found else "its store keeps no digest of it, as older versions of fbench did"


def _kept_digests(store: Store) -> dict[str, str]:
    """The SHA-256 (hex) of each text of results that the run wrote, and the fbench version that wrote it."""
    return cast("dict[str, str]", store.meta(RESULTS) or {})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
