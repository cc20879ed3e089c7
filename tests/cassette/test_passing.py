"""What passes through a cassette: bodies while they come, failures as such, requests in their order."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

from fbench.cassette import CassetteTransport, Mode
from tests.cassette.clients import Counting, opened

ADDRESS = "https://models.test/v1/answers"
EVENTS = [b"data: one\n\n", b"data: two\n\n", b"data: three\n\n"]
STREAM = {"content-type": "text/event-stream"}
FAILURES = ["ConnectError", "ConnectTimeout", "ReadTimeout", "ReadError", "RemoteProtocolError"]


class Body(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """Pieces, and then an error if one is given; tells how many were read."""

    def __init__(self, pieces: list[bytes], error: Exception | None = None) -> None:
        self.pieces, self.error, self.read = pieces, error, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece
        if self.error is not None:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def served(body: Body, headers: dict[str, str] | None = None) -> Counting:
    return Counting(lambda _: httpx2.Response(200, headers=headers or STREAM, stream=body))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.yaml"


def pieces_until_it_fails(client: Any) -> tuple[list[bytes], str]:
    """What a client reads of a stream, and the name and text of the error at its end."""
    read: list[bytes] = []
    try:
        with client.stream("GET", ADDRESS) as answered:
            read.extend(answered.iter_raw())
    except (httpx2.TransportError, httpx.TransportError) as error:
        return read, f"{type(error).__name__}: {error}"
    return read, ""


def recorded_and_replayed(path: Path, inner: Counting, call: Callable[[Any], Any]) -> tuple[Any, Any]:
    """What a call gives while it is recorded, and what it gives from the recording."""
    cassette = opened(path, "new")
    live = call(httpx2.Client(transport=CassetteTransport(cassette, inner)))
    cassette.close()
    return live, call(httpx2.Client(transport=CassetteTransport(opened(path))))


def test_the_first_event_reaches_the_caller_before_the_second_was_sent(path: Path) -> None:
    body = Body(EVENTS)
    cassette = opened(path, "new")
    client = httpx2.Client(transport=CassetteTransport(cassette, served(body)))
    with client, client.stream("GET", ADDRESS) as answered:
        events = answered.iter_raw()
        assert (next(events), body.read) == (EVENTS[0], 1)
        assert list(events) == EVENTS[1:]
    cassette.close()
    assert httpx2.Client(transport=CassetteTransport(opened(path))).get(ADDRESS).content == b"".join(EVENTS)


def test_the_first_event_reaches_an_async_caller_before_the_second_was_sent(path: Path) -> None:
    body, cassette = Body(EVENTS), opened(path, "new")

    class Service(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, headers=STREAM, stream=body, request=request)

    async def call() -> None:
        client = httpx2.AsyncClient(transport=CassetteTransport(cassette, Service()))
        async with client, client.stream("GET", ADDRESS) as answered:
            events = answered.aiter_raw()
            assert (await anext(events), body.read) == (EVENTS[0], 1)
            assert [event async for event in events] == EVENTS[1:]

    asyncio.run(call())
    cassette.close()
    assert pieces_until_it_fails(httpx2.Client(transport=CassetteTransport(opened(path)))) == (EVENTS, "")


@pytest.mark.parametrize("name", FAILURES)
def test_a_stream_that_was_cut_is_cut_at_the_same_place_when_it_is_replayed(path: Path, name: str) -> None:
    cut = getattr(httpx2, name)("cut off")
    live, again = recorded_and_replayed(path, served(Body(EVENTS[:2], cut)), pieces_until_it_fails)
    assert live == again == (EVENTS[:2], f"{name}: cut off")


@pytest.mark.parametrize("name", FAILURES)
def test_a_call_without_an_answer_fails_in_the_same_way_when_it_is_replayed(path: Path, name: str) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise getattr(httpx2, name)("nobody there", request=request)

    live, again = recorded_and_replayed(path, Counting(refuse), pieces_until_it_fails)
    assert live == again == ([], f"{name}: nobody there")


def test_what_had_come_of_a_compressed_body_that_was_cut_is_replayed(path: Path) -> None:
    whole = gzip.compress(b"It was opened in the year 1851, on the first of May.")
    cut = Body([whole[:-16]], httpx2.ReadError("cut off"))
    inner = served(cut, {"content-type": "text/plain", "content-encoding": "gzip"})

    def call(client: httpx2.Client) -> tuple[bytes, str]:
        read: list[bytes] = []
        with pytest.raises(httpx2.ReadError) as failed, client.stream("GET", ADDRESS) as answered:
            read.extend(answered.iter_bytes())
        return b"".join(read), str(failed.value)

    live, again = recorded_and_replayed(path, inner, call)
    assert live == again
    assert again[0].startswith(b"It was opened in the")


def test_a_body_that_the_caller_did_not_read_to_its_end_says_so_beyond_it(path: Path) -> None:
    def first_event(client: httpx2.Client) -> bytes:
        with client.stream("GET", ADDRESS) as answered:
            return next(answered.iter_raw())

    assert recorded_and_replayed(path, served(Body(EVENTS)), first_event) == (EVENTS[0], EVENTS[0])
    read, error = pieces_until_it_fails(httpx2.Client(transport=CassetteTransport(opened(path))))
    assert read == EVENTS[:1]
    assert "the client that was recorded read no more" in error


def test_a_secret_in_the_message_of_a_failure_is_not_recorded(path: Path) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route to https://ann:hunter2secret@models.test", request=request)

    recorded_and_replayed(path, Counting(refuse), pieces_until_it_fails)
    assert "hunter2secret" not in path.read_text(encoding="utf-8")


def test_equal_requests_in_flight_together_keep_the_order_in_which_they_were_asked(path: Path) -> None:
    async def ask(inner: httpx2.AsyncBaseTransport | None) -> list[str]:
        transport = CassetteTransport(cassette, inner)
        async with httpx2.AsyncClient(transport=transport) as client:
            answers = await asyncio.gather(*(client.get(ADDRESS) for _ in range(5)))
        return [answer.text for answer in answers]

    class Slower(httpx2.AsyncBaseTransport):
        """Answers the first request last."""

        def __init__(self) -> None:
            self.count = 0

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            self.count += 1
            text = f"answer {self.count}"
            for _ in range(40 - 7 * self.count):
                await asyncio.sleep(0)
            return httpx2.Response(200, text=text, request=request)

    cassette = opened(path, "new")
    live = asyncio.run(ask(Slower()))
    assert live == [f"answer {number}" for number in range(1, 6)]
    cassette.release()  # as after a crash
    cassette = opened(path)
    assert asyncio.run(ask(None)) == live
    cassette.close()
    cassette = opened(path, "new")
    cassette.close()
    assert "asked:" not in path.read_text(encoding="utf-8")
    cassette = opened(path)
    assert asyncio.run(ask(None)) == live


def test_clients_of_the_older_httpx_record_and_replay_too(path: Path) -> None:
    def call(client: httpx.Client) -> tuple[int, str, str]:
        answered = client.post(ADDRESS, json={"prompt": "How long?"})
        return answered.status_code, answered.headers["x-request-id"], answered.text

    def service(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(201, headers={"x-request-id": "r1"}, text=f"said {request.content.decode()}")

    cassette = opened(path, "new")
    with httpx.Client(transport=CassetteTransport(cassette, Counting(service))) as client:  # type: ignore[arg-type] - alike
        live = call(client)
    cassette.close()
    with httpx.Client(transport=CassetteTransport(opened(path))) as client:  # type: ignore[arg-type] - alike
        assert call(client) == live == (201, "r1", 'said {"prompt":"How long?"}')


def test_an_inner_transport_may_be_one_of_the_older_httpx(path: Path) -> None:
    inner = httpx.MockTransport(lambda request: httpx.Response(200, text=request.headers["x-asked"]))

    async def call(cassette: Any, inner: object = None) -> str:
        async with httpx.AsyncClient(transport=CassetteTransport(cassette, inner)) as client:  # type: ignore[arg-type] - alike
            return (await client.get(ADDRESS, headers={"x-asked": "once"})).text

    cassette = opened(path, "new")
    assert asyncio.run(call(cassette, inner)) == "once"
    cassette.close()
    assert asyncio.run(call(opened(path))) == "once"
    with httpx2.Client(transport=CassetteTransport(opened(path, "all"), inner)) as client:
        assert client.get(ADDRESS, headers={"x-asked": "again"}).text == "again"


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_reaches_a_client_of_the_older_httpx_as_its_own_error(path: Path, name: str) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise getattr(httpx2, name)("nobody there", request=request)

    modes: list[tuple[Mode, Counting | None]] = [("new", Counting(refuse)), ("none", None)]
    for mode, inner in modes:
        cassette = opened(path, mode)
        with pytest.raises(getattr(httpx, name), match="nobody there"):
            httpx.Client(transport=CassetteTransport(cassette, inner)).get(ADDRESS)  # type: ignore[arg-type] - alike
        cassette.close()


def test_a_sync_client_over_an_async_transport_is_told_so(path: Path) -> None:
    cassette = opened(path, "new")
    client = httpx2.Client(transport=CassetteTransport(cassette, httpx2.AsyncHTTPTransport()))
    with pytest.raises(
        TypeError, match=r"client is sync, and its inner transport, AsyncHTTPTransport, is async"
    ):
        client.get(ADDRESS)


def test_an_async_client_over_a_sync_transport_is_told_so(path: Path) -> None:
    cassette = opened(path, "new")

    async def call() -> None:
        async with httpx2.AsyncClient(transport=CassetteTransport(cassette, Counting())) as client:
            await client.get(ADDRESS)

    with pytest.raises(TypeError, match="client is async, and its inner transport, Counting, is sync"):
        asyncio.run(call())


def test_a_recording_transport_without_an_inner_one_is_told_so(path: Path) -> None:
    client = httpx2.Client(transport=CassetteTransport(opened(path, "new")))
    with pytest.raises(TypeError, match="there is no inner transport to send it"):
        client.get(ADDRESS)
