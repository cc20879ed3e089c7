"""Compare two recordings of the same experiment: the schemas of the services, and their answers.

Schema drift: fields of an endpoint's responses that appeared, disappeared or changed their type. Behaviour
drift: requests that are in both recordings with different answers. Two requests are the same if they have the
same tag, endpoint and body, apart from ids and dates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from fbench.cassette.format.bodies import canonical, events_of, is_json
from fbench.cassette.format.decoding import without_encoding
from fbench.cassette.format.head import has_older_rules
from fbench.cassette.format.interaction import Interaction, RecordedResponse, type_of
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.scrub.scrubber import Scrubber
from fbench.cassette.tools.endpoints import cassettes_in, endpoint_of, steady_query, without_ids
from fbench.errors import CassetteError

__all__ = ["Change", "Drift", "FieldChange", "compare_recordings", "said_in"]

_VOLATILE = re.compile(
    r"(?:^|\.|\])(?:id|\w+_id|\w+Id|created|\w+_at|\w+Time|updated|timeCreated|system_fingerprint|"
    r"etag|selfLink|mediaLink|generation|metageneration|\w*logprobs\w*|\w*Logprobs\w*)(?=$|\.|\[)"
)
"""Fields that differ in every response: ids, times, fingerprints, probabilities."""

_SHOW = 200
_ABSENT = object()
_STRUCTURES = {"object", "array"}
_Fields = dict[str, set[str]]
"""Path of a field -> its types: `data[].id` -> `{"string"}`."""

_MAPS = frozenset(("labels", "metadata", "variables"))
"""Objects whose keys the user chooses."""

_FIELD_NAME = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$@-]{0,47}\Z")
_JSON_LINES = re.compile(r"application/(?:jsonl|x-ndjson|json-?lines)|text/jsonl", re.IGNORECASE)

_Place = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field in an endpoint's responses with one status that appeared, disappeared or changed its types.

    `old` and `new` are its types, sorted; empty if it is absent.
    """

    endpoint: str
    status: int
    field: str
    old: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def kind(self) -> str:
        """`came`, `went` or `type`."""
        return "type" if self.old and self.new else "came" if self.new else "went"


@dataclass(frozen=True, slots=True)
class Change:
    """A request with a different answer: the first field that differs, and its old and new value.

    `said` is true if the model's answer differs; then `old` and `new` are the whole answers.
    """

    shard: str
    endpoint: str
    tag: str
    field: str
    old: str
    new: str
    said: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """All differences between two recordings.

    `matched` counts the requests in both; `only_old` and `only_new` those in only one, by endpoint.
    """

    fields: tuple[FieldChange, ...]
    changes: tuple[Change, ...]
    matched: int
    only_old: Mapping[str, int]
    only_new: Mapping[str, int]

    def of_schemas(self) -> Drift:
        """Only the differences in fields: the answers of other models cannot be compared."""
        return replace(self, changes=())


@dataclass(slots=True)
class _Seen:
    """The content of a recording: fields by endpoint and status, responses by request."""

    fields: dict[tuple[str, int], _Fields] = field(default_factory=dict[tuple[str, int], _Fields])
    asked: dict[_Place, list[RecordedResponse]] = field(default_factory=dict[_Place, list[RecordedResponse]])


def compare_recordings(old: Path, new: Path, wrong: list[CassetteError] | None = None) -> Drift:
    """The differences between two cassettes, or between two folders of them.

    `wrong` gets the errors of files in folders that cannot be read, which are left out.

    Raises:
        CassetteError: one of them cannot be read, and there is no `wrong`; or there is none.
    """
    failed: list[CassetteError] = []
    was, now = cassettes_in(old), cassettes_in(new)
    aged = Scrubber().older if _is_older(was) != _is_older(now) else None
    before, after = _seen(was, aged, failed), _seen(now, aged, failed)
    if failed and (wrong is None or not (old.is_dir() and new.is_dir())):
        raise failed[0]
    if wrong is not None:
        wrong += failed
    fields = [
        FieldChange(*where, name, tuple(sorted(was)), tuple(sorted(now)))
        for where in sorted(before.fields.keys() & after.fields.keys())
        for name, was, now in _field_changes(before.fields[where], after.fields[where])
    ]
    changes: list[Change] = []
    matched = 0
    for place in sorted(before.asked.keys() & after.asked.keys()):
        pairs = _pairs(place, before.asked[place], after.asked[place])
        matched += len(pairs)
        changes += (change for pair in pairs if (change := _change(place, *pair)) is not None)
    return Drift(
        tuple(fields),
        tuple(changes),
        matched,
        _only(before.asked, after.asked),
        _only(after.asked, before.asked),
    )


