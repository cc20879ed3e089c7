"""Requests to the fake OpenAI that have every parameter which is honoured, and what else each could be.

A test takes a parameter out of a request, or puts `OTHER` in its place, and holds that the response differs.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.openai_calls import BASE

__all__ = ["EXAMPLES", "OTHER", "QUERIES"]

_CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_LOOSE = {"type": "object", "properties": {"city": {"type": "string"}}}
_HI = [{"role": "user", "content": "hi"}]
_NOW = [{"role": "user", "content": "the weather, and the time"}]
_TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": _CITY}},
    {"type": "function", "function": {"name": "time", "parameters": _CITY}},
]
_NAMES = [
    {"type": "function", "function": {"name": "weather"}},
    {"type": "function", "function": {"name": "time"}},
]
_FLAT = [{"type": "function", "name": "weather", "parameters": _CITY}, {"type": "function", "name": "time"}]
_TEXT = [{"type": "text", "text": "in parts"}]
_LONG = [
    {"role": "system", "content": _TEXT, "name": "s"},
    {"role": "developer", "content": _TEXT, "name": "d"},
    {"role": "user", "content": "first", "name": "u"},
    {
        "role": "assistant",
        "name": "a",
        "content": [{"type": "text", "text": "said"}, {"type": "refusal", "refusal": "not that"}],
        "refusal": "never",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
    },
    {"role": "tool", "content": _TEXT, "tool_call_id": "c1"},
    {"role": "assistant", "content": "x", "function_call": {"name": "f", "arguments": "{}"}},
    {"role": "function", "name": "f", "content": "a result"},
    {"role": "assistant", "content": "so"},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "what?"},
            {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
            {"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64,aGk="}},
            {"type": "file", "file": {"file_id": "{file}"}},
        ],
    },
]


_FAR = {"name": "f"}
_NEAR = {"name": "g", "description": "Tells the capital of a country."}
_QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


def _chat(**asked: Any) -> dict[str, Any]:
    return {"model": BASE, "messages": _HI, **asked}


def _response(**asked: Any) -> dict[str, Any]:
    return {"model": BASE, "input": "hi", **asked}


_ITEMS: list[dict[str, Any]] = [
    {"type": "message", "role": "developer", "content": "be brief"},
    {
        "type": "message",
        "role": "user",
        "content": [
            {"type": "input_text", "text": "what?"},
            {"type": "input_image", "image_url": "https://x/y.png", "detail": "low"},
            {"type": "input_image", "file_id": "file-1"},
            {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,aGk="},
            {"type": "input_file", "file_id": "{file}"},
            {"type": "input_file", "file_url": "https://x/y.pdf"},
        ],
    },
    {
        "type": "message",
        "role": "assistant",
        "id": "msg_1",
        "content": [{"type": "output_text", "text": "said"}, {"type": "refusal", "refusal": "not that"}],
    },
    {"type": "reasoning", "id": "rs_1", "encrypted_content": "x" * 400, "summary": []},
    {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "weather", "arguments": "{}"},
    {
        "type": "function_call_output",
        "id": "fco_1",
        "call_id": "c1",
        "output": [
            {"type": "input_text", "text": "sunny"},
            {"type": "input_image", "image_url": "https://x/y.png", "detail": "low"},
            {"type": "input_image", "file_id": "file-1"},
            {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,aGk="},
            {"type": "input_file", "file_id": "{file}"},
            {"type": "input_file", "file_url": "https://x/y.pdf"},
        ],
    },
    {"type": "item_reference", "id": "{item}"},
    {"type": "compaction", "id": "cmp_1", "encrypted_content": "WyJzIiwgInAiXQ=="},
    {"role": "user", "content": "and now?"},
]
_ASKED: tuple[dict[str, Any], ...] = (
    _response(input=_ITEMS),
    _response(tools=_FLAT),
    _response(tools=[{"type": "function", "name": "weather", "parameters": _LOOSE, "strict": True}]),
    _response(tools=[{"type": "function", **_FAR}, {"type": "function", **_NEAR}], input=_QUESTION),
    _response(instructions="be loud"),
    _response(previous_response_id="{response}"),
    _response(input="word " * 110_000, truncation="auto"),
)
_WANDB = {"project": "p", "name": "n", "entity": "e", "tags": ["t"]}
_HYPER = {"n_epochs": 2, "batch_size": 2, "learning_rate_multiplier": 0.5}
_JOB = {"model": BASE, "training_file": "{file}", "seed": 7}
_EXPIRES = {"anchor": "created_at", "seconds": 7200}

EXAMPLES: dict[tuple[str, str], tuple[dict[str, Any], ...]] = {
    ("POST", "/chat/completions"): (
        _chat(messages=_LONG),
        _chat(seed=7, n=2, top_p=0.5, temperature=0.5, logprobs=True, top_logprobs=2, stop=["O"]),
        _chat(max_tokens=1),
        _chat(max_completion_tokens=1),
        _chat(model="gpt-5-mini", reasoning_effort="low"),
        _chat(stream=True, stream_options={"include_usage": True, "include_obfuscation": False}),
        _chat(response_format={"type": "text"}),
        _chat(response_format={"type": "json_object"}, messages=[{"role": "user", "content": "json"}]),
        _chat(response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": _CITY}}),
        _chat(
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": _LOOSE, "strict": True},
            }
        ),
        _chat(messages=_NOW, tools=_TOOLS, tool_choice="auto", parallel_tool_calls=False),
        _chat(
            tools=[
                {"type": "function", "function": {"name": "weather", "parameters": _LOOSE, "strict": True}}
            ]
        ),
        _chat(tools=_TOOLS, tool_choice={"type": "function", "function": {"name": "time"}}),
        _chat(
            messages=[*_NOW, *_LONG[3:5]],
            tools=_TOOLS,
            tool_choice={
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [_NAMES[0]]},
            },
        ),
        _chat(functions=[{"name": "f", "parameters": _CITY}], function_call={"name": "f"}),
        _chat(functions=[_FAR, _NEAR], messages=_QUESTION),
        _chat(
            tools=[{"type": "function", "function": _FAR}, {"type": "function", "function": _NEAR}],
            messages=_QUESTION,
        ),
        _chat(store=True, metadata={"k": "v"}),
        _chat(moderation={"model": "omni-moderation-latest"}),
        _chat(prompt_cache_options={"mode": "explicit"}),
    ),
    ("POST", "/chat/completions/{completion}"): ({"metadata": {"k": "v"}},),
    ("POST", "/responses"): (
        *_ASKED,
        _response(temperature=0.5, top_p=0.5, max_output_tokens=16),
        _response(include=["message.output_text.logprobs"], top_logprobs=2),
        _response(stream=True, stream_options={"include_obfuscation": False}),
        _response(tools=_FLAT, tool_choice={"type": "function", "name": "time"}),
        _response(
            tools=_FLAT,
            tool_choice={"type": "allowed_tools", "mode": "required", "tools": [_FLAT[1] | {"name": "time"}]},
        ),
        _response(tools=_FLAT, input="the weather, and the time", parallel_tool_calls=False),
        _response(text={"format": {"type": "text"}}),
        _response(model="gpt-5-mini", text={"verbosity": "low"}),
        _response(input="json", text={"format": {"type": "json_object"}}),
        _response(text={"format": {"type": "json_schema", "name": "a", "description": "d", "schema": _CITY}}),
        _response(text={"format": {"type": "json_schema", "name": "a", "schema": _LOOSE, "strict": True}}),
        _response(model="gpt-5-mini", reasoning={"effort": "low", "summary": "auto", "context": "all_turns"}),
        _response(store=False),
        _response(background=True, max_tool_calls=2, metadata={"k": "v"}, user="u"),
        _response(prompt_cache_key="k", prompt_cache_retention="24h", safety_identifier="s"),
        _response(prompt_cache_options={"mode": "explicit"}),
        _response(moderation={"model": "omni-moderation-latest"}),
        _response(
            input="word " * 900, context_management=[{"type": "compaction", "compact_threshold": 1000}]
        ),
    ),
    ("POST", "/responses/input_tokens"): _ASKED,
    ("POST", "/files"): ({"file": ["a.jsonl", "{}"], "purpose": "user_data", "expires_after": _EXPIRES},),
    ("POST", "/uploads"): (
        {
            "filename": "a.jsonl",
            "purpose": "fine-tune",
            "bytes": 4,
            "mime_type": "text/jsonl",
            "expires_after": _EXPIRES,
        },
    ),
    ("POST", "/uploads/{upload}/parts"): ({"data": ["part", "abcd"]},),
    ("POST", "/uploads/{upload}/complete"): (
        {"part_ids": ["{part}"], "md5": "e2fc714c4727ee9395f324cd2e7f331f"},
    ),
    ("POST", "/batches"): (
        {
            "input_file_id": "{requests}",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": {"k": "v"},
            "output_expires_after": _EXPIRES,
        },
    ),
    ("POST", "/fine_tuning/jobs"): (
        {
            **_JOB,
            "validation_file": "{file}",
            "suffix": "mine",
            "metadata": {"k": "v"},
            "integrations": [{"type": "wandb", "wandb": _WANDB}],
            "method": {"type": "supervised", "supervised": {"hyperparameters": _HYPER}},
        },
        {**_JOB, "hyperparameters": _HYPER},
        {**_JOB, "method": {"type": "dpo", "dpo": {"hyperparameters": {**_HYPER, "beta": 0.2}}}},
    ),
    ("POST", "/fine_tuning/checkpoints/{model}/permissions"): ({"project_ids": ["proj_a"]},),
    ("POST", "/moderations"): (
        {"input": [{"type": "text", "text": "a"}], "model": "omni-moderation-latest"},
        {"input": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}]},
    ),
}
"""For each endpoint, bodies that together have every parameter which is honoured.

