# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from google.genai import types
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.tokens import count
from fakes.vertex.content_response import tokens_of
from tests.fakes.clients import GEMINI, gemini_client, raw_client, scripted

MODEL = f"https://aiplatform.googleapis.com/v1beta1/publishers/google/models/{GEMINI}"
ASKED: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "one two three"}]}]}


def ask(world: World, contents: str = "hi", **config: Any) -> types.GenerateContentResponse:
    wanted = types.GenerateContentConfig(**config)
    return gemini_client(world).models.generate_content(model=GEMINI, contents=contents, config=wanted)


def test_several_candidates_are_drawn_apart() -> None:
    world = World(
        prior=[(f"Which letter is number {number}?", letter) for number, letter in enumerate("abcdef")]
    )
    said = ask(world, "Which letter?", candidate_count=8, temperature=2.0, seed=3)
    candidates = said.candidates or []
    texts = [(each.content or types.Content()).parts for each in candidates]
    assert len(candidates) == 8
    assert len({str(text) for text in texts}) > 1
    assert [each.index for each in candidates] == [None, *range(1, 8)]
    same = ask(world, "Which letter?", candidate_count=8, temperature=2.0, seed=3)
    assert same == said, "the same request gets the same answer"


@settings(max_examples=30)
@given(text=st.text("ab ", max_size=12), stops=st.lists(st.text("ab ", min_size=1, max_size=2), max_size=3))
def test_an_answer_ends_before_a_stop_sequence(text: str, stops: list[str]) -> None:
    said = ask(World(learner=ScriptedLearner(lambda _: text)), stop_sequences=stops)
    shown = said.text or ""
    assert text.startswith(shown)
    assert not any(stop in shown for stop in stops)
    assert shown == text or any(text[len(shown) :].startswith(stop) for stop in stops)
    assert (said.candidates or [types.Candidate()])[0].finish_reason is types.FinishReason.STOP


def test_the_log_probabilities_of_the_tokens_add_up() -> None:
    said = ask(World(), "What do bees make?", response_logprobs=True, logprobs=2, temperature=0)
    [candidate] = said.candidates or []
    result = candidate.logprobs_result
    assert result is not None
    chosen = result.chosen_candidates or []
    assert "".join(each.token or "" for each in chosen) == said.text
    assert candidate.avg_logprobs is not None
    total = sum(each.log_probability or 0.0 for each in chosen)
    assert total == pytest.approx(candidate.avg_logprobs * len(chosen))
    assert len(result.top_candidates or []) == len(chosen)


@given(text=st.text())
def test_tokens_are_the_text_and_as_many_as_are_counted(text: str) -> None:
    tokens = tokens_of(text)
    assert "".join(tokens) == text
    assert len(tokens) == count(text)
    assert all(tokens)


def test_tokens_are_counted_and_told() -> None:
    client = gemini_client(scripted())
    counted = client.models.count_tokens(
        model=GEMINI, contents="one two", config=types.CountTokensConfig(system_instruction="be loud")
    )
    assert counted.total_tokens == 4
    told = client.models.compute_tokens(model=GEMINI, contents="one two").tokens_info or []
    assert [b"".join(info.tokens or []) for info in told] == [b"one two"]
    assert [len(info.token_ids or []) for info in told] == [2]


def test_the_async_client_counts_too() -> None:
    async def counted() -> int | None:
        return (
            await gemini_client(scripted()).aio.models.count_tokens(model=GEMINI, contents="hi")
        ).total_tokens

    assert asyncio.run(counted()) == 1


def test_a_stream_without_sse_is_one_json_array() -> None:
    with raw_client(scripted()) as client:
        answer = client.post(f"{MODEL}:streamGenerateContent", json=ASKED)
        events = client.post(f"{MODEL}:streamGenerateContent?alt=sse", json=ASKED).text
        assert client.post(f"{MODEL}:streamGenerateContent?alt=proto", json=ASKED).status_code == 400
    chunks = answer.json()
    texts = [chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in chunks]
    assert texts == ["ONE ", "TWO ", "THREE"]
    sent = [json.loads(event.removeprefix("data: ")) for event in events.strip().split("\r\n\r\n")]
    for chunk, event in zip(chunks, sent, strict=True):
        assert (chunk["candidates"], chunk["usageMetadata"]) == (event["candidates"], event["usageMetadata"])


def test_a_stream_tells_usage_as_it_was_recorded(shared: Path) -> None:
    lines = (shared / "specs/recorded/google.jsonl").read_text().splitlines()
    rows = [row for row in map(json.loads, lines) if row["status"] == 200 and "alt=sse" in row["uri"]]
    assert rows
    for row in rows:
        with raw_client(scripted()) as client:
            sent = client.post(row["uri"], json=row["request_body"][0]).text.strip().split("\r\n\r\n")
        made = [json.loads(event.removeprefix("data: ")) for event in sent]
        for real, fake in ((row["body_segments"][at], made[at]) for at in (0, 1, -1)):
            assert set(fake) == set(real)
            assert set(fake["usageMetadata"]) == set(real["usageMetadata"])
            assert set(fake["candidates"][0]) == set(real["candidates"][0])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"mischief": 1}, 'Unknown name "mischief": Cannot find field.'),
        (
            {"generationConfig": {"topQ": 1}},
            "Unknown name \"topQ\" at 'generation_config': Cannot find field.",
        ),
        ({"generationConfig": {"candidateCount": 9}}, "candidateCount"),
        ({"generationConfig": {"candidateCount": -1}}, "candidateCount"),
        ({"generationConfig": {"stopSequences": [""]}}, "stopSequences"),
        ({"generationConfig": {"stopSequences": list("abcdef")}}, "stopSequences"),
        ({"generationConfig": {"logprobs": 3}}, "responseLogprobs"),
        ({"generationConfig": {"logprobs": 21, "responseLogprobs": True}}, "logprobs"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(asked: dict[str, object], says: str) -> None:
    with raw_client(scripted()) as client:
        answer = client.post(f"{MODEL}:generateContent", json={**ASKED, **asked})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert says in answer.json()["error"]["message"]


def test_an_unknown_name_is_detailed_as_a_violation() -> None:
    with raw_client(scripted()) as client:
        answer = client.post(f"{MODEL}:generateContent", json={**ASKED, "generationConfig": {"topQ": 1}})
    [detail] = answer.json()["error"]["details"]
    assert detail["fieldViolations"][0]["field"] == "generation_config"


def test_names_may_be_in_snake_case() -> None:
    with raw_client(scripted()) as client:
        answer = client.post(
            f"{MODEL}:generateContent",
            json={
                **ASKED,
                "generation_config": {"max_output_tokens": 1},
                "system_instruction": {"parts": []},
            },
        )
    assert answer.json()["candidates"][0]["finishReason"] == "MAX_TOKENS"
