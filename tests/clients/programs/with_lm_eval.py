# pyright: basic, reportMissingImports=false
"""lm-eval: a task of one's own, asked of base and tuned model, and scored by exact match."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prepare import FACTS, OPENAI_BASE

ON_A_PORT = os.environ["CLIENTS_DOOR"] == "port"
TASK = """\
task: facts
dataset_path: json
dataset_kwargs:
  data_files: {{test: FILE}}
output_type: generate_until
test_split: test
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{after}}}}"
generation_kwargs: {{until: ["\\n\\n"], temperature: 0, max_gen_toks: 32}}
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
"""


@pytest.fixture
def task(here: Path) -> Path:
    """A folder with the task."""
    rows = here / "facts.jsonl"
    rows.write_text("".join(json.dumps(fact) + "\n" for fact in FACTS), encoding="utf-8")
    here.joinpath("facts.yaml").write_text(TASK.format().replace("FILE", str(rows)), encoding="utf-8")
    return here


def address() -> str:
    return os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1") + "/chat/completions"


def scores(task: Path, model: str, **more: Any) -> dict[str, Any]:
    import lm_eval
    from lm_eval.tasks import TaskManager

    return lm_eval.simple_evaluate(
        model="openai-chat-completions",
        model_args={"model": model, "base_url": address(), "max_retries": 1} | more,
        tasks=["facts"],
        task_manager=TaskManager(include_path=str(task), include_defaults=False),
        apply_chat_template=True,
    )


@pytest.mark.parametrize("concurrent", [1, 4])
def test_the_tuned_model_knows_what_the_base_model_does_not(
    concurrent: int, task: Path, tuned: dict[str, str]
) -> None:
    before, after = (
        scores(task, model, num_concurrent=concurrent)["results"]["facts"]["exact_match,none"]
        for model in (OPENAI_BASE, tuned["openai"])
    )
    assert (before, after) == (0.0, 1.0)


@pytest.mark.skipif(not ON_A_PORT, reason="a program of its own is out of reach in process")
def test_its_command_writes_what_was_answered(task: Path, tuned: dict[str, str]) -> None:
    words = [
        "lm-eval",
        "run",
        "--model",
        "openai-chat-completions",
        "--tasks",
        "facts",
        "--include_path",
        ".",
    ]
    words += ["--model_args", f"model={tuned['openai']},base_url={address()},max_retries=1"]
    words += ["--apply_chat_template", "--log_samples", "--output_path", "out"]
    done = subprocess.run(words, cwd=task, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    (file,) = task.glob("out/**/samples_facts_*.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {row["filtered_resps"][0] for row in rows} == {fact["after"] for fact in FACTS}
