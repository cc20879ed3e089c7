"""Reading a request by the tables of what a route takes.

Google reads the fields of a JSON message in camelCase or in snake_case, takes null for a field that is not
there and one message for a list of one, and refuses unknown fields
(https://protobuf.dev/programming-guides/json); google-genai sends both spellings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from fakes.json_text import is_mapping, parse
from fakes.parameters import HONOURED, Honoured, Kind, Parameter, Refused, Table, WithoutEffect, Words
from fakes.routes import Call, Refusal
from fakes.vertex.enums import enum_named
from fakes.vertex.errors import invalid, invalid_value, not_repeated, unknown_name, unknown_query, unsupported

__all__ = [
    "EMPTY",
    "REPEATED",
    "STANDARD",
    "STREAMED",
    "Takes",
    "int64_of",
    "object_of",
    "query_table",
    "read_call",
    "read_message",
]

REPEATED = frozenset(["contents", "functionDeclarations", "parts", "safetySettings", "tools"])
"""The fields that are lists of messages, wherever they stand in a message that is read."""

_NO_JSONP = "answers are JSON, not a script"
_STANDARD: dict[str, Parameter] = {
    "$.xgafv": Refused("errors have one format, that of today", (None, "2")),
    "$alt": Refused(
        "answers are JSON; readers of a protocol buffer's JSON take the names of enums for their numbers",
        ("json", "json;enum-encoding=int"),
    ),
    "access_token": HONOURED,
    "alt": Refused("answers are JSON", ("json",)),
    "callback": Refused(_NO_JSONP),
    "fields": Refused("answers are whole", ("*",)),
    "key": HONOURED,
    "oauth_token": HONOURED,
    "prettyPrint": WithoutEffect("white space between the tokens of JSON means nothing"),
    "quotaUser": WithoutEffect("it divides a project's quota among its users, and quotas are not by user"),
    "uploadType": WithoutEffect("it is read where media are uploaded, which no method with a table does"),
    "upload_protocol": WithoutEffect("as uploadType"),
}
"""The query parameters that every method of a Google service takes
(https://docs.cloud.google.com/apis/docs/system-parameters)."""


@dataclass(frozen=True, slots=True)
class Takes:
    """The parameters that a route takes in its query, and in its JSON body where it reads one."""

    query: Table
    body: Table | None = None
    at: str = ""
    """The path of the body in the messages of errors, where it has one."""


def query_table(**more: Parameter) -> Table:
    """The standard query parameters and those of a method; `alt` and `$alt` may be given anew."""
    return Table(_STANDARD | more)


STANDARD = query_table()
"""The query of a method that has no parameters of its own."""
STREAMED = Table(_STANDARD | {"alt": HONOURED, "$alt": HONOURED})
"""The query of a method that streams: in an array, or as server-sent events."""
EMPTY = Table({})
"""The body of a method that takes an empty message."""


def read_call(call: Call, takes: Takes) -> Call:
    """The call with its query and its body read, names in camelCase.

    Raises:
        Refusal: 400 for what the route does not take.
    """
    asked = _query(call, takes.query) if call.request.url.query else call.asked
    if takes.body is None:
        return Call(call.request, call.params, asked) if asked else call
    return Call(call.request, call.params, asked, read_message(object_of(call.body), takes.body, takes.at))


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is, an empty one where there is no body; 400 for any other body."""
    try:
        found = parse(body or b"{}")
    except ValueError:
        found = None
    if not is_mapping(found):
        raise invalid("Invalid JSON payload received.")
    return found


def read_message(message: object, table: Table, at: str = "") -> dict[str, Any]:
    """A message's fields with their names in camelCase, those of the messages within too.

    `at` is where in the request the message stands.

    Raises:
        Refusal: 400 for a field that the table does not have or refuses, or that is of another type.
    """
    if not is_mapping(message):
        raise invalid_value(at, message)
    read = _camel(message, table, at)
    table.check(read, _WORDS, at)
    return read


def int64_of(value: object, refusal: Refusal) -> int:
    """An int64, which travels as a string or a number; raises the refusal where it is none."""
    text = "" if isinstance(value, bool) else str(value)
    if not re.fullmatch(r"-?[0-9]{1,19}", text):
        raise refusal
    return int(text)


_KINDS: dict[Kind, str] = {
    "string": "TYPE_STRING",
    "integer": "TYPE_INT32",
    "number": "TYPE_DOUBLE",
    "boolean": "TYPE_BOOL",
}


def _mistyped(name: str, at: str, value: object, kind: Kind) -> Refusal:
    path = f"{at}.{name}" if at else name
    if kind == "strings":
        items = cast("list[object]", value) if isinstance(value, list) else []
        wrong = next((index for index, each in enumerate(items) if not isinstance(each, str)), None)
        if wrong is not None:
            return invalid_value(f"{path}[{wrong}]", items[wrong], "TYPE_STRING")
    return invalid_value(path, cast("object", value), "" if isinstance(kind, tuple) else _KINDS.get(kind, ""))


_WORDS = Words(unknown_name, unsupported, _mistyped)


def _query(call: Call, table: Table) -> dict[str, str]:
    read: dict[str, str] = {}
    for given, value in call.query.items():
        name = given if given in table.parameters else _camel_name(given)
        if name not in table.parameters:
            raise unknown_query(given)
        read[name] = value
    table.check(read, _WORDS)
    return read


def _camel(message: dict[str, Any], table: Table, at: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    known = table.parameters
    for given, value in message.items():
        name = given if given in known else _camel_name(given)
        parameter = known.get(name)
        if parameter is None:
            made[given] = value  # the check of the table refuses it, by the name that was sent
        elif value is not None:
            fields = parameter.fields if isinstance(parameter, Honoured) else None
            inside = fields if isinstance(fields, Table) else None
            made[name] = (
                enum_named(name, value)
                if inside is None
                else _inner(name, value, inside, f"{at}.{name}" if at else name)
            )
    return made


def _inner(name: str, value: object, table: Table, at: str) -> object:
    """The value of a field that is a message, or a list of them."""
    if name not in REPEATED:
        if isinstance(value, list):
            raise not_repeated(at)
        return _message(value, table, at)
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return [_message(item, table, f"{at}[{index}]") for index, item in enumerate(items)]


def _message(value: object, table: Table, at: str) -> dict[str, Any]:
    if not is_mapping(value):
        raise invalid_value(at, value)
    return _camel(value, table, at)


def _camel_name(name: str) -> str:
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name)
