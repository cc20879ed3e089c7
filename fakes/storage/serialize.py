"""The JSON form of Cloud Storage's objects."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

from fakes.google import timestamp
from fakes.storage.records import Object
from fakes.timeline import EPOCH

__all__ = ["object_body"]


def object_body(found: Object) -> dict[str, object]:
    """An object resource; int64 fields are strings in JSON."""
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
