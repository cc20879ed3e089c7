"""The instrument itself: what it reads from a specification, and that it notices what is wrong."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance import specifications
from tests.conformance.schemas import Schema, Schemas

_PET: Schema = {
    "type": "object",
    "required": ["name", "age", "kind"],
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "kind": {"type": "string", "enum": ["cat", "dog"]},
        "owner": {"type": "string", "nullable": True},
        "home": {"allOf": [{"$ref": "#/components/schemas/Home"}, {"nullable": True}]},
        "notes": {"type": "object"},
    },
}
_HOME: Schema = {
    "type": "object",
    "$recursiveAnchor": True,
    "properties": {
        "rooms": {"type": "array", "items": {"oneOf": [{"type": "integer"}, {"$recursiveRef": "#"}]}},
        "shape": {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"type": {"enum": ["round"]}, "radius": {"type": "integer"}},
                },
                {"type": "object", "properties": {"type": {"enum": ["square"]}, "side": {"type": "integer"}}},
            ]
        },
    },
}
_GOOD: dict[str, Any] = {
    "name": "Tom",
    "age": 3.5,
    "kind": "cat",
    "owner": None,
    "home": {"rooms": [1, {"rooms": [2]}], "shape": {"type": "round", "radius": 2}},
    "notes": {"anything": ["goes"]},
}


def _openapi(folder: Path) -> specifications.Specification:
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}
    document = {
        "paths": {"/pets/{pet}/x": {"get": {"operationId": "getPet", "responses": answer}}},
        "components": {"schemas": {"Pet": _PET, "Home": _HOME, "Error": {"type": "object"}}},
    }
    (folder / "openai").mkdir()
    (folder / "openai" / "openapi.json").write_text(json.dumps(document), "utf-8")
    return specifications.openai(folder)


def _discovery(folder: Path) -> specifications.Specification:
    thing = {
        "type": "object",
        "properties": {
            "size": {"type": "string", "format": "int64"},
            "made": {"type": "string", "format": "date-time"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "extra": {"type": "any"},
            "inner": {"$ref": "Object"},
        },
    }
    get = {"id": "get", "httpMethod": "GET", "path": "b/{bucket}/o/{object}", "response": {"$ref": "Object"}}
    document = {
        "servicePath": "storage/v1/",
        "resources": {"objects": {"methods": {"get": get}}},
        "schemas": {"Object": thing},
    }
    (folder / "google").mkdir()
    (folder / "google" / "storage.v1.json").write_text(json.dumps(document), "utf-8")
    return specifications.storage(folder)


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    return _openapi(tmp_path_factory.mktemp("pets")).schemas


def _pointers(schemas: Schemas, name: str, body: object) -> list[str]:
    return [violation.pointer for violation in schemas.violations(schemas.named[name], body)]


def test_an_operation_is_found_by_its_method_and_path(tmp_path: Path):
    specification = _openapi(tmp_path)

    found = specification.find("GET", "/pets/a:b/x")
    assert found is not None
    assert found.name == "getPet"
    assert specification.find("POST", "/pets/1/x") is None
    assert specification.find("GET", "/pets/1/2/x") is None


def test_a_good_body_has_nothing_against_it(pets: Schemas):
    assert _pointers(pets, "Pet", _GOOD) == []
    assert _pointers(pets, "Pet", {**_GOOD, "home": None}) == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"age": 0}, "/age"),
        ({"kind": "cow"}, "/kind"),
        ({"name": None}, "/name"),
        ({"owner": 1}, "/owner"),
        ({"colour": "red"}, "/colour"),
        ({"home": {"rooms": [{"rooms": ["x"]}]}}, "/home/rooms/*/rooms/*"),
        ({"home": {"garden": 1}}, "/home/garden"),
        ({"home": {"shape": {"type": "round", "side": 1}}}, "/home/shape/side"),
        ({"home": {"shape": {"type": "square", "side": "x"}}}, "/home/shape/side"),
    ],
)
def test_what_is_wrong_is_told_where_it_is(pets: Schemas, wrong: dict[str, object], pointer: str):
    assert pointer in _pointers(pets, "Pet", {**_GOOD, **wrong})


@given(data=st.data())
def test_a_field_more_or_a_required_one_less_is_always_noticed(pets: Schemas, data: st.DataObject):
    body = deepcopy(_GOOD)
    if data.draw(st.booleans()):
        stranger = data.draw(st.text(min_size=1).filter(lambda name: name not in _PET["properties"]))
        data.draw(st.sampled_from([body, body["home"]]))[f"x{stranger}"] = data.draw(
            st.integers() | st.none()
        )
    else:
        del body[data.draw(st.sampled_from(_PET["required"]))]

    assert _pointers(pets, "Pet", body)


def test_a_discovery_document_says_how_values_travel(tmp_path: Path):
    schemas = _discovery(tmp_path).schemas
    good: dict[str, object] = {
        "size": "12",
        "made": "2026-01-01T00:00:00.000000Z",
        "labels": {"any": "text"},
        "extra": [1, None],
        "inner": {"size": "-1"},
    }

    assert _pointers(schemas, "Object", good) == []
    assert _pointers(schemas, "Object", {}) == []
    for wrong, pointer in (
        ({"size": 12}, "/size"),
        ({"size": "12.0"}, "/size"),
        ({"made": "yesterday"}, "/made"),
        ({"labels": {"any": 1}}, "/labels/any"),
        ({"colour": "red"}, "/colour"),
        ({"inner": {"inner": {"colour": 1}}}, "/inner/inner/colour"),
    ):
        assert pointer in _pointers(schemas, "Object", {**good, **wrong})


def test_an_error_repeats_its_status(tmp_path: Path):
    specification = _discovery(tmp_path)
    detail = {"message": "m", "domain": "global", "reason": "notFound"}
    body = {"error": {"code": 404, "message": "m", "errors": [detail]}}

    assert specification.schemas.violations(specification.error(404), body) == []
    assert specification.schemas.violations(specification.error(400), body)
