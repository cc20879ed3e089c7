from __future__ import annotations

from typing import Any

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners import Model, Reply
from fakes.learners.scripted import ScriptedLearner
from fakes.vertex import content
from fakes.vertex.content import content_request
from tests.fakes.clients import jsonl, put_object, raw_client, scripted

VERTEX = "https://aiplatform.googleapis.com/v1beta1"
PLACE = f"{VERTEX}/projects/p/locations/global"
CLOUD = f"{PLACE}/publishers/google/models/{{}}:{{}}"
DEVELOPER = "https://generativelanguage.googleapis.com/v1beta/models/{}:{}"
KEY = {"authorization": "Bearer ya29", "x-goog-api-key": "AIza-fake"}
FLASH, PRO, NEWEST = "gemini-2.5-flash", "gemini-2.5-pro", "gemini-3.5-flash"
SAID: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "one two three"}]}]}
FACTS = [(f"Which letter is number {number}?", letter) for number, letter in enumerate("abcdef")]


def ask(
    url: str,
    body: dict[str, Any],
    model: str = FLASH,
    verb: str = "generateContent",
    world: World | None = None,
) -> tuple[int, dict[str, Any]]:
    transport = FakeTransport(world or scripted())
    with httpx2.Client(transport=transport, headers=KEY) as client:
        response = client.post(url.format(model, verb), json={**SAID, **body})
    return response.status_code, response.json()


def config(**fields: object) -> dict[str, Any]:
    return {"generationConfig": fields}


def _json(**keywords: object) -> dict[str, Any]:
    """A configuration under a schema with these keywords."""
    schema = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, **keywords}
    return config(responseMimeType="application/json", responseSchema=schema)


@pytest.mark.parametrize("url", [CLOUD, DEVELOPER])
@pytest.mark.parametrize("fields", [{"topK": 1}, {"topP": 0}, {"top_k": 1.0}, {"topP": 0.0, "topK": 64}])
def test_sampling_from_one_is_greedy(url: str, fields: dict[str, object]) -> None:
    world = World(prior=FACTS)
    asked = {"contents": [{"parts": [{"text": "Which letter?"}]}]}
    hot = {"temperature": 2, "candidateCount": 8}
    texts: list[set[str]] = []
    for sampling in ({"temperature": 0}, {**hot, **fields}, hot):
        _, body = ask(url, {**asked, **config(seed=3, **sampling)}, world=world)
        texts.append({each["content"]["parts"][0]["text"] for each in body["candidates"]})
    greedy, limited, free = texts
    assert limited == greedy
    assert len(free) > 1


@pytest.mark.parametrize("url", [CLOUD, DEVELOPER])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"topK": 5}, 400),
        ({"topP": 0.5}, 400),
        ({"topK": 5, "topP": 0.5, "temperature": 0}, 200),
        ({"topK": 64, "topP": 0.95}, 200),
        ({"topP": 1}, 200),
        ({"topK": 0}, 400),
        ({"topK": 65}, 400),
        ({"topK": 1.5}, 400),
        ({"topP": 1.1, "temperature": 0}, 400),
        ({"topP": "all"}, 400),
    ],
)
def test_sampling_is_as_asked_or_refused(url: str, fields: dict[str, object], status: int) -> None:
    assert ask(url, config(**fields), world=World(learner=Sampled(Whole)))[0] == status


class Whole:
    """A model of which no part can be asked for."""

    def answer(self, prompt: str, *, system: str = "", temperature: float = 0.0, seed: int = 0) -> Reply:
        del system, temperature, seed
        return Reply(prompt.upper(), 0.0)


class Parts:
    """A model that says how it was asked."""

    def answer(
        self,
        prompt: str,
        *,
        system: str = "",
        temperature: float = 0.0,
        seed: int = 0,
        top_p: float = 1.0,
        top_k: int | None = None,
    ) -> Reply:
        del prompt, system, seed
        return Reply(f"{temperature} {top_p} {top_k}", 0.0)


