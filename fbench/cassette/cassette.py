"""A cassette that finds a recording by its key, and keeps each new one the moment it is made."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fbench.cassette.format.bodies import canonical, key_of, without_boundary
from fbench.cassette.format.closing import close_recording, is_anew, is_older, part_of
from fbench.cassette.format.interaction import Headers, Interaction, Response, written
from fbench.cassette.format.tape import Tape
from fbench.cassette.format.writing import Recorder
from fbench.cassette.nearest import explain_miss
from fbench.cassette.scrub.exchange import Scrub, kept_response
from fbench.cassette.scrub.placeholders import Hidden, hidden_in, is_hidden
from fbench.cassette.scrub.scrubber import RULES_VERSION, Scrubber
from fbench.context import current_tag, was_replayed
from fbench.errors import CassetteError

__all__ = ["Asked", "Cassette", "Mode"]

Mode = Literal["none", "new", "all"]
_NOTHING = Response(0, "", (), b"")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it may be kept, its content type, what is canonical of its body, and the key it is found
    by.
    """

    method: str
    url: str
    kind: str
    body: bytes
    canonical: bytes
    tag: str
    key: str


class Cassette:
    """One file of recordings, for one or many threads and tasks.

    Modes:

    - `none`: what was recorded is replayed, and anything else is a `CassetteMiss`;
    - `new`: what was recorded is replayed, and what is missing goes on to the service and is recorded;
    - `all`: everything goes to the service and is recorded. The old recording stays until `close`.

    Recordings of the same request are played first in, first out. After the last one a GET is answered by
    it again, as a poll ends where its recording ended; not where more can be recorded, nor where the
    recording was interrupted.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode = "none",
        *,
        scrub: Scrub | None = None,
        provenance: Mapping[str, object] | None = None,
    ) -> None:
        """Opens a cassette.

        Args:
            path: a file that fbench or vcrpy recorded; it need not exist unless in mode `none`.
            mode: see above.
            scrub: cleans what is kept, and what is looked for.
            provenance: where recordings come from, kept in the file's head.

        Raises:
            CassetteError: it cannot be read, or is damaged; in mode `none`, that it is not there.
        """
        self.path = path
        self._mode: Mode = mode
        self._scrub = scrub or Scrubber()
        self._provenance = dict(provenance or {})
        self._lock = threading.Lock()
        self._recorder: Recorder | None = None
        self._tapes = self._open(path)
        self._played: dict[tuple[int, str], int] = {}
        self._hides: dict[Tape, list[Hidden]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._tapes))

    @property
    def provenance(self) -> dict[str, object]:
        """Where the recordings came from."""
        return dict(self._tapes[0].provenance if self._tapes else self._provenance)

    def unused(self) -> list[Interaction]:
        """What was recorded and has not been played yet."""
        left: list[Interaction] = []
        for number, tape in enumerate(self._tapes):
            for key, positions in tape.index.items():
                left += [tape.interaction(at) for at in positions[self._played.get((number, key), 0) :]]
        return left

    def ask(self, method: str, url: str, content_type: str, body: bytes) -> Asked:
        """A request as it was made; its tag is the current one."""
        kind, body = without_boundary(content_type, body)
        return _asked(method, url, kind, body)

    def play(self, asked: Asked) -> Response | None:
        """The next recording of a request; None where it must go on to the service.

        Raises:
            CassetteMiss: there is none, and none may be made.
            CassetteError: the recording is damaged.
        """
        if not any(asked.key in tape.index for tape in self._tapes):
            # what was recorded holds no secrets, so what is found as it is needs no scrubbing: most
            # requests are
            asked = self._scrubbed(asked, self._scrub)
        response = self._find(asked)
        if response is None and self._is_older():
            older = self._scrubbed(asked, self._scrub.older)
            if older is not asked:
                asked, response = older, self._find(older)
        if response is None and self._mode == "none":
            response = self._hidden(asked)
        if response is None and self._mode == "none":
            raise explain_miss(_interaction(asked, _NOTHING), self._tapes, self.path)
        was_replayed.set(response is not None)
        return response

    def record(self, asked: Asked, sent: Iterable[tuple[str, str]], answered: Response) -> None:
        """Records what came back for a request: scrubbed, decoded, and on the disk's way when this returns.

        `sent` are the request's headers; `answered` has its body as it came over the wire.

        Raises:
            CassetteError: the disk does not take it.
        """
        asked = self._scrubbed(asked, self._scrub)
        steady = [(name, asked.kind if name.lower() == "content-type" else value) for name, value in sent]
        headers = tuple(self._scrub.headers(steady, response=False))
        made = _interaction(asked, kept_response(answered, self._scrub), headers)
        record = written(made, asked.key)
        with self._lock:
            if self._recorder is None:
                self._recorder = Recorder(
                    part_of(self.path), {**self._provenance, "mode": self._mode, "rules": RULES_VERSION}
                )
        self._recorder.append(record)

    def close(self) -> None:
        """Ends a recording: sorts it, joins it with what was there before, and lets go of all files.

        Raises:
            CassetteError: it cannot be written; what was recorded is safe, and `close_recording` can be
                tried again.
        """
        self.release()
        if self._mode != "none" and part_of(self.path).exists():
            close_recording(self.path)

    def release(self) -> None:
        """Lets go of all files, and leaves the recording open for another to go on with."""
        for tape in self._tapes:
            tape.close()
        self._tapes = []
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    def _open(self, path: Path) -> list[Tape]:
        part = part_of(path)
        if self._mode == "all":
            return [Tape(part)] if part.exists() else []
        tapes = [Tape(file) for file in (path, part) if file.exists()]
        if len(tapes) > 1 and is_anew(tapes[1].provenance):
            tapes.pop().close()  # a recording anew that did not come to its end: the old one counts
        if not tapes and self._mode == "none":
            raise CassetteError(
                f"{path}: no recording is there. Name another, or make one with --record new."
            )
        return tapes

    def _take(self, asked: Asked, key: str) -> Response | None:
        for number, tape in enumerate(self._tapes):
            positions = tape.index.get(key)
            if not positions:
                continue
            with self._lock:
                at = self._played.get((number, key), 0)
                self._played[number, key] = min(at + 1, len(positions))
            if at < len(positions):
                return tape.response(positions[at])
            if asked.method == "GET" and self._mode == "none" and tape.closed and tape is self._tapes[-1]:
                return tape.response(positions[-1])
        return None

    def _find(self, asked: Asked) -> Response | None:
        response = self._take(asked, asked.key)
        if response is None and asked.tag and self._tapes:
            # a recording that knows no tags, such as vcrpy's own
            response = self._take(asked, key_of(asked.method, asked.url, asked.canonical, ""))
        return response

    def _is_older(self) -> bool:
        return any(is_older(tape.provenance) for tape in self._tapes)

    def _hidden(self, asked: Asked) -> Response | None:
        """The recording of a request in which a secret was replaced that only the recording run knew."""
        for tape in self._tapes:
            for hidden in self._hiding(tape):
                if is_hidden(hidden, asked.tag, asked.method, asked.url, asked.canonical):
                    response = self._take(asked, hidden.key)
                    if response is not None:
                        return response
        return None

    def _hiding(self, tape: Tape) -> list[Hidden]:
        """What a tape holds of requests with placeholders in them; read when it is first needed."""
        with self._lock:
            if tape not in self._hides:
                self._hides[tape] = list(hidden_in(tape))
            return self._hides[tape]

    def _scrubbed(self, asked: Asked, scrub: Scrub) -> Asked:
        url, body = scrub.url(asked.url), scrub.body(asked.body, asked.kind)
        if url == asked.url and body == asked.body:
            return asked
        return _asked(asked.method, url, asked.kind, body)


def _asked(method: str, url: str, kind: str, body: bytes) -> Asked:
    plain, tag = canonical(body, kind), current_tag.get()
    return Asked(method, url, kind, body, plain, tag, key_of(method, url, plain, tag))


def _interaction(asked: Asked, response: Response, headers: Headers = ()) -> Interaction:
    kept = headers or ((("content-type", asked.kind),) if asked.kind else ())
    return Interaction(asked.method, asked.url, kept, asked.body, response, asked.tag)
