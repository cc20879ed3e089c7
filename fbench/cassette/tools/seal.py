"""Seal a cassette that was changed by hand: compute its keys, hashes and count again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from fbench.cassette.format.bodies import restored
from fbench.cassette.format.head import has_fbench_layout
from fbench.cassette.format.interaction import Failure, Headers, Interaction, RecordedResponse, write_record
from fbench.cassette.format.safe_yaml import YamlError, read_yaml
from fbench.cassette.format.writer import write_cassette
from fbench.cassette.library import reindex
from fbench.errors import CassetteError

__all__ = ["seal_cassette"]

_OWN = ("interactions", "index", "seal")


def seal_cassette(path: Path) -> int:
    """Write a cassette again with its current content, and return its number of interactions.

    Its provenance then says that it was changed by hand. If an index lists the file, its row there is
    updated.

    Raises:
        CassetteError: the file is not fbench's or not YAML, or a record is not an interaction; the message
            says which and why. Nothing is changed then.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error
    if path.suffix == ".part":
        raise CassetteError(
            f"{path}: is a recording that has not ended: go on with it by `fbench resume` first."
        )
    if not has_fbench_layout(content):
        raise CassetteError(
            f"{path}: does not begin as fbench's cassettes do. A cassette of vcrpy needs no seal; to make "
            "one of fbench's of it, use `fbench cassette scrub`."
        )
    try:
        loaded = read_yaml(content)
    except (YamlError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise CassetteError(
            f"{path}: is no YAML any more: {said}. Mend that place, then seal it again."
        ) from error
    document = _mapping(loaded, path, "the file")
    rows = document.get("interactions")
    if not isinstance(rows, list):
        raise CassetteError(f"{path}, field 'interactions': is no list. Mend it, then seal the file again.")
    records = [
        write_record(_interaction(row, f"{path}, record {number}"))
        for number, row in enumerate(cast("list[object]", rows), start=1)
    ]
    about = _mapping(document.get("fbench") or document.get("metadata") or {}, path, "field 'fbench'")
    provenance = {name: _plain(value) for name, value in about.items() if name not in _OWN}
    write_cassette(path, records, {**provenance, "sealed": "after a change by hand"})
    reindex(path)
    return len(records)


def _interaction(row: object, where: str) -> Interaction:
    asked = _mapping(_field(row, "request", where), where, "field 'request'")
    answered = _mapping(_field(row, "response", where), where, "field 'response'")
    method, url = _text(asked, "method", where), _text(asked, "uri", where)
    if not method.isalpha():
        raise _wrong(where, "method", f"{method!r} is no method of HTTP")
    if not _is_url(url):
        raise _wrong(where, "uri", f"{url!r} is no URL")
    status = _mapping(_field(answered, "status", where), where, "field 'status'")
    code = _field(status, "code", where)
    if not isinstance(code, int) or isinstance(code, bool) or not 100 <= code <= 599:
        raise _wrong(where, "code", f"{code!r} is no status of HTTP")
    held = _mapping(_field(answered, "body", where), where, "field 'body'")
    response = RecordedResponse(
        code,
        str(status.get("message") or ""),
        _headers(answered, where),
        _body(held, where),
        _failure(answered, where),
    )
    tag = str(_mapping(row, where, "it").get("tag") or "")
    return Interaction(
        method.upper(), url, _headers(asked, where), _bytes(asked.get("body"), "body", where), response, tag
    )


def _headers(message: Mapping[str, object], where: str) -> Headers:
    headers = _mapping(message.get("headers") or {}, where, "field 'headers'")
    found: list[tuple[str, str]] = []
    for name, values in headers.items():
        for value in cast("list[object]", values if isinstance(values, list) else [values]):
            if not isinstance(value, str):
                raise _wrong(where, name, f"the header's value {value!r} is no text: put it in quotes")
            found.append((name.lower(), value))
    return tuple(found)


def _body(held: Mapping[str, object], where: str) -> bytes:
    stored = _bytes(_field(held, "string", where), "string", where)
    try:
        if layout := str(held.get("layout") or ""):
            json.loads(stored)
        return restored(stored, layout)
    except ValueError as error:
        raise _wrong(where, "layout", f"{error}: take that line out if the body is to be as it is") from None


def _failure(answered: Mapping[str, object], where: str) -> Failure | None:
    if answered.get("failure") is None:
        return None
    told = _mapping(answered["failure"], where, "field 'failure'")
    return Failure(_text(told, "error", where), _text(told, "message", where))


def _bytes(value: object, name: str, where: str) -> bytes:
    if isinstance(value, bytes) or value is None:
        return value or b""
    if not isinstance(value, str):
        raise _wrong(where, name, f"{value!r} is no text: put it in quotes, or in a block")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise _wrong(where, name, "it holds half a surrogate pair, which no UTF-8 can hold") from None


def _field(row: object, name: str, where: str) -> object:
    fields = _mapping(row, where, "it")
    if name not in fields:
        raise _wrong(where, name, "it is absent")
    return fields[name]


def _text(row: Mapping[str, object], name: str, where: str) -> str:
    value = _field(row, name, where)
    if not isinstance(value, str):
        raise _wrong(where, name, f"{value!r} is no text")
    return value


def _mapping(value: object, where: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise CassetteError(
            f"{where}: {what} is no mapping of names to values. Mend it, then seal the file again."
        )
    return {str(name): inner for name, inner in cast("dict[object, object]", value).items()}


def _plain(value: object) -> object:
    """A value as in JSON, which has no bytes."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast("list[object]", value)]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _wrong(where: str, name: str, what: str) -> CassetteError:
    return CassetteError(f"{where}, field {name!r}: {what}. Mend it, then seal the file again.")
