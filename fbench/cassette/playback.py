"""Playing what was recorded: each response once, in the order in which they were asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from fbench.cassette.format.bodies import key_of
from fbench.cassette.format.head import RULES_VERSION, has_older_rules, rules_of
from fbench.cassette.format.interaction import FAILURE, Interaction, RecordedResponse
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.urls import has_order, keyless_url, steady_url
from fbench.cassette.keyed_request import KeyedRequest, RequestKeys, interaction_of
from fbench.cassette.matching import RequestPattern, alike_keys, explain_miss, matches, patterns_in
from fbench.cassette.modes import Mode
from fbench.cassette.scrub.scrubber import Scrub

__all__ = ["Playback"]

_NOTHING = RecordedResponse(0, "", (), b"")


class Playback:
    """The recorded responses of a cassette's files. Safe for many threads and tasks at once."""

    def __init__(
        self,
        path: Path,
        readers: Sequence[CassetteReader],
        mode: Mode,
        scrub: Scrub,
        keys: RequestKeys,
        *,
        asks_again: bool,
        advice: str,
    ) -> None:
        """Play the records of `readers`, as `fbench.cassette.Cassette` says; `path` is for its messages."""
        self._path, self._mode, self._scrub, self._keys = path, mode, scrub, keys
        self._asks_again, self._advice = asks_again, advice
        self._lock = threading.Lock()
        self._readers = list(readers)
        self._indexes = [keys.index(reader) for reader in self._readers]
        self._played: dict[tuple[int, str], int] = {}
        self._patterns: dict[CassetteReader, list[RequestPattern]] = {}
        self._alike: list[dict[str, list[str]]] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._readers))

    @property
    def provenance(self) -> Mapping[str, object] | None:
        """Where the records come from; None if there are none."""
        return self._readers[0].provenance if self._readers else None

    def unused(self) -> list[Interaction]:
        """The recorded interactions that have not been replayed."""
        played, places = (
            self.played(),
            [(reader, at) for reader in self._readers for at in range(len(reader))],
        )
        return [reader.interaction(at) for n, (reader, at) in enumerate(places) if not played >> n & 1]

    def played(self) -> int:
        """The recorded interactions that were replayed: bit n of the number tells of the n-th in the file."""
        bits = before = 0
        for number, (reader, index) in enumerate(zip(self._readers, self._indexes, strict=True)):
            for key, positions in index.items():
                bits |= sum(1 << before + at for at in positions[: self._played.get((number, key), 0)])
            before += len(reader)
        return bits

    def play(self, request: KeyedRequest) -> RecordedResponse | None:
        """As `Cassette.play`."""
        # recorded requests have no secrets, so a request that is found needs no scrubbing
        response = self._take(request, request.key)
        if response is None and (self._readers or self._mode == "none"):
            response = self._searched(request)
        return response

    def close(self) -> None:
        """Close all files."""
        for reader in self._readers:
            reader.close()
        self._readers, self._indexes = [], []

    def _searched(self, request: KeyedRequest) -> RecordedResponse | None:
        asked = request
        if not any(request.key in index for index in self._indexes):
            request = self._keys.scrubbed(request, self._scrub)
        response = self._found(request)
        for scrub in self._earlier_rules() if response is None else ():
            older = self._keys.scrubbed(asked, scrub)
            if response is None and older is not asked:
                request, response = older, self._found(older)
        if response is None and self._mode == "none":
            response = self._find_by_pattern(request)
        if response is None and self._mode == "none":
            raise explain_miss(interaction_of(request, _NOTHING), self._readers, self._path, self._advice)
        return response

    def _take(self, request: KeyedRequest, key: str) -> RecordedResponse | None:
        for number, reader in enumerate(self._readers):
            positions = self._indexes[number].get(key)
            if not positions:
                continue
            while True:
                with self._lock:
                    at = self._played.get((number, key), 0)
                    self._played[number, key] = min(at + 1, len(positions))
                if at == len(positions):
                    break
                response = reader.response(positions[at])
                if response.status < FAILURE or not self._is_asked_again(reader, positions[at:]):
                    return response
            if (
                request.method == "GET"
                and self._mode == "none"
                and reader.closed
                and reader is self._readers[-1]
            ):
                return reader.response(positions[-1])
        return None

    def _is_asked_again(self, reader: CassetteReader, positions: Sequence[int]) -> bool:
        """Whether the failure at the first position is not played: the process of then never got past it."""
        if not self._asks_again or self._mode == "none":
            return False
        session = reader.session(positions[0])
        return not any(
            reader.session(later) == session and reader.response(later).status < FAILURE
            for later in positions[1:]
        )

    def _found(self, request: KeyedRequest) -> RecordedResponse | None:
        response = self._take(request, request.key)
        if response is None and request.tag and self._readers:
            # a recording without tags, such as one of vcrpy
            response = self._take(request, self._keys.untagged(request))
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
        if not self._keys.matches_everything:  # these see to it themselves
            return None
        with self._lock:
            if self._alike is None:
                self._alike = [alike_keys(reader, self._scrub) for reader in self._readers]
        for tag in dict.fromkeys((request.tag, "")):
            for url in (steady_url(request.url), keyless_url(request.url, stored=False)):
                asked = key_of(request.method, url, request.canonical, tag)
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
