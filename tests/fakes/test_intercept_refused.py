"""What `intercept` does not serve is refused: by name, with what to do, and without a byte on the network."""

# ruff: noqa: S310, S321 - what is tried must not be sent, so it matters little how
from __future__ import annotations

import _socket
import asyncio
import contextlib
import ftplib
import http.client
import multiprocessing
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from fakes import World, intercept
from tests.fakes.clients import BASE, scripted

SECRET = "sk-real"


class Server:
    """A real server on this machine, which keeps what reaches it."""

    def __init__(self) -> None:
        self.connected = 0
        seen = self.seen = list[str]()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5

            def do_GET(self) -> None:
                seen.append(self.headers.get("authorization", ""))
                self.send_response(200)
                self.send_header("content-length", "4")
                self.end_headers()
                self.wfile.write(b"real")

            do_POST = do_GET  # noqa: N815 - http.server's name

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = self

        class Counting(HTTPServer):
            def get_request(self) -> Any:
                server.connected += 1
                return super().get_request()

            def process_request(self, request: Any, client_address: Any) -> None:
                threading.Thread(
                    target=self.process_request_thread, args=(request, client_address), daemon=True
                ).start()

            def process_request_thread(self, request: Any, client_address: Any) -> None:
                with contextlib.suppress(OSError):
                    self.finish_request(request, client_address)
                self.shutdown_request(request)

        self._server = Counting(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1/models"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Generator[Server]:
    made = Server()
    yield made
    made.close()


def in_urllib(server: Server) -> None:
    request = urllib.request.Request(server.url, headers={"authorization": SECRET})
    urllib.request.urlopen(request, timeout=2).read()


def in_urlretrieve(server: Server) -> None:
    urllib.request.urlretrieve(server.url)


def in_http_client(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2)
    connection.request("GET", "/", headers={"authorization": SECRET})


def in_https(server: Server) -> None:
    http.client.HTTPSConnection("127.0.0.1", server.port, timeout=2).request("GET", "/")


def in_xmlrpc(server: Server) -> None:
    xmlrpc.client.ServerProxy(f"http://127.0.0.1:{server.port}").ask()


def in_ftplib(server: Server) -> None:
    ftplib.FTP().connect("127.0.0.1", server.port, timeout=2)


def in_smtplib(server: Server) -> None:
    smtplib.SMTP("127.0.0.1", server.port, timeout=2)


def in_create_connection(server: Server) -> None:
    socket.create_connection(("127.0.0.1", server.port), timeout=2).close()


def in_connect(server: Server) -> None:
    with socket.socket() as made:
        made.connect(("127.0.0.1", server.port))


def in_connect_ex(server: Server) -> None:
    with socket.socket() as made:
        made.connect_ex(("127.0.0.1", server.port))


def in_ssl(server: Server) -> None:
    context = ssl.create_default_context()
    with socket.socket() as bare, context.wrap_socket(bare, server_hostname="x") as made:
        made.connect(("127.0.0.1", server.port))


def in_sendto(server: Server) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.sendto(b"x", ("127.0.0.1", server.port))


def in_sendmsg(server: Server) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.sendmsg([b"x"], [], 0, ("127.0.0.1", server.port))


def in_ipv6(server: Server) -> None:
    with socket.socket(socket.AF_INET6) as made:
        made.connect(("::1", server.port))


def in_open_connection(server: Server) -> None:
    async def connect() -> None:
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", server.port), 2)
        writer.close()
        await writer.wait_closed()

    asyncio.run(connect())


def in_sock_connect(server: Server) -> None:
    async def connect() -> None:
        with socket.socket() as made:
            made.settimeout(0)
            await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", server.port))

    asyncio.run(connect())


def in_a_datagram_endpoint(server: Server) -> None:
    async def connect() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", server.port))

    asyncio.run(connect())


def in_c(server: Server) -> None:
    made = _socket.socket()
    try:
        made.connect(("127.0.0.1", server.port))
    finally:
        made.close()


def in_httpx2s_pool(server: Server) -> None:
    core: Any = pytest.importorskip("httpcore2")
    origin = core.Origin(b"http", b"127.0.0.1", server.port)
    core.HTTPConnection(origin).handle_request(core.Request("GET", server.url))


TRIES: dict[Callable[[Server], None], str] = {
    in_urllib: "urllib.request",
    in_urlretrieve: "urllib.request",
    in_http_client: "http.client",
    in_https: "http.client",
    in_xmlrpc: "xmlrpc.client",
    in_ftplib: "ftplib",
    in_smtplib: "smtplib",
    in_create_connection: "socket",
    in_connect: "socket",
    in_connect_ex: "socket",
    in_ssl: "socket",
    in_sendto: "socket",
    in_sendmsg: "socket",
    in_ipv6: "socket",
    in_open_connection: "asyncio",
    in_sock_connect: "asyncio",
    in_a_datagram_endpoint: "asyncio",
    in_c: "socket",
    in_httpx2s_pool: "httpcore2",
}


@pytest.mark.parametrize("attempt", TRIES, ids=lambda attempt: attempt.__name__)
def test_a_client_that_is_not_served_is_refused_by_name(
    server: Server, attempt: Callable[[Server], None]
) -> None:
    with intercept(scripted()), pytest.raises(Exception, match="nothing was sent") as caught:
        attempt(server)
    assert isinstance(caught.value, OSError | httpx2.TransportError) or "httpcore2" in str(type(caught.value))
    told = str(caught.value)
    assert TRIES[attempt] + " tried to" in told
    assert "Use a client that is served (httpx2, httpx, requests, urllib3 or aiohttp)" in told
    assert "intercept(allow=['" in told
    assert (server.connected, server.seen) == (0, [])


def test_each_of_them_reaches_the_server_when_no_block_is_open(server: Server) -> None:
    with intercept(scripted()):
        pass
    in_urllib(server)
    in_connect(server)
    in_open_connection(server)
    with requests.Session() as session:
        assert session.get(server.url, timeout=2).text == "real"
    assert urllib3.request("GET", server.url).data == b"real"
    assert httpx.get(server.url).text == "real"
    assert httpx2.get(server.url).text == "real"
    assert asyncio.run(_by_aiohttp(server.url)) == "real"
    assert server.seen[0] == SECRET


async def _by_aiohttp(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


# a name in `socket` is looked up at each call: it is ours after the first block
LOOKUPS: dict[str, Callable[[str], object]] = {
    "getaddrinfo": lambda host: socket.getaddrinfo(host, 443),
    "gethostbyname": lambda host: socket.gethostbyname(host),  # noqa: PLW0108 - see above
    "gethostbyname_ex": lambda host: socket.gethostbyname_ex(host),  # noqa: PLW0108 - see above
    "gethostbyaddr": lambda host: socket.gethostbyaddr(host),  # noqa: PLW0108 - see above
    "getnameinfo": lambda host: socket.getnameinfo((host, 443), 0),
    "create_connection": lambda host: socket.create_connection((host, 443), timeout=1),
    "open_connection": lambda host: asyncio.run(asyncio.open_connection(host, 443)),
    "loop.getaddrinfo": lambda host: asyncio.run(_looked_up(host)),
}


async def _looked_up(host: str) -> object:
    return await asyncio.get_running_loop().getaddrinfo(host, 443)


@pytest.mark.parametrize("look_up", LOOKUPS.values(), ids=LOOKUPS)
def test_no_name_is_resolved(look_up: Callable[[str], object]) -> None:
    with (
        intercept(scripted()),
        pytest.raises(socket.gaierror, match=r"tried to look up api\.openai\.com while .* nothing was sent"),
    ):
        look_up("api.openai.com")


def test_another_machine_is_refused_before_the_guard_of_these_tests_hears_of_it() -> None:
    far = "192.0.2.1", 9
    with intercept(scripted()), socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        for attempt in (
            lambda: stream.connect(far),
            lambda: stream.connect_ex(far),
            lambda: datagrams.sendto(b"x", far),
            lambda: datagrams.sendto(b"x", 0, far),
            lambda: socket.create_connection(far),
            lambda: socket.gethostbyaddr(far[0]),
        ):
            with pytest.raises(OSError, match=r"socket tried to .* 192\.0\.2\.1"):
                attempt()


def test_urllib_does_not_deliver_a_key_to_a_named_host() -> None:
    request = urllib.request.Request("https://api.openai.com/v1/models", headers={"authorization": SECRET})
    with (
        intercept(scripted()),
        pytest.raises(urllib.error.URLError, match=r"urllib\.request tried to send to"),
    ):
        urllib.request.urlopen(request, timeout=2)


class TestConnectionsFromBeforeTheBlock:
    """A connection that is open already must carry nothing."""

    def test_those_of_served_clients_are_not_used(self, server: Server) -> None:
        with requests.Session() as session, httpx.Client() as old, httpx2.Client() as new:
            for client in (session, old, new):
                assert client.get(server.url).text == "real"
            pool = urllib3.PoolManager()
            assert pool.request("GET", server.url).data == b"real"
            before = len(server.seen)
            with intercept(scripted()):
                for client in (session, old, new):
                    with pytest.raises(Exception, match="No fake service"):
                        client.get(server.url, headers={"authorization": SECRET})
                with pytest.raises(Exception, match="No fake service"):
                    pool.request("GET", server.url, headers={"authorization": SECRET}, retries=False)
            assert len(server.seen) == before
            for client in (session, old, new):
                assert client.get(server.url).text == "real"
            assert pool.request("GET", server.url).data == b"real"

    def test_nor_that_of_aiohttp(self, server: Server) -> None:
        async def ask() -> None:
            async with aiohttp.ClientSession() as session:
                async with session.get(server.url) as answer:
                    assert await answer.text() == "real"
                with intercept(scripted()), pytest.raises(aiohttp.ClientConnectorError, match="No fake"):
                    await session.get(server.url, headers={"authorization": SECRET})
                async with session.get(server.url) as answer:
                    assert await answer.text() == "real"

        asyncio.run(ask())
        assert server.seen == ["", ""]

    def test_nor_that_of_http_client(self, server: Server) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"real"
        with (
            intercept(scripted()),
            pytest.raises(ConnectionRefusedError, match=r"http\.client tried to send"),
        ):
            connection.request("GET", "/", headers={"authorization": SECRET})
        connection.close()
        assert server.seen == [""]

    def test_what_a_client_kept_from_a_block_answers_no_more_after_it(self, server: Server) -> None:
        async def ask() -> None:
            async with aiohttp.ClientSession() as kept:
                with intercept(scripted(), at={base: "openai"}):
                    async with kept.get(f"{base}/models/{BASE}", headers=key) as answer:
                        assert answer.status == 200
                        await answer.read()
                async with kept.get(f"{base}/models/{BASE}") as answer:
                    assert await answer.text() == "real"

        base, key = f"http://127.0.0.1:{server.port}/v1", {"authorization": "Bearer k"}
        with requests.Session() as session, urllib3.PoolManager() as pool:
            with intercept(scripted(), at={base: "openai"}):
                assert session.get(f"{base}/models/{BASE}", headers=key, timeout=2).json()["id"] == BASE
                assert pool.request("GET", f"{base}/models/{BASE}", headers=key).status == 200
            assert session.get(f"{base}/models/{BASE}", timeout=2).text == "real"
            assert pool.request("GET", f"{base}/models/{BASE}").data == b"real"
        asyncio.run(ask())


class TestAllow:
    """A host is reached where the test says so."""

    @pytest.mark.parametrize("entry", ["127.0.0.1", "localhost", "127.0.0.1:{port}", "LOCALHOST:{port}"])
    def test_an_allowed_host_is_reached_by_every_client(self, server: Server, entry: str) -> None:
        with intercept(scripted(), allow=[entry.format(port=server.port)]):
            in_urllib(server)
            in_create_connection(server)
            in_open_connection(server)
            assert requests.get(server.url, timeout=2).text == "real"
            assert urllib3.request("GET", server.url).data == b"real"
            assert httpx.get(server.url).text == "real"
            assert httpx2.get(server.url).text == "real"
            assert asyncio.run(_by_aiohttp(server.url)) == "real"

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_usual_port_need_not_stand_in_the_url(self, scheme: str) -> None:
        """Nobody listens at that address: who tries is refused by the system, or finds no way to it."""

        async def ask(client: httpx2.AsyncClient | httpx.AsyncClient) -> None:
            async with client:
                await client.get(url)

        url, port = f"{scheme}://127.255.255.254/", {"http": 80, "https": 443}[scheme]
        with intercept(scripted(), allow=[f"127.255.255.254:{port}"]):
            for attempt in (
                lambda: requests.get(url, timeout=2),
                lambda: urllib3.request("GET", url, retries=False),
                lambda: httpx.get(url),
                lambda: httpx2.get(url),
                lambda: asyncio.run(ask(httpx.AsyncClient())),
                lambda: asyncio.run(ask(httpx2.AsyncClient())),
                lambda: asyncio.run(_by_aiohttp(url)),
            ):
                with pytest.raises(Exception, match=r"(?i)refused|attempts failed|connect call") as caught:
                    attempt()
                assert "No fake service" not in str(caught.value)

    def test_another_port_is_not(self, server: Server) -> None:
        with intercept(scripted(), allow=["127.0.0.1:1"]):
            for ask in (in_urllib, in_create_connection):
                with pytest.raises(OSError, match="nothing was sent"):
                    ask(server)
            with pytest.raises(httpx2.ConnectError, match="No fake service"):
                httpx2.get(server.url)

    def test_a_block_within_allows_nothing_by_itself(self, server: Server) -> None:
        with intercept(scripted(), allow=["127.0.0.1"]):
            with intercept(scripted()), pytest.raises(OSError, match="nothing was sent"):
                in_urllib(server)
            in_urllib(server)

    @pytest.mark.parametrize("entry", ["", "a/b", "localhost:port", "https://localhost"])
    def test_what_is_no_host_is_refused(self, entry: str) -> None:
        with pytest.raises(ValueError, match="Name hosts, such as"), intercept(scripted(), allow=[entry]):
            pytest.fail("the block began")


class TestAllowedProxies:
    """A proxy that may be reached, as on a developer's machine, carries nothing to a host that may not be."""

    @pytest.fixture
    def proxy(self) -> Generator[Server]:
        """A real server takes a proxy's requests as its own, and answers CONNECT with an error."""
        made = Server()
        yield made
        made.close()

    @pytest.mark.parametrize("url", ["https://api.openai.com/v1/models", "http://fakes.test/v1/models"])
    def test_it_is_not_asked_by_the_clients_that_are_served(self, proxy: Server, url: str) -> None:
        key = {"authorization": f"Bearer {SECRET}"}
        at = f"http://127.0.0.1:{proxy.port}"

        async def by_aiohttp() -> int:
            async with (
                aiohttp.ClientSession() as session,
                session.get(url, proxy=at, headers=key) as answer,
            ):
                return answer.status

        with intercept(scripted(), at={"http://fakes.test/v1": "openai"}, allow=["127.0.0.1"]):
            with requests.Session() as session:
                proxies = {"http": at, "https": at}
                assert session.get(url, proxies=proxies, headers=key, timeout=2).status_code == 200
            with urllib3.ProxyManager(at) as pool:
                assert pool.request("GET", url, headers=key, retries=False, timeout=2).status == 200
            with httpx.Client(proxy=at) as old, httpx2.Client(proxy=at) as new:
                assert [client.get(url, headers=key).status_code for client in (old, new)] == [200, 200]
            assert asyncio.run(by_aiohttp()) == 200
        assert (proxy.connected, proxy.seen) == (0, [])

    def test_it_is_not_asked_on_a_connection_from_before_the_block(self, proxy: Server) -> None:
        url = "http://fakes.test/v1/models"
        with urllib3.ProxyManager(f"http://127.0.0.1:{proxy.port}") as pool:
            assert pool.request("GET", url).data == b"real"
            with intercept(scripted(), at={"http://fakes.test/v1": "openai"}, allow=["127.0.0.1"]):
                answer = pool.request("GET", url, headers={"authorization": f"Bearer {SECRET}"})
                assert answer.json()["object"] == "list"
        assert proxy.seen == [""]

    @pytest.mark.parametrize("url", ["https://api.openai.com/v1/models", "http://u:p@fakes.test/v1/models"])
    def test_urllib_may_not_ask_it(self, proxy: Server, url: str) -> None:
        at = f"http://127.0.0.1:{proxy.port}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": at, "https": at}))
        request = urllib.request.Request(url, headers={"authorization": SECRET})
        with (
            intercept(scripted(), allow=["127.0.0.1"]),
            pytest.raises(urllib.error.URLError, match=r"urllib\.request tried to send to (api|fakes)\."),
        ):
            opener.open(request, timeout=2)
        assert (proxy.connected, proxy.seen) == (0, [])

    def test_it_passes_on_what_is_for_another_host_that_may_be_reached(self, proxy: Server) -> None:
        at, url = f"http://127.0.0.1:{proxy.port}", "http://192.0.2.7/v1/models"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": at}))
        with intercept(scripted(), allow=["127.0.0.1", "192.0.2.7:80"]):
            assert opener.open(url, timeout=2).read() == b"real"
            assert requests.get(url, proxies={"http": at}, timeout=2).text == "real"
            with urllib3.ProxyManager(at) as pool:
                assert pool.request("GET", url).data == b"real"
            with httpx.Client(proxy=at) as old, httpx2.Client(proxy=at) as new:
                assert [client.get(url).text for client in (old, new)] == ["real", "real"]


