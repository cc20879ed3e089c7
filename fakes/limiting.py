"""Rate limits on the wire: whom a request counts for, and how the vendors answer at the limit."""

from __future__ import annotations

import re

import httpx

from fakes.limits import Standing
from fakes.routes import Whole
from fakes.shape import compact, mapping, parse
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


def refusal_of(service: str, model: str, standing: Standing, request: httpx.Request) -> httpx.Response:
    """The 429 of a model at its limit; Google sends no `Retry-After`."""
    headers = [("content-type", "application/json")]
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
        headers += [
            ("retry-after", str(int(standing.wait) + 1)),
            ("retry-after-ms", str(milliseconds)),
            *headers_of(service, standing),
        ]
    else:
        message = "Resource exhausted. Please try again later."
        error = {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED"}
    content = compact({"error": error})
    headers.append(("content-length", str(len(content))))
    return httpx.Response(429, headers=headers, stream=Whole(content), request=request)


def headers_of(service: str, standing: Standing) -> list[tuple[str, str]]:
    """OpenAI's headers about where the limits stand; Google sends none."""
    if service != "openai":
        return []
    found: list[tuple[str, str]] = []
    for name, (limit, left) in (("requests", standing.requests), ("tokens", standing.tokens)):
        reset = (limit - left) * 60_000 // limit
        found += [
            (f"x-ratelimit-limit-{name}", str(limit)),
            (f"x-ratelimit-remaining-{name}", str(left)),
            (f"x-ratelimit-reset-{name}", f"{reset}ms"),
        ]
    return found


def _tokens(request: httpx.Request) -> int:
    return count(request.content.decode("utf-8", "replace"))
