"""Clients that an application makes itself, served by a cassette; and the settings of cassettes."""

from __future__ import annotations

import asyncio
import socket
import threading
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from fbench.cassette import CassetteWarning
from fbench.errors import CassetteError, CassetteMiss
from fbench.testing import use_cassette


class Service(BaseHTTPRequestHandler):
    """Says how often it was asked; streams three events at /events, and cuts the body off at /cut."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        Service.asked += 1
        content = f"{self.path} {body} {Service.asked}".encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.send_header("anthropic-ratelimit-requests-remaining", "7")
        self.send_header("x-own", "mine")
        self.send_header("content-length", str(len(content) + 9 * (self.path == "/cut")))
        self.end_headers()
        self.wfile.write(content)
        if self.path == "/cut":
            self.close_connection = True

    do_GET = do_HEAD = do_POST  # noqa: N815 - http.server calls them so

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    Service.asked = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.yaml"


def by_httpx2(url: str) -> str:
    return httpx2.post(url, content="hello").text


def by_httpx(url: str) -> str:
    return httpx.post(url, content="hello").text


def by_requests(url: str) -> str:
    return requests.post(url, data="hello", timeout=5).text


def by_urllib3(url: str) -> str:
    return urllib3.PoolManager().request("POST", url, body="hello").data.decode()


async def _by_async_httpx2(url: str) -> str:
    async with httpx2.AsyncClient() as client:
        return (await client.post(url, content="hello")).text


async def _by_async_httpx(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.post(url, content="hello")).text


async def _by_aiohttp(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.post(url, data="hello") as answered:
        return await answered.text()


def _run(call: Callable[[str], Awaitable[str]]) -> Callable[[str], str]:
    async def awaited(url: str) -> str:
        return await call(url)

    return lambda url: asyncio.run(awaited(url))


CLIENTS = {
    "httpx2": by_httpx2,
    "httpx": by_httpx,
    "requests": by_requests,
    "urllib3": by_urllib3,
    "async httpx2": _run(_by_async_httpx2),
    "async httpx": _run(_by_async_httpx),
    "aiohttp": _run(_by_aiohttp),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_that_the_application_makes_is_recorded_and_replayed(
    name: str, service: str, path: Path
) -> None:
    call = CLIENTS[name]
    with use_cassette(path, mode="new"):
        live = [call(f"{service}/chat"), call(f"{service}/chat")]
    with use_cassette(path):
        assert [call(f"{service}/chat"), call(f"{service}/chat")] == live
    assert (live, Service.asked) == (["/chat hello 1", "/chat hello 2"], 2)


@pytest.mark.parametrize("name", CLIENTS)
def test_what_one_client_recorded_is_replayed_to_every_other(name: str, service: str, path: Path) -> None:
    with use_cassette(path, mode="new"):
        live = CLIENTS[name](f"{service}/chat")
    for call in (by_httpx2, by_requests, CLIENTS["aiohttp"], CLIENTS["async httpx"]):
        with use_cassette(path, match_on=["method", "uri"]):
            assert call(f"{service}/chat") == live


def status_by_either(package: Any, url: str) -> int:
    with package.Client() as client, client.stream("GET", url) as answered:
        return answered.status_code


def status_by_requests(url: str) -> int:
    with requests.get(url, stream=True, timeout=5) as answered:
        return answered.status_code


def status_by_urllib3(url: str) -> int:
    answered = urllib3.PoolManager().request("GET", url, preload_content=False)
    answered.close()
    return answered.status


async def _status_by_either(package: Any, url: str) -> int:
    async with package.AsyncClient() as client, client.stream("GET", url) as answered:
        return answered.status_code


async def _status_by_aiohttp(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answered:
        return answered.status


STATUSES: dict[str, Callable[[str], int]] = {
    "httpx2": partial(status_by_either, httpx2),
    "httpx": partial(status_by_either, httpx),
    "requests": status_by_requests,
    "urllib3": status_by_urllib3,
    "async httpx2": lambda url: asyncio.run(_status_by_either(httpx2, url)),
    "async httpx": lambda url: asyncio.run(_status_by_either(httpx, url)),
    "aiohttp": lambda url: asyncio.run(_status_by_aiohttp(url)),
}


@pytest.mark.parametrize("name", STATUSES)
def test_an_answer_of_which_nobody_reads_the_body_is_recorded(name: str, service: str, path: Path) -> None:
    for mode in ("new", "none"):
        with use_cassette(path, mode=mode, partly_used=False):
            assert STATUSES[name](f"{service}/chat") == 200
    assert Service.asked == 1


@pytest.mark.parametrize("name", CLIENTS)
def test_a_body_that_the_service_cut_off_fails_again(name: str, service: str, path: Path) -> None:
    kinds: list[type[BaseException]] = []
    for mode in ("new", "none"):
        with use_cassette(path, mode=mode), pytest.raises(Exception) as failed:  # noqa: PT011 - of any client
            CLIENTS[name](f"{service}/cut")
        kinds.append(failed.type)
    assert kinds[0] is kinds[1]
    assert Service.asked == 1


@pytest.mark.parametrize("name", CLIENTS)
def test_a_refused_connection_is_refused_again(name: str, path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{free.getsockname()[1]}/"
    kinds: list[type[BaseException]] = []
    for mode in ("new", "none"):
        with use_cassette(path, mode=mode), pytest.raises(Exception) as failed:  # noqa: PT011 - of any client
            CLIENTS[name](place)
        kinds.append(failed.type)
    assert kinds[0] is kinds[1]


def test_a_request_that_was_not_recorded_is_a_miss_that_names_the_difference(
    service: str, path: Path
) -> None:
    with use_cassette(path, mode="new"):
        requests.post(f"{service}/chat", json={"prompt": "one"}, timeout=5)
    with use_cassette(path), pytest.raises(CassetteMiss, match='prompt was "one" and is "two"'):
        requests.post(f"{service}/chat", json={"prompt": "two"}, timeout=5)
    assert Service.asked == 1


def test_nothing_reaches_the_network_beside_an_open_cassette(service: str, path: Path) -> None:
    with use_cassette(path, mode="new"), pytest.raises(OSError, match="nothing was sent"):
        urllib.request.urlopen(service, timeout=5)  # noqa: S310 - to this machine
    with use_cassette(path, allow=[service.removeprefix("http://")]):
        urllib.request.urlopen(service, timeout=5).close()  # noqa: S310 - to this machine
    assert Service.asked == 1


def test_a_block_that_ends_in_an_error_leaves_the_recording_as_it_was(service: str, path: Path) -> None:
    with use_cassette(path, mode="new"):
        by_httpx2(f"{service}/good")
    before = path.read_bytes()
    for mode in ("all", "new"):
        with pytest.raises(AssertionError), use_cassette(path, mode=mode):
            assert by_httpx2(f"{service}/torn") == "another answer"
        assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == {path.name, ".gitattributes"}


def test_a_recording_that_was_killed_midway_is_no_part_of_the_next_one(service: str, path: Path) -> None:
    killed = use_cassette(path, mode="new")
    killed.__enter__().cassette.release()
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(b"torn")
    killed.__exit__(None, None, None)
    with use_cassette(path, mode="new"):
        by_httpx2(f"{service}/good")
    with use_cassette(path):
        assert by_httpx2(f"{service}/good") == "/good hello 1"
    assert not part.exists()


@pytest.mark.parametrize("mode", ["new", "all"])
def test_a_recording_that_goes_on_elsewhere_is_left_alone(service: str, path: Path, mode: str) -> None:
    with use_cassette(path, mode="new"):
        by_httpx2(f"{service}/first")
    with use_cassette(path, mode=mode):
        by_httpx2(f"{service}/second")
        with use_cassette(path, mode="new"):
            by_httpx2(f"{service}/first")
        with pytest.raises(CassetteError, match="is recording there"), use_cassette(path, mode="all"):
            by_httpx2(f"{service}/third")
        by_httpx2(f"{service}/fourth")
    with use_cassette(path):
        assert by_httpx2(f"{service}/second").startswith("/second")
        assert by_httpx2(f"{service}/fourth").startswith("/fourth")


def test_where_nothing_can_be_written_an_error_says_so(service: str, path: Path) -> None:
    path.write_bytes(b"")
    with (
        pytest.raises(CassetteError, match=r"calls\.yaml\.part: cannot be written: .*folder"),
        use_cassette(path / path.name, mode="new"),
    ):
        by_httpx2(f"{service}/first")


def test_a_block_that_asks_for_nothing_makes_an_empty_recording(path: Path) -> None:
    with use_cassette(path, mode="new"):
        pass
    with use_cassette(path):
        pass
    with use_cassette(path), pytest.raises(CassetteMiss):
        by_httpx2("https://models.test/")


def test_an_unknown_mode_is_an_error_and_no_call_to_the_service(service: str, path: Path) -> None:
    for mode in ("NONE", "record", ""):
        with pytest.raises(ValueError, match="no mode of recording"), use_cassette(path, mode=mode or "x"):
            by_httpx2(service)
    assert Service.asked == 0


@pytest.mark.parametrize("mode", ["new", "new_episodes", "once", "record-on-miss", "all", "rewrite"])
def test_modes_have_the_names_of_other_recorders_too(mode: str, service: str, path: Path) -> None:
    with use_cassette(path, mode=mode):
        by_httpx2(service)
    with use_cassette(path, mode="none"):
        assert by_httpx2(service) == "/ hello 1"


def test_once_records_only_where_there_is_no_recording(service: str, path: Path) -> None:
    with use_cassette(path, mode="once"):
        by_httpx2(f"{service}/a")
    with use_cassette(path, mode="once"), pytest.raises(CassetteMiss):
        by_httpx2(f"{service}/b")
    assert Service.asked == 1


def test_settings_say_what_is_matched_kept_and_hidden(service: str, path: Path) -> None:
    secret = "s3cr3t-of-mine"
    settings: dict[str, Any] = {
        "ignore_fields": ["run.id"],
        "keep_headers": ["X-Own"],
        "secrets": {secret: "own-key"},
    }
    with use_cassette(path, mode="new", **settings):
        httpx2.post(service, json={"ask": "a", "run": {"id": 1, "key": secret}})
    assert secret not in path.read_text(encoding="utf-8")
    with use_cassette(path, **settings):
        answered = httpx2.post(service, json={"ask": "a", "run": {"id": 2, "key": secret}})
    assert answered.headers["x-own"] == "mine"
    with use_cassette(path, **settings), pytest.raises(CassetteMiss):
        httpx2.post(service, json={"ask": "b", "run": {"id": 2, "key": secret}})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"match": ["uri"]}, "'match' is no setting of a cassette"),
        ({"match_on": ["header"]}, "'header' is no part of a request"),
        ({"match_on": "uri"}, "match_on is one text"),
        ({"match_on": None}, "match_on: None is no list of texts"),
        ({"ignore_fields": [3]}, r"ignore_fields: \[3\] is no list of texts"),
        ({"secrets": 5}, "secrets: 5 is no list of texts"),
        ({"ignore_fields": ["a b["]}, "is no place in a body"),
        ({"secrets": ["abc"]}, "less than 4 characters"),
        ({"secrets": {"abcdef": "My Key"}}, "cannot stand in for a secret"),
        ({"expires": "soon"}, "is no date"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], told: str, path: Path) -> None:
    with pytest.raises(ValueError, match=told):
        use_cassette(path, mode="new", **settings)


def test_a_function_may_be_decorated(service: str, path: Path) -> None:
    @use_cassette(path, mode="once")
    def application() -> str:
        return by_requests(f"{service}/chat")

    @use_cassette(path)
    async def async_application() -> str:
        return await _by_aiohttp(f"{service}/chat")

    assert application() == application() == "/chat hello 1"
    assert asyncio.run(async_application()) == "/chat hello 1"


def test_a_function_that_yields_is_served_until_its_end(service: str, path: Path) -> None:
    @use_cassette(path, mode="once")
    def application() -> Iterator[str]:
        yield by_requests(f"{service}/one")
        yield by_requests(f"{service}/two")

    @use_cassette(path)
    async def async_application() -> AsyncIterator[str]:
        yield await _by_aiohttp(f"{service}/one")
        yield await _by_aiohttp(f"{service}/two")

    async def said() -> list[str]:
        return [each async for each in async_application()]

    assert list(application()) == asyncio.run(said()) == ["/one hello 1", "/two hello 2"]


def test_a_decorated_function_may_run_many_times_at_once(service: str, path: Path) -> None:
    with use_cassette(path, mode="new"):
        by_httpx2(f"{service}/chat")

    @use_cassette(path, partly_used=False)
    async def application(before: asyncio.Event) -> str:
        await before.wait()
        return await _by_async_httpx2(f"{service}/chat")

    async def calls() -> list[str]:
        events = asyncio.Event(), asyncio.Event()
        first, second = (asyncio.create_task(application(event)) for event in events)
        await asyncio.sleep(0)  # both have begun
        events[0].set()
        said = [await first]
        events[1].set()
        return [*said, await second]

    assert asyncio.run(calls()) == ["/chat hello 1", "/chat hello 1"]


def test_a_class_cannot_be_decorated(path: Path) -> None:
    with pytest.raises(TypeError, match="Application is a class: decorate its methods"):

        @use_cassette(path)
        class Application:  # pyright: ignore[reportUnusedClass] - to decorate it is refused
            """Asks for nothing."""


def test_what_a_client_has_read_is_recorded_though_the_block_ends_at_once(service: str, path: Path) -> None:
    async def calls(mode: str) -> list[str]:
        said: list[str] = []
        async with aiohttp.ClientSession() as session, use_cassette(path, mode=mode):
            for _ in range(2):
                answered = await session.post(f"{service}/chat", data="hello")
                said.append(await answered.text())
        return said

    assert asyncio.run(calls("new")) == asyncio.run(calls("none")) == ["/chat hello 1", "/chat hello 2"]


def test_an_answer_that_comes_after_the_block_is_not_recorded_and_that_is_said(
    service: str, path: Path
) -> None:
    with use_cassette(path, mode="new") as made:
        client = httpx2.Client(transport=made.transport(httpx2.HTTPTransport()))
        request = client.build_request("POST", f"{service}/chat", content="hello")
        answered = client.send(request, stream=True)
    with pytest.warns(CassetteWarning, match="/chat had come: it is not recorded"):
        answered.read()
    client.close()
    assert {each.name for each in path.parent.iterdir()} == {path.name, ".gitattributes"}
    assert answered.text == "/chat hello 1"


def test_two_cassettes_may_be_open_one_within_the_other(service: str, tmp_path: Path) -> None:
    with use_cassette(tmp_path / "outer.yaml", mode="new"):
        by_httpx2(f"{service}/outer")
        with use_cassette(tmp_path / "inner.yaml", mode="new"):
            by_httpx2(f"{service}/inner")
        by_httpx2(f"{service}/outer again")
    with use_cassette(tmp_path / "inner.yaml"):
        assert by_httpx2(f"{service}/inner") == "/inner hello 2"
    with use_cassette(tmp_path / "outer.yaml"), pytest.raises(CassetteMiss):
        by_httpx2(f"{service}/inner")


def test_verify_lets_a_block_ask_for_a_part_where_a_replay_does(service: str, path: Path) -> None:
    with use_cassette(path, mode="new"):
        by_httpx2(f"{service}/a")
        by_httpx2(f"{service}/b")
    Service.asked = 0
    with use_cassette(path, mode="verify"):
        by_httpx2(f"{service}/a")
    verify = use_cassette(path, mode="verify", partly_used=False)
    Service.asked = 0
    with pytest.raises(CassetteError, match="POST /b: 1 call less"), verify:
        by_httpx2(f"{service}/a")


def test_verify_compares_and_changes_nothing(service: str, path: Path) -> None:
    with use_cassette(path, mode="new"):
        by_httpx2(f"{service}/a")
    before = path.read_bytes()
    Service.asked = 0
    with use_cassette(path, mode="verify"):
        by_httpx2(f"{service}/a")
    with pytest.raises(CassetteError, match="does not answer as it did"), use_cassette(path, mode="verify"):
        by_httpx2(f"{service}/b")
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == {path.name, ".gitattributes"}


@pytest.mark.parametrize("given", ["key=test", "key=", "", "key=AIzaSyA-1234567890abcdefghijklmnopqrstu"])
def test_a_key_in_a_url_need_not_be_the_recorded_one(path: Path, service: str, given: str) -> None:
    """Whoever replays has another key, or a dummy, and other recorders leave keys out."""
    with use_cassette(path, "all"):
        requests.get(f"{service}/models?key=AIzaSyB-ZYXWVUTSRQPONMLKJIHGFEDCBA0987654&page=2", timeout=5)
    assert b"AIza" not in path.read_bytes()
    with use_cassette(path):
        url = f"{service}/models?page=2&{given}".rstrip("&")
        assert requests.get(url, timeout=5).text.endswith("1")
    with use_cassette(path), pytest.raises(CassetteMiss):
        requests.get(f"{service}/models?{given}&page=3".replace("?&", "?"), timeout=5)


def test_a_token_that_was_no_secret_is_a_part_of_the_url(path: Path, service: str) -> None:
    with use_cassette(path, "all"):
        requests.get(f"{service}/list?token=2", timeout=5)
    with use_cassette(path), pytest.raises(CassetteMiss):
        requests.get(f"{service}/list?token=3", timeout=5)


def test_a_miss_in_a_test_names_the_option_of_pytest(path: Path, service: str) -> None:
    with use_cassette(path, "all"):
        requests.post(f"{service}/ask", json={"q": "one"}, timeout=5)
    with (
        use_cassette(path),
        pytest.raises(CassetteMiss, match=r"again with --fbench-record=all \(mode='all'\)"),
    ):
        requests.post(f"{service}/ask", json={"q": "two"}, timeout=5)
