"""Vertex AI's errors: `{"error": {code, message, status}}`, the JSON form of google.rpc.Status.

Codes and names are from https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import httpx

from fakes.google import signed_in
from fakes.json_text import compact
from fakes.routes import Refusal

__all__ = [
    "admit",
    "failed_precondition",
    "invalid",
    "invalid_value",
    "no_publisher_model",
    "not_found",
    "not_repeated",
    "out_of_range",
    "out_of_tokens",
    "unavailable",
    "unknown",
    "unknown_name",
    "unknown_query",
    "unsupported",
]


def invalid(message: str) -> Refusal:
    """400: the request itself is wrong."""
    return _refuse(400, "INVALID_ARGUMENT", message)


def invalid_value(at: str, value: object, kind: str = "") -> Refusal:
    """400 for a value that is not of its field's type; `kind` is the type, as Google names it."""
    shown = compact(value).decode()
    return _bad_request(f"Invalid value at '{_snake(at)}'{f' ({kind})' if kind else ''}, {shown}", at)


def not_repeated(at: str) -> Refusal:
    """400 for a list where one message belongs."""
    name = at.rpartition(".")[2]
    return _bad_request(
        f'Invalid JSON payload received. Unknown name "{name}": Proto field is not repeating, cannot start '
        "list.",
        at,
    )


def unknown_name(name: str, at: str = "") -> Refusal:
    """400 for a field that the message at `at` does not have, with a google.rpc.BadRequest in the details."""
    where = f" at '{_snake(at)}'" if at else ""
    return _bad_request(
        f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.', at
    )


def unknown_query(name: str) -> Refusal:
    """400 for a query parameter that the method does not have."""
    return _bad_request(
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. Field '
        f"'{name}' could not be found in request message.",
        "",
    )


def unsupported(name: str, at: str, value: object) -> Refusal:
    """400 for a parameter that nothing acts on here, whatever its value."""
    del value
    where = _snake(f"{at}.{name}" if at else name)
    return invalid(
        f"Unable to submit request because {where} is not supported. Remove it and try again. Learn more: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
    )


def out_of_tokens(tokens: int, most: int) -> Refusal:
    """400 for a prompt of more tokens than a model reads."""
    return invalid(f"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({most}).")


def out_of_range(name: str, value: object, least: object, most: object) -> Refusal:
    """400 for a number outside its range; `most` is within."""
    return invalid(
        f"Unable to submit request because it has a {name} value of {value} but the supported range is from "
        f"{least} (inclusive) to {most} (inclusive). Update the value and try again."
    )


def failed_precondition(message: str) -> Refusal:
    """400: the request is valid, but not in the current state."""
    return _refuse(400, "FAILED_PRECONDITION", message)


def unavailable(message: str) -> Refusal:
    """503: it may be answered later."""
    return _refuse(503, "UNAVAILABLE", message)


def no_publisher_model(name: str) -> Refusal:
    """404 for a publisher's model that does not exist or was retired; `name` is that of the resource."""
    return not_found(
        f"Publisher Model `{name}` was not found or your project does not have access to it. Please ensure "
        "you are using a valid model version. For more information, see: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"
    )


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


def _bad_request(message: str, at: str) -> Refusal:
    violation = {"description": message, **({"field": _snake(at)} if at else {})}
    return _refuse(
        400,
        "INVALID_ARGUMENT",
        message,
        [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}],
    )


def _snake(path: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", path)


def _refuse(code: int, status: str, message: str, details: list[dict[str, object]] | None = None) -> Refusal:
    error = {"code": code, "message": message, "status": status}
    return Refusal(code, {"error": {**error, "details": details} if details else error})
