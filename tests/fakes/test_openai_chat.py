from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import fakes.openai.routes.chat
from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fakes.tokens import count
from tests.fakes.clients import (
    BASE,
    KEY,
    async_openai_client,
    finish,
    openai_client,
    raw_client,
    scripted,
    trained,
    upload,
)

CHAT = "https://api.openai.com/v1/chat/completions"


def _ask(world: World, text: str, **options: Any) -> Any:
    asked: dict[str, Any] = {"model": BASE, "messages": [{"role": "user", "content": text}], **options}
    create: Any = openai_client(world).chat.completions.create
    return create(**asked)


def test_the_last_user_message_is_answered() -> None:
    client = openai_client(scripted())
    said = client.chat.completions.create(
        model=BASE,
        messages=[
            {"role": "system", "content": "be loud"},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "ONE"},
            {"role": "user", "content": [{"type": "text", "text": "t"}, {"type": "text", "text": "wo"}]},
        ],
    )
    [choice] = said.choices
    assert (choice.message.content, choice.finish_reason, choice.message.role) == ("TWO", "stop", "assistant")
    assert said.usage is not None
    assert said.usage.prompt_tokens == sum(map(count, ("be loud", "one", "ONE", "two")))
    assert said.usage.total_tokens == said.usage.prompt_tokens + said.usage.completion_tokens


def test_an_alias_is_answered_by_its_snapshot() -> None:
    assert _ask(scripted(), "hi", model="gpt-4o-mini").model == BASE


@given(text=st.text(min_size=1), limit=st.integers(1, 20))
def test_a_limit_cuts_the_answer_and_says_so(text: str, limit: int) -> None:
    said = _ask(World(learner=ScriptedLearner(lambda _: text)), "?", max_tokens=limit)
    [choice] = said.choices
    assert text.startswith(choice.message.content)
    assert said.usage.completion_tokens <= limit
    assert (choice.finish_reason == "stop") == (choice.message.content == text)
    assert (choice.finish_reason == "stop") == (count(text) <= limit)


@given(text=st.text())
@example(text=" \n")
def test_the_pieces_of_a_stream_are_the_whole_answer(text: str) -> None:
    world = World(learner=ScriptedLearner(lambda _: text))
    pieces = [chunk.choices[0].delta.content or "" for chunk in _ask(world, "?", stream=True)]
    assert "".join(pieces) == text == _ask(world, "?").choices[0].message.content


def test_a_stream_gives_its_reason_and_its_usage_where_asked() -> None:
    world = scripted()
    *chunks, last = _ask(world, "one two three", stream=True, stream_options={"include_usage": True})
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert last.choices == []
    assert last.usage == _ask(world, "one two three").usage
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_async_client_streams_too() -> None:
    async def streamed() -> str:
        async with async_openai_client(scripted()) as client:
            stream = await client.chat.completions.create(
                model=BASE, messages=[{"role": "user", "content": "one two"}], stream=True
            )
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert asyncio.run(streamed()) == "ONE TWO"


