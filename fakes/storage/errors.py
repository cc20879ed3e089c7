"""Cloud Storage's errors: `{"error": {code, message, errors: [{message, domain, reason}]}}`.

Reasons are from https://docs.cloud.google.com/storage/docs/json_api/v1/status-codes.
"""

from __future__ import annotations

from collections.abc import Collection

import httpx

from fakes.google import signed_in
from fakes.routes import Refusal

__all__ = ["admit", "invalid", "no_object", "no_session", "required", "unknown"]


def invalid(message: str) -> Refusal:
    """400: a parameter's value is wrong."""
    return _refuse(400, "invalid", message)


def required(parameter: str) -> Refusal:
    """400: a parameter is missing."""
    return _refuse(400, "required", f"Required parameter: {parameter}")


def no_object(bucket: str, name: str) -> Refusal:
    """404 for an object that does not exist."""
    return _refuse(404, "notFound", f"No such object: {bucket}/{name}")


def no_session() -> Refusal:
    """404 for an upload that was never begun, was cancelled, or was dropped: the client begins again."""
    return _refuse(404, "notFound", "No such upload session; begin a new one.")


def unknown(request: httpx.Request, methods: Collection[str]) -> Refusal:
    """404 for an unknown path, and for an unknown method of a known one: Google sends no 405."""
    hint = f" (it takes {', '.join(methods)})" if methods else ""
    return _refuse(404, "notFound", f"Not Found: {request.method} {request.url.path}{hint}")


def admit(request: httpx.Request) -> None:
    """Accept any access token or API key; 401 if there is none, since no bucket here is public.

    The URL of an upload session needs none: anyone who has the URL may upload.
    """
    if not signed_in(request) and "upload_id" not in request.url.params:
        raise _refuse(
            401, "required", "Anonymous caller does not have access to the Google Cloud Storage object."
        )


def _refuse(code: int, reason: str, message: str) -> Refusal:
    detail = {"message": message, "domain": "global", "reason": reason}
    return Refusal(code, {"error": {"code": code, "message": message, "errors": [detail]}})
