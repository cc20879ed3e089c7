"""Request validation: names and metadata of buckets and objects, as a client sent them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fakes.json_text import is_mapping, parse
from fakes.routes import Call
from fakes.storage.checksums import crc32c, md5
from fakes.storage.errors import forbidden, invalid, required
from fakes.storage.records import Object

__all__ = [
    "bucket_fields",
    "bucket_name",
    "bucket_of",
    "check_hold",
    "check_sums",
    "merged",
    "metadata_of",
    "object_fields",
    "object_name",
    "object_of",
]

_LONGEST_NAME = 1024
_BUCKET_NAME = re.compile(r"(?=.{3,222}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_HEADER = re.compile(r"[\t\x20-\x7e]*")
_CLASSES = frozenset(
    {
        *("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL"),
        "DURABLE_REDUCED_AVAILABILITY",
    }
)
_KIND = "kind id selfLink etag generation metageneration timeCreated updated storageClass "
_MADE = frozenset(
    (
        _KIND
        + "bucket size mediaLink owner componentCount timeDeleted timeFinalized timeStorageClassUpdated "
        "retentionExpirationTime softDeleteTime hardDeleteTime name"
    ).split()
)
"""Fields of an object that are the service's to say: what a client sends back of them is left out."""
_TEXTS = ("cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType")
_HOLDS = ("eventBasedHold", "temporaryHold")
_SUMS = ("md5Hash", "crc32c")
_BUCKET_MADE = frozenset(
    (
        _KIND + "name project projectNumber owner locationType softDeleteTime hardDeleteTime satisfiesPZS"
    ).split()
)
_BUCKET_FLAGS = {
    "versioning": {"enabled": None},
    "iamConfiguration": {
        "uniformBucketLevelAccess": {"enabled": True, "lockedTime": None},
        "bucketPolicyOnly": {"enabled": True, "lockedTime": None},
        "publicAccessPrevention": None,
    },
    "softDeletePolicy": {"retentionDurationSeconds": "0", "effectiveTime": None},
}
"""Parts of a bucket's settings, and the only value that is acted on, where not any is."""


def bucket_of(call: Call) -> str:
    """The bucket in a request's path."""
    return unquote(call.params["bucket"])


def object_of(call: Call) -> str:
    """The object that a request's path names."""
    return unquote(call.params["object"])


def object_name(name: object) -> str:
    """A new object's name (https://docs.cloud.google.com/storage/docs/objects#naming), or a 400."""
    if not name or not isinstance(name, str):
        raise required("name")
    longest = len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME
    if longest or name in (".", "..") or re.search(r"[\r\n\ud800-\udfff]", name):
        raise invalid(f"Invalid object name: {name!r}")
    return name


def bucket_name(name: object) -> str:
    """A new bucket's name (https://docs.cloud.google.com/storage/docs/buckets#naming), or a 400."""
    if not name:
        raise required("name")
    if not isinstance(name, str) or not _BUCKET_NAME.fullmatch(name):
        raise invalid(f"Invalid bucket name: {name!r}")
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


def object_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an object's resource that are the client's to choose, or a 400; a null stays one.

    Among them are checksums: see `check_sums`.
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name == "storageClass" and value is not None:
            found[name] = _storage_class(value)
        elif name in _MADE:
            continue
        elif name in (*_TEXTS, *_SUMS) or name in (*_HOLDS, "metadata", "customTime"):
            if value is not None and not _fits(name, value):
                raise invalid(f"Invalid value for {name}: {value!r}")
            found[name] = value
        elif name in _REFUSED:
            if value:
                raise invalid(f"{name}: {_REFUSED[name]}")
        else:
            raise _unknown(name)
    return found