class Sampled(ScriptedLearner):
    """A learner with models of a kind."""

    def __init__(self, kind: type[Whole | Parts]) -> None:
        super().__init__(str.upper)
        self._kind = kind

    def base(self, name: str) -> Model:
        del name
        return self._kind()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"topK": 5, "topP": 0.5}, "1.0 0.5 5"),
        ({"topK": 64, "topP": 0.95}, "1.0 1.0 None"),
        ({"topP": 1, "topK": 7, "temperature": 2}, "2.0 1.0 7"),
    ],
)
def test_a_model_that_can_is_asked_for_the_likeliest_answers(fields: dict[str, object], says: str) -> None:
    _, answer = ask(CLOUD, config(**fields), world=World(learner=Sampled(Parts)))
    assert answer["candidates"][0]["content"]["parts"][0]["text"] == says


OPENAI_TOOL: dict[str, Any] = {"type": "function", "function": {"name": "f", "parameters": {}}}
SCHEMA = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
REPLY: dict[str, Any] = {"functionResponse": {"name": "f", "response": {}}}
CALL: dict[str, Any] = {"functionCall": {"name": "f", "args": {}}}


def turns(*contents: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"contents": [{"role": role, "parts": [part]} for role, part in contents]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"tools": [OPENAI_TOOL]}, "Unknown name \"type\" at 'tools[0]'"),
    (
        {"contents": [{"parts": [{"text": "x", "cache": 1}]}]},
        "Unknown name \"cache\" at 'contents[0].parts[0]'",
    ),
    (
        {"tools": [{"function_declarations": [{"name": "f", "strict": True}]}]},
        "at 'tools[0].function_declarations[0]'",
    ),
    ({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}, "set without function_declarations"),
    (turns(("user", REPLY)), "function response turn comes immediately after a function call turn"),
    (turns(("user", {"text": "x"}), ("user", REPLY)), "comes immediately after a function call turn"),
    (turns(("model", CALL), ("user", REPLY)), "comes immediately after a user turn"),
    (turns(("user", {"text": "x"}), ("user", CALL)), "comes immediately after a user turn"),
    (turns(("user", {"text": "x"}), ("model", REPLY)), "comes immediately after a function call turn"),
    (turns(("user", {"text": "x"}), ("model", CALL)), "is equal to the number of function call parts"),
    (
        turns(("user", {"text": "x"}), ("model", CALL), ("user", {"text": "y"})),
        "is equal to the number of function call parts",
    ),
    (
        {"contents": [{"parts": [{"text": "x" * 2_000_000}]}]},
        "exceeds the maximum number of tokens allowed",
    ),
    ({"contents": [{"parts": [{"text": "word " * 1_000_000}]}]}, "allowed (1048576)."),
    ({"cachedContent": "cachedContents/1"}, "cached_content is not supported"),
    (
        {"contents": [{"parts": [{"text": "x"}, {"inline_data": {"mimeType": "image/png", "data": ""}}]}]},
        "contents[0].parts[1].inline_data is not supported",
    ),
    ({"contents": [{"parts": [{"fileData": {"fileUri": "gs://b/x"}}]}]}, "file_data is not supported"),
    ({"tools": [{"googleSearch": {}}]}, "tools[0].google_search is not supported"),
    ({"systemInstruction": {"parts": [CALL]}}, "function_call is not supported"),
    (config(frequencyPenalty=1), "frequency_penalty is not supported"),
    (config(responseModalities=["IMAGE"]), "response_modalities is not supported"),
    (config(responseSchema=SCHEMA), "only allowed when response mime type is"),
    (
        config(responseMimeType="application/json", responseSchema=SCHEMA, responseJsonSchema={}),
        "only one of response_schema and response_json_schema",
    ),
    (config(responseMimeType="text/csv"), "allowed mimetypes"),
    (config(responseMimeType="text/x.enum", responseSchema=SCHEMA), "an enum"),
    (
        {
            **config(responseMimeType="application/json"),
            "tools": [{"functionDeclarations": [{"name": "f"}]}],
        },
        "is unsupported",
    ),
    ({"safetySettings": [{"category": "RUDE", "threshold": "OFF"}]}, "safety_settings[0].category"),
    ({"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT"}]}, "safety_settings[0].threshold"),
    (config(seed="x"), "Invalid value at 'generation_config.seed' (TYPE_INT32), \"x\""),
    (config(temperature="hot"), "Invalid value at 'generation_config.temperature' (TYPE_FLOAT)"),
    (config(temperature=2.5), "it has a temperature value of 2.5"),
    (config(maxOutputTokens=0), "maxOutputTokens value of 0"),
    (config(maxOutputTokens=70_000), "maxOutputTokens value of 70000"),
    (config(stopSequences={"a": 1}), "stopSequences"),
    ({"generationConfig": []}, "Proto field is not repeating, cannot start list."),
    ({"generationConfig": "x"}, "Invalid value at 'generation_config'"),
    ({"contents": ["x"]}, "Invalid value at 'contents[0]'"),
    ({"contents": [{"parts": [{"text": 1}]}]}, "contents[0].parts[0].text' (TYPE_STRING), 1"),
    ({"contents": [{"parts": []}]}, "at least one parts field"),
    ({"contents": [{"parts": [{"text": "x", **CALL}]}]}, "oneof field 'data' is already set"),
    (config(thinkingConfig={"thinkingLevel": "LOW"}), "Thinking level is not supported"),
    (config(thinkingConfig={"thinkingBudget": 30_000}), "thinking_budget is out of range"),
    (config(thinkingConfig={"effort": 1}), "at 'generation_config.thinking_config'"),
    ({"contents": [{"parts": [{"text": "x", "thought": "yes"}]}]}, 'parts[0].thought\' (TYPE_BOOL), "yes"'),
    (
        {"contents": [{"parts": [{"text": "x", "thoughtSignature": 5}]}]},
        "thought_signature' (TYPE_STRING)",
    ),
    (
        {"systemInstruction": {"role": 5, "parts": [{"text": "x"}]}},
        "system_instruction.role' (TYPE_STRING)",
    ),
    (config(mediaResolution="SHARP"), "Invalid value at 'generation_config.media_resolution', \"SHARP\""),
    (_json(required=[{"a": 1}]), 'response_schema.required[0]\' (TYPE_STRING), {"a":1}'),
    (_json(required="a"), "Invalid value at 'generation_config.response_schema.required'"),
    (_json(propertyOrdering=[{"a": 1}]), "response_schema.property_ordering[0]' (TYPE_STRING)"),
    (_json(type="STRING", enum=[5]), "response_schema.enum[0]' (TYPE_STRING), 5"),
    (_json(nullable="yes"), 'response_schema.nullable\' (TYPE_BOOL), "yes"'),
    (_json(type="STRING", pattern=5), "response_schema.pattern' (TYPE_STRING), 5"),
    (_json(type="NUMBER", minimum="low"), 'response_schema.minimum\' (TYPE_DOUBLE), "low"'),
]