def said_in(response: RecordedResponse) -> str | None:
    """The answer of a model in a response; None if it is not a model's answer."""
    found = [text for _, value in _values_of(response) for text in _said(value)]
    return "".join(found) if found else None


def _is_older(cassettes: Iterable[tuple[str, Path]]) -> bool:
    """Whether a part of a recording may have been scrubbed by older rules, which replaced other texts."""
    for _, file in cassettes:
        with suppress(CassetteError), closing(CassetteReader(file)) as tape:
            if has_older_rules(tape.provenance):
                return True
    return False


def _aged(found: Interaction, scrub: Scrubber) -> Interaction:
    """An interaction as the older rules would have stored it."""
    answered = found.response
    body = scrub.body(answered.body, type_of(answered.headers))
    return replace(
        found,
        body=scrub.body(found.body, found.content_type),
        response=answered._replace(body=body),
    )


def _seen(cassettes: Iterable[tuple[str, Path]], aged: Scrubber | None, failed: list[CassetteError]) -> _Seen:
    seen = _Seen()
    for shard, file in cassettes:
        try:
            with closing(CassetteReader(file)) as tape:
                kept = [without_encoding(each) for each in tape]
        except CassetteError as error:
            failed.append(error)
            continue
        for each in kept:
            interaction = each if aged is None else _aged(each, aged)
            endpoint, response = endpoint_of(interaction.method, interaction.url), interaction.response
            fields = seen.fields.setdefault((endpoint, response.status), {})
            for where, value in _values_of(response):
                for name, kind in _fields_of(value, where):
                    fields.setdefault(name, set()).add(kind)
            seen.asked.setdefault(_place(shard, endpoint, interaction), []).append(response)
    return seen


def _place(shard: str, endpoint: str, asked: Interaction) -> _Place:
    body = without_ids(canonical(asked.body, asked.content_type).decode(errors="replace"))
    return shard, asked.tag, endpoint, steady_query(asked.url), body


def _field_changes(old: _Fields, new: _Fields) -> Iterator[tuple[str, set[str], set[str]]]:
    """The fields that appeared, disappeared or changed, without those inside a field that (dis)appeared."""
    gone: tuple[str, ...] = ()
    for name in sorted({*old, *new}):
        was, now = old.get(name, set[str]()), new.get(name, set[str]())
        if was == now or name.startswith(gone or "\0"):
            continue
        if not was or not now or (was ^ now) & _STRUCTURES:
            gone = (f"{name}.", f"{name}[")
        if _only_emptier(name, old, new):
            continue
        yield name, was, now


def _only_emptier(name: str, old: _Fields, new: _Fields) -> bool:
    """Whether a list or a map was only empty on one side, so that nothing is known about its items."""
    if name in old and name in new:
        return False
    parent = name.removesuffix("[]") if name.endswith("[]") else name.removesuffix(".{}")
    return parent != name and old.get(parent) == new.get(parent)


def _pairs(
    place: _Place, old: list[RecordedResponse], new: list[RecordedResponse]
) -> list[tuple[RecordedResponse, RecordedResponse]]:
    if place[2].startswith("GET "):  # of repeated reads, such as polls, the last one counts
        return [(old[-1], new[-1])]
    return list(zip(old, new, strict=False))