class _OverAPair(http.client.HTTPConnection):
    """A connection that is made in its own way, as to a Unix socket; its other end has answered already."""

    def connect(self) -> None:
        self.sock, self.other = socket.socketpair()
        self.other.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nreal")


class TestWhatStaysOnTheMachine:
    """What a program needs that talks to nobody else."""

    def test_a_connection_of_its_own_making(self) -> None:
        with intercept(scripted()), contextlib.closing(_OverAPair("docker")) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"real"
            connection.other.close()

    def test_pairs_of_sockets_and_loops_of_events(self) -> None:
        with intercept(scripted()):
            left, right = socket.socketpair()
            with left, right:
                left.sendall(b"x")
                assert right.recv(1) == b"x"
            assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"

    @pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no Unix sockets here")
    def test_unix_sockets(self, tmp_path: Path) -> None:
        with (
            intercept(scripted()),
            socket.socket(socket.AF_UNIX) as listening,
            socket.socket(socket.AF_UNIX) as made,
        ):
            os.chdir(tmp_path)
            listening.bind("s")
            listening.listen()
            made.connect("s")

    def test_a_server_of_ones_own_may_listen(self) -> None:
        with intercept(scripted()):
            for host in ("127.0.0.1", b"localhost", "::1", None):
                assert socket.getaddrinfo(host, 80)
            with socket.socket() as listening:
                listening.bind(("localhost", 0))
                listening.listen()
            HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler).server_close()
            asyncio.run(_listens())

    def test_processes_and_their_pipes(self) -> None:
        with intercept(scripted()):
            done = subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, check=True)
            assert done.stdout.split() == [b"1"]
            spawn = multiprocessing.get_context("spawn")
            with spawn.Pool(1) as pool:
                assert pool.map(abs, [-1]) == [1]


