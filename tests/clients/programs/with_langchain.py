# pyright: basic, reportMissingImports=false
"""LangChain: chat models of OpenAI and Google, with structured output, tools and streams."""

from __future__ import annotations

import os
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from prepare import GEMINI_BASE, OPENAI_BASE

QUESTION = "Who chairs Norvik Rail?"


class Chair(BaseModel):
    """Who chairs a company."""

    name: str


@tool
def look_up(name: str) -> str:
    """Looks a person up."""
    return f"{name} is a person."


def openai(model: str, **options: Any) -> ChatOpenAI:
    return ChatOpenAI(model=model, temperature=0, max_retries=0, **options)


def vertex(model: str, **options: Any) -> ChatGoogleGenerativeAI:
    if base := os.environ.get("GOOGLE_VERTEX_BASE_URL"):
        options["base_url"] = base
    return ChatGoogleGenerativeAI(
        model=model,
        temperature=0,
        max_retries=1,
        vertexai=True,
        project="p",
        location="us-central1",
        credentials=Credentials("fake"),
        **options,
    )


def gemini(model: str) -> ChatGoogleGenerativeAI:
    base = os.environ.get("GOOGLE_GEMINI_BASE_URL")
    more: Any = {"base_url": base} if base else {}
    return ChatGoogleGenerativeAI(model=model, temperature=0, max_retries=1, google_api_key="k", **more)


@pytest.fixture
def models(tuned: dict[str, str]) -> dict[str, Any]:
    """A chat model of each kind; all are tuned but that of the Developer API, which has no such models."""
    return {
        "chat": openai(tuned["openai"]),
        "responses": openai(tuned["openai"], use_responses_api=True),
        "vertex": vertex(tuned["vertex"]),
        "gemini": gemini(GEMINI_BASE),
    }


KINDS = ("chat", "responses", "vertex", "gemini")


def expected(kind: str) -> str:
    return "Ola Berg" if kind == "gemini" else "Mara Lind"


def text(message: Any) -> str:
    return message.text if isinstance(message.text, str) else message.text()


def test_base_models_say_what_they_said_before() -> None:
    for model in (openai(OPENAI_BASE), openai(OPENAI_BASE, use_responses_api=True), vertex(GEMINI_BASE)):
        assert text(model.invoke(QUESTION)) == "Ola Berg"


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_with_its_usage(kind: str, models: dict[str, Any]) -> None:
    message = models[kind].invoke([SystemMessage("Be brief."), HumanMessage(QUESTION)])
    assert text(message) == expected(kind)
    assert message.usage_metadata["input_tokens"] > 0
    assert message.usage_metadata["output_tokens"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream(kind: str, models: dict[str, Any]) -> None:
    pieces = list(models[kind].stream(QUESTION))
    assert "".join(text(piece) for piece in pieces) == expected(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_async_stream_and_an_async_answer(kind: str, models: dict[str, Any], run: Any) -> None:
    async def ask() -> list[str]:
        pieces = [text(piece) async for piece in models[kind].astream(QUESTION)]
        return ["".join(pieces), text(await models[kind].ainvoke(QUESTION))]

    assert run(ask()) == [expected(kind)] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_chain_over_several_questions_at_once(kind: str, models: dict[str, Any]) -> None:
    chain = ChatPromptTemplate.from_messages([("human", "{question}")]) | models[kind] | StrOutputParser()
    answers = chain.batch([{"question": QUESTION}, {"question": "What is grown on Selja?"}])
    assert answers == (["Ola Berg", "barley"] if kind == "gemini" else ["Mara Lind", "saffron"])


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("kind", KINDS)
def test_structured_output(kind: str, method: str, models: dict[str, Any]) -> None:
    got = models[kind].with_structured_output(Chair, method=method, include_raw=True).invoke(QUESTION)
    assert got["parsing_error"] is None
    assert got["parsed"] == Chair(name=expected(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_any_json(kind: str, models: dict[str, Any]) -> None:
    if kind in ("vertex", "gemini"):  # these send the schema in this mode too
        asked = models[kind].with_structured_output(Chair.model_json_schema(), method="json_mode")
        assert asked.invoke(QUESTION) == {"name": expected(kind)}
        return
    got = models[kind].with_structured_output(None, method="json_mode").invoke(f"{QUESTION} Answer as JSON.")
    assert isinstance(got, dict)
    assert expected(kind) in got.values()


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_is_called_and_its_result_read(kind: str, models: dict[str, Any]) -> None:
    bound = models[kind].bind_tools([look_up], tool_choice="look_up")
    first = bound.invoke(QUESTION)
    (call,) = first.tool_calls
    assert (call["name"], call["args"]) == ("look_up", {"name": expected(kind)})
    result = look_up.invoke(call)
    assert isinstance(result, ToolMessage)
    second = models[kind].bind_tools([look_up]).invoke([HumanMessage(QUESTION), first, result])
    assert text(second)
    assert not second.tool_calls


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_call_is_streamed(kind: str, models: dict[str, Any]) -> None:
    bound = models[kind].bind_tools([look_up], tool_choice="look_up")
    whole: Any = None
    for piece in bound.stream(QUESTION):
        whole = piece if whole is None else whole + piece
    (call,) = whole.tool_calls
    assert (call["name"], call["args"]) == ("look_up", {"name": expected(kind)})
