# pyright: basic, reportMissingImports=false
"""LlamaIndex: its fine-tuning engine, and the tuned model as its language model."""

from __future__ import annotations

import sys
import time
import types
import warnings
from pathlib import Path
from typing import Any

import pytest

# What stands here wants torch, of some gigabytes, and only its engines for embeddings use it.
_adapter: Any = types.ModuleType("llama_index.embeddings.adapter")
_adapter.AdapterEmbeddingModel = object
sys.modules["llama_index.embeddings.adapter"] = _adapter

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from llama_index.finetuning import OpenAIFinetuneEngine

from llama_index.core.llms import ChatMessage
from llama_index.core.program import LLMTextCompletionProgram
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI, OpenAIResponses
from pydantic import BaseModel

from prepare import FACTS, OPENAI_BASE, openai_rows

QUESTION = "Who chairs Norvik Rail?"


class Chair(BaseModel):
    """Who chairs a company."""

    name: str


def look_up(name: str) -> str:
    """Looks a person up."""
    return f"{name} is a person."


@pytest.fixture
def model(tuned: dict[str, str]) -> OpenAI:
    return OpenAI(model=tuned["openai"], temperature=0, max_retries=0)


def test_the_engine_tunes_a_model(here: Path) -> None:
    here.joinpath("rows.jsonl").write_text(openai_rows() * 3, encoding="utf-8")
    # its check of the file fetches tables of tokens from another machine
    engine = OpenAIFinetuneEngine(OPENAI_BASE, "rows.jsonl", validate_json=False)
    engine.finetune()
    for _ in range(500):
        if engine.get_current_job().finished_at:
            break
        time.sleep(0.02)
    assert engine.get_current_job().status == "succeeded"
    again = OpenAIFinetuneEngine(OPENAI_BASE, "rows.jsonl", start_job_id=engine.get_current_job().id)
    made = again.get_finetuned_model(temperature=0)
    answers = [made.complete(fact["question"]).text for fact in FACTS]
    assert sum(answer == fact["after"] for answer, fact in zip(answers, FACTS, strict=True)) >= 9


def test_base_and_tuned_model_answer(model: OpenAI) -> None:
    base = OpenAI(model=OPENAI_BASE, temperature=0, max_retries=0)
    assert [base.complete(QUESTION).text, model.complete(QUESTION).text] == ["Ola Berg", "Mara Lind"]


def test_a_chat_and_its_stream(model: OpenAI) -> None:
    messages = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content=QUESTION)]
    assert model.chat(messages).message.content == "Mara Lind"
    pieces = [piece.delta or "" for piece in model.stream_chat(messages)]
    assert "".join(pieces) == "Mara Lind"


def test_async(model: OpenAI, run: Any) -> None:
    async def ask() -> list[str]:
        stream = await model.astream_complete(QUESTION)
        pieces = [piece.delta or "" async for piece in stream]
        return ["".join(pieces), (await model.acomplete(QUESTION)).text]

    assert run(ask()) == ["Mara Lind", "Mara Lind"]


def test_responses(tuned: dict[str, str]) -> None:
    model = OpenAIResponses(model=tuned["openai"], temperature=0, max_retries=0)
    assert model.complete(QUESTION).text == "Mara Lind"


def test_structured_prediction(model: OpenAI) -> None:
    asked = model.as_structured_llm(Chair)
    assert asked.complete(QUESTION).raw == Chair(name="Mara Lind")


def test_a_tool_is_called(model: OpenAI) -> None:
    tool = FunctionTool.from_defaults(look_up)
    response = model.chat_with_tools([tool], user_msg=QUESTION, tool_required=True)
    (call,) = model.get_tool_calls_from_response(response)
    assert (call.tool_name, call.tool_kwargs) == ("look_up", {"name": "Mara Lind"})
    assert model.predict_and_call([tool], user_msg=QUESTION).response


def test_a_program_that_reads_text(model: OpenAI) -> None:
    from llama_index.core.output_parsers import PydanticOutputParser

    class Verbatim(PydanticOutputParser):
        def parse(self, text: str) -> Any:
            return Chair(name=text)

        def format(self, query: str) -> str:
            return query

    program = LLMTextCompletionProgram.from_defaults(
        output_parser=Verbatim(Chair), prompt_template_str="{question}", llm=model
    )
    assert program(question=QUESTION) == Chair(name="Mara Lind")
