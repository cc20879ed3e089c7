"""What is no JSON schema, and what strict mode does not take of one, in the service's words.

The rules are those of https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from fakes.json_schema import Schema, leads_somewhere, types_of
from fakes.json_text import is_mapping, mapping, sequence

__all__ = ["problem_of"]

_NEVER = (
    *("allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"),
    *("patternProperties", "propertyNames", "minProperties", "maxProperties", "uniqueItems", "contains"),
    "default",
)
_DEEPEST = 10
_TYPED = ("$ref", "anyOf", "enum", "const")
_NAMES = ("array", "boolean", "integer", "null", "number", "object", "string")
_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    **dict.fromkeys(("properties", "$defs", "definitions", "patternProperties"), ("object", (dict,))),
    **dict.fromkeys(("allOf", "anyOf", "enum", "oneOf", "prefixItems", "required"), ("array", (list,))),
    **dict.fromkeys(("$ref", "description", "format", "pattern", "title"), ("string", (str,))),
    **dict.fromkeys(
        ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"), ("number", (int, float))
    ),
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
        ("integer", (int,)),
    ),
    "uniqueItems": ("boolean", (bool,)),
}
"""The types of the keywords of a schema, by https://json-schema.org/draft/2020-12/schema."""


def problem_of(schema: object, *, strict: bool) -> str | None:
    """What is wrong with the schema of a function or of an answer; None where it is taken."""
    root = mapping(schema)
    if types_of(root) != ["object"]:
        kind = root.get("type")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    invalid = next(_invalid(root, (), root), None)
    return invalid or next(_problems(root, (), 0) if strict else _arrays(root, ()), None)


def _invalid(schema: object, context: tuple[str, ...], root: Schema) -> Iterator[str]:
    """All for which a schema, or one in it, is none."""
    if not is_mapping(schema):
        if not isinstance(schema, bool):
            yield f"{schema!r} is not of type 'object', 'boolean'."
        return
    for name, (kind, types) in _KINDS.items():
        value = schema.get(name)
        if name in schema and (
            not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean")
        ):
            yield f"{value!r} is not of type '{kind}'."
    wrong = next((each for each in sequence(schema.get("required")) if not isinstance(each, str)), None)
    if wrong is not None:
        yield f"{wrong!r} is not of type 'string'."
    kinds: object = schema.get("type", [])
    named: list[object] = sequence(cast("object", kinds)) if isinstance(kinds, list) else [kinds]
    if any(each not in _NAMES for each in named):
        yield f"{kinds!r} is not valid under any of the given schemas."
    reference = schema.get("$ref")
    if isinstance(reference, str) and not leads_somewhere(reference, root):
        yield (
            f"In context={context!r}, reference to component '{reference}' which was not found in the schema."
        )
    for name, inner, _ in _inside(schema):
        yield from _invalid(inner, (*context, *name), root)


def _problems(schema: Schema, context: tuple[str, ...], depth: int) -> Iterator[str]:
    """All that strict mode has against a schema and those in it."""
    where = f"In context={context!r}, "
    yield from (f"{where}'{name}' is not permitted." for name in _NEVER if name in schema)
    if depth > _DEEPEST:
        yield f"{where}the schema is nested deeper than {_DEEPEST} levels."
        return
    if "type" not in schema and not any(name in schema for name in _TYPED):
        yield f"{where}schema must have a 'type' key."
    kinds = types_of(schema)
    if "object" in kinds:
        if schema.get("additionalProperties") is not False:
            yield f"{where}'additionalProperties' is required to be supplied and to be false."
        properties, needed = mapping(schema.get("properties")), sequence(schema.get("required"))
        missing = next((name for name in properties if name not in needed), None)
        if missing is not None:
            yield (
                f"{where}'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{missing}'."
            )
        extra = next((name for name in needed if name not in properties), None)
        if extra is not None:
            yield f"{where}'required' is required to be an array of keys in properties. Extra '{extra}'."
    if "array" in kinds and "items" not in schema:
        yield f"{where}array schema missing items."
    for name, inner, step in _inside(schema):
        yield from _problems(mapping(inner), (*context, *name), depth + step)


def _arrays(schema: Schema, context: tuple[str, ...]) -> Iterator[str]:
    """Arrays without items, which no function may have, strict or not."""
    if "array" in types_of(schema) and "items" not in schema and "prefixItems" not in schema:
        yield f"In context={context!r}, array schema missing items."
    for name, inner, _ in _inside(schema):
        yield from _arrays(mapping(inner), (*context, *name))


def _inside(schema: Schema) -> Iterator[tuple[tuple[str, ...], object, int]]:
    """The schemas in a schema, by their way, and whether they are a level deeper."""
    for key in ("properties", "$defs", "definitions"):
        for name, inner in mapping(schema.get(key)).items():
            yield (key, name), inner, int(key == "properties")
    for key in ("anyOf", "allOf", "oneOf"):
        for at, inner in enumerate(sequence(schema.get(key))):
            yield (key, str(at)), inner, 0
    if "items" in schema:
        yield ("items",), schema["items"], 1
