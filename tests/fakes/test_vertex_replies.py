# pyright: reportUnknownMemberType=false
# google-genai's own types name those of packages that are not installed
"""Models that read conversations, on Google's two APIs: here one that says what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.genai import errors, types

from fakes import World
from fakes.learners import Example
from fakes.learners.capabilities import Decoding, NotAnswered, NotRead, TooLong
from fakes.vertex.examples import read
from tests.fakes.clients import GEMINI, developer_client, gemini_client, jsonl
from tests.fakes.speaker import READ, Speaker, SpeakerLearner


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
def world(speaker: Speaker) -> World:
    return World(learner=SpeakerLearner(speaker))


def turn(role: str, **part: Any) -> types.Content:
    return types.Content(role=role, parts=[types.Part(**part)])


TURNS = [turn("user", text="A"), turn("model", text="B"), turn("user", text="C")]
PLAIN = types.GenerateContentConfig(
    system_instruction="S", thinking_config=types.ThinkingConfig(thinking_budget=0)
)


def test_all_turns_are_read(world: World) -> None:
    done = gemini_client(world).models.generate_content(model=GEMINI, contents=TURNS, config=PLAIN)
    assert done.text == "system:S;user:A;assistant:B;user:C;"
    assert done.usage_metadata is not None
    assert done.usage_metadata.prompt_token_count == READ, "as the model counts them"
    assert done.usage_metadata.candidates_token_count == 5
    assert done.usage_metadata.total_token_count == READ + 5


@pytest.mark.parametrize("vertex", [True, False])
def test_its_tokens_are_counted_before_it_is_asked(world: World, *, vertex: bool) -> None:
    client = gemini_client(world) if vertex else developer_client(world)
    asked = client.models.generate_content(model=GEMINI, contents=TURNS)
    counted = client.models.count_tokens(model=GEMINI, contents=TURNS)
    assert asked.usage_metadata is not None
    assert asked.usage_metadata.prompt_token_count == counted.total_tokens == READ


def test_calls_of_functions_and_their_results_are_read(world: World) -> None:
    contents = [
        turn("user", text="A"),
        turn("model", function_call=types.FunctionCall(name="f", args={"x": 1})),
        turn("user", function_response=types.FunctionResponse(name="f", response={"y": 2})),
    ]
    done = gemini_client(world).models.generate_content(model=GEMINI, contents=contents)
    assert done.text == 'user:A;assistant:{"functionCalls":[{"name":"f","args":{"x":1}}]};tool:{"y":2};'


def test_its_own_tokens_are_told(world: World) -> None:
    config = PLAIN.model_copy(update={"response_logprobs": True, "logprobs": 1})
    done = gemini_client(world).models.generate_content(model=GEMINI, contents="A", config=config)
    assert done.candidates
    told = done.candidates[0].logprobs_result
    assert told is not None
    chosen = [(each.token, each.log_probability) for each in told.chosen_candidates or []]
    assert chosen == [("system:S;", -0.5), ("user:A;", -0.5)]
    likeliest = [each.candidates or [] for each in told.top_candidates or []]
    assert [[(one.token, one.log_probability) for one in each] for each in likeliest] == [[("x", -0.25)]] * 2
    assert done.candidates[0].avg_logprobs == -0.5


def test_a_stream_brings_token_by_token(world: World) -> None:
    stream = gemini_client(world).models.generate_content_stream(model=GEMINI, contents=TURNS, config=PLAIN)
    chunks = list(stream)
    assert [each.text for each in chunks] == ["system:S;", "user:A;", "assistant:B;", "user:C;"]
    assert chunks[-1].usage_metadata is not None
    assert chunks[-1].usage_metadata.candidates_token_count == 5


def test_how_it_is_asked_reaches_the_model(world: World, speaker: Speaker) -> None:
    config = types.GenerateContentConfig(
        temperature=0.5,
        top_p=0.9,
        top_k=3,
        seed=11,
        max_output_tokens=1,
        stop_sequences=["x"],
        candidate_count=2,
        thinking_config=types.ThinkingConfig(thinking_budget=0),
    )
    done = gemini_client(world).models.generate_content(model=GEMINI, contents=TURNS, config=config)
    assert [each.finish_reason for each in done.candidates or []] == [types.FinishReason.MAX_TOKENS] * 2
    assert speaker.asked == [Decoding(0.5, 0.9, 3, seed, 1, ("x",)) for seed in (11, 12)]


def test_a_form_or_functions_are_answered_as_by_other_models(world: World) -> None:
    config = types.GenerateContentConfig(response_mime_type="application/json")
    done = gemini_client(world).models.generate_content(model=GEMINI, contents="A", config=config)
    assert "user:A;" not in str(done.text)
    assert done.usage_metadata is not None
    counted = gemini_client(world).models.count_tokens(model=GEMINI, contents="A")
    assert done.usage_metadata.prompt_token_count == counted.total_tokens == READ


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (
            lambda: TooLong(300, 256),
            400,
            "input token count (300) exceeds the maximum number of tokens allowed (256)",
        ),
        (lambda: NotRead("There is no such role."), 400, "There is no such role."),
        (lambda: NotAnswered("The memory is used up."), 503, "The memory is used up."),
    ],
)
def test_what_a_model_does_not_answer_is_refused(
    error: Callable[[], NotAnswered], status: int, told: str
) -> None:
    client = gemini_client(World(learner=SpeakerLearner(Speaker(error))))
    with pytest.raises(errors.APIError) as refused:
        client.models.generate_content(model=GEMINI, contents="A")
    assert refused.value.code == status
    assert told in str(refused.value.message)


def test_an_example_of_several_turns_is_learned_as_a_conversation() -> None:
    def said(role: str, text: str) -> dict[str, object]:
        return {"role": role, "parts": [{"text": text}]}

    lines = [
        {"systemInstruction": said("system", "S"), "contents": [said("user", "A"), said("model", "B")]},
        {
            "systemInstruction": said("system", "S"),
            "contents": [said("user", "A"), said("model", "B"), said("user", "C"), said("model", "D")],
        },
    ]
    plain, conversation = read(jsonl(lines)).examples
    assert plain == Example("A", "B", "S")
    assert (conversation.prompt, conversation.answer) == ("C", "D")
    assert [*conversation.messages] == [("system", "S"), ("user", "A"), ("assistant", "B"), ("user", "C")]


def test_a_question_behind_the_last_answer_is_not_what_it_answers() -> None:
    said = [("user", "A"), ("model", "B"), ("user", "C")]
    line = {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in said]}
    assert read(jsonl([line])).examples == (Example("A", "B"),)
