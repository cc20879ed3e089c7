"""Nothing is accepted that is not acted on: what the service refuses is refused, in its words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes import World
from fakes.learners import Model, Reply
from fakes.learners.sampling import NotSampled, draw
from fakes.learners.scripted import ScriptedLearner
from fakes.learners.softmax import SoftmaxLearner
from fakes.learners.unchanging import run_of
from fakes.openai.checks import check_body
from fakes.openai.routes import endpoints_of
from fakes.openai.tables.chat import CHAT
from fakes.parameters import HONOURED, Honoured, Kinds, Refused, Table, WithoutEffect, Words
from fakes.routes import Refusal
from tests.fakes.clients import BASE, raw_client, scripted

URL = "https://api.openai.com/v1"
CHAT_URL, RESPONSES_URL = f"{URL}/chat/completions", f"{URL}/responses"
HI: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLING: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
ORPHAN = (
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
    "'tool_calls'."
)


def _error(asked: dict[str, Any], url: str = CHAT_URL) -> tuple[Any, ...]:
    base = {"model": BASE, "messages": HI} if url == CHAT_URL else {"model": BASE, "input": "hi"}
    with raw_client(scripted()) as client:
        answer = client.post(url, json={**base, **asked})
    error: Any = answer.json().get("error") or {"message": "", "param": None, "code": None}
    return answer.status_code, error["message"], error["param"], error["code"]


def _unsupported(path: str) -> tuple[int, str, str, str]:
    message = f"Unsupported parameter: '{path}' is not supported with this model."
    return 400, message, path, "unsupported_parameter"


@pytest.mark.parametrize("name", ["max_token", "top_k", "temprature", "max_output_tokens", "input"])
def test_an_argument_that_chats_do_not_know_is_refused(name: str):
    assert _error({name: 1}) == (400, f"Unrecognized request argument supplied: {name}", None, None)


@pytest.mark.parametrize("name", ["max_token", "max_tokens", "messages", "seed", "stop"])
def test_a_parameter_that_responses_do_not_know_is_refused(name: str):
    assert _error({name: 1}, RESPONSES_URL) == (
        400,
        f"Unknown parameter: '{name}'.",
        name,
        "unknown_parameter",
    )


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"messages": [{**HI[0], "mood": "good"}]}, "messages[0].mood"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "lang": "en"}]}]},
            "messages[0].content[0].lang",
        ),
        ({"stream": True, "stream_options": {"usage": True}}, "stream_options.usage"),
        ({"response_format": {"type": "text", "schema": {}}}, "response_format.schema"),
        ({"tools": [{"type": "function", "function": {"name": "f"}, "name": "f"}]}, "tools[0].name"),
    ],
)
def test_an_unknown_parameter_in_an_object_is_refused(asked: dict[str, Any], path: str):
    assert _error(asked) == (400, f"Unknown parameter: '{path}'.", path, "unknown_parameter")


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"reasoning_effort": "low"}, "reasoning_effort"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
        ({"presence_penalty": -1}, "presence_penalty"),
        ({"logit_bias": {"50256": -100}}, "logit_bias"),
        ({"prediction": {"type": "content", "content": "x"}}, "prediction"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"verbosity": "low"}, "verbosity"),
    ],
)
def test_what_is_not_acted_on_is_refused(asked: dict[str, Any], path: str):
    assert _error(asked) == _unsupported(path)


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"reasoning": {"effort": "low"}}, "reasoning.effort"),
        ({"reasoning": {"summary": "auto"}}, "reasoning.summary"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"service_tier": "priority"}, "service_tier"),
    ],
)
def test_what_responses_do_not_act_on_is_refused(asked: dict[str, Any], path: str):
    assert _error(asked, RESPONSES_URL) == _unsupported(path)


@pytest.mark.parametrize(
    "asked",
    [
        {"frequency_penalty": 0, "presence_penalty": 0.0, "logit_bias": {}, "service_tier": "auto"},
        {"modalities": ["text"], "audio": None, "verbosity": "medium", "prediction": None},
        {"user": "u", "safety_identifier": "s", "prompt_cache_key": "k"},
        {"temperature": None, "tools": None, "stop": None, "stream": None, "response_format": None},
    ],
)
def test_what_asks_for_nothing_is_accepted(asked: dict[str, Any]):
    assert _error(asked)[0] == 200


@pytest.mark.parametrize(
    ("asked", "message", "code"),
    [
        (
            {"temperature": -1},
            "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
            "decimal_below_min_value",
        ),
        (
            {"temperature": 2.5},
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
            "decimal_above_max_value",
        ),
        (
            {"top_p": 1.5},
            "Invalid 'top_p': decimal above maximum value. Expected a value <= 1, but got 1.5 instead.",
            "decimal_above_max_value",
        ),
        (
            {"top_logprobs": 21},
            (
                "Invalid 'top_logprobs': integer above maximum value. Expected a value <= 20, but got "
                "21 instead."
            ),
            "integer_above_max_value",
        ),
        (
            {"temperature": "hot"},
            "Invalid type for 'temperature': expected a decimal, but got a string instead.",
            "invalid_type",
        ),
    ],
)
@pytest.mark.parametrize("url", [CHAT_URL, RESPONSES_URL])
def test_a_value_out_of_range_is_refused_by_name(asked: dict[str, Any], message: str, code: str, url: str):
    status, said, param, found = _error(asked, url)
    assert (status, said, found) == (400, message, code)
    assert param in asked


@pytest.mark.parametrize(
    ("messages", "message", "param"),
    [
        ([*HI, RESULT], ORPHAN, "messages.[1].role"),
        ([*HI, CALLING, RESULT, {"role": "assistant", "content": "so"}, RESULT], ORPHAN, "messages.[4].role"),
        (
            [*HI, CALLING, {**RESULT, "tool_call_id": "call_2"}],
            "Invalid parameter: 'tool_call_id' of 'call_2' not found in 'tool_calls' of previous message.",
            "messages.[2].tool_call_id",
        ),
        (
            [*HI, CALLING],
            (
                "An assistant message with 'tool_calls' must be followed by tool messages responding "
                "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
                "call_1"
            ),
            "messages.[2].role",
        ),
        (
            [*HI, CALLING, *HI],
            (
                "An assistant message with 'tool_calls' must be followed by tool messages responding "
                "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
                "call_1"
            ),
            "messages.[2].role",
        ),
        (
            [{"role": "user", "content": None}],
            "Invalid value for 'content': expected a string, got null.",
            "messages[0].content",
        ),
        (
            [{"role": "assistant", "content": None}],
            "Invalid value for 'content': expected a string, got null.",
            "messages[0].content",
        ),
        (
            [],
            (
                "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
                "empty array instead."
            ),
            "messages",
        ),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}],
                }
            ],
            "Invalid 'messages[0]'. Content blocks are expected to be either text or image_url type.",
            "messages[0]",
        ),
    ],
)
def test_messages_that_do_not_follow_on_each_other_are_refused(messages: list[Any], message: str, param: str):
    assert _error({"messages": messages})[:3] == (400, message, param)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"tool_choice": "auto"}, "'tool_choice' is only allowed when 'tools' are specified."),
        ({"parallel_tool_calls": True}, "'parallel_tool_calls' is only allowed when 'tools' are specified."),
        ({"function_call": "auto"}, "'function_call' is only allowed when 'functions' are specified."),
        ({"metadata": {"k": "v"}}, "The 'metadata' parameter is only allowed when 'store' is enabled."),
        ({"stream_options": {}}, "The 'stream_options' parameter is only allowed when 'stream' is enabled."),
    ],
)
def test_what_belongs_to_another_parameter_is_refused_alone(asked: dict[str, Any], message: str):
    assert _error(asked)[:2] == (400, message)


def test_an_input_that_is_too_long_is_refused_with_the_limit():
    long = "word" * 500_000

    status, message, param, code = _error({"messages": [{"role": "user", "content": long}]})

    assert (status, param, code) == (400, "messages", "context_length_exceeded")
    assert "maximum context length is 128000 tokens" in message
    assert _error({"input": long}, RESPONSES_URL)[::3] == (400, "context_length_exceeded")
    assert _error({"input": long, "truncation": "auto"}, RESPONSES_URL)[0] == 200


def test_a_limit_beyond_the_model_is_refused():
    status, message, param, _ = _error({"max_tokens": 16_385})

    assert (status, param) == (400, "max_tokens")
    assert "at most 16384 completion tokens" in message


def test_a_model_that_thinks_takes_other_parameters():
    asked = {"model": "gpt-5-mini", "messages": HI}
    assert _error({**asked, "reasoning_effort": "low"})[0] == 200
    assert _error({**asked, "temperature": 0.5})[::3] == (400, "unsupported_value")
    assert _error({**asked, "max_tokens": 5})[::3] == (400, "unsupported_parameter")
    with raw_client(scripted()) as client:
        counts = [
            client.post(CHAT_URL, json={**asked, "reasoning_effort": effort}).json()["usage"]
            for effort in ("minimal", "high")
        ]
        cut = client.post(CHAT_URL, json={**asked, "max_completion_tokens": 50}).json()
    assert [each["completion_tokens_details"]["reasoning_tokens"] for each in counts] == [0, 256]
    assert counts[1]["completion_tokens"] - counts[0]["completion_tokens"] == 256
    assert (cut["choices"][0]["message"]["content"], cut["choices"][0]["finish_reason"]) == ("", "length")
    assert cut["usage"]["completion_tokens"] == 50


def _draws(world: World, **asked: Any) -> set[str]:
    with raw_client(world) as client:
        answers = [
            client.post(CHAT_URL, json={"model": BASE, "messages": HI, "seed": seed, **asked}).json()
            for seed in range(40)
        ]
    return {answer["choices"][0]["message"]["content"] for answer in answers}


def test_a_share_of_the_distribution_is_drawn_from():
    world = World(prior=[("hi", "hello"), ("hi there", "good day"), ("oh hi", "welcome")])
    greedy = _draws(world, temperature=0)

    drawn = [_draws(world, temperature=2, top_p=share) for share in (0, 0.01, 0.6, 1)]

    assert drawn[0] == drawn[1] == greedy
    assert drawn[3] == _draws(world, temperature=2)
    assert len(greedy) < len(drawn[2]) < len(drawn[3])


def test_of_the_likeliest_answers_so_many_are_drawn():
    model = SoftmaxLearner([("hi", "hello"), ("hi there", "good day"), ("oh hi", "welcome")]).base("m")

    drawn = [
        {draw(model, "hi", system="", temperature=3, seed=seed, top_k=k).text for seed in range(60)}
        for k in (1, 2, 3)
    ]

    assert [len(each) for each in drawn] == [1, 2, 3]


class _Older:
    """A learner from before there was a share to draw from."""

    def base(self, name: str) -> Model:
        del name
        return self

    def train(self, base: Model, examples: Any, hyper: Any, validation: Any = ()) -> Any:
        return run_of(base, examples, hyper, validation)

    def answer(self, prompt: str, *, system: str = "", temperature: float = 0.0, seed: int = 0) -> Reply:
        return Reply(f"{system}{prompt} {temperature} {seed}", 0.0)


def test_an_older_learner_is_asked_for_what_has_a_known_meaning():
    world = World(learner=_Older())

    assert _draws(world, top_p=0) == _draws(world, temperature=0) != _draws(world, top_p=1)
    with raw_client(world) as client:
        refused = client.post(CHAT_URL, json={"model": BASE, "messages": HI, "top_p": 0.5}).json()
    assert refused["error"]["code"] == "unsupported_parameter"
    with pytest.raises(NotSampled, match="top_k"):
        draw(_Older(), "hi", system="", temperature=1, seed=0, top_k=2)


def test_a_line_of_a_batch_is_checked_as_the_endpoint_does():
    bodies: list[dict[str, Any]] = [
        {"messages": HI, "max_token": 5},
        {"messages": [*HI, RESULT]},
        {"messages": HI},
    ]
    lines = [
        {
            "custom_id": str(at),
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": BASE, **body},
        }
        for at, body in enumerate(bodies)
    ]
    with raw_client(scripted()) as client:
        content = "\n".join(map(json.dumps, lines)).encode()
        made = client.post(
            f"{URL}/files", files={"file": ("a.jsonl", content)}, data={"purpose": "batch"}
        ).json()
        asked = {"input_file_id": made["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        batch = client.post(f"{URL}/batches", json=asked).json()
        done = [client.get(f"{URL}/batches/{batch['id']}").json() for _ in range(4)][-1]
        failed = client.get(f"{URL}/files/{done['error_file_id']}/content").text

    errors = [json.loads(line)["response"]["body"]["error"]["message"] for line in failed.splitlines()]
    assert done["request_counts"] == {"total": 3, "completed": 1, "failed": 2}
    assert errors == ["Unrecognized request argument supplied: max_token", ORPHAN]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/models", None),
        ("GET", "/files", None),
        ("GET", "/fine_tuning/jobs", None),
        ("GET", "/batches", None),
        ("POST", "/fine_tuning/jobs", {"model": BASE}),
        ("POST", "/uploads", {}),
        ("POST", "/batches", {}),
        ("POST", "/moderations", {"input": "a"}),
    ],
)
def test_every_endpoint_checks_its_query_and_its_body(method: str, path: str, body: Any):
    with raw_client(scripted()) as client:
        query = client.request(method, f"{URL}{path}?colour=red", json=body).json()
        assert query["error"]["message"] == "Unrecognized request argument supplied: colour"
        if body is not None:
            answer = client.post(URL + path, json={**body, "colour": "red"}).json()
            assert answer["error"]["message"] == "Unrecognized request argument supplied: colour"


def test_an_endpoint_cannot_be_mounted_without_tables():
    endpoints = endpoints_of(scripted().openai)

    with pytest.raises(TypeError):
        endpoints.add("GET", "/new", lambda _: None)  # pyright: ignore[reportCallIssue, reportArgumentType] - so it is tested
    with pytest.raises(TypeError):
        endpoints.add_json("POST", "/new", lambda _call, _body: None, query=CHAT)  # pyright: ignore[reportCallIssue, reportArgumentType] - so it is tested


def _unknown(name: str, at: str) -> Refusal:
    return Refusal(400, f"unknown {name} at {at!r}")


def _refused(name: str, at: str, value: object) -> Refusal:
    return Refusal(400, f"unsupported {name} at {at!r}: {value}")


def _mistyped(name: str, at: str, value: object, kind: object) -> Refusal:
    return Refusal(400, f"{name} at {at!r}: {value} is no {kind}")


class TestTable:
    """The check of a table."""

    _INNER = Table(
        {
            "type": HONOURED,
            "kept": HONOURED,
            "old": Refused("it is old", (None, 1)),
            "label": WithoutEffect("a label", "string"),
            "size": WithoutEffect("a size", ("s", "m")),
            "tags": Honoured(kind="strings"),
            "least": Honoured(kind="number"),
            "on": Honoured(kind="boolean"),
        }
    )
    _TABLE = Table(
        {
            "a": HONOURED,
            "b": Honoured(_INNER),
            "c": Honoured(Kinds("type", {"x": _INNER, "y": Refused("no y")}, "x")),
            "o": Honoured(_INNER, "object"),
        }
    )

    def _check(self, sent: dict[str, Any]) -> str:
        try:
            self._TABLE.check(sent, Words(_unknown, _refused, _mistyped))
        except Refusal as refusal:
            return str(refusal.result.body)
        return ""

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({}, ""),
            ({"a": {"anything": 1}}, ""),
            ({"d": 1}, "unknown d at ''"),
            ({"b": {"kept": 1, "label": "2"}}, ""),
            ({"b": {"old": 1}}, ""),
            ({"b": {"old": True}}, "unsupported old at 'b': True"),
            ({"b": {"old": 2}}, "unsupported old at 'b': 2"),
            ({"b": [{"kept": 1}, {"new": 1}]}, "unknown new at 'b[1]'"),
            ({"b": "text"}, ""),
            ({"c": {"type": "x", "new": 1}}, "unknown new at 'c'"),
            ({"c": {"new": 1}}, "unknown new at 'c'"),
            ({"c": [{"type": "y"}]}, "unsupported type at 'c[0]': y"),
            ({"c": {"type": "z", "new": 1}}, ""),
            ({"b": {"label": 2}}, "label at 'b': 2 is no string"),
            ({"b": {"label": None, "size": None, "tags": None}}, ""),
            ({"b": {"size": "m", "tags": ["x"], "least": 1, "on": True}}, ""),
            ({"b": {"size": "l"}}, "size at 'b': l is no ('s', 'm')"),
            ({"b": {"size": ["m"]}}, "size at 'b': ['m'] is no ('s', 'm')"),
            ({"b": {"tags": "x"}}, "tags at 'b': x is no strings"),
            ({"b": {"tags": ["x", 1]}}, "tags at 'b': ['x', 1] is no strings"),
            ({"b": {"least": True}}, "least at 'b': True is no number"),
            ({"b": {"on": 1}}, "on at 'b': 1 is no boolean"),
            ({"o": "text"}, "o at '': text is no object"),
            ({"o": ["x"]}, "o at '': ['x'] is no object"),
            ({"o": {"new": 1}}, "unknown new at 'o'"),
            ({"o": None}, ""),
        ],
    )
    def test_what_is_unknown_or_refused_is_named(self, sent: dict[str, Any], said: str):
        assert self._check(sent) == said

    def test_all_parameters_are_walked_with_their_paths(self):
        paths = [path for path, _ in self._TABLE.walk()]

        assert paths[:4] == ["a", "b", "b.type", "b.kept"]
        assert "c[x].kept" in paths
        assert "c[y]" in paths


def test_a_body_of_honoured_parameters_passes():
    check_body({"model": BASE, "messages": HI, "temperature": 1}, CHAT)
    with pytest.raises(Refusal):
        check_body({"model": BASE, "messages": HI, "temprature": 1}, CHAT)


def test_scripted_models_answer_whatever_the_sampling():
    model = ScriptedLearner(str.upper).base("m")

    assert draw(model, "hi", system="", temperature=1, seed=0, top_p=0.5, top_k=3).text == "HI"


def test_a_name_that_is_none_is_refused():
    pattern = "'^[^\\s<|\\\\/>]+$'"
    message = f"string does not match pattern. Expected a string that matches the pattern {pattern}."
    assert _error({"messages": [{**HI[0], "name": "Ann Lee"}]}) == (
        400,
        f"Invalid 'messages[0].name': {message}",
        "messages[0].name",
        "invalid_value",
    )
    assert _error({"messages": [{**HI[0], "name": "Ann_Lee"}]})[0] == 200
    assert _error({"messages": [{**HI[0], "name": "a" * 65}]})[3] == "string_above_max_length"


def test_at_most_128_tools_are_taken():
    tools = [{"type": "function", "function": {"name": f"f{n}"}} for n in range(129)]
    assert _error({"tools": tools[:128]})[0] == 200
    status, message, *rest = _error({"tools": tools})
    assert (status, rest) == (400, ["tools", "array_above_max_length"])
    assert message.startswith("Invalid 'tools': array too long. Expected an array with maximum length 128, ")


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        (
            {"tools": [{"type": "function", "function": {"name": "f"}}], "function_call": "auto"},
            "function_call",
        ),
        ({"functions": [{"name": "f"}], "tool_choice": "auto"}, "tool_choice"),
        ({"functions": [{"name": "f"}], "parallel_tool_calls": True}, "parallel_tool_calls"),
        (
            {"functions": [{"name": "f"}], "tools": [{"type": "function", "function": {"name": "f"}}]},
            "functions",
        ),
    ],
)
def test_what_would_be_passed_over_beside_other_tools_is_refused(asked: dict[str, Any], param: str):
    status, _, found, _ = _error(asked)
    assert (status, found) == (400, param)


@pytest.mark.parametrize("call_id", [["call_1"], {"id": "call_1"}, 1])
def test_a_result_whose_call_is_named_by_no_text_is_refused(call_id: object):
    path = "messages[2].tool_call_id"
    status, message, param, code = _error({"messages": [*HI, CALLING, {**RESULT, "tool_call_id": call_id}]})
    assert (status, param, code) == (400, path, "invalid_type")
    assert message.startswith(f"Invalid type for '{path}': expected a string, but got ")


@pytest.mark.parametrize(("seed", "status"), [(2**63 - 1, 200), (2**63, 400), (-(2**63) - 1, 400)])
def test_a_seed_is_an_int64(seed: int, status: int):
    assert _error({"seed": seed})[0] == status


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({str(n): "x" for n in range(17)}, ("metadata", "object_above_max_properties")),
        ({"k": "x" * 513}, ("metadata.k", "string_above_max_length")),
        ({"k": 1}, ("metadata.k", "invalid_type")),
        ({"k": None}, ("metadata.k", "invalid_type")),
        ("k", ("metadata", "invalid_type")),
    ],
)
def test_metadata_that_is_none_is_refused(metadata: object, error: tuple[str, str]):
    assert _error({"store": True, "metadata": metadata})[2:] == error
    assert _error({"metadata": metadata}, RESPONSES_URL)[2:] == error
