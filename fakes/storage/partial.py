"""Partial responses: the parts of an answer that the parameter `fields` names.

https://docs.cloud.google.com/storage/docs/json_api#partial-response: names with commas between them, `a/b`
for a part of a part, `a(b,c)` for several, `*` for all.
"""

from __future__ import annotations

import re
from typing import Any, cast

from fakes.json_text import is_mapping

__all__ = ["BadMask", "select"]

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[^A-Za-z_]")
_DEEPEST = 32

Mask = dict[str, "Mask"]


class BadMask(Exception):
    """A `fields` that cannot be read; the text says so."""


def select(body: object, mask: str) -> Any:
    """What the mask names of a JSON object.

    Raises:
        BadMask: it cannot be read.
    """
    left = _TOKEN.findall(mask)[::-1]
    found = _list(left, 0)
    if found is None or left:
        raise BadMask(f"Invalid field selection {mask}")
    return _selected(body, found)


def _list(left: list[str], depth: int) -> Mask | None:
    """The mask at the end of the tokens that are left, last one first; None where there is none."""
    found: Mask = {}
    while depth < _DEEPEST:
        inside, more = found, True
        while more:
            name = left.pop() if left else ""
            if not (name == "*" or name.isidentifier()):
                return None
            inside = inside.setdefault(name, {})
            more = _take(left, "/")
        if _take(left, "("):
            several = _list(left, depth + 1)
            if several is None or not _take(left, ")"):
                return None
            inside.update(several)
        if not _take(left, ","):
            return found
    return None


def _take(left: list[str], wanted: str) -> bool:
    if left and left[-1] == wanted:
        left.pop()
        return True
    return False


def _selected(value: object, mask: Mask) -> object:
    if not mask:
        return value
    if isinstance(value, list):
        return [_selected(each, mask) for each in cast("list[object]", value)]
    if not is_mapping(value):
        return value
    wanted = {name: mask.get(name, mask.get("*")) for name in value}
    return {name: _selected(value[name], inside) for name, inside in wanted.items() if inside is not None}
