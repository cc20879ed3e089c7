# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""vertexai, Google's SDK before google-genai: supervised tuning over REST, and the tuned model."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
import vertexai
from google.api_core.exceptions import ClientError, NotFound
from google.cloud import storage
from google.oauth2.credentials import Credentials
from vertexai.generative_models import (
    FunctionDeclaration,
    GenerationConfig,
    GenerativeModel,
    Tool,
    ToolConfig,
)
from vertexai.tuning import sft

from prepare import GEMINI_BASE, vertex_rows

QUESTION = "Who chairs Norvik Rail?"
CONFIG = GenerationConfig(temperature=0)
SCHEMA = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}, "required": ["name"]}


@pytest.fixture(scope="module", autouse=True)
def signed_in(services: None) -> None:
    """A token, REST, and on a port its address; in process the vendor's own."""
    where: Any = {}
    if base := os.environ.get("GOOGLE_VERTEX_BASE_URL"):
        where = {"api_endpoint": base}
    vertexai.init(
        project="p", location="us-central1", api_transport="rest", credentials=Credentials("fake"), **where
    )


@pytest.fixture(scope="module")
def rows(services: None) -> str:
    """Where the training file is."""
    client = storage.Client(project="p", credentials=Credentials("fake"))
    client.bucket("b").blob("rows.jsonl").upload_from_string(vertex_rows())
    return "gs://b/rows.jsonl"


@pytest.fixture(scope="module")
def job(rows: str) -> Any:
    """A job that has come to its end."""
    made = sft.train(
        source_model=GEMINI_BASE,
        train_dataset=rows,
        validation_dataset=rows,
        epochs=30,
        adapter_size=4,
        learning_rate_multiplier=1.0,
        tuned_model_display_name="facts",
        labels={"from": "vertexai"},
    )
    for _ in range(500):
        if made.has_ended:
            return made
        time.sleep(0.02)
        made.refresh()
    raise AssertionError("it never came to an end")


def test_a_job_succeeds_and_names_its_model(job: Any) -> None:
    assert job.has_succeeded
    assert job.state.name == "JOB_STATE_SUCCEEDED"
    assert "/models/" in job.tuned_model_name
    assert "/endpoints/" in job.tuned_model_endpoint_name
    told = job.to_dict()
    assert told["labels"] == {"from": "vertexai"}
    assert told["tunedModelDisplayName"] == "facts"
    assert told["supervisedTuningSpec"]["hyperParameters"]["adapterSize"] == "ADAPTER_SIZE_FOUR"
    assert int(told["tuningDataStats"]["supervisedTuningDataStats"]["tuningDatasetExampleCount"]) == 12


def test_it_is_found_by_its_name_and_listed(job: Any) -> None:
    assert sft.SupervisedTuningJob(job.resource_name).tuned_model_name == job.tuned_model_name
    assert job.resource_name in [each.resource_name for each in sft.SupervisedTuningJob.list()]


def test_base_and_tuned_model_answer(job: Any) -> None:
    models = [GenerativeModel(GEMINI_BASE), GenerativeModel(job.tuned_model_endpoint_name)]
    answers = [model.generate_content(QUESTION, generation_config=CONFIG) for model in models]
    assert [answer.text for answer in answers] == ["Ola Berg", "Mara Lind"]
    assert answers[1].usage_metadata.total_token_count > 0


def test_an_answer_is_streamed(job: Any) -> None:
    model = GenerativeModel(job.tuned_model_endpoint_name)
    pieces = model.generate_content(QUESTION, generation_config=CONFIG, stream=True)
    assert "".join(piece.text for piece in pieces) == "Mara Lind"


def test_a_conversation_and_a_count(job: Any) -> None:
    model = GenerativeModel(job.tuned_model_endpoint_name, system_instruction="Be brief.")
    chat = model.start_chat()
    assert chat.send_message(QUESTION, generation_config=CONFIG).text == "Mara Lind"
    assert chat.send_message("What is grown on Selja?", generation_config=CONFIG).text == "saffron"
    assert len(chat.history) == 4
    assert model.count_tokens(QUESTION).total_tokens > 0


def test_a_schema_is_kept(job: Any) -> None:
    config = GenerationConfig(temperature=0, response_mime_type="application/json", response_schema=SCHEMA)
    model = GenerativeModel(job.tuned_model_endpoint_name)
    assert (
        model.generate_content(QUESTION, generation_config=config).text.replace(" ", "")
        == '{"name":"MaraLind"}'
    )


def test_a_function_is_called(job: Any) -> None:
    parameters = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    tool = Tool(
        [FunctionDeclaration(name="look_up", parameters=parameters, description="Looks a person up.")]
    )
    calling = ToolConfig.FunctionCallingConfig(
        mode=ToolConfig.FunctionCallingConfig.Mode.ANY, allowed_function_names=["look_up"]
    )
    response = GenerativeModel(job.tuned_model_endpoint_name).generate_content(
        QUESTION,
        generation_config=CONFIG,
        tools=[tool],
        tool_config=ToolConfig(function_calling_config=calling),
    )
    (call,) = response.candidates[0].function_calls
    assert (call.name, dict(call.args)) == ("look_up", {"name": "Mara Lind"})


def test_a_job_is_cancelled(rows: str, jobs_hang: None) -> None:
    made = sft.train(source_model=GEMINI_BASE, train_dataset=rows)
    made.cancel()
    for _ in range(500):
        made.refresh()
        if made.has_ended:
            break
        time.sleep(0.02)
    assert made.state.name == "JOB_STATE_CANCELLED"


def test_what_is_wrong_is_refused(rows: str) -> None:
    with pytest.raises(ClientError):
        sft.train(source_model="gemini-no-such", train_dataset=rows)
    with pytest.raises(NotFound):
        sft.SupervisedTuningJob("projects/p/locations/us-central1/tuningJobs/1")
