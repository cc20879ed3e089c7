"""Routes of a file: canned answers by match, as `World.route` gives them, for a server (`serve --routes`).

In TOML (or in JSON, as `{"route": [{...}, ...]}`):

    [[route]]
    name = "busy"
    method = "POST"
    path = "/v1/chat/completions"
    json__model = "gpt-4o"
    respond = {status = 503, json = {error = {message = "Overloaded."}}, headers = {retry-after = "1"}}

Every field but `name`, `respond` and `pass_through` is a pattern of respx
(https://lundberg.github.io/respx/api/#patterns). `respond` has a `status` (200), `headers`, and one of
`json`, `text` and `events`, a list of texts or JSON values that are sent as server-sent events. A list of
such answers gives one to each call, and the last one to all that follow. `pass_through = true`, in its place,
lets the fake answer and counts the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
from respx.patterns import Pattern

from fakes.json_text import compact, is_mapping
from fakes.settings_files import read_settings_file
from fakes.user_routes import UserRoutes

if TYPE_CHECKING:
    from fakes.world import World

__all__ = ["CannedRoute", "add_routes", "read_routes", "routes_of"]

_OWN = ("name", "respond", "pass_through")
_ANSWER = ("status", "headers", "json", "text", "events")
_BODIES = ("json", "text", "events")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
_FRAMING = ("content-length", "transfer-encoding", "connection")
_BODILESS = (204, 304)
_MAPPINGS = ("headers", "cookies", "params", "data", "files")
_LISTS_OF = {"params", "data"}
_PATTERNS = "https://lundberg.github.io/respx/api/#patterns"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def response(self) -> httpx.Response:
        return httpx.Response(self.status, headers=list(self.headers), content=self.body)


@dataclass(frozen=True, slots=True)
class CannedRoute:
    """A route of a file: its patterns, and its answers; without any, the fake answers."""

    name: str | None
    lookups: Mapping[str, Any]
    answers: tuple[_Answer, ...]


class _Wrong(ValueError):
    """What is wrong, and in which field."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")


def read_routes(path: Path) -> list[CannedRoute]:
    """The routes in a file: JSON where its name ends in .json, else TOML.

    Raises:
        OSError: it cannot be read.
        ValueError: it has another form, or no route; the message names the file, the number of the route, and
            the field.
    """
    given = read_settings_file(path)
    try:
        found = routes_of(given)
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deep.") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if not found:
        raise ValueError(f"{path}: there is no route in it. In TOML each begins with [[route]].")
    return found


def routes_of(given: object) -> list[CannedRoute]:
    """The routes that an object describes: `{"route": [...]}`.

    Raises:
        ValueError: it has another form; the message names the number of the route, from 1, and the field.
    """
    if not is_mapping(given):
        raise ValueError('routes are an object: {"route": [...]}.')
    if unknown := sorted(set(given) - {"route"}):
        raise ValueError(f"there is no field {unknown[0]!r}; a file of routes has a list called route.")
    listed = given.get("route", [])
    if not isinstance(listed, list):
        raise ValueError("route must be a list; in TOML each route begins with [[route]].")  # noqa: TRY004 - as above
    found: list[CannedRoute] = []
    trial = UserRoutes()
    for number, each in enumerate(cast("list[object]", listed), 1):
        try:
            route = _route(each)
            _add(trial, route)
        except ValueError as error:
            raise ValueError(f"route {number}: {error}") from error
        found.append(route)
    return found


def add_routes(world: World, routes: Iterable[CannedRoute]) -> None:
    """Adds routes to a world, after those that it has.

    Raises:
        ValueError: the world has a route with the same name or patterns.
    """
    with world.lock:
        for route in routes:
            _add(world.routes, route)


def _add(routes: UserRoutes, canned: CannedRoute) -> None:
    route = routes.add(name=canned.name, **canned.lookups)
    if not canned.answers:
        route.pass_through()
    elif len(canned.answers) == 1:
        route.mock(canned.answers[0].response())
    else:
        route.mock(side_effect=_in_turn(canned.answers))


def _in_turn(answers: Sequence[_Answer]) -> Iterator[httpx.Response]:
    """A response for each call; the last one again and again."""
    for answer in answers:
        yield answer.response()
    while True:
        yield answers[-1].response()


def _route(given: object) -> CannedRoute:
    if not is_mapping(given):
        raise ValueError(f"it must be a table, got {given!r}.")
    name = given.get("name")
    if name is not None and (not isinstance(name, str) or not name):
        raise _Wrong("name", f"must be a text, got {name!r}.")
    passes = given.get("pass_through", False)
    if not isinstance(passes, bool):
        raise _Wrong("pass_through", f"must be true or false, got {passes!r}.")
    if passes == ("respond" in given):
        raise _Wrong("respond", "a route has either this, what it answers, or pass_through = true.")
    lookups = {field: given[field] for field in sorted(given) if field not in _OWN}
    if not lookups:
        raise ValueError("it has no pattern, such as path = '/v1/files': it would answer every call.")
    for field, value in lookups.items():
        _check_lookup(field, value)
    return CannedRoute(name, lookups, () if passes else _answers(given["respond"]))


