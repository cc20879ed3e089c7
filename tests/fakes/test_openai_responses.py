"""The newer way to ask: a response, kept or not, whole or streamed."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.tokens import count, pieces
from tests.fakes.clients import BASE, async_openai_client, openai_client, raw_client, scripted, trained

RESPONSES = "https://api.openai.com/v1/responses"


def _says(text: str) -> openai.OpenAI:
    return openai_client(World(learner=ScriptedLearner(lambda _: text)))


def test_a_text_is_answered_and_the_response_is_kept() -> None:
    client = openai_client(scripted())
    made = client.responses.create(model=BASE, input="hi", metadata={"k": "v"})
    assert (made.output_text, made.status, made.error, made.metadata) == ("HI", "completed", None, {"k": "v"})
    assert client.responses.retrieve(made.id) == made
    with raw_client(scripted()) as raw:
        answer = raw.post(RESPONSES, json={"model": BASE, "input": "hi"}).json()
    assert answer["id"] != made.id, "another request has another id"


def test_a_response_is_gone_after_its_deletion() -> None:
    client = openai_client(scripted())
    made = client.responses.create(model=BASE, input="hi")
    client.responses.delete(made.id)
    for gone in (client.responses.retrieve, client.responses.delete):
        with pytest.raises(openai.NotFoundError, match="not found"):
            gone(made.id)


def test_a_response_is_not_kept_where_that_is_unwanted() -> None:
    client = openai_client(scripted())
    made = client.responses.create(model=BASE, input="hi", store=False)
    assert made.output_text == "HI"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


def test_messages_are_answered_by_the_last_of_the_user_under_instructions() -> None:
    client = openai_client(scripted())
    made = client.responses.create(
        model=BASE,
        instructions="be loud",
        input=[
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "ONE"},
            {"role": "user", "content": [{"type": "input_text", "text": "two"}], "type": "message"},
        ],
    )
    assert (made.output_text, made.instructions) == ("TWO", "be loud")
    assert made.usage is not None
    assert made.usage.input_tokens == sum(map(count, ("be loud", "one", "ONE", "two")))


def test_a_tuned_model_and_an_alias_answer_too() -> None:
    client = openai_client(scripted())
    name = trained(client).fine_tuned_model or ""
    assert client.responses.create(model=name, input="hi").model == name
    assert client.responses.create(model="gpt-4o-mini", input="hi").model == BASE


@given(text=st.text(min_size=1), limit=st.integers(16, 24))
def test_an_answer_that_is_cut_is_incomplete_and_says_why(text: str, limit: int) -> None:
    made = _says(text * 5).responses.create(model=BASE, input="?", max_output_tokens=limit)
    assert (text * 5).startswith(made.output_text)
    assert (made.status == "completed") == (made.output_text == text * 5)
    assert (made.incomplete_details is None) == (made.status == "completed")
    assert made.usage is not None
    assert made.usage.output_tokens == count(made.output_text) <= limit


def test_the_events_of_a_stream_come_in_the_order_of_the_specification() -> None:
    with openai_client(scripted()).responses.create(model=BASE, input="one two", stream=True) as stream:
        events: list[Any] = list(stream)
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].response.output == []
    assert events[0].response.status == "in_progress"


@given(text=st.text())
def test_the_deltas_of_a_stream_are_the_whole_answer(text: str) -> None:
    client = _says(text)
    with client.responses.stream(model=BASE, input="?") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert deltas == pieces(text)
    assert final.output_text == text == client.responses.retrieve(final.id).output_text


def test_a_stream_that_is_cut_ends_incomplete() -> None:
    stream = _says("word " * 50).responses.create(model=BASE, input="?", stream=True, max_output_tokens=16)
    *_, last = stream
    assert last.type == "response.incomplete"
    assert last.response.incomplete_details is not None
    assert last.response.incomplete_details.reason == "max_output_tokens"


def test_the_async_client_streams_responses_too() -> None:
    async def streamed() -> str:
        async with async_openai_client(scripted()) as client:
            stream = await client.responses.create(model=BASE, input="one two", stream=True)
            return "".join([e.delta async for e in stream if e.type == "response.output_text.delta"])

    assert asyncio.run(streamed()) == "ONE TWO"


def test_a_response_goes_on_from_an_earlier_one_and_reads_its_tokens_again() -> None:
    client = openai_client(scripted())
    first = client.responses.create(model=BASE, input="one")
    second = client.responses.create(model=BASE, input="two", previous_response_id=first.id)
    assert first.usage is not None
    assert second.usage is not None
    assert second.previous_response_id == first.id
    assert second.usage.input_tokens == first.usage.total_tokens + count("two")
    with pytest.raises(openai.BadRequestError, match="not found"):
        client.responses.create(model=BASE, input="two", previous_response_id="resp_none")


def test_only_the_last_thousand_are_kept() -> None:
    world = scripted()
    with raw_client(world) as client:
        made = [
            client.post(RESPONSES, json={"model": BASE, "input": f"q{n}"}).json()["id"] for n in range(1003)
        ]
        found = [client.get(f"{RESPONSES}/{each}").status_code for each in (*made[:4], made[-1])]
    assert found == [404, 404, 404, 200, 200]


@pytest.mark.parametrize(
    ("asked", "status", "param"),
    [
        ({"model": None}, 400, "model"),
        ({"model": "gpt-3.5-turbo"}, 404, "model"),
        ({"input": None}, 400, "input"),
        ({"input": []}, 400, "input"),
        ({"input": [{"role": "tool", "content": "x"}]}, 400, "input[0].role"),
        ({"input": [{"role": "user"}]}, 400, "input[0].content"),
        ({"instructions": 1}, 400, "instructions"),
        ({"max_output_tokens": 15}, 400, "max_output_tokens"),
        ({"temperature": 3}, 400, "temperature"),
        ({"top_p": 2}, 400, "top_p"),
        ({"store": 1}, 400, "store"),
        ({"metadata": {"k": 1}}, 400, "metadata.k"),
        ({"text": {"format": {"type": "json_object"}}}, 400, "input"),
        ({"previous_response_id": ["x"]}, 400, "previous_response_id"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_leaves_nothing(
    asked: dict[str, object], status: int, param: str
) -> None:
    world = scripted()
    with raw_client(world) as client:
        answer = client.post(RESPONSES, json={"model": BASE, "input": "hi", **asked})
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
    assert not world.openai.responses
