"""Reading a batch's input file: one request a line, and for each bad line an error that names it."""

from __future__ import annotations

from typing import Any, NamedTuple

from fakes.shape import is_mapping, mapping, parse

__all__ = ["BadLine", "Request", "requests_of"]

_MOST_ERRORS = 100
_MOST_REQUESTS = 50_000
"""https://developers.openai.com/api/docs/guides/batch"""


class BadLine(NamedTuple):
    """What is wrong, with which field, in which line (from 1); as the specification's BatchError."""

    code: str
    message: str
    param: str | None
    line: int | None


class Request(NamedTuple):
    """A request of a batch: the client's name for it, and its body."""

    custom_id: str
    body: dict[str, Any]


def requests_of(content: bytes, endpoint: str) -> tuple[list[Request], list[BadLine]]:
    """The requests of a file, all to `endpoint`, to one model and under names of their own; and what is
    wrong.
    """
    requests: list[Request] = []
    errors: list[BadLine] = []
    names: set[str] = set()
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        found = _request(line, number, endpoint)
        if isinstance(found, Request):
            found = _fits(found, number, names, requests)
        if isinstance(found, BadLine):
            errors.append(found)
        else:
            names.add(found.custom_id)
            requests.append(found)
    if not requests and not errors:
        errors.append(BadLine("empty_file", "The batch input file is empty.", None, None))
    if len(requests) > _MOST_REQUESTS:
        message = f"A batch has at most {_MOST_REQUESTS} requests; this one has {len(requests)}."
        errors.append(BadLine("too_many_requests", message, None, None))
    return requests, errors[:_MOST_ERRORS]


def _request(line: bytes, number: int, endpoint: str) -> Request | BadLine:
    try:
        row = parse(line)
    except ValueError:
        row = None
    if not is_mapping(row):
        return BadLine("invalid_json_line", "This line is not parseable as valid JSON.", None, number)
    body = mapping(row.get("body"))
    needed = {"custom_id": row.get("custom_id"), "method": row.get("method"), "url": row.get("url")}
    for name, value in {**needed, "model": body.get("model")}.items():
        if not isinstance(value, str):
            message = f"Missing required parameter: '{name}'."
            return BadLine("missing_required_parameter", message, name, number)
    wrong = {
        "method": ("invalid_method", "The method must be POST.") if row["method"] != "POST" else None,
        "url": ("invalid_url", f"The URL does not match the batch endpoint, {endpoint}.")
        if row["url"] != endpoint
        else None,
        "stream": ("invalid_request", "A request of a batch cannot be streamed.")
        if body.get("stream")
        else None,
    }
    for name, problem in wrong.items():
        if problem:
            return BadLine(*problem, name, number)
    return Request(row["custom_id"], body)


def _fits(request: Request, number: int, names: set[str], requests: list[Request]) -> Request | BadLine:
    """The request, if it fits with those before."""
    if request.custom_id in names:
        message = f"The custom_id {request.custom_id!r} is a duplicate of another request's."
        return BadLine("duplicate_custom_id", message, "custom_id", number)
    first = requests[0].body["model"] if requests else request.body["model"]
    if request.body["model"] != first:
        message = f"The model {request.body['model']!r} does not match the first line's, {first!r}."
        return BadLine("mismatched_model", message, "model", number)
    return request