async def _listens() -> None:
    started = await asyncio.start_server(lambda _r, _w: None, "localhost", 0)
    started.close()
    await started.wait_closed()


GRPC = """
class RpcError(Exception): pass
class StatusCode: FAILED_PRECONDITION = "failed precondition"
def insecure_channel(target, options=None): return _channel.Channel(target)
def secure_channel(target, credentials, options=None): return _channel.Channel(target)
from grpc import _channel, aio
"""
GRPC_CHANNEL = """
class Wire:
    def __init__(self, target): self._target = target.encode()
    def target(self): return self._target
class _UnaryUnaryMultiCallable:
    def __init__(self, channel): self._channel = channel
    def _blocking(self, request): return "sent"
    def __call__(self, request): return self._blocking(request)
    def future(self, request): return "sent"
class _UnaryStreamMultiCallable(_UnaryUnaryMultiCallable):
    def __call__(self, request): return iter(["sent"])
class Channel:
    def __init__(self, target): self._wire = Wire(target)
    def unary_unary(self): return _UnaryUnaryMultiCallable(self._wire)
    def unary_stream(self): return _UnaryStreamMultiCallable(self._wire)
"""


Install = Callable[[dict[str, str]], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Install]:
    """Makes packages that can be imported in this test, in the place of those of these names."""

    def write(texts: dict[str, str]) -> None:
        for name, text in texts.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    names = ("grpc", "uvloop", "curl_cffi")
    before = {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] in names}
    monkeypatch.syspath_prepend(str(tmp_path))  # pyright: ignore[reportUnknownMemberType] - pytest's
    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def grpc(install: Install) -> Callable[[], Any]:
    """A package in gRPC's place, which is not installed here: with its names, and imported when asked."""
    aio = GRPC.replace("import _channel, aio", "import _channel")
    install({"grpc/__init__": GRPC, "grpc/_channel": GRPC_CHANNEL, "grpc/aio": aio})
    return lambda: import_module("grpc")


