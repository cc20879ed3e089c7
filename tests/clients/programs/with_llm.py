# pyright: basic, reportMissingImports=false
"""llm: prompts, conversations, schemas and tools, from the shell on a port and from Python in process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

QUESTION = "Who chairs Norvik Rail?"
ON_A_PORT = os.environ["CLIENTS_DOOR"] == "port"
from_a_shell = pytest.mark.skipif(not ON_A_PORT, reason="a program of its own is out of reach in process")


@pytest.fixture(autouse=True)
def tuned_model(tuned: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tuned model under a name that llm knows: `tuned`."""
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    line = {
        "model_id": "tuned",
        "model_name": tuned["openai"],
        "supports_schema": True,
        "supports_tools": True,
    }
    tmp_path.joinpath("extra-openai-models.yaml").write_text(json.dumps([line]), encoding="utf-8")
    return "tuned"


def shell(*words: str, text: str = "") -> str:
    done = subprocess.run(
        ["llm", *words], input=text, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@from_a_shell
def test_base_and_tuned_model_answer_in_a_shell() -> None:
    answers = [shell("-m", model, "-o", "temperature", "0", QUESTION) for model in ("gpt-4o-mini", "tuned")]
    assert answers == ["Ola Berg", "Mara Lind"]


@from_a_shell
def test_an_answer_comes_whole_and_a_conversation_goes_on() -> None:
    options = ("-m", "tuned", "-o", "temperature", "0")
    assert shell(*options, "--no-stream", "-s", "Be brief.", QUESTION) == "Mara Lind"
    assert shell("-c", "-o", "temperature", "0", "What is grown on Selja?") == "saffron"
    logged = json.loads(shell("logs", "--json", "-n", "0"))
    assert [each["response"] for each in logged] == ["Mara Lind", "saffron"]


@from_a_shell
def test_a_schema_in_a_shell() -> None:
    assert json.loads(shell("-m", "tuned", "-o", "temperature", "0", "--schema", "name str", QUESTION)) == {
        "name": "Mara Lind"
    }


@from_a_shell
def test_a_tool_in_a_shell() -> None:
    function = 'def look_up(name: str) -> str:\n    """Looks a person up."""\n    return name.upper()\n'
    assert shell("-m", "tuned", "-o", "temperature", "0", "--functions", function, "--cl", "3", QUESTION)


def model(name: str) -> Any:
    import llm

    return llm.get_model(name)


def test_base_and_tuned_model_answer_in_python() -> None:
    answers = [model(name).prompt(QUESTION, temperature=0).text() for name in ("gpt-4o-mini", "tuned")]
    assert answers == ["Ola Berg", "Mara Lind"]


def test_a_conversation_in_python() -> None:
    conversation = model("tuned").conversation()
    assert conversation.prompt(QUESTION, temperature=0).text() == "Mara Lind"
    response = conversation.prompt("What is grown on Selja?", temperature=0)
    assert "".join(response) == "saffron"
    assert response.usage().input > 0


def test_a_schema_in_python() -> None:
    from pydantic import BaseModel

    class Chair(BaseModel):
        name: str

    assert json.loads(model("tuned").prompt(QUESTION, schema=Chair, temperature=0).text()) == {
        "name": "Mara Lind"
    }


def test_tools_in_python() -> None:
    def look_up(name: str) -> str:
        """Looks a person up."""
        return name.upper()

    assert model("tuned").chain(QUESTION, tools=[look_up], options={"temperature": 0}).text()


def test_async_in_python(run: Any) -> None:
    import llm

    async def ask() -> str:
        return await llm.get_async_model("tuned").prompt(QUESTION, temperature=0).text()

    assert run(ask()) == "Mara Lind"
