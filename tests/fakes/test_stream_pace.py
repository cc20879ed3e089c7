"""The time to the first token of streams and their tokens a second, on a server, for the vendors' clients."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import openai
import pytest
from google import genai
from google.genai import types

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.stream_pace import StreamPace, pace_of
from fakes.tokens import count
from tests.fakes.clients import openai_client
from tests.fakes.servers import Served, refused, server

ANSWER = "one two three four five six seven eight nine ten eleven twelve"  # 62 bytes, 16 tokens
LATE = 3.0
"""Seconds that a machine that is busy may be late: a stream that is not paced at all would be early."""
FIRST, RATE = 0.4, 50.0
LASTS = FIRST + (count(ANSWER) - 1) / RATE


@pytest.fixture(scope="module")
def paced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    table = tmp_path_factory.mktemp("answers") / "answers.jsonl"
    table.write_text(f'{{"prompt": "count", "answer": "{ANSWER}"}}\n')
    options = ("--first-token", str(FIRST), "--tokens-per-second", str(RATE))
    with server(*options, "--learner", "scripted", str(table)) as served:
        yield served


def arrivals(pieces: Iterator[str | None], begun: float) -> tuple[list[float], str]:
    """The seconds after which each text that is not empty arrived, and all of them joined."""
    times: list[float] = []
    said = ""
    for piece in pieces:
        if piece:
            times.append(time.monotonic() - begun)
            said += piece
    return times, said


def check(times: list[float], said: str) -> None:
    assert said == ANSWER
    assert FIRST <= times[0] < FIRST + LATE
    assert LASTS - 0.001 <= times[-1] < LASTS + LATE


def chat(client: openai.OpenAI, model: str = "gpt-4o") -> Iterator[str | None]:
    stream = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "count"}], stream=True
    )
    return (choice.delta.content for chunk in stream for choice in chunk.choices)


def gemini(address: str, *, vertex: bool) -> genai.Client:
    options = types.HttpOptions(base_url=f"{address}/google", headers={"authorization": "Bearer t"})
    return genai.Client(api_key="fake", vertexai=vertex, http_options=options)


class TestOnAServer:
    def test_a_chat_takes_its_time(self, paced: Served) -> None:
        with openai.OpenAI(api_key="sk-fake", base_url=paced.openai, max_retries=0) as client:
            begun = time.monotonic()
            times, said = arrivals(chat(client), begun)
        check(times, said)
        steps = [later - earlier for earlier, later in pairwise(times)]
        assert max(steps) < 0.2, "the pieces come one by one, not all at the end"

    def test_a_response_says_at_once_that_it_is_created(self, paced: Served) -> None:
        early, deltas = [0.0], list[tuple[str, float]]()
        for _ in range(3):  # a client that is kept from reading gets both at once
            with openai.OpenAI(api_key="sk-fake", base_url=paced.openai, max_retries=0) as client:
                begun = time.monotonic()
                stream = client.responses.create(model="gpt-4o", input="count", stream=True)
                events = [(event, time.monotonic() - begun) for event in stream]
            assert events[0][0].type == "response.created"
            deltas = [(event.delta, at) for event, at in events if event.type == "response.output_text.delta"]
            early.append(deltas[0][1] - events[0][1])
            if early[-1] > FIRST / 2:
                break
        assert max(early) > FIRST / 2, "it is told before the model says anything"
        check([at for _, at in deltas], "".join(text for text, _ in deltas))

    @pytest.mark.parametrize("vertex", [False, True])
    def test_gemini_takes_its_time(self, paced: Served, *, vertex: bool) -> None:
        client = gemini(paced.address, vertex=vertex)
        begun = time.monotonic()
        stream = client.models.generate_content_stream(  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed
            model="gemini-2.5-flash", contents="count"
        )
        times, said = arrivals((chunk.text for chunk in stream), begun)
        assert said == ANSWER
        assert times[0] >= FIRST
        assert LASTS - 0.001 <= times[-1] < LASTS + LATE

    def test_an_answer_in_one_piece_does_not_wait(self, paced: Served) -> None:
        with openai.OpenAI(api_key="sk-fake", base_url=paced.openai, max_retries=0) as client:
            begun = time.monotonic()
            client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "count"}])
            assert time.monotonic() - begun < FIRST

    def test_a_client_that_does_not_wait_so_long_gives_up(self, paced: Served) -> None:
        with (
            openai.OpenAI(api_key="sk-fake", base_url=paced.openai, max_retries=0, timeout=0.1) as client,
            pytest.raises(openai.APITimeoutError),
        ):
            list(client.responses.create(model="gpt-4o", input="count", stream=True))

    def test_others_are_answered_meanwhile(self, paced: Served) -> None:
        with openai.OpenAI(api_key="sk-fake", base_url=paced.openai, max_retries=0) as client:
            stream = chat(client)
            begun = time.monotonic()
            client.models.retrieve("gpt-4o")
            assert time.monotonic() - begun < FIRST
            assert "".join(filter(None, stream)) == ANSWER

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--first-token", "-1"), "first_token must be 0 or more seconds, got -1.0"),
            (("--first-token", "nan"), "first_token must be 0 or more seconds, got nan"),
            (("--tokens-per-second", "0"), "tokens_per_second must be above 0, got 0.0"),
            (("--tokens-per-second", "inf"), "tokens_per_second must be above 0, got inf"),
        ],
    )
    def test_a_pace_that_is_none_is_refused(self, options: tuple[str, str], message: str) -> None:
        assert message in refused(*options)


def test_in_a_process_nothing_waits_and_nothing_else_is_said() -> None:
    begun = time.monotonic()
    said: list[str] = []
    for streams in ({}, {"*": StreamPace(3600, 0.001)}):
        world = World(learner=ScriptedLearner({"count": ANSWER}), streams=streams)
        said.append("".join(filter(None, chat(openai_client(world)))))
    assert said == [ANSWER, ANSWER]
    assert time.monotonic() - begun < 30


def test_the_first_pattern_that_fits_a_model_is_its_pace() -> None:
    slow, fast = StreamPace(1), StreamPace(0.1)
    paces = {"gpt-4o-mini*": fast, "gpt*": slow}
    assert pace_of(paces, "gpt-4o-mini") is fast
    assert pace_of(paces, "gpt-4o") is slow
    assert pace_of(paces, "gemini-2.5-flash") is None
    assert pace_of({"*": slow}, None) is slow


def test_only_tokens_of_the_answer_take_time() -> None:
    due = StreamPace(1, 10).schedule()
    assert due(b'event: response.created\ndata: {"type":"response.created","response":{"a":"b"}}\n\n') == 0
    assert due(b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n') == 1
    assert due(b'data: {"choices":[{"delta":{"content":"12345678"}}]}\n\n') == pytest.approx(1.1)
    call = b'{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"abcdefgh"}}]}}]}'
    assert due(b"data: " + call + b"\n\n") == pytest.approx(1.3)
    assert due(b'\n,\r\n{"candidates":[{"content":{"parts":[{"text":"abcd"}]}}]}') == pytest.approx(1.4)
    assert due(b"data: [DONE]\n\n") == pytest.approx(1.4)
    assert due(b"data: \x15garbled\n\n") == pytest.approx(1.4)


def test_a_route_in_its_place_does_not_wait(tmp_path: Path) -> None:
    file = tmp_path / "routes.toml"
    file.write_text(
        '[[route]]\nmethod = "POST"\npath = "/v1/chat/completions"\nrespond = {events = ["[DONE]"]}\n'
    )
    with (
        server("--first-token", "5", "--routes", str(file)) as served,
        openai.OpenAI(api_key="sk-fake", base_url=served.openai, max_retries=0) as client,
    ):
        begun = time.monotonic()
        assert list(chat(client)) == []
        assert time.monotonic() - begun < 4
