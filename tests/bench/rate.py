"""2,000 answers of 50 ms over 50 connections: through the pacer, against a bare loop of the SDK.

The service is a server in a process of its own that waits and says the same each time. It has no limits, so
the pacer has to find out that it may send as much as it can.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection as Pipe

from openai import AsyncOpenAI

from fbench.providers.connect import connect
from fbench.providers.model import Sampling
from fbench.providers.pacing import Pacers, paced_as
from fbench.providers.profiles import profile_of
from fbench.upstream import live
from tests.bench.measure import Figure, paired

__all__ = ["figures"]

ANSWERS = 2000
AT_ONCE = 50
SECONDS = 0.05
MODEL = "openai:gpt-4o-mini-2024-07-18"
Ask = Callable[[str], Awaitable[object]]

_BODY = (
    b'{"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini-2024-07-18", '
    b'"choices": [{"index": 0, "message": {"role": "assistant", "content": "twelve weeks"}, '
    b'"finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}'
)
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_BODY) + _BODY
)


def figures() -> list[Figure]:
    """The ratio of both, with the same client and the same machine in turn."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    base_url = f"http://127.0.0.1:{here.recv()}/v1"
    try:
        ratio, _, floor = paired(lambda: _bare(base_url), lambda: _paced(base_url), pairs=5)
    finally:
        process.terminate()
        process.join()
    detail = f"the bare loop takes {floor:.2f} s"
    return [Figure("2,000 answers of 50 ms over 50 connections, paced", ratio, "x", 1.3, detail)]


def _serve(pipe: Pipe) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                )
                await reader.readexactly(int(length.split(b":")[1]))
                await asyncio.sleep(SECONDS)
                writer.write(_RESPONSE)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def _all(ask: Ask) -> float:
    """The seconds of all questions, asked by as many workers as may be in flight."""
    left = iter(range(ANSWERS))

    async def work() -> None:
        for number in left:
            await ask(f"How long is the course of treatment {number}?")

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return time.perf_counter() - start


def _bare(base_url: str) -> float:
    async def run() -> float:
        async with AsyncOpenAI(api_key="sk", base_url=base_url, max_retries=0) as client:

            async def ask(prompt: str) -> object:
                return await client.chat.completions.create(
                    model="gpt-4o-mini-2024-07-18",
                    messages=[{"role": "user", "content": prompt}],
                    temperature=0,
                    max_tokens=100,
                    seed=42,
                )

            return await _all(ask)

    return asyncio.run(run())


def _paced(base_url: str) -> float:
    async def run() -> float:
        profile, name = profile_of(MODEL)
        provider = connect(live({"OPENAI_API_KEY": "sk", "OPENAI_BASE_URL": base_url}), profile)
        try:
            with paced_as(Pacers([MODEL]).of(MODEL), asyncio.Semaphore(AT_ONCE)):
                return await _all(lambda prompt: provider.ask(name, prompt, Sampling()))
        finally:
            await provider.close()

    return asyncio.run(run())
