"""Every parameter of the specification is in a table, and each that is honoured makes a difference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from fakes.json_text import is_mapping, sequence
from fakes.parameters import Honoured, Kinds, Refused, Table, WithoutEffect
from tests.conformance.calls import Caller, Exchange
from tests.conformance.examples import EXAMPLES, OTHER, QUERIES
from tests.conformance.mistyped import mistyped
from tests.conformance.tables import counts, differences, tables
from tests.conformance.worlds import Setting, a_world, send

_OF_EVERY_CALL = (
    *("id", "first_id", "last_id", "item_id", "call_id", "created", "created_at", "encrypted_content"),
    *("input_file_id", "output_file_id"),
)
"""Fields that come from all of a request, and so differ with anything in it."""
_SHORT = 8


def test_the_tables_are_those_of_the_specification(specs: Path):
    assert list(differences(specs)) == []


def test_all_is_told_why_it_is_not_honoured():
    for both in tables().values():
        for table in both:
            for path, parameter in table.walk():
                if isinstance(parameter, Refused | WithoutEffect):
                    assert len(parameter.why) > 10, path


class _Found(NamedTuple):
    """A parameter in a request: the path by the tables, the object that it is in, and its name."""

    path: str
    within: dict[str, Any]
    name: str


def _located(fields: Table | Kinds, value: object, at: str) -> Iterator[_Found]:
    """The honoured parameters in a body, those within others too."""
    for item in sequence(value) or [value]:
        if not is_mapping(item):
            continue
        if isinstance(fields, Kinds):
            kind = str(item.get(fields.field, fields.default))
            table = fields.kinds.get(kind)
            if isinstance(table, Table):
                yield from _located(table, item, f"{at}[{kind}]")
            continue
        for name, parameter in fields.parameters.items():
            if isinstance(parameter, Honoured) and name in item:
                path = f"{at}.{name}" if at else name
                yield _Found(path, item, name)
                if parameter.fields is not None:
                    yield from _located(parameter.fields, item[name], path)


def _seen(place: tuple[str, str], query: dict[str, str], body: dict[str, Any] | None) -> Any:
    """What a client sees of a request, in its response and in what it reads then."""
    return [_comparable(exchange) for exchange in send(place, query, body)]


def _comparable(exchange: Exchange) -> Any:
    """What a client sees that does not come from all of the request."""

    def strip(value: object) -> Any:
        if is_mapping(value):
            begun = value.get("created_at")
            return {
                # times count from when the thing was made, which comes from all of a request too
                name: each - begun
                if name.endswith("_at") and isinstance(each, int) and begun
                else strip(each)
                for name, each in value.items()
                if not _made(name, each)
            }
        items = sequence(value)
        return [strip(each) for each in items] if items else value

    bodies = [strip(body) for body in exchange.bodies()]
    for body in bodies:
        if is_mapping(body) and "obfuscation" in body:
            body["obfuscation"] = "hidden"
    return exchange.status, exchange.content_type, bodies


def _made(name: str, value: object) -> bool:
    """Whether a field was made for this call; ids that were sent are short here."""
    return name in _OF_EVERY_CALL and not (name == "id" and len(str(value)) < _SHORT)


def _honoured(table: Table) -> list[str]:
    return [path for path, parameter in table.walk() if isinstance(parameter, Honoured)]


def _place(mounted: tuple[str, str], examples: Any) -> tuple[str, str] | None:
    """The examples of a mounted endpoint, whose names in braces are others."""

    def shape(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path)

    return next(
        (key for key in examples if key[0] == mounted[0] and shape(key[1]) == shape(mounted[1])), None
    )


_BODIES = [place for place, (_, body) in tables().items() if _honoured(body)]
_ASKED = [place for place, (query, _) in tables().items() if _honoured(query)]


@pytest.mark.parametrize("mounted", _BODIES, ids=" ".join)
def test_what_is_honoured_in_a_body_makes_a_difference(mounted: tuple[str, str]):
    place = _place(mounted, EXAMPLES)
    assert place is not None, "no example"
    table = tables()[mounted][1]
    left = dict.fromkeys(_honoured(table), "no example has it")
    for example in EXAMPLES[place]:
        as_it_is = _seen(place, {}, example)
        for at, found in enumerate(_located(table, example, "")):
            if found.path in left:
                changed = deepcopy(example)
                path, within, name = list(_located(table, changed, ""))[at]
                if path in OTHER and within.get(name) != OTHER[path]:
                    within[name] = OTHER[path]
                else:
                    del within[name]
                if _seen(place, {}, changed) != as_it_is:
                    del left[path]
                else:
                    left[path] = "it makes no difference"

    assert left == {}


@pytest.mark.parametrize("mounted", _ASKED, ids=" ".join)
def test_what_is_honoured_in_a_query_makes_a_difference(mounted: tuple[str, str]):
    place = _place(mounted, QUERIES)
    assert place is not None, "no example"
    left = dict.fromkeys(_honoured(tables()[mounted][0]), "no example has it")
    for example in QUERIES[place]:
        as_it_is = _seen(place, example, None)
        for name in example:
            plain = name.partition("[")[0]
            if plain in left:
                rest = {key: value for key, value in example.items() if key != name}
                if _seen(place, rest, None) != as_it_is:
                    del left[plain]
                else:
                    left[plain] = "it makes no difference"

    assert left == {}


@pytest.mark.parametrize("place", [*EXAMPLES, *QUERIES], ids=" ".join)
def test_every_example_is_of_a_mounted_endpoint(place: tuple[str, str]):
    assert any(_place(mounted, [place]) for mounted in tables())


@pytest.mark.parametrize("mounted", tables(), ids=" ".join)
def test_an_unknown_parameter_is_refused_everywhere(mounted: tuple[str, str]):
    method, template = mounted
    call = Caller()
    setting = a_world(call)
    path = re.sub(r"\{(\w+)\}", lambda found: setting.named(found[1]), template)
    asked = call("openai", method, f"{path}?no_such=1").json
    assert asked["error"]["message"] == "Unrecognized request argument supplied: no_such"
    if method == "POST" and (place := _place(mounted, EXAMPLES)) and place[1] not in _FORMS:
        refused, *_ = send(place, {}, {**EXAMPLES[place][0], "no_such": 1})
        assert refused.status == 400
        assert "no_such" in refused.json["error"]["message"]


_FORMS = ("/files", "/uploads/{upload}/parts")


_WITH_BODIES = [place for place in EXAMPLES if place[0] == "POST" and place[1] not in _FORMS]


@pytest.mark.parametrize("place", _WITH_BODIES, ids=" ".join)
def test_a_value_that_the_specification_does_not_have_is_refused(specs: Path, place: tuple[str, str]):
    document = json.loads((specs / "openai" / "openapi.json").read_text("utf-8"))
    call = Caller()
    setting = a_world(call)
    path = re.sub(r"\{(\w+)\}", lambda found: setting.named(found[1]), place[1])
    specified = next(
        methods["post"]["requestBody"]["content"]["application/json"]["schema"]
        for template, methods in document["paths"].items()
        if "post" in methods and _place(place, [("POST", template)])
    )
    bodies = {
        where: body
        for example in EXAMPLES[place]
        for where, body in mistyped(document, specified, setting.fill(example))
        if not where.startswith(_TAKEN_ANYWAY)
    }

    assert len(bodies) > 5
    taken = [where for where, body in bodies.items() if call("openai", "POST", path, body).status == 200]
    assert taken == []


_TAKEN_ANYWAY = ("input.2.content = 'no",)
"""A text is what a message that the model said may have in place of its parts too."""


def test_the_classes_are_counted():
    found = counts()

    assert found["POST", "/chat/completions"]["honoured"] > 80
    assert sum(sum(each.values()) for each in found.values()) == sum(
        len(list(table.walk())) for both in tables().values() for table in both
    )


def test_setting_names_are_all_used():
    text = json.dumps([*EXAMPLES.values(), *QUERIES.values(), *map(list, EXAMPLES), *map(list, QUERIES)])

    assert {name for name in Setting.NAMES if "{" + name + "}" not in text} == set(
        cast("tuple[str, ...]", ())
    )
