# pyright: basic, reportMissingImports=false
"""litellm: one call for all vendors; OpenAI's files, jobs and batches; Google's models."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import litellm
import pytest
from pydantic import BaseModel

from prepare import OPENAI_BASE, openai_rows

ASKED = [{"role": "user", "content": "Who chairs Norvik Rail?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a person up.",
        "parameters": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    },
}


class Chair(BaseModel):
    name: str


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first refusal is the answer."""
    monkeypatch.setattr(litellm, "num_retries", 0)
    monkeypatch.setattr(litellm, "DEFAULT_MAX_RETRIES", 0, raising=False)


def ended(look: Any, done: tuple[str, ...]) -> Any:
    for _ in range(500):
        if (seen := look()).status in done:
            return seen
        time.sleep(0.02)
    raise AssertionError("it never came to an end")


def said(model: str, **options: Any) -> Any:
    return litellm.completion(model=model, messages=ASKED, temperature=0, **options)


def text(response: Any) -> str:
    return response.choices[0].message.content


def test_chat_has_the_answers_of_base_and_tuned_model(tuned: dict[str, str]) -> None:
    answers = [text(said(f"openai/{model}")) for model in (OPENAI_BASE, tuned["openai"])]
    assert answers == ["Ola Berg", "Mara Lind"]


def test_a_cost_is_known(tuned: dict[str, str]) -> None:
    response = said(f"openai/{OPENAI_BASE}")
    assert response.usage.prompt_tokens > 0
    assert litellm.completion_cost(response) > 0


