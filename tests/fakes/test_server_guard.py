"""A server that is safe to leave running: whom it lets in, and how much and how long it listens."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import httpx2
import pytest
import uvicorn

from fakes.doors.application import Application
from fakes.doors.clock import Clock
from fakes.doors.connections import Connection, Listener
from fakes.doors.guard import Guard
from tests.fakes.clients import chat_file, scripted
from tests.fakes.servers import KEY, Served, read_all, refused, server

OWN = ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8000", "127.9.9.9", "[::1]", "[::1]:8000"]
FOREIGN = [
    *(
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil",
    ),
    *(
        "localhost:x",
        "localhost:80:80",
        "10.0.0.1",
        "[::2]",
        "evil.example#localhost",
        "10.0.0.0",
        "a localhost",
    ),
    *("localhost ", "\xff\xfe", "127.0.0.1\xff", "localhost:999999"),
]
CHANGES = ["POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture(scope="module")
def served() -> Generator[Served]:
    with server("--max-body", "1") as running:
        yield running


# ---- Host and Origin


@pytest.mark.parametrize(
    "origin",
    [
        "x",
        "",
        "localhost:3000",
        "http://",
        "http://a/b",
        "http://a?b",
        "http://u@a",
        "http://a:x",
        "//a",
        "http://a b",
    ],
)
def test_an_origin_that_no_page_has_is_refused(origin: str) -> None:
    with pytest.raises(
        ValueError, match=r"^--cors .* is no origin of a page: write it as http://localhost:3000"
    ):
        Guard(origins=["http://localhost:3000", origin])


@pytest.mark.parametrize("name", ["http://a", "a:80", "a/b", "", "a b", ".a"])
def test_a_host_that_no_request_names_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^--allow-host .* is no name of a host: write it as fakes\.test"):
        Guard(hosts=[name])


def test_origins_and_hosts_as_browsers_write_them_are_taken() -> None:
    Guard(
        ["fakes.test", "my_host", "10.0.0.1", "[::2]"],
        ["*", "null", "http://a", "https://a.b:1/", "http://[::1]:3"],
    )


@pytest.mark.parametrize("host", OWN)
def test_this_machine_is_let_in_under_each_of_its_names(host: str) -> None:
    headers = [(b"host", host.encode())]
    assert Guard().refusal("POST", headers) is None
    assert Guard().refusal("POST", [*headers, (b"origin", b"http://" + host.encode())]) is None


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("method", [*CHANGES, "GET", "OPTIONS"])
def test_a_foreign_host_is_refused_whatever_it_asks(host: str, method: str) -> None:
    answer = Guard().refusal(method, [(b"host", host.encode("latin-1"))])
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "https://127.0.0.1:8000"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "Cross-Site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_page_of_another_origin_may_not_change_anything(method: str, headers: dict[str, str]) -> None:
    given = [(b"host", b"127.0.0.1:8000"), *((n.encode(), v.encode()) for n, v in headers.items())]
    answer = Guard().refusal(method, given)
    assert answer is not None
    assert answer.status == 403
    assert Guard().refusal("GET", given) is None, "what it may read, its browser decides"
    assert Guard().allowed(given) == []


def test_names_and_pages_can_be_let_in() -> None:
    guard = Guard(["Fakes.test"], ["http://localhost:3000/"])
    page = [(b"host", b"fakes.TEST:80"), (b"origin", b"http://localhost:3000")]
    assert guard.refusal("POST", page) is None
    assert dict(guard.allowed(page))[b"access-control-allow-origin"] == b"http://localhost:3000"
    other = [(b"host", b"other.test"), (b"origin", b"http://localhost:3001")]
    assert guard.refusal("POST", other[:1]) is not None
    assert guard.refusal("POST", [(b"host", b"localhost"), other[1]]) is not None
    assert guard.allowed(other) == []


def test_a_page_is_not_known_where_the_host_is_not() -> None:
    assert Guard().refusal("POST", [(b"origin", b"http://")]) is not None
    assert Guard().refusal("POST", []) is None, "an old client that is no browser"


def test_any_page_may_be_let_in_but_one_without_an_origin_only_by_name() -> None:
    host, page, none = (b"host", b"localhost"), (b"origin", b"https://a.example"), (b"origin", b"null")
    assert Guard(origins=["*"]).refusal("POST", [host, page]) is None
    assert dict(Guard(origins=["*"]).allowed([page]))[b"access-control-allow-origin"] == page[1]
    assert Guard(origins=["*"]).refusal("POST", [host, none]) is not None
    assert Guard(origins=["*"]).allowed([none]) == []
    assert Guard(origins=["null"]).refusal("POST", [host, none]) is None


def test_a_page_that_asks_beforehand_is_told_what_it_may_do() -> None:
    guard, page = Guard(origins=["http://localhost:3000"]), (b"origin", b"http://localhost:3000")
    asking = [page, (b"access-control-request-method", b"DELETE")]
    asking.append((b"access-control-request-headers", b"authorization,x-fakes-fault"))
    told = {
        b"access-control-allow-origin": page[1],
        b"access-control-allow-methods": b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        b"access-control-allow-headers": b"authorization,x-fakes-fault",
        b"access-control-expose-headers": b"*",
        b"access-control-max-age": b"600",
        b"vary": b"Origin",
    }
    private = b"access-control-request-private-network", b"true"
    answers = guard.preflight(asking), guard.preflight([*asking, private])
    assert [answer.status for answer in answers] == [204, 204]
    assert told.items() <= dict(answers[0].headers).items()
    assert b"access-control-allow-private-network" not in dict(answers[0].headers)
    assert dict(answers[1].headers)[b"access-control-allow-private-network"] == b"true"
    foreign = guard.preflight([(b"origin", b"https://a.example"), *asking[1:], private])
    assert foreign.status == 403
    assert not [name for name, _ in foreign.headers if name.startswith(b"access-control")]


ASKED = {
    "files": ("POST", "/openai/v1/files"),
    "objects": ("POST", "/storage/upload/storage/v1/b/b/o?uploadType=media&name=x"),
    "control": ("POST", "/_fbench/reset"),
    "faults": ("POST", "/_fbench/faults"),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("wrong", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_a_refusal_changes_nothing(served: Served, asked: tuple[str, str], wrong: dict[str, str]) -> None:
    method, path = asked
    with served.client() as client:
        before = client.get(f"{served.address}/_fbench").json()
        answer = client.request(method, served.address + path, content=b"[]", headers=wrong)
        after = client.get(f"{served.address}/_fbench").json()
    assert answer.status_code == 403
    assert {**before, "clock": 0} == {**after, "clock": 0}


def test_there_are_no_headers_for_pages_unless_they_were_asked_for(served: Served) -> None:
    page = {"origin": "http://localhost:3000"}
    asking = {
        **page,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    with served.client() as client:
        for answer in (
            client.get(f"{served.openai}/models", headers=page),
            client.options(f"{served.openai}/models", headers=asking),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control")]
    options = ("--cors", "http://localhost:3000", "--allow-host", "fakes.test")
    with server(*options) as open_one, open_one.client() as client:
        if client:
            asked = client.options(f"{open_one.openai}/models", headers=asking)
            assert (asked.status_code, asked.headers["access-control-allow-headers"]) == (
                204,
                "authorization",
            )
            answer = client.get(f"{open_one.openai}/models", headers={**page, "host": "fakes.test"})
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == page["origin"]
            posted = client.post(f"{open_one.address}/_fbench/reset", headers=page)
            assert (posted.status_code, posted.headers["vary"]) == (200, "Origin")
            foreign = client.post(f"{open_one.address}/_fbench/reset", headers={"origin": "http://a.example"})
            assert foreign.status_code == 403


ODD = [b"\xff\xfe", b"127.0.0.1:\xff", b"\x80", "ü".encode(), b"a b", b"[", b"%00", b"\t", b"x" * 9000, b""]


@pytest.mark.parametrize("host", ODD)
@pytest.mark.parametrize(
    "path", ["/openai/v1/models", "/storage/upload/storage/v1/b/b/o?uploadType=resumable&name=x"]
)
def test_odd_bytes_in_the_host_are_no_error_of_the_server(served: Served, host: bytes, path: str) -> None:
    head = b"POST %s HTTP/1.1\r\nhost: %s\r\nauthorization: Bearer x\r\n" % (path.encode(), host)
    status = served.send(head + b"content-length: 0\r\nconnection: close\r\n\r\n").split(b" ")[1]
    assert int(status) < 500


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET http://evil.example/ HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET //[ HTTP/1.1",
        b"BREW /openai/v1/models HTTP/1.1",
    ],
)
def test_odd_targets_and_methods_are_no_error_of_the_server(served: Served, request_line: bytes) -> None:
    request = request_line + b"\r\nhost: localhost\r\nauthorization: Bearer x\r\nconnection: close\r\n\r\n"
    status = int(served.send(request).split(b" ")[1])
    assert status in (404, 405, 501)


@pytest.mark.parametrize("key", [b"authorization: Bearer x\r\n", b""])
def test_a_url_that_is_too_long_to_be_parsed_is_told(served: Served, key: bytes) -> None:
    head = b"GET /openai/v1/models/%s HTTP/1.1\r\nhost: localhost\r\n" % (b"a" * 66_000)
    answered = served.send(head + key + b"connection: close\r\n\r\n")
    assert answered.split(b" ")[1] == b"400"
    assert b"The URL cannot be read: URL too long." in answered


# ---- bodies


@pytest.mark.parametrize(
    "path",
    [
        "/openai/v1/files",
        "/google/v1/projects/p/locations/l/tuningJobs",
        "/google/v1beta/models/m:generateContent",
    ],
)
@pytest.mark.parametrize("length", [b"content-length: 900000", b"transfer-encoding: chunked"])
@pytest.mark.parametrize("key", [b"", b"authorization: Basic eDp5\r\n"])
def test_without_a_key_nothing_is_waited_for(served: Served, path: str, length: bytes, key: bytes) -> None:
    head = b"POST %s HTTP/1.1\r\nhost: localhost\r\n%s%s\r\n\r\n" % (path.encode(), key, length)
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as one:
        one.sendall(head)
        assert one.recv(65536).split(b" ")[1] in (b"401", b"403")  # each in its vendor's way


def test_a_client_without_a_key_is_told_though_it_sends_its_body(served: Served) -> None:
    with httpx2.Client() as client:
        for _ in range(2):
            answer = client.post(f"{served.openai}/files", content=b"x" * 900_000)
            assert answer.status_code == 401
            assert answer.json()["error"]["message"].startswith("You didn't provide an API key.")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/openai/v1/files", "invalid_request_error"),
        ("/openai/v1/chat/completions", "invalid_request_error"),
        ("/google/v1/projects/p/locations/l/tuningJobs", "INVALID_ARGUMENT"),
        ("/storage/upload/storage/v1/b/b/o?uploadType=media&name=x", "uploadTooLarge"),
        ("/_fbench/faults", "413"),
    ],
)
def test_a_body_above_the_limit_is_refused(served: Served, path: str, told: str) -> None:
    head = b"POST %s HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer x\r\n" % path.encode()
    for length in (b"content-length: 1048577", b"content-length: 999999999999999999"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as one:
            one.sendall(head + length + b"\r\n\r\n")
            answer = one.recv(65536)
        assert answer.split(b" ")[1] == b"413"
        assert told.encode() in answer
    with served.client() as client:
        for content in (b"x" * 1_048_577, iter([b"x" * 65536] * 20)):
            assert client.post(served.address + path, content=content).status_code == 413
        assert (
            client.post(f"{served.address}/_fbench/faults", content=b"[]".ljust(1_048_576)).status_code == 200
        )


def test_half_a_body_is_not_taken_for_a_whole_one(served: Served) -> None:
    path = b"/storage/upload/storage/v1/b/b/o?uploadType=media&name=half"
    with socket.create_connection(("127.0.0.1", served.port)) as one:
        one.sendall(b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nhalf" % path)
        time.sleep(0.2)
    time.sleep(0.2)
    with served.client() as client:
        assert "gs://b/half" not in client.get(f"{served.address}/_fbench").json()["storage"]["objects"]


@pytest.mark.parametrize("wrong", ["0", "-1", "x"])
def test_a_limit_that_makes_no_sense_is_told(wrong: str) -> None:
    assert "--max-body" in refused("--max-body", wrong)


# ---- slow clients

SLOW = {
    "nothing at all": (b"", b""),
    "headers byte by byte": (b"GET / HTTP/1.1\r\n", b"x"),
    "a body byte by byte": (
        b"POST /storage/x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999\r\n\r\n",
        b"x",
    ),
    "chunks byte by byte": (
        b"POST /storage/x HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n",
        b"1\r\nx\r\n",
    ),
    "a body that was refused": (
        b"POST /openai/v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999\r\n\r\n",
        b"x",
    ),
    "headers again": (b"GET /openai/v1/models HTTP/1.1\r\nhost: localhost\r\n\r\nGET / HTTP/1.1\r\n", b"x"),
}


def test_slow_clients_are_cut_off_and_others_do_not_notice(served: Served) -> None:
    """All at once, as a slow loris does; an honest client is answered meanwhile."""
    ends: dict[str, float] = {}
    start = time.monotonic()
    open_ones: dict[str, socket.socket] = {}
    for name, (first, _) in SLOW.items():
        open_ones[name] = socket.create_connection(("127.0.0.1", served.port))
        open_ones[name].sendall(first)
    with served.client() as client:
        while open_ones and time.monotonic() - start < 40:
            asked = time.monotonic()
            client.get(f"{served.openai}/models").raise_for_status()
            assert time.monotonic() - asked < 2
            for name, one in list(open_ones.items()):
                if not alive(one, SLOW[name][1]):
                    ends[name] = time.monotonic() - start
                    open_ones.pop(name).close()
            time.sleep(0.5)
    assert not open_ones, "still open"
    assert all(4 < seconds < 30 for seconds in ends.values()), ends


def alive(one: socket.socket, drip: bytes) -> bool:
    """Whether the server still has the connection open; sends it a little more."""
    one.settimeout(0)
    try:
        while one.recv(65536):
            pass
    except BlockingIOError:
        try:
            one.sendall(drip)
        except OSError:
            return False
        return True
    except OSError:
        return False
    return False


class Here:
    """A server in this process, on which time can pass; its storage holds a large object."""

    def __init__(self, listening: socket.socket) -> None:
        world = scripted()
        world.storage.put("b", "x", b"x" * LARGE, "text/plain")
        application = Application(lambda: world, Clock())
        config = uvicorn.Config(application, http=Connection, lifespan="off", log_level="warning")
        listening.bind(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        self.listener = Listener(config, lambda _: None)
        self.thread = threading.Thread(target=self.listener.run, args=([listening],), daemon=True)
        self.thread.start()
        until(lambda: self.listener.started)

    def connect(self) -> socket.socket:
        """A client with a small buffer."""
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.settimeout(10)
        one.connect(("127.0.0.1", self.port))
        until(lambda: one.getsockname() in Connection.transports)
        return one

    def connection(self) -> Any:
        """The only one."""
        (one,) = self.listener.server_state.connections
        return one

    def pass_time(self, seconds: float) -> None:
        """What the server does to its connection when it looks at it so much later."""
        looked, one = threading.Event(), self.connection()

        def look() -> None:
            one.cut_off_when_slow(one.loop.time() + seconds)
            looked.set()

        one.loop.call_soon_threadsafe(look)
        assert looked.wait(10)


LARGE = 40_000_000
DOWNLOAD = b"GET /storage/storage/v1/b/b/o/x?alt=media HTTP/1.1\r\nhost: localhost\r\n\r\n"
BUCKET = b"GET /storage/storage/v1/b/b HTTP/1.1\r\nhost: localhost\r\n\r\n"


def until(happened: Callable[[], bool]) -> None:
    """Waits for it, but not for ever."""
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def read_bytes(one: socket.socket, count: int) -> None:
    """Reads that many bytes of an answer, which the server has to be willing to send."""
    while count > 0:
        piece = one.recv(min(count, 1 << 20))
        assert piece, f"the connection was closed {count} bytes too early"
        count -= len(piece)


@pytest.fixture
def here() -> Generator[Here]:
    with socket.socket() as listening:
        made = Here(listening)
        yield made
        made.listener.should_exit = True
        made.thread.join(10)


def test_a_client_that_does_not_read_is_cut_off(here: Here) -> None:
    with here.connect() as one:
        one.sendall(DOWNLOAD)
        until(lambda: here.connection()._stuck is not None)
        here.pass_time(25)
        read_bytes(one, 100_000)
        here.pass_time(60)
        assert 0 < len(read_all(one)) < LARGE - 100_000


def test_a_client_that_reads_slowly_has_more_time_and_may_ask_again_later(here: Here) -> None:
    with here.connect() as one:
        one.sendall(DOWNLOAD)
        until(lambda: here.connection()._stuck is not None)
        read_bytes(one, LARGE // 2)
        here.pass_time(200)
        read_bytes(one, LARGE // 2)
        one.settimeout(0.2)
        read_all(one)  # the head of the answer was counted too
        one.settimeout(10)
        here.pass_time(10_000)
        one.sendall(BUCKET)
        assert one.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("come", "honest", "slow"), [(10, 19, 22), (700_000, 29, 33)])
def test_an_upload_has_more_time_the_more_has_come(here: Here, come: int, honest: float, slow: float) -> None:
    with here.connect() as one:
        path = b"/storage/upload/storage/v1/b/b/o?uploadType=media&name=slow"
        one.sendall(b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n" % path)
        one.sendall(b"x" * come)
        until(lambda: here.connection()._received >= come)
        here.pass_time(honest)
        one.sendall(b"x")
        until(lambda: here.connection()._received > come)
        here.pass_time(slow)
        assert read_all(one) == b""


def test_who_is_cut_off_before_it_has_asked_is_told(here: Here) -> None:
    with here.connect() as one:
        one.sendall(b"GET /storage HTTP/1.1\r\n")
        here.pass_time(9)
        one.sendall(b"host: localhost\r\n")
        here.pass_time(11)
        assert read_all(one).startswith(b"HTTP/1.1 408 ")


def test_a_connection_lasts_for_many_requests_and_is_forgotten_when_it_ends(here: Here) -> None:
    with here.connect() as one:
        for _ in range(3):
            one.sendall(BUCKET)
            assert one.recv(65536).startswith(b"HTTP/1.1 200 ")
            here.pass_time(11)
    until(lambda: not Connection.transports)


def test_a_slow_but_honest_upload_comes_through(served: Served) -> None:
    content = chat_file(2000)
    length = len(content)
    with socket.create_connection(("127.0.0.1", served.port)) as one:
        path = b"/storage/upload/storage/v1/b/b/o?uploadType=media&name=slow"
        one.sendall(b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % (path, length))
        for start in range(0, length, length // 8 + 1):
            one.sendall(content[start : start + length // 8 + 1])
            time.sleep(0.3)
        one.settimeout(5)
        assert json.loads(one.recv(65536).partition(b"\r\n\r\n")[2])["size"] == str(length)


def test_a_key_is_asked_for_where_the_vendor_asks(served: Served) -> None:
    with httpx2.Client() as client:
        assert client.get(f"{served.openai}/models").status_code == 401
        assert client.get(f"{served.openai}/models", headers=KEY).status_code == 200
