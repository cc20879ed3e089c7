"""Requests in which one value is not what the specification of OpenAI says: its type, or its range."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, cast

from fakes.json_text import is_mapping, mapping, sequence
from tests.conformance.tables import Schema, target

__all__ = ["mistyped"]

_WRONG: tuple[object, ...] = (5, 1.5, True, "no such value?", ["x"], [5], {"a": 1})
_TAKEN: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}


def mistyped(document: Schema, schema: Schema, body: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Bodies with one wrong value, each with the path and the value that is wrong in it.

    Every field is tried that the specification has for an object in the body, whether the body has it or not.
    """
    for path, field, present in _fields(document, schema, body, ()):
        for value in _wrong(document, field, present):
            changed: Any = deepcopy(body)
            within = changed
            for step in path[:-1]:
                within = within[step]
            within[path[-1]] = value
            yield f"{'.'.join(map(str, path))} = {value!r}"[:120], changed


def _fields(
    document: Schema, schema: Schema, value: object, at: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Schema, object]]:
    if is_mapping(value):
        for name, field in _nearest(document, schema, value).items():
            yield (*at, name), field, value.get(name)
            if name in value:
                yield from _fields(document, field, value[name], (*at, name))
    for index, item in enumerate(sequence(value)):
        for part in _alternatives(document, schema):
            if "items" in part:
                yield from _fields(document, part["items"], item, (*at, index))
                break


def _nearest(document: Schema, schema: Schema, value: dict[str, Any]) -> Schema:
    """The properties of the alternative that an object fits best."""

    def fits(part: Schema) -> int:
        properties = mapping(part.get("properties"))
        kinds = [
            value[name] in _values(document, properties[name])
            for name in ("type", "role")
            if name in value and name in properties and _values(document, properties[name])
        ]
        return len(properties.keys() & value.keys()) - 100 * kinds.count(False)

    return mapping(max(_alternatives(document, schema), key=fits).get("properties"))


def _values(document: Schema, schema: Schema) -> list[Any]:
    return [value for part in _alternatives(document, schema) for value in sequence(part.get("enum"))]


def _alternatives(document: Schema, schema: Schema) -> list[Schema]:
    """What a value may be: the parts of `anyOf` and `oneOf` each on its own, those of `allOf` as one."""
    node = target(document, schema)
    parts = [*sequence(node.get("anyOf")), *sequence(node.get("oneOf"))]
    if parts:
        return [each for part in parts for each in _alternatives(document, cast("Schema", part))]
    if "allOf" not in node:
        return [node]
    inner = [each for part in node["allOf"] for each in _alternatives(document, part)]
    properties: Schema = {}
    for each in [*inner, node]:
        properties |= mapping(each.get("properties"))
    merged: Schema = {}
    for each in [*inner, node]:
        merged |= each
    return [merged | {"properties": properties} if properties else merged]


def _wrong(document: Schema, schema: Schema, present: object) -> Iterator[object]:
    parts = _alternatives(document, schema)
    kinds = {str(part.get("type", "string" if "enum" in part else "")) for part in parts}
    if "" in kinds:
        return
    types = tuple({each for kind in kinds for each in _TAKEN.get(kind, ())})
    for value in _WRONG:
        if not isinstance(value, types) or (isinstance(value, bool) and "boolean" not in kinds):
            yield value
    texts = [part for part in parts if part.get("type", "string") == "string"]
    if texts and all("enum" in part for part in texts):
        yield "no such value?"
    for part in parts:
        if "maximum" in part:
            yield part["maximum"] + (max(1, abs(part["maximum"]) // 10**6))
        if "minimum" in part:
            yield part["minimum"] - (max(1, abs(part["minimum"]) // 10**6))
        if isinstance(present, str) and part.get("maxLength", 10**6) < 10**6:
            yield "x" * (part["maxLength"] + 1)
        if isinstance(present, list) and mapping(part.get("items")).get("type") == "string":
            yield [5]
