"""What to say of a request that has no recording: the nearest one that has, and one difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from fbench.cassette.format.bodies import is_json
from fbench.cassette.format.interaction import Interaction
from fbench.cassette.format.tape import Tape
from fbench.errors import CassetteMiss
from fbench.plurals import counted

__all__ = ["differences", "explain_miss"]

_LOOK_AT = 2000
_SHOW = 120
_ABSENT = object()


def explain_miss(asked: Interaction, tapes: Sequence[Tape], name: object) -> CassetteMiss:
    """The error for a request without a recording; `asked` has no response of its own."""
    head = f"{name}: no recording is left of {asked.method} {asked.url}"
    if tag := asked.tag:
        head += f" (asked for {tag!r})"
    times = sum(len(tape.index.get(asked.key, ())) for tape in tapes)
    if times:
        interrupted = "" if all(tape.closed for tape in tapes) else " The recording was interrupted."
        return CassetteMiss(
            f"{head}: it was recorded {counted(times, 'time')}, and each was played.{interrupted} "
            f"Record what "
            "is missing with --record new."
        )
    place = urlsplit(asked.url).path
    alike = [
        each
        for tape in tapes
        for each in islice(tape, _LOOK_AT)
        if each.method == asked.method.upper() and urlsplit(each.url).path == place
    ]
    if not alike:
        return CassetteMiss(
            f"{head}: nothing was recorded of that method and path. Is it a recording of another experiment? "
            "Record what is missing with --record new."
        )
    found = min(
        ((list(islice(differences(asked, each), 50)), each) for each in alike), key=lambda pair: len(pair[0])
    )
    said = found[0][0] if found[0] else "its tag is another"
    near = f" (recorded for {found[1].tag!r})" if found[1].tag else ""
    return CassetteMiss(
        f"{head}. The nearest recording{near} differs in {counted(len(found[0]), 'place')}; "
        "the first: "
        f"{said}. Record what is missing with --record new."
    )


def differences(asked: Interaction, recorded: Interaction) -> Iterator[str]:
    """What differs between two requests, a place at a time, in words."""
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
    return text if len(text) <= _SHOW else f"{text[: _SHOW - 3]}..."
