"""Google's Schema as JSON Schema.

It is a subset of OpenAPI 3.0's schema object, with types in capitals
(https://ai.google.dev/api/caching#Schema).
"""

from __future__ import annotations

from typing import Any, cast

from fakes.json_text import is_mapping, mapping, sequence
from fakes.vertex.content_tables import SCHEMA
from fakes.vertex.errors import invalid, invalid_value
from fakes.vertex.reading import int64_of, read_message

__all__ = ["json_schema"]

_TYPES = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL")
_UNTYPED = "TYPE_UNSPECIFIED"
_INT64 = ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties")
_DEEPEST = 64


def json_schema(schema: object, at: str, depth: int = 0) -> dict[str, Any]:
    """A Schema as JSON Schema; `at` is where in the request it stands.

    Raises:
        Refusal: 400 for a keyword or a type that there is not, for a list without a schema of its items, and
            for a property that is required and not there.
    """
    made = _typed(schema, at, depth)
    for name in _INT64:
        if name in made:
            made[name] = int64_of(made[name], invalid_value(f"{at}.{name}", made[name], "TYPE_INT64"))
    for name in ("properties", "defs"):
        if name in made:
            made[name] = _map(made[name], f"{at}.{name}", depth)
    for name in ("items", "additionalProperties"):
        if name in made and not (name == "additionalProperties" and isinstance(made[name], bool)):
            made[name] = json_schema(made[name], f"{at}.{name}", depth + 1)
    if "anyOf" in made:
        parts = enumerate(_listed(made["anyOf"]))
        made["anyOf"] = [json_schema(each, f"{at}.anyOf[{index}]", depth + 1) for index, each in parts]
    return _renamed(made, at)


def _typed(schema: object, at: str, depth: int) -> dict[str, Any]:
    """The keywords of a schema, its type in small letters."""
    if depth > _DEEPEST:
        raise invalid(f"{at}: the schema is nested too deep.")
    made = read_message(schema, SCHEMA, at)
    kind = made.pop("type", _UNTYPED)
    if not isinstance(kind, str) or kind.upper() not in (*_TYPES, _UNTYPED):
        raise invalid_value(f"{at}.type", kind, "type.googleapis.com/google.cloud.aiplatform.v1beta1.Type")
    if kind.upper() == "ARRAY" and "items" not in made:
        raise invalid(f"{at}.items: missing field.")
    return made if kind.upper() == _UNTYPED else {**made, "type": kind.lower()}


def _map(value: object, at: str, depth: int) -> dict[str, Any]:
    """Schemas by the names of what they are of."""
    if not is_mapping(value):
        raise invalid_value(at, value)
    return {name: json_schema(each, f"{at}[{name}]", depth + 1) for name, each in value.items()}


def _renamed(made: dict[str, Any], at: str) -> dict[str, Any]:
    """The keywords under JSON Schema's names, once what is required is known to be there."""
    known = mapping(made.get("properties"))
    for index, name in enumerate(sequence(made.get("required"))):
        if name not in known:
            raise invalid(f"{at}.required[{index}]: property is not defined.")
    if "defs" in made:
        made["$defs"] = made.pop("defs")
    if isinstance(reference := made.pop("ref", None), str):
        made["$ref"] = reference.replace("#/defs/", "#/$defs/")
    return made


def _listed(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]
