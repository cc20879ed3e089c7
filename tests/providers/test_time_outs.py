"""No server can hold a call: not one that never answers, nor one that sends a byte now and then forever."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from threading import Event, Thread

import httpx2
import pytest
from google.auth.exceptions import TransportError
from google.oauth2.credentials import Credentials

from fbench.clock import NoWait
from fbench.providers import Connection, Example, Provider, Sampling, TuningSpec, connect, profile_of
from fbench.providers.google_tokens import bound
from fbench.providers.storage import Buckets
from fbench.wire import TIMES, CallTimes, WireTransport

SHORT = CallTimes(connect=0.3, write=0.2, read=0.2, pool=0.3, call=0.4)
LONGEST = 2.0
"""Seconds within which a call must have ended: a few times `SHORT.call`, for a busy machine."""

PAUSE = 0.03
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
SPEC = TuningSpec("m", (Example("q", "a"),), 1, 0, "k" * 32)


class Server:
    """A server on this machine that accepts every connection and answers none in full.

    `silent` sends nothing, `deaf` does not even read, `head` and `body` send a byte now and then.
    """

    def __init__(self, manner: str) -> None:
        self._manner, self._done = manner, Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(Thread(target=self._serve, args=(client,)))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self._manner != "deaf":
                client.recv(65536)
            if self._manner == "body":
                client.sendall(HEAD)
            while not self._done.wait(PAUSE):
                if self._manner == "head":
                    client.sendall(HEAD[:1] if self._done.is_set() else b"HTTP/1.1 200 OK\r\nx-a: "[:17])
                    while not self._done.wait(PAUSE):
                        client.sendall(b"x")
                elif self._manner == "body":
                    client.sendall(b"1\r\n \r\n")

    def close(self) -> None:
        self._done.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture(params=["silent", "head", "body"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from _server(request.param)


@pytest.fixture
def deaf() -> Iterator[Server]:
    yield from _server("deaf")


def _server(manner: str) -> Iterator[Server]:
    made = Server(manner)
    yield made
    made.close()


class Waited(Exception):
    """A first attempt failed, and the next would be waited for."""


class OneAttempt(NoWait):
    """A clock that ends a call where it would wait for the next attempt."""

    async def sleep(self, seconds: float) -> None:
        raise Waited(seconds)


def provider_at(url: str, service: str) -> Provider:
    environ = {
        "OPENAI_API_KEY": "sk-x",
        "OPENAI_BASE_URL": f"{url}/v1",
        "GOOGLE_CLOUD_PROJECT": "p",
        "GOOGLE_VERTEX_BASE_URL": url,
        "STORAGE_EMULATOR_HOST": url,
    }
    connection = Connection("live", WireTransport(SHORT), OneAttempt(), environ)
    return connect(connection, profile_of(f"{service}:m")[0])


CALLS: dict[str, Callable[[Provider], Awaitable[object]]] = {
    "ask": lambda provider: provider.ask("m", "q", Sampling()),
    "poll": lambda provider: provider.read("projects/1/locations/us-central1/tuningJobs/2"),
    "look for a job": lambda provider: provider.find(SPEC),
    "upload": lambda provider: provider.create(SPEC),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("service", ["openai", "vertex"])
def test_every_call_of_both_sdks_ends(server: Server, service: str, call: str) -> None:
    async def story() -> float:
        provider = provider_at(server.url, service)
        began = time.monotonic()
        with pytest.raises(Waited):
            await asyncio.wait_for(CALLS[call](provider), 10 * LONGEST)
        took = time.monotonic() - began
        await provider.close()
        return took

    assert asyncio.run(story()) < LONGEST


def test_a_server_that_reads_nothing_does_not_hold_an_upload(deaf: Server) -> None:
    async def story() -> None:
        buckets = Buckets(WireTransport(SHORT), Credentials("t"), deaf.url)  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
        with pytest.raises(httpx2.TimeoutException):
            await asyncio.wait_for(buckets.put("b", "n", bytes(30_000_000)), 10 * LONGEST)
        await buckets.close()

    began = time.monotonic()
    asyncio.run(story())
    assert time.monotonic() - began < LONGEST


@pytest.mark.parametrize("inside_a_loop", [False, True])
def test_a_refresh_of_googles_token_ends_wherever_it_is_called(
    server: Server, *, inside_a_loop: bool
) -> None:
    credentials = bound(
        Credentials(  # pyright: ignore[reportNoUntypedCall] - as above
            None, refresh_token="r", token_uri=f"{server.url}/token", client_id="i", client_secret="s"
        ),
        SHORT,
    )

    async def story() -> None:
        credentials.refresh(None)

    began = time.monotonic()
    with pytest.raises(TransportError, match="fetching a token of Google: ReadTimeout"):
        asyncio.run(story()) if inside_a_loop else credentials.refresh(None)
    assert time.monotonic() - began < LONGEST


@pytest.mark.parametrize("call", CALLS)
def test_a_token_that_does_not_come_fails_the_attempt_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def found(**_: object) -> tuple[object, None]:
        made = Credentials(  # pyright: ignore[reportNoUntypedCall] - as above
            None, refresh_token="r", token_uri=f"{server.url}/token", client_id="i", client_secret="s"
        )
        return made, None

    monkeypatch.setattr("google.auth.default", found)
    monkeypatch.setattr("fbench.providers.google_tokens.TokenRequest.__init__.__defaults__", (SHORT,))
    monkeypatch.setattr("fbench.providers.google_tokens.bound.__defaults__", (SHORT,))
    environ = {"GOOGLE_CLOUD_PROJECT": "p"}  # no emulator, so a token is needed

    async def story() -> float:
        connection = Connection("live", WireTransport(SHORT), OneAttempt(), environ)
        provider = connect(connection, profile_of("vertex:m")[0])
        began = time.monotonic()
        with pytest.raises(Waited):
            await asyncio.wait_for(CALLS[call](provider), 10 * LONGEST)
        took = time.monotonic() - began
        await provider.close()
        return took

    assert asyncio.run(story()) < LONGEST


def test_a_call_in_time_is_answered_and_its_whole_body_read() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(HEAD)
        for _ in range(4):
            await asyncio.sleep(0.1)  # longer in all than one wait may take
            writer.write(b"1\r\nx\r\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def story() -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        times = SHORT._replace(call=20.0)
        async with server, httpx2.AsyncClient(transport=WireTransport(times), timeout=0.01) as client:
            return (await client.get(f"http://127.0.0.1:{port}")).content

    assert asyncio.run(story()) == b"xxxx", "the client's own 0.01 s do not hold"


def test_a_client_of_its_own_keeps_its_time_outs(server: Server) -> None:
    async def story() -> None:
        async with httpx2.AsyncClient(transport=WireTransport(None), timeout=0.02) as client:
            with pytest.raises(httpx2.TimeoutException):
                await client.get(server.url)

    asyncio.run(asyncio.wait_for(story(), LONGEST))


def test_the_limits_leave_time_for_a_slow_answer_and_bound_each_wait() -> None:
    assert all(0 < seconds <= TIMES.call for seconds in TIMES)
    assert TIMES.read >= 60, "a model may think before it answers"
