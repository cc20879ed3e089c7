"""One call to a fake in this process, against the same SDK call on a bare MockTransport."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx2
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.datasets import open_dataset
from fbench.upstream import prior_of
from tests.bench.measure import Figure, paired

__all__ = ["Client", "figures", "google", "openai", "recorded", "seconds"]

CALLS = 200
LEARNER_MICROSECONDS = 150
Ask = Callable[[str], Awaitable[object]]
Client = Callable[[httpx2.AsyncBaseTransport], Ask]

DATASET = open_dataset(None, tasks=["medical"])
PROMPTS = [question.prompt for question in DATASET.questions]


def openai(transport: httpx2.AsyncBaseTransport) -> Ask:
    client = AsyncOpenAI(
        api_key="sk", max_retries=0, http_client=DefaultAsyncHttpxClient(transport=transport)
    )
    return lambda prompt: client.chat.completions.create(
        model="gpt-4o-2024-08-06",
        messages=[{"role": "user", "content": prompt}],
        temperature=0,
        seed=42,
        max_tokens=100,
    )


def google(transport: httpx2.AsyncBaseTransport) -> Ask:
    client = genai.Client(
        vertexai=True,
        project="p",
        location="us-central1",
        credentials=Credentials("fake"),  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
        http_options=types.HttpOptions(httpx_async_client=httpx2.AsyncClient(transport=transport)),
    )
    config = types.GenerateContentConfig(temperature=0, seed=42, max_output_tokens=100)
    return lambda prompt: client.aio.models.generate_content(  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed
        model="gemini-2.5-pro", contents=prompt, config=config
    )


def figures() -> list[Figure]:
    """Bridge and routing as a ratio, and the learner in microseconds on top."""
    found: list[Figure] = []
    for name, client, target in (("openai", openai, 1.15), ("google-genai", google, 1.35)):
        fixed = FakeTransport(World(learner=ScriptedLearner(lambda _prompt: "twelve weeks")))
        learned = FakeTransport(World(prior=prior_of(DATASET)))
        bare = httpx2.MockTransport(recorded(client, fixed))
        ratio, _, floor = paired(seconds(client(bare)), seconds(client(fixed)))
        detail = f"the bare call takes {floor * 1e6:.0f} us"
        found.append(Figure(f"fake call, fixed answer: {name}", ratio, "x", target, detail))
        _, extra, _ = paired(seconds(client(fixed)), seconds(client(learned)))
        found.append(Figure(f"fake call, learner on top: {name}", extra * 1e6, "us", LEARNER_MICROSECONDS))
    return found


def recorded(client: Client, fake: FakeTransport) -> Callable[[httpx2.Request], httpx2.Response]:
    """A handler that always answers what the fake answers to a first call, so that both sides parse alike."""
    seen: list[httpx2.Response] = []

    async def handle(request: httpx2.Request) -> httpx2.Response:
        response = await fake.handle_async_request(request)
        await response.aread()
        seen.append(response)
        return httpx2.Response(response.status_code, headers=response.headers.raw, content=response.content)

    async def ask() -> None:
        await client(httpx2.MockTransport(handle))(PROMPTS[0])

    asyncio.run(ask())
    (first,) = seen
    assert json.loads(first.content)
    headers = first.headers.raw
    return lambda _request: httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(first.content))


def seconds(ask: Ask) -> Callable[[], float]:
    """What one of many calls costs."""
    loop = asyncio.new_event_loop()

    async def calls() -> float:
        start = time.perf_counter()
        for number in range(CALLS):
            await ask(PROMPTS[number % len(PROMPTS)])
        return (time.perf_counter() - start) / CALLS

    return lambda: loop.run_until_complete(calls())
