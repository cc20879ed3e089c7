"""Read cassettes of other recorders: vcrpy, pydantic-ai's form of vcrpy's, and cassetter.

vcrpy writes YAML or JSON, a body as text or bytes, and the answers of its older httpx stub in another form.
pydantic-ai keeps a body of JSON as YAML under `parsed_body`, and cassetter by its kind:

    body:
      type: json                              or text, binary (in hexadecimal digits), none
      content: {model: gpt-4o}

Bodies are decoded here, and URLs made plain, so that all that follows sees one form of interaction.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

from fbench.cassette.format.bodies import without_boundary
from fbench.cassette.format.decoding import decoded_or_plain
from fbench.cassette.format.interaction import Headers, Interaction, RecordedResponse, type_of
from fbench.cassette.format.safe_yaml import Chunks, YamlError, read_yaml
from fbench.cassette.format.urls import plain_url
from fbench.errors import CassetteError

__all__ = ["read_foreign"]

_WRONG = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_FORM = "application/x-www-form-urlencoded"
_OTHERS = {"request_sample": "gRPC", "grpc_interactions": "gRPC", "ws_interactions": "WebSockets"}
"""Signs of other protocols: pydantic-ai's for a call, cassetter's for a file."""

_SENT = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>')
"""What clients leave as it is in a URL. The rest was written by hand, such as `<USER>` for a name."""

_WRAPPERS = ({"string"}, {"base64_string"})


def read_foreign(path: Path, content: bytes) -> tuple[str, list[Interaction]]:
    """The name of the recorder of a cassette, and its interactions in their order.

    Raises:
        CassetteError: the file is not such a cassette, or holds what fbench cannot replay; the message says
            where.
    """
    found: list[Interaction] = []
    recorder = "vcrpy"
    for number, row in enumerate(_rows(path, content), start=1):
        try:
            recorder = "cassetter" if _is_typed(row["response"]) else recorder
            found.append(_interaction(row))
        except _WRONG as error:
            said = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            raise CassetteError(
                f"{path}, row {number}: is no interaction that fbench can read ({said}). Leave that row out, "
                "or record it again."
            ) from error
    return recorder, found


def _is_typed(answered: dict[str, Any]) -> bool:
    """Whether an interaction is cassetter's, whose bodies say of which type they are."""
    return isinstance(answered.get("status"), int)


def _rows(path: Path, content: bytes) -> list[dict[str, Any]]:
    try:
        document = _mapping(json.loads(content) if path.suffix == ".json" else read_yaml(content))
        others = [protocol for sign, protocol in _OTHERS.items() if document.get(sign)]
        given: list[object] = document.get("interactions", []) if others else document["interactions"]
        rows = [_mapping(row) for row in given or ()]
    except (YamlError, RecursionError, *_WRONG) as error:
        said = f"it has no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise CassetteError(
            f"{path}: is no cassette of fbench, vcrpy or cassetter: {said}. Name a file that one of them "
            "recorded."
        ) from error
    others += [protocol for sign, protocol in _OTHERS.items() if any(sign in row for row in rows)]
    if others:
        raise CassetteError(
            f"{path}: is a recording of {others[0]}, and fbench replays HTTP alone. Leave the file out."
        )
    return rows


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("it is no mapping of names to values")
    return cast("dict[str, Any]", value)


def _interaction(row: dict[str, Any]) -> Interaction:
    asked, answered = row["request"], row["response"]
    typed = _is_typed(answered)
    kept: Any = asked.get("body")
    headers = _headers(asked.get("headers"))
    if typed:
        body, is_value = _typed(kept), bool(kept) and kept["type"] == "json"
    else:
        if isinstance(kept, dict) and {*cast("dict[str, Any]", kept)} - {"encoding"} in _WRAPPERS:
            kept = _unwrapped(kept)
        is_value = isinstance(kept, dict | list) and not isinstance(kept, Chunks)
        body = _bytes(kept, type_of(headers))
    if is_value and not type_of(headers):  # aiohttp is patched where a body has no type yet
        headers = (*headers, ("content-type", "application/json"))
    headers, body = decoded_or_plain(headers, body or _parsed(asked))
    kind, body = without_boundary(type_of(headers), body)
    headers = tuple((name, kind if name == "content-type" else value) for name, value in headers)
    method, url = str(asked["method"]), plain_url(quote(str(asked["uri"]), safe=_SENT))
    return Interaction(method, url, headers, body, _response(answered, typed=typed))


def _response(answered: dict[str, Any], *, typed: bool) -> RecordedResponse:
    headers = _headers(answered.get("headers"))
    kept = answered.get("body")
    if typed:
        status, reason, body = answered["status"], "", _typed(kept)
    elif "status_code" in answered:  # the flat form of vcrpy's older httpx stub
        status, reason, body = answered["status_code"], "", _bytes(answered["content"])
    else:
        status, reason = answered["status"]["code"], _word(answered["status"].get("message"))
        body = _bytes(_unwrapped(kept) if isinstance(kept, dict) else kept)
    headers, body = decoded_or_plain(headers, body or _parsed(answered))
    return RecordedResponse(int(status), reason, headers, body)


def _parsed(message: dict[str, Any]) -> bytes:
    """The body that pydantic-ai keeps as YAML; empty if there is none."""
    return _json(message["parsed_body"]) if message.get("parsed_body") is not None else b""


def _typed(body: Any) -> bytes:
    """A body as cassetter keeps it."""
    kind: str = body["type"] if body else "none"
    content: Any = body.get("content") if body else None
    match kind:
        case "json":
            return _json(content)
        case "text":
            return str(content).encode()
        case "binary":
            return bytes.fromhex(content)
        case "none":
            return b""
        case _:
            raise ValueError(f"a body has the type {kind!r}")


def _unwrapped(body: Any) -> Any:
    if "base64_string" in body:
        return base64.b64decode(body["base64_string"])
    return body.get("string")


def _bytes(body: Any, kind: str = "") -> bytes:
    """A body as vcrpy keeps it: text, bytes or pieces; or a value of which a client made the body."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    value: Any = body
    if isinstance(body, Chunks) or (isinstance(body, list) and _are_bytes(value)):
        return b"".join(map(_bytes, value))
    if kind.startswith(_FORM):
        return urlencode(value, doseq=True).encode()
    return json.dumps(value).encode()


def _are_bytes(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(each, bytes) for each in items)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(headers: Any) -> Headers:
    return tuple(_pairs(headers or {}))


def _pairs(headers: dict[Any, Any] | list[Any]) -> Iterator[tuple[str, str]]:
    for name, values in dict(headers).items():  # a list of pairs is of vcrpy's first years
        several = isinstance(values, list | tuple)
        for value in cast("list[Any]", values) if several else [values]:
            yield _word(name).lower(), _word(value)


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")
    return "" if value is None else str(value)
