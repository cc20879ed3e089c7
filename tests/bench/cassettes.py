"""Replaying and recording, against the same SDK calls on a bare MockTransport; loading; stock vcrpy and
cassetter beside it.
"""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.cassette import Cassette, CassetteTransport
from fbench.cassette.format.interaction import Headers, Interaction, RecordedResponse, write_record
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.writer import write_cassette
from tests.bench.calls import Client, google, openai, recorded
from tests.bench.measure import Figure, paired

__all__ = ["figures"]

CALLS = 200
PAIRS = 9
SIZES = {1_000: 1.08, 10_000: 1.08, 50_000: 1.12}
RECORDING = 1.4
STOCK_CALLS = 5
RUNS = 3
EVENTS, BETWEEN_EVENTS = 10, 0.02

Handler = Callable[[httpx2.Request], httpx2.Response]


def figures() -> list[Figure]:
    """All figures of the recording layer."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, client in (("openai", openai), ("google-genai", google)):
            fake = FakeTransport(World(learner=ScriptedLearner(lambda _: "twelve weeks")))
            handler = recorded(client, fake)
            sizes = SIZES if client is openai else {1_000: SIZES[1_000]}
            found += [
                _replaying(
                    name, client, handler, Path(folder) / f"{name}-{size}.yaml", size=size, target=target
                )
                for size, target in sizes.items()
            ]
            found += _recording(name, client, handler, Path(folder))
        found += _load(Path(folder) / "openai-50000.yaml")
        found.append(_stock(Path(folder) / "openai-1000.yaml"))
        found.append(_cassetter(Path(folder) / "openai-1000.yaml"))
        found.append(_first_event(Path(folder)))
        found += [_two_processes(Path(folder) / "openai-10000.yaml") for _ in range(RUNS)]
    return found


def _replaying(
    name: str, client: Client, handler: Handler, path: Path, *, size: int, target: float
) -> Figure:
    """A replayed call among so many."""
    _fill(path, client, handler, size)
    bare = _timed(client, size, lambda: httpx2.MockTransport(handler))
    ours = _timed(client, size, lambda: CassetteTransport(Cassette(path)))
    ratio, _, floor = paired(bare, ours, PAIRS)
    detail = f"the bare call takes {floor * 1e6:.0f} us"
    return Figure(f"replayed call, {size:,} recorded: {name}", ratio, "x", target, detail)


def prompt_of(number: int) -> str:
    return f"What is the answer to question {number} of the recording?"


def _fill(path: Path, client: Client, handler: Handler, size: int) -> None:
    """A cassette of so many calls with different questions, as they would have been recorded."""
    seen: list[httpx2.Request] = []

    def keep(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return handler(request)

    asyncio.run(_ask_all(client(httpx2.MockTransport(keep)), [0]))
    (first,) = seen
    answered = handler(first)
    answered.read()
    response = RecordedResponse(200, "OK", (("content-type", "application/json"),), answered.content)
    kind = (("content-type", first.headers["content-type"]),)
    template = json.dumps(json.loads(first.content), separators=(",", ":"))

    def record(number: int) -> bytes:
        body = template.replace(prompt_of(0), prompt_of(number)).encode()
        return write_record(Interaction(first.method, str(first.url), kind, body, response))

    write_cassette(path, [record(number) for number in range(size)], {"upstream": "fake"})


async def _ask_all(ask: Callable[[str], Any], numbers: list[int]) -> float:
    start = time.perf_counter()
    for number in numbers:
        await ask(prompt_of(number))
    return (time.perf_counter() - start) / len(numbers)


def _timed(
    client: Client, size: int, transport: Callable[[], httpx2.AsyncBaseTransport]
) -> Callable[[], float]:
    """What one of many calls costs, over a transport that is made anew each time and outside of the time."""
    random, loop = Random(size), asyncio.new_event_loop()  # noqa: S311 - the same draws each time
    return lambda: loop.run_until_complete(_ask_all(client(transport()), random.sample(range(size), CALLS)))


def _recording(name: str, client: Client, handler: Handler, folder: Path) -> list[Figure]:
    """A recorded call, scrubbing and writing included: in a new cassette, and behind 10,000 others."""
    found: list[Figure] = []
    for size in (0, 10_000):
        path = folder / f"recording-{name}-{size}.yaml"
        cassette = Cassette(path, "all", provenance={"upstream": "fake"})
        transport = CassetteTransport(cassette, httpx2.MockTransport(handler))
        if size:
            asyncio.run(_ask_all(client(transport), list(range(size))))
        ratio, _, floor = paired(
            _timed(client, 1_000, lambda: httpx2.MockTransport(handler)),
            _timed(client, 1_000, lambda transport=transport: transport),
            PAIRS,
        )
        cassette.release()
        detail = f"the bare call takes {floor * 1e6:.0f} us"
        found.append(Figure(f"recorded call, behind {size:,} others: {name}", ratio, "x", RECORDING, detail))
    return found


def _load(path: Path) -> list[Figure]:
    """Opening 50,000 interactions, beyond opening an empty cassette."""
    empty = path.with_name("empty.yaml")
    write_cassette(empty, [], {"upstream": "fake"})

    def opened(file: Path) -> Callable[[], float]:
        def once() -> float:
            start = time.perf_counter()
            cassette = Cassette(file)
            took = time.perf_counter() - start
            cassette.release()
            return took

        return once

    _, extra, _ = paired(opened(empty), opened(path), PAIRS)
    tracemalloc.start()
    kept = Cassette(path)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept.release()
    size = f"{path.stat().st_size / 2**20:.0f} MB of file"
    return [
        Figure("opening 50,000 interactions", extra, "s", 0.5, "more than an empty cassette"),
        Figure("memory of 50,000 interactions", grown / 2**20, "MB", 60, size),
    ]


def _stock(path: Path) -> Figure:
    """Stock vcrpy on the same file, with the body matched: what a call costs at its end, over a replayed
    one of ours.
    """
    import vcr  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs] - vcrpy has no types
    from vcr.record_mode import RecordMode  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs] - only this figure needs vcrpy, which has no types

    stock: Any = vcr.VCR(match_on=["method", "uri", "body"], record_mode=RecordMode.NONE)  # pyright: ignore[reportUnknownMemberType] - vcrpy has no types
    with stock.use_cassette(str(path), allow_playback_repeats=True):
        ask = openai(httpx2.AsyncHTTPTransport())
        theirs = asyncio.run(_ask_all(ask, [999] * STOCK_CALLS))
    ours = asyncio.run(_ask_all(openai(CassetteTransport(Cassette(path))), list(range(CALLS))))
    detail = f"{theirs * 1e3:.0f} ms a call, body matched, the last of 1,000"
    return Figure("stock vcrpy over ours at 1,000", theirs / ours, "x", None, detail)


def _cassetter(path: Path) -> Figure:
    """cassetter on the same calls, with the body matched, over the same bare ones; where it is installed."""
    name = "replayed call, 1,000 recorded: cassetter"
    if find_spec("cassetter") is None:
        return Figure(name, math.nan, "x", detail="is not installed, so it was not measured")
    cassetter: Any = import_module("cassetter")
    theirs = path.with_name("cassetter.yaml")
    with closing(CassetteReader(path)) as held:
        rows = [*held]
    kept = {"version": 1, "interactions": [_by_cassetter(each) for each in rows]}
    theirs.write_text(json.dumps(kept), encoding="utf-8")  # JSON is YAML
    body, headers = rows[0].response.body, dict(rows[0].response.headers)
    options = {"record_mode": "none", "match_on": ["method", "uri", "json_body"], "intercept": ["httpx2"]}
    bare = _timed(
        openai,
        1_000,
        lambda: httpx2.MockTransport(lambda _: httpx2.Response(200, content=body, headers=headers)),
    )
    replayed = _timed(openai, 1_000, httpx2.AsyncHTTPTransport)

    def played() -> float:
        with cassetter.use_cassette(str(theirs), **options):
            return replayed()

    ratio, _, floor = paired(bare, played, PAIRS)
    return Figure(name, ratio, "x", detail=f"the bare call takes {floor * 1e6:.0f} us")


def _by_cassetter(each: Interaction) -> dict[str, Any]:
    """An interaction in cassetter's format 1."""

    def message(headers: Headers, body: bytes) -> dict[str, Any]:
        named = {name: [value] for name, value in headers}
        return {"headers": named, "body": {"type": "json", "content": json.loads(body)}}

    asked = {"method": each.method, "uri": each.url, **message(each.headers, each.body)}
    answered = {"status": each.response.status, **message(each.response.headers, each.response.body)}
    return {"request": asked, "response": answered, "recorded_at": "2026-01-01T00:00:00Z"}


