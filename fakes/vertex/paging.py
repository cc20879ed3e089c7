"""Lists on Vertex AI: newest first, in pages, filtered by labels and states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import dropwhile, islice
from typing import TypeVar

from fakes.routes import Call
from fakes.vertex.errors import invalid
from fakes.vertex.reading import int64_of

__all__ = ["filtered", "in_order", "page", "page_of", "parent_of"]

_LARGEST_PAGE = 100
_FILTER = re.compile(
    r'labels\.(?P<any>[\w-]+):\*|(?:labels\.(?P<key>[\w-]+)|state)\s*=\s*"?(?P<value>[^"]*)"?|'
)
_TOKEN = re.compile(r"([0-9]{1,12})-([0-9]{1,20})")
T = TypeVar("T")


def parent_of(call: Call) -> str:
    """The project and location in a request's path."""
    return f"projects/{call.params['project']}/locations/{call.params['location']}"


def page(call: Call, things: Iterable[T], place: Callable[[T], tuple[int, str]]) -> tuple[list[T], str]:
    """The page that a request asks for, and the token of the next one; it is empty after the last page.

    `things` must be sorted newest first; `place` gives the creation time of one, and its id. A token stays
    valid while items are added and removed.
    """
    left, size = iter(things), _page_size(call)
    if token := call.asked.get("pageToken"):
        if (found := _TOKEN.fullmatch(token)) is None:
            raise invalid(f"Invalid page token: {token}")
        last = -int(found[1]), found[2]
        left = dropwhile(lambda thing: _newest(place(thing)) <= last, left)
    shown = list(islice(left, size))
    more = any(True for _ in islice(left, 1))
    return shown, "-".join(map(str, place(shown[-1]))) if more else ""


def in_order(call: Call, things: Iterable[T], place: Callable[[T], tuple[int, str]]) -> tuple[list[T], str]:
    """As `page`, for items in any order."""
    return page(call, sorted(things, key=lambda thing: _newest(place(thing))), place)


def _newest(place: tuple[int, str]) -> tuple[int, str]:
    made, name = place
    return -made, name


def page_of(call: Call, things: Sequence[T]) -> tuple[list[T], str]:
    """The page of a list that keeps its order, to which things are only added at the end."""
    token, size = call.asked.get("pageToken", "0"), _page_size(call)
    if not re.fullmatch("[0-9]{1,12}", token):
        raise invalid(f"Invalid page token: {token}")
    end = int(token) + size
    return list(things[int(token) : end]), str(end) if end < len(things) else ""


def filtered(text: str) -> Callable[[Mapping[str, str], str], bool]:
    """The filters `labels.KEY="VALUE"`, `labels.KEY:*`, `state="STATE"`: a function of labels and state."""
    found = _FILTER.fullmatch(text.strip())
    if found is None:
        raise invalid(f"Invalid filter: {text}")
    some, key, value = found["any"], found["key"], found["value"]

    def keep(labels: Mapping[str, str], state: str) -> bool:
        if some is not None:
            return some in labels
        return labels.get(key) == value if key is not None else value is None or state == value

    return keep


def _page_size(call: Call) -> int:
    """As many as `pageSize` asks for, and no more than a page holds; a full page where it is 0 or missing."""
    given = call.asked.get("pageSize", "0")
    refusal = invalid(f"pageSize must be a whole number of 0 or more; it is {given!r}.")
    size = int64_of(given, refusal)
    if size < 0:
        raise refusal
    return min(size or _LARGEST_PAGE, _LARGEST_PAGE)
