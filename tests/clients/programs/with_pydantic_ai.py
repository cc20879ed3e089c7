# pyright: basic, reportMissingImports=false
"""pydantic-ai: agents whose results have a type, and that call tools."""

from __future__ import annotations

import os
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.google_cloud import GoogleCloudProvider
from pydantic_ai.usage import UsageLimits

from prepare import GEMINI_BASE, OPENAI_BASE

QUESTION = "Who chairs Norvik Rail?"
SETTINGS: Any = {"temperature": 0.0}
KINDS = ("chat", "responses", "vertex", "gemini")
FEW = UsageLimits(request_limit=5)


class Chair(BaseModel):
    """Who chairs a company."""

    name: str


def vertex(model: str) -> GoogleModel:
    provider = GoogleCloudProvider(
        credentials=Credentials("fake"),
        project="p",
        location="us-central1",
        base_url=os.environ.get("GOOGLE_VERTEX_BASE_URL"),
    )
    return GoogleModel(model, provider=provider)


def gemini(model: str) -> GoogleModel:
    provider = GoogleProvider(api_key="k", base_url=os.environ.get("GOOGLE_GEMINI_BASE_URL"))
    return GoogleModel(model, provider=provider)


@pytest.fixture
def models(tuned: dict[str, str]) -> dict[str, Any]:
    """A model of each kind; all are tuned but that of the Developer API, which has no such models."""
    return {
        "chat": OpenAIChatModel(tuned["openai"]),
        "responses": OpenAIResponsesModel(tuned["openai"]),
        "vertex": vertex(tuned["vertex"]),
        "gemini": gemini(GEMINI_BASE),
    }


def expected(kind: str) -> str:
    return "Ola Berg" if kind == "gemini" else "Mara Lind"


def agent(model: Any, **options: Any) -> Any:
    return Agent(model, model_settings=SETTINGS, retries=0, **options)


def test_base_models_say_what_they_said_before(run: Any) -> None:
    models = (OpenAIChatModel(OPENAI_BASE), OpenAIResponsesModel(OPENAI_BASE), vertex(GEMINI_BASE))
    assert [run(agent(model).run(QUESTION)).output for model in models] == ["Ola Berg"] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_text_with_its_usage(kind: str, models: dict[str, Any], run: Any) -> None:
    result = run(agent(models[kind], instructions="Be brief.").run(QUESTION))
    assert result.output == expected(kind)
    assert result.usage.input_tokens > 0
    assert result.usage.output_tokens > 0


@pytest.mark.parametrize("kind", KINDS)
def test_text_is_streamed(kind: str, models: dict[str, Any], run: Any) -> None:
    async def ask() -> str:
        async with agent(models[kind]).run_stream(QUESTION) as streamed:
            return "".join([piece async for piece in streamed.stream_text(delta=True)])

    assert run(ask()) == expected(kind)


@pytest.mark.parametrize("marker", [ToolOutput, NativeOutput, PromptedOutput], ids=lambda each: each.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_a_result_has_its_type(kind: str, marker: Any, models: dict[str, Any], run: Any) -> None:
    result = run(agent(models[kind], output_type=marker(Chair)).run(QUESTION, usage_limits=FEW))
    assert result.output == Chair(name=expected(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_is_streamed(kind: str, models: dict[str, Any], run: Any) -> None:
    async def ask() -> Any:
        async with agent(models[kind], output_type=Chair).run_stream(QUESTION) as streamed:
            return [part async for part in streamed.stream_output()][-1]

    assert run(ask()) == Chair(name=expected(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_an_agent_with_a_tool_ends_with_text(kind: str, models: dict[str, Any], run: Any) -> None:
    asked = agent(models[kind])

    @asked.tool_plain
    def look_up(name: str) -> str:
        """Looks a person up."""
        return f"{name} is a person."

    result = run(asked.run(QUESTION, usage_limits=FEW))
    assert result.output


@pytest.mark.parametrize("kind", KINDS)
def test_a_required_tool_is_called_before_the_result(kind: str, models: dict[str, Any], run: Any) -> None:
    called: list[str] = []
    asked = agent(models[kind], output_type=Chair)

    @asked.tool_plain
    def look_up(name: str) -> str:
        """Looks a person up."""
        called.append(name)
        return f"{name} is a person."

    result = run(asked.run(QUESTION, usage_limits=FEW))
    assert isinstance(result.output, Chair)
    assert set(called) <= {expected(kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_result_is_asked_for_again(kind: str, models: dict[str, Any], run: Any) -> None:
    asked = Agent(models[kind], model_settings=SETTINGS, output_type=Chair, retries=2)
    seen: list[str] = []

    @asked.output_validator
    def once(chair: Chair) -> Chair:
        seen.append(chair.name)
        if len(seen) == 1:
            raise ModelRetry("Say it again.")
        return chair

    assert run(asked.run(QUESTION, usage_limits=FEW)).output.name == seen[-1]
    assert len(seen) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_conversation_goes_on(kind: str, models: dict[str, Any], run: Any) -> None:
    first = run(agent(models[kind]).run(QUESTION))
    second = run(agent(models[kind]).run("What is grown on Selja?", message_history=first.all_messages()))
    assert second.output == ("barley" if kind == "gemini" else "saffron")
