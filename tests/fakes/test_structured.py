"""A value for a schema is always valid, and says the learner's answer."""

from __future__ import annotations

import re
from typing import Any, cast

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.json_schema import is_valid
from fakes.pattern_text import text_for
from fakes.structured_output import object_for, text_under, value_for

_NAMES = st.sampled_from(["a", "b", "city", "x y", "größe"])
_PATTERNS = st.sampled_from(
    [
        r"^[A-Z]{2}\d{3}$", r"\w+@\w+\.(com|org)", r"^(red|green)?-end$", r"^[^a-z]+$", r"a.c",
        r"^\+?\d{1,3}$", r"^(?:ab|cd){2,3}$", r"^\S+ \S+$", r"[\]\-x]{2}", r"^\u00e9+$", r"^a*?b+$",
    ]
)  # fmt: skip
_FORMATS = ("date", "time", "date-time", "email", "hostname", "uri", "ipv4", "ipv6", "uuid", "duration")


def _strings() -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.tuples(st.integers(0, 6), st.integers(0, 20)).map(
        lambda pair: {"minLength": pair[0], "maxLength": sum(pair)}
    )
    return st.one_of(
        st.just({"type": "string"}),
        bounds.map(lambda found: {"type": "string", **found}),
        _PATTERNS.map(lambda found: {"type": "string", "pattern": found}),
        st.sampled_from(_FORMATS).map(lambda found: {"type": "string", "format": found}),
    )


def _numbers() -> st.SearchStrategy[dict[str, Any]]:
    def bounded(kind: str, low: int, width: int, more: dict[str, Any]) -> dict[str, Any]:
        return {"type": kind, "minimum": low, "maximum": low + width, **more}

    def between(low: float, width: float) -> dict[str, Any]:
        return {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + width}

    return st.one_of(
        st.sampled_from(["integer", "number"]).map(lambda kind: {"type": kind}),
        st.builds(bounded, st.just("integer"), st.integers(-99, 99), st.integers(3, 50), st.just({})),
        st.builds(
            bounded,
            st.just("integer"),
            st.integers(-99, 99),
            st.integers(12, 50),
            st.integers(1, 6).map(lambda step: {"multipleOf": step}),
        ),
        st.builds(between, st.floats(-99, 99), st.floats(0.01, 1)),
    )


def _scalars() -> st.SearchStrategy[Any]:
    values = st.one_of(st.text(max_size=4), st.integers(-9, 9), st.booleans(), st.none())
    return st.one_of(
        _strings(),
        _numbers(),
        st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {}, True]),
        st.lists(values, min_size=1, max_size=4).map(lambda found: {"enum": found}),
        values.map(lambda found: {"const": found}),
        st.just({"$ref": "#/$defs/Leaf"}),
    )


def _compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def an_object(properties: dict[str, Any], needed: int, closed: object, least: int) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "object", "properties": properties}
        made["required"] = list(properties)[:needed]
        if closed is not None:
            made["additionalProperties"] = closed
        if closed is not False:
            made["minProperties"] = least
        return made

    objects = st.builds(
        an_object,
        st.dictionaries(_NAMES, inner, max_size=4),
        st.integers(0, 4),
        st.sampled_from([None, False, {"type": "integer"}]),
        st.integers(0, 6),
    )

    def an_array(items: Any, low: int, room: int) -> dict[str, Any]:
        return {"type": "array", "items": items, "minItems": low, "maxItems": low + room}

    arrays = st.builds(an_array, inner, st.integers(0, 4), st.integers(0, 3))
    tuples = st.lists(inner, min_size=1, max_size=3).map(
        lambda found: {"type": "array", "prefixItems": found}
    )
    unique = st.integers(0, 5).map(
        lambda low: {"type": "array", "items": {"type": "string"}, "minItems": low, "uniqueItems": True}
    )
    contains = inner.map(lambda found: {"type": "array", "contains": found, "minContains": 2})
    return st.one_of(
        objects,
        arrays,
        tuples,
        unique,
        contains,
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"anyOf": found}),
        inner.map(lambda found: {"allOf": [found, {"description": "the same"}]}),
        inner.map(lambda found: {"anyOf": [{"$ref": "#/$defs/Tree"}, {"allOf": [found]}]}),
        st.just({"$ref": "#/$defs/Tree"}),
        st.just({"oneOf": [{"type": "object", "required": ["a"]}, {"type": "array"}]}),
        st.just({"if": {"type": "string"}, "then": {"minLength": 3}, "else": {"type": "integer"}}),
    )


_DEFS: dict[str, Any] = {
    "Leaf": {"type": "string", "minLength": 1},
    "Tree": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "left": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]},
            "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            "parent": {"oneOf": [{"$ref": "#/$defs/Tree"}, {"$ref": "#/$defs/Leaf"}]},
        },
        "required": ["name", "left", "children", "parent"],
        "additionalProperties": False,
    },
}
_SCHEMAS = st.recursive(_scalars(), _compound, max_leaves=8)
_ANSWERS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "Paris", "42", "Yes.", "It is 3.5 on 2024-02-03", '{"city": "Rome"}', "null", "[1"]),
)


_Validator: Any = jsonschema.Draft202012Validator  # the package has no types


def _whole(schema: Any) -> Any:
    return {**cast("dict[str, Any]", schema), "$defs": _DEFS} if isinstance(schema, dict) else schema


