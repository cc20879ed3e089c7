"""How chat answers: several choices, where they stop, log probabilities."""

from __future__ import annotations

import gc
import json
from typing import Any

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fakes.request_log import KEPT_REQUESTS
from fakes.tokens import count, pieces
from tests.fakes.clients import BASE, KEY, jsonl, openai_client, raw_client, scripted, trained
from tests.fakes.clients import chat_line as line

CHAT = "https://api.openai.com/v1/chat/completions"
HI: dict[str, Any] = {"model": BASE, "messages": [{"role": "user", "content": "hi"}]}


def _says(text: str) -> World:
    return World(learner=ScriptedLearner(lambda _: text))


def _ask(world: World, **options: Any) -> Any:
    create: Any = openai_client(world).chat.completions.create
    return create(**{**HI, **options})


@given(n=st.integers(1, 6), seed=st.integers(0, 99))
def test_there_are_as_many_choices_as_were_asked_for_and_the_first_is_as_if_alone(n: int, seed: int) -> None:
    world = World(prior=[("hi", word) for word in ("one", "two", "three", "four")])
    said = _ask(world, n=n, seed=seed)
    texts = [choice.message.content for choice in said.choices]
    assert [choice.index for choice in said.choices] == list(range(n))
    assert texts[0] == _ask(world, seed=seed).choices[0].message.content
    assert said.usage.completion_tokens == sum(map(count, texts))
    assert texts == [choice.message.content for choice in _ask(world, n=n, seed=seed).choices]


def test_choices_differ_when_they_are_drawn_and_not_when_they_are_the_likeliest() -> None:
    world = World(prior=[("hi", word) for word in ("one", "two", "three", "four")])
    drawn = {choice.message.content for choice in _ask(world, n=64, temperature=2).choices}
    likeliest = {choice.message.content for choice in _ask(world, n=64, temperature=0).choices}
    assert len(drawn) > 1
    assert len(likeliest) == 1


@given(n=st.integers(1, 4))
def test_a_stream_brings_each_choice_whole(n: int) -> None:
    world = _says("one two three")
    texts = [""] * n
    reasons: list[str | None] = [None] * n
    for chunk in _ask(world, n=n, stream=True):
        [choice] = chunk.choices
        texts[choice.index] += choice.delta.content or ""
        reasons[choice.index] = choice.finish_reason
    assert (texts, reasons) == (["one two three"] * n, ["stop"] * n)


@given(
    text=st.text(alphabet="abc ", max_size=12),
    stops=st.lists(st.text("abc ", min_size=1), min_size=1, max_size=4),
)
@example(text="ab c", stops=["c", "b"])
def test_an_answer_ends_before_the_first_stop(text: str, stops: list[str]) -> None:
    [choice] = _ask(_says(text), stop=stops).choices
    said = choice.message.content
    assert text.startswith(said)
    assert not any(stop in said for stop in stops)
    assert said == text or any(text[len(said) :].startswith(stop) for stop in stops)
    assert choice.finish_reason == "stop"


def test_one_stop_may_be_given_as_a_text_and_a_limit_still_cuts() -> None:
    world = _says("abcdefgh; more")
    assert _ask(world, stop=";").choices[0].message.content == "abcdefgh"
    [choice] = _ask(world, stop=";", max_completion_tokens=1).choices
    assert (choice.message.content, choice.finish_reason) == ("abcd", "length")


@given(text=st.text())
@example(text="")
def test_the_tokens_of_the_log_probabilities_are_the_answer(text: str) -> None:
    [choice] = _ask(_says(text), logprobs=True).choices
    assert "".join(token.token for token in choice.logprobs.content) == text
    for token in choice.logprobs.content:
        assert bytes(token.bytes).decode() == token.token
        assert token.top_logprobs == []


def test_the_log_probabilities_add_up_to_what_the_model_gave_the_answer() -> None:
    world = World()
    client = openai_client(world)
    name = trained(
        client, 2, jsonl(line(f"q{n}", f"the answer to {n} is long") for n in range(10))
    ).fine_tuned_model
    model = world.openai.model(name or "")
    assert model is not None
    reply = model.answer("q1")
    asked: dict[str, Any] = {"model": name, "messages": [{"role": "user", "content": "q1"}], "temperature": 0}
    [choice] = _ask(world, **asked, logprobs=True, top_logprobs=5).choices
    tokens = choice.logprobs.content
    assert choice.message.content == reply.text
    assert sum(token.logprob for token in tokens) == pytest.approx(reply.logprob, abs=1e-6 * len(tokens))
    assert reply.logprob < -0.01
    for token in tokens:
        [top] = token.top_logprobs
        assert (top.token, top.logprob) == (token.token, token.logprob)


def test_a_stream_brings_the_log_probability_of_each_piece() -> None:
    chunks = list(_ask(_says("one two"), logprobs=True, stream=True))
    found = [chunk.choices[0].logprobs for chunk in chunks]
    assert [each and each.content[0].token for each in found] == [None, *pieces("one two"), None]


def test_without_being_asked_for_there_are_no_log_probabilities() -> None:
    assert _ask(scripted()).choices[0].logprobs is None


def test_usage_is_null_in_a_stream_until_it_comes_and_is_left_out_where_unwanted() -> None:
    *chunks, last = _ask(scripted(), stream=True, stream_options={"include_usage": True})
    assert all(chunk.usage is None for chunk in chunks)
    assert last.usage.total_tokens > 0
    with raw_client(scripted()) as client:
        events = client.post(CHAT, json={**HI, "stream": True}).text.split("\n\n")
    assert all("usage" not in event for event in events)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"n": "2"}, "n"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": []}, "stop"),
        ({"stop": ""}, "stop"),
        ({"stop": 1}, "stop"),
        ({"logprobs": "yes"}, "logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"response_format": {"type": "json_object"}}, "messages"),
    ],
)
def test_options_that_make_no_sense_are_refused(asked: dict[str, object], param: str) -> None:
    with raw_client(scripted()) as client:
        answer = client.post(CHAT, json={**HI, **asked})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_text_may_be_asked_for_by_name() -> None:
    assert _ask(scripted(), response_format={"type": "text"}).choices[0].message.content == "HI"


def test_nothing_is_kept_of_a_chat_but_the_last_requests() -> None:
    world = scripted()
    with httpx2.Client(transport=FakeTransport(world), headers=KEY) as client:

        def chat(number: int) -> None:
            asked = {**HI, "messages": [{"role": "user", "content": f"question {number}"}]}
            assert client.post(CHAT, content=json.dumps(asked)).status_code == 200

        full = KEPT_REQUESTS + 20
        for number in range(full):
            chat(number)
        gc.collect()
        before = len(gc.get_objects())
        for number in range(full, full + 200):
            chat(number)
        gc.collect()
        assert len(gc.get_objects()) - before < 100
