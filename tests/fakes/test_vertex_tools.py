# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import types

from fakes import FakeTransport, World
from fakes.json_text import sequence
from fakes.learners.scripted import ScriptedLearner
from fakes.parameters import Honoured
from fakes.structured_output import value_for
from fakes.vertex.content_tables import SCHEMA as TAKEN
from tests.fakes.clients import (
    developer_client,
    finish_tuning,
    gemini_client,
    jsonl,
    put_object,
    raw_client,
    scripted,
    tune,
)

FLASH, NEWEST = "gemini-2.5-flash", "gemini-3.5-flash"
WEATHER = types.FunctionDeclaration(
    name="get_weather",
    description="The weather of a city.",
    parameters=types.Schema(
        type=types.Type.OBJECT,
        properties={
            "city": types.Schema(type=types.Type.STRING),
            "days": types.Schema(type=types.Type.INTEGER, minimum=1),
        },
        required=["city"],
    ),
)
TIME = types.FunctionDeclaration(
    name="get_time", parameters_json_schema={"type": "object", "properties": {"zone": {"enum": ["CET"]}}}
)
TOOLS = types.Tool(function_declarations=[WEATHER, TIME])
BOTH = [gemini_client, developer_client]


def ask(
    client: genai.Client, contents: Any, model: str = FLASH, **config: Any
) -> types.GenerateContentResponse:
    quiet = types.AutomaticFunctionCallingConfig(disable=True)
    wanted = types.GenerateContentConfig(tools=[TOOLS], automatic_function_calling=quiet, **config)
    return client.models.generate_content(model=model, contents=contents, config=wanted)


def choice(mode: str, *names: str) -> types.ToolConfig:
    calling = types.FunctionCallingConfig(
        mode=types.FunctionCallingConfigMode(mode), allowed_function_names=list(names) or None
    )
    return types.ToolConfig(function_calling_config=calling)


def called(said: types.GenerateContentResponse) -> list[str | None]:
    return [call.name for call in said.function_calls or []]


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize(
    ("prompt", "config", "names"),
    [
        ("What is the weather in Paris?", None, ["get_weather"]),
        ("What is the weather in Paris?", choice("VALIDATED"), ["get_weather"]),
        ("What time is it, and how is the weather?", choice("AUTO"), ["get_weather", "get_time"]),
        ("Call get_time.", None, ["get_time"]),
        ("What are the times?", None, ["get_time"]),
        ("Is it wet in that city?", None, ["get_weather"]),
        ("Who won the cup?", None, []),
        ("Who won the cup?", choice("ANY"), ["get_weather"]),
        ("Who won the cup?", choice("ANY", "get_time"), ["get_time"]),
        ("What is the weather in Paris?", choice("NONE"), []),
        ("What is the weather in Paris?", choice("ANY", "get_time"), ["get_time"]),
    ],
)
def test_functions_are_called_as_the_mode_has_it(
    make: Any, prompt: str, config: types.ToolConfig | None, names: list[str]
) -> None:
    said = ask(make(scripted()), prompt, tool_config=config)
    assert called(said) == names
    assert said.text == (None if names else prompt.upper())
    assert (said.candidates or [types.Candidate()])[0].finish_reason is types.FinishReason.STOP
    assert said == ask(make(scripted()), prompt, tool_config=config), "the same again"


@pytest.mark.parametrize("make", BOTH)
def test_arguments_hold_the_answer_and_fit_the_schema(make: Any) -> None:
    [call] = ask(make(scripted()), "weather of Paris, in 3 days?").function_calls or []
    assert call.args == {"city": "WEATHER OF PARIS, IN 3 DAYS?", "days": 3}
    [call] = ask(make(scripted()), "What time?").function_calls or []
    assert call.args == {"zone": "CET"}