`{file}` and its like stand for what there is in the world that is asked.
"""

QUERIES: dict[tuple[str, str], tuple[dict[str, str], ...]] = {
    ("GET", "/chat/completions"): (
        {"model": "gpt-4o-2024-08-06", "metadata[k]": "v"},
        {"limit": "1", "order": "desc"},
        {"after": "{completion}"},
    ),
    ("GET", "/chat/completions/{completion}/messages"): (
        {"limit": "1", "order": "desc"},
        {"after": "{completion}-0"},
    ),
    ("GET", "/fine_tuning/jobs"): ({"metadata[k]": "w"}, {"limit": "1"}, {"after": "{job}"}),
    ("GET", "/fine_tuning/jobs/{job}/events"): ({"limit": "1"}, {"after": "{event}"}),
    ("GET", "/fine_tuning/jobs/{job}/checkpoints"): ({"limit": "1"}, {"after": "{checkpoint}"}),
    ("GET", "/responses/{background}"): (
        {"stream": "true", "starting_after": "1", "include_obfuscation": "false"},
    ),
    ("GET", "/responses/{response}/input_items"): ({"limit": "1", "order": "asc"}, {"after": "{item}"}),
    ("GET", "/files"): ({"purpose": "batch"}, {"limit": "1", "order": "asc"}, {"after": "{file}"}),
    ("GET", "/batches"): ({"limit": "1"}, {"after": "{batch}"}),
    ("GET", "/fine_tuning/checkpoints/{model}/permissions"): (
        {"project_id": "proj_b"},
        {"limit": "1", "order": "ascending"},
        {"after": "{permission}"},
    ),
}
"""For each endpoint, queries that together have every parameter which is honoured."""

OTHER: dict[str, object] = {
    "model": "gpt-none",
    "messages": [{"role": "user", "content": "other"}],
    "input": "other",
    "temperature": 0,
    "seed": 8,
    "moderation.model": "gpt-none",
    "response_format.type": "text",
    "tool_choice.type": "custom",
    "md5": "0" * 32,
}
"""What a parameter is, where taking it out says too little or nothing."""
