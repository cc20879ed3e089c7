"""Cloud Storage's errors: `{"error": {code, message, errors: [{message, domain, reason}]}}`.

Reasons are from https://docs.cloud.google.com/storage/docs/json_api/v1/status-codes.
"""

from __future__ import annotations

from collections.abc import Collection

import httpx

from fakes.google import signed_in
from fakes.routes import Refusal

VENDOR = "https://storage.googleapis.com"

__all__ = [
    "VENDOR",
    "admit",
    "changed",
    "conflict",
    "emulated",
    "forbidden",
    "invalid",
    "no_bucket",
    "no_object",
    "no_session",
    "not_satisfiable",
    "required",
    "unchanged",
    "unknown",
]


def invalid(message: str) -> Refusal:
    """400: a parameter's value is wrong."""
    return _refuse(400, "invalid", message)


def required(parameter: str) -> Refusal:
    """400: a parameter is missing."""
    return _refuse(400, "required", f"Required parameter: {parameter}")


def changed() -> Refusal:
    """412: an object is not as the client expects it."""
    return _refuse(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def unchanged(*, reading: bool) -> Refusal:
    """An object is still the one that the client wants no more: 304 where it reads, 412 where it writes."""
    return Refusal(304, b"") if reading else changed()


def conflict(message: str) -> Refusal:
    """409: a bucket is there already, or not empty."""
    return _refuse(409, "conflict", message)


def forbidden(message: str) -> Refusal:
    """403: an object is under a hold."""
    return _refuse(403, "forbidden", message)


def not_satisfiable() -> Refusal:
    """416: an object has none of the bytes that are asked for."""
    return _refuse(416, "requestedRangeNotSatisfiable", "Request range not satisfiable")


def no_bucket() -> Refusal:
    """404 for a bucket that is not there."""
    return _refuse(404, "notFound", "The specified bucket does not exist.")


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

    An emulator asks for none: clients that are pointed at one (STORAGE_EMULATOR_HOST) send none. Nor does the
    URL of an upload session: whoever has it may upload.
    """
    if emulated(request) is None and not signed_in(request) and "upload_id" not in request.url.params:
        raise _refuse(
            401, "required", "Anonymous caller does not have access to the Google Cloud Storage object."
        )


def emulated(request: httpx.Request) -> str | None:
    """The path in front of the service's own where it is asked at another address than the vendor's."""
    place: str = request.extensions.get("place", VENDOR)
    return None if place.startswith(VENDOR) else "/" + place.split("://", 1)[1].partition("/")[2]


def _refuse(code: int, reason: str, message: str) -> Refusal:
    detail = {"message": message, "domain": "global", "reason": reason}
    return Refusal(code, {"error": {"code": code, "message": message, "errors": [detail]}})
