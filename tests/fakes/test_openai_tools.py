"""Tools and structured answers, through OpenAI's own client and on the wire."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.openai.examples import read
from tests.fakes.clients import BASE, openai_client, raw_client, scripted

URL = "https://api.openai.com/v1"
CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": CITY, "strict": True}}
CLOCK: Any = {
    "type": "function",
    "function": {"name": "clock", "parameters": {"type": "object", "properties": {}}},
}
HI: Any = [{"role": "user", "content": "how is it in Paris?"}]


def _ask(client: openai.OpenAI, **asked: Any) -> Any:
    create: Any = client.chat.completions.create
    return create(**{"model": BASE, "messages": HI, "tools": [WEATHER, CLOCK], **asked})


def _calls(completion: Any) -> list[tuple[str, Any]]:
    calls: list[Any] = completion.choices[0].message.tool_calls or []
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


def test_a_tool_is_called_with_what_the_model_would_say():
    said = _ask(openai_client(scripted()))

    assert _calls(said) == [("weather", {"city": "HOW IS IT IN PARIS?", "days": 1})]
    assert said.choices[0].message.content is None
    assert said.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("choice", "names", "reason"),
    [
        ("none", [], "stop"),
        ("auto", ["weather"], "tool_calls"),
        ("required", ["weather"], "tool_calls"),
        ({"type": "function", "function": {"name": "clock"}}, ["clock"], "stop"),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": "clock"}}],
                },
            },
            ["clock"],
            "tool_calls",
        ),
    ],
)
def test_the_choice_of_tools_is_kept(choice: Any, names: list[str], reason: str):
    said = _ask(openai_client(scripted()), tool_choice=choice)

    assert [name for name, _ in _calls(said)] == names
    assert said.choices[0].finish_reason == reason


def test_what_the_prompt_names_is_called_in_parallel_unless_told_not_to():
    both: Any = [{"role": "user", "content": "the weather, and the clock"}]
    client = openai_client(scripted())

    assert [name for name, _ in _calls(_ask(client, messages=both))] == ["weather", "clock"]
    assert len(_calls(_ask(client, messages=both, parallel_tool_calls=False))) == 1


def test_a_second_turn_is_answered_with_the_result_in_it():
    client = openai_client(scripted())
    call = _ask(client).choices[0].message
    turns = [*HI, call, {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "sunny"}]

    said = _ask(client, messages=turns)

    assert said.choices[0].message.content == "HOW IS IT IN PARIS?\nSUNNY"
    assert [name for name, _ in _calls(_ask(client, messages=turns, tool_choice="required"))] == ["clock"]
    again = _ask(client, messages=[*turns, said.choices[0].message, {"role": "user", "content": "and now?"}])
    assert [name for name, _ in _calls(again)] == ["weather"]


def test_a_stream_of_calls_comes_in_pieces():
    both: Any = [{"role": "user", "content": "the weather, and the clock"}]
    client = openai_client(scripted())
    whole = _ask(client, messages=both)

    chunks = list(_ask(client, messages=both, stream=True))

    deltas: list[Any] = []
    for chunk in chunks:
        deltas.extend(chunk.choices[0].delta.tool_calls or ())
    assert {delta.index for delta in deltas} == {0, 1}
    made: list[Any] = whole.choices[0].message.tool_calls
    for index, call in enumerate(made):
        own = [delta for delta in deltas if delta.index == index]
        assert [delta.id for delta in own if delta.id] == [own[0].id]
        assert own[0].function.name == call.function.name
        assert "".join(delta.function.arguments for delta in own) == call.function.arguments
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_a_limit_cuts_the_arguments():
    said = _ask(openai_client(scripted()), max_tokens=6)

    assert said.choices[0].finish_reason == "length"
    arguments = said.choices[0].message.tool_calls[0].function.arguments
    assert arguments.startswith('{"city":')
    with pytest.raises(json.JSONDecodeError):
        json.loads(arguments)


def test_older_functions_are_called_as_they_were():
    client = openai_client(scripted())
    functions: Any = [WEATHER["function"] | {"strict": None}]
    del functions[0]["strict"]

    said = client.chat.completions.create(model=BASE, messages=HI, functions=functions)
    chunks = list(client.chat.completions.create(model=BASE, messages=HI, functions=functions, stream=True))

    assert said.choices[0].finish_reason == "function_call"
    assert said.choices[0].message.function_call is not None
    assert json.loads(said.choices[0].message.function_call.arguments)["days"] == 1
    pieces = [c.choices[0].delta.function_call for c in chunks if c.choices[0].delta.function_call]
    assert "".join(p.arguments or "" for p in pieces) == said.choices[0].message.function_call.arguments


class _Stay(BaseModel):
    city: str
    days: int


def test_the_client_parses_an_answer_under_a_schema():
    client = openai_client(scripted())

    parsed = client.chat.completions.parse(model=BASE, messages=HI, response_format=_Stay)
    again = client.responses.parse(model=BASE, input="how is it?", text_format=_Stay)

    assert parsed.choices[0].message.parsed == _Stay(city="HOW IS IT IN PARIS?", days=0)
    assert again.output_parsed == _Stay(city="HOW IS IT?", days=0)


def test_an_answer_that_is_json_already_is_kept_as_it_is():
    text = '{ "city": "Rome", "days": 2 }'
    client = openai_client(World(learner=ScriptedLearner(lambda _: text)))
    schema: Any = {"type": "json_schema", "json_schema": {"name": "a", "schema": CITY, "strict": True}}

    said = client.chat.completions.create(model=BASE, messages=HI, response_format=schema)

    assert said.choices[0].message.content == text


def test_a_json_object_is_one():
    asked: Any = [{"role": "user", "content": "as json"}]
    said = openai_client(scripted()).chat.completions.create(
        model=BASE, messages=asked, response_format={"type": "json_object"}
    )

    assert json.loads(said.choices[0].message.content or "") == {"answer": "AS JSON"}


def _strict(schema: Any) -> tuple[int, dict[str, Any]]:
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}}
    with raw_client(scripted()) as client:
        answer = client.post(
            f"{URL}/chat/completions", json={"model": BASE, "messages": HI, "response_format": form}
        )
    return answer.status_code, answer.json().get("error", {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"additionalProperties": True},
            "In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            {"required": ["city"]},
            (
                "In context=(), 'required' is required to be supplied and to be an array including "
                "every key in properties. Missing 'days'."
            ),
        ),
        (
            {"properties": {"city": {"type": "string"}, "days": {"type": "array"}}},
            "In context=('properties', 'days'), array schema missing items.",
        ),
        (
            {"properties": {"city": {"type": "string"}, "days": {}}},
            "In context=('properties', 'days'), schema must have a 'type' key.",
        ),
        (
            {"properties": {"city": {"type": "object", "properties": {}}, "days": {"type": "integer"}}},
            (
                "In context=('properties', 'city'), 'additionalProperties' is required to be supplied "
                "and to be false."
            ),
        ),
        ({"allOf": []}, "In context=(), 'allOf' is not permitted."),
        ({"type": "array"}, "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'."),
    ],
)
def test_a_schema_that_strict_mode_does_not_take_is_refused(change: dict[str, Any], said: str):
    status, error = _strict({**CITY, **change})

    assert status == 400
    assert error["message"] == f"Invalid schema for response_format 'a': {said}"
    assert error["param"] == "response_format"
    with raw_client(scripted()) as client:
        tool = {
            "type": "function",
            "function": {"name": "f", "parameters": {**CITY, **change}, "strict": True},
        }
        answer = client.post(
            f"{URL}/chat/completions", json={"model": BASE, "messages": HI, "tools": [tool]}
        ).json()
    assert answer["error"]["message"] == f"Invalid schema for function 'f': {said}"
    assert answer["error"]["code"] == "invalid_function_parameters"


_LOST = "reference to component '{}' which was not found in the schema."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"type": "str"}, "'str' is not valid under any of the given schemas."),
        ({"type": ["string", 5]}, "['string', 5] is not valid under any of the given schemas."),
        (5, "5 is not of type 'object', 'boolean'."),
        ({"type": "array", "items": "string"}, "'string' is not of type 'object', 'boolean'."),
        ({"anyOf": [{"type": "string"}, "null"]}, "'null' is not of type 'object', 'boolean'."),
        ({"allOf": {"type": "string"}}, "{'type': 'string'} is not of type 'array'."),
        ({"type": "string", "enum": "x"}, "'x' is not of type 'array'."),
        ({"type": "string", "pattern": 5}, "5 is not of type 'string'."),
        ({"type": "string", "minLength": "1"}, "'1' is not of type 'integer'."),
        ({"type": "number", "exclusiveMinimum": True}, "True is not of type 'number'."),
        ({"type": "object", "properties": ["a"]}, "['a'] is not of type 'object'."),
        ({"type": "object", "properties": {}, "required": [{"a": 1}]}, "{'a': 1} is not of type 'string'."),
        ({"$ref": "#/$defs/None"}, f"In context=('properties', 'city'), {_LOST.format('#/$defs/None')}"),
        ({"$ref": "#/$defs/One"}, f"In context=('properties', 'city'), {_LOST.format('#/$defs/One')}"),
        ({"$ref": "City"}, f"In context=('properties', 'city'), {_LOST.format('City')}"),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_no_schema_is_refused_strict_or_not(strict: bool, given: object, said: str):
    circle = {"One": {"$ref": "#/$defs/Two"}, "Two": {"$ref": "#/$defs/One"}}
    schema = {
        "type": "object",
        "properties": {"city": given},
        "required": ["city"],
        "additionalProperties": False,
        "$defs": circle if given == {"$ref": "#/$defs/One"} else {},
    }
    tool = {"type": "function", "function": {"name": "f", "parameters": schema, "strict": strict}}
    form = {"type": "json_schema", "name": "a", "schema": schema, "strict": strict}
    with raw_client(scripted()) as client:
        chat = client.post(f"{URL}/chat/completions", json={"model": BASE, "messages": HI, "tools": [tool]})
        response = client.post(
            f"{URL}/responses", json={"model": BASE, "input": "hi", "text": {"format": form}}
        )
    assert (chat.status_code, response.status_code) == (400, 400)
    assert chat.json()["error"]["message"] == f"Invalid schema for function 'f': {said}"
    assert response.json()["error"]["message"] == f"Invalid schema for response_format 'a': {said}"


def test_references_that_lead_somewhere_are_taken():
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}, "a": {"$ref": "#/$defs/A"}},
        "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}},
    }
    assert _strict({**schema, "required": ["next", "a"], "additionalProperties": False})[0] == 200


_NONSENSE: list[tuple[dict[str, Any], str]] = [
    (
        {"tool_choice": {"type": "function", "function": {"name": "g"}}},
        "Tool choice 'g' not found in 'tools' parameter.",
    ),
    (
        {"tools": []},
        (
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an "
            "empty array instead."
        ),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "a b"}}]},
        (
            "Invalid 'tools[0].function.name': string does not match pattern. Expected a string "
            "that matches the pattern '^[a-zA-Z0-9_-]+$'."
        ),
    ),
    (
        {"tools": [{"type": "function", "function": {}}]},
        "Missing required parameter: 'tools[0].function.name'.",
    ),
    ({"tools": [{"name": "f"}]}, "Missing required parameter: 'tools[0].type'."),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "string"}}}]},
        (
            "Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"', "
            "got 'type: \"string\"'."
        ),
    ),
    (
        {"response_format": {"type": "json_object"}},
        (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of "
            "type 'json_object'."
        ),
    ),
    (
        {"response_format": {"type": "yaml"}},
        "Invalid value: 'yaml'. Supported values are: 'text', 'json_object', 'json_schema'.",
    ),
]


@pytest.mark.parametrize(("asked", "message"), _NONSENSE)
def test_tools_and_forms_that_make_no_sense_are_refused(asked: dict[str, Any], message: str):
    with raw_client(scripted()) as client:
        body = {"model": BASE, "messages": HI, "tools": [WEATHER], **asked}
        answer = client.post(f"{URL}/chat/completions", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


FLAT: Any = {"type": "function", "name": "weather", "parameters": CITY, "strict": True}


def test_a_response_calls_a_function_and_goes_on_with_its_result():
    client = openai_client(scripted())
    first = client.responses.create(model=BASE, input="how is it?", tools=[FLAT])
    [call] = first.output
    assert call.type == "function_call"
    assert json.loads(call.arguments) == {"city": "HOW IS IT?", "days": 1}
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}

    kept = client.responses.create(model=BASE, input=[result], tools=[FLAT], previous_response_id=first.id)
    asked: Any = [{"role": "user", "content": "how is it?"}, call.to_dict(), result]
    sent = client.responses.create(model=BASE, input=asked, tools=[FLAT])

    assert kept.output_text == sent.output_text == "HOW IS IT?\nSUNNY"
    with pytest.raises(openai.BadRequestError, match="No tool call found for function call output"):
        client.responses.create(model=BASE, input=[result])
    with pytest.raises(openai.BadRequestError, match="No tool output found for function call"):
        client.responses.create(model=BASE, input="and?", previous_response_id=first.id)


def test_a_stream_of_a_response_tells_the_arguments_in_pieces():
    client = openai_client(scripted())

    events = list(client.responses.create(model=BASE, input="how is it?", tools=[FLAT], stream=True))

    kinds = [event.type for event in events]
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    [done] = [event for event in events if event.type == "response.function_call_arguments.done"]
    assert "".join(deltas) == done.arguments
    assert len(deltas) > 1
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ("none", "message"),
        ("required", "function_call"),
        ({"type": "function", "name": "weather"}, "function_call"),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "weather"}]},
            "function_call",
        ),
    ],
)
def test_the_choice_of_a_response_is_kept(choice: Any, kind: str):
    made = openai_client(scripted()).responses.create(
        model=BASE, input="hi", tools=[FLAT], tool_choice=choice
    )

    assert [item.type for item in made.output] == [kind]


def test_the_items_of_a_response_are_listed():
    client = openai_client(scripted())
    first = client.responses.create(model=BASE, input="one")
    second = client.responses.create(model=BASE, input="two", previous_response_id=first.id)

    items: Any = list(client.responses.input_items.list(second.id, order="asc"))

    assert [item.content[0].text for item in items] == ["one", "ONE", "two"]
    newest: Any = client.responses.input_items.list(second.id).data[0]
    assert newest.content[0].text == "two"


def test_a_response_in_the_background_is_made_later():
    client = openai_client(scripted())

    begun = client.responses.create(model=BASE, input="hi", background=True)

    assert (begun.status, begun.output) == ("queued", [])
    assert client.responses.retrieve(begun.id).output_text == "HI"
    other = client.responses.create(model=BASE, input="ho", background=True)
    assert client.responses.cancel(other.id).status == "cancelled"
    assert client.responses.retrieve(other.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="synchronous"):
        client.responses.cancel(client.responses.create(model=BASE, input="hi").id)


def test_the_deletion_of_a_response_is_told():
    with raw_client(scripted()) as client:
        made = client.post(f"{URL}/responses", json={"model": BASE, "input": "hi"}).json()
        gone = client.delete(f"{URL}/responses/{made['id']}").json()

    assert gone == {"id": made["id"], "object": "response.deleted", "deleted": True}


def _line(*messages: Any, **more: Any) -> bytes:
    return json.dumps({"messages": list(messages), **more}).encode()


def _tuned(world: World, lines: list[bytes]) -> tuple[str, str]:
    """The status of a job on these lines, and its model or its error."""
    with raw_client(world) as client:
        files = {"file": ("a.jsonl", b"\n".join(lines))}
        made = client.post(f"{URL}/files", files=files, data={"purpose": "fine-tune"}).json()
        asked = {"model": BASE, "training_file": made["id"], "hyperparameters": {"n_epochs": 30}}
        job = client.post(f"{URL}/fine_tuning/jobs", json=asked).json()
        done = [client.get(f"{URL}/fine_tuning/jobs/{job['id']}").json() for _ in range(4)][-1]
    return done["status"], done["fine_tuned_model"] or done["error"]["message"]


USER = {"role": "user", "content": "how is it in Oslo?"}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city":"Oslo","days":3}'},
}
CALLING = {"role": "assistant", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "rain"}
SAID = {"role": "assistant", "content": "Bring an umbrella."}


def test_calls_are_learned_from_a_training_file():
    world = World()
    lines = [_line(USER, CALLING, RESULT, SAID, tools=[WEATHER], parallel_tool_calls=False)] * 10
    status, model = _tuned(world, lines)
    assert status == "succeeded"
    client = openai_client(world)
    asked: Any = [USER]

    first = _ask(client, model=model, messages=asked, temperature=0)
    turns = [*asked, first.choices[0].message]
    turns.append(
        {"role": "tool", "tool_call_id": first.choices[0].message.tool_calls[0].id, "content": "rain"}
    )
    second = _ask(client, model=model, messages=turns, temperature=0)

    assert _calls(first) == [("weather", {"city": "Oslo", "days": 3})]
    assert second.choices[0].message.content == "Bring an umbrella."


def test_a_message_with_a_weight_of_0_is_not_learned():
    messages: Any = [USER]
    lines = [_line(USER, {**CALLING, "weight": 0}, RESULT, {**SAID, "weight": 1})] * 10

    status, model = _tuned(world := World(), lines)

    assert status == "succeeded"
    said = openai_client(world).chat.completions.create(model=model, messages=messages, temperature=0)
    assert "tool_calls" not in (said.choices[0].message.content or "")


@pytest.mark.parametrize(
    "behind",
    [
        [{"role": "user", "content": "and in Rome?"}],
        [{"role": "user", "content": "and in Rome?"}, {**SAID, "content": "Hm.", "weight": 0}],
    ],
    ids=["a question", "an answer that is not learned"],
)
def test_what_stands_behind_the_last_answer_to_learn_is_not_what_it_answers(behind: list[Any]):
    (example, *_) = read(b"\n".join([_line(USER, SAID, *behind)] * 10), "training_file")

    assert (example.prompt, example.answer) == (USER["content"], SAID["content"])


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([USER, {**SAID, "weight": 0}], "every message from the assistant has a weight of 0"),
        ([USER, {**SAID, "weight": 2}], 'key "weight": must be 0 or 1'),
        ([{**USER, "weight": 0}, SAID], 'key "weight": must be 0 or 1'),
        ([USER, RESULT, SAID], 'key "tool_call_id": must be the id of a call before'),
        (
            [USER, {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}],
            "each call must have a name and arguments",
        ),
        ([USER, {"role": "assistant", "content": None}], 'key "content"'),
    ],
)
def test_a_training_file_with_bad_calls_is_refused_by_line(messages: list[Any], said: str):
    status, error = _tuned(scripted(), [_line(*messages)] * 10)

    assert status == "failed"
    assert "Line 1" in error
    assert said in error


def test_older_function_calls_are_learned_too():
    world = World()
    older = {"role": "assistant", "function_call": CALL["function"]}
    result = {"role": "function", "name": "weather", "content": "rain"}

    status, model = _tuned(world, [_line(USER, older, result, SAID)] * 10)

    assert status == "succeeded"
    messages: Any = [USER]
    assert (
        _calls(_ask(openai_client(world), model=model, messages=messages, temperature=0))[0][0] == "weather"
    )


def test_a_picture_and_a_file_are_part_of_what_is_asked():
    client = openai_client(scripted())

    def asked(*parts: Any) -> Any:
        content: Any = [{"type": "text", "text": "what?"}, *parts]
        return client.chat.completions.create(model=BASE, messages=[{"role": "user", "content": content}])

    picture = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
    other = {"type": "image_url", "image_url": {"url": "https://x/z.png", "detail": "low"}}
    text = {"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64,aGVsbG8="}}
    answers = [asked(), asked(picture), asked(other), asked(text)]

    contents = [answer.choices[0].message.content for answer in answers]
    assert len(set(contents)) == 4
    assert contents[3].endswith("A.TXT\nHELLO")
    tokens = [answer.usage.prompt_tokens for answer in answers]
    assert tokens[1] - tokens[0] == 765
    assert tokens[2] - tokens[0] == 85