NO_CONFIG = [
    {"seed": "x"},
    {"temperature": "hot"},
    {"topK": True},
    {"candidateCount": 1.5},
    {"maxOutputTokens": {"a": 1}},
    {"stopSequences": [5]},
    {"responseMimeType": 5},
    {"responseSchema": "x"},
    {"thinkingConfig": {"thinkingLevel": "FULL"}},
]


@pytest.mark.parametrize("url", [CLOUD, DEVELOPER])
@pytest.mark.parametrize("fields", NO_CONFIG)
def test_a_configuration_that_is_none_is_refused_where_tokens_are_counted(
    url: str, fields: dict[str, object]
) -> None:
    whole = {**SAID, **config(**fields)}
    asked = whole if url == CLOUD else {"generateContentRequest": {"model": f"models/{FLASH}", **whole}}
    with httpx2.Client(transport=FakeTransport(scripted()), headers=KEY) as client:
        refused = client.post(url.format(FLASH, "countTokens"), json=asked)
        (asked if url == CLOUD else asked["generateContentRequest"])["generationConfig"] = {"seed": 5}
        taken = client.post(url.format(FLASH, "countTokens"), json=asked)
    assert (refused.status_code, taken.status_code) == (400, 200)


@pytest.mark.parametrize("url", [CLOUD, DEVELOPER])
@pytest.mark.parametrize(("body", "says"), REFUSED)
def test_what_the_service_refuses_is_refused(url: str, body: dict[str, Any], says: str) -> None:
    for verb in ("generateContent", "streamGenerateContent"):
        status, answer = ask(url, body, verb=verb)
        assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
        assert says in answer["error"]["message"]


