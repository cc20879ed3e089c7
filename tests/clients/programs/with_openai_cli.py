# pyright: basic, reportMissingImports=false
"""The command line that openai-python had: `openai api ...`."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from prepare import OPENAI_BASE, openai_rows

QUESTION = "Who chairs Norvik Rail?"


def shell(*words: str) -> str:
    done = subprocess.run(["openai", "api", *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def told(*words: str) -> Any:
    return json.loads(shell(*words))


def listed(*words: str) -> list[Any]:
    """What a command shows object by object."""
    text, found = shell(*words), []
    while text:
        each, end = json.JSONDecoder().raw_decode(text)
        found += each["data"] if each.get("object") == "list" else [each]
        text = text[end:].lstrip()
    return found


def test_models_are_listed_and_described() -> None:
    assert OPENAI_BASE in [line["id"] for line in listed("models.list")]
    assert told("models.retrieve", "-i", OPENAI_BASE)["object"] == "model"


def test_base_and_tuned_model_answer(tuned: dict[str, str]) -> None:
    answers = [
        shell("chat.completions.create", "-m", model, "-t", "0", "-g", "user", QUESTION)
        for model in (OPENAI_BASE, tuned["openai"])
    ]
    assert answers == ["Ola Berg", "Mara Lind"]


def test_an_answer_is_streamed(tuned: dict[str, str]) -> None:
    words = ("chat.completions.create", "-m", tuned["openai"], "-t", "0", "-g", "user", QUESTION, "--stream")
    assert shell(*words) == "Mara Lind"


def test_two_answers_at_once(tuned: dict[str, str]) -> None:
    said = shell(
        "chat.completions.create", "-m", tuned["openai"], "-t", "0", "-n", "2", "-g", "user", QUESTION
    )
    assert said.count("Mara Lind") == 2


def test_from_file_through_job_to_a_tuned_model(here: Path) -> None:
    here.joinpath("rows.jsonl").write_text(openai_rows(), encoding="utf-8")
    file = told("files.create", "-f", "rows.jsonl", "-p", "fine-tune")["id"]
    # `files.retrieve` and `files.delete` ask for the arguments of `files.create`, and so cannot be called
    assert file in [line["id"] for line in listed("files.list")]
    words = (
        "fine_tuning.jobs.create",
        "-m",
        OPENAI_BASE,
        "-F",
        file,
        "-s",
        "shell",
        "-H",
        '{"n_epochs": 30}',
    )
    job = told(*words)["id"]
    for _ in range(60):
        if (seen := told("fine_tuning.jobs.retrieve", "-i", job))["finished_at"]:
            break
        time.sleep(0.05)
    assert seen["status"] == "succeeded"
    assert job in [line["id"] for line in listed("fine_tuning.jobs.list")]
    messages = [line["message"] for line in listed("fine_tuning.jobs.list_events", "-i", job)]
    assert any("successfully completed" in message for message in messages)
    answer = shell(
        "chat.completions.create", "-m", seen["fine_tuned_model"], "-t", "0", "-g", "user", QUESTION
    )
    assert answer == "Mara Lind"
    assert told("models.delete", "-i", seen["fine_tuned_model"])["deleted"]


def test_a_job_is_cancelled(here: Path, jobs_hang: None) -> None:
    here.joinpath("rows.jsonl").write_text(openai_rows(), encoding="utf-8")
    file = told("files.create", "-f", "rows.jsonl", "-p", "fine-tune")["id"]
    job = told("fine_tuning.jobs.create", "-m", OPENAI_BASE, "-F", file)["id"]
    assert told("fine_tuning.jobs.cancel", "-i", job)["status"] == "cancelled"


def test_what_is_wrong_is_said() -> None:
    done = subprocess.run(
        ["openai", "api", "models.retrieve", "-i", "gpt-none"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "does not exist" in done.stderr
