"""The guard that holds all tests to this machine."""

from __future__ import annotations

import asyncio
import http.server
import socket
import subprocess
import sys
import threading

import httpx2
import pytest
import requests

ELSEWHERE = "192.0.2.1"  # TEST-NET-1 of RFC 5737: no machine has it


def refused(call: object) -> bool:
    """Whether the guard, and not the network, stopped a call."""
    assert callable(call)
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - the guard raises what no `except Exception` hides
        return type(error).__name__ == "NetworkReached"
    return False


def connect() -> None:
    with socket.socket() as one:
        one.connect((ELSEWHERE, 80))


def test_a_plain_socket_cannot_leave() -> None:
    assert refused(connect)


def test_a_datagram_cannot_leave() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        assert refused(lambda: one.sendto(b"x", (ELSEWHERE, 9)))


@pytest.mark.skipif(not hasattr(socket.socket, "sendmsg"), reason="not on Windows")
def test_a_message_cannot_leave_but_over_a_connection_that_there_is() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        assert refused(lambda: one.sendmsg([b"x"], [], 0, (ELSEWHERE, 9)))
    here, there = socket.socketpair()
    with here, there:
        here.sendmsg([b"x"])
        assert there.recv(1) == b"x"


def test_no_name_is_looked_up() -> None:
    assert refused(lambda: socket.getaddrinfo("example.com", 443))


def test_httpx2_cannot_leave() -> None:
    assert refused(lambda: httpx2.get(f"http://{ELSEWHERE}/"))


def test_requests_cannot_leave() -> None:
    assert refused(lambda: requests.get(f"http://{ELSEWHERE}/", timeout=1))


def test_asyncio_cannot_leave() -> None:
    assert refused(lambda: asyncio.run(asyncio.wait_for(_open(), 5)))


async def _open() -> None:
    await asyncio.open_connection(ELSEWHERE, 80)


def test_a_process_that_a_test_starts_cannot_leave() -> None:
    code = f"import socket; socket.create_connection(({ELSEWHERE!r}, 80), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "NetworkReached" in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_can_be_reached(host: str) -> None:
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert httpx2.get(f"http://{host}:{server.server_port}/").status_code == 204
        server.shutdown()
