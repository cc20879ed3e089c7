"""Each client that `intercept` serves: what it gets, and the errors that it raises."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import google.auth.transport.requests
import httpx
import httpx2
import pytest
import requests
import respx
import urllib3
import vcr  # pyright: ignore[reportMissingTypeStubs] - vcrpy has no types
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.oauth2 import credentials, service_account

from fakes import World, intercept
from fakes.failures import Fault, FaultKind
from fakes.learners.scripted import ScriptedLearner
from tests.fakes.clients import BASE, KEY

URL = "https://api.openai.com/v1/chat/completions"
FILES = "https://api.openai.com/v1/files"
ELSEWHERE = "https://example.org/x"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No real server is within reach, not even by mistake."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def asked(text: str = "hi", **more: object) -> dict[str, Any]:
    return {"model": BASE, "messages": [{"role": "user", "content": text}], **more}


def upper(*faults: Fault) -> World:
    return World(learner=ScriptedLearner(str.upper), faults=faults)


def said(answer: Any) -> str:
    return answer["choices"][0]["message"]["content"]


Ask = Callable[..., tuple[int, bytes]]


def by_httpx2(method: str, url: str, *, timeout: float | None = 5, **more: Any) -> tuple[int, bytes]:
    with httpx2.Client(headers=KEY, timeout=timeout) as client:
        answer = client.request(method, url, **more)
        return answer.status_code, answer.content


def by_httpx2_async(method: str, url: str, *, timeout: float | None = 5, **more: Any) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        async with httpx2.AsyncClient(headers=KEY, timeout=timeout) as client:
            answer = await client.request(method, url, **more)
            return answer.status_code, answer.content

    return asyncio.run(ask())


def by_httpx(method: str, url: str, *, timeout: float | None = 5, **more: Any) -> tuple[int, bytes]:
    with httpx.Client(headers=KEY, timeout=timeout) as client:
        answer = client.request(method, url, **more)
        return answer.status_code, answer.content


def by_httpx_async(method: str, url: str, *, timeout: float | None = 5, **more: Any) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        async with httpx.AsyncClient(headers=KEY, timeout=timeout) as client:
            answer = await client.request(method, url, **more)
            return answer.status_code, answer.content

    return asyncio.run(ask())


def by_requests(method: str, url: str, *, timeout: float | None = 5, **more: Any) -> tuple[int, bytes]:
    with requests.Session() as session:
        answer = session.request(method, url, headers=KEY, timeout=timeout, **more)
        return answer.status_code, answer.content


def by_urllib3(method: str, url: str, *, timeout: float | None = 5, **more: Any) -> tuple[int, bytes]:
    with urllib3.PoolManager(headers=KEY, retries=False) as pool:
        if "data" in more:
            more["body"] = more.pop("data")
        answer = pool.request(method, url, timeout=timeout, **more)
        return answer.status, answer.data


def by_aiohttp(method: str, url: str, *, timeout: float | None = 5, **more: Any) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        limit = aiohttp.ClientTimeout(sock_read=timeout)
        async with (
            aiohttp.ClientSession(headers=KEY, timeout=limit) as session,
            session.request(method, url, **more) as answer,
        ):
            return answer.status, await answer.read()

    return asyncio.run(ask())


CLIENTS = [by_httpx2, by_httpx2_async, by_httpx, by_httpx_async, by_requests, by_urllib3, by_aiohttp]


@pytest.fixture(params=CLIENTS, ids=lambda client: client.__name__.removeprefix("by_"))
def ask(request: pytest.FixtureRequest) -> Ask:
    return request.param


def test_a_call_is_answered(ask: Ask) -> None:
    with intercept(upper()):
        status, body = ask("POST", URL, json=asked())
    assert (status, said(json.loads(body))) == (200, "HI")


def test_an_error_of_the_service_is_answered_with_its_status(ask: Ask) -> None:
    with intercept(upper()):
        status, body = ask("GET", "https://api.openai.com/v1/files/file-absent")
        assert status == 404
        assert json.loads(body)["error"]["message"]
        status, body = ask("POST", "https://storage.googleapis.com/upload/storage/v1/b/b/o?uploadType=x")
    assert status >= 400


def test_an_answer_without_a_body_leaves_the_client_usable(ask: Ask) -> None:
    with intercept(upper()) as world:
        world.route(path="/empty").respond(204)
        world.route(method="HEAD", path="/head").respond(200, headers={"content-length": "7"})
        assert ask("GET", "https://example.org/empty") == (204, b"")
        assert ask("HEAD", "https://example.org/head") == (200, b"")
        assert ask("POST", URL, json=asked())[0] == 200


def test_what_is_encoded_in_a_url_stays_encoded(ask: Ask) -> None:
    with intercept(upper()) as world:
        route = world.route(host="example.org").respond(200)
        ask("GET", "https://example.org/b/a%2Fb%20c?x=1%2B2&y=%C3%A9")
    assert route.calls.last.request.url.raw_path == b"/b/a%2Fb%20c?x=1%2B2&y=%C3%A9"


def test_a_url_in_a_query_is_no_place(ask: Ask) -> None:
    with intercept(upper()) as world:
        route = world.route(host="example.org").respond(200)
        assert ask("GET", "https://example.org/x?next=https://other.example/y") == (200, b"")
    assert route.calls.last.request.url.raw_path == b"/x?next=https://other.example/y"


@pytest.mark.parametrize("base", ["http://[::1]:8080/v1", "http://[::1]/v1", "https://fakes.test/v1"])
def test_a_service_may_stand_at_any_address(ask: Ask, base: str) -> None:
    with intercept(upper(), at={base: "openai"}):
        assert ask("POST", f"{base}/chat/completions", json=asked())[0] == 200


def test_an_odd_status_and_an_empty_piece_of_a_stream_come_through(ask: Ask) -> None:
    with intercept(upper()) as world:
        world.route(path="/odd").respond(599, content=b"odd")
        world.route(path="/pieces").respond(content=iter([b"a", b"", b"b"]))
        assert ask("GET", "https://example.org/odd") == (599, b"odd")
        assert ask("GET", "https://example.org/pieces") == (200, b"ab")


def test_what_no_server_could_read_is_an_error_of_the_client() -> None:
    with (
        intercept(upper()),
        urllib3.PoolManager() as pool,
        pytest.raises(urllib3.exceptions.ProtocolError, match="llegal header"),
    ):
        pool.request("GET", FILES, headers={"x": "a\x0bb"}, retries=False)


def test_a_port_is_part_of_the_place(ask: Ask) -> None:
    with intercept(upper(), at={"http://localhost:8080/v1": "openai"}):
        assert ask("POST", "http://localhost:8080/v1/chat/completions", json=asked())[0] == 200
        assert ask("POST", "https://api.openai.com:443/v1/chat/completions", json=asked())[0] == 200
        with pytest.raises(Exception, match=r"No fake service at localhost:8081/v1") as caught:
            ask("POST", "http://localhost:8081/v1/chat/completions", json=asked())
    assert type(caught.value).__name__.endswith(("ConnectError", "ConnectionError", "ConnectorError"))


def test_a_redirect_is_followed_into_the_world() -> None:
    there = "https://api.openai.com/there"
    with intercept(upper()) as world, urllib3.PoolManager(headers=KEY) as pool:
        world.route(path="/there").respond(307, headers={"location": URL})
        for ask in (by_requests, by_aiohttp):
            assert ask("POST", there, json=asked())[0] == 200
        assert pool.request("POST", there, json=asked()).status == 200


@pytest.mark.parametrize("chunk", [1, 1 << 17])
def test_a_body_that_is_sent_in_pieces_arrives_whole(chunk: int) -> None:
    whole = json.dumps(asked("long " * 20_000)).encode()
    whole = whole if chunk > 1 else json.dumps(asked()).encode()
    pieces = [whole[start : start + chunk] for start in range(0, len(whole), chunk)]

    async def later() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    with intercept(upper()):
        found = [
            by_httpx2("POST", URL, content=iter(pieces)),
            by_httpx2_async("POST", URL, content=later()),
            by_httpx("POST", URL, content=iter(pieces)),
            by_httpx_async("POST", URL, content=later()),
            by_requests("POST", URL, data=iter(pieces)),
            by_requests("POST", URL, data=io.BytesIO(whole)),
            by_urllib3("POST", URL, data=iter(pieces)),
            by_aiohttp("POST", URL, data=later()),
            by_aiohttp("POST", URL, data=io.BytesIO(whole)),
            by_aiohttp("POST", URL, data=whole, expect100=True),
        ]
    assert [status for status, _ in found] == [200] * len(found), found


def test_a_large_file_goes_up_and_comes_down_unchanged(ask: Ask) -> None:
    content = bytes(range(256)) * 4096
    place = "https://storage.googleapis.com/upload/storage/v1/b/b/o?uploadType=media&name=x"
    with intercept(upper()):
        upload = {"content": content} if ask.__name__.startswith("by_httpx") else {"data": content}
        assert ask("POST", place, **upload)[0] == 200
        assert ask("GET", "https://storage.googleapis.com/storage/v1/b/b/o/x?alt=media") == (200, content)


class TestStreams:
    @staticmethod
    def events(made: list[bytes]) -> Iterator[bytes]:
        for number in range(3):
            made.append(b"made")
            yield b"data: %d\n\n" % number

    def test_each_client_reads_a_stream_piece_by_piece(self) -> None:
        made: list[bytes] = []
        read: dict[str, list[tuple[bytes, int]]] = {}
        with intercept(upper()) as world:
            route = world.route(path="/s")

            def stream() -> None:
                made.clear()
                route.respond(content=self.events(made), content_type="text/event-stream")

            stream()
            with httpx.Client() as client, client.stream("GET", "https://example.org/s") as answer:
                read["httpx"] = [(piece, len(made)) for piece in answer.iter_raw()]
            stream()
            with requests.get("https://example.org/s", stream=True, timeout=5) as answer:
                read["requests"] = [(piece, len(made)) for piece in answer.iter_content(None)]
            stream()
            with urllib3.PoolManager() as pool:
                answer = pool.request("GET", "https://example.org/s", preload_content=False)
                read["urllib3"] = [(piece, len(made)) for piece in answer.stream()]
            stream()
        expected = [(b"data: %d\n\n" % number, number + 1) for number in range(3)]
        assert read == dict.fromkeys(("httpx", "requests", "urllib3"), expected)

    def test_aiohttp_reads_a_stream_event_by_event(self) -> None:
        async def ask() -> list[bytes]:
            async with (
                aiohttp.ClientSession(headers=KEY) as session,
                session.post(URL, json=asked("one two", stream=True)) as answer,
            ):
                return [line async for line in answer.content if line.startswith(b"data: {")]

        with intercept(upper()):
            lines = asyncio.run(ask())
        deltas = [json.loads(line[6:])["choices"][0]["delta"].get("content", "") for line in lines]
        assert "".join(deltas) == "ONE TWO"
        assert len(lines) == 4

    def test_aiohttp_is_not_sent_more_than_it_reads(self) -> None:
        made: list[int] = []

        def large() -> Iterator[bytes]:
            for number in range(1000):
                made.append(number)
                yield b"x" * 10_000

        async def ask() -> int:
            async with aiohttp.ClientSession() as session, session.get("https://example.org/s") as answer:
                await asyncio.sleep(0.05)
                before = len(made)
                assert len(await answer.read()) == 10_000_000
                return before

        with intercept(upper()) as world:
            world.route(path="/s").respond(content=large())
            assert asyncio.run(ask()) < 500

    def test_a_stream_outlives_its_block(self) -> None:
        with intercept(upper()):
            answer = requests.post(
                URL, json=asked("one two", stream=True), headers=KEY, stream=True, timeout=5
            )
        assert answer.content.endswith(b"data: [DONE]\n\n")


ERRORS: dict[FaultKind, dict[str, type[Exception]]] = {
    FaultKind.REFUSED: {
        "httpx2": httpx2.ConnectError,
        "httpx": httpx.ConnectError,
        "requests": requests.ConnectionError,
        "urllib3": urllib3.exceptions.NewConnectionError,
        "aiohttp": aiohttp.ClientConnectorError,
    },
    FaultKind.RESET: {
        "httpx2": httpx2.ReadError,
        "httpx": httpx.ReadError,
        "requests": requests.ConnectionError,
        "urllib3": urllib3.exceptions.ProtocolError,
        "aiohttp": aiohttp.ClientOSError,
    },
    FaultKind.TIMEOUT: {
        "httpx2": httpx2.ReadTimeout,
        "httpx": httpx.ReadTimeout,
        "requests": requests.ReadTimeout,
        "urllib3": urllib3.exceptions.ReadTimeoutError,
        "aiohttp": aiohttp.ServerTimeoutError,
    },
    FaultKind.TRUNCATED: {
        "httpx2": httpx2.RemoteProtocolError,
        "httpx": httpx.RemoteProtocolError,
        "requests": requests.exceptions.ChunkedEncodingError,
        "urllib3": urllib3.exceptions.ProtocolError,
        "aiohttp": aiohttp.ClientPayloadError,
    },
}
ERRORS[FaultKind.LOST] = ERRORS[FaultKind.RESET]
ERRORS[FaultKind.SLOW] = ERRORS[FaultKind.TIMEOUT]


def name_of(ask: Ask) -> str:
    return ask.__name__.removeprefix("by_").removesuffix("_async")


@pytest.mark.parametrize("kind", list(ERRORS))
@pytest.mark.parametrize("stream", [False, True])
def test_a_fault_reaches_the_caller_as_the_clients_own_error(
    ask: Ask, kind: FaultKind, *, stream: bool
) -> None:
    with intercept(upper(Fault(kind, seconds=9).at(1))):
        with pytest.raises(ERRORS[kind][name_of(ask)]):
            ask("POST", URL, json=asked("one two", stream=stream))
        assert ask("POST", URL, json=asked("one two", stream=stream))[0] == 200


def test_a_place_where_nobody_is_is_an_unreachable_host(ask: Ask) -> None:
    with (
        intercept(upper()),
        pytest.raises(ERRORS[FaultKind.REFUSED][name_of(ask)], match=r"No fake service at example\.org/x; "),
    ):
        ask("GET", ELSEWHERE)


NAMED: dict[str, dict[str, type[Exception]]] = {
    "ConnectTimeout": {
        "requests": requests.ConnectTimeout,
        "urllib3": urllib3.exceptions.ConnectTimeoutError,
        "aiohttp": aiohttp.ConnectionTimeoutError,
    },
    "PoolTimeout": {
        "requests": requests.ConnectTimeout,
        "urllib3": urllib3.exceptions.ConnectTimeoutError,
        "aiohttp": aiohttp.ConnectionTimeoutError,
    },
    "ReadTimeout": ERRORS[FaultKind.TIMEOUT],
    "WriteError": ERRORS[FaultKind.RESET],
    "ConnectError": ERRORS[FaultKind.REFUSED],
    "RemoteProtocolError": {
        "requests": requests.ConnectionError,
        "urllib3": urllib3.exceptions.ProtocolError,
        "aiohttp": aiohttp.ServerDisconnectedError,
    },
}


@pytest.mark.parametrize("name", list(NAMED))
def test_an_error_that_a_route_names_is_translated_for_each_client(ask: Ask, name: str) -> None:
    client = name_of(ask)
    own = {"httpx": httpx, "httpx2": httpx2}.get(client)
    expected = getattr(own, name) if own else NAMED[name][client]
    with intercept(upper()) as world:
        world.route(path="/x").mock(side_effect=getattr(httpx2, name))
        with pytest.raises(expected):
            ask("POST", ELSEWHERE)


def test_a_mistake_in_a_route_is_raised_as_it_is(ask: Ask) -> None:
    with intercept(upper()) as world:
        world.route(path="/x").mock(side_effect=ZeroDivisionError("mine"))
        with pytest.raises(ZeroDivisionError, match="mine"):
            ask("GET", ELSEWHERE)


def test_a_slow_answer_in_time_is_an_answer(ask: Ask) -> None:
    with intercept(upper(Fault(FaultKind.SLOW, seconds=3))):
        assert ask("POST", URL, json=asked(), timeout=4)[0] == 200
        assert ask("POST", URL, json=asked(), timeout=None)[0] == 200


def test_retries_of_urllib3_are_its_own() -> None:
    faults = Fault(status=503).at(1), Fault(FaultKind.RESET).at(2)
    with intercept(upper(*faults)), urllib3.PoolManager(headers=KEY) as pool:
        retry = urllib3.Retry(3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
        assert pool.request("POST", URL, json=asked(), retries=retry).status == 200


def test_cookies_of_a_route_are_kept_by_the_clients_own_jar() -> None:
    async def ask() -> str:
        async with aiohttp.ClientSession() as session:
            async with session.get("https://example.org/set"):
                pass
            async with session.get("https://example.org/set"):
                return str(route.calls.last.request.headers["cookie"])

    with intercept(upper()) as world, requests.Session() as session:
        route = world.route(path="/set").respond(200, headers={"set-cookie": "a=1"})
        session.get("https://example.org/set", timeout=5)
        session.get("https://example.org/set", timeout=5)
        assert route.calls.last.request.headers["cookie"] == "a=1"
        assert asyncio.run(ask()) == "a=1"


@pytest.mark.parametrize("proxy", ["http://proxy.example:3128", "https://proxy.example"])
def test_a_proxy_is_not_asked(proxy: str) -> None:
    async def ask() -> int:
        async with (
            aiohttp.ClientSession(headers=KEY) as session,
            session.post(URL, json=asked(), proxy=proxy) as answer,
        ):
            return answer.status

    with intercept(upper()) as world:
        plain = world.route(host="plain.example").respond(200)
        proxies = {"https": proxy, "http": proxy}
        with requests.Session() as session:
            assert session.post(URL, json=asked(), headers=KEY, proxies=proxies, timeout=5).status_code == 200
            assert session.get("http://plain.example/x", proxies=proxies, timeout=5).status_code == 200
        assert str(plain.calls.last.request.url) == "http://plain.example/x"
        with httpx.Client(proxy=proxy, headers=KEY) as client:
            assert client.post(URL, json=asked()).status_code == 200
        with httpx2.Client(proxy=proxy, headers=KEY) as client2:
            assert client2.post(URL, json=asked()).status_code == 200
        assert asyncio.run(ask()) == 200


class TestGoogleAuth:
    """Credentials that a program has are refreshed without a server."""

    def test_an_authorized_user(self) -> None:
        own: Any = credentials.Credentials(
            None,
            refresh_token="secret",
            token_uri="https://oauth2.googleapis.com/token",
            client_id="c",
            client_secret="s",
        )
        with intercept(upper()):
            own.refresh(google.auth.transport.requests.Request())
        assert (own.token, own.valid) == ("fake", True)

    @pytest.mark.parametrize(
        "uri", ["https://oauth2.googleapis.com/token", "https://oauth2.mtls.googleapis.com/token"]
    )
    def test_a_service_account(self, uri: str) -> None:
        own = _service_account(uri)
        with intercept(upper()):
            session: Any = google.auth.transport.requests.AuthorizedSession(own)
            answer = session.get("https://storage.googleapis.com/storage/v1/b/none/o")
            assert answer.request.headers["authorization"] == "Bearer fake"
        assert own.token == "fake"

    def test_the_metadata_server(self) -> None:
        compute: Any = pytest.importorskip("google.auth.compute_engine")
        own = compute.Credentials()
        with intercept(upper()):
            own.refresh(google.auth.transport.requests.Request())
        assert own.token == "fake"
        assert own.service_account_email.endswith("@fakes.iam.gserviceaccount.com")

    def test_an_impersonated_account(self) -> None:
        impersonated: Any = pytest.importorskip("google.auth.impersonated_credentials")
        own = impersonated.Credentials(
            credentials.Credentials("given"),
            "x@y.iam.gserviceaccount.com",
            ["https://www.googleapis.com/auth/cloud-platform"],
        )
        with intercept(upper()):
            own.refresh(google.auth.transport.requests.Request())
        assert own.token == "fake"

    def test_a_token_that_a_route_of_the_users_gives_comes_first(self) -> None:
        own: Any = credentials.Credentials(
            None,
            refresh_token="r",
            token_uri="https://oauth2.googleapis.com/token",
            client_id="c",
            client_secret="s",
        )
        with intercept(upper()) as world:
            world.route(host="oauth2.googleapis.com").respond(json={"access_token": "mine", "expires_in": 60})
            own.refresh(google.auth.transport.requests.Request())
        assert own.token == "mine"


def _service_account(uri: str) -> Any:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account: Any = service_account.Credentials
    info = {"client_email": "a@p.iam.gserviceaccount.com", "token_uri": uri, "private_key": pem.decode()}
    return account.from_service_account_info(info, scopes=["https://www.googleapis.com/auth/cloud-platform"])


class TestOtherMocks:
    """What other tools put over a client has the first word, and leaves nothing behind."""

    @pytest.mark.parametrize("client", [by_httpx2, by_httpx, by_requests, by_urllib3, by_aiohttp])
    def test_vcrpy_records_a_world_and_plays_it_in_a_block_and_without(
        self, client: Ask, tmp_path: Path
    ) -> None:
        stock: Any = vcr.VCR  # pyright: ignore[reportUnknownMemberType] - vcrpy has no types
        tape = str(tmp_path / "tape.yaml")
        with intercept(upper()), stock().use_cassette(tape):
            first = client("POST", URL, json=asked())
        with stock(record_mode="none").use_cassette(tape):
            assert client("POST", URL, json=asked()) == first
        with (
            intercept(World(learner=ScriptedLearner(str.lower))),
            stock(record_mode="none").use_cassette(tape),
        ):
            assert client("POST", URL, json=asked()) == first

    def test_respx_inside_a_block_answers_first(self) -> None:
        with intercept(upper()):
            with respx.mock() as mock:
                mock.post(URL).respond(418)
                assert by_httpx("POST", URL, json=asked())[0] == 418
            assert by_httpx("POST", URL, json=asked())[0] == 200

    def test_a_block_inside_respx_answers_first_and_is_gone_after_it(self) -> None:
        with respx.mock() as mock:
            mock.post(URL).respond(418)
            for _ in range(2):
                with intercept(upper()):
                    assert by_httpx("POST", URL, json=asked())[0] == 200
                assert by_httpx("POST", URL, json=asked())[0] == 418

    def test_a_plain_mock_of_a_method_takes_what_a_mock_takes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        mock = Mock(side_effect=ZeroDivisionError)
        monkeypatch.setattr("httpcore2.ConnectionPool.handle_request", mock)
        with intercept(upper()):
            assert by_httpx2("POST", URL, json=asked())[0] == 200
        with pytest.raises(ZeroDivisionError):
            by_httpx2("POST", URL, json=asked())
        assert len(mock.call_args.args) == 1


LATE = """
import sys
from fakes import World, intercept
from fakes.learners.scripted import ScriptedLearner

loaded = {"requests", "urllib3", "aiohttp", "httpcore", "google.auth"} & set(sys.modules)
assert not loaded, loaded
URL = "https://api.openai.com/v1/chat/completions"
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
KEY = {"authorization": "Bearer k"}
with intercept(World(learner=ScriptedLearner(str.upper))):
    import asyncio, aiohttp, google.auth, httpx, requests, urllib3
    from google.auth import default
    print(requests.post(URL, json=ASKED, headers=KEY).status_code)
    print(urllib3.request("POST", URL, json=ASKED, headers=KEY).status)
    print(httpx.post(URL, json=ASKED, headers=KEY).status_code)
    async def ask():
        async with aiohttp.ClientSession() as session:
            async with session.post(URL, json=ASKED, headers=KEY) as answer:
                print(answer.status)
    asyncio.run(ask())
    print(default()[1])
print(type(requests.__spec__.loader).__name__, type(requests.__loader__).__name__)
"""


def test_clients_that_are_imported_in_a_block_are_served() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "200",
        "200",
        "200",
        "200",
        "fakes",
        "SourceFileLoader",
        "SourceFileLoader",
    ]
