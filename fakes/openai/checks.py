"""The check of a request against its endpoint's tables, in OpenAI's words, and the mounting of endpoints.

An endpoint cannot be mounted without its tables: one of the query, one of the body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes.json_text import is_mapping, parse
from fakes.multipart import Part, parts
from fakes.openai.errors import invalid
from fakes.openai.values import unsupported_value, wrong_type
from fakes.parameters import NOTHING, Kind, Table, Words
from fakes.routes import Call, Handler, Refusal, Result, Routes

__all__ = ["BodyHandler", "Endpoints", "FormHandler", "check_body", "object_of"]

BodyHandler = Callable[[Call, dict[str, Any]], Result]
"""Answers a call whose JSON body has been read and checked."""
FormHandler = Callable[[Call, dict[str, Part]], Result]
"""Answers a call whose form has been read and checked."""


class Endpoints:
    """Mounts the endpoints of an account on its routes, each behind the check of its parameters.

    Args:
        routes: where they are mounted.
        prefix: what stands before each path.

    Attributes:
        tables: for each method and template, the tables of the query and of the body.
    """

    def __init__(self, routes: Routes, prefix: str = "") -> None:
        self.routes, self._prefix = routes, prefix
        self.tables: dict[tuple[str, str], tuple[Table, Table]] = {}

    def add(self, method: str, template: str, handler: Handler, *, query: Table) -> None:
        """Mounts an endpoint without a body. An empty object is taken for none, as clients send one."""

        def handle(call: Call) -> Result:
            _check_query(call, query)
            if call.body and method == "POST":
                check_body(object_of(call), NOTHING)
            return handler(call)

        self._add(method, template, handle, query, NOTHING)

    def add_json(
        self, method: str, template: str, handler: BodyHandler, *, query: Table, body: Table
    ) -> None:
        """Mounts an endpoint that takes a JSON object."""

        def handle(call: Call) -> Result:
            _check_query(call, query)
            payload = object_of(call)
            check_body(payload, body, newer=template.startswith("/responses"))
            return handler(call, payload)

        self._add(method, template, handle, query, body)

    def add_form(
        self, method: str, template: str, handler: FormHandler, *, query: Table, body: Table
    ) -> None:
        """Mounts an endpoint that takes a form. A field `a[b]` of it is the field `b` of the object `a`."""

        def handle(call: Call) -> Result:
            _check_query(call, query)
            form = parts(call.request.headers.get("content-type", ""), call.body)
            check_body(_nested(dict(form)), body)
            return handler(call, form)

        self._add(method, template, handle, query, body)

    def _add(self, method: str, template: str, handler: Handler, query: Table, body: Table) -> None:
        self.tables[method, template] = query, body
        self.routes.add(method, self._prefix + template, handler)


def object_of(call: Call) -> dict[str, Any]:
    """The request's JSON object, or the service's 400."""
    try:
        body = parse(call.body)
    except ValueError:
        body = None
    if not is_mapping(body):
        raise invalid("We could not parse the JSON body of your request.")
    return body


def check_body(payload: dict[str, Any], table: Table, *, newer: bool = False) -> None:
    """Refuses what the table of an endpoint does not take; `newer` for the words of `/responses`.

    Raises:
        Refusal: 400 for the first parameter that is unknown, not acted on or of another type.
    """
    table.check(payload, _NEWER if newer else _OLDER)


def _check_query(call: Call, table: Table) -> None:
    if call.request.url.query:
        table.check(_nested(dict(call.query)), _OLDER)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Parameters `a[b]` as the object `a`, and `a[]` as the list; others as they are."""
    if not any("[" in name for name in flat):
        return flat
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        outer, bracket, inner = name.partition("[")
        key = inner.removesuffix("]")
        if not bracket or not key:
            nested[outer] = value
        elif is_mapping(nested.setdefault(outer, {})):
            nested[outer][key] = value
    return nested


def _path(name: str, at: str) -> str:
    return f"{at}.{name}" if at else name


def _unrecognized(name: str, at: str) -> Refusal:
    """The older endpoints' words, which name no parameter; within an object they are the newer ones'."""
    return _unknown(name, at) if at else invalid(f"Unrecognized request argument supplied: {name}")


def _unknown(name: str, at: str) -> Refusal:
    path = _path(name, at)
    return invalid(f"Unknown parameter: '{path}'.", path, "unknown_parameter")


def _unsupported(name: str, at: str, value: object) -> Refusal:
    path = _path(name, at)
    if value == "input_audio":
        message = at.partition(".content")[0]
        words = "Content blocks are expected to be either text or image_url type."
        return invalid(f"Invalid '{message}'. {words}", message, "invalid_value")
    if name in ("type", "role"):
        message = f"Unsupported value: '{path}' does not support '{value}' with this model."
        return invalid(message, path, "unsupported_value")
    message = f"Unsupported parameter: '{path}' is not supported with this model."
    return invalid(message, path, "unsupported_parameter")


_EXPECTED: dict[Kind, str] = {
    "string": "a string",
    "integer": "an integer",
    "number": "a decimal",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array of objects",
    "strings": "an array of strings",
}


def _mistyped(name: str, at: str, value: object, kind: Kind) -> Refusal:
    path = _path(name, at)
    if isinstance(kind, tuple):
        return unsupported_value(path, value, kind)
    return wrong_type(path, _EXPECTED[kind], value)


_OLDER = Words(_unrecognized, _unsupported, _mistyped)
_NEWER = Words(_unknown, _unsupported, _mistyped)
