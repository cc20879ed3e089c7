"""The headers that the service sends with every response, as recorded from 2023 to 2024.

The recordings were stripped of `openai-organization` and `x-request-id`; the SDK shows the latter as
`_request_id`. Equal requests get equal headers. The processing time is made up, and of the recorded size.
"""

from __future__ import annotations

from hashlib import blake2b

import httpx

from fakes.multipart import without_boundary
from fakes.openai.state import OpenAI
from fakes.response import Headers
from fakes.routes import Stamp

__all__ = ["stamp"]

_VERSION = (b"openai-version", b"2020-10-01")


def stamp(account: OpenAI) -> Stamp:
    """The headers of the response to a request."""
    # begun once, and cheaper than an id of the world: this is done on every call
    begun = blake2b(f"{account.seed} request".encode(), digest_size=16)
    organization = (b"openai-organization", account.organization.encode())

    def headers(request: httpx.Request) -> Headers:
        digest = begun.copy()
        digest.update(request.method.encode() + request.url.raw_path + b"\n")
        digest.update(without_boundary(request.headers.get("content-type", ""), request.content))
        found = digest.hexdigest()
        return (
            (b"x-request-id", f"req_{found}".encode()),
            (b"openai-processing-ms", b"%d" % (40 + ord(found[0]))),
            _VERSION,
            organization,
        )

    return headers
