"""Tasks and threads over one cassette: the answers are those of one after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.cassette import Cassette, CassetteTransport
from fbench.cassette.format.reader import CassetteReader
from fbench.request_context import about
from tests.cassette.clients import BASE, URL, opened

PROMPTS = [f"question {number % 30}" for number in range(60)]  # each of them twice


def body(prompt: str) -> dict[str, object]:
    return {"model": BASE, "messages": [{"role": "user", "content": prompt}]}


def service() -> FakeTransport:
    return FakeTransport(World(learner=ScriptedLearner(lambda prompt: f"answer to {prompt}")))


def content(answered: httpx2.Response) -> str:
    return answered.json()["choices"][0]["message"]["content"]


def in_tasks(cassette: Cassette, prompts: list[str], tags: bool = False) -> list[str]:
    async def ask(client: httpx2.AsyncClient, number: int, prompt: str) -> str:
        with about(tag=f"{number:03}" if tags else ""):
            key = {"authorization": "Bearer sk-fake"}
            return content(await client.post(f"{URL}/chat/completions", json=body(prompt), headers=key))

    async def all_() -> list[str]:
        async with httpx2.AsyncClient(transport=CassetteTransport(cassette, service())) as client:
            numbered = [
                (PROMPTS.index(prompt) if not tags else n, prompt) for n, prompt in enumerate(prompts)
            ]
            return await asyncio.gather(*(ask(client, number, prompt) for number, prompt in numbered))

    return asyncio.run(all_())


def in_threads(cassette: Cassette, prompts: list[str]) -> list[str]:
    key = {"authorization": "Bearer sk-fake"}
    with (
        httpx2.Client(transport=CassetteTransport(cassette, service())) as client,
        ThreadPoolExecutor(16) as pool,
    ):

        def ask(prompt: str) -> str:
            return content(client.post(f"{URL}/chat/completions", json=body(prompt), headers=key))

        return list(pool.map(ask, prompts))


@pytest.mark.parametrize("seed", range(20))
def test_fifty_tasks_and_sixteen_threads_get_the_answers_of_one_after_the_other(
    tmp_path: Path, seed: int
) -> None:
    prompts = Random(seed).sample(PROMPTS, len(PROMPTS))  # noqa: S311 - an order, no secret
    expected = [f"answer to {prompt}" for prompt in prompts]
    one, other = tmp_path / "tasks.yaml", tmp_path / "threads.yaml"
    recording = opened(one, "all")
    assert in_tasks(recording, prompts) == expected
    recording.close()
    recording = opened(other, "all")
    assert in_threads(recording, prompts) == expected
    recording.close()
    for path in (one, other):
        again = opened(path)
        assert in_tasks(again, prompts[::-1]) == expected[::-1]
        assert again.unused() == []
        assert in_threads(opened(path), prompts) == expected
    assert Counter(each.key for each in CassetteReader(one)) == Counter(
        each.key for each in CassetteReader(other)
    )


def test_tagged_recordings_are_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    written: list[list[bytes]] = []
    for seed in range(3):
        path = tmp_path / f"{seed}.yaml"
        cassette = opened(path, "new")
        order = Random(seed).sample(range(len(PROMPTS)), len(PROMPTS))  # noqa: S311 - an order, no secret

        async def ask(client: httpx2.AsyncClient, number: int) -> None:
            with about(tag=f"{number:03}"):
                key = {"authorization": "Bearer sk-fake"}
                await client.post(f"{URL}/chat/completions", json=body(f"question {number}"), headers=key)

        async def all_(cassette: Cassette = cassette, order: list[int] = order) -> None:
            async with httpx2.AsyncClient(transport=CassetteTransport(cassette, service())) as client:
                await asyncio.gather(*(ask(client, number) for number in order))

        asyncio.run(all_())
        cassette.close()
        tape = CassetteReader(path)
        written.append([tape.record(position) for position in range(len(tape))])
    assert written[0] == written[1] == written[2]
