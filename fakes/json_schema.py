"""JSON Schemas as the services take them: what a schema asks for in one piece, and whether a value is valid.

Read are the keywords of JSON Schema 2020-12 that concern values, and the relics in Google's dialect: types in
capitals, `nullable`, bounds sent as strings. A keyword that is not known demands nothing, and so does
`format`, which the standard has as a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf
from typing import Any, cast

from fakes.json_text import is_mapping, mapping, sequence

__all__ = ["Heights", "Schema", "bound", "flat", "is_valid", "leads_somewhere", "merged", "types_of"]

Schema = dict[str, Any]
_DEEPEST = 64
"""References that are followed to tell whether a value is valid; nothing that comes to a wire is so deep."""


def types_of(schema: Schema) -> list[str]:
    """The types that a schema names, in small letters; empty where it names none."""
    given = schema.get("type")
    names = [given] if isinstance(given, str) else sequence(given)
    found = [name.lower() for name in names if isinstance(name, str)]
    if schema.get("nullable") is True and found and "null" not in found:
        found.append("null")
    return [name for name in found if name != "type_unspecified"]


def bound(schema: Schema, name: str) -> float | None:
    """A bound of that name; Google's int64 travel as strings. None where there is none."""
    value = schema.get(name)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def flat(schema: object, root: Schema) -> Schema | None:
    """A schema with its references followed and the parts of `allOf` put together; None where it is `false`.

    A reference that leads nowhere, or round in a circle, demands nothing.
    """
    return _flat(schema, root, frozenset())


def _flat(schema: object, root: Schema, met: frozenset[str]) -> Schema | None:
    if schema is False:
        return None
    found = dict(mapping(schema))
    reference, parts = found.pop("$ref", None), sequence(found.pop("allOf", None))
    if isinstance(reference, str) and reference not in met:
        target = _flat(_target(reference, root), root, met | {reference})
        if target is None:
            return None
        found = merged(target, found)
    for part in parts:
        inner = _flat(part, root, met)
        if inner is None:
            return None
        found = merged(found, inner)
    return found


def _target(reference: str, root: Schema, nowhere: object = True) -> object:
    """What a reference such as `#/$defs/Name` leads to; a bare name is one in `$defs`."""
    if not reference.startswith("#"):
        return mapping(root.get("$defs")).get(reference, nowhere)
    node: object = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if is_mapping(node):
            node = node.get(name, nowhere)
        elif name.isdigit():
            node = next(iter(sequence(node)[int(name) :]), nowhere)
        else:
            return nowhere
    return node


def leads_somewhere(reference: str, root: Schema) -> bool:
    """Whether a reference leads to a schema, and not round in a circle of references."""
    met: set[str] = set()
    while reference not in met:
        met.add(reference)
        found = _target(reference, root, None)
        if not is_mapping(found):
            return isinstance(found, bool)
        following = found.get("$ref")
        if not isinstance(following, str):
            return True
        reference = following
    return False


