"""The headers that are recorded; all others are left out."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["is_kept"]

_KEPT_HEADERS = frozenset(
    [
        "content-type",
        "content-encoding",
        "content-disposition",
        "content-range",
        "range",
        "accept-ranges",
        "etag",
        "location",
        "content-location",
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
        "openai-version",
        "openai-processing-ms",
        "openai-model",
        "x-request-id",
        "request-id",
        "apim-request-id",
        "x-ms-request-id",
        "ratelimit",
        "link",
        "allow",
        "last-modified",
        "operation-location",
        "www-authenticate",
        "x-upload-content-type",
        "x-upload-content-length",
        "x-goog-hash",
        "x-goog-generation",
        "x-goog-metageneration",
        "x-goog-if-generation-match",
        "x-goog-stored-content-length",
        "x-goog-stored-content-encoding",
        "x-goog-resumable",
        "x-goog-upload-status",
        "x-goog-upload-url",
        "deprecation",
        "sunset",
    ]
)
_KEPT_FAMILIES = ("x-ratelimit-", "x-rate-limit-", "ratelimit-", "anthropic-ratelimit-", "x-amzn-")


@lru_cache(4096)
def is_kept(name: str) -> bool:
    """Whether a header of this name, in lower case, describes a call: not its key, cookies or date."""
    return name in _KEPT_HEADERS or name.startswith(_KEPT_FAMILIES)
