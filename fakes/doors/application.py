"""The services of a world as an ASGI application, and what it remembers across restarts."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from fakes.behaviours.settings import settings_of
from fakes.doors.cancelled import steps_told, tell_again
from fakes.doors.clock import Clock
from fakes.doors.connections import (
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    break_connection,
    read_body,
)
from fakes.doors.control import date_in, faults_of, job_failures_in, requested_fault, shown_of, state_of
from fakes.doors.guard import Guard, refusal_of
from fakes.doors.journal import Answer, BadJournal, Entry, Journal, digest_of
from fakes.doors.sending import readdress, send_answer
from fakes.doors.services import Services
from fakes.doors.threads import in_thread, in_turns
from fakes.doors.training import Trainings
from fakes.failures import BrokenConnection, FaultKind
from fakes.json_text import mapping, parse
from fakes.routes import BadURL, Response, respond
from fakes.world import World

__all__ = ["LARGEST_BODY", "Application", "Forward"]

Forward = Callable[[str, str, Collection[tuple[bytes, bytes]], bytes], Awaitable[Response]]

HOST = "http://fakes"
PLACES = {
    f"{HOST}/openai/v1": "openai",
    f"{HOST}/nebius": "nebius",
    f"{HOST}/azure/openai/v1": "azure",
    f"{HOST}/azure/management": "azure",
    f"{HOST}/google": "vertex",
    f"{HOST}/gemini": "gemini",
    f"{HOST}/storage": "storage",
}
"""Where the services are on a server, below its address."""

LARGEST_BODY = 513 * 2**20
"""Bytes: OpenAI's largest file of 512 MB, and the form around it."""

_GEMINI = re.compile(r"/google(?=(?:/upload)?/[^/]+/(?:models|tunedModels|files)(?:[/:?]|$))")
"""Google's clients have one base URL for Vertex AI and the Developer API; their paths tell them apart."""

_STATELESS = re.compile(r"/chat/completions$|:(?:stream)?[gG]enerateContent|:countTokens|/moderations$")
_STORE = b'"store"'
"""In the body of a chat that is to be stored."""
_CONTROL = "/_fbench"
_FORWARDED = f"{HOST}/openai/v1/"
_MOVE = "MOVE"  # in a journal: the clock moved a job; the URL names it, and the body says how many phases
_KEPT_HEADERS = re.compile(
    rb"host|content-.+|range|idempotency-key|openai-beta|x-upload-.+|x-goog-(?:upload-.+|hash|if-.+|meta-.+)"
)
"""Headers on which an answer may depend. None of them is a credential."""
_KEY = re.compile(r"(?<=[?&])(key|access_token)=[^&]*")
_LONGEST_NUMBER = 18  # digits
_SMALL = 64 * 2**10  # bytes of a body that is read before its key is looked at
_CANCELLED = 499  # the status with which Cloud Storage says that an upload was cancelled

_log = logging.getLogger(__name__)


