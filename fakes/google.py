"""The wire format that Google's services share: times in RFC 3339, and the caller's credentials."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from fakes.routes import bearer

__all__ = ["signed_in", "timestamp"]


def timestamp(seconds: int) -> str:
    """A Unix time in RFC 3339, with microseconds as Google sends them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def signed_in(request: httpx.Request) -> bool:
    """True for any access token and for any API key, in a header or in the query."""
    asked = request.url.params
    named = ("key", "access_token", "oauth_token")
    return bool(
        bearer(request) or request.headers.get("x-goog-api-key") or any(asked.get(name) for name in named)
    )
