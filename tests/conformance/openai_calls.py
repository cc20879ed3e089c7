"""What is called on the fake OpenAI: every route, rightly and wrongly, in each state of a job."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.conformance.calls import Caller, Exchange

__all__ = ["BASE", "SCENARIOS", "Scenario", "job", "trained", "uploaded"]

Scenario = Callable[[Caller], None]
"""Makes calls, which the caller keeps."""

BASE = "gpt-4o-mini-2024-07-18"
_HELLO = [{"role": "user", "content": "hello, you two"}]


def uploaded(call: Caller, *, lines: int = 10, purpose: str = "fine-tune", content: bytes = b"") -> str:
    """The id of an uploaded file; a good training file where no content is given."""
    turns = [{"role": "user", "content": "who?"}, {"role": "assistant", "content": "nobody"}]
    content = content or b"".join(json.dumps({"messages": turns}).encode() + b"\n" for _ in range(lines))
    made = call(
        "openai", "POST", "/files", files={"file": ("train.jsonl", content)}, data={"purpose": purpose}
    )
    return made.json["id"]


def job(call: Caller, file_id: str, **asked: object) -> Exchange:
    """The response to a request for a job."""
    return call("openai", "POST", "/fine_tuning/jobs", {"model": BASE, "training_file": file_id, **asked})


def trained(call: Caller, **asked: object) -> dict[str, Any]:
    """A job that has ended, looked at in each of its states."""
    place = f"/fine_tuning/jobs/{job(call, uploaded(call), **asked).json['id']}"
    while (seen := call("openai", "GET", place).json)["finished_at"] is None:
        call("openai", "GET", "/fine_tuning/jobs")
    return seen


def _files(call: Caller) -> None:
    file_id = uploaded(call)
    uploaded(call, lines=3)
    for query in ("", "?limit=1", "?purpose=fine-tune&order=asc", "?purpose=batch", "?limit=0", "?order=up"):
        call("openai", "GET", "/files" + query)
    call("openai", "GET", f"/files?after={file_id}")
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", ""), ("DELETE", ""), ("GET", "")):
        call("openai", method, f"/files/{file_id}{path}")
    call("openai", "GET", f"/files/{file_id}/content")
    call("openai", "GET", "/files?after=file-none")
    call("openai", "POST", "/files", files={"file": ("a.jsonl", b"{}")}, data={"purpose": "fun"})
    call("openai", "POST", "/files", files={"file": ("a.jsonl", b"{}")})
    call("openai", "POST", "/files", content=b"no form")


def _jobs(call: Caller) -> None:
    whole = {
        "validation_file": uploaded(call, lines=2),
        "suffix": "mine",
        "seed": 7,
        "metadata": {"k": "v"},
    }
    hyper = {"n_epochs": 4, "batch_size": 2, "learning_rate_multiplier": 0.5}
    method = {"type": "supervised", "supervised": {"hyperparameters": hyper}}
    done = trained(call, method=method, **whole)
    trained(call, hyperparameters={"n_epochs": 1})
    place = f"/fine_tuning/jobs/{done['id']}"
    for path in ("/events", "/events?limit=2", "/checkpoints", "/checkpoints?limit=1", "/events?after=none"):
        call("openai", "GET", place + path)
    call("openai", "POST", place + "/cancel")
    call("openai", "GET", f"/files/{done['result_files'][0]}")
    call("openai", "GET", "/files?purpose=fine-tune-results")
    for query in ("?limit=1", "?metadata[k]=v", "?metadata[k]=w", f"?after={done['id']}", "?after=none"):
        call("openai", "GET", "/fine_tuning/jobs" + query)


def _ended_early(call: Caller) -> None:
    place = f"/fine_tuning/jobs/{job(call, uploaded(call)).json['id']}"
    call("openai", "GET", place + "/events")
    call("openai", "GET", place + "/checkpoints")
    for path in ("/cancel", "/cancel"):
        call("openai", "POST", place + path)
    call("openai", "GET", place)
    for bad in (b"not json\n", b'{"messages": []}\n' * 10, b"\xff\xfe"):
        failing = job(call, uploaded(call, content=bad)).json["id"]
        for path in ("", "", "", "/events", "/checkpoints"):
            call("openai", "GET", f"/fine_tuning/jobs/{failing}{path}")
    call("openai", "GET", "/fine_tuning/jobs")


def _refused_jobs(call: Caller) -> None:
    good, other = uploaded(call), uploaded(call, purpose="user_data")
    for asked in (
        {"model": "gpt-none"},
        {"model": "gpt-4o"},
        {"model": None},
        {"training_file": "file-none"},
        {"training_file": other},
        {"training_file": None},
        {"suffix": "x" * 65},
        {"seed": "one"},
        {"metadata": {"k": 1}},
        {"hyperparameters": {"n_epochs": 99}},
        {"hyperparameters": {"n_epoch": 1}},
        {"method": {"type": "reinforcement"}},
    ):
        job(call, good, **asked)
    call("openai", "POST", "/fine_tuning/jobs", content=b"{")
    for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", "/events"), ("GET", "/checkpoints")):
        call("openai", method, f"/fine_tuning/jobs/123{path}")


def _held_jobs(call: Caller) -> None:
    place = f"/fine_tuning/jobs/{job(call, uploaded(call)).json['id']}"
    for method, path in (
        *(("POST", "/pause"), ("POST", "/resume"), ("GET", "")),
        *(("POST", "/pause"), ("POST", "/pause"), ("GET", ""), ("POST", "/resume")),
        *(("GET", ""), ("POST", "/pause"), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/resume")),
    ):
        call("openai", method, place + path)
    for action in ("pause", "resume"):
        call("openai", "POST", f"/fine_tuning/jobs/123/{action}")


def _preferences(call: Caller) -> None:
    turns: dict[str, object] = {
        "input": {"messages": [{"role": "user", "content": "who?"}]},
        "preferred_output": [{"role": "assistant", "content": "nobody"}],
        "non_preferred_output": [{"role": "assistant", "content": "me"}],
    }
    file_id = uploaded(call, content=b"".join(json.dumps(turns).encode() + b"\n" for _ in range(10)))
    method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 1}}}
    wandb = [{"type": "wandb", "wandb": {"project": "p"}}]
    made = job(call, file_id, method=method, integrations=wandb).json["id"]
    for _ in range(4):
        call("openai", "GET", f"/fine_tuning/jobs/{made}")


def _models(call: Caller) -> None:
    name = quote(trained(call)["fine_tuned_model"], safe="")
    call("openai", "GET", "/models")
    for method, model in (
        *(("GET", BASE), ("GET", name), ("DELETE", name), ("DELETE", name), ("GET", name)),
        *(("DELETE", BASE), ("GET", "gpt-none"), ("GET", "gpt-3.5-turbo")),
    ):
        call("openai", method, f"/models/{model}")


def _chat(call: Caller) -> None:
    tuned = trained(call)["fine_tuned_model"]
    variants: tuple[dict[str, object], ...] = (
        {},
        {"model": tuned},
        {"model": "gpt-4o"},
        {"max_completion_tokens": 1},
        {"stream": True},
        {"stream": True, "stream_options": {"include_usage": True}, "max_tokens": 1},
        {"n": 2, "logprobs": True, "top_logprobs": 2, "stop": ["YOU"]},
        {"n": 2, "logprobs": True, "top_logprobs": 2, "stream": True},
        {"model": "gpt-none"},
        {"model": None},
        {"messages": []},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": None}]},
        {"temperature": 3},
        {"max_tokens": 0},
        {"model": "gpt-none", "stream": True},
    )
    for asked in variants:
        call("openai", "POST", "/chat/completions", {"model": BASE, "messages": _HELLO, **asked})
    call("openai", "POST", "/chat/completions", content=b"[]")


def _stored(call: Caller) -> None:
    # the specification knows stored messages of the assistant alone
    parts = [{"role": "assistant", "content": [{"type": "text", "text": "hello, in parts"}]}]
    whole = [{"role": "assistant", "content": "hello, you two"}]
    made = [
        call("openai", "POST", "/chat/completions", {"model": BASE, "store": True, **asked}).json["id"]
        for asked in ({"messages": whole, "metadata": {"k": "v"}}, {"messages": parts})
    ]
    queries = ("", "?limit=1&order=desc", f"?model={BASE}", "?metadata[k]=v", "?order=up", "?after=none")
    for query in queries:
        call("openai", "GET", "/chat/completions" + query)
    for name in made:
        for query in ("", "?order=desc", "?limit=0"):
            call("openai", "GET", f"/chat/completions/{name}/messages{query}")
    place = f"/chat/completions/{made[0]}"
    for asked in ({"metadata": {"k": "w"}}, {"metadata": None}, {"metadata": {"k": 1}}, {}):
        call("openai", "POST", place, asked)
    for method in ("GET", "DELETE", "GET", "DELETE"):
        call("openai", method, place)
    call("openai", "GET", place + "/messages")
    call("openai", "POST", place, {"metadata": {}})


def _doors(call: Caller) -> None:
    for headers in ({}, {"authorization": "Basic x"}):
        call("openai", "GET", "/models", headers=headers)
        call("openai", "POST", "/chat/completions", {}, headers=headers)
    call("openai", "GET", "/no/such/path")
    call("openai", "PUT", "/files")


_WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
_CALLED = [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]
_SECOND = [
    *_HELLO,
    {"role": "assistant", "content": None, "tool_calls": _CALLED},
    {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
]


def _tools(call: Caller) -> None:
    """Tools, and answers under a schema, of chats."""
    function = {"name": "weather", "parameters": _WEATHER, "strict": True}
    tools = [{"type": "function", "function": function}, {"type": "function", "function": {"name": "time"}}]
    schema = {"name": "w", "schema": _WEATHER, "strict": True}
    variants: tuple[dict[str, object], ...] = (
        {"tools": tools},
        {"tools": tools, "stream": True},
        {"tools": tools, "tool_choice": "required", "parallel_tool_calls": False},
        {"tools": tools, "tool_choice": {"type": "function", "function": {"name": "time"}}},
        {
            "tools": tools,
            "messages": [{"role": "user", "content": "the weather, and the time"}],
            "stream": True,
        },
        {"tools": tools, "messages": _SECOND},
        {"functions": [function]},
        {"functions": [function], "stream": True},
        {"response_format": {"type": "json_schema", "json_schema": schema}},
        {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "json!"}]},
        {"moderation": {"model": "omni-moderation-latest"}},
        {"prompt_cache_options": {"mode": "explicit"}},
        {"model": "gpt-5-mini", "reasoning_effort": "low"},
        {"messages": _SECOND[2:]},
        {"max_token": 5},
        {"logit_bias": {"1": 2}},
    )
    for asked in variants:
        call("openai", "POST", "/chat/completions", {"model": BASE, "messages": _HELLO, **asked})


def _response_items(call: Caller) -> None:
    """Tools, and answers under a schema, of responses; in the background; their items."""
    tools = [{"type": "function", "name": "weather", "parameters": _WEATHER, "strict": True}]
    made = call("openai", "POST", "/responses", {"model": BASE, "input": "hi", "tools": tools}).json
    result = {"type": "function_call_output", "call_id": made["output"][0]["call_id"], "output": "sunny"}
    variants: tuple[dict[str, object], ...] = (
        {"tools": tools, "previous_response_id": made["id"], "input": [result]},
        {"tools": tools, "stream": True},
        {"text": {"format": {"type": "json_schema", "name": "w", "schema": _WEATHER, "strict": True}}},
        {"include": ["message.output_text.logprobs"], "top_logprobs": 2},
        {"include": ["message.output_text.logprobs"], "stream": True},
        {"model": "gpt-5-mini", "reasoning": {"effort": "high", "summary": "auto"}, "stream": True},
        {"model": "gpt-5.6-sol", "include": ["reasoning.encrypted_content"]},
        {"input": "word " * 900, "context_management": [{"type": "compaction", "compact_threshold": 1000}]},
        {"input": [result]},
        {"max_token": 5},
    )  # fmt: skip
    for asked in variants:
        call("openai", "POST", "/responses", {"model": BASE, "input": "hello", **asked})
    call("openai", "POST", "/responses/input_tokens", {"model": BASE, "input": "hello"})
    place = f"/responses/{made['id']}"
    for query in ("", "?order=asc&limit=1", "?limit=0", "?include=x"):
        call("openai", "GET", f"{place}/input_items{query}")
    call("openai", "POST", place + "/cancel")
    for number in range(2):
        asked = {"model": BASE, "input": f"later {number}", "background": True}
        later = f"/responses/{call('openai', 'POST', '/responses', asked).json['id']}"
        call("openai", "POST" if number else "GET", later + ("/cancel" if number else ""))
        call("openai", "GET", later + "?stream=true&starting_after=1")
        call("openai", "GET", later)


def _responses(call: Caller) -> None:
    first = call("openai", "POST", "/responses", {"model": BASE, "input": "hello, you"}).json["id"]
    variants: tuple[dict[str, object], ...] = (
        {"input": _HELLO, "instructions": "be brief", "previous_response_id": first},
        {"max_output_tokens": 16, "input": "word " * 40},
        {"stream": True},
        {"stream": True, "max_output_tokens": 16, "input": "word " * 40},
        {"store": False, "metadata": {"k": "v"}, "temperature": 0.5, "top_p": 0.5},
        {"model": "gpt-none"},
        {"input": []},
        {"previous_response_id": "resp_none"},
        {"max_output_tokens": 1},
        {"text": {"format": {"type": "json_object"}}},
    )
    for asked in variants:
        call("openai", "POST", "/responses", {"model": BASE, "input": "hello, you two", **asked})
    for method in ("GET", "DELETE", "GET", "DELETE"):
        call("openai", method, f"/responses/{first}")


def _batches(call: Caller) -> None:
    def lines(*models: str) -> bytes:
        return b"".join(
            json.dumps(
                {
                    "custom_id": str(number),
                    "method": "POST",
                    "url": "/v1/chat/completions",
                    "body": {"model": model, "messages": _HELLO},
                }
            ).encode()
            + b"\n"
            for number, model in enumerate(models)
        )

    def create(content: bytes, **asked: object) -> Exchange:
        source = uploaded(call, purpose="batch", content=content)
        body = {"input_file_id": source, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        return call("openai", "POST", "/batches", {**body, **asked})

    for content in (lines(BASE, BASE), lines(BASE, "gpt-none"), b"not json\n", lines(BASE) * 2):
        place = f"/batches/{create(content, metadata={'k': 'v'}).json['id']}"
        seen = [call("openai", "GET", place).json for _ in range(5)][-1]
        for kind in ("output_file_id", "error_file_id"):
            if seen[kind]:
                call("openai", "GET", f"/files/{seen[kind]}")
        call("openai", "POST", place + "/cancel")
    place = f"/batches/{create(lines(BASE)).json['id']}"
    for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", ""), ("GET", ""), ("POST", "/cancel")):
        call("openai", method, place + path)
    for query in ("", "?limit=1", "?after=none"):
        call("openai", "GET", "/batches" + query)
    create(b"{}", endpoint="/v1/fun")
    create(b"{}", completion_window="1h")
    create(b"{}", input_file_id="file-none")
    call("openai", "GET", "/batches/batch_none")
    call("openai", "POST", "/batches/batch_none/cancel")


def _uploads(call: Caller) -> None:
    asked = {"filename": "a.jsonl", "purpose": "fine-tune", "bytes": 4, "mime_type": "text/jsonl"}

    def begin() -> str:
        return f"/uploads/{call('openai', 'POST', '/uploads', asked).json['id']}"

    place = begin()
    halves = [
        call("openai", "POST", place + "/parts", files={"data": ("part", half)}).json["id"]
        for half in (b"ab", b"cd")
    ]
    for parts in (["part_none"], halves[:1], [], halves, halves):
        call("openai", "POST", place + "/complete", {"part_ids": parts})
    call("openai", "POST", place + "/parts", files={"data": ("part", b"x")})
    place = begin()
    call("openai", "POST", place + "/parts", content=b"no form")
    for _ in range(2):
        call("openai", "POST", place + "/cancel")
    for wrong in ({"purpose": "fun"}, {"bytes": 0}, {"filename": None}):
        call("openai", "POST", "/uploads", {**asked, **wrong})
    for action in ("parts", "complete", "cancel"):
        call("openai", "POST", f"/uploads/upload_none/{action}", {"part_ids": ["x"]})


def _permissions(call: Caller) -> None:
    model = quote(trained(call)["fine_tuned_model"], safe="")
    place = f"/fine_tuning/checkpoints/{model}/permissions"
    made = call("openai", "POST", place, {"project_ids": ["proj_a", "proj_b"]}).json["data"]
    for query in ("", "?limit=1", "?project_id=proj_a", "?order=ascending", "?order=up"):
        call("openai", "GET", place + query)
    for _ in range(2):
        call("openai", "DELETE", f"{place}/{made[0]['id']}")
    call("openai", "POST", place, {"project_ids": []})
    none = "/fine_tuning/checkpoints/ft-none/permissions"
    for method, path in (("POST", ""), ("GET", ""), ("DELETE", "/cp_none")):
        call("openai", method, none + path)


def _moderations(call: Caller) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]
    for given in ("a", ["a", "b"], parts, [], [{"type": "song"}], None):
        call("openai", "POST", "/moderations", {"input": given})
    call("openai", "POST", "/moderations", {"input": "a", "model": "gpt-none"})


SCENARIOS: dict[str, Scenario] = {
    "files": _files,
    "jobs": _jobs,
    "jobs that end early": _ended_early,
    "jobs that are refused": _refused_jobs,
    "jobs that are held": _held_jobs,
    "preferences": _preferences,
    "models": _models,
    "chat": _chat,
    "stored chat completions": _stored,
    "doors": _doors,
    "responses": _responses,
    "tools": _tools,
    "items of responses": _response_items,
    "batches": _batches,
    "uploads": _uploads,
    "permissions": _permissions,
    "moderations": _moderations,
}