def merged(one: Schema, other: Schema) -> Schema:
    """A schema that asks for what both ask for, as nearly as one schema can."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        a, b = one[name], other[name]
        if a == b:
            continue
        if (merge := _MERGES.get(name)) is not None:
            both[name] = merge(a, b)
    return both


def _properties(one: object, other: object) -> object:
    a, b = mapping(one), mapping(other)
    return {**a, **{name: {"allOf": [a[name], each]} if name in a else each for name, each in b.items()}}


def _types(one: object, other: object) -> object:
    a, b = types_of({"type": one}), types_of({"type": other})
    kept = [name for name in a if name in b or (name == "integer" and "number" in b)]
    return kept or [name for name in b if name == "integer" and "number" in a]


def _alternatives(one: object, other: object) -> object:
    return [{"allOf": [a, b]} for a in sequence(one) for b in sequence(other)]


def _largest(one: Any, other: Any) -> object:
    return max(one, other, key=float)


def _smallest(one: Any, other: Any) -> object:
    return min(one, other, key=float)


_MERGES: Mapping[str, Callable[[Any, Any], object]] = {
    "properties": _properties,
    "patternProperties": _properties,
    "required": lambda a, b: [*sequence(a), *(each for each in sequence(b) if each not in sequence(a))],
    "type": _types,
    "enum": lambda a, b: [each for each in sequence(a) if any(_same(each, one) for one in sequence(b))],
    "items": lambda a, b: {"allOf": [a, b]},
    "additionalProperties": lambda a, b: {"allOf": [a, b]},
    "anyOf": _alternatives,
    "oneOf": _alternatives,
    **dict.fromkeys(
        ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), _largest
    ),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), _smallest),
}


class Heights:
    """How many levels the lowest value of a schema has; endless where each holds another of its kind."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._known: dict[str, float] = {}

    def of(self, schema: object) -> float:
        """The height of a schema's lowest value: 0 for what holds nothing.

        References are endless at first, and become lower as what they lead to is known.
        """
        while True:
            before = dict(self._known)
            height = self._height(schema)
            for reference in list(self._known):
                self._known[reference] = self._height(_target(reference, self._root))
            if before == self._known:
                return height

    def _height(self, schema: object) -> float:
        view = mapping(schema)
        heights = [0.0]
        if isinstance(reference := view.get("$ref"), str):
            heights.append(self._known.setdefault(reference, inf))
        choices = [sequence(view[name]) for name in ("anyOf", "oneOf") if view.get(name)]
        heights.extend(min(map(self._height, parts), default=0.0) for parts in choices)
        heights.extend(map(self._height, sequence(view.get("allOf"))))
        if "object" in types_of(view) or "properties" in view:
            properties = mapping(view.get("properties"))
            needed = sequence(view.get("required"))
            heights.extend(1 + self._height(properties.get(name)) for name in needed)
        if bound(view, "minItems"):
            heights.append(1 + self._height(view.get("items")))
        if "contains" in view:
            heights.append(1 + self._height(view["contains"]))
        heights.extend(1 + self._height(part) for part in sequence(view.get("prefixItems")))
        return max(heights)


def is_valid(schema: object, value: object, root: Schema | None = None, depth: int = 0) -> bool:
    """Whether a value is valid for a schema; `root` is the schema that its references begin from."""
    if isinstance(schema, bool):
        return schema
    if not is_mapping(schema) or depth > _DEEPEST:
        return True
    base = schema if root is None else root

    def check(part: object, inner: object) -> bool:
        return is_valid(part, inner, base, depth + 1)

    return _of_type(schema, value) and all(rule(schema, value, check, base) for rule in _RULES)


_Check = Callable[[object, object], bool]


def _of_type(schema: Schema, value: object) -> bool:
    names = types_of(schema)
    return not names or any(_TYPES.get(name, _anything)(value) for name in names)


def _anything(_: object) -> bool:
    return True


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[object], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "number": _number,
    "integer": lambda value: _number(value) and cast("float", value) % 1 == 0,
    "object": is_mapping,
    "array": lambda value: isinstance(value, list),
}


def _same(one: object, other: object) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    a, b = sequence(one), sequence(other)
    if a and b:
        return len(a) == len(b) and all(map(_same, a, b))
    if is_mapping(one) and is_mapping(other):
        return one.keys() == other.keys() and all(_same(each, other[name]) for name, each in one.items())
    return one == other


def _reference(schema: Schema, value: object, check: _Check, root: Schema) -> bool:
    reference = schema.get("$ref")
    return not isinstance(reference, str) or check(_target(reference, root), value)


def _listed(schema: Schema, value: object, check: _Check, root: Schema) -> bool:
    del check, root
    if "const" in schema and not _same(schema["const"], value):
        return False
    listed = sequence(schema.get("enum"))
    if value is None and schema.get("nullable") is True:
        return True
    return "enum" not in schema or any(_same(each, value) for each in listed)


def _combined(schema: Schema, value: object, check: _Check, root: Schema) -> bool:
    del root
    return (
        all(check(part, value) for part in sequence(schema.get("allOf")))
        and ("anyOf" not in schema or any(check(part, value) for part in sequence(schema["anyOf"])))
        and ("oneOf" not in schema or sum(check(part, value) for part in sequence(schema["oneOf"])) == 1)
        and ("not" not in schema or not check(schema["not"], value))
        and ("if" not in schema or check(schema.get("then" if check(schema["if"], value) else "else"), value))
    )


