"""What differs between two recordings of the same: the services' forms, and what they answered.

Schema drift is about fields and types, endpoint by endpoint. Behaviour drift is about requests that were
asked in both: two are the same if they have the same tag, endpoint and body, ids and dates aside.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from fbench.cassette.format.bodies import canonical
from fbench.cassette.format.closing import is_older
from fbench.cassette.format.interaction import Interaction, Response, type_of
from fbench.cassette.format.tape import Tape
from fbench.cassette.scrub.scrubber import Scrubber
from fbench.cassette.tools.endpoints import asked_of, cassettes_in, endpoint_of, steady
from fbench.cassette.tools.shapes import Fields, fields_of, values_of

__all__ = ["Change", "Drift", "FieldChange", "compare", "said_in"]

_VOLATILE = re.compile(
    r"(?:^|\.|\])(?:id|\w+_id|\w+Id|created|\w+_at|\w+Time|updated|timeCreated|system_fingerprint|"
    r"etag|selfLink|mediaLink|generation|metageneration|\w*logprobs\w*|\w*Logprobs\w*)(?=$|\.|\[)"
)
"""Fields that differ each time: ids, times, fingerprints, and figures that are never twice the same."""

_SHOW = 200
_ABSENT = object()
_STRUCTURES = {"object", "array"}
_Place = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of an endpoint's responses of one status that came, went or has other types.

    `old` and `new` are the types seen, sorted; empty where the field is absent.
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
    """A request that was answered otherwise: where the answers differ first, and what stood there.

    `said` is whether the difference is in what a model said; then `old` and `new` are all of it.
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
    """All that differs. `matched` counts the requests found in both recordings; `only_old` and `only_new`, by
    endpoint, those found in one.
    """

    fields: tuple[FieldChange, ...]
    changes: tuple[Change, ...]
    matched: int
    only_old: Mapping[str, int]
    only_new: Mapping[str, int]

    def of_schemas(self) -> Drift:
        """Only what is known of fields: for a service of other models, whose answers mean nothing here."""
        return replace(self, changes=())


@dataclass(slots=True)
class _Seen:
    """What a recording holds: fields by endpoint and status, and responses by request."""

    fields: dict[tuple[str, int], Fields] = field(default_factory=dict[tuple[str, int], Fields])
    asked: dict[_Place, list[Response]] = field(default_factory=dict[_Place, list[Response]])


def compare(old: Path, new: Path) -> Drift:
    """What differs between two cassettes, or two folders of them.

    Raises:
        CassetteError: one of them cannot be read.
    """
    aged = Scrubber().older if _is_older(old) != _is_older(new) else None
    before, after = _seen(old, aged), _seen(new, aged)
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


def said_in(response: Response) -> str | None:
    """What a model said in a response; None where it is no answer of a model."""
    found = [text for _, value in values_of(response) for text in _said(value)]
    return "".join(found) if found else None


def _is_older(path: Path) -> bool:
    """Whether something there may have been scrubbed by older rules, so that other words stand in it."""
    for _, file in cassettes_in(path):
        with closing(Tape(file)) as tape:
            if is_older(tape.provenance):
                return True
    return False


def _aged(found: Interaction, scrub: Scrubber) -> Interaction:
    """An interaction as older rules would have kept it."""
    answered = found.response
    body = scrub.body(answered.body, type_of(answered.headers))
    return replace(
        found,
        body=scrub.body(found.body, found.content_type),
        response=replace(answered, body=body),
    )


def _seen(path: Path, aged: Scrubber | None) -> _Seen:
    seen = _Seen()
    for shard, file in cassettes_in(path):
        with closing(Tape(file)) as tape:
            for kept in tape:
                interaction = kept if aged is None else _aged(kept, aged)
                endpoint, response = endpoint_of(interaction.method, interaction.url), interaction.response
                fields = seen.fields.setdefault((endpoint, response.status), {})
                for where, value in values_of(response):
                    for name, kind in fields_of(value, where):
                        fields.setdefault(name, set()).add(kind)
                seen.asked.setdefault(_place(shard, endpoint, interaction), []).append(response)
    return seen


def _place(shard: str, endpoint: str, asked: Interaction) -> _Place:
    body = steady(canonical(asked.body, asked.content_type).decode(errors="replace"))
    return shard, asked.tag, endpoint, asked_of(asked.url), body


def _field_changes(old: Fields, new: Fields) -> Iterator[tuple[str, set[str], set[str]]]:
    """What came, went or changed; not what is inside of a field that came or went."""
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


def _only_emptier(name: str, old: Fields, new: Fields) -> bool:
    """Whether a list or a map merely had no items on one side, so that nothing is known of them."""
    if name in old and name in new:
        return False
    parent = name.removesuffix("[]") if name.endswith("[]") else name.removesuffix(".{}")
    return parent != name and old.get(parent) == new.get(parent)


def _pairs(place: _Place, old: list[Response], new: list[Response]) -> list[tuple[Response, Response]]:
    if place[2].startswith("GET "):  # a poll counts by where it ended
        return [(old[-1], new[-1])]
    return list(zip(old, new, strict=False))


def _change(place: _Place, old: Response, new: Response) -> Change | None:
    shard, tag, endpoint, *_ = place
    if old.status != new.status:
        return Change(shard, endpoint, tag, "status", str(old.status), str(new.status), said=False)
    was, now = said_in(old), said_in(new)
    if was != now and was is not None and now is not None:
        return Change(shard, endpoint, tag, "answer", was, now, said=True)
    before, after = _flat(old), _flat(new)
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if one is not _ABSENT and other is not _ABSENT and one != other:  # else it is of the schema
            return Change(shard, endpoint, tag, name, _show(one), _show(other), said=False)
    return None


def _flat(response: Response) -> dict[str, object]:
    values = list(values_of(response))
    if not values:
        return {"body": steady(response.body.decode(errors="replace"))}
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
        yield path, steady(value) if isinstance(value, str) else value


def _said(value: object) -> Iterator[str]:
    """The texts of a chat completion, a response, or generated content, whole or a piece of a stream."""
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


def _only(here: Mapping[_Place, list[Response]], there: Mapping[_Place, list[Response]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in sorted(here.keys() - there.keys()):
        counts[place[2]] = counts.get(place[2], 0) + 1
    return counts


def _show(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOW else f"{text[: _SHOW - 3]}..."
