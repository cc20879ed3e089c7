"""Requests whose key is not in a recording: matching them with placeholders, and explaining misses.

A secret in a prompt is replaced in its recording. A replay does not know the secrets of the recorded run, so
it sends the prompt unchanged, and the recording is found by the text around the placeholder. For a miss, the
error names the most similar recorded request and the first difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fbench.cassette.format.bodies import canonical, is_json, key_of
from fbench.cassette.format.decoding import without_encoding
from fbench.cassette.format.interaction import Interaction
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.urls import keyless_url, steady_url
from fbench.cassette.scrub.placeholders import names_in, placeholder_pattern
from fbench.cassette.scrub.scrubber import Scrub
from fbench.errors import CassetteMiss
from fbench.plurals import counted

__all__ = ["RequestPattern", "alike_keys", "differences", "explain_miss", "matches", "patterns_in"]

_SIGN = b"scrubbed"
_ANY = r'(?:[^"\\]|\\.){4,4096}?'
_MOST_COMPARED = 2000
_LONGEST_SHOWN = 120
_ABSENT = object()


class RequestPattern(NamedTuple):
    """A recorded request with placeholders: its key, and a pattern that matches its possible bodies."""

    key: str
    tag: str
    method: str
    url: str
    body: re.Pattern[str]


def patterns_in(reader: CassetteReader) -> Iterator[RequestPattern]:
    """The recorded requests that have placeholders in their bodies.

    There are none if the head names no dataset: only the prompts of a run are known to equal the recorded
    ones. Otherwise, another value instead of a secret makes another request.

    Raises:
        CassetteError: a record was changed or damaged.
    """
    if "dataset" not in reader.provenance:
        return
    placeholder = placeholder_pattern(names_in(reader.provenance))
    for interaction in reader:
        if _SIGN not in interaction.body:
            continue
        text = canonical(interaction.body, interaction.content_type).decode(errors="replace")
        if len(around := placeholder.split(text)) > 1:
            body = re.compile(_ANY.join(map(re.escape, around)), re.DOTALL)
            yield RequestPattern(
                interaction.key, interaction.tag, interaction.method.upper(), interaction.url, body
            )


def matches(pattern: RequestPattern, tag: str, method: str, url: str, body: bytes) -> bool:
    """Whether a request with this canonical body may be the recorded one."""
    if (pattern.tag, pattern.method, pattern.url) != (tag, method.upper(), url):
        return False
    return pattern.body.fullmatch(body.decode(errors="replace")) is not None


def alike_keys(reader: CassetteReader, scrub: Scrub) -> dict[str, list[str]]:
    """The keys of a file by what is equal for requests that a service takes for the same.

    These may differ in the order of their parameters, in keys among them, and in the encoding of their
    bodies. Older recordings
    have an encoded body as it was sent, with its secrets.
    """
    found: dict[str, list[str]] = {}
    for key, positions in reader.index.items():
        kept = reader.interaction(positions[0])
        each = without_encoding(kept)
        body = each.body if each is kept else scrub.body(each.body, each.content_type)
        body = canonical(body, each.content_type)
        for url in {steady_url(each.url): None, keyless_url(each.url, stored=True): None}:
            found.setdefault(key_of(each.method, url, body, each.tag), []).append(key)
    return found


def explain_miss(
    asked: Interaction, readers: Sequence[CassetteReader], name: object, advice: str
) -> CassetteMiss:
    """The error for a request without a recording, with advice; the response of `asked` is ignored."""
    head = f"{name}: no recording is left of {asked.method} {asked.url}"
    if tag := asked.tag:
        head += f" (asked for {tag!r})"
    times = sum(len(reader.index.get(asked.key, ())) for reader in readers)
    if times:
        interrupted = "" if all(reader.closed for reader in readers) else " The recording was interrupted."
        return CassetteMiss(
            f"{head}: it was recorded {counted(times, 'time')}, and each was played.{interrupted} {advice}"
        )
    place = urlsplit(asked.url).path
    alike = [
        each
        for reader in readers
        for each in islice(reader, _MOST_COMPARED)
        if each.method == asked.method.upper() and urlsplit(each.url).path == place
    ]
    if not alike:
        return CassetteMiss(
            f"{head}: nothing was recorded of that method and path. Is it a recording of another experiment? "
            f"{advice}"
        )
    found = min(
        ((list(islice(differences(asked, each), 50)), each) for each in alike), key=lambda pair: len(pair[0])
    )
    said = found[0][0] if found[0] else "its tag is another"
    near = f" (recorded for {found[1].tag!r})" if found[1].tag else ""
    return CassetteMiss(
        f"{head}. The nearest recording{near} differs in {counted(len(found[0]), 'place')}; "
        f"the first: {said}. {advice}"
    )


def differences(asked: Interaction, recorded: Interaction) -> Iterator[str]:
    """The differences between two requests in words, one at a time."""
    if asked.url != recorded.url:
        yield f"the URL was {_short(recorded.url)} and is {_short(asked.url)}"
    if asked.body == recorded.body:
        return
    if is_json(asked.content_type) and is_json(recorded.content_type):
        try:
            yield from _walk(json.loads(recorded.body), json.loads(asked.body), "")
        except ValueError:
            yield _lines(recorded.body, asked.body)
    else:
        yield _lines(recorded.body, asked.body)


def _walk(old: Any, new: Any, path: str) -> Iterator[str]:
    if _are(dict, old, new):
        for name in sorted({*old, *new}):
            inner = f"{path}.{name}" if path else str(name)
            yield from _walk(old.get(name, _ABSENT), new.get(name, _ABSENT), inner)
    elif _are(list, old, new) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _walk(one, other, f"{path}[{number}]")
    elif old is not new and old != new:
        yield f"{path or 'the body'} was {_show(old)} and is {_show(new)}"


def _are(kind: type, *values: object) -> bool:
    return all(isinstance(value, kind) for value in values)


def _lines(old: bytes, new: bytes) -> str:
    before, after = old.decode(errors="replace").splitlines(), new.decode(errors="replace").splitlines()
    for number, (one, other) in enumerate(zip(before, after, strict=False), start=1):
        if one != other:
            return f"line {number} of the body was {_short(one)!r} and is {_short(other)!r}"
    return f"the body had {counted(len(before), 'line')} and has {len(after)}"


def _show(value: object) -> str:
    return "absent" if value is _ABSENT else _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
