"""What all of Google's services share on the wire: times in RFC 3339, and errors.

An error is `{"error": {code, message, status}}`, the JSON form of google.rpc.Status.

Codes and names are from https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from fakes.routes import Call, Refusal

__all__ = ["failed_precondition", "invalid", "not_found", "object_of", "refuse", "timestamp", "unknown"]


def refuse(code: int, status: str, message: str) -> Refusal:
    """An error response."""
    return Refusal(code, {"error": {"code": code, "message": message, "status": status}})


def invalid(message: str) -> Refusal:
    """400: the request itself is wrong."""
    return refuse(400, "INVALID_ARGUMENT", message)


def failed_precondition(message: str) -> Refusal:
    """400: the request is right, the state is not."""
    return refuse(400, "FAILED_PRECONDITION", message)


def not_found(message: str) -> Refusal:
    """404."""
    return refuse(404, "NOT_FOUND", message)


def unknown(request: httpx.Request, methods: Collection[str]) -> Refusal:
    """404 on an unknown path, and on an unknown method of a known one, as Google's front ends answer."""
    tried = f"{request.method} {request.url.path}"
    hint = f" (it takes {', '.join(methods)})" if methods else ""
    return not_found(f"The requested URL was not found: {tried}{hint}.")


def object_of(call: Call) -> dict[str, Any]:
    """The request's JSON object, or a 400."""
    try:
        body: object = json.loads(call.body or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received.")
    return cast("dict[str, Any]", body)


def timestamp(seconds: int) -> str:
    """A Unix time in RFC 3339, with the microseconds that Google sends."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
