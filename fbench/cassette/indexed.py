"""A vcrpy cassette that finds a recording by its key, and keeps each new one the moment it is made."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import httpx2
from vcr.cassette import Cassette as VcrCassette
from vcr.request import Request

from fbench.cassette.bodies import canonical, key_of, without_boundary
from fbench.cassette.closing import close_recording, is_anew, part_of
from fbench.cassette.context import current_tag, was_replayed
from fbench.cassette.nearest import explain_miss
from fbench.cassette.record import Headers, Interaction, Response, written
from fbench.cassette.recorder import Recorder
from fbench.cassette.scrubbing import AsIs, Scrub
from fbench.cassette.tape import Tape
from fbench.errors import CassetteError

__all__ = ["Cassette", "Mode"]

Mode = Literal["none", "new", "all"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as it may be kept, its content type, what is canonical of its body, and the key it is found by."""

    method: str
    url: str
    kind: str
    body: bytes
    canonical: bytes
    tag: str
    key: str


class Cassette(VcrCassette):
    """One file of recordings, for one or many threads and tasks.

    Modes:

    - `none`: what was recorded is replayed, and anything else is a `CassetteMiss`;
    - `new`: what was recorded is replayed, and what is missing goes on to the service and is recorded;
    - `all`: everything goes to the service and is recorded. The old recording stays until `close`.

    Recordings of the same request are played first in, first out. After the last one a GET is answered by it again, as
    a poll ends where its recording ended; not where more can be recorded, nor where the recording was interrupted.
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

        Raises:
            CassetteError: it cannot be read, or is damaged; in mode `none`, that it is not there.
        """
        super().__init__(path)  # pyright: ignore[reportUnknownMemberType] - vcrpy has no types
        self._mode: Mode = mode
        self._scrub = scrub or AsIs()
        self._provenance = dict(provenance or {})
        self._lock = threading.Lock()
        self._recorder: Recorder | None = None
        self._tapes = self._open(Path(path))
        self._played: dict[tuple[int, str], int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._tapes))

    def __contains__(self, request: object) -> bool:
        asked = self._asked(cast("Request", request))
        return any(asked.key in tape.index for tape in self._tapes)

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

    def close(self) -> None:
        """Ends a recording: sorts it, joins it with what was there before, and lets go of all files.

        Raises:
            CassetteError: it cannot be written; what was recorded is safe, and `close_recording` can be tried again.
        """
        self.release()
        if self._mode != "none" and part_of(Path(self._path)).exists():
            close_recording(Path(self._path))

    def release(self) -> None:
        """Lets go of all files, and leaves the recording open for another to go on with."""
        for tape in self._tapes:
            tape.close()
        self._tapes = []
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    # What vcrpy's stub asks of a cassette. A test holds it to this.

    @property
    def write_protected(self) -> bool:
        """Whether a request without a recording must not go on to the service; the miss was raised before."""
        return False

    def can_play_response_for(self, request: Request) -> bool:
        """Whether a recording is left for this request; it is taken, and `play_response` hands it out.

        Raises:
            CassetteMiss: there is none, and none may be made.
            CassetteError: the recording is damaged.
        """
        asked = self._asked(request)
        response = self._take(asked)
        if response is None and self._mode == "none":
            raise explain_miss(_interaction(asked, (), _NOTHING), self._tapes, self._path)
        cast("Any", request).recorded = response
        was_replayed.set(response is not None)
        return response is not None

    def play_response(self, request: Request) -> dict[str, Any]:
        """The response that was taken, as vcrpy's stub wants it."""
        response = cast("Response", cast("Any", request).recorded)
        headers: dict[str, list[str]] = {}
        for name, value in response.headers:
            headers.setdefault(name, []).append(value)
        status = {"code": response.status, "message": response.reason}
        return {"status": status, "headers": headers, "body": {"string": response.body}}

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Records an interaction: scrubbed, decoded, and on its way to the disk when this returns."""
        asked = self._asked(request)
        sent = [(name, asked.kind if name.lower() == "content-type" else value) for name, value in request.headers.items()]
        made = _interaction(asked, tuple(self._scrub.headers(sent, response=False)), self._kept(response))
        record = written(made, asked.key)
        with self._lock:
            if self._recorder is None:
                self._recorder = Recorder(part_of(Path(self._path)), {**self._provenance, "mode": self._mode})
        self._recorder.append(record)

    def filter_request(self, request: Request) -> Request:
        """The request: it is scrubbed where it is kept."""
        return request

    def _open(self, path: Path) -> list[Tape]:
        part = part_of(path)
        if self._mode == "all":
            return [Tape(part)] if part.exists() else []
        tapes = [Tape(file) for file in (path, part) if file.exists()]
        if len(tapes) > 1 and is_anew(tapes[1].provenance):
            tapes.pop().close()  # a recording anew that did not come to its end: the old one counts
        if not tapes and self._mode == "none":
            raise CassetteError(f"{path}: no recording is there. Name another, or make one with --record new.")
        return tapes

    def _asked(self, request: Request) -> _Asked:
        known: _Asked | None = getattr(request, "asked", None)
        if known is None:
            headers = cast("Mapping[str, str]", request.headers)
            kind, body = without_boundary(headers.get("content-type", ""), request.body or b"")
            url, body = self._scrub.url(request.uri), self._scrub.body(body, kind)
            plain, tag = canonical(body, kind), current_tag.get()
            key = key_of(request.method, url, plain, tag)
            known = _Asked(request.method, url, kind, body, plain, tag, key)
            cast("Any", request).asked = known
        return known

    def _take(self, asked: _Asked) -> Response | None:
        keys = [asked.key]
        if asked.tag:  # a recording that knows no tags, such as vcrpy's own
            keys.append(key_of(asked.method, asked.url, asked.canonical, ""))
        for key in keys:
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

    def _kept(self, response: dict[str, Any]) -> Response:
        pairs = [(name, value) for name, values in response["headers"].items() for value in values]
        body: bytes = response["body"]["string"]
        if any(name.lower() == "content-encoding" for name, _ in pairs):
            body = httpx2.Response(200, headers=pairs, content=body).content
            pairs = [(name, value) for name, value in pairs if name.lower() != "content-encoding"]
        headers = self._scrub.headers(pairs, response=True)
        kind = next((value for name, value in headers if name == "content-type"), "")
        status = response["status"]
        return Response(status["code"], status["message"], tuple(headers), self._scrub.body(body, kind))


_NOTHING = Response(0, "", (), b"")


def _interaction(asked: _Asked, headers: Headers, response: Response) -> Interaction:
    kept = headers or ((("content-type", asked.kind),) if asked.kind else ())
    return Interaction(asked.method, asked.url, kept, asked.body, response, asked.tag)