@settings(max_examples=150, deadline=None)
@given(schema=_SCHEMAS, answer=_ANSWERS, seed=st.integers(0, 3))
def test_a_value_is_valid_for_its_schema(schema: Any, answer: str, seed: int):
    whole = _whole(schema)

    value = value_for(whole, answer, seed)

    assert list(_Validator(whole, format_checker=_Validator.FORMAT_CHECKER).iter_errors(value)) == []
    assert is_valid(whole, value)
    assert value_for(whole, answer, seed) == value


@settings(max_examples=100, deadline=None)
@given(schema=_SCHEMAS, value=st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_NAMES, inner, max_size=3)),
    max_leaves=6,
))  # fmt: skip
def test_what_is_valid_is_what_the_standard_says(schema: Any, value: Any):
    whole = _whole(schema)

    # formats are notes in the standard
    assert is_valid(whole, value) == _Validator(whole).is_valid(value)


@given(answer=st.text(min_size=1).filter(lambda text: text.strip()))
def test_the_answer_is_in_the_first_string_that_can_hold_it(answer: str):
    schema = {
        "type": "object",
        "properties": {
            "year": {"type": "integer"},
            "code": {"type": "string", "pattern": "^[A-Z]{9}$"},
            "inner": {"type": "object", "properties": {"text": {"type": "string"}}},
            "later": {"type": "string"},
        },
    }

    value = value_for(schema, f"{answer}!")

    assert value["inner"]["text"] == f"{answer}!"
    assert value["later"] != f"{answer}!"


def test_what_the_answer_tells_is_used():
    schema = {
        "type": "object",
        "properties": {
            "city": {"enum": ["London", "Paris", "Rome"]},
            "year": {"type": "integer", "minimum": 1900},
            "on": {"type": "string", "format": "date"},
            "sure": {"type": "boolean"},
        },
        "required": ["city", "year", "on", "sure"],
        "additionalProperties": False,
    }

    value = value_for(schema, "Yes, in Paris, 7 times since 1984, last on 2024-05-06.")

    assert value == {"city": "Paris", "year": 1984, "on": "2024-05-06", "sure": True}


def test_an_answer_that_is_valid_json_is_said_as_it_is():
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}

    assert text_under(schema, '{ "city": "Rome" }') == '{ "city": "Rome" }'
    assert text_under(schema, '{"town": "Rome"}') == '{"city":"{\\"town\\": \\"Rome\\"}"}'
    assert object_for('{"town": 1}') == {"town": 1}
    assert object_for("[1]") == {"answer": "[1]"}


def test_the_dialect_of_google_is_read():
    schema = {
        "type": "OBJECT",
        "properties": {
            "b": {"type": "STRING"},
            "a": {"type": "ARRAY", "minItems": "2", "items": {"type": "INTEGER", "nullable": True}},
        },
        "propertyOrdering": ["a", "b"],
    }

    value = value_for(schema, "seven")

    assert list(value) == ["a", "b"]
    assert len(value["a"]) == 2
    assert value["b"] == "seven"


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"enum": []},
        {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}, "required": ["a", "b"]},
        {"$ref": "#/$defs/Loop", "$defs": {"Loop": {"$ref": "#/$defs/Loop"}}},
        {"type": "string", "pattern": "("},
        {"type": "string", "pattern": r"^(?!a)a$"},
    ],
)  # fmt: skip
def test_a_schema_that_no_value_is_valid_for_ends(schema: Any):
    value_for(schema, "x")


def test_a_schema_that_branches_everywhere_is_quick():
    names = [f"p{number}" for number in range(12)]
    tree = {"type": "object", "properties": {name: {"$ref": "#"} for name in names}}

    value = value_for({**tree, "required": []}, "x")

    assert is_valid(tree, value)
    assert len(str(value)) < 50_000


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{3}-\d{4}$", "a|b", "(a|b)c?", "[^abc]x", r"\.\*", "a{2,}", r"[\d\s]{2}", "x(?=y)y",
        "(?<year>[0-9]{4})",
    ],
)  # fmt: skip
def test_a_text_matches_its_pattern(pattern: str):
    for more in (0, 1, 4):
        text = text_for(pattern, more)
        assert text is not None
        assert re.search(pattern.replace("?<", "?P<"), text)


def test_a_longer_text_is_made_where_it_is_asked_for():
    schema = {"type": "string", "pattern": "^[a-z]+$", "minLength": 7}

    assert re.fullmatch("[a-z]{7,}", value_for(schema, "UPPER"))


@pytest.mark.parametrize("format_", _FORMATS)
def test_a_format_is_found_in_the_answer(format_: str):
    made = value_for({"type": "string", "format": format_}, "")

    assert value_for({"type": "string", "format": format_}, f"It is ({made}).", 7) == made


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"exclusiveMaximum": 3}, 3),
        ({"exclusiveMinimum": 3}, 3),
        ({"maximum": 3}, 4),
        ({"minimum": 3}, 2),
        ({"multipleOf": 0.5}, 0.75),
        ({"maxLength": 2}, "abc"),
        ({"maxItems": 1}, [1, 2]),
        ({"maxProperties": 0}, {"a": 1}),
        ({"contains": {"type": "string"}, "maxContains": 1}, ["a", "b"]),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}),
        ({"not": {"type": "string"}}, "a"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, 1),
        ({"if": {"type": "string"}, "then": {"minLength": 2}}, "a"),
        ({"patternProperties": {"^a": {"type": "string"}}}, {"ab": 1}),
    ],
)
def test_what_a_keyword_forbids_is_not_valid(schema: Any, value: Any):
    assert not is_valid(schema, value)
    assert not _Validator(schema).is_valid(value)
