"""How buckets and objects look on Cloud Storage's wire; int64 fields travel as strings."""

from __future__ import annotations

import base64
from urllib.parse import quote

import httpx

from fakes.google import timestamp
from fakes.storage.errors import VENDOR, emulated
from fakes.storage.records import Bucket, Object

__all__ = ["base_of", "bucket_body", "object_body", "object_headers"]

_API = "https://www.googleapis.com/storage/v1"
_REGIONS = frozenset({"US", "EU", "ASIA"})


def base_of(request: httpx.Request) -> str:
    """Where the client found the service, so that it finds it again; without a slash at the end."""
    prefix = emulated(request)
    if prefix is None:
        return VENDOR
    place: str = request.extensions["place"]
    host = request.headers.get("host") or place.split("://", 1)[1].partition("/")[0]
    return f"{place.partition('://')[0]}://{host}{prefix}".rstrip("/")


def object_body(found: Object, bucket: Bucket, base: str = VENDOR) -> dict[str, object]:
    """An object resource; `base` is where its content is found."""
    path = f"/b/{quote(found.bucket, safe='')}/o/{quote(found.name, safe='')}"
    body: dict[str, object] = {
        "kind": "storage#object",
        "id": f"{found.bucket}/{found.name}/{found.generation}",
        "selfLink": _API + path,
        "mediaLink": f"{base}/download/storage/v1{path}?generation={found.generation}&alt=media",
        "name": found.name,
        "bucket": found.bucket,
        "generation": str(found.generation),
        "metageneration": str(found.metageneration),
        "storageClass": bucket.fields.get("storageClass", "STANDARD"),
        **found.fields,
        "size": str(len(found.content)),
        "crc32c": found.crc32c,
        "etag": _etag(found.generation, found.metageneration),
        "timeCreated": timestamp(found.created),
        "updated": timestamp(found.created + found.metageneration - 1),
        "timeStorageClassUpdated": timestamp(found.created),
        "timeFinalized": timestamp(found.created),
    }
    if found.md5 is not None:
        body["md5Hash"] = found.md5
    if found.components is not None:
        body["componentCount"] = found.components
    if not found.current:
        body["timeDeleted"] = timestamp(found.created + found.generation)
    return body


def object_headers(found: Object, bucket: Bucket) -> list[tuple[bytes, bytes]]:
    """The headers of an object's content."""
    sums = [f"crc32c={found.crc32c}"] + ([f"md5={found.md5}"] if found.md5 else [])
    named = {
        "content-type": found.content_type or "application/octet-stream",
        "cache-control": found.fields.get("cacheControl", ""),
        "content-disposition": found.fields.get("contentDisposition", ""),
        "content-language": found.fields.get("contentLanguage", ""),
        "etag": _etag(found.generation, found.metageneration),
        "x-goog-generation": str(found.generation),
        "x-goog-metageneration": str(found.metageneration),
        "x-goog-hash": ",".join(sums),
        "x-goog-storage-class": str(
            found.fields.get("storageClass") or bucket.fields.get("storageClass", "STANDARD")
        ),
        "x-goog-stored-content-encoding": found.fields.get("contentEncoding") or "identity",
        "x-goog-stored-content-length": str(len(found.content)),
    }
    return [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value]


def bucket_body(found: Bucket) -> dict[str, object]:
    """A bucket resource. Access is uniform, and what is deleted is deleted at once."""
    location = found.fields.get("location", "US")
    kinds = "multi-region" if location in _REGIONS else "region"
    return {
        "kind": "storage#bucket",
        "id": found.name,
        "selfLink": f"{_API}/b/{found.name}",
        "name": found.name,
        "projectNumber": "123456789012",
        "generation": "1",
        "metageneration": str(found.metageneration),
        "location": location,
        "locationType": kinds,
        "storageClass": "STANDARD",
        "timeCreated": timestamp(found.created),
        "updated": timestamp(found.created + found.metageneration - 1),
        "etag": _etag(1, found.metageneration),
        **found.fields,
        "iamConfiguration": {
            "uniformBucketLevelAccess": {
                "enabled": True,
                "lockedTime": timestamp(found.created + 90 * 86400),
            },
            "publicAccessPrevention": "inherited",
            **{
                key: value
                for key, value in found.fields.get("iamConfiguration", {}).items()
                if key == "publicAccessPrevention"
            },
        },
        "softDeletePolicy": {"retentionDurationSeconds": "0"},
    }


def _etag(generation: int, metageneration: int) -> str:
    """As the service makes it: a protocol buffer of both numbers."""
    return base64.b64encode(b"\x08" + _varint(generation) + b"\x10" + _varint(metageneration)).decode()


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
