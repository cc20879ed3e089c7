"""Endpoints of requests, without ids and dates; and the cassettes in a folder."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from fbench.cassette.library import INDEX
from fbench.errors import CassetteError

__all__ = ["SUFFIXES", "cassettes_in", "endpoint_of", "steady_query", "without_ids"]

_COLLECTIONS = frozenset(
    (
        *("b", "batchPredictionJobs", "batches", "cachedContents", "checkpoints", "completions", "datasets"),
        *("endpoints", "files", "jobs", "locations", "models", "o", "operations", "projects", "responses"),
        *("tunedModels", "tuningJobs", "uploads"),
    )
)
"""Words in a path that are followed by an id."""

_ID = "{id}"
_VERB = re.compile(r":([a-z][A-Za-z]+)$")
_FORMED = (
    re.compile(r"\bft:[^\s\"'/,]+"),
    re.compile(r"\b(?:ftjob|ftevent|ftckpt|file|batch|upload|req|run)-[\w-]{6,}"),
    re.compile(r"\b(?:chatcmpl|cmpl|resp|msg|fp|batch|upload|part|req|proj|org|user)[-_][\w-]{6,}"),
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d)?"),
    re.compile(r"(?<![\w.])\d{9,}(?![\w.])"),
    re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
    re.compile(r"\bprojects/[^/\s\"]+"),
    re.compile(r"\bgs://[^/\s\"]+"),
)
SUFFIXES = (".yaml", ".yml", ".json")
"""The endings of cassettes' names."""


def endpoint_of(method: str, url: str) -> str:
    """The method and the path of a request, with `{id}` in place of ids and names."""
    before = ""
    words: list[str] = []
    for word in urlsplit(url).path.split("/"):
        verb = "" if word.startswith("ft:") or "%3A" in word else _VERB.search(word)
        is_id = before in _COLLECTIONS or (len(word) >= 8 and any(letter.isdigit() for letter in word))
        words.append((_ID + (verb[0] if verb else "")) if is_id and word else word)
        before = word
    return f"{method.upper()} {'/'.join(words)}"


def without_ids(text: str) -> str:
    """A text with `{id}` in place of values that differ between recordings: ids, dates, projects."""
    for formed in _FORMED:
        text = formed.sub(_ID, text)
    return text


def steady_query(url: str) -> str:
    """The query of a URL in a fixed order, with `{id}` in place of ids, dates and projects."""
    return "&".join(sorted(f"{name}={without_ids(value)}" for name, value in parse_qsl(urlsplit(url).query)))


def cassettes_in(path: Path) -> list[tuple[str, Path]]:
    """The cassettes in a folder with their names relative to it, in a fixed order; a single file has no name.

    Raises:
        CassetteError: there is no cassette.
    """
    if not path.is_dir():
        if not path.is_file():
            raise CassetteError(f"{path}: is not there. Name a cassette, or the folder of a recording.")
        return [("", path)]
    found = [each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file()]
    found.sort(key=lambda each: each.relative_to(path).parts)
    named = [(each.relative_to(path).as_posix(), each) for each in found if each.name != INDEX]
    if not named:
        raise CassetteError(f"{path}: holds no cassette. Name a cassette, or the folder of a recording.")
    return named
