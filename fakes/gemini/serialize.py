"""The JSON form of resources of the Developer API."""

from __future__ import annotations

import base64
import hashlib

from fakes.gemini.records import File
from fakes.google import timestamp

__all__ = ["file_body", "model_body"]

_METHODS = ["generateContent", "countTokens"]
_LIFE = 48 * 3600  # seconds for which the service keeps a file


def model_body(name: str) -> dict[str, object]:
    """A Model resource."""
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name.replace("-", " ").title(),
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": _METHODS,
    }


def file_body(file: File) -> dict[str, object]:
    """A File resource; int64 fields are strings in JSON."""
    body: dict[str, object] = {
        "name": file.name,
        "mimeType": file.mime_type,
        "sizeBytes": str(len(file.content)),
        "createTime": timestamp(file.created),
        "updateTime": timestamp(file.created),
        "expirationTime": timestamp(file.created + _LIFE),
        "sha256Hash": base64.b64encode(hashlib.sha256(file.content).digest()).decode(),
        "uri": f"https://generativelanguage.googleapis.com/v1beta/{file.name}",
        "state": "ACTIVE",
        "source": "UPLOADED",
    }
    return body | ({"displayName": file.display_name} if file.display_name else {})