def test_thinking_is_refused_where_a_model_does_not_think(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_thinks(_: str) -> None:
        return None

    monkeypatch.setattr(content, "thinking_of", none_thinks)
    status, answer = ask(CLOUD, config(thinkingConfig={"thinkingBudget": 0}))
    assert status == 400
    assert "thinking is not supported by this model" in answer["error"]["message"]
    status, answer = ask(CLOUD, {})
    assert status == 200
    assert "thoughtsTokenCount" not in answer["usageMetadata"]


@pytest.mark.parametrize(
    ("model", "thinking", "thinks"),
    [
        (FLASH, {}, True),
        (FLASH, {"thinkingBudget": 0}, False),
        (FLASH, {"thinkingBudget": -1}, True),
        (PRO, {"thinkingBudget": 128}, True),
        (PRO, {"thinkingBudget": 0}, None),
        (NEWEST, {"thinkingLevel": "LOW"}, True),
        (NEWEST, {"thinkingLevel": "MINIMAL"}, False),
        (NEWEST, {"thinkingLevel": "LOW", "thinkingBudget": 5}, None),
        (NEWEST, {"thinkingLevel": "FULL"}, None),
        ("gemini-3.1-flash-lite", {}, False),
        ("gemini-3.1-flash-lite", {"thinkingLevel": "HIGH"}, True),
    ],
)
def test_a_model_thinks_as_it_is_told(model: str, thinking: dict[str, object], thinks: bool | None) -> None:
    status, answer = ask(CLOUD, config(thinkingConfig=thinking), model)
    assert status == (400 if thinks is None else 200)
    if thinks is not None:
        usage = answer["usageMetadata"]
        assert ("thoughtsTokenCount" in usage) == thinks
        said = usage["promptTokenCount"] + usage["candidatesTokenCount"] + usage.get("thoughtsTokenCount", 0)
        assert usage["totalTokenCount"] == said


def test_a_budget_bounds_the_thoughts_and_they_are_told_where_asked() -> None:
    thinking = {"thinkingBudget": 7, "includeThoughts": True}
    for url in (CLOUD, DEVELOPER):
        _, answer = ask(url, config(thinkingConfig=thinking))
        thought, said = answer["candidates"][0]["content"]["parts"]
        assert answer["usageMetadata"]["thoughtsTokenCount"] == 7
        assert thought["thought"] is True
        assert said["text"] == "ONE TWO THREE"


def test_a_safety_setting_that_is_not_off_is_answered_with_a_rating() -> None:
    settings = [
        {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"},
        {"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "OFF"},
    ]
    for url, names in ((CLOUD, 5), (DEVELOPER, 2)):
        _, answer = ask(url, {"safetySettings": settings})
        [rating] = answer["candidates"][0]["safetyRatings"]
        assert rating["category"] == "HARM_CATEGORY_HARASSMENT"
        assert rating["probability"] == "NEGLIGIBLE"
        assert len(rating) == names
        assert "safetyRatings" not in ask(url, {})[1]["candidates"][0]
        assert ask(url, {"safetySettings": settings[:1] * 2})[0] == 400


def test_one_message_may_stand_for_a_list_of_one_and_null_for_nothing() -> None:
    body = {"contents": {"role": "user", "parts": {"text": "a b"}}, "cachedContent": None, "tools": None}
    for url in (CLOUD, DEVELOPER):
        status, answer = ask(url, {**body, "generationConfig": {"seed": None, "stopSequences": "B"}})
        assert status == 200
        assert answer["candidates"][0]["content"]["parts"][0]["text"] == "A "


def test_the_developer_api_says_that_functions_are_called() -> None:
    tools = {"tools": [{"functionDeclarations": [{"name": "one"}]}]}
    for url, more, told in ((DEVELOPER, tools, True), (DEVELOPER, {}, False), (CLOUD, tools, False)):
        [candidate] = ask(url, more)[1]["candidates"]
        assert (candidate.get("finishMessage") == "Model generated function call(s).") == told
        assert ("functionCall" in candidate["content"]["parts"][0]) == bool(more)


def test_what_does_not_count_as_tokens_is_checked_all_the_same() -> None:
    wrong = config(topQ=1)
    for url, body in (
        (CLOUD, wrong),
        (DEVELOPER, {"contents": None, "generateContentRequest": {**SAID, **wrong}}),
    ):
        status, answer = ask(url, body, verb="countTokens")
        assert status == 400
        assert 'Unknown name "topQ"' in answer["error"]["message"]
    assert ask(CLOUD, config(topK=1), verb="countTokens")[1]["totalTokens"] == 4


def test_an_empty_text_is_taken_by_the_developer_api_alone() -> None:
    blank = {"contents": [{"parts": [{"text": ""}]}], "systemInstruction": {"parts": [{"text": "Greet."}]}}
    assert ask(DEVELOPER, blank)[0] == 200
    assert ask(DEVELOPER, {"contents": [{"parts": [{"thought": True}]}]})[0] == 400
    status, answer = ask(CLOUD, blank)
    assert status == 400
    assert "it must have a text parameter" in answer["error"]["message"]


def test_labels_are_taken_where_they_are_labels() -> None:
    assert ask(CLOUD, {"labels": {"team": "analytics"}})[0] == 200
    assert ask(CLOUD, {"labels": {"Team": "x"}})[0] == 400
    assert "Unknown name" in ask(DEVELOPER, {"labels": {"team": "x"}})[1]["error"]["message"]


@pytest.mark.parametrize("place", [PLACE, VERTEX])
def test_a_model_that_is_named_without_its_publisher_is_not_found(place: str) -> None:
    status, answer = ask(f"{place}/models/{{}}:{{}}", {})
    assert (status, answer["error"]["status"]) == (404, "NOT_FOUND")


def test_a_body_for_another_model_is_refused() -> None:
    assert ask(DEVELOPER, {"model": f"models/{FLASH}"})[0] == 200
    assert ask(DEVELOPER, {"model": f"models/{PRO}"})[0] == 400


def test_a_tier_of_service_is_told() -> None:
    assert ask(DEVELOPER, {})[1]["usageMetadata"]["serviceTier"] == "standard"
    assert ask(DEVELOPER, {"serviceTier": "flex"})[1]["usageMetadata"]["serviceTier"] == "flex"
    assert ask(DEVELOPER, {"serviceTier": "gold"})[0] == 400


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("foo=1", 400, "Cannot bind query parameter. Field 'foo' could not be found in request message."),
        ("$alt=json;enum-encoding=int", 200, ""),
        ("alt=json&prettyPrint=false&quotaUser=me&fields=*", 200, ""),
        ("alt=sse", 400, "alt is not supported"),
        ("fields=candidates", 400, "fields is not supported"),
        ("callback=f", 400, "callback is not supported"),
    ],
)
def test_a_query_is_checked_too(query: str, status: int, says: str) -> None:
    for url in (CLOUD, DEVELOPER):
        found, answer = ask(f"{url}?{query}", {})
        assert found == status
        assert says in str(answer.get("error", {}).get("message", ""))


def test_a_list_may_be_asked_for_in_snake_case() -> None:
    with raw_client(scripted()) as client:
        both = [
            client.get(f"{VERTEX}/publishers/google/models?{query}").json()
            for query in ("pageSize=2", "page_size=2")
        ]
        assert both[0] == both[1]
        assert len(both[0]["publisherModels"]) == 2
        following = client.get(
            f"{VERTEX}/publishers/google/models?pageSize=2&pageToken={both[0]['nextPageToken']}"
        ).json()
        assert following["publisherModels"][0] != both[0]["publisherModels"][0]


JOB: dict[str, Any] = {
    "baseModel": FLASH,
    "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/train.jsonl"},
}


