"""A page of a bucket's objects: prefix, delimiter, and where the next page begins.

As https://docs.cloud.google.com/storage/docs/json_api/v1/objects/list has it: an object whose name has the
delimiter after the prefix is not listed; the beginning of its name is, once, among the prefixes.
"""

from __future__ import annotations

import base64
import binascii
import re

import httpx

from fakes.storage.errors import invalid
from fakes.storage.state import Storage
from fakes.storage.wire import object_body

__all__ = ["page"]

_LARGEST_PAGE = 1000


def page(storage: Storage, bucket: str, query: httpx.QueryParams) -> dict[str, object]:
    """The page that a query asks for; items and prefixes count together, in the order of their names."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after, size = _after(query.get("pageToken")), _size(query.get("maxResults"))
    names = sorted(name for inside, name in storage.objects if inside == bucket and name.startswith(prefix))
    entries = dict.fromkeys(_entry(name, prefix, delimiter) for name in names)
    left = [entry for entry in entries if after is None or entry[0] > after]
    shown = left[:size]
    items = [object_body(storage.objects[bucket, name]) for name, folded in shown if not folded]
    prefixes = [name for name, folded in shown if folded]
    body: dict[str, object] = {"kind": "storage#objects"}
    if len(shown) < len(left):
        body["nextPageToken"] = base64.urlsafe_b64encode(shown[-1][0].encode()).decode()
    return body | ({"prefixes": prefixes} if prefixes else {}) | ({"items": items} if items else {})


def _entry(name: str, prefix: str, delimiter: str) -> tuple[str, bool]:
    """What stands for an object in a list: its name, or the beginning that it is folded into."""
    at = name.find(delimiter, len(prefix)) if delimiter else -1
    return (name, False) if at < 0 else (name[: at + len(delimiter)], True)


def _after(token: str | None) -> str | None:
    if not token:
        return None
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid(f"Invalid page token: {token}") from None


def _size(asked: str | None) -> int:
    if asked is None:
        return _LARGEST_PAGE
    if not re.fullmatch("[0-9]{1,9}", asked) or int(asked) < 1:
        raise invalid(f"maxResults must be a whole number above 0; it is {asked!r}.")
    return min(int(asked), _LARGEST_PAGE)
