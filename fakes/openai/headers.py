"""The headers that the service sends with every response, as recorded from 2023 to 2024.

The recordings were stripped of `openai-organization` and `x-request-id`; the SDK shows the latter as
`_request_id`. Equal requests get equal headers. The processing time is made up, and of the recorded size.
"""

from __future__ import annotations

import httpx

from fakes.openai.state import OpenAI
from fakes.routes import Headers, Stamp

__all__ = ["stamp"]

_VERSION = (b"openai-version", b"2020-10-01")


def stamp(account: OpenAI) -> Stamp:
    """The headers of the response to a request."""
    organization = (b"openai-organization", account.organization.encode())

    def headers(request: httpx.Request) -> Headers:
        number = account.ids.of("request", request.method, request.url.raw_path, request.content)
        return (
            (b"x-request-id", b"req_%032x" % (number >> 128)),
            (b"openai-processing-ms", b"%d" % (40 + number % 200)),
            _VERSION,
            organization,
        )

    return headers
