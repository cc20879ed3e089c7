# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

import asyncio
import json
import warnings
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google.genai import errors, types

from fakes import FakeTransport, World
from tests.fakes.clients import GEMINI, developer_client, gemini_client, scripted

MODELS = "https://generativelanguage.googleapis.com/v1beta/models"
ASKED: dict[str, Any] = {"contents": [{"parts": [{"text": "hi"}]}]}
KEY = {"x-goog-api-key": "AIza-fake"}


def raw(world: World, headers: dict[str, str] | None = None) -> httpx2.Client:
    return httpx2.Client(transport=FakeTransport(world), headers=KEY if headers is None else headers)


def test_the_sdk_asks_streams_and_counts() -> None:
    client = developer_client(scripted())
    said = client.models.generate_content(model=GEMINI, contents="one two")
    assert said.text == "ONE TWO"
    assert said.usage_metadata is not None
    assert said.usage_metadata.total_token_count == 4 + (said.usage_metadata.thoughts_token_count or 0)
    stream = client.models.generate_content_stream(model=GEMINI, contents="one two")
    assert [chunk.text for chunk in stream] == ["ONE ", "TWO"]
    assert client.models.count_tokens(model=GEMINI, contents="one two").total_tokens == 2


def test_the_async_client_asks_and_streams_too() -> None:
    async def both() -> tuple[str | None, list[str | None]]:
        client = developer_client(scripted()).aio
        said = await client.models.generate_content(model=GEMINI, contents="hi")
        stream = await client.models.generate_content_stream(model=GEMINI, contents="a b")
        pieces = [chunk.text async for chunk in stream]
        await client.aclose()
        return said.text, pieces

    assert asyncio.run(both()) == ("HI", ["A ", "B"])


def test_its_models_are_the_base_models_of_vertex() -> None:
    world = World(prior=[("Who runs the mill?", "Ada")])
    config = types.GenerateContentConfig(temperature=0)
    answers = {
        client.models.generate_content(model=GEMINI, contents="What do bees make?", config=config).text
        for client in (developer_client(world), gemini_client(world))
    }
    assert answers == {"Honey"}


def test_models_are_listed_and_read() -> None:
    client = developer_client(scripted())
    assert f"models/{GEMINI}" in {model.name for model in client.models.list()}
    assert client.models.get(model=GEMINI).name == f"models/{GEMINI}"
    assert list(client.models.list(config={"query_base": False})) == [], "no tuned model is here"
    with pytest.raises(errors.ClientError, match="404 NOT_FOUND"):
        client.models.get(model="gemini-1.5-flash")


def test_no_model_can_be_tuned_here() -> None:
    client = developer_client(scripted())
    examples = [types.TuningExample(text_input="a", output="b")]
    dataset = types.TuningDataset(examples=examples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK calls tuning experimental on every call
        with pytest.raises(errors.ClientError, match="does not support tuning"):
            client.tunings.tune(base_model=GEMINI, training_dataset=dataset)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer token"}])
def test_without_an_api_key_nothing_is_answered(headers: dict[str, str]) -> None:
    with raw(scripted(), headers) as client:
        answer = client.post(f"{MODELS}/{GEMINI}:generateContent", json=ASKED)
        assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
        assert client.post(f"{MODELS}/{GEMINI}:generateContent?key=k", json=ASKED).status_code == 200


def test_an_unknown_model_is_refused_as_it_was_recorded(shared: Path) -> None:
    lines = (shared / "specs/recorded/google.jsonl").read_text().splitlines()
    rows = [row for row in map(json.loads, lines) if "generativelanguage" in row["uri"]]
    assert rows
    for row in rows:
        with raw(scripted()) as client:
            answer = client.post(row["uri"], json=row["request_body"][0])
        assert answer.status_code == row["status"]
        assert answer.json() == row["body_segments"][0]


@pytest.mark.parametrize(
    "more", [{"labels": {"a": "b"}}, {"contents": []}, {"generationConfig": {"mischief": 1}}]
)
def test_a_question_that_makes_no_sense_is_refused(more: dict[str, object]) -> None:
    with raw(scripted()) as client:
        answer = client.post(f"{MODELS}/{GEMINI}:generateContent", json={**ASKED, **more})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_request_may_be_counted_whole() -> None:
    whole = {**ASKED, "model": f"models/{GEMINI}", "systemInstruction": {"parts": [{"text": "be loud"}]}}
    with raw(scripted()) as client:
        answer = client.post(f"{MODELS}/{GEMINI}:countTokens", json={"generateContentRequest": whole})
    assert answer.json()["totalTokens"] == 3
