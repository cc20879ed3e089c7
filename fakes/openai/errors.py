"""OpenAI's errors, as the service words them: `{"error": {message, type, param, code}}`."""

from __future__ import annotations

from collections.abc import Collection

import httpx

from fakes.routes import Refusal

__all__ = ["invalid", "no_file", "no_job", "no_model", "refuse", "unknown"]


def refuse(
    status: int,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    kind: str = "invalid_request_error",
) -> Refusal:
    """An error response with the four fields that the service sends."""
    return Refusal(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    """400: the request itself is wrong."""
    return refuse(400, message, param=param, code=code)


def no_job(job_id: str) -> Refusal:
    """404, worded as recorded from the service on 2023-11-14."""
    return refuse(
        404, f"Could not find fine tune: {job_id}", param="fine_tune_id", code="fine_tune_not_found"
    )


def no_file(file_id: str) -> Refusal:
    """404 for a file that is not there."""
    return refuse(404, f"No such File object: {file_id}", param="id")


def no_model(name: str) -> Refusal:
    """404 for a model that does not exist, was deleted, or has not been trained yet."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    return refuse(404, message, param="model", code="model_not_found")


def unknown(request: httpx.Request, methods: Collection[str]) -> Refusal:
    """404 for a path that does not exist, 405 for a method that the path does not take."""
    what = f"{request.method} {request.url.path}"
    if methods:
        message = f"Not allowed to {request.method} on {request.url.path} (HINT: perhaps you meant to use a different HTTP method?)"
        return refuse(405, message, code="method_not_supported")
    return refuse(404, f"Invalid URL ({what})", code=None)