@pytest.mark.parametrize("make", BOTH)
def test_a_model_that_thinks_signs_what_it_says(make: Any) -> None:
    def signed(prompt: str, model: str, **config: Any) -> bool:
        [candidate] = ask(make(scripted()), prompt, model, **config).candidates or []
        parts = candidate.content and candidate.content.parts
        return bool(parts and parts[0].thought_signature)

    quiet = types.ThinkingConfig(thinking_budget=0)
    assert [signed(prompt, FLASH) for prompt in ("weather", "who?")] == [True, True]
    assert [signed(prompt, FLASH, thinking_config=quiet) for prompt in ("weather", "who?")] == [False, False]
    plain = make(scripted()).models.generate_content
    for model, signs in ((FLASH, False), (NEWEST, True)):
        [part] = plain(model=model, contents="who?").candidates[0].content.parts
        assert (part.thought_signature is not None) == signs, "the third generation signs every text"


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("model", [FLASH, NEWEST])
def test_a_second_turn_answers_in_words(make: Any, model: str) -> None:
    client = make(scripted())
    asked = types.Content(role="user", parts=[types.Part(text="What is the weather in Paris?")])
    first = ask(client, [asked], model)
    content = (first.candidates or [types.Candidate()])[0].content
    [call] = first.function_calls or []
    assert (call.id is None) == (model == FLASH), "models of the third generation name their calls"
    assert content is not None
    assert [part.thought_signature is not None for part in content.parts or []] == [True]
    reply = types.FunctionResponse(id=call.id, name=call.name, response={"output": "sunny"})
    told = types.Content(role="user", parts=[types.Part(function_response=reply)])
    second = ask(client, [asked, content, told], model)
    assert second.text == "WHAT IS THE WEATHER IN PARIS?"
    assert called(ask(client, [asked, content, told], model, tool_config=choice("ANY"))) == ["get_time"]


def turn(role: str, **part: object) -> dict[str, object]:
    return {"role": role, "parts": [part]}


def test_a_call_that_failed_is_made_once_more() -> None:
    asked = turn("user", text="What is the weather?")
    call = turn("model", function_call={"name": "get_weather", "args": {}})
    failed = turn("user", function_response={"name": "get_weather", "response": {"error": "no city"}})
    client = gemini_client(scripted())
    assert called(ask(client, [asked, call, failed])) == ["get_weather"]
    assert called(ask(client, [asked, call, failed, call, failed])) == []


def test_another_question_may_need_the_same_function_again() -> None:
    asked = turn("user", text="What is the weather?")
    call = turn("model", function_call={"name": "get_weather", "args": {}})
    reply = turn("user", function_response={"name": "get_weather", "response": {}})
    then = [turn("model", text="Fine."), turn("user", text="And the weather in Rome?")]
    client = gemini_client(scripted())
    for mode in ("AUTO", "ANY"):
        said = ask(client, [asked, call, reply, *then], tool_config=choice(mode))
        assert called(said) == ["get_weather"]


@pytest.mark.parametrize("make", BOTH)
def test_a_stream_brings_a_call_in_one_piece_and_its_thoughts_before_it(make: Any) -> None:
    config = types.GenerateContentConfig(
        tools=[TOOLS],
        thinking_config=types.ThinkingConfig(include_thoughts=True),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    stream = make(scripted()).models.generate_content_stream(
        model=FLASH, contents="What time is it, and how is the weather?", config=config
    )
    thought, *calls = list(stream)
    assert thought.candidates[0].content.parts[0].thought is True
    assert [called(each) for each in calls] == [["get_weather"], ["get_time"]]
    reasons = [each.candidates[0].finish_reason for each in (thought, *calls)]
    assert reasons == [None, None, types.FinishReason.STOP]


def test_calls_count_as_tokens_and_a_limit_leaves_none_of_them() -> None:
    client = gemini_client(scripted())
    thinking = types.ThinkingConfig(thinking_budget=0)
    said = ask(client, "weather?", thinking_config=thinking)
    tokens = said.usage_metadata.candidates_token_count if said.usage_metadata else 0
    assert tokens
    cut = ask(client, "weather?", thinking_config=thinking, max_output_tokens=tokens - 1)
    assert called(cut) == []
    assert (cut.candidates or [types.Candidate()])[0].finish_reason is types.FinishReason.MAX_TOKENS
    whole = ask(client, "weather?", thinking_config=thinking, max_output_tokens=tokens)
    assert called(whole) == ["get_weather"]


def declared(*functions: dict[str, Any]) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": list(functions)}]}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (declared({"name": "2f"}), "Invalid function name"),
        (declared({"description": "nameless"}), "Invalid function name"),
        (declared({"name": "f"}, {"name": "f"}), "Duplicate function declaration found: f"),
        (declared({"name": "f", "parameters": {"type": "STRING"}}), "should be of type OBJECT"),
        (declared({"name": "f", "parameters": {}, "parametersJsonSchema": {}}), "mutually exclusive"),
        (declared({"name": "f", "parametersJsonSchema": "x"}), "parameters_json_schema"),
        (declared({"name": "f", "parameters": {"type": "TABLE"}}), "parameters.type"),
        (declared({"name": "f", "behavior": "NON_BLOCKING"}), "behavior is not supported"),
        (
            {**declared({"name": "f"}), "toolConfig": {"functionCallingConfig": {"mode": "SOMETIMES"}}},
            "function_calling_config.mode",
        ),
        (
            {
                **declared({"name": "f"}),
                "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["g"]}},
            },
            "not in function_declarations",
        ),
        (
            {
                **declared({"name": "f"}),
                "toolConfig": {"functionCallingConfig": {"mode": "AUTO", "allowedFunctionNames": ["f"]}},
            },
            "only when function calling mode is ANY",
        ),
    ],
)
def test_a_declaration_that_is_none_is_refused(more: dict[str, Any], says: str) -> None:
    url = "https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-2.5-flash"
    body = {"contents": [{"parts": [{"text": "hi"}]}], **more}
    with raw_client(scripted()) as client:
        answer = client.post(f"{url}:generateContent", json=body)
        assert answer.status_code == 400
        assert says in answer.json()["error"]["message"]
        if "toolConfig" not in more:
            counted = client.post(f"{url}:countTokens", json=body)
            assert counted.status_code == 400, "what cannot be asked is not counted either"


