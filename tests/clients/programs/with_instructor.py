# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""instructor: objects of a type, in every mode that it has for OpenAI and for Google."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import instructor
import openai
import pytest
from google import genai
from google.oauth2.credentials import Credentials
from instructor import Mode
from instructor.v2.core.providers import Provider
from instructor.v2.core.registry import mode_registry
from pydantic import AfterValidator, BaseModel

BASE = "gpt-4o-mini-2024-07-18"
QUESTION = "Who chairs Norvik Rail?"
ASKED: list[Any] = [{"role": "user", "content": QUESTION}]
ALL_MODES = [
    *sorted(mode_registry.get_modes_for_provider(Provider.OPENAI), key=lambda mode: mode.value),
    Mode.TOOLS_STRICT,
    Mode.FUNCTIONS,
    Mode.RESPONSES_TOOLS_WITH_INBUILT_TOOLS,
]
GOOGLE_MODES = sorted(mode_registry.get_modes_for_provider(Provider.GENAI), key=lambda mode: mode.value)


class Chair(BaseModel):
    """Who chairs a company."""

    name: str


def asked_in(mode: Mode, model: str) -> str:
    client = instructor.from_openai(openai.OpenAI(), mode=mode)
    wanted: Any = Iterable[Chair] if mode is Mode.PARALLEL_TOOLS else Chair
    got = client.chat.completions.create(
        model=model, messages=ASKED, response_model=wanted, temperature=0, max_retries=0
    )
    (chair,) = got if mode is Mode.PARALLEL_TOOLS else [got]
    return chair.name


@pytest.mark.parametrize("mode", ALL_MODES, ids=lambda mode: mode.value)
def test_each_mode_gives_the_answers_of_base_and_tuned_model(mode: Mode, tuned: dict[str, str]) -> None:
    assert [asked_in(mode, BASE), asked_in(mode, tuned["openai"])] == ["Ola Berg", "Mara Lind"]


def test_an_async_client_gives_the_same(tuned: dict[str, str], run: Any) -> None:
    async def ask() -> Chair:
        client = instructor.from_openai(openai.AsyncOpenAI())
        return await client.chat.completions.create(
            model=tuned["openai"], messages=ASKED, response_model=Chair, temperature=0, max_retries=0
        )

    assert run(ask()).name == "Mara Lind"


@pytest.mark.parametrize("mode", [Mode.TOOLS, Mode.JSON_SCHEMA], ids=lambda mode: mode.value)
def test_a_part_grows_to_the_whole_object(mode: Mode, tuned: dict[str, str]) -> None:
    client = instructor.from_openai(openai.OpenAI(), mode=mode)
    parts = list(
        client.chat.completions.create_partial(
            model=tuned["openai"], messages=ASKED, response_model=Chair, temperature=0, max_retries=0
        )
    )
    assert parts[-1].name == "Mara Lind"
    assert all("Mara Lind".startswith(part.name or "") for part in parts)


def test_a_list_is_streamed_object_by_object(tuned: dict[str, str]) -> None:
    client = instructor.from_openai(openai.OpenAI())
    chairs = list(
        client.chat.completions.create_iterable(
            model=tuned["openai"], messages=ASKED, response_model=Chair, temperature=0, max_retries=0
        )
    )
    assert [chair.name for chair in chairs] == ["Mara Lind"]


@pytest.mark.parametrize(
    "mode", [Mode.TOOLS, Mode.JSON_SCHEMA, Mode.RESPONSES_TOOLS], ids=lambda mode: mode.value
)
def test_an_object_that_its_type_refuses_is_asked_for_again(mode: Mode, tuned: dict[str, str]) -> None:
    seen: list[str] = []

    def once_refused(name: str) -> str:
        seen.append(name)
        if len(seen) == 1:
            raise ValueError("say it again")
        return name

    class Doubted(BaseModel):
        name: Annotated[str, AfterValidator(once_refused)]

    client = instructor.from_openai(openai.OpenAI(), mode=mode)
    got = client.chat.completions.create(
        model=tuned["openai"], messages=ASKED, response_model=Doubted, temperature=0, max_retries=2
    )
    assert len(seen) == 2
    assert got.name == seen[1]


def test_the_completion_comes_with_the_object(tuned: dict[str, str]) -> None:
    client = instructor.from_openai(openai.OpenAI())
    chair, completion = client.chat.completions.create_with_completion(
        model=tuned["openai"], messages=ASKED, response_model=Chair, temperature=0, max_retries=0
    )
    assert chair.name == "Mara Lind"
    assert completion.choices[0].message.tool_calls[0].function.name == "Chair"
    assert completion.usage.completion_tokens > 0


def google(vendor: str) -> genai.Client:
    if vendor == "gemini":
        return genai.Client(api_key="k")
    return genai.Client(vertexai=True, project="p", location="us-central1", credentials=Credentials("fake"))


@pytest.mark.parametrize("mode", GOOGLE_MODES, ids=lambda mode: mode.value)
def test_each_mode_gives_the_answers_of_base_and_tuned_model_of_google(
    mode: Mode, tuned: dict[str, str]
) -> None:
    client = instructor.from_genai(google("vertex"), mode=mode)
    answers = [
        client.create(
            model=model,
            messages=ASKED,
            response_model=Chair,
            generation_config={"temperature": 0.0},
            max_retries=0,
        ).name
        for model in ("gemini-2.5-flash", tuned["vertex"])
    ]
    assert answers == ["Ola Berg", "Mara Lind"]


@pytest.mark.parametrize("mode", GOOGLE_MODES, ids=lambda mode: mode.value)
def test_each_mode_is_served_by_the_developer_api(mode: Mode) -> None:
    client = instructor.from_genai(google("gemini"), mode=mode)
    chair = client.create(model="gemini-2.5-flash", messages=ASKED, response_model=Chair, max_retries=0)
    assert chair.name == "Ola Berg"
