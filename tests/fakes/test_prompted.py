"""A schema that stands in a prompt is followed, by every service, and is no part of the question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.schema_in_prompt import schema_in, text_as_prompted, without_form
from tests.fakes.clients import openai_client, raw_client

MODEL = "gpt-4o-mini-2024-07-18"
QUESTION = "Who chairs Norvik Rail?"
CHAIR: dict[str, Any] = {
    "title": "Chair",
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}
TEXT = json.dumps(CHAIR, indent=2)
ALWAYS = f"Answer with a JSON object that fits this schema:\n\n{TEXT}\n\nUse no Markdown around it."


def world() -> World:
    return World(learner=ScriptedLearner({QUESTION: "Mara Lind"}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TEXT, True),
        (f"before {TEXT} after", True),
        (json.dumps({"name": "chair", "schema": CHAIR}), True),
        (json.dumps({"type": "json_schema", "json_schema": {"name": "chair", "schema": CHAIR}}), True),
        ('a { brace, and {"then": 1} ' + TEXT, True),
        (json.dumps({"name": "tool", "parameters": CHAIR}), False),
        ('{"properties": "of a house"}', False),
        ('{"type": "array", "properties": {}}', False),
        ('the word "properties" alone', False),
        ("{" * 5000 + TEXT, False),
        (QUESTION, False),
    ],
)
def test_a_schema_is_found_where_one_is(text: str, found: bool) -> None:
    assert schema_in("", text) == (CHAIR if found else None)


def test_the_last_schema_of_the_last_text_is_the_one() -> None:
    other = json.dumps({"properties": {"place": {"type": "string"}}})
    assert schema_in(f"{other} {TEXT}", QUESTION) == CHAIR
    assert schema_in(TEXT, other) == json.loads(other)


@given(st.text(), st.text())
def test_texts_without_a_schema_stay_as_they_are(system: str, prompt: str) -> None:
    assert without_form(system, prompt) == (system, prompt)
    assert text_as_prompted("Mara Lind", 1, system, prompt) is None


def test_what_speaks_of_the_form_is_no_part_of_the_question() -> None:
    assert without_form(f"Be brief.\n\n{ALWAYS}", QUESTION) == ("Be brief.", QUESTION)
    fenced = f"{QUESTION}\n\nReturn the JSON within a ```json block."
    assert without_form(TEXT, fenced) == ("", QUESTION)
    assert without_form("", ALWAYS) == ("", ALWAYS)


def test_a_block_of_markdown_is_written_where_the_prompt_speaks_of_one() -> None:
    assert (
        text_as_prompted("Mara Lind", 1, TEXT, "in a ```json block") == '```json\n{"name":"Mara Lind"}\n```'
    )
    assert (
        text_as_prompted("Mara Lind", 1, TEXT, "in a ```json block", fenced=False) == '{"name":"Mara Lind"}'
    )


@pytest.mark.parametrize(
    "asked", [{}, {"response_format": {"type": "json_object"}}], ids=["text", "json_object"]
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_chat_follows_the_schema_in_its_system_message(asked: dict[str, Any], stream: bool) -> None:
    with openai_client(world()) as client:
        answer: Any = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "system", "content": ALWAYS}, {"role": "user", "content": QUESTION}],
            stream=stream,
            **asked,
        )
        text = (
            "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
            if stream
            else answer.choices[0].message.content
        )
    assert json.loads(text) == {"name": "Mara Lind"}


def test_a_response_follows_the_schema_in_its_instructions() -> None:
    with openai_client(world()) as client:
        answer = client.responses.create(model=MODEL, instructions=ALWAYS, input=QUESTION)
    assert json.loads(answer.output_text) == {"name": "Mara Lind"}


@pytest.mark.parametrize("config", [{}, {"responseMimeType": "application/json"}], ids=["text", "json"])
@pytest.mark.parametrize(
    "url",
    [
        "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/{}:generateContent",
        "https://generativelanguage.googleapis.com/v1beta/models/{}:generateContent?key=k",
    ],
)
def test_gemini_follows_the_schema_in_its_system_instruction(url: str, config: dict[str, Any]) -> None:
    body = {
        "systemInstruction": {"parts": [{"text": ALWAYS}]},
        "contents": [{"role": "user", "parts": [{"text": QUESTION}]}],
        "generationConfig": {**config, "thinkingConfig": {"thinkingBudget": 0}},
    }
    with raw_client(world()) as client:
        answer = client.post(url.format("gemini-2.5-flash"), json=body)
    assert answer.status_code == 200, answer.text
    (candidate,) = answer.json()["candidates"]
    assert json.loads(candidate["content"]["parts"][0]["text"]) == {"name": "Mara Lind"}


def test_a_schema_of_the_request_itself_comes_before_one_in_the_prompt() -> None:
    place = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
    form = {"type": "json_schema", "json_schema": {"name": "place", "schema": place}}
    body = {"model": MODEL, "messages": [{"role": "user", "content": TEXT}], "response_format": form}
    with raw_client(world()) as client:
        answer = client.post("https://api.openai.com/v1/chat/completions", json=body).json()
    assert list(json.loads(answer["choices"][0]["message"]["content"])) == ["place"]