# --- structured output ---

SCHEMA: dict[str, Any] = {
    "type": "OBJECT",
    "properties": {
        "city": {"type": "STRING"},
        "people": {"type": "INTEGER", "nullable": True},
        "kind": {"type": "STRING", "enum": ["town", "village"]},
        "parts": {"type": "ARRAY", "items": {"type": "STRING"}, "minItems": "2"},
    },
    "required": ["city", "people", "kind", "parts"],
    "propertyOrdering": ["kind", "city", "people", "parts"],
}


def structured(
    text: str, model: str = FLASH, verb: str = "generateContent", **config: Any
) -> tuple[int, str, dict[str, Any]]:
    """The status, the text and the body of an answer that is asked for in a form."""
    world = World(learner=ScriptedLearner(lambda _: text))
    url = f"https://generativelanguage.googleapis.com/v1beta/models/{model}:{verb}"
    body = {"contents": [{"parts": [{"text": "Where?"}]}], "generationConfig": config}
    transport = FakeTransport(world)
    with httpx2.Client(transport=transport, headers={"x-goog-api-key": "AIza"}) as client:
        answer = client.post(url, json=body)
    made = answer.json()
    bodies: list[dict[str, Any]] = sequence(made) or [made]
    if answer.status_code != 200:
        return answer.status_code, "", bodies[0]
    parts = [part for each in bodies for part in each["candidates"][0]["content"]["parts"]]
    return 200, "".join(part["text"] for part in parts), bodies[-1]


AS_JSON = {"responseMimeType": "application/json"}


def test_a_schema_shapes_the_answer() -> None:
    status, text, _ = structured("Ravenna, a town of 150,000", responseSchema=SCHEMA, **AS_JSON)
    assert status == 200
    value = json.loads(text)
    assert list(value) == ["kind", "city", "people", "parts"]
    assert (value["kind"], value["city"]) == ("town", "Ravenna, a town of 150,000")
    assert (value["people"], len(value["parts"])) == (150_000, 2)


def test_the_two_kinds_of_schema_and_the_stream_say_the_same() -> None:
    plain = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "country": {"type": ["string", "null"]}},
        "required": ["city"],
    }
    google = {
        "type": "OBJECT",
        "properties": {"city": {"type": "STRING"}, "country": {"type": "STRING", "nullable": True}},
        "required": ["city"],
    }
    texts = {
        structured("Paris", verb=verb, **schema, **AS_JSON)[1]
        for schema in ({"responseJsonSchema": plain}, {"responseSchema": google})
        for verb in ("generateContent", "streamGenerateContent")
    }
    [text] = texts
    assert json.loads(text) == value_for(plain, "Paris")