def _check_lookup(field: str, value: object) -> None:
    """Raises _Wrong for a pattern that respx does not have, or that could match nothing."""
    kind, _, rest = field.partition("__")
    if kind not in Pattern.registry:
        known = ", ".join(sorted(Pattern.registry))
        raise _Wrong(field, f"is none of {', '.join(_OWN)}, and no pattern of respx ({known}): {_PATTERNS}.")
    if kind != "json":
        lookups = [each.value for each in Pattern.registry[kind].lookups]
        if rest and rest not in lookups:
            raise _Wrong(field, f"{kind} has no lookup {rest!r}; it has {', '.join(lookups)}.")
        _check_value(field, kind, rest, value)
    given: dict[str, Any] = {field: value}
    try:
        UserRoutes().add(**given)
    except Exception as error:  # respx checks little: what it raises on a wrong value is of any kind
        raise _Wrong(field, f"cannot be {value!r}: {error}") from error


def _check_value(field: str, kind: str, how: str, value: object) -> None:
    one = int if kind == "port" else str
    called = "a number" if kind == "port" else "a text"
    if kind in _MAPPINGS:
        fits = is_mapping(value) and all(_texts(each, kind in _LISTS_OF) for each in value.values())
        called = "a table of texts"
    elif how == "in":
        values = cast("list[object]", value) if isinstance(value, list) else []
        fits = bool(values) and all(type(each) is one for each in values)
        called = f"a list, each {called}"
    else:
        fits = type(value) is one
    if not fits:
        raise _Wrong(field, f"must be {called}, got {value!r}.")


def _texts(value: object, listed: bool) -> bool:
    values = cast("list[object]", value) if listed and isinstance(value, list) else [value]
    return all(isinstance(each, str) for each in values)


def _answers(given: object) -> tuple[_Answer, ...]:
    if not isinstance(given, list):
        return (_answer("respond", given),)
    listed = cast("list[object]", given)
    if not listed:
        raise _Wrong("respond", "must have an answer, got an empty list.")
    return tuple(_answer(f"respond[{number}]", each) for number, each in enumerate(listed, 1))


def _answer(at: str, given: object) -> _Answer:
    if not is_mapping(given):
        raise _Wrong(at, f"must be a table with {', '.join(_ANSWER)}, got {given!r}.")
    if unknown := [field for field in given if field not in _ANSWER]:
        raise _Wrong(f"{at}.{unknown[0]}", f"there is no such field; an answer has {', '.join(_ANSWER)}.")
    status = given.get("status", 200)
    if type(status) is not int or not 200 <= status <= 599:
        raise _Wrong(f"{at}.status", f"must be a number from 200 to 599, got {status!r}.")
    bodies = [field for field in _BODIES if field in given]
    if len(bodies) > 1:
        raise _Wrong(f"{at}.{bodies[1]}", f"an answer has one body, and this one has {bodies[0]} too.")
    if bodies and status in _BODILESS:
        raise _Wrong(f"{at}.{bodies[0]}", f"an answer with status {status} has no body.")
    headers = _headers(f"{at}.headers", given.get("headers", {}))
    body, kind = _body(at, bodies[0], given[bodies[0]]) if bodies else (b"", "")
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("content-type", kind))
    return _Answer(status, headers, body)


def _headers(at: str, given: object) -> tuple[tuple[str, str], ...]:
    if not is_mapping(given):
        raise _Wrong(at, f"must be a table of texts, got {given!r}.")
    for name, value in given.items():
        if not _HEADER_NAME.fullmatch(name):
            raise _Wrong(f"{at}.{name}", "is no name of a header.")
        if name.lower() in _FRAMING:
            raise _Wrong(f"{at}.{name}", "is the server's own to send; leave it out.")
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise _Wrong(f"{at}.{name}", f"must be the text of a header, on one line, got {value!r}.")
    return tuple(given.items())


def _body(at: str, field: str, value: object) -> tuple[bytes, str]:
    """The bytes of a body, and their content type."""
    try:
        if field == "json":
            return compact(value), "application/json"
        if field == "text":
            if not isinstance(value, str):
                raise _Wrong(f"{at}.text", f"must be a text, got {value!r}.")
            return value.encode(), "text/plain; charset=utf-8"
        if not isinstance(value, list):
            raise _Wrong(f"{at}.events", f"must be a list of texts and JSON values, got {value!r}.")
        pieces = [
            each.encode() if isinstance(each, str) else compact(each) for each in cast("list[object]", value)
        ]
    except (TypeError, UnicodeEncodeError) as error:  # a date of TOML, half a surrogate pair
        raise _Wrong(f"{at}.{field}", f"cannot be sent: {error}") from error
    lines = [b"".join(b"data: " + line + b"\n" for line in piece.split(b"\n")) + b"\n" for piece in pieces]
    return b"".join(lines), "text/event-stream; charset=utf-8"
