"""Clients over cassettes over fakes in this process, for the tests of recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from openai import OpenAI

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.cassette import Cassette, CassetteTransport, Mode

__all__ = ["BASE", "Counting", "Handler", "asked", "chat", "echo", "opened", "recorded"]

BASE = "gpt-4o-mini-2024-07-18"
URL = "https://api.openai.com/v1"
Handler = Callable[[httpx2.Request], httpx2.Response]


class Counting(httpx2.BaseTransport):
    """The fakes, which say back what they are asked; counts the requests that reach them."""

    def __init__(self, handler: Handler | None = None) -> None:
        fake = FakeTransport(World(learner=ScriptedLearner(lambda prompt: prompt)))
        self._handle: Handler = handler or fake.handle_request
        self.count = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.count += 1
        return self._handle(request)


def echo() -> Counting:
    """A service that says back what it is asked."""
    return Counting()


def opened(path: Path, mode: Mode = "none") -> Cassette:
    """A cassette of recordings from fakes."""
    return Cassette(path, mode, provenance={"upstream": "fake", "recorded": "2026-11-21"})


def asked(cassette: Cassette, inner: httpx2.BaseTransport | None = None) -> OpenAI:
    """An unmodified client over a cassette."""
    http = httpx2.Client(transport=CassetteTransport(cassette, inner))
    return OpenAI(api_key="sk-fake", max_retries=0, http_client=http)


def chat(client: OpenAI, prompt: str, **more: Any) -> str:
    """What the model says to a prompt."""
    create: Any = client.chat.completions.create
    answered = create(model=BASE, messages=[{"role": "user", "content": prompt}], **more)
    return answered.choices[0].message.content or ""


def recorded(path: Path, *prompts: str, inner: httpx2.BaseTransport | None = None) -> Path:
    """A closed cassette in which these prompts were asked."""
    cassette = opened(path, "new")
    client = asked(cassette, inner or echo())
    for prompt in prompts:
        chat(client, prompt)
    cassette.close()
    return path