class _Slowly(httpx2.SyncByteStream):
    """A stream whose events come one by one, as a model writes them."""

    def __iter__(self) -> Iterator[bytes]:
        for number in range(EVENTS):
            time.sleep(BETWEEN_EVENTS)
            yield b"data: {}\n\n" if number < EVENTS - 1 else b"data: [DONE]\n\n"


def _first_event(folder: Path) -> Figure:
    """When the first event of a stream that is recorded reaches the caller, over when it comes."""
    headers = {"content-type": "text/event-stream"}
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=headers, stream=_Slowly()))
    cassette = Cassette(folder / "stream.yaml", "all", provenance={"upstream": "fake"})

    def took(transport: httpx2.BaseTransport) -> Callable[[], float]:
        def once() -> float:
            start = time.perf_counter()
            with (
                httpx2.Client(transport=transport) as client,
                client.stream("POST", "https://api.openai.com/v1/chat/completions") as answered,
            ):
                pieces = answered.iter_bytes()
                next(pieces)
                first = time.perf_counter() - start
                assert len([*pieces]) == EVENTS - 1
            return first

        return once

    ratio, _, floor = paired(took(inner), took(CassetteTransport(cassette, inner)), PAIRS)
    cassette.release()
    return Figure("first event of a stream", ratio, "x", 1.2, f"it comes after {floor * 1e3:.0f} ms")


def _two_processes(path: Path) -> Figure:
    """How much faster two processes replay than one, imports left out."""
    context = multiprocessing.get_context("spawn")
    numbers = list(range(4_000))

    def took(shares: list[list[int]]) -> float:
        barrier = context.Barrier(len(shares) + 1)
        children = [context.Process(target=_replay, args=(path, share, barrier)) for share in shares]
        for child in children:
            child.start()
        barrier.wait()
        start = time.perf_counter()
        barrier.wait()
        elapsed = time.perf_counter() - start
        for child in children:
            child.join()
        return elapsed

    ratio, _, two = paired(lambda: took([numbers[::2], numbers[1::2]]), lambda: took([numbers]), 3)
    detail = f"two take {two:.2f} s for {len(numbers):,} calls"
    return Figure("replay by one process over that by two", ratio, "x", detail=detail, least=1.7)


def _replay(path: Path, numbers: list[int], barrier: Any) -> None:
    ask = openai(CassetteTransport(Cassette(path)))
    asyncio.run(_ask_all(ask, numbers[-50:]))
    ask = openai(CassetteTransport(Cassette(path)))
    barrier.wait()
    asyncio.run(_ask_all(ask, numbers))
    barrier.wait()
