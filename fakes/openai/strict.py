"""What strict mode does not take of a JSON schema, in the service's words.

The rules are those of https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas.
"""

from __future__ import annotations

from collections.abc import Iterator

from fakes.json_schema import Schema, types_of
from fakes.json_text import mapping, sequence

__all__ = ["problem_of"]

_NEVER = (
    *("allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"),
    *("patternProperties", "propertyNames", "minProperties", "maxProperties", "uniqueItems", "contains"),
    "default",
)
_DEEPEST = 10
_TYPED = ("$ref", "anyOf", "enum", "const")


def problem_of(schema: object, *, strict: bool) -> str | None:
    """What is wrong with the schema of a function or of an answer; None where it is taken."""
    root = mapping(schema)
    if types_of(root) != ["object"]:
        kind = root.get("type")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    return next(_problems(root, (), 0) if strict else _arrays(root, ()), None)


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
        yield from _problems(inner, (*context, *name), depth + step)


def _arrays(schema: Schema, context: tuple[str, ...]) -> Iterator[str]:
    """Arrays without items, which no function may have, strict or not."""
    if "array" in types_of(schema) and "items" not in schema and "prefixItems" not in schema:
        yield f"In context={context!r}, array schema missing items."
    for name, inner, _ in _inside(schema):
        yield from _arrays(inner, (*context, *name))


def _inside(schema: Schema) -> Iterator[tuple[tuple[str, ...], Schema, int]]:
    """The schemas in a schema, by their way, and whether they are a level deeper."""
    for key in ("properties", "$defs", "definitions"):
        for name, inner in mapping(schema.get(key)).items():
            yield (key, name), mapping(inner), int(key == "properties")
    for at, inner in enumerate(sequence(schema.get("anyOf"))):
        yield ("anyOf", str(at)), mapping(inner), 0
    if isinstance(schema.get("items"), dict):
        yield ("items",), mapping(schema["items"]), 1
