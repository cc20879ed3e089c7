"""The server's throughput, against a bare ASGI application under the same uvicorn: a fixed body."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.bench.measure import Figure, paired

__all__ = ["figures"]

CALLS = 300
BODY = json.dumps(
    {"model": "gpt-4o-2024-08-06", "messages": [{"role": "user", "content": "hi"}], "temperature": 0}
).encode()
HEADERS = {"authorization": "Bearer sk-fake", "content-type": "application/json"}
BARE = """
import socket, sys, uvicorn
CONTENT = sys.argv[1].encode()
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(CONTENT))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": CONTENT})
listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listening.bind(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
config = uvicorn.Config(app, http="h11", lifespan="off", log_level="warning", access_log=False)
uvicorn.Server(config).run([listening])
"""


def figures() -> list[Figure]:
    """Requests a second as a ratio: how many times longer a chat call takes than a fixed body."""
    with _started("-m", "fbench", "serve") as line:
        url = line.partition("=")[2] + "/chat/completions"
        answer = _ask(_connect(url), url)
        with _started("-c", BARE, answer.decode()) as bare:
            ratio, _, floor = paired(_seconds(bare + "/"), _seconds(url))
    detail = f"a fixed body takes {floor * 1e6:.0f} us over loopback"
    # with Nagle's algorithm on, each answer waits 40 ms: that would be 40 x
    return [Figure("server: a chat call, learner included", ratio, "x", 3.0, detail)]


@contextmanager
def _started(*arguments: str) -> Generator[str]:
    """The first line that a server prints once it listens."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def _connect(url: str) -> http.client.HTTPConnection:
    for _ in range(50):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        try:
            connection.connect()
        except OSError:
            time.sleep(0.1)
        else:
            return connection
    raise AssertionError(f"nothing listens at {url}")


def _ask(connection: http.client.HTTPConnection, url: str) -> bytes:
    connection.request("POST", urlsplit(url).path, BODY, HEADERS)
    response = connection.getresponse()
    content = response.read()
    assert response.status == 200, content
    return content


def _seconds(url: str) -> Callable[[], float]:
    connection = _connect(url)

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(CALLS):
            _ask(connection, url)
        return (time.perf_counter() - start) / CALLS

    return measure
