"""A cassette: replays the interactions in a file, and adds new ones as soon as they are complete."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fbench.cassette.format.bodies import canonical, key_of, without_boundary
from fbench.cassette.format.head import RULES_VERSION, has_older_rules, replaces_everything
from fbench.cassette.format.interaction import FAILURE, Headers, Interaction, RecordedResponse, write_record
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.writer import CassetteWriter, close_recording, holds_nothing, part_of
from fbench.cassette.matching import RequestPattern, explain_miss, matches, patterns_in
from fbench.cassette.scrub.scrubber import Scrub, Scrubber, kept_response
from fbench.errors import CassetteError
from fbench.request_context import current_tag, was_replayed

__all__ = ["Cassette", "KeyedRequest", "Mode"]

Mode = Literal["none", "new", "all"]
_NOTHING = RecordedResponse(0, "", (), b"")


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request, with its body in canonical form and the key with which its recording is found."""

    method: str
    url: str
    content_type: str
    body: bytes
    canonical: bytes
    tag: str
    key: str


class Cassette:
    """One file of recorded interactions. Safe for many threads and tasks at once.

    Modes:

    - `none`: recorded requests are replayed, and any other is a `CassetteMiss`;
    - `new`: recorded requests are replayed, and all others are sent to the service and recorded;
    - `all`: all requests go to the service and are recorded. The old recording stays until `close`.

    Equal requests get their responses in the order in which they were recorded. In mode `none`, a GET then
    gets the last response again, because a replay may poll more often than the recording did; but not if the
    recording was interrupted.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode = "none",
        *,
        scrub: Scrub | None = None,
        provenance: Mapping[str, object] | None = None,
        asks_again: bool = False,
    ) -> None:
        """Open a cassette.

        Args:
            path: a file that fbench or vcrpy recorded. Only in mode `none` must it exist.
            mode: see above.
            scrub: replaces secrets before storing, and in requests before they are looked up.
            provenance: where new interactions come from; stored in the head of the file.
            asks_again: for a program that is started again after failures, with a corrected key, say. While
                it records, a recorded failure (a status from 400) is asked for again rather than replayed,
                and is left out of the cassette when the same request was recorded again.

        Raises:
            CassetteError: the file cannot be read or is damaged; in mode `none` also: it does not exist.
        """
        self.path = path
        self._mode: Mode = mode
        self._scrub = scrub or Scrubber()
        self._provenance = dict(provenance or {})
        self._asks_again = asks_again
        self._lock = threading.Lock()
        self._writer: CassetteWriter | None = None
        self._readers = self._open(path)
        self._played: dict[tuple[int, str], int] = {}
        self._patterns: dict[CassetteReader, list[RequestPattern]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._readers))

    @property
    def provenance(self) -> dict[str, object]:
        """Where the recorded interactions come from."""
        return dict(self._readers[0].provenance if self._readers else self._provenance)

    def unused(self) -> list[Interaction]:
        """The recorded interactions that have not been replayed."""
        left: list[Interaction] = []
        for number, reader in enumerate(self._readers):
            for key, positions in reader.index.items():
                left += [reader.interaction(at) for at in positions[self._played.get((number, key), 0) :]]
        return left

    def ask(self, method: str, url: str, content_type: str, body: bytes) -> KeyedRequest:
        """A request with its key; its tag is the current one of `fbench.request_context`."""
        kind, body = without_boundary(content_type, body)
        return _keyed(method, url, kind, body)

    def play(self, request: KeyedRequest) -> RecordedResponse | None:
        """The next recorded response to a request; None if the request must be sent to the service.

        Raises:
            CassetteMiss: there is no such response, and the mode is `none`.
            CassetteError: the recording is damaged.
        """
        if not any(request.key in reader.index for reader in self._readers):
            # recorded requests have no secrets, so a request that is found needs no scrubbing
            request = self._with_scrub(request, self._scrub)
        response = self._find(request)
        if response is None and self._has_older_rules():
            older = self._with_scrub(request, self._scrub.older)
            if older is not request:
                request, response = older, self._find(older)
        if response is None and self._mode == "none":
            response = self._find_by_pattern(request)
        if response is None and self._mode == "none":
            raise explain_miss(_interaction(request, _NOTHING), self._readers, self.path)
        was_replayed.set(response is not None)
        return response

    def record(
        self, request: KeyedRequest, sent: Iterable[tuple[str, str]], answered: RecordedResponse
    ) -> None:
        """Record a request and its response: scrubbed, decoded, and safe if this process crashes.

        `sent` are the headers of the request. The body of `answered` is as received from the network.

        Raises:
            CassetteError: the disk write failed.
        """
        request = self._with_scrub(request, self._scrub)
        steady = [
            (name, request.content_type if name.lower() == "content-type" else value) for name, value in sent
        ]
        headers = tuple(self._scrub.headers(steady, response=False))
        made = _interaction(request, kept_response(answered, self._scrub), headers)
        record = write_record(made, request.key)
        with self._lock:
            if self._writer is None:
                self._writer = CassetteWriter(
                    part_of(self.path), {**self._provenance, "mode": self._mode, "rules": RULES_VERSION}
                )
        self._writer.append(record)

    def close(self) -> None:
        """End a recording: sort it, join it with the older one, sync it to the disk, close all files.

        Raises:
            CassetteError: it cannot be written; the recorded data is safe, and `close_recording` can be
                tried again.
        """
        self.release()
        if self._mode != "none" and part_of(self.path).exists():
            close_recording(self.path, asked_again=self._asks_again)

    def release(self) -> None:
        """Close all files, and leave the recording open so that another run can continue it.

        Raises:
            CassetteError: the disk write failed.
        """
        for reader in self._readers:
            reader.close()
        self._readers = []
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _open(self, path: Path) -> list[CassetteReader]:
        part = part_of(path)
        begun = [part] if part.exists() and not holds_nothing(part) else []
        if self._mode == "all":
            return [CassetteReader(each) for each in begun]
        closed = [path] if path.exists() else []
        readers = [CassetteReader(each) for each in (*closed, *begun)]
        if len(readers) > 1 and replaces_everything(readers[1].provenance):
            readers.pop().close()  # `--record all` was interrupted: the old recording is used
        if not readers and self._mode == "none":
            raise CassetteError(
                f"{path}: no recording is there. Name another, or make one with --record new."
            )
        return readers

    def _take(self, request: KeyedRequest, key: str) -> RecordedResponse | None:
        for number, reader in enumerate(self._readers):
            positions = reader.index.get(key)
            if not positions:
                continue
            with self._lock:
                at = self._played.get((number, key), 0)
                self._played[number, key] = min(at + 1, len(positions))
            if at < len(positions):
                return reader.response(positions[at])
            if (
                request.method == "GET"
                and self._mode == "none"
                and reader.closed
                and reader is self._readers[-1]
            ):
                return reader.response(positions[-1])
        return None

    def _find(self, request: KeyedRequest) -> RecordedResponse | None:
        while (response := self._found(request)) is not None:
            if self._mode == "none" or not self._asks_again or response.status < FAILURE:
                break
        return response

    def _found(self, request: KeyedRequest) -> RecordedResponse | None:
        response = self._take(request, request.key)
        if response is None and request.tag and self._readers:
            # a recording without tags, such as one of vcrpy
            response = self._take(request, key_of(request.method, request.url, request.canonical, ""))
        return response

    def _has_older_rules(self) -> bool:
        return any(has_older_rules(reader.provenance) for reader in self._readers)

    def _find_by_pattern(self, request: KeyedRequest) -> RecordedResponse | None:
        """The recorded response to a request with a secret that only the recording run could replace."""
        for reader in self._readers:
            for pattern in self._patterns_of(reader):
                if matches(pattern, request.tag, request.method, request.url, request.canonical):
                    response = self._take(request, pattern.key)
                    if response is not None:
                        return response
        return None

    def _patterns_of(self, reader: CassetteReader) -> list[RequestPattern]:
        """The recorded requests with placeholders; they are read when this is first needed."""
        with self._lock:
            if reader not in self._patterns:
                self._patterns[reader] = list(patterns_in(reader))
            return self._patterns[reader]

    def _with_scrub(self, request: KeyedRequest, scrub: Scrub) -> KeyedRequest:
        url, body = scrub.url(request.url), scrub.body(request.body, request.content_type)
        if url == request.url and body == request.body:
            return request
        return _keyed(request.method, url, request.content_type, body)


def _keyed(method: str, url: str, kind: str, body: bytes) -> KeyedRequest:
    plain, tag = canonical(body, kind), current_tag.get()
    return KeyedRequest(method, url, kind, body, plain, tag, key_of(method, url, plain, tag))


def _interaction(request: KeyedRequest, response: RecordedResponse, headers: Headers = ()) -> Interaction:
    kept = headers or ((("content-type", request.content_type),) if request.content_type else ())
    return Interaction(request.method, request.url, kept, request.body, response, request.tag)
