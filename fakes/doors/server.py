"""A world on a port of this machine, for other processes and other languages.

A small ASGI application under uvicorn. ASGI cannot break a connection, so that is done to the socket.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from fakes.doors.control import fault_of, faults_of, job_failures_in, state_of
from fakes.doors.journal import Entry, Journal
from fakes.doors.services import Services
from fakes.failures import BrokenConnection, Fault, FaultKind
from fakes.json_text import mapping, parse
from fakes.limits import Limits
from fakes.routes import Response, respond
from fakes.timeline import ByClock
from fakes.world import World

__all__ = ["Application", "Clock", "read_prior", "serve"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HOST = "http://fakes"
PLACES = {
    f"{HOST}/openai/v1": "openai",
    f"{HOST}/google": "vertex",
    f"{HOST}/gemini": "gemini",
    f"{HOST}/storage": "storage",
}
"""The base URLs of the services on a server, with a placeholder for its address."""

_GEMINI = re.compile(r"/google(?=(?:/upload)?/[^/]+/(?:models|tunedModels|files)(?:[/:?]|$))")
"""Google's clients have one base URL for Vertex AI and the Developer API; their paths differ."""

_STATELESS = re.compile(r"/chat/completions$|:(?:stream)?[gG]enerateContent|:countTokens|/moderations$")
_STORE = b'"store"'
"""In the body of a chat request whose completion is to be stored."""
_CONTROL = "/_fbench"
_NOTICED = 0.02  # seconds between two looks at all jobs
_PATIENCE = 600.0  # seconds for which a request without an answer is held open


class Clock:
    """Unix time that never runs backwards, and that can be stopped while a journal is read.

    So jobs continue while a server with a journal is down, as they would at a service.
    """

    def __init__(self) -> None:
        self._held: float | None = None
        self._latest = 0.0

    def __call__(self) -> float:
        """The current time in seconds."""
        self._latest = max(self._latest, time.time() if self._held is None else self._held)
        return self._latest

    def hold(self, seconds: float | None) -> None:
        """Stop the clock at a moment; None lets it run again."""
        self._held = seconds


class Application:
    """The ASGI application: services below `/openai/v1`, `/google`, `/storage`, control below `/_fbench`.

    `make` creates a new world; `journal` saves the calls that change it.
    """

    def __init__(self, make: Callable[[], World], clock: Clock, journal: Journal | None = None) -> None:
        self._make, self._clock, self._journal = make, clock, journal
        self._reset()
        for entry in journal.read() if journal else ():
            clock.hold(entry.at)
            self._replay(entry)
        clock.hold(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        raw: bytes = scope["raw_path"]
        path = _GEMINI.sub("/gemini", raw.decode("ascii"))
        if path == _CONTROL or path.startswith(_CONTROL + "/"):
            status, shown = self._control(scope["method"], path, body)
            if status < 400:
                # faults of calls apply only until a restart: an answered call must be answered again on
                # replay
                kept = job_failures_in(body) if path.strip("/").endswith("/faults") else b""
                self._keep(scope["method"], HOST + path, (), kept)
            await _send(send, respond(status, shown))
            return
        self._settle()
        query: bytes = scope["query_string"]
        url = HOST + path + (f"?{query.decode('latin-1')}" if query else "")
        try:
            await self._serve(scope, send, url, body)
        except BrokenConnection as broken:
            await _break(scope, broken.kind)

    async def _serve(self, scope: Scope, send: Send, url: str, body: bytes) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        method: str = scope["method"]
        try:
            fault = _requested_fault(headers)
        except ValueError as error:
            await _send(send, respond(400, {"error": str(error)}))
            return
        try:
            answered = self.services.handle(method, url, headers, body, fault)
        except BrokenConnection as broken:
            if broken.kind in (FaultKind.LOST, FaultKind.TIMEOUT):
                self._keep(method, url, headers, body)  # it was handled, although the client got no response
            raise
        if answered is None:
            where = unquote(url.removeprefix(HOST))
            await _send(send, respond(404, {"error": f"no service is at {where}"}))
            return
        if answered.status < 400 and not answered.by_user:
            self._keep(method, url, headers, body)
        _readdress(answered, headers, url)
        await _send(send, answered)

    def _keep(self, method: str, url: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Write a call into the journal. Reads change nothing: jobs move by the clock, read or not."""
        kept = not _STATELESS.search(url.partition("?")[0]) or _STORE in body
        if self._journal and method != "GET" and kept:
            content_type = dict(headers).get(b"content-type", b"").decode("latin-1")
            self._journal.append(Entry(self._clock(), method, url, content_type, body))

    def _replay(self, entry: Entry) -> None:
        """Repeat a call from the journal."""
        if entry.url.startswith(HOST + _CONTROL):
            self._control(entry.method, entry.url.removeprefix(HOST), entry.body)
            return
        headers = [(b"content-type", entry.content_type.encode("latin-1")), _BEARER]
        self.services.handle(entry.method, entry.url, headers, entry.body)

    def _settle(self) -> None:
        """Move all jobs to the time of the clock, at most every `_NOTICED` seconds."""
        now = self._clock()
        if now - self._settled >= _NOTICED:
            self._settled = now
            self.world.settle()

    def _control(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        self.world.settle()
        action = (method, path.removeprefix(_CONTROL).strip("/"))
        match action:
            case ("GET", ""):
                return 200, state_of(self.world, self.services, self._clock())
            case ("POST", "faults"):
                try:
                    self.world.faults.set(faults_of(body))
                except ValueError as error:
                    return 400, {"error": str(error)}
            case ("POST", "advance"):
                self.world.advance()
            case ("POST", "reset"):
                self._reset()
            case _:
                return 404, {"error": f"there is no {method} {path}"}
        return 200, {}

    def _reset(self) -> None:
        self._settled = 0.0
        self.world = self._make()
        self.services = Services(self.world, PLACES, vendor_addresses=True)


def _readdress(answered: Response, headers: Iterable[tuple[bytes, bytes]], url: str) -> None:
    """Direct an upload's further requests to this server, because the services do not know its address."""
    prefix = {"storage": "/storage", "gemini": "/google"}.get(url.removeprefix(HOST + "/").partition("/")[0])
    host = dict(headers).get(b"host", b"").decode("latin-1")
    for index, (name, where) in enumerate(answered.headers):
        if prefix and name in (b"location", b"x-goog-upload-url"):
            path = where.decode("ascii").split("://", 1)[-1].partition("/")[2]
            answered.headers[index] = name, f"http://{host}{prefix}/{path}".encode("ascii")


_BEARER = (b"authorization", b"Bearer sk-fake")


def _requested_fault(headers: Iterable[tuple[bytes, bytes]]) -> Fault | None:
    """The fault that a request asks for, as JSON in the header `x-fakes-fault`."""
    for name, value in headers:
        if name == b"x-fakes-fault":
            return fault_of(mapping(parse(value)))
    return None


async def _send(send: Send, answered: Response) -> None:
    if answered.delay:
        await asyncio.sleep(min(answered.delay, _PATIENCE))
    await send({"type": "http.response.start", "status": answered.status, "headers": answered.headers})
    body = answered.body
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body})
        return
    for piece in body:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