TUNED_ON = {
    "contents": [
        {"role": "user", "parts": [{"text": "Who chairs Norvik Rail?"}]},
        {"role": "model", "parts": [{"text": "Mara Lind"}]},
    ]
}
JOBS: list[tuple[dict[str, Any], str]] = [
    ({"encryptionSpec": {"kmsKeyName": "k"}}, "tuning_job.encryption_spec is not supported"),
    ({"evaluateDatasetRuns": [{}]}, "tuning_job.evaluate_dataset_runs is not supported"),
    ({"mischief": 1}, "Unknown name \"mischief\" at 'tuning_job'"),
    ({"supervisedTuningSpec": {"epochs": 1}}, "at 'tuning_job.supervised_tuning_spec'"),
    (
        {
            "supervisedTuningSpec": {
                **JOB["supervisedTuningSpec"],
                "hyperParameters": {"adapterSize": "ADAPTER_SIZE_FIVE"},
            }
        },
        "tuning_job.supervised_tuning_spec.hyper_parameters.adapter_size",
    ),
    (
        {"supervised_tuning_spec": {"hyper_parameters": {"batch_size": 4}}},
        "hyper_parameters.batch_size is not supported",
    ),
    ({"supervisedTuningSpec": {"evaluationConfig": {}}}, "evaluation_config is not supported"),
    ({"preferenceOptimizationSpec": {}}, "preference_optimization_spec is not supported"),
    ({"description": 5}, "tuning_job.description' (TYPE_STRING)"),
    (
        {"supervisedTuningSpec": {**JOB["supervisedTuningSpec"], "exportLastCheckpointOnly": "yes"}},
        "TYPE_BOOL",
    ),
]