def test_a_stream_brings_a_long_value_in_pieces() -> None:
    world = World(learner=ScriptedLearner(lambda _: "a" * 100))
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=SCHEMA)
    chunks = list(
        developer_client(world).models.generate_content_stream(model=FLASH, contents="Where?", config=config)
    )
    assert len(chunks) > 3
    assert json.loads("".join(chunk.text or "" for chunk in chunks))["city"] == "a" * 100


def test_json_without_a_schema_is_an_object() -> None:
    assert json.loads(structured("Paris", **AS_JSON)[1]) == {"answer": "Paris"}
    assert json.loads(structured('{"a": 1}', **AS_JSON)[1]) == {"a": 1}


def test_an_enumeration_is_answered_with_one_of_its_values() -> None:
    schema = {"type": "STRING", "enum": ["town", "village"]}
    for said, value in (("a village", "village"), ("town", "town")):
        assert structured(said, responseMimeType="text/x.enum", responseSchema=schema)[1] == value
    assert structured("x", responseMimeType="text/x.enum", responseSchema=schema)[1] in schema["enum"]


KEYWORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "additionalProperties": (
        {"type": "OBJECT", "minProperties": 1},
        {"type": "OBJECT", "minProperties": 1, "additionalProperties": {"type": "INTEGER"}},
    ),
    "anyOf": ({}, {"anyOf": [{"type": "INTEGER"}, {"type": "NULL"}]}),
    "defs": ({"ref": "#/defs/A"}, {"ref": "#/defs/A", "defs": {"A": {"type": "INTEGER"}}}),
    "enum": ({"type": "STRING"}, {"type": "STRING", "enum": ["a"]}),
    "format": ({"type": "STRING"}, {"type": "STRING", "format": "date-time"}),
    "items": (
        {"type": "ARRAY", "items": {"type": "STRING"}},
        {"type": "ARRAY", "items": {"type": "INTEGER"}},
    ),
    "maxItems": (
        {"type": "ARRAY", "items": {"type": "STRING"}},
        {"type": "ARRAY", "items": {"type": "STRING"}, "maxItems": "0"},
    ),
    "maxLength": ({"type": "STRING"}, {"type": "STRING", "maxLength": "2"}),
    "maxProperties": (
        {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}},
        {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "maxProperties": "0"},
    ),
    "maximum": ({"type": "INTEGER"}, {"type": "INTEGER", "maximum": -1}),
    "minItems": (
        {"type": "ARRAY", "items": {"type": "STRING"}},
        {"type": "ARRAY", "items": {"type": "STRING"}, "minItems": "3"},
    ),
    "minLength": ({"type": "STRING"}, {"type": "STRING", "minLength": "40"}),
    "minProperties": ({"type": "OBJECT"}, {"type": "OBJECT", "minProperties": "2"}),
    "minimum": ({"type": "INTEGER"}, {"type": "INTEGER", "minimum": 7}),
    "nullable": (
        {"type": "STRING", "enum": []},
        {"type": "STRING", "enum": [], "nullable": True},
    ),
    "pattern": ({"type": "STRING"}, {"type": "STRING", "pattern": "^[0-9]{3}$"}),
    "properties": ({"type": "OBJECT"}, {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}),
    "propertyOrdering": (
        {"type": "OBJECT", "properties": {"a": {"type": "STRING"}, "b": {"type": "STRING"}}},
        {
            "type": "OBJECT",
            "properties": {"a": {"type": "STRING"}, "b": {"type": "STRING"}},
            "propertyOrdering": ["b", "a"],
        },
    ),
    "ref": ({"defs": {"A": {"type": "INTEGER"}}}, {"defs": {"A": {"type": "INTEGER"}}, "ref": "#/defs/A"}),
    "required": (
        {"type": "OBJECT", "properties": {}},
        {"type": "OBJECT", "properties": {}, "required": ["a"]},
    ),
    "type": ({"type": "STRING"}, {"type": "INTEGER"}),
}
"""Keyword -> two schemas that differ in it, and give different values."""