def merged(older: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a PATCH makes of fields: null takes a field away, and metadata and labels are merged by their keys
    (https://docs.cloud.google.com/storage/docs/json_api#patch).
    """
    made = dict(older)
    for name, value in changes.items():
        if name in ("metadata", "labels") and value is not None:
            both = {**made.get(name, {}), **value}
            made[name] = {key: text for key, text in both.items() if text is not None}
        else:
            made[name] = value
    return {name: value for name, value in made.items() if value is not None}


def check_sums(content: bytes, fields: dict[str, Any], header: str | None) -> dict[str, Any]:
    """The fields without the checksums among them; 400 where one of those, or of the header
    `x-goog-hash`, is not that of the content.
    """
    given = [(name, str(fields[name])) for name in _SUMS if fields.get(name) is not None]
    for part in (header or "").split(","):
        name, _, value = part.strip().partition("=")
        given += [({"md5": "md5Hash"}.get(name, name), value)] if value else []
    for name, value in given:
        if name == "md5Hash" and value != (found := md5(content)):
            raise invalid(f'Provided MD5 hash "{value}" doesn\'t match calculated MD5 hash "{found}".')
        if name == "crc32c" and value != (found := crc32c(content)):
            raise invalid(f'Provided CRC32C "{value}" doesn\'t match calculated CRC32C "{found}".')
    return {name: value for name, value in fields.items() if name not in _SUMS and value is not None}


def check_hold(found: Object | None) -> None:
    """403 for an object under a hold: it is neither replaced nor deleted
    (https://docs.cloud.google.com/storage/docs/object-holds).
    """
    if found is not None and found.held:
        raise forbidden(
            f"Object '{found.bucket}/{found.name}' is under active {found.held} hold and cannot be deleted, "
            "overwritten or archived until hold is removed."
        )


def bucket_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a bucket's resource that are the client's to choose, or a 400; a null stays one."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in _BUCKET_CHOSEN:
            if name in _BUCKET_REFUSED and value:
                raise invalid(f"{name}: {_NOT_HERE}")
            if name not in _BUCKET_REFUSED | _BUCKET_MADE:
                raise _unknown(name)
        elif value is None:
            found[name] = None
        elif name == "storageClass":
            found[name] = _storage_class(value)
        elif name in _BUCKET_FLAGS:
            _check_flags(name, value, _BUCKET_FLAGS[name])
            found[name] = value
        elif not _fits(name, value):
            raise invalid(f"Invalid value for {name}: {value!r}")
        else:
            found[name] = value.upper() if name == "location" else value
    return found


_NOT_HERE = "this fake does not act on it, and so it is not taken."
_UNIFORM = "Cannot use ACL API to update object policy when uniform bucket-level access is enabled."
_REFUSED = {
    "acl": _UNIFORM,
    **dict.fromkeys(("kmsKeyName", "customerEncryption", "retention", "contexts", "restoreToken"), _NOT_HERE),
}
_BUCKET_CHOSEN = frozenset({*_BUCKET_FLAGS, "storageClass", "labels", "location", "defaultEventBasedHold"})
_BUCKET_REFUSED = frozenset(
    {
        *("acl", "autoclass", "billing", "cors", "customPlacementConfig", "defaultObjectAcl", "encryption"),
        *("hierarchicalNamespace", "ipFilter", "lifecycle", "logging", "objectRetention", "retentionPolicy"),
        *("rpo", "website"),
    }
)


def _check_flags(name: str, value: object, known: Mapping[str, Any]) -> None:
    if value is None:
        return
    if not is_mapping(value):
        raise invalid(f"Invalid value for {name}: {value!r}")
    for key, inside in value.items():
        wanted = known.get(key, known)
        if wanted is known:
            raise _unknown(key)
        if is_mapping(wanted):
            _check_flags(f"{name}.{key}", inside, wanted)
        elif wanted is not None and inside not in (None, wanted) and str(inside) != str(wanted):
            raise invalid(f"{name}.{key}: {inside!r} is not offered here, only {wanted!r}.")
        elif (name, key) == ("versioning", "enabled") and not isinstance(inside, bool | None):
            raise invalid(f"Invalid value for versioning.enabled: {inside!r}")


def _fits(name: str, value: object) -> bool:
    if name in (*_HOLDS, "defaultEventBasedHold"):
        return isinstance(value, bool)
    if name in ("metadata", "labels"):
        return _is_texts(value)
    if not isinstance(value, str):
        return False
    if name == "customTime":
        return _TIME.fullmatch(value) is not None
    if name == "location":
        return re.fullmatch("[A-Za-z0-9-]+", value) is not None
    return _HEADER.fullmatch(value) is not None  # it is sent back as a header


def _is_texts(value: object) -> bool:
    return is_mapping(value) and all(isinstance(text, str | None) for text in value.values())


def _storage_class(value: object) -> str:
    if not isinstance(value, str) or value.upper() not in _CLASSES:
        raise invalid(f"Invalid storage class: {value}")
    return value.upper()


def _unknown(name: str) -> Exception:
    return invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
