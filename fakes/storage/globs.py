"""Globs of object names (https://docs.cloud.google.com/storage/docs/json_api/v1/objects/list).

`*` is anything but a slash, `**` anything, `?` one character, `[a-z]` one of several, `{a,b}` one of the
parts.
"""

from __future__ import annotations

import re
from functools import lru_cache

from fakes.storage.errors import invalid

__all__ = ["expression"]

_PART = re.compile(r"(\*\*/?)|(\*)|(\?)|(\[[!^]?[^]/]+\])|([{}])|(,)|\\?(.)", re.DOTALL)
_LONGEST = 1024


@lru_cache(maxsize=64)
def expression(glob: str) -> re.Pattern[str]:
    """The regular expression that matches the same names, or a 400."""
    found: list[str] = []
    depth = 0
    for match in _PART.finditer(glob[:_LONGEST]):
        every, some, one, several, brace, comma, literal = match.groups()
        if every:
            found.append("(?:.*/)?" if every.endswith("/") else ".*")
        elif some or one:
            found.append("[^/]*" if some else "[^/]")
        elif several:
            inside = several[1:-1].replace("\\", "\\\\")
            found.append(f"[^/{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]")
        elif brace:
            depth += 1 if brace == "{" else -1
            found.append("(?:" if brace == "{" else ")")
        elif comma:
            found.append("|" if depth else ",")
        else:
            found.append(re.escape(literal))
        if depth < 0:
            break
    if depth or len(glob) > _LONGEST:
        raise invalid(f"Invalid glob pattern: {glob}")
    try:
        return re.compile("".join(found), re.DOTALL)
    except re.error:
        raise invalid(f"Invalid glob pattern: {glob}") from None
