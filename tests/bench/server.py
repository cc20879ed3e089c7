"""The server: its throughput against a bare ASGI application under the same uvicorn (a fixed body), many
connections at once, long bodies, and how long others wait while it trains.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from tests.bench.measure import Figure, paired

__all__ = ["figures"]

CALLS = 300
MANY, CONNECTIONS = 40_000, 64
BODY = json.dumps(
    {"model": "gpt-4o-2024-08-06", "messages": [{"role": "user", "content": "hi"}], "temperature": 0}
).encode()
HEADERS = {"authorization": "Bearer sk-fake", "content-type": "application/json"}
BARE = """
import socket, sys, uvicorn
CONTENT = sys.argv[1].encode()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(CONTENT))]
def answer(body):
    return CONTENT
async def app(scope, receive, send):
    pieces = [await receive()]
    while pieces[-1].get("more_body"):
        pieces.append(await receive())
    content = answer(b"".join(piece.get("body", b"") for piece in pieces))
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": content})
"""
NEEDED = """
import json
from fakes.learners.softmax import SoftmaxLearner
HEADERS = [(name.encode(), value.encode()) for name, value in json.loads(sys.argv[2])]
ANSWER = json.loads(CONTENT)
MODEL = SoftmaxLearner().base("gpt-4o-2024-08-06")
def answer(body):
    asked = json.loads(body)
    said = MODEL.answer(asked["messages"][0]["content"], temperature=asked["temperature"])
    ANSWER["choices"][0]["message"]["content"] = said.text
    return json.dumps(ANSWER, ensure_ascii=False, separators=(",", ":")).encode()
"""
"""What a chat needs whoever serves it: the learner, JSON both ways, and the headers of the service."""
SERVED = """
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
        answer, headers = _ask(_connect(url), url)
        with (
            _started("-c", BARE + SERVED, answer.decode()) as bare,
            _started("-c", BARE + NEEDED + SERVED, answer.decode(), json.dumps(headers)) as needed,
        ):
            least, _, _ = paired(_seconds(bare + "/"), _seconds(needed + "/"))
            ratio, _, floor = paired(_seconds(bare + "/"), _seconds(url))
    detail = (
        f"a fixed body takes {floor * 1e6:.0f} us; its learner, JSON and headers alone make it {least:.2f} x"
    )
    # with Nagle's algorithm on, each answer waits 40 ms: that would be 40 x
    return [
        Figure("server: a chat call, learner included", ratio, "x", 1.5, detail),
        *_many_connections(),
        _long_bodies(),
        _longest_wait(),
    ]


def _many_connections() -> list[Figure]:
    """40,000 calls over 64 connections: answers that are none, and what memory grows by."""
    with _serving() as (process, url):
        asyncio.run(_load(url, MANY // 8))
        before = _memory(process.pid)
        failed = asyncio.run(_load(url, MANY))
        grown = _memory(process.pid) - before
    return [
        Figure(f"server: failures of {MANY} calls over {CONNECTIONS} connections", failed, "", 0),
        Figure("server: memory that they leave", grown, "MiB", 8.0),
    ]


async def _load(url: str, calls: int) -> int:
    host, port = urlsplit(url).netloc.split(":")
    head = b"POST %s HTTP/1.1\r\nhost: localhost\r\n" % urlsplit(url).path.encode()
    head += b"".join(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in HEADERS.items())
    request = head + b"content-length: %d\r\n\r\n" % len(BODY) + BODY

    async def client() -> int:
        failed = 0
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(calls // CONNECTIONS):
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            failed += not answer.startswith(b"HTTP/1.1 200")
            length = answer.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            await reader.readexactly(int(length))
        writer.close()
        return failed

    return sum(await asyncio.gather(*(client() for _ in range(CONNECTIONS))))


def _long_bodies() -> Figure:
    """How many times longer an upload of 40 MB takes than one of 10 MB: the shortest of several each."""
    with _serving() as (_, url):
        at = url.replace("/openai/v1/chat/completions", "/storage/upload/storage/v1/b/b/o")
        target = f"{urlsplit(at).path}?uploadType=media&name=x"

        def seconds(size: int) -> float:
            connection, body = _connect(at), b"x" * size
            start = time.perf_counter()
            connection.request("POST", target, body, HEADERS)
            response = connection.getresponse()
            assert response.status == 200, response.read()
            response.read()
            return time.perf_counter() - start

        pairs = [(seconds(10_000_000), seconds(40_000_000)) for _ in range(7)]
    short, long = (min(each) for each in zip(*pairs, strict=True))
    return Figure("server: a body of 40 MB against one of 10 MB", long / short, "x", 4.5, f"{short:.2f} s")


def _longest_wait() -> Figure:
    """The longest answer to a client that polls while 3,000 examples are trained."""
    messages = [
        [
            {"role": "user", "content": f"Who is person {i} of the town {i * 7 % 311}?"},
            {"role": "assistant", "content": f"Answer {i * 13 % 2999}"},
        ]
        for i in range(3000)
    ]
    content = b"".join(json.dumps({"messages": each}).encode() + b"\n" for each in messages)
    with _serving("--speed", "6000") as (_, url), httpx2.Client(headers=HEADERS, timeout=600) as client:
        root = url.removesuffix("/chat/completions")
        client.post(url, content=BODY)
        form = httpx2.Client(headers={"authorization": HEADERS["authorization"]}, timeout=600)
        with form:
            file = form.post(f"{root}/files", files={"file": ("t", content)}, data={"purpose": "fine-tune"})
        asked = {"model": "gpt-4o-2024-08-06", "training_file": file.json()["id"]}
        job = client.post(f"{root}/fine_tuning/jobs", json=asked).json()["id"]
        longest = 0.0
        begun, state = time.perf_counter(), ""
        while state != "succeeded":
            start = time.perf_counter()
            state = client.get(f"{root}/fine_tuning/jobs/{job}").json()["status"]
            longest = max(longest, time.perf_counter() - start)
            assert state != "failed"
            time.sleep(0.005)
    detail = f"the job took {time.perf_counter() - begun:.1f} s"
    return Figure(
        "server: the longest wait while 3,000 examples are trained", longest * 1000, "ms", 100, detail
    )


def _memory(process: int) -> float:
    """MiB that a process holds."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("this system does not tell what memory a process holds")


@contextmanager
def _serving(*options: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A server of its own, and where its chat completions are."""
    command = [sys.executable, "-m", "fbench", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        yield process, line.partition("=")[2] + "/chat/completions"
        process.terminate()


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


def _ask(connection: http.client.HTTPConnection, url: str) -> tuple[bytes, list[tuple[str, str]]]:
    """The answer to a chat, and its headers without those that uvicorn adds."""
    connection.request("POST", urlsplit(url).path, BODY, HEADERS)
    response = connection.getresponse()
    content = response.read()
    assert response.status == 200, content
    return content, [pair for pair in response.getheaders() if pair[0] not in ("date", "server")]


def _seconds(url: str) -> Callable[[], float]:
    connection = _connect(url)

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(CALLS):
            _ask(connection, url)
        return (time.perf_counter() - start) / CALLS

    return measure
