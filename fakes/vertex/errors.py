"""Vertex AI's errors: `{"error": {code, message, status}}`, the JSON form of google.rpc.Status.

Codes and names are from https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto.
"""

from __future__ import annotations

from collections.abc import Collection

import httpx

from fakes.google import signed_in
from fakes.routes import Refusal

__all__ = ["admit", "failed_precondition", "invalid", "not_found", "unknown", "unknown_name"]


def invalid(message: str) -> Refusal:
    """400: the request itself is wrong."""
    return _refuse(400, "INVALID_ARGUMENT", message)


def unknown_name(name: str, at: str = "") -> Refusal:
    """400 for a field that the message at `at` does not have, with a google.rpc.BadRequest in the details."""
    where = f" at '{at}'" if at else ""
    message = f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
    violation = {"description": message, **({"field": at} if at else {})}
    details: list[dict[str, object]] = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    ]
    return _refuse(400, "INVALID_ARGUMENT", message, details)


def failed_precondition(message: str) -> Refusal:
    """400: the request is valid, but not in the current state."""
    return _refuse(400, "FAILED_PRECONDITION", message)


def not_found(message: str) -> Refusal:
    """404."""
    return _refuse(404, "NOT_FOUND", message)


def unknown(request: httpx.Request, methods: Collection[str]) -> Refusal:
    """404 for an unknown path, and for an unknown method of a known one: Google sends no 405."""
    hint = f" (it takes {', '.join(methods)})" if methods else ""
    return not_found(f"The requested URL was not found: {request.method} {request.url.path}{hint}.")


def admit(request: httpx.Request) -> None:
    """Accept any access token or API key; 401 if there is none."""
    if not signed_in(request):
        raise _refuse(
            401,
            "UNAUTHENTICATED",
            "Request is missing required authentication credential. Expected OAuth 2 access token, login "
            "cookie or other valid authentication credential. See "
            "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )


def _refuse(code: int, status: str, message: str, details: list[dict[str, object]] | None = None) -> Refusal:
    error = {"code": code, "message": message, "status": status}
    return Refusal(code, {"error": {**error, "details": details} if details else error})