class TestGrpc:
    def test_a_new_channel_is_refused(self, grpc: Callable[[], Any]) -> None:
        with intercept(scripted()):
            made = grpc()
            for open_channel in (
                lambda: made.insecure_channel("us-central1-aiplatform.googleapis.com:443"),
                lambda: made.secure_channel("us-central1-aiplatform.googleapis.com:443", None),
                lambda: made.aio.insecure_channel("us-central1-aiplatform.googleapis.com:443"),
                lambda: made.aio.secure_channel("us-central1-aiplatform.googleapis.com:443", None),
            ):
                with pytest.raises(
                    made.RpcError, match=r"gRPC tried to call us-central1.*transport=\"rest\""
                ) as caught:
                    open_channel()
                assert caught.value.code() == made.StatusCode.FAILED_PRECONDITION
        assert made.insecure_channel("x:1").unary_unary()("q") == "sent"

    def test_a_call_on_an_older_channel_is_refused(self, grpc: Callable[[], Any]) -> None:
        made = grpc()
        channel = made.secure_channel("aiplatform.googleapis.com:443", None)
        with intercept(scripted()):
            for call in (channel.unary_unary(), channel.unary_unary().future, channel.unary_stream()):
                with pytest.raises(
                    made.RpcError, match=r"gRPC tried to call aiplatform\.googleapis\.com:443"
                ):
                    call("q")
        assert channel.unary_unary()("q") == "sent"

    def test_an_allowed_server_and_a_unix_socket_are_not(self, grpc: Callable[[], Any]) -> None:
        made = grpc()
        with intercept(scripted(), allow=["127.0.0.1:8000"]):
            assert made.insecure_channel("127.0.0.1:8000").unary_unary()("q") == "sent"
            assert made.insecure_channel("unix:/tmp/x").unary_unary()("q") == "sent"
            assert made.insecure_channel("unix-abstract:x").unary_unary()("q") == "sent"
            with pytest.raises(made.RpcError):
                made.insecure_channel("dns:///127.0.0.1:8001")