def _pulled(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the service has made of its streams so far."""
    made: list[bytes] = []
    stream = fakes.openai.routes.chat._stream  # pyright: ignore[reportPrivateUsage] - the one place that makes pieces

    def counted(*args: Any, **options: Any) -> Iterator[bytes]:
        for piece in stream(*args, **options):
            made.append(piece)
            yield piece

    monkeypatch.setattr(fakes.openai.routes.chat, "_stream", counted)
    return made


def test_a_stream_is_made_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _pulled(monkeypatch)
    stream = iter(_ask(scripted(), "one two three four", stream=True))
    next(stream)
    assert len(made) == 1
    next(stream)
    assert len(made) == 2


def test_an_async_stream_is_made_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _pulled(monkeypatch)

    async def first() -> int:
        transport = FakeTransport(scripted())
        asked = {"model": BASE, "messages": [{"role": "user", "content": "one two three"}], "stream": True}
        async with (
            httpx2.AsyncClient(transport=transport, headers=KEY) as client,
            client.stream("POST", CHAT, json=asked) as answer,
        ):
            pieces = answer.aiter_raw()
            await anext(pieces)
            return len(made)

    assert asyncio.run(first()) == 1


def test_the_same_request_gets_the_same_bytes_and_another_one_another_id() -> None:
    world = scripted()
    with raw_client(world) as client:
        asked = {"model": BASE, "messages": [{"role": "user", "content": "hi"}]}
        first, second = (client.post(CHAT, json=asked).content for _ in range(2))
        assert first == second
        other = client.post(CHAT, json={**asked, "seed": 1}).json()
        assert other["id"] != client.post(CHAT, json=asked).json()["id"]


def test_a_tuned_model_answers_from_its_success_until_its_deletion() -> None:
    client = openai_client(scripted())
    name = trained(client).fine_tuned_model or ""
    again = openai_client(world := scripted())
    made = again.fine_tuning.jobs.create(
        model=BASE, training_file=upload(again), hyperparameters={"n_epochs": 1}
    )
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        _ask(world, "hi", model=name)
    assert finish(again, made.id).fine_tuned_model == name, "two worlds of a seed name alike"
    assert _ask(world, "hi", model=name).choices[0].message.content == "HI"
    assert name in [model.id for model in again.models.list()]
    assert again.models.retrieve(name).owned_by == finish(again, made.id).organization_id
    assert again.models.delete(name).deleted
    for gone in (lambda: _ask(world, "hi", model=name), lambda: again.models.retrieve(name)):
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            gone()
    with pytest.raises(openai.NotFoundError):
        again.models.delete(name)


def test_the_vendors_own_models_are_listed_and_cannot_be_deleted() -> None:
    client = openai_client(scripted())
    assert BASE in [model.id for model in client.models.list()]
    assert client.models.retrieve(BASE).owned_by == "system"
    with pytest.raises(openai.PermissionDeniedError):
        client.models.delete(BASE)


NONSENSE: list[tuple[dict[str, object], int, str | None]] = [
    ({"model": "gpt-3.5-turbo"}, 404, "model"),
    ({"model": None}, 400, None),
    ({"messages": []}, 400, "messages"),
    ({"messages": "hi"}, 400, "messages"),
    ({"messages": [{"role": "user"}]}, 400, "messages[0].content"),
    ({"messages": [{"role": "user", "content": []}]}, 400, "messages[0].content"),
    ({"messages": [{"role": "oracle", "content": "x"}]}, 400, "messages[0].role"),
    ({"messages": [{"role": ["user"], "content": "x"}]}, 400, "messages[0].role"),
    ({"messages": ["hi"]}, 400, "messages[0]"),
    ({"temperature": 3}, 400, "temperature"),
    ({"temperature": "hot"}, 400, "temperature"),
    ({"max_tokens": 0}, 400, "max_tokens"),
    ({"max_completion_tokens": 1.5}, 400, "max_completion_tokens"),
    ({"seed": "x"}, 400, "seed"),
]


@pytest.mark.parametrize(("asked", "status", "param"), NONSENSE)
def test_a_question_that_makes_no_sense_is_refused(
    asked: dict[str, object], status: int, param: str | None
) -> None:
    with raw_client(scripted()) as client:
        body = {"model": BASE, "messages": [{"role": "user", "content": "hi"}], **asked}
        answer = client.post(CHAT, json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"seed": NaN}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with raw_client(scripted()) as client:
        answer = client.post(CHAT, content=body)
    assert answer.status_code == 400
    assert "parse the JSON body" in answer.json()["error"]["message"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "Basic eDp5"}])
def test_without_a_key_nothing_is_answered(headers: dict[str, str]) -> None:
    with httpx2.Client(transport=FakeTransport(scripted())) as client:
        for path in ("files", "models", "fine_tuning/jobs", "files/file-1/content"):
            answer = client.get(f"https://api.openai.com/v1/{path}", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["message"].startswith("You didn't provide an API key")


def test_an_unknown_path_is_404_and_an_unknown_method_405() -> None:
    with raw_client(scripted()) as client:
        missing = client.get("https://api.openai.com/v1/mischief?x=1")
        wrong = client.put("https://api.openai.com/v1/files/file-1")
    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert missing.json()["error"]["message"] == "Invalid URL (GET /mischief)"
    for answer in (missing, wrong):
        assert answer.json()["error"]["type"] == "invalid_request_error"
