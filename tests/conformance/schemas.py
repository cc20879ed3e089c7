"""Schemas that refer to each other by name, and what a body has against one of them.

Two laws are held: the schema itself (JSON Schema 2020-12), and that a body has no field which the schema does
not name. A vendor's schema leaves the second open; a fake that made fields up would pass without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import jsonschema

__all__ = ["Schema", "Schemas", "Violation"]

Schema = dict[str, Any]


class _Error(Protocol):
    """The part of `jsonschema.ValidationError` that is used here: the package has no types."""

    validator: str
    message: str
    context: list[_Error]
    absolute_path: Iterable[str | int]
    relative_path: Iterable[str | int]
    relative_schema_path: Iterable[str | int]


class _Validator(Protocol):
    def iter_errors(self, instance: object) -> Iterable[_Error]: ...


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """What is wrong, and where: a JSON pointer in which `*` stands for any index of an array."""

    pointer: str
    message: str


class Schemas:
    """Schemas by name, as JSON Schema with references of the form `#/$defs/Name`."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self.named = named
        self._validators: dict[str, _Validator] = {}

    def violations(self, schema: Schema, body: object) -> list[Violation]:
        """All that a body has against a schema, in order, each thing once."""
        found = {
            Violation(_pointer(leaf.absolute_path), leaf.message)
            for error in self._validator(schema).iter_errors(body)
            for leaf in _leaves(error)
        }
        return sorted(found | set(self._strangers([schema], body, "")))

    def _validator(self, schema: Schema) -> _Validator:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {**schema, "$defs": self.named}
            self._validators[key] = cast("_Validator", jsonschema.Draft202012Validator(whole))
        return self._validators[key]

    def _strangers(self, schemas: Iterable[Schema], body: object, at: str) -> Iterator[Violation]:
        """The fields that none of the schemas of a place name."""
        views = [view for schema in schemas for view in self._views(schema, body)]
        if isinstance(body, list):
            items = [view["items"] for view in views if "items" in view]
            for item in cast("list[object]", body):
                yield from self._strangers(items, item, f"{at}/*")
        elif isinstance(body, dict):
            rest = [view["additionalProperties"] for view in views if "additionalProperties" in view]
            closed = any("properties" in view for view in views) or bool(rest)
            others = [cast("Schema", schema) for schema in rest if isinstance(schema, dict)]
            for name, value in cast("dict[str, object]", body).items():
                place = f"{at}/{name}"
                named: list[Schema] = [
                    view["properties"][name] for view in views if name in view.get("properties", {})
                ]
                if inside := named or others:
                    yield from self._strangers(inside, value, place)
                elif closed and True not in rest:
                    yield Violation(place, "the specification has no such field")

    def _views(self, schema: Schema, body: object) -> Iterator[Schema]:
        """A schema, and all those that speak of the same place: references, parts, alternatives."""
        yield schema
        if "$ref" in schema:
            yield from self._views(self.named[schema["$ref"].removeprefix("#/$defs/")], body)
        for part in schema.get("allOf", ()):
            yield from self._views(part, body)
        for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            views = list(self._views(branch, body))
            if all(_may_be(view, body) for view in views):
                yield from views


def _may_be(schema: Schema, body: object) -> bool:
    """False where a field that tells alternatives apart, such as `type`, is another alternative's."""
    if not isinstance(body, dict):
        return True
    fields = cast("dict[str, object]", body)
    return all(
        fields[name] in inside["enum"]
        for name, inside in schema.get("properties", {}).items()
        if "enum" in inside and name in fields
    )


def _leaves(error: _Error) -> Iterator[_Error]:
    """The errors of the one alternative that was meant, where there is one; else the error itself."""
    if error.validator in ("anyOf", "oneOf") and error.context:
        branches: dict[str | int, list[_Error]] = {}
        for inner in error.context:
            branches.setdefault(next(iter(inner.relative_schema_path)), []).append(inner)
        meant = [errors for errors in branches.values() if not any(_tells_apart(each) for each in errors)]
        if len(meant) == 1:
            for inner in meant[0]:
                yield from _leaves(inner)
            return
    yield error


def _tells_apart(error: _Error) -> bool:
    depth = len(list(error.relative_path))
    return (error.validator == "type" and depth == 0) or (error.validator == "enum" and depth == 1)


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(f"/{'*' if isinstance(step, int) else step}" for step in path)
