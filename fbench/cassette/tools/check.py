"""Checks the files of recordings for damage, secrets, age and leftovers, without replaying them."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from fbench.cassette.format.decoding import encodings_in, without_encoding
from fbench.cassette.format.interaction import Interaction
from fbench.cassette.format.reader import CassetteReader, CassetteWarning
from fbench.cassette.library import INDEX, Index, digest_of, own_in, read_index
from fbench.cassette.scrub.detect import (
    SuspectedSecret,
    find_secrets,
    find_secrets_in_body,
    find_secrets_in_words,
)
from fbench.cassette.scrub.known import KnownSecrets
from fbench.cassette.tools.endpoints import cassettes_in
from fbench.errors import CassetteError
from fbench.plurals import be, counted

__all__ = ["CassetteProblem", "check_recordings", "problem_of", "unplayed_in"]

_CONFIG = "config.toml"
_DAMAGED = (
    "take the file from where it came from again, or run `fbench cassette seal` on it if the change was meant"
)
_AGAIN = "record it again (`--record all`, in tests `--fbench-record=all`), or raise --max-age-days"
_CLEAN = "clean the file with `fbench cassette scrub`, and revoke what was in it"
_DECODER = "install a decoder for it, such as httpx2[brotli,zstd], and check it again"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class CassetteProblem:
    """A problem of a recording. `record` counts from 1; None means the whole file.

    With an `error` a recording must not be stored or cannot be replayed; a `warning` should be known.
    """

    severity: Literal["error", "warning"]
    file: str
    record: int | None
    what: str
    do: str

    def __str__(self) -> str:
        where = self.file if self.record is None else f"{self.file}, record {self.record}"
        return f"{self.severity}: {where}: {self.what}; {self.do}."


def check_recordings(
    path: Path,
    *,
    max_age_days: int | None = None,
    today: date | None = None,
    known: KnownSecrets | None = None,
) -> list[CassetteProblem]:
    """The problems of a cassette, or of a folder of cassettes; secrets are never shown in full.

    Args:
        path: a file that fbench or vcrpy wrote, or a folder with such files.
        max_age_days: a recording that is more days old is an error.
        today: the day to count from; None means today.
        known: secrets that must not be there, whatever they look like.

    Raises:
        CassetteError: there is nothing to check.
    """
    found: list[CassetteProblem] = []
    index: Index | None = None
    if path.is_dir() and (path / INDEX).exists():
        try:
            index = read_index(path)
        except CassetteError as error:
            found.append(problem_of(path / INDEX, error))
        found += _secrets_of(path / INDEX)
    if path.is_dir():
        found += _left_over(path)
        if (path / _CONFIG).is_file():
            found += _secrets_of(path / _CONFIG)
    try:
        files = cassettes_in(path)
    except CassetteError:
        if not found and index is None:
            raise
        files = []
    if index is not None:
        found += _indexed(path, index, dict(files))
    for _, file in files:
        own = frozenset[str]() if index is None else own_in(index)
        found += _file(file, (today or date.today(), max_age_days), own, known)  # noqa: DTZ011 - the user's day
    return found


def unplayed_in(path: Path, played: Path) -> list[CassetteProblem]:
    """The cassettes in a folder that no test played, by the list of `pytest --fbench-played`.

    Raises:
        CassetteError: the list cannot be read, or there is no cassette.
    """
    try:
        places = json.loads(played.read_bytes())["played"]
        known = {(played.resolve().parent / place).resolve() for place in places}
    except OSError as error:
        raise CassetteError(f"{played}: cannot be read: {error.strerror}. Name another file.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise CassetteError(
            f"{played}: is no list of played recordings: make one with `pytest --fbench-played={played}`."
        ) from error
    what, do = "no test played it", "remove it, or run the whole suite if the list is of a part of it"
    return [
        CassetteProblem("error", str(file), None, what, do)
        for _, file in cassettes_in(path)
        if file.resolve() not in known
    ]


def _indexed(folder: Path, index: Index, files: dict[str, Path]) -> Iterator[CassetteProblem]:
    listed = {shard.file: shard for shard in index.shards}
    again = "take the folder from where it came from again, or record what is missing with --record new"
    for name, shard in listed.items():
        if name not in files:
            what = f"{INDEX} lists it, with {counted(shard.interactions, 'interaction')}, and it is not there"
            yield CassetteProblem("error", str(folder / name), None, what, again)
        elif digest_of(files[name]) != shard.digest:
            what = f"its SHA-256 is not the one that {INDEX} says"
            yield CassetteProblem("error", str(folder / name), None, what, _DAMAGED)
    for name, file in files.items():
        if name not in listed:
            what = f"{INDEX} does not list it, so no replay of the recording reaches it"
            yield CassetteProblem("warning", str(file), None, what, "remove it, or run the recording again")


def _left_over(folder: Path) -> Iterator[CassetteProblem]:
    for file in sorted([*folder.rglob("*.part"), *folder.rglob("*.new")]):
        if file.suffix == ".part":
            do = "go on with that run by `fbench resume`, or remove the file"
            yield CassetteProblem(
                "warning", str(file), None, "is left from a recording that was interrupted", do
            )
        else:
            what = "is left from a crash while a cassette was written"
            yield CassetteProblem("warning", str(file), None, what, "remove it")


def _file(
    file: Path, age: tuple[date, int | None], own: frozenset[str], known: KnownSecrets | None
) -> Iterator[CassetteProblem]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", CassetteWarning
            )  # about an interruption, which `_left_over` reports
            tape = CassetteReader(file)
    except CassetteError as error:
        yield problem_of(file, error)
        return
    with closing(tape):
        yield from _provenance(file, tape.provenance, *age)
        keys = {at: key for key, positions in tape.index.items() for at in positions}
        for position in range(len(tape)):
            number = position + 1
            try:
                interaction = tape.interaction(position)
            except (CassetteError, ValueError):
                what = "is damaged, or was changed by hand"
                yield CassetteProblem("error", str(file), number, what, _DAMAGED)
                continue
            if interaction.key != keys[position]:
                what = "its key is not that of its request: it would answer another one"
                yield CassetteProblem("error", str(file), number, what, _DAMAGED)
            plain = without_encoding(interaction)
            for encoding in encodings_in(plain.headers) + encodings_in(plain.response.headers):
                what = f"a body has the encoding {encoding}, and cannot be looked into"
                yield CassetteProblem("warning", str(file), number, what, _DECODER)
            yield from _secrets(file, number, plain, own, known)


def _provenance(
    file: Path, provenance: dict[str, object], today: date, max_age_days: int | None
) -> Iterator[CassetteProblem]:
    if provenance.get("sealed"):
        what = "was changed by hand after it was recorded, and sealed"
        yield CassetteProblem("warning", str(file), None, what, "see what was changed, or record it again")
    expires = provenance.get("expires")
    if isinstance(expires, str) and expires < today.isoformat():
        what = f"expired on {expires}"
        yield CassetteProblem("error", str(file), None, what, "record it again, with --fbench-record=all")
    for kind, where, excerpt in _looks_like("\n".join(map(str, provenance.values()))):
        what = f"what looks like a secret ({kind}) is in its head, {where}: {excerpt}"
        yield CassetteProblem("error", str(file), None, what, _CLEAN)
    if max_age_days is None:
        return
    dates = sorted(_DATE.findall(str(provenance.get("recorded", ""))))
    if not dates:
        yield CassetteProblem("warning", str(file), None, "does not say when it was recorded", _AGAIN)
        return
    try:
        days = (today - date.fromisoformat(dates[0])).days
    except ValueError:
        what = f"says that it was recorded on {dates[0]}, which is no date"
        yield CassetteProblem("warning", str(file), None, what, _AGAIN)
        return
    if days > max_age_days:
        what = (
            f"was recorded on {dates[0]}, {counted(days, 'day')} ago, and {max_age_days} "
            f"{be(max_age_days)} allowed"
        )
        yield CassetteProblem("error", str(file), None, what, _AGAIN)


def _secrets(
    file: Path, number: int, interaction: Interaction, own: frozenset[str], known: KnownSecrets | None
) -> Iterator[CassetteProblem]:
    answered = interaction.response
    places = {
        "URL": interaction.url,
        "request's headers": _lines(interaction.headers),
        "request's body": interaction.body.decode(errors="replace"),
        "response's status": answered.reason,
        "response's failure": answered.failure.message if answered.failure else "",
        "response's headers": _lines(answered.headers),
        "response's body": answered.body.decode(errors="replace"),
        "tag": interaction.tag,
    }
    for place, text in places.items():
        if place.endswith("body"):
            secrets = find_secrets_in_body(text, own)
        else:
            secrets = find_secrets_in_words(text, own) if place == "tag" else find_secrets(text)
        for kind, where, excerpt in _each(secrets):
            what = f"what looks like a secret ({kind}) is in the {place}, {where}: {excerpt}"
            yield CassetteProblem("error", str(file), number, what, _CLEAN)
        spans = known.spans(text) if known is not None else []
        for name in sorted({found.removeprefix("scrubbed-") for *_, found in spans}):
            what = f"the value of a variable of the environment ({name}) is in the {place}"
            yield CassetteProblem("error", str(file), number, what, _CLEAN)


def _secrets_of(file: Path) -> Iterator[CassetteProblem]:
    for kind, where, excerpt in _looks_like(file.read_text(encoding="utf-8", errors="replace")):
        what = f"what looks like a secret ({kind}) is there, {where}: {excerpt}"
        yield CassetteProblem("error", str(file), None, what, "take it out, and revoke it")


def _looks_like(text: str) -> Iterator[tuple[str, str, str]]:
    return _each(find_secrets(text))


def _each(secrets: Iterable[SuspectedSecret]) -> Iterator[tuple[str, str, str]]:
    """Kind, place and excerpt of values that look like secrets; for equal ones only the first place."""
    seen: set[tuple[str, str]] = set()
    for found in secrets:
        if (found.kind, found.excerpt) not in seen:
            seen.add((found.kind, found.excerpt))
            yield found.kind, found.where, found.excerpt


def _lines(headers: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)


def problem_of(file: Path, error: CassetteError) -> CassetteProblem:
    """An error as a problem of a file; the last sentence of its message says what to do."""
    what, _, do = str(error).removeprefix(f"{file}: ").removeprefix(f"{file}, ").rstrip(".").rpartition(". ")
    if not what:
        what, _, do = do.partition(": ")
    return CassetteProblem("error", str(file), None, what, do[:1].lower() + do[1:] if do else _DAMAGED)