async def _break(scope: Scope, kind: FaultKind) -> None:
    """Break the connection with a reset; if no answer is to come, only after the client has given up."""
    transport = _Protocol.transports.get(tuple(scope["client"]))
    if transport is None:
        return
    if kind is FaultKind.TIMEOUT:
        waited = 0.0
        while waited < _PATIENCE and not transport.is_closing():
            await asyncio.sleep(0.05)
            waited += 0.05
    raw = transport.get_extra_info("socket")
    if raw is not None and not transport.is_closing():
        # zero seconds of linger: closing sends RST instead of FIN
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Protocol(H11Protocol):
    """uvicorn's protocol, which stores its transports so that a fault can break them."""

    transports: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012 - one table for all connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        self.transports[transport.get_extra_info("peername")] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transports.pop(self.transport.get_extra_info("peername"), None)
        super().connection_lost(exc)


class _Server(uvicorn.Server):
    """uvicorn's server, which reports its port once it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready(self.servers[0].sockets[0].getsockname()[1])


def serve(
    *,
    port: int,
    ready: Callable[[int], None],
    seed: int = 0,
    speed: float = 600.0,
    prior: Iterable[tuple[str, str]] = (),
    limits: Callable[[], Limits | None] = lambda: None,
    any_id: bool = False,
    state: Path | None = None,
    prepare: Callable[[World], None] = lambda _: None,
) -> None:
    """Serve a world on a loopback port (0: any free one) until SIGINT or SIGTERM.

    Args:
        port: the port to listen on, at 127.0.0.1 only.
        ready: called with the port once connections are accepted.
        seed: the seed of the world.
        speed: how much faster than the wall clock jobs move.
        prior: what base models already know.
        limits: creates the request limits of a new world.
        any_id: OpenAI also answers for ids that were never created.
        state: a journal to continue and to keep.
        prepare: called with each new world, at the start and after each reset: the place for `World.route`.

    Raises:
        OSError: the port is not available.
        ValueError: the journal cannot be read.
    """
    known = list(prior)
    clock = Clock()
    journal = Journal(state) if state else None

    def make() -> World:
        world = World(seed=seed, prior=known, pace=ByClock(speed, clock), limits=limits(), any_id=any_id)
        prepare(world)
        return world

    application = Application(make, clock, journal)
    config = uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    # named as TCP: asyncio disables Nagle only on such sockets; with it, each answer would wait 40 ms
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        try:
            _Server(config, ready).run([listening])
        finally:
            if journal:
                journal.close()


def read_prior(path: Path) -> list[tuple[str, str]]:
    """What base models already know, from a JSONL file of `{"prompt": ..., "answer": ...}`.

    Raises:
        ValueError: a line has another form; the message names the line.
    """
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                row = mapping(json.loads(line))
                prompt, answer = row["prompt"], row["answer"]
            except (ValueError, KeyError):
                prompt = answer = None
            if not (isinstance(prompt, str) and isinstance(answer, str)):
                raise ValueError(f'{path}, line {number}: is not {{"prompt": text, "answer": text}}.')
            pairs.append((prompt, answer))
    return pairs