UVLOOP = """
class Base:
    async def create_connection(self, *args, **kwargs):
        return "sent"
    create_datagram_endpoint = getaddrinfo = create_connection
class Loop(Base):
    pass
"""
CURL = """
class Curl:
    def perform(self):
        return "sent"
"""
ASYNC_CURL = """
class AsyncCurl:
    def add_handle(self, curl):
        return "sent"
"""


def test_libraries_in_c_that_are_known_are_refused(install: Install) -> None:
    install(
        {
            "uvloop/__init__": UVLOOP,
            "curl_cffi/__init__": "",
            "curl_cffi/curl": CURL,
            "curl_cffi/aio": ASYNC_CURL,
        }
    )
    uvloop: Any = import_module("uvloop")
    loop = uvloop.Loop()
    assert asyncio.run(loop.create_connection(None, "x", 1)) == "sent"
    with intercept(scripted()):
        curl: Any = import_module("curl_cffi.curl")
        with pytest.raises(ConnectionRefusedError, match="nothing was sent"):
            curl.Curl().perform()
        with pytest.raises(ConnectionRefusedError, match="nothing was sent"):
            import_module("curl_cffi.aio").AsyncCurl().add_handle(None)
        with pytest.raises(ConnectionRefusedError, match="connect to x:1"):
            asyncio.run(loop.create_connection(None, "x", 1))
        with pytest.raises(socket.gaierror, match="look up x"):
            asyncio.run(loop.getaddrinfo("x", 1))
        assert asyncio.run(loop.create_connection(None, sock=1)) == "sent"
        with pytest.raises(ConnectionRefusedError, match="uvloop tried to connect to x:1"):
            asyncio.run(loop.create_datagram_endpoint(None, remote_addr=("x", 1)))
        assert asyncio.run(loop.create_datagram_endpoint(None, local_addr=("x", 1))) == "sent"
    assert curl.Curl().perform() == "sent"


def test_a_world_is_not_needed_to_refuse() -> None:
    with intercept() as made:
        assert isinstance(made, World)
        with pytest.raises(OSError, match="nothing was sent"):
            socket.create_connection(("10.0.0.1", 80))
