"""A cassette: replays the interactions in a file, and adds new ones as soon as they are complete."""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

from fbench.cassette.format.bodies import without_boundary
from fbench.cassette.format.decoding import Undecodable, decoded
from fbench.cassette.format.head import RULES_VERSION, replaces_everything
from fbench.cassette.format.interaction import Interaction, RecordedResponse, RequestNumber, write_record
from fbench.cassette.format.reader import CassetteReader, CassetteWarning
from fbench.cassette.format.urls import plain_url
from fbench.cassette.format.writer import (
    CassetteWriter,
    close_recording,
    is_recording,
    is_superseded,
    part_of,
)
from fbench.cassette.keyed_request import KeyedRequest, RequestKeys, interaction_of
from fbench.cassette.matchers import EVERYTHING, Matchers
from fbench.cassette.modes import Mode, mode_of
from fbench.cassette.playback import Playback
from fbench.cassette.scrub.scrubber import Scrub, Scrubber, kept_response
from fbench.errors import CassetteError
from fbench.request_context import was_replayed

__all__ = ["Cassette", "KeyedRequest"]


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
        advice: str = "Record what is missing with --record new.",
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
                it records, a recorded failure (a status from 400) past which the program did not get is asked
                for again rather than replayed, and is left out of the cassette when the same request was
                recorded again. A call without a whole answer is not recorded.
            advice: what to do about a request that is not recorded, for the message of a `CassetteMiss`.

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
        self._superseded = False
        self._keys = RequestKeys(matchers)
        readers = self._open(path)
        self._playback = Playback(
            path, readers, self._mode, self._scrub, self._keys, asks_again=asks_again, advice=advice
        )
        self._session = max((reader.sessions for reader in readers), default=0)
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._playback)

    @property
    def provenance(self) -> dict[str, object]:
        """Where the recorded interactions come from."""
        return dict(self._provenance if self._playback.provenance is None else self._playback.provenance)

    def unused(self) -> list[Interaction]:
        """The recorded interactions that have not been replayed."""
        return self._playback.unused()

    def played(self) -> int:
        """The recorded interactions that were replayed: bit n of the number tells of the n-th in the file."""
        return self._playback.played()

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
        return self._keys.keyed(method, plain_url(url), kind, body, next(self._numbers), encoded=encoded)

    def play(self, request: KeyedRequest) -> RecordedResponse | None:
        """The next recorded response to a request; None if the request must be sent to the service.

        Raises:
            CassetteMiss: there is no such response, and the mode is `none`.
            CassetteError: the recording is damaged.
        """
        response = self._playback.play(request)
        was_replayed.set(response is not None)
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
        request = self._keys.scrubbed(request, self._scrub)
        steady = [
            (name, request.content_type if name.lower() == "content-type" else value) for name, value in sent
        ]
        if request.encoded:
            steady = [
                pair for pair in steady if pair[0].lower() not in ("content-encoding", "content-length")
            ]
        headers = tuple(self._scrub.headers(steady, response=False))
        made = interaction_of(request, kept_response(answered, self._scrub, request.method), headers)
        key = request.key if self._keys.matches_everything else None
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
        self._playback.close()
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
