"""Forms of other recorders, made from what vcrpy itself recorded."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

__all__ = ["FORMS", "rewritten"]

_Document = dict[str, Any]


def _text_of(body: Any) -> Any:
    value: Any = body
    return value["string"] if isinstance(body, dict) and "string" in value else value


def _value_of(message: _Document) -> Any:
    """The value in a body of JSON; None of all others."""
    kinds = [value for name, value in message["headers"].items() if name.lower() == "content-type"]
    text = _text_of(message.get("body"))
    if text and "application/json" in str(kinds) and not isinstance(text, dict | list):
        try:
            return json.loads(text)
        except ValueError:
            return None
    return None


def _messages(document: _Document) -> list[_Document]:
    return [row[side] for row in document["interactions"] for side in ("request", "response")]


def parsed(document: _Document) -> _Document:
    """By pydantic-ai: a body of JSON as YAML."""
    for message in _messages(document):
        if (value := _value_of(message)) is not None:
            del message["body"]
            message["parsed_body"] = value
    return document


def parsed_beside_nothing(document: _Document) -> _Document:
    """As `parsed`, with an empty body still there."""
    for row in document["interactions"]:
        for side, empty in (("request", ""), ("response", {"string": ""})):
            if (value := _value_of(row[side])) is not None:
                row[side]["body"], row[side]["parsed_body"] = empty, value
    return document


def bytes_beside_parsed(document: _Document) -> _Document:
    """The bytes, and beside them what is not theirs."""
    for message in _messages(document):
        if _value_of(message) is not None:
            message["parsed_body"] = {"not": "this"}
    return document


def base64_strings(document: _Document) -> _Document:
    """Bodies of answers in base64, as Betamax writes them."""
    for row in document["interactions"]:
        content = _text_of(row["response"]["body"]) or b""
        plain = content.encode() if isinstance(content, str) else content
        row["response"]["body"] = {"encoding": None, "base64_string": base64.b64encode(plain).decode()}
    return document


def plain_headers(document: _Document) -> _Document:
    """Values of headers alone, some of them bytes, and not in lists."""
    for message in _messages(document):
        headers = message["headers"]
        for name, values in headers.items():
            if len(values) == 1:
                headers[name] = values[0].encode() if len(name) % 2 else values[0]
            else:
                headers[name] = [value.encode() for value in values]
    return document


def typed(document: _Document) -> _Document:
    """By cassetter: the status as a number, and bodies that say of which type they are."""
    for row in document["interactions"]:
        answered = row["response"]
        answered["status"] = answered["status"]["code"]
        for message in (row["request"], answered):
            content, value = _text_of(message["body"]), _value_of(message)
            if value is not None:
                message["body"] = {"type": "json", "content": value}
            elif not content:
                message["body"] = {"type": "none"}
            elif isinstance(content, dict | list):
                message["body"] = {"type": "json", "content": content}
            elif isinstance(content, bytes):
                message["body"] = {"type": "binary", "content": content.hex()}
            elif isinstance(content, str):
                message["body"] = {"type": "text", "content": content}
    return document


FORMS: Mapping[str, Callable[[_Document], _Document]] = {
    "parsed": parsed,
    "parsed beside nothing": parsed_beside_nothing,
    "bytes beside parsed": bytes_beside_parsed,
    "base64": base64_strings,
    "plain headers": plain_headers,
    "typed": typed,
}


def rewritten(path: Path, form: str, target: Path) -> Path:
    """A cassette of vcrpy in another form."""
    document: _Document = yaml.safe_load(path.read_text(encoding="utf-8"))
    changed = FORMS[form](copy.deepcopy(document))
    assert changed != document
    target.write_text(yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return target
