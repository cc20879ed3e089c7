"""A cassette: replays the interactions in a file, and adds new ones as soon as they are complete."""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from fbench.cassette.format.bodies import canonical, key_of, without_boundary
from fbench.cassette.format.decoding import Undecodable, decoded
from fbench.cassette.format.head import RULES_VERSION, has_older_rules, replaces_everything, rules_of
from fbench.cassette.format.interaction import (
    FAILURE,
    Headers,
    Interaction,
    RecordedResponse,
    RequestNumber,
    write_record,
)
from fbench.cassette.format.reader import CassetteReader, CassetteWarning
from fbench.cassette.format.urls import has_order, plain_url, steady_url
from fbench.cassette.format.writer import (
    CassetteWriter,
    close_recording,
    is_recording,
    is_superseded,
    part_of,
)
from fbench.cassette.matchers import EVERYTHING, Matchers
from fbench.cassette.matching import RequestPattern, alike_keys, explain_miss, matches, patterns_in
from fbench.cassette.modes import Mode, mode_of
from fbench.cassette.scrub.scrubber import Scrub, Scrubber, kept_response
from fbench.errors import CassetteError
from fbench.request_context import current_tag, was_replayed

__all__ = ["Cassette", "KeyedRequest"]

_NOTHING = RecordedResponse(0, "", (), b"")


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