def _bounded(schema: Schema, value: object, check: _Check, root: Schema) -> bool:
    del check, root
    if not _number(value):
        return True
    found = cast("float", value)
    low, high, step = (bound(schema, name) for name in ("minimum", "maximum", "multipleOf"))
    under, over = bound(schema, "exclusiveMinimum"), bound(schema, "exclusiveMaximum")
    return (
        (low is None or found >= low)
        and (high is None or found <= high)
        and (under is None or found > under)
        and (over is None or found < over)
        and (not step or _multiple(found, step))
    )


def _multiple(value: float, step: float) -> bool:
    if isinstance(step, int) or step % 1 == 0:
        return value % step == 0
    quotient = value / step
    return quotient == int(quotient)


def _text(schema: Schema, value: object, check: _Check, root: Schema) -> bool:
    del check, root
    if not isinstance(value, str):
        return True
    low, high, pattern = bound(schema, "minLength"), bound(schema, "maxLength"), schema.get("pattern")
    return (
        (low is None or len(value) >= low)
        and (high is None or len(value) <= high)
        and (not isinstance(pattern, str) or _found(pattern, value))
    )


def _found(pattern: str, text: str) -> bool:
    """Whether an expression is found in a text; one that Python cannot read demands nothing."""
    try:
        return re.search(pattern, text) is not None
    except (re.error, RecursionError):
        return True


def _array(schema: Schema, value: object, check: _Check, root: Schema) -> bool:
    del root
    if not isinstance(value, list):
        return True
    items, first = cast("list[object]", value), sequence(schema.get("prefixItems"))
    low, high = bound(schema, "minItems"), bound(schema, "maxItems")
    return (
        (low is None or len(items) >= low)
        and (high is None or len(items) <= high)
        and all(check(part, item) for part, item in zip(first, items, strict=False))
        and ("items" not in schema or all(check(schema["items"], item) for item in items[len(first) :]))
        and (schema.get("uniqueItems") is not True or _unique(items))
        and ("contains" not in schema or _contains(schema, items, check))
    )


def _unique(items: list[object]) -> bool:
    return not any(_same(item, other) for at, item in enumerate(items) for other in items[:at])


def _contains(schema: Schema, items: list[object], check: _Check) -> bool:
    found = sum(check(schema["contains"], item) for item in items)
    least, most = bound(schema, "minContains"), bound(schema, "maxContains")
    return found >= (1 if least is None else least) and (most is None or found <= most)


def _object(schema: Schema, value: object, check: _Check, root: Schema) -> bool:
    del root
    if not is_mapping(value):
        return True
    low, high = bound(schema, "minProperties"), bound(schema, "maxProperties")
    needed = mapping(schema.get("dependentRequired"))
    return (
        all(name in value for name in sequence(schema.get("required")))
        and (low is None or len(value) >= low)
        and (high is None or len(value) <= high)
        and all(each in value for name in needed if name in value for each in sequence(needed[name]))
        and all(check(part, value) for name, part in _dependent(schema).items() if name in value)
        and ("propertyNames" not in schema or all(check(schema["propertyNames"], name) for name in value))
        and all(check(part, each) for name, each in value.items() for part in _parts(schema, name))
    )


def _dependent(schema: Schema) -> Schema:
    return mapping(schema.get("dependentSchemas"))


def _parts(schema: Schema, name: str) -> list[object]:
    """The schemas that a property of that name has to be valid for."""
    properties = mapping(schema.get("properties"))
    found = [properties[name]] if name in properties else []
    patterns = mapping(schema.get("patternProperties"))
    found.extend(part for pattern, part in patterns.items() if _found(pattern, name))
    return found or ([schema["additionalProperties"]] if "additionalProperties" in schema else [])


_RULES = (_reference, _listed, _combined, _bounded, _text, _array, _object)
