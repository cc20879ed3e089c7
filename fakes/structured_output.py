"""The JSON value that a model says under a schema: what it would have said, in the form that was asked for.

A learner answers with a text. Where that text is itself valid JSON, it is the value. Else the value is made
from the schema, with the text in the first string that can hold it; numbers, booleans and enumerations
are read from the text where it has them. What the text does not decide comes from the names of the fields
and a seed, never from chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from math import ceil, floor
from typing import Any

from fakes.json_schema import Heights, Schema, bound, flat, is_valid, merged, types_of
from fakes.json_text import compact, is_mapping, mapping, parse, sequence
from fakes.pattern_text import text_for
from fakes.text_formats import FORMATS, IN_TEXT

__all__ = ["object_for", "text_under", "value_for"]

_DEEP = 3
"""Levels of objects and arrays that are filled with all they may hold; those below hold what they must."""
_DEEPEST = 40
_MOST = 100
"""Values that are made before the rest holds only what it must, as a schema may branch at every level; after
so many more again nothing is made that asks for others."""
_MOST_ITEMS = 1000


def value_for(schema: object, answer: str = "", seed: int = 0) -> Any:
    """A value that is valid for a JSON schema, and says `answer` where it can.

    It is the value of `answer` where that is JSON and valid, else one with the answer in the first string
    that can hold it. The same arguments give the same value. Where no value is valid, it is the first that
    was tried.
    """
    try:
        said = parse(answer)
    except ValueError:
        pass
    else:
        if is_valid(schema, said):
            return said
    return _Maker(mapping(schema), answer, seed).value(schema, "", 0)


def object_for(answer: str) -> dict[str, Any]:
    """The JSON object that a model says which is asked for one without a schema."""
    try:
        said = parse(answer)
    except ValueError:
        said = None
    return said if is_mapping(said) else {"answer": answer}


def text_under(schema: object, answer: str, seed: int = 0) -> str:
    """The text of `value_for`: the answer itself where it is valid JSON already."""
    try:
        if is_valid(schema, parse(answer)):
            return answer
    except ValueError:
        pass
    return compact(value_for(schema, answer, seed)).decode("utf-8", "surrogatepass")


class _Maker:
    """Makes one value. `left` is the answer, until a string holds it; `room` is how much is still made."""

    def __init__(self, root: Schema, answer: str, seed: int) -> None:
        self.root, self.answer, self.seed = root, answer, seed
        self.left = answer
        self.room = _MOST
        self.heights = Heights(root)
        self.makers: Mapping[str, Callable[[Schema, str, int], Iterator[Any]]] = {
            "null": self._null,
            "boolean": self._boolean,
            "number": self._numbers,
            "integer": self._integers,
            "string": self._string,
            "array": self._array,
            "object": self._object,
        }

    def value(self, schema: object, path: str, depth: int) -> Any:
        """A valid value where one is found; else the first that was tried."""
        view = flat(schema, self.root)
        if view is None or depth > _DEEPEST or self.room < -_MOST:
            return None
        self.room -= 1
        first: list[Any] = []
        before = self.left
        for candidate in self._candidates(view, path, depth):
            if is_valid(schema, candidate, self.root):
                return candidate
            first.append(candidate)
            self.left = before
        return first[0] if first else None

    def _short(self, depth: int) -> bool:
        return depth > _DEEP or self.room < 0

    def _candidates(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        if "const" in view:
            yield view["const"]
        if listed := sequence(view.get("enum")):
            yield from self._preferred(listed, path)
        for name in ("anyOf", "oneOf"):
            if name in view:
                yield from self._alternatives(view, name, path, depth)
                return
        if "if" in view:
            yield from self._conditional(view, path, depth)
        if "dependentSchemas" in view:
            yield from self._dependent(view, path, depth)
        kinds = types_of(view) or _implied(view)
        for kind in sorted(kinds, key=lambda kind: kind == "null"):
            if kind in self.makers:
                yield from self.makers[kind](view, path, depth)

    def _alternatives(self, view: Schema, name: str, path: str, depth: int) -> Iterator[Any]:
        rest = {key: value for key, value in view.items() if key != name}
        for part in self._ordered(sequence(view[name]), depth):
            found = flat(part, self.root)
            if found is not None:
                yield self.value(merged(rest, found), path, depth + 1)

    def _conditional(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        rest = {key: value for key, value in view.items() if key not in ("if", "then", "else")}
        for parts in ((view["if"], view.get("then", True)), (view.get("else", True),)):
            yield self.value({"allOf": [rest, *parts]}, path, depth + 1)

    def _dependent(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        rest = {key: value for key, value in view.items() if key != "dependentSchemas"}
        yield self.value({"allOf": [rest, *mapping(view["dependentSchemas"]).values()]}, path, depth + 1)
        yield self.value(rest, path, depth + 1)

    def _ordered(self, parts: list[Any], depth: int) -> list[Any]:
        """Alternatives in the order in which they are tried: null last; the lowest first below."""
        if self._short(depth):
            return sorted(parts, key=self.heights.of)
        return sorted(parts, key=lambda part: types_of(mapping(part)) == ["null"])

    def _preferred(self, listed: list[Any], path: str) -> Iterator[Any]:
        """The values of an enumeration: those that the answer names first, else one by the seed first."""
        told = self.answer.casefold()
        named = [each for each in listed if isinstance(each, str) and each and each.casefold() in told]
        named.sort(key=lambda each: (told.find(each.casefold()), -len(each)))
        at = self._number(path) % len(listed)
        yield from named
        yield from (each for each in (*listed[at:], *listed[:at]) if each is not None)
        yield from (each for each in listed if each is None)

    def _number(self, path: str) -> int:
        """A number that depends on the answer, the seed and the place."""
        text = f"{self.seed}\0{self.answer}\0{path}".encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(text, digest_size=8).digest())

    def _null(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        del view, path, depth
        yield None

    def _boolean(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        del view, depth
        word = re.match(r"\W*(yes|true|no|false)\b", self.answer, re.IGNORECASE)
        said = word[1].lower() in ("yes", "true") if word else self._number(path) % 2 == 0
        yield said
        yield not said

    def _numbers(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        del path, depth
        for found in re.findall(r"-?\d+(?:\.\d+)?", self.answer.replace(",", "")):
            # nothing that a double would not carry
            yield float(found) if "." in found else int(found[:18])
        yield from _within(view)

    def _integers(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        for number in self._numbers(view, path, depth):
            if number % 1 == 0:
                yield int(number)

    def _string(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        del depth
        if self.left:
            left, self.left = self.left, ""
            for text in _holding(left, view):
                self.left = ""
                yield text
            self.left = left
        name = re.sub(r"\[\d+\]$", "", path).rpartition(".")[2] or "text"
        for text in (*self._formatted(view, path), name):
            yield text
            yield _fitted(text, view)
        yield from _matching(view)

    def _formatted(self, view: Schema, path: str) -> list[str]:
        """A text of the format that is asked for, if one is; another for every place."""
        make = FORMATS.get(str(view.get("format")))
        return [make(self._number(path))] if make else []

    def _array(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        first = sequence(view.get("prefixItems"))
        low, high = int(bound(view, "minItems") or 0), bound(view, "maxItems")
        contains = view.get("contains")
        # the standard asks for none of the items before `items`; a model writes them, and one more
        free = "items" in view and not self._short(depth)
        wanted = max(low, len(first), 1 if free else 0)
        count = low if self._short(depth) else int(min(wanted, _MOST_ITEMS if high is None else high))
        before = self.left
        for total in dict.fromkeys((count, low, len(first), low + 1)):
            self.left = before
            items: list[Any] = []
            if contains is not None:
                least = bound(view, "minContains")
                items = [
                    self._item(view, contains, items, f"{path}[{at}]", depth)
                    for at in range(int(1 if least is None else least))
                ]
            for at in range(len(items), min(total, _MOST_ITEMS)):
                part = first[at] if at < len(first) else view.get("items", True)
                items.append(self._item(view, part, items, f"{path}[{at}]", depth))
            yield items

    def _item(self, view: Schema, part: object, before: list[Any], path: str, depth: int) -> Any:
        item = self.value(part, path, depth + 1)
        if view.get("uniqueItems") is True:
            part = {"allOf": [part, {"not": {"enum": before}}]} if before else part
            if before and not is_valid(part, item, self.root):
                return self._other(part, path, depth)
        return item

    def _other(self, part: object, path: str, depth: int) -> Any:
        """Another item than those before: by another answer, then by another number."""
        for at in range(8):
            maker = _Maker(self.root, f"{path} {at}", self.seed + at)
            if is_valid(part, item := maker.value(part, path, depth + 1), self.root):
                return item
        return None

    def _object(self, view: Schema, path: str, depth: int) -> Iterator[Any]:
        properties, needed = mapping(view.get("properties")), sequence(view.get("required"))
        order = [name for name in sequence(view.get("propertyOrdering")) if name in properties]
        names = [*order, *(name for name in properties if name not in order)]
        names += [name for name in needed if isinstance(name, str) and name not in names]
        must = [name for name in names if name in needed]
        before = self.left
        for chosen in (must,) if self._short(depth) else (names, must):
            self.left = before
            made = {
                name: self.value(self._of(view, name), f"{path}.{name}", depth + 1)
                for name in chosen
                if name in needed or self._possible(view, name)
            }
            yield self._enough(view, made, path, depth)
        self.left = before
        dependent = mapping(view.get("dependentRequired"))
        wanted = dict.fromkeys([*must, *(each for name in must for each in sequence(dependent.get(name)))])
        yield {name: self.value(self._of(view, name), f"{path}.{name}", depth + 1) for name in wanted}

    def _possible(self, view: Schema, name: str) -> bool:
        return flat(self._of(view, name), self.root) is not None

    def _of(self, view: Schema, name: str) -> object:
        """The schema of a property."""
        properties = mapping(view.get("properties"))
        parts = [properties[name]] if name in properties else []
        for pattern, part in mapping(view.get("patternProperties")).items():
            try:
                parts += [part] if re.search(pattern, name) else []
            except re.error:
                continue
        parts = parts or [view.get("additionalProperties", True)]
        return parts[0] if len(parts) == 1 else {"allOf": parts}

    def _enough(self, view: Schema, made: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        """The object with so many more properties as it must have."""
        low, names = int(bound(view, "minProperties") or 0), view.get("propertyNames")
        free = view.get("additionalProperties") is not False
        for at in range(min(low, _MOST_ITEMS) * 2):
            if len(made) >= low:
                break
            name = f"key{at + 1}" if free else ""
            if names is not None or not free:
                wanted = next(iter(mapping(view.get("patternProperties"))), None)
                shape = names if wanted is None else {"type": "string", "pattern": wanted}
                name = str(_Maker(self.root, f"key{at}", at).value(shape, f"{path}.key{at}", depth + 1))
                name = name if name not in made else str(text_for(str(wanted or ""), at) or f"{name}{at}")
            made[name] = self.value(self._of(view, name), f"{path}.{name}", depth + 1)
        return made


_HINTS = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "contains"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


def _implied(view: Schema) -> list[str]:
    """The types that a schema without any is likely to mean, the likeliest first."""
    likely = [kind for kind, names in _HINTS.items() if any(name in view for name in names)]
    return [
        *likely,
        *(kind for kind in ("string", "number", "boolean", "object", "array") if kind not in likely),
        "null",
    ]


def _within(view: Schema) -> Iterator[Any]:
    """Numbers in the bounds of a schema, whole ones first."""
    step = bound(view, "multipleOf")
    low, high = bound(view, "minimum"), bound(view, "maximum")
    under, over = bound(view, "exclusiveMinimum"), bound(view, "exclusiveMaximum")
    edges = [each for each in (low, high, under, over) if each is not None]
    if step:
        for edge in (0, *edges):
            near = floor(edge / step)
            for times in (near, near + 1, near - 1):
                yield times * step
    yield 0
    for edge in edges:
        yield from (ceil(edge), floor(edge), floor(edge) + 1, ceil(edge) - 1, edge)
    bottom = max((each for each in (low, under) if each is not None), default=None)
    top = min((each for each in (high, over) if each is not None), default=None)
    if bottom is not None and top is not None:
        yield (bottom + top) / 2


def _holding(answer: str, view: Schema) -> Iterator[str]:
    """What of an answer a string may be: all of it, a part that matches, or its beginning."""
    if not (form := view.get("format")) or form not in FORMATS or IN_TEXT[form].fullmatch(answer):
        yield answer
    expression = view.get("pattern")
    if isinstance(expression, str):
        try:
            if found := re.search(expression, answer):
                yield found[0]
            if found := re.search(expression.removeprefix("^").removesuffix("$"), answer):
                yield found[0]
        except re.error:
            pass
    elif form in IN_TEXT:
        if found := IN_TEXT[str(form)].search(answer):
            yield found[0]
    elif (high := bound(view, "maxLength")) is not None and 0 < high < len(answer):
        yield answer[: int(high)]
    elif (low := bound(view, "minLength")) is not None and low > len(answer):
        yield _fitted(answer, view)


def _fitted(text: str, view: Schema) -> str:
    """A text made as long, or as short, as a schema has it."""
    low, high = int(bound(view, "minLength") or 0), bound(view, "maxLength")
    if text and len(text) < low:
        text = (f"{text} " * (low // (len(text) + 1) + 1))[:low]
        text = f"{text[:-1]}." if text.endswith(" ") else text
    return text if high is None else text[: int(high)]


def _matching(view: Schema) -> Iterator[str]:
    """Texts that a schema's pattern matches, longer and longer."""
    expression = view.get("pattern")
    if isinstance(expression, str):
        low = int(bound(view, "minLength") or 0)
        for more in dict.fromkeys((0, 1, 2, 3, 5, 8, 13, 21, low)):
            if (text := text_for(expression, more)) is not None:
                yield text
                yield _fitted(text, view)
