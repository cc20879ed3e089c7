"""The network as a transport: it goes by the proxies that the environment names."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from fbench.wire import WireTransport


class Server(ThreadingHTTPServer):
    """A loopback server that remembers the request lines it saw."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lines: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.lines.append(self.requestline)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def get(url: str) -> int:
    async def story() -> int:
        async with httpx2.AsyncClient(transport=WireTransport()) as client:
            return (await client.get(url)).status_code

    return asyncio.run(story())


def test_it_reaches_a_server(server: Server) -> None:
    assert get(f"{server.url}/x") == 204
    assert server.lines == ["GET /x HTTP/1.1"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_it_goes_through_a_proxy(server: Server, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv(variable.lower(), server.url)
    assert get("http://service.invalid/x") == 204
    assert server.lines == ["GET http://service.invalid/x HTTP/1.1"]


def test_it_goes_past_the_proxy_where_the_environment_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert get(f"{server.url}/x") == 204
