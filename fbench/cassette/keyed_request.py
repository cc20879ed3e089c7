"""Requests with the keys by which their recordings are found."""

from __future__ import annotations

from typing import NamedTuple

from fbench.cassette.format.bodies import canonical, key_of
from fbench.cassette.format.decoding import without_encoding
from fbench.cassette.format.interaction import Headers, Interaction, RecordedResponse
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.matchers import EVERYTHING, Matchers
from fbench.cassette.scrub.scrubber import Scrub
from fbench.request_context import current_tag

__all__ = ["KeyedRequest", "RequestKeys", "interaction_of"]


class KeyedRequest(NamedTuple):
    """A request, with its body in canonical form and the key with which its recording is found.

    `asked` counts the requests to a cassette. `encoded` tells that its body was sent with an encoding, which
    it has here no more.
    """

    method: str
    url: str
    content_type: str
    body: bytes
    canonical: bytes
    tag: str
    key: str
    asked: int
    encoded: bool = False


class RequestKeys:
    """Makes the keys of requests, and of records.

    Attributes:
        matches_everything: whether all of a request matters, so that the keys are those of the records.
    """

    def __init__(self, matchers: Matchers) -> None:
        self._matchers = matchers
        self.matches_everything = matchers == EVERYTHING

    def scrubbed(self, request: KeyedRequest, scrub: Scrub) -> KeyedRequest:
        """The request without secrets."""
        url, body = scrub.url(request.url), scrub.body(request.body, request.content_type)
        if url == request.url and body == request.body:
            return request
        return self.keyed(
            request.method, url, request.content_type, body, request.asked, encoded=request.encoded
        )

    def keyed(
        self, method: str, url: str, kind: str, body: bytes, asked: int, *, encoded: bool
    ) -> KeyedRequest:
        """A request with its key; its tag is the current one of `fbench.request_context`."""
        plain, tag = canonical(body, kind), current_tag.get()
        if self.matches_everything:
            key = key_of(method, url, plain, tag)
        else:
            key = self._matchers.key(method, url, body, kind, tag)
        return KeyedRequest(method, url, kind, body, plain, tag, key, asked, encoded)

    def untagged(self, asked: KeyedRequest) -> str:
        """The key of a request without its tag."""
        if self.matches_everything:
            return key_of(asked.method, asked.url, asked.canonical, "")
        return self._matchers.key(asked.method, asked.url, asked.body, asked.content_type, "")

    def index(self, reader: CassetteReader) -> dict[str, list[int]]:
        """The positions of a file's records by the key with which they are found here."""
        if self.matches_everything:
            return reader.index
        index: dict[str, list[int]] = {}
        for position in sorted(at for positions in reader.index.values() for at in positions):
            each = without_encoding(reader.interaction(position))
            key = self._matchers.key(each.method, each.url, each.body, each.content_type, each.tag)
            index.setdefault(key, []).append(position)
        return index


def interaction_of(request: KeyedRequest, response: RecordedResponse, headers: Headers = ()) -> Interaction:
    """The request with a response, as it may be stored; `headers` are those of the request."""
    kept = headers or ((("content-type", request.content_type),) if request.content_type else ())
    return Interaction(request.method, request.url, kept, request.body, response, request.tag)