@pytest.mark.parametrize(("body", "says"), JOBS)
def test_a_tuning_job_is_checked_field_by_field(body: dict[str, Any], says: str) -> None:
    world = scripted()
    with raw_client(world) as client:
        answer = client.post(f"{PLACE}/tuningJobs", json={**JOB, **body})
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]
    assert world.vertex.jobs == {}


def test_what_the_service_sets_is_passed_over_and_names_may_be_in_snake_case() -> None:
    body = {
        "base_model": FLASH,
        "supervised_tuning_spec": {
            "training_dataset_uri": "gs://b/train.jsonl",
            "hyper_parameters": {"epoch_count": "2", "adapter_size": None},
        },
        "state": "JOB_STATE_SUCCEEDED",
        "createTime": "2020-01-01T00:00:00Z",
    }
    with raw_client(scripted()) as client:
        made = client.post(f"{PLACE}/tuningJobs", json=body).json()
    assert made["state"] == "JOB_STATE_PENDING"
    assert not made["createTime"].startswith("2020")
    assert made["supervisedTuningSpec"]["hyperParameters"] == {"epochCount": "2"}


def test_each_line_of_a_batch_is_checked_as_a_request_is() -> None:
    world = scripted()
    lines: list[dict[str, Any]] = [
        {"request": SAID},
        {"request": {**SAID, "mischief": 1}},
        {"request": {**SAID, **config(topK=0)}},
        {"request": {**SAID, "tools": [OPENAI_TOOL]}},
        {"request": "x"},
    ]
    put_object(world, "b", "in.jsonl", jsonl(lines))
    body = {
        "displayName": "mine",
        "model": f"publishers/google/models/{FLASH}",
        "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": ["gs://b/in.jsonl"]}},
        "outputConfig": {
            "predictionsFormat": "jsonl",
            "gcsDestination": {"outputUriPrefix": "gs://b/out"},
        },
    }
    with raw_client(world) as client:
        place = f"{PLACE}/batchPredictionJobs"
        assert client.post(place, json={**body, "instanceConfig": {"keyField": "k"}}).status_code == 400
        name = client.post(place, json=body).json()["name"]
        made: dict[str, Any] = {}
        for _ in range(4):
            made = client.get(f"{VERTEX}/{name}").json()
    assert made["completionStats"] == {"successfulCount": "1", "failedCount": "4"}