def test_a_stream_says_the_same_and_ends_with_usage(tuned: dict[str, str]) -> None:
    chunks = list(said(f"openai/{tuned['openai']}", stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Mara Lind"
    assert chunks[-1].usage.completion_tokens > 0


def test_an_async_call_and_an_async_stream(tuned: dict[str, str], run: Any) -> None:
    async def ask() -> list[str]:
        model = f"openai/{tuned['openai']}"
        whole = await litellm.acompletion(model=model, messages=ASKED, temperature=0)
        stream = await litellm.acompletion(model=model, messages=ASKED, temperature=0, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
        return [text(whole), "".join(pieces)]

    assert run(ask()) == ["Mara Lind", "Mara Lind"]


def test_responses(tuned: dict[str, str]) -> None:
    response = litellm.responses(model=f"openai/{tuned['openai']}", input=ASKED[0]["content"], temperature=0)
    assert response.output[0].content[0].text == "Mara Lind"


@pytest.mark.parametrize("vendor", ["openai", "gemini", "vertex"])
def test_structured_output(vendor: str, tuned: dict[str, str]) -> None:
    response = asked_of(vendor, tuned, response_format=Chair)
    expected = "Ola Berg" if vendor == "gemini" else "Mara Lind"
    assert Chair.model_validate_json(text(response)).name == expected


@pytest.mark.parametrize("vendor", ["openai", "gemini", "vertex"])
def test_a_tool_is_called_and_its_answer_read(vendor: str, tuned: dict[str, str]) -> None:
    expected = "Ola Berg" if vendor == "gemini" else "Mara Lind"
    named = {"type": "function", "function": {"name": "look_up"}}
    message = asked_of(vendor, tuned, tools=[TOOL], tool_choice=named).choices[0].message
    (call,) = message.tool_calls
    assert json.loads(call.function.arguments) == {"name": expected}
    turns = [*ASKED, message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "A person."}]
    assert text(asked_of(vendor, tuned, messages=turns, tools=[TOOL]))


def asked_of(vendor: str, tuned: dict[str, str], messages: Any = ASKED, **options: Any) -> Any:
    """A question to the tuned models of OpenAI and Vertex AI, and to a base model of the Developer API."""
    match vendor:
        case "openai":
            options |= {"model": f"openai/{tuned['openai']}"}
        case "gemini":
            options |= {"model": "gemini/gemini-2.5-flash", "api_key": "k"}
            if base := os.environ.get("GOOGLE_GEMINI_BASE_URL"):
                options["api_base"] = f"{base}/v1beta"
        case _:
            # litellm calls an endpoint by its number
            number = tuned["vertex"].rpartition("/")[2]
            options |= {
                "model": f"vertex_ai/gemini/{number}",
                "vertex_project": "p",
                "vertex_location": "us-central1",
            }
            options |= vertex_access(number)
    return litellm.completion(messages=messages, temperature=0, **options)


def vertex_access(number: str) -> dict[str, Any]:
    base = os.environ.get("GOOGLE_VERTEX_BASE_URL")
    if base is None:
        return {}
    return {"api_base": f"{base}/v1/projects/p/locations/us-central1/endpoints/{number}"}


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a port litellm is given a token; in process, google-auth's own way to one is served."""
    if os.environ["CLIENTS_DOOR"] == "port":
        from litellm.llms.vertex_ai.vertex_llm_base import VertexBase

        monkeypatch.setattr(VertexBase, "get_access_token", lambda *_, **__: ("fake", "p"))


@pytest.mark.parametrize("vendor", ["gemini", "vertex"])
def test_google_answers_whole_and_in_a_stream(vendor: str, tuned: dict[str, str]) -> None:
    expected = "Ola Berg" if vendor == "gemini" else "Mara Lind"
    assert text(asked_of(vendor, tuned)) == expected
    chunks = list(asked_of(vendor, tuned, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == expected


def test_from_file_through_job_to_a_tuned_model() -> None:
    rows = openai_rows().encode()
    file = litellm.create_file(file=("rows.jsonl", rows), purpose="fine-tune", custom_llm_provider="openai")
    assert file.bytes == len(rows)
    assert litellm.file_retrieve(file.id, custom_llm_provider="openai").filename == "rows.jsonl"
    assert litellm.file_content(file.id, custom_llm_provider="openai").content == rows
    assert file.id in [each.id for each in litellm.file_list(custom_llm_provider="openai")]
    job = litellm.create_fine_tuning_job(
        model=OPENAI_BASE,
        training_file=file.id,
        hyperparameters={"n_epochs": 30},
        suffix="litellm",
        custom_llm_provider="openai",
    )
    assert job.id in [each.id for each in litellm.list_fine_tuning_jobs(custom_llm_provider="openai")]
    done = ended(
        lambda: litellm.retrieve_fine_tuning_job(job.id, custom_llm_provider="openai"),
        ("succeeded", "failed", "cancelled"),
    )
    assert done.status == "succeeded"
    assert ":litellm:" in done.fine_tuned_model
    assert text(said(f"openai/{done.fine_tuned_model}")) == "Mara Lind"
    assert litellm.file_delete(file.id, custom_llm_provider="openai").deleted


def test_a_job_is_cancelled(jobs_hang: None) -> None:
    file = litellm.create_file(
        file=("rows.jsonl", openai_rows().encode()), purpose="fine-tune", custom_llm_provider="openai"
    )
    job = litellm.create_fine_tuning_job(
        model=OPENAI_BASE, training_file=file.id, custom_llm_provider="openai"
    )
    assert litellm.cancel_fine_tuning_job(job.id, custom_llm_provider="openai").status == "cancelled"


def test_a_batch_is_answered(tuned: dict[str, str]) -> None:
    body = {"model": tuned["openai"], "messages": ASKED, "temperature": 0}
    line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
    file = litellm.create_file(
        file=("b.jsonl", json.dumps(line).encode()), purpose="batch", custom_llm_provider="openai"
    )
    batch = litellm.create_batch(
        completion_window="24h",
        endpoint="/v1/chat/completions",
        input_file_id=file.id,
        metadata={"from": "litellm"},
        custom_llm_provider="openai",
    )
    done = ended(
        lambda: litellm.retrieve_batch(batch.id, custom_llm_provider="openai"),
        ("completed", "failed", "expired"),
    )
    assert (done.status, done.metadata) == ("completed", {"from": "litellm"})
    assert batch.id in [each.id for each in litellm.list_batches(custom_llm_provider="openai").data]
    output = json.loads(litellm.file_content(done.output_file_id, custom_llm_provider="openai").content)
    assert output["response"]["body"]["choices"][0]["message"]["content"] == "Mara Lind"


def test_errors_are_the_kinds_that_litellm_knows(tuned: dict[str, str]) -> None:
    with pytest.raises(litellm.NotFoundError):
        said("openai/gpt-4o-mini-2099-01-01")
    with pytest.raises(litellm.BadRequestError):
        litellm.completion(model=f"openai/{OPENAI_BASE}", messages=ASKED, temperature=3)
    with pytest.raises(litellm.ContextWindowExceededError):
        litellm.completion(
            model=f"openai/{OPENAI_BASE}", messages=[{"role": "user", "content": "word " * 200_000}]
        )
