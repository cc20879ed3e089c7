"""OpenAI's errors, in the service's format and wording: `{"error": {message, type, param, code}}`."""

from __future__ import annotations

from collections.abc import Collection

import httpx

from fakes.routes import Refusal, bearer

__all__ = ["admit", "invalid", "no_file", "no_job", "no_model", "refuse", "unknown_path"]


def refuse(status: int, message: str, *, param: str | None = None, code: str | None = None) -> Refusal:
    """An error response with the four fields that the service sends."""
    kind = "invalid_request_error"
    return Refusal(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    """400: the request itself is wrong."""
    return refuse(400, message, param=param, code=code)


def no_job(job_id: str) -> Refusal:
    """404, with the text recorded from the service on 2023-11-14."""
    return refuse(
        404, f"Could not find fine tune: {job_id}", param="fine_tune_id", code="fine_tune_not_found"
    )


def no_file(file_id: str) -> Refusal:
    """404 for a file that does not exist."""
    return refuse(404, f"No such File object: {file_id}", param="id")


def no_model(name: str, *, ended: bool = False) -> Refusal:
    """404 for a model that does not exist, was deleted, or has not been trained yet; or one that `ended`."""
    message = (
        f"The model `{name}` has been deprecated, learn more here: "
        "https://platform.openai.com/docs/deprecations"
        if ended
        else f"The model `{name}` does not exist or you do not have access to it."
    )
    return refuse(404, message, param="model", code="model_not_found")


def unknown_path(request: httpx.Request, methods: Collection[str]) -> Refusal:
    """404 for a path that does not exist, 405 for a method that the path does not accept."""
    method, path = request.method, request.url.path
    if methods:
        hint = "(HINT: perhaps you meant to use a different HTTP method?)"
        return refuse(405, f"Not allowed to {method} on {path} {hint}", code="method_not_supported")
    return refuse(404, f"Invalid URL ({method} {path})")


def admit(request: httpx.Request) -> None:
    """Accept any API key; 401 if there is none."""
    if not bearer(request):
        raise refuse(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header "
            "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank "
            "username) if you're accessing the API from your browser and are prompted for a username and "
            "password. You can obtain an API key from https://platform.openai.com/account/api-keys.",
        )
