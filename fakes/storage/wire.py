"""How objects look on Cloud Storage's wire, and what names they may have."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import quote, unquote

from fakes.google import timestamp
from fakes.routes import Call
from fakes.storage.errors import invalid, required
from fakes.storage.state import Object
from fakes.timeline import EPOCH

__all__ = ["bucket_of", "object_body", "object_name"]

_LONGEST_NAME = 1024


def bucket_of(call: Call) -> str:
    """The bucket that a request's path names."""
    return unquote(call.params["bucket"])


def object_name(name: object) -> str:
    """A new object's name (https://docs.cloud.google.com/storage/docs/objects#naming), or a 400."""
    if not name or not isinstance(name, str):
        raise required("name")
    longest = len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME
    if longest or name in (".", "..") or re.search(r"[\r\n\ud800-\udfff]", name):
        raise invalid(f"Invalid object name: {name!r}")
    return name


def object_body(found: Object) -> dict[str, object]:
    """An object resource; int64 fields travel as strings."""
    path = f"/b/{quote(found.bucket, safe='')}/o/{quote(found.name, safe='')}"
    return {
        "kind": "storage#object",
        "id": f"{found.bucket}/{found.name}/{found.generation}",
        "selfLink": f"https://www.googleapis.com/storage/v1{path}",
        "name": found.name,
        "bucket": found.bucket,
        "generation": str(found.generation),
        "metageneration": "1",
        "contentType": found.content_type,
        "storageClass": "STANDARD",
        "size": str(len(found.content)),
        "md5Hash": base64.b64encode(hashlib.md5(found.content, usedforsecurity=False).digest()).decode(),
        "timeCreated": timestamp(EPOCH),
        "updated": timestamp(EPOCH),
    }
