"""Request validation: names and metadata of objects."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from fakes.json_text import is_mapping, parse
from fakes.routes import Call
from fakes.storage.errors import invalid, required

__all__ = ["bucket_of", "metadata_of", "object_name"]

_LONGEST_NAME = 1024


def bucket_of(call: Call) -> str:
    """The bucket in a request's path."""
    return unquote(call.params["bucket"])


def object_name(name: object) -> str:
    """A new object's name (https://docs.cloud.google.com/storage/docs/objects#naming), or a 400."""
    if not name or not isinstance(name, str):
        raise required("name")
    longest = len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME
    if longest or name in (".", "..") or re.search(r"[\r\n\ud800-\udfff]", name):
        raise invalid(f"Invalid object name: {name!r}")
    return name


def metadata_of(text: bytes) -> dict[str, Any]:
    """The metadata of a new object; empty if none is given, 400 if it is not a JSON object."""
    try:
        found = parse(text.strip() or b"{}")
    except ValueError:
        found = None
    if not is_mapping(found):
        raise invalid("The metadata of an object must be a JSON object.")
    return found
