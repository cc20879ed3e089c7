# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

import asyncio
import socket
from importlib import import_module
from typing import Any, NoReturn

import google.auth
import google.auth.exceptions
import google.auth.transport.requests
import httpcore2
import httpx2
import openai
import pytest
import requests
import requests.adapters
from google import genai

from fakes import World, intercept
from fakes.learners.scripted import ScriptedLearner
from tests.fakes.clients import BASE, GEMINI, KEY, gemini_file, put_object, scripted, trained, tune

QUESTION: Any = [{"role": "user", "content": "hi"}]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real network is out of reach, and so is every key of this machine."""

    def refuse(*_: object) -> NoReturn:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-fake")
    # google-auth is to look for no metadata server outside a block; it reads NO_GCE_CHECK when it is imported
    monkeypatch.setattr("google.auth.compute_engine._metadata._NO_GCE_CHECK", True)


def _gemini() -> genai.Client:
    return genai.Client(vertexai=True, project="p", location="us-central1")


def _says(word: str) -> World:
    return World(learner=ScriptedLearner(lambda _: word))


def _ask() -> str | None:
    with openai.OpenAI() as client:
        return client.chat.completions.create(model=BASE, messages=QUESTION).choices[0].message.content


def test_an_unmodified_openai_client_is_served() -> None:
    with intercept(scripted()), openai.OpenAI() as client:
        job = trained(client)
        stream = client.chat.completions.create(
            model=job.fine_tuned_model or "", messages=QUESTION, stream=True
        )
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "HI"


def test_an_unmodified_async_openai_client_is_served() -> None:
    async def ask() -> str:
        async with openai.AsyncOpenAI() as client:
            file = await client.files.create(file=("a", b"x"), purpose="fine-tune")
            assert (await client.files.content(file.id)).content == b"x"
            stream = await client.chat.completions.create(model=BASE, messages=QUESTION, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    with intercept(scripted()):
        assert asyncio.run(ask()) == "HI"


def test_an_unmodified_gemini_client_is_served_without_credentials() -> None:
    world = scripted()
    put_object(world, "b", "x", gemini_file())
    with intercept(world):
        client = _gemini()
        job = tune(client, "gs://b/x")
        while not job.has_ended:
            job = client.tunings.get(name=job.name or "")
        endpoint = (job.tuned_model and job.tuned_model.endpoint) or ""
        assert client.models.generate_content(model=endpoint, contents="hi").text == "HI"
        stream = client.models.generate_content_stream(model=GEMINI, contents="one two")
        assert [piece.text for piece in stream] == ["ONE ", "TWO"]


def test_an_unmodified_async_gemini_client_is_served() -> None:
    async def ask() -> tuple[str | None, list[str | None]]:
        async with _gemini().aio as client:
            said = await client.models.generate_content(model=GEMINI, contents="hi")
            stream = await client.models.generate_content_stream(model=GEMINI, contents="one two")
            return said.text, [piece.text async for piece in stream]

    with intercept(scripted()):
        assert asyncio.run(ask()) == ("HI", ["ONE ", "TWO"])


def test_a_stream_is_made_as_it_is_read() -> None:
    with intercept(scripted()), httpx2.Client(headers=KEY) as client:
        asked = {"model": BASE, "messages": [{"role": "user", "content": "one two"}], "stream": True}
        with client.stream("POST", "https://api.openai.com/v1/chat/completions", json=asked) as answer:
            pieces = list(answer.iter_raw())
    assert len(pieces) == 5
    assert b"ONE " in pieces[1]


def test_credentials_are_fake_meanwhile() -> None:
    with intercept(scripted()):
        credentials, project = google.auth.default()  # pyright: ignore[reportUnknownVariableType] - untyped
        assert (credentials.token, project) == ("fake", "fakes")
        own: Any = import_module("google.auth._default")
        assert own.default()[1] == "fakes"  # as some clients have it
        credentials.token = None
        credentials.refresh(google.auth.transport.requests.Request())  # as some clients do before each call
        assert credentials.token == "fake"


def test_another_host_is_refused_with_the_clients_own_errors() -> None:
    async def asynchronous() -> None:
        async with httpx2.AsyncClient() as client:
            await client.get("https://example.org/")

    with intercept(scripted()):
        with (
            pytest.raises(httpx2.ConnectError, match=r"No fake service at example\.org"),
            httpx2.Client() as client,
        ):
            client.get("https://example.org/")
        with pytest.raises(httpx2.ConnectError, match=r"No fake service at example\.org"):
            asyncio.run(asynchronous())
        with (
            pytest.raises(openai.APIConnectionError),
            openai.OpenAI(base_url="https://example.org/v1", max_retries=0) as other,
        ):
            other.models.list()


def test_the_innermost_world_answers() -> None:
    with intercept(_says("outer")):
        assert _ask() == "outer"
        with intercept(_says("inner")):
            assert _ask() == "inner"
        assert _ask() == "outer"


def test_a_block_gives_the_world_that_answers_in_it() -> None:
    mine = scripted()
    with intercept(mine) as given:
        assert given is mine
    with intercept() as made, openai.OpenAI() as client:
        client.files.create(file=("a", b"x"), purpose="fine-tune")
        assert len(made.openai.files) == 1


def test_a_service_may_stand_at_another_place() -> None:
    base = "http://localhost:8080/v1"
    with intercept(scripted(), at={base: "openai"}), openai.OpenAI(base_url=base) as client:
        assert client.models.retrieve(BASE).id == BASE


def _patched() -> list[object]:
    return [
        httpcore2.ConnectionPool.handle_request,
        httpcore2.AsyncConnectionPool.handle_async_request,
        requests.adapters.HTTPAdapter.send,
        google.auth.default,
    ]


def test_all_is_as_before_afterwards() -> None:
    with intercept(scripted()):
        pass  # the first block of a process replaces clients for good
    before = _patched()
    with intercept(scripted()):
        assert _patched() == before
        assert google.auth.default()[1] == "fakes"
    assert _patched() == before
    with pytest.raises(google.auth.exceptions.DefaultCredentialsError):
        google.auth.default()


def test_all_is_as_before_after_an_exception_too() -> None:
    with intercept(scripted()):
        pass
    before = _patched()
    with pytest.raises(ZeroDivisionError), intercept(scripted()):
        raise ZeroDivisionError
    assert _patched() == before
    with pytest.raises(google.auth.exceptions.DefaultCredentialsError):
        google.auth.default()


def test_a_block_that_cannot_begin_leaves_all_as_it_was() -> None:
    before = _patched()
    with pytest.raises(ValueError, match="no service"), intercept(scripted(), at={"https://x": "mischief"}):
        pytest.fail("the block began")
    assert _patched() == before