class Application:
    """The ASGI application: services below `/openai/v1`, `/google`, `/storage`, control below `/_fbench`.

    Args:
        make: makes a world anew.
        clock: moves its jobs.
        journal: keeps what changed it.
        guard: decides who is let in.
        most: the largest body, in bytes.
        forward: answers calls of OpenAI's API for which there is no route here; it gets the method, the path
            below the base URL with its query, the headers and the body.

    Raises:
        BadJournal: the journal is damaged, or its calls are answered otherwise than they were.
    """

    def __init__(
        self,
        make: Callable[[], World],
        clock: Clock,
        journal: Journal | None = None,
        *,
        guard: Guard | None = None,
        most: int = LARGEST_BODY,
        forward: Forward | None = None,
    ) -> None:
        self._forward = forward
        self._make, self._clock, self._journal = make, clock, journal
        self._guard, self._most = guard or Guard(), most
        self.trainings = Trainings()
        self._reset()
        if journal is not None:
            for number, entry in journal.read():
                self._replay(journal, number, entry)
            journal.adopt()
            self.world.requests.clear()  # nobody sent those to this server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        method: str = scope["method"]
        raw: bytes = scope["raw_path"]
        path = _GEMINI.sub("/gemini", raw.decode("ascii"))
        query: bytes = scope["query_string"]
        url = HOST + path + (f"?{query.decode('latin-1')}" if query else "")
        answered = self._guard.refusal(method, headers)
        if answered is None and method == "OPTIONS":
            answered = self._guard.preflight(headers)
        if answered is None:
            answered = self._refuse(method, url, headers)
        try:
            if answered is None:
                body = await read_body(receive, self._most)
                if path == _CONTROL or path.startswith(_CONTROL + "/"):
                    answered = await self._control(method, path, query, body)
                else:
                    self._tick()
                    served = await self._served(method, url, headers, body)
                    answered = await self._forwarded(served, method, url, headers, body)
        except Disconnected:
            return
        except TooLarge:
            answered = self._too_large(url)
        except BrokenConnection as broken:
            await break_connection(scope, broken.kind)
            return
        try:
            await send_answer(scope, send, answered, self._guard.allowed(headers))
        except BrokenConnection as broken:
            await break_connection(scope, broken.kind)

    async def _served(
        self, method: str, url: str, headers: Collection[tuple[bytes, bytes]], body: bytes
    ) -> Response:
        if self.services.are_slow:
            return await in_thread(in_turns, self.world.turn, self._serve, method, url, headers, body)
        return self._serve(method, url, headers, body)

    async def _forwarded(
        self, answered: Response, method: str, url: str, headers: Collection[tuple[bytes, bytes]], body: bytes
    ) -> Response:
        """What the service behind answers if no route here took the request; else what was answered."""
        if self._forward is None or not answered.unserved or not url.startswith(_FORWARDED):
            return answered
        number, services = answered.number, self.services  # others follow while this one waits
        answered = await self._forward(method, url[len(_FORWARDED) - 1 :], headers, body)
        services.forwarded(number, answered)
        return answered

    def _refuse(self, method: str, url: str, headers: Collection[tuple[bytes, bytes]]) -> Response | None:
        """What can be answered before the body has come: without a key, or where it is too large."""
        given = dict(headers)
        length = given.get(b"content-length", b"0")
        if len(length) > _LONGEST_NUMBER or int(length) > self._most:
            return self._too_large(url)
        signed = b"authorization" in given or b"x-goog-api-key" in given or _KEY.search(url)
        small = int(length) < _SMALL and b"transfer-encoding" not in given
        if (signed and small) or b"x-fakes-fault" in given or self._forward is not None:
            return None
        return self.services.refuse(method, url, headers)

    def _too_large(self, url: str) -> Response:
        message = f"The request is too large: at most {self._most} bytes are taken."
        return refusal_of(url.removeprefix(HOST + "/").partition("/")[0], 413, message)

    def _serve(
        self, method: str, url: str, headers: Collection[tuple[bytes, bytes]], body: bytes
    ) -> Response:
        changes = method not in ("GET", "HEAD") and (
            not _STATELESS.search(url.partition("?")[0]) or _STORE in body
        )
        journal = self._journal if changes else None
        if journal is not None and journal.failed:
            return respond(507, {"error": f"{journal.path} cannot be written: nothing is changed here."})
        try:
            fault = requested_fault(headers)
        except ValueError as error:
            return respond(400, {"error": str(error)})
        faulty = fault is not None or bool(self.world.faults)
        try:
            answered = self.services.handle(method, url, headers, body, fault)
        except BrokenConnection as broken:
            if journal and broken.kind in (FaultKind.LOST, FaultKind.TIMEOUT):
                # it was handled, though the client was not told
                _append(journal, self._entry(method, url, headers, body, None))
            raise
        except BadURL as error:
            return respond(400, {"error": f"The URL cannot be read: {error}."})
        if answered is None:
            where = unquote(url.removeprefix(HOST))
            return respond(404, {"error": f"no service is at {where}"})
        done = answered.status < 400 or answered.status == _CANCELLED
        if journal and done and answered.route is None:
            answer = None if faulty else _answer_of(answered)
            refused = _append(journal, self._entry(method, url, headers, body, answer))
            if refused is not None:
                return refused
        if url.startswith(f"{HOST}/gemini/"):
            readdress(answered, headers)
        return answered

    def _entry(
        self,
        method: str,
        url: str,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        answer: Answer | None,
    ) -> Entry:
        kept = tuple(
            (name.decode("ascii"), value.decode("latin-1"))
            for name, value in headers
            if _KEPT_HEADERS.fullmatch(name)
        ) + steps_told(self.world, url)
        return Entry(self._clock(), method, _KEY.sub(r"\1=fake", url), kept, body, answer)

    def _replay(self, journal: Journal, number: int, entry: Entry) -> None:
        """Makes a call of the journal again, and compares what is answered with what was answered then."""
        self._clock.set(entry.at)
        if entry.method == _MOVE:
            work = dict(self.world.works()).get(entry.url)
            for _ in range(int(entry.body)):
                if work is not None:
                    work.step()
        elif entry.url.startswith(HOST + _CONTROL):
            self._move_unrecorded(journal)
            self._do(entry.method, entry.url.removeprefix(HOST), entry.body)
        else:
            self._move_unrecorded(journal)
            tell_again(self.world, entry.url, entry.headers)
            headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in entry.headers]
            try:
                answered = self.services.handle(entry.method, entry.url, [*headers, _BEARER], entry.body)
            except BrokenConnection:  # it is lost again, and done
                answered, lost = None, True
            else:
                lost = False
            now = _answer_of(answered) if answered else None
            for _ in answered.body if answered and isinstance(answered.body, Iterator) else ():
                pass  # what a stream changes, it changes as it is read
            failed = not lost and entry.answer is None and journal.anew and (now is None or now.status >= 400)
            if failed or entry.answer not in (None, now):
                self._differs(journal, number, entry, now)
            entry = replace(entry, answer=now) if entry.answer or journal.anew else entry
        if journal.anew:
            journal.append(entry)

    @staticmethod
    def _differs(journal: Journal, number: int, entry: Entry, now: Answer | None) -> None:
        told = entry.answer and f"{entry.answer.status} {entry.answer.name}".strip()
        said = f"{now.status} {now.name}".strip() if now else "nothing"
        what = f"{entry.method} {unquote(entry.url.removeprefix(HOST))} is answered with {said} now"
        if told:
            what += f", and was answered with {told}" if told != said else ", and the rest was another"
        if not journal.anew:
            raise BadJournal(journal.path, number, f"{what}. The file or the server is not what it was.")
        if now is None or told != said:
            _log.warning("%s, line %d: %s: another version of fbench wrote it.", journal.path, number, what)

    def _tick(self) -> None:
        """Moves all jobs to where the clock says; not more often than is noticed."""
        if self._clock.tick():
            self.trainings.notice()
            self._move(self._journal)

    def _move_unrecorded(self, journal: Journal) -> None:
        """Moves all jobs by the clock where a journal does not tell of that."""
        moves = journal.without_moves
        while moves:
            self.trainings.wait()
            self.trainings.notice()
            moves = self._move(journal)

    def _move(self, journal: Journal | None) -> bool:
        """Moves all jobs as far as they go; whether any did."""
        any_moved = False
        with self.world.turn:
            for name, work in self.world.works():
                if moved := work.move(glance=True):
                    any_moved = True
                    if journal is not None:
                        _append(journal, Entry(self._clock(), _MOVE, name, (), b"%d" % moved))
        return any_moved

    async def _control(self, method: str, path: str, query: bytes, body: bytes) -> Response:
        action = method, path.removeprefix(_CONTROL).strip("/")
        if action == ("POST", "advance"):
            await self.trainings.ended()  # others are served in the meantime
        self._tick()
        if action == ("GET", ""):
            return respond(200, state_of(self.world, self.services, self._clock()))
        try:
            if action[0] == "GET" and (shown := shown_of(self.world, action[1], query)) is not None:
                return respond(200, shown)
            known = self._do(method, path, body)
        except ValueError as error:
            return respond(400, {"error": str(error)})
        if not known:
            return respond(404, {"error": f"there is no {method} {path}"})
        if self._journal:
            # faults of calls are of this run alone: a call that was answered is answered again
            kept = job_failures_in(body) if action[1] == "faults" else b""
            kept = body if action[1] in ("behaviours", "date") else kept
            refused = _append(self._journal, Entry(self._clock(), method, HOST + path, (), kept))
            if refused is not None:
                return refused
        return respond(200, {})

    def _do(self, method: str, path: str, body: bytes) -> bool:
        """Changes the world as the control endpoint is asked to; False where it knows no such thing."""
        match method, path.removeprefix(_CONTROL).strip("/"):
            case ("POST", "faults"):
                self.world.faults.set(faults_of(body))
            case ("POST", "behaviours"):
                self.world.behave(*settings_of(parse(body)))
            case ("POST", "date"):
                self.world.date.set(date_in(body))
            case ("POST", "advance"):
                self.world.advance()
            case ("POST", "reset"):
                self._reset()
            case _:
                return False
        return True

    def _reset(self) -> None:
        self.trainings.drop()
        self.world = self._make()
        for account in (*self.world.accounts, self.world.vertex):
            account.begin_training = self.trainings.begin
            account.begin_answers = partial(self.trainings.begin_aside, self.world.turn)
        self.services = Services(self.world, PLACES, vendor_addresses=True)


def _append(journal: Journal, entry: Entry) -> Response | None:
    """Adds an entry. Where it cannot be written, the answer that tells so."""
    try:
        journal.append(entry)
    except OSError as error:
        told = f"{journal.path} cannot be written ({error.strerror}): from now on nothing is changed here."
        _log.error(told)
        return respond(507, {"error": told})
    return None


def _answer_of(answered: Response) -> Answer:
    """What a journal keeps of an answer."""
    if not isinstance(answered.body, bytes):
        return Answer(answered.status, "", "")
    name = ""
    if answered.body.startswith(b"{"):
        body = mapping(parse(answered.body))
        name = str(body.get("id") or body.get("name") or "")
    return Answer(answered.status, name, digest_of(answered.body))


_BEARER = (b"authorization", b"Bearer sk-fake")