def _change(place: _Place, old: RecordedResponse, new: RecordedResponse) -> Change | None:
    shard, tag, endpoint, *_ = place
    if old.status != new.status:
        return Change(shard, endpoint, tag, "status", str(old.status), str(new.status), said=False)
    was, now = said_in(old), said_in(new)
    if was != now and was is not None and now is not None:
        return Change(shard, endpoint, tag, "answer", was, now, said=True)
    before, after = _flat(old), _flat(new)
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if one is not _ABSENT and other is not _ABSENT and one != other:  # else it is a change of the schema
            return Change(shard, endpoint, tag, name, _show(one), _show(other), said=False)
    return None


def _flat(response: RecordedResponse) -> dict[str, object]:
    values = list(_values_of(response))
    if not values:
        return {"body": without_ids(response.body.decode(errors="replace"))}
    leaves: dict[str, object] = {}
    for number, (where, value) in enumerate(values):
        path = f"{where} {number}" if where else ""
        leaves.update((name, leaf) for name, leaf in _leaves(value, path) if not _VOLATILE.search(name))
    return leaves


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[object]", value)):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path, without_ids(value) if isinstance(value, str) else value


def _said(value: object) -> Iterator[str]:
    """The texts of a chat completion, a response, or generated content, complete or a piece of a stream."""
    if not isinstance(value, dict):
        return
    answer = cast("dict[str, Any]", value)
    for choice in _dicts(answer.get("choices")):
        yield from _texts([choice.get("message") or choice.get("delta")], "content")
    for candidate in _dicts(answer.get("candidates")):
        for content in _dicts([candidate.get("content")]):
            yield from _texts(content.get("parts"), "text")
    for item in _dicts(answer.get("output")):
        yield from _texts(item.get("content"), "text")
    if answer.get("type") == "response.output_text.delta":
        yield from _texts([answer], "delta")


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    for each in cast("Iterable[object]", value if isinstance(value, list) else ()):
        if isinstance(each, dict):
            yield cast("dict[str, Any]", each)


def _texts(value: object, name: str) -> Iterator[str]:
    return (text for each in _dicts(value) if isinstance(text := each.get(name), str))


def _only(
    here: Mapping[_Place, list[RecordedResponse]], there: Mapping[_Place, list[RecordedResponse]]
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in sorted(here.keys() - there.keys()):
        counts[place[2]] = counts.get(place[2], 0) + 1
    return counts


def _show(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOW else f"{text[: _SHOW - 3]}..."


def _values_of(response: RecordedResponse) -> Iterator[tuple[str, object]]:
    """The JSON values of a response, each with its place: empty for the body, `event NAME`, or `line`.

    A body that is not JSON, or does not match its type, has none.
    """
    kind = type_of(response.headers)
    if kind.startswith("text/event-stream"):
        for event in events_of(response.body):
            name, data = _event(event)
            yield from _parsed(name, data)
    elif is_json(kind):
        yield from _parsed("", response.body)
    elif _JSON_LINES.match(kind):
        for line in response.body.splitlines():
            yield from _parsed("line", line)


def _fields_of(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Each field of a JSON value and its type. All items of a list are `[]`, all keys of a map `{}`."""
    if isinstance(value, dict):
        yield path, "object"
        for name, inner in cast("dict[str, object]", value).items():
            known = path.rpartition(".")[2] not in _MAPS and _FIELD_NAME.match(name)
            own = name if known else "{}"
            yield from _fields_of(inner, f"{path}.{own}" if path else own)
    elif isinstance(value, list):
        yield path, "array"
        for inner in cast("list[object]", value):
            yield from _fields_of(inner, f"{path}[]")
    else:
        yield path, _type(value)


def _type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _event(event: bytes) -> tuple[str, bytes]:
    name, data = "event", list[bytes]()
    for line in event.splitlines():
        field, _, content = line.partition(b":")
        content = content.removeprefix(b" ")
        if field == b"event":
            name = f"event {content.decode(errors='replace')}"
        elif field == b"data":
            data.append(content)
    return name, b"\n".join(data)


def _parsed(where: str, text: bytes) -> Iterator[tuple[str, object]]:
    try:
        yield where, json.loads(text)
    except ValueError:  # such as the [DONE] that ends a stream
        return
