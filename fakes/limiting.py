"""Rate limits on the wire: whom a request counts for, and how the vendors answer at the limit."""

from __future__ import annotations

import re

import httpx

from fakes.limits import Standing
from fakes.response import Response, respond
from fakes.shape import mapping, parse
from fakes.tokens import count

__all__ = ["asker_of", "headers_of", "refusal_of"]

_OPENAI = re.compile(r"/(?:chat/completions|responses)/?$")
_GOOGLE = re.compile(r"/([^/:]+):(?:streamGenerateContent|generateContent)$")


def asker_of(service: str, request: httpx.Request) -> tuple[str, int] | None:
    """The model whose limits a request counts for, and its tokens; None where it counts for none."""
    path = request.url.path
    if request.method != "POST":
        return None
    if service == "openai":
        if not _OPENAI.search(path):
            return None
        try:
            model = mapping(parse(request.content)).get("model")
        except ValueError:
            return None
        return (model, _tokens(request)) if isinstance(model, str) else None
    found = _GOOGLE.search(path)
    return (found[1], _tokens(request)) if found else None


def refusal_of(service: str, model: str, standing: Standing) -> Response:
    """The 429 of a model at its limit; Google sends no `Retry-After`."""
    headers: list[tuple[bytes, bytes]] = []
    if service == "openai":
        kind = "requests" if standing.requests[1] < 1 else "tokens"
        limit = (standing.requests if kind == "requests" else standing.tokens)[0]
        message = (
            f"Rate limit reached for {model} in organization org-fakes on {kind} per min: Limit {limit}. "
            f"Please try again in {standing.wait:.3f}s."
        )
        error: dict[str, object] = {
            "message": message,
            "type": kind,
            "param": None,
            "code": "rate_limit_exceeded",
        }
        milliseconds = int(standing.wait * 1000) + 1
        headers = [
            (b"retry-after", b"%d" % (int(standing.wait) + 1)),
            (b"retry-after-ms", b"%d" % milliseconds),
            *headers_of(service, standing),
        ]
    else:
        message = "Resource exhausted. Please try again later."
        error = {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED"}
    return respond(429, {"error": error}, headers)


def headers_of(service: str, standing: Standing) -> list[tuple[bytes, bytes]]:
    """OpenAI's headers about where the limits stand; Google sends none."""
    if service != "openai":
        return []
    found: list[tuple[bytes, bytes]] = []
    for name, (limit, left) in ((b"requests", standing.requests), (b"tokens", standing.tokens)):
        reset = (limit - left) * 60_000 // limit
        found += [
            (b"x-ratelimit-limit-" + name, b"%d" % limit),
            (b"x-ratelimit-remaining-" + name, b"%d" % left),
            (b"x-ratelimit-reset-" + name, b"%dms" % reset),
        ]
    return found


def _tokens(request: httpx.Request) -> int:
    return count(request.content.decode("utf-8", "replace"))