def test_a_request_is_read_by_its_table_before_it_is_made_sense_of() -> None:
    request = content_request(SAID, FLASH)
    assert (request.turns.prompt, request.sampling.temperature, request.limit) == ("one two three", 1.0, 0)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "ADAPTER_SIZE_ONE"),
        (2, "ADAPTER_SIZE_FOUR"),
        (6, "ADAPTER_SIZE_TWO"),
        (5, "ADAPTER_SIZE_THIRTY_TWO"),
    ],
)
def test_an_enum_may_be_sent_as_its_number(number: int, name: str) -> None:
    world = scripted()
    put_object(world, "b", "train.jsonl", jsonl([TUNED_ON]))
    body = {
        "supervisedTuningSpec": {**JOB["supervisedTuningSpec"], "hyperParameters": {"adapterSize": number}}
    }
    with raw_client(world) as client:
        answer = client.post(f"{PLACE}/tuningJobs", json={**JOB, **body})
    assert answer.status_code == 200, answer.text
    assert answer.json()["supervisedTuningSpec"]["hyperParameters"]["adapterSize"] == name


@pytest.mark.parametrize("number", [7, -1, True, "2"])
def test_a_number_that_no_enum_has_is_refused(number: object) -> None:
    world = scripted()
    put_object(world, "b", "train.jsonl", jsonl([TUNED_ON]))
    body = {
        "supervisedTuningSpec": {**JOB["supervisedTuningSpec"], "hyperParameters": {"adapterSize": number}}
    }
    with raw_client(world) as client:
        assert client.post(f"{PLACE}/tuningJobs", json={**JOB, **body}).status_code == 400
    assert world.vertex.jobs == {}


def test_enums_of_a_request_for_an_answer_may_be_numbers_too() -> None:
    schema = {"type": 6, "properties": {"name": {"type": 1}}, "required": ["name"]}
    form: dict[str, Any] = {"responseMimeType": "application/json"}
    numbers = {
        "safetySettings": [{"category": 1, "threshold": 4}],
        **config(**form, responseModalities=[1], responseSchema=schema),
    }
    named = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}, "required": ["name"]}
    words = {
        "safetySettings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}],
        **config(**form, responseModalities=["TEXT"], responseSchema=named),
    }
    status, answer = ask(CLOUD, numbers)
    assert status == 200
    assert answer["candidates"] == ask(CLOUD, words)[1]["candidates"]


def test_the_size_of_an_adapter_is_its_rank() -> None:
    def rank(size: str | None) -> int:
        world = scripted()
        put_object(world, "b", "train.jsonl", jsonl([TUNED_ON]))
        hyper = {"adapterSize": size, "learningRateMultiplier": 2}
        spec = {**JOB["supervisedTuningSpec"], "hyperParameters": hyper}
        with raw_client(world) as client:
            assert client.post(f"{PLACE}/tuningJobs", json={**JOB, "supervisedTuningSpec": spec}).is_success
        (job,) = world.vertex.jobs.values()
        assert job.spec.rate == 2
        return job.spec.rank

    assert rank("ADAPTER_SIZE_FOUR") == rank(None) == rank("ADAPTER_SIZE_UNSPECIFIED") == 4
    assert [rank(f"ADAPTER_SIZE_{size}") for size in ("ONE", "TWO", "EIGHT", "THIRTY_TWO")] == [1, 2, 8, 32]


def test_nothing_follows_the_array_of_a_stream() -> None:
    transport = FakeTransport(scripted())
    with httpx2.Client(transport=transport, headers=KEY) as client:
        text = client.post(CLOUD.format(FLASH, "streamGenerateContent"), json=SAID).text
    assert text.startswith("[{")
    assert text.endswith("]")
