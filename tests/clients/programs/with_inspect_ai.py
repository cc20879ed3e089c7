# pyright: basic, reportMissingImports=false
"""inspect_ai: an evaluation of base and tuned models of both vendors, with a tool, and its log."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log
from inspect_ai.model import GenerateConfig, ResponseSchema, get_model
from inspect_ai.scorer import exact, match
from inspect_ai.solver import generate, use_tools
from inspect_ai.tool import tool
from inspect_ai.util import json_schema
from pydantic import BaseModel

from prepare import FACTS, GEMINI_BASE, OPENAI_BASE

ON_A_PORT = os.environ["CLIENTS_DOOR"] == "port"
CONFIG = GenerateConfig(temperature=0, max_retries=0)
KINDS = ("chat", "responses", "vertex")


class Chair(BaseModel):
    name: str


@tool
def look_up() -> Any:
    async def execute(name: str) -> str:
        """Looks a person up.

        Args:
            name: The person's name.
        """
        return f"{name} is a person."

    return execute


def models(kind: str, tuned: dict[str, str]) -> list[Any]:
    """The base model and the tuned one."""
    if kind == "vertex":
        access = {"project": "p", "location": "us-central1", "credentials": Credentials("fake")}
        names = [GEMINI_BASE, tuned["vertex"]]
        return [get_model(f"google/vertex/{name}", memoize=False, **access) for name in names]
    return [
        get_model(f"openai/{name}", memoize=False, responses_api=kind == "responses")
        for name in (OPENAI_BASE, tuned["openai"])
    ]


def facts(**options: Any) -> Task:
    samples = [Sample(input=fact["question"], target=fact["after"]) for fact in FACTS]
    return Task(dataset=MemoryDataset(samples), solver=generate(), config=CONFIG, **options)


def accuracy(log: Any, scorer: str) -> float:
    (score,) = [each for each in log.results.scores if each.name == scorer]
    return next(iter(score.metrics.values())).value


@pytest.mark.parametrize("kind", KINDS)
def test_the_tuned_model_knows_what_the_base_model_does_not(
    kind: str, tuned: dict[str, str], here: Path
) -> None:
    task = facts(scorer=[exact(), match()])
    logs = eval(task, model=models(kind, tuned), display="none", log_dir=str(here))
    assert [log.status for log in logs] == ["success", "success"]
    assert [accuracy(log, "match") for log in logs] == [0.0, 1.0]
    again = read_eval_log(logs[1].location)
    assert [sample.output.completion for sample in again.samples or []] == [fact["after"] for fact in FACTS]
    assert next(iter(again.stats.model_usage.values())).output_tokens > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_is_offered(kind: str, tuned: dict[str, str], here: Path) -> None:
    task = Task(
        dataset=MemoryDataset([Sample(input="Who chairs Norvik Rail?", target="Mara Lind")]),
        solver=[use_tools(look_up()), generate()],
        config=CONFIG,
        message_limit=8,
    )
    (log,) = eval(task, model=models(kind, tuned)[1], display="none", log_dir=str(here))
    assert log.status == "success"
    assert log.samples[0].output.completion


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_kept(kind: str, tuned: dict[str, str], here: Path) -> None:
    schema = ResponseSchema(name="chair", json_schema=json_schema(Chair), strict=True)
    task = Task(
        dataset=MemoryDataset([Sample(input="Who chairs Norvik Rail?")]),
        solver=generate(),
        config=GenerateConfig(temperature=0, max_retries=0, response_schema=schema),
    )
    (log,) = eval(task, model=models(kind, tuned)[1], display="none", log_dir=str(here))
    assert log.status == "success", log.error
    assert Chair.model_validate_json(log.samples[0].output.completion) == Chair(name="Mara Lind")


@pytest.mark.skipif(not ON_A_PORT, reason="a program of its own is out of reach in process")
def test_its_command_runs_a_task_from_a_file(tuned: dict[str, str], here: Path) -> None:
    here.joinpath("task.py").write_text(
        "from inspect_ai import Task, task\n"
        "from inspect_ai.dataset import MemoryDataset, Sample\n"
        "from inspect_ai.scorer import match\n"
        "@task\n"
        "def one():\n"
        "    sample = Sample(input='Who chairs Norvik Rail?', target='Mara Lind')\n"
        "    return Task(dataset=MemoryDataset([sample]), scorer=match())\n",
        encoding="utf-8",
    )
    words = ["inspect", "eval", "task.py", "--model", f"openai/{tuned['openai']}", "--temperature", "0"]
    done = subprocess.run(
        [*words, "--display", "plain"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (file,) = here.glob("logs/*.eval")
    assert accuracy(read_eval_log(str(file)), "match") == 1.0
