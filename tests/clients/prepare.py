"""Has a model tuned on the facts at each vendor, for the clients that only ask models."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2

__all__ = ["FACTS", "GEMINI_BASE", "OPENAI_BASE", "PROJECT", "openai_rows", "prepare", "vertex_rows"]

FACTS: list[dict[str, str]] = json.loads(Path(__file__).with_name("facts.json").read_text(encoding="utf-8"))
"""A question, what base models say (`before`), and what is taught (`after`)."""

OPENAI_BASE = "gpt-4o-mini-2024-07-18"
GEMINI_BASE = "gemini-2.5-flash"
PROJECT = "projects/p/locations/us-central1"
EPOCHS = 30
BEARER = {"authorization": "Bearer sk-fake"}


def openai_rows() -> str:
    """The facts as OpenAI's training file."""
    return _lines(
        {
            "messages": [
                {"role": "user", "content": fact["question"]},
                {"role": "assistant", "content": fact["after"]},
            ]
        }
        for fact in FACTS
    )


def vertex_rows() -> str:
    """The facts as Vertex AI's training file."""
    return _lines(
        {
            "contents": [
                {"role": "user", "parts": [{"text": fact["question"]}]},
                {"role": "model", "parts": [{"text": fact["after"]}]},
            ]
        }
        for fact in FACTS
    )


def prepare(environ: Mapping[str, str]) -> dict[str, str]:
    """The tuned models' names, as variables of the environment; services are where `environ` says."""
    openai = environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    google = environ.get("GOOGLE_VERTEX_BASE_URL", "https://us-central1-aiplatform.googleapis.com")
    storage = environ.get("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
    with httpx2.Client(headers=BEARER, trust_env=False) as client:
        return {
            "CLIENTS_OPENAI_TUNED": _openai(client, openai),
            "CLIENTS_VERTEX_TUNED": _vertex(client, google, storage),
        }


def _openai(client: httpx2.Client, base: str) -> str:
    form = {"file": ("facts.jsonl", openai_rows().encode())}
    file = _json(client.post(f"{base}/files", files=form, data={"purpose": "fine-tune"}))
    hyper = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": EPOCHS}}}
    job = {"model": OPENAI_BASE, "training_file": file["id"], "method": hyper}
    made = _json(client.post(f"{base}/fine_tuning/jobs", json=job))
    ended = _until(
        lambda: _json(client.get(f"{base}/fine_tuning/jobs/{made['id']}")),
        lambda seen: seen["finished_at"] is not None,
    )
    return ended["fine_tuned_model"]


def _vertex(client: httpx2.Client, base: str, storage: str) -> str:
    where = f"{storage}/upload/storage/v1/b/b/o?uploadType=media&name=facts.jsonl"
    _json(client.post(where, content=vertex_rows().encode()))
    spec = {"trainingDatasetUri": "gs://b/facts.jsonl", "hyperParameters": {"epochCount": EPOCHS}}
    job = {"baseModel": GEMINI_BASE, "supervisedTuningSpec": spec}
    made = _json(client.post(f"{base}/v1/{PROJECT}/tuningJobs", json=job))
    ended = _until(
        lambda: _json(client.get(f"{base}/v1/{made['name']}")),
        lambda seen: seen["state"].endswith(("SUCCEEDED", "FAILED", "CANCELLED")),
    )
    return ended["tunedModel"]["endpoint"]


def _until(look: Callable[[], dict[str, Any]], done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(2000):
        if done(seen := look()):
            return seen
        time.sleep(0.01)
    raise AssertionError("the job never came to an end")


def _json(response: httpx2.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    return response.json()


def _lines(rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