class Cassette:
    """One file of recorded interactions. Safe for many threads and tasks at once.

    Modes:

    - `none`: recorded requests are replayed, and any other is a `CassetteMiss`;
    - `new`: recorded requests are replayed, and all others are sent to the service and recorded;
    - `all`: all requests go to the service and are recorded. The old recording stays until `close`.

    Equal requests get their responses in the order in which they were asked, whichever was answered first. In
    mode `none`, a GET then gets the last response again, because a replay may poll more often than the
    recording did; but not if the recording was interrupted.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode | str = "none",
        *,
        scrub: Scrub | None = None,
        matchers: Matchers = EVERYTHING,
        provenance: Mapping[str, object] | None = None,
        resume: bool = True,
        asks_again: bool = False,
    ) -> None:
        """Open a cassette.

        Args:
            path: a file that fbench or vcrpy recorded. Only in mode `none` must it exist.
            mode: see above; other recorders' names of these modes are known too (`fbench.cassette.modes`).
            scrub: replaces secrets before storing, and in requests before they are looked up.
            matchers: which differences between two requests matter.
            provenance: where new interactions come from; stored in the head of the file.
            resume: whether a recording that was interrupted is a part of the cassette, and goes on.
            asks_again: for a program that is started again after failures, with a corrected key, say. While
                it records, a recorded failure (a status from 400) is asked for again rather than replayed,
                and is left out of the cassette when the same request was recorded again. A call without a
                whole answer is not recorded.

        Raises:
            CassetteError: the file cannot be read or is damaged; in mode `none` also: it does not exist.
            ValueError: there is no such mode.
        """
        self.path = path
        self._mode: Mode = mode_of(mode, exists=path.exists())
        self._scrub = scrub or Scrubber()
        self._provenance = dict(provenance or {})
        self._resume = resume
        self.asks_again = asks_again
        self._lock = threading.Lock()
        self._closed = False
        self._writer: CassetteWriter | None = None
        self._matchers = matchers
        self._superseded = False
        self._readers = self._open(path)
        self._indexes = [matchers.index(reader) for reader in self._readers]
        self._session = max((reader.sessions for reader in self._readers), default=0)
        self._numbers = itertools.count()
        self._played: dict[tuple[int, str], int] = {}
        self._patterns: dict[CassetteReader, list[RequestPattern]] = {}
        self._alike: list[dict[str, list[str]]] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._readers))

    @property
    def provenance(self) -> dict[str, object]:
        """Where the recorded interactions come from."""
        return dict(self._readers[0].provenance if self._readers else self._provenance)

    def unused(self) -> list[Interaction]:
        """The recorded interactions that have not been replayed."""
        left: list[Interaction] = []
        for number, (reader, index) in enumerate(zip(self._readers, self._indexes, strict=True)):
            for key, positions in index.items():
                left += [reader.interaction(at) for at in positions[self._played.get((number, key), 0) :]]
        return left

    def ask(
        self, method: str, url: str, content_type: str, body: bytes, *, encoding: str = ""
    ) -> KeyedRequest:
        """A request with its key; its tag is the current one of `fbench.request_context`.

        `encoding` is that of the body, as its `content-encoding` says.
        """
        encoded = False
        if encoding and body:
            try:
                _, body = decoded((("content-encoding", encoding),), body)
                encoded = True
            except Undecodable:
                pass  # it is matched, and recorded, as it is sent
        kind, body = without_boundary(content_type, body)
        return self._keyed(method, plain_url(url), kind, body, next(self._numbers), encoded=encoded)

    def play(self, request: KeyedRequest) -> RecordedResponse | None:
        """The next recorded response to a request; None if the request must be sent to the service.

        Raises:
            CassetteMiss: there is no such response, and the mode is `none`.
            CassetteError: the recording is damaged.
        """
        # recorded requests have no secrets, so a request that is found needs no scrubbing
        response = self._take(request, request.key)
        if (response is None or self._is_asked_again(response)) and (self._readers or self._mode == "none"):
            response = self._search(request)
        was_replayed.set(response is not None)
        return response

    def _search(self, request: KeyedRequest) -> RecordedResponse | None:
        asked = request
        if not any(request.key in index for index in self._indexes):
            request = self._with_scrub(request, self._scrub)
        response = self._find(request)
        for scrub in self._earlier_rules() if response is None else ():
            older = self._with_scrub(asked, scrub)
            if response is None and older is not asked:
                request, response = older, self._find(older)
        if response is None and self._mode == "none":
            response = self._find_by_pattern(request)
        if response is None and self._mode == "none":
            raise explain_miss(_interaction(request, _NOTHING), self._readers, self.path)
        return response

    def record(
        self, request: KeyedRequest, sent: Iterable[tuple[str, str]], answered: RecordedResponse
    ) -> None:
        """Record a request and its response: scrubbed, decoded, and safe if this process crashes.

        What comes when the cassette is closed already is not recorded, and a `CassetteWarning` says so.
        `sent` are the headers of the request. The body of `answered` is as received from the network: all of
        it, or, with a failure, what came before that.

        Raises:
            CassetteError: the disk write failed.
        """
        request = self._with_scrub(request, self._scrub)
        steady = [
            (name, request.content_type if name.lower() == "content-type" else value) for name, value in sent
        ]
        if request.encoded:
            steady = [
                pair for pair in steady if pair[0].lower() not in ("content-encoding", "content-length")
            ]
        headers = tuple(self._scrub.headers(steady, response=False))
        made = _interaction(request, kept_response(answered, self._scrub, request.method), headers)
        key = request.key if self._matchers is EVERYTHING else None
        record = write_record(made, key, asked=RequestNumber(self._session, request.asked))
        with self._lock:
            if not self._closed:
                self._begun().append(record)
                return
        warnings.warn(
            f"{self.path}: was closed before the answer to {made.method} {made.url} had come: it is not "
            "recorded. Let the block of the cassette end after all that it asks.",
            CassetteWarning,
            stacklevel=2,
        )

    def close(self, *, empty: bool = False) -> None:
        """End a recording: sort it, join it with the older one, sync it to the disk, close all files.

        With `empty`, a recording of no requests is one too.

        Raises:
            CassetteError: it cannot be written; the recorded data is safe, and `close_recording` can be
                tried again.
        """
        if empty and (self._mode == "all" or not is_recording(self.path)):
            with self._lock:
                self._begun()
        goes_on = self._writer is not None or self._resume  # else it is another's
        self.release()
        if goes_on and self._mode != "none" and part_of(self.path).exists():
            close_recording(self.path, asked_again=self.asks_again)

    def discard(self) -> None:
        """Close all files, and forget what was recorded since the cassette was opened with `resume=False`."""
        writer = self._writer
        self.release()
        if writer is not None:
            writer.path.unlink()

    def release(self) -> None:
        """Close all files, and leave the recording open so that another run can continue it.

        Raises:
            CassetteError: the disk write failed.
        """
        for reader in self._readers:
            reader.close()
        self._readers, self._indexes = [], []
        with self._lock:
            self._closed = True
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _open(self, path: Path) -> list[CassetteReader]:
        begun = [part_of(path)] if self._resume and is_recording(part_of(path)) else []
        if self._mode == "all":
            return [CassetteReader(each) for each in begun]
        closed = [path] if is_recording(path) else []
        readers = [CassetteReader(each) for each in (*closed, *begun)]
        if len(readers) > 1 and replaces_everything(readers[1].provenance):
            anew = readers.pop()  # `--record all` was interrupted: the old recording is used
            anew.close()
            if self._mode == "new":
                readers.pop().close()
                raise CassetteError(
                    f"{anew.path}: is left from a recording of everything that was interrupted, and what is "
                    "recorded now would take the old one's place with it. Go on with that run by `fbench "
                    "resume`, in mode 'all', or remove the file."
                )
        if len(readers) > 1 and is_superseded(readers[1], readers[0]):
            readers.pop().close()
            self._superseded = True
        if not readers and self._mode == "none":
            if path.exists():
                CassetteReader(path)  # says what is wrong with an empty file
            raise CassetteError(
                f"{path}: no recording is there. Name another, or make one with --record new."
            )
        return readers

    def _begun(self) -> CassetteWriter:
        """What writes the recording, from the first interaction on; for who has the lock."""
        if self._writer is None:
            provenance = {**self._provenance, "mode": self._mode, "rules": RULES_VERSION}
            anew = self._superseded or not self._resume
            self._writer = CassetteWriter(part_of(self.path), provenance, anew=anew)
        return self._writer

    def _take(self, request: KeyedRequest, key: str) -> RecordedResponse | None:
        for number, reader in enumerate(self._readers):
            positions = self._indexes[number].get(key)
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

    def _is_asked_again(self, response: RecordedResponse) -> bool:
        return self.asks_again and response.status >= FAILURE and self._mode != "none"

    def _find(self, request: KeyedRequest) -> RecordedResponse | None:
        while (response := self._found(request)) is not None:
            if not self._is_asked_again(response):
                break
        return response

    def _found(self, request: KeyedRequest) -> RecordedResponse | None:
        response = self._take(request, request.key)
        if response is None and request.tag and self._readers:
            # a recording without tags, such as one of vcrpy
            if self._matchers is EVERYTHING:
                untagged = key_of(request.method, request.url, request.canonical, "")
            else:
                untagged = self._matchers.key(
                    request.method, request.url, request.body, request.content_type, ""
                )
            response = self._take(request, untagged)
        if response is None and (self._mode == "none" or request.encoded or has_order(request.url)):
            response = self._found_alike(request)
        return response

    def _earlier_rules(self) -> list[Scrub]:
        """Scrubbers by the rules by which some records may have been scrubbed."""
        heads = [reader.provenance for reader in self._readers]
        found = list(self._scrub.earlier) if any(rules_of(head) < RULES_VERSION for head in heads) else []
        return [*found, self._scrub.older] if any(map(has_older_rules, heads)) else found

    def _found_alike(self, request: KeyedRequest) -> RecordedResponse | None:
        """The recorded response to a request that is written otherwise: see `alike_keys`."""
        if self._matchers is not EVERYTHING:  # these see to it themselves
            return None
        with self._lock:
            if self._alike is None:
                self._alike = [alike_keys(reader, self._scrub) for reader in self._readers]
        for tag in dict.fromkeys((request.tag, "")):
            asked = key_of(request.method, steady_url(request.url), request.canonical, tag)
            for key in dict.fromkeys(key for alike in self._alike for key in alike.get(asked, ())):
                response = self._take(request, key)
                if response is not None:
                    return response
        return None

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
        return self._keyed(
            request.method, url, request.content_type, body, request.asked, encoded=request.encoded
        )

    def _keyed(
        self, method: str, url: str, kind: str, body: bytes, asked: int, *, encoded: bool
    ) -> KeyedRequest:
        plain, tag = canonical(body, kind), current_tag.get()
        if self._matchers is EVERYTHING:
            key = key_of(method, url, plain, tag)
        else:
            key = self._matchers.key(method, url, body, kind, tag)
        return KeyedRequest(method, url, kind, body, plain, tag, key, asked, encoded)


def _interaction(request: KeyedRequest, response: RecordedResponse, headers: Headers = ()) -> Interaction:
    kept = headers or ((("content-type", request.content_type),) if request.content_type else ())
    return Interaction(request.method, request.url, kept, request.body, response, request.tag)