def test_each_keyword_of_a_schema_makes_a_difference() -> None:
    assert set(KEYWORDS) == {name for name, each in TAKEN.parameters.items() if isinstance(each, Honoured)}
    for name, pair in KEYWORDS.items():
        one, other = (structured("a place", responseSchema=schema, **AS_JSON)[:2] for schema in pair)
        assert one != other, name


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "LIST"}, "response_schema.type"),
        ({"type": "ARRAY"}, "items: missing field"),
        ({"type": "OBJECT", "required": ["a"]}, "required[0]: property is not defined"),
        ({"type": "OBJECT", "properties": {"a": {"const": 1}}}, 'Unknown name "const"'),
        ({"type": "STRING", "maxLength": "x"}, "max_length' (TYPE_INT64)"),
        ({"type": "OBJECT", "properties": ["a"]}, "response_schema.properties"),
        ("STRING", "Invalid value at 'generation_config.response_schema'"),
    ],
)
def test_a_schema_that_is_none_is_refused(schema: object, says: str) -> None:
    status, _, body = structured("x", responseSchema=schema, **AS_JSON)
    assert status == 400
    assert says in body["error"]["message"]


# --- training files with tools ---


MODEL: dict[str, object] = {"role": "model", "parts": [{"text": "y"}]}


def lesson(*contents: dict[str, object], **more: object) -> dict[str, object]:
    return {"contents": list(contents), **more}


def test_a_model_learns_to_call() -> None:
    call = turn("model", functionCall={"name": "find_mill", "args": {"who": "Ada"}})
    tools = [{"functionDeclarations": [{"name": "find_mill"}]}]
    system = {"parts": [{"text": "Be brief."}]}
    answered = turn("user", functionResponse={"name": "find_mill", "response": {"at": "the river"}})
    taught = [
        lesson(turn("user", text="Who runs it?"), call, tools=tools, systemInstruction=system),
        lesson(
            turn("user", text="Where is it?"), call, answered, turn("model", text="By the river"), tools=tools
        ),
    ]
    world = World()
    put_object(world, "b", "train.jsonl", jsonl(taught * 3))
    client = gemini_client(world)
    job = tune(client, "gs://b/train.jsonl", config=types.CreateTuningJobConfig(epoch_count=30))
    done = finish_tuning(client, job)
    assert done.error is None
    stats = done.tuning_data_stats and done.tuning_data_stats.supervised_tuning_data_stats
    assert stats
    assert stats.tuning_dataset_example_count == 6
    endpoint = (done.tuned_model or types.TunedModel()).endpoint or ""
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[types.FunctionDeclaration(name="find_mill")])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        system_instruction="Be brief.",
        temperature=0,
    )
    said = client.models.generate_content(model=endpoint, contents="Who runs it?", config=config)
    [made] = said.function_calls or []
    assert (made.name, made.args) == ("find_mill", {"who": "Ada"})
    contents = [turn("user", text="Who runs it?"), call, answered]
    said = client.models.generate_content(model=endpoint, contents=contents, config=config)  # pyright: ignore[reportArgumentType] - dictionaries are taken
    assert (said.function_calls, said.text) == (None, '{"at":"the river"}')
    said = client.models.generate_content(
        model=endpoint, contents="Where is it?", config=types.GenerateContentConfig(temperature=0)
    )
    assert said.text == "By the river"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            lesson(
                turn("user", text="x"),
                turn("user", functionResponse={"name": "f", "response": {}}),
                turn("model", text="y"),
            ),
            "immediately after a function call turn",
        ),
        (
            lesson(
                turn("user", text="x"), turn("model", functionCall={"name": "f"}), turn("model", text="y")
            ),
            "is equal to the number of function call parts",
        ),
        (
            lesson(turn("user", text="x"), turn("model", text="y"), tools=[{"type": "function"}]),
            "Unknown name \"type\" at 'tools[0]'",
        ),
        (
            lesson(
                turn("user", text="x"),
                turn("model", text="y"),
                tools=[{"functionDeclarations": [{"name": "1"}]}],
            ),
            "Invalid function name",
        ),
        (lesson(turn("user", text="x"), turn("model", text="y"), messages=[]), 'Unknown name "messages"'),
        (
            lesson(turn("user", inlineData={"mimeType": "image/png"}), turn("model", text="y")),
            "inline_data is not supported",
        ),
    ],
)
def test_a_line_with_tools_is_checked_as_a_request_is(line: dict[str, object], says: str) -> None:
    world = scripted()
    put_object(world, "b", "train.jsonl", jsonl([line]))
    client = gemini_client(world)
    job = finish_tuning(client, tune(client, "gs://b/train.jsonl"))
    assert job.error is not None
    assert "line 1" in (job.error.message or "")
    assert says in (job.error.message or "")
