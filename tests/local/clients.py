"""What tests ask of a server through the client of OpenAI."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

import openai
from openai.types.chat import ChatCompletionMessageParam
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

from tests.fakes.servers import Served

BASE = "gpt-4o-mini-2024-07-18"
ENDED = ("succeeded", "failed", "cancelled")


def client_of(served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=served.openai, api_key="sk-fake", max_retries=0, timeout=60)


def begin(
    client: openai.OpenAI,
    content: bytes,
    *,
    validation: bytes | None = None,
    epochs: int = 20,
    batch_size: int = 5,
) -> FineTuningJob:
    def file(sent: bytes) -> str:
        return client.files.create(file=("file.jsonl", sent), purpose="fine-tune").id

    return client.fine_tuning.jobs.create(
        model=BASE,
        training_file=file(content),
        validation_file=None if validation is None else file(validation),
        seed=1,
        hyperparameters={"n_epochs": epochs, "batch_size": batch_size},
    )


def until(client: openai.OpenAI, job_id: str, holds: Callable[[FineTuningJob], bool]) -> FineTuningJob:
    for _ in range(1200):
        job = client.fine_tuning.jobs.retrieve(job_id)
        if holds(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"{job_id} goes no further")


def finish(client: openai.OpenAI, job_id: str) -> FineTuningJob:
    return until(client, job_id, lambda job: job.status in ENDED)


def events_of(client: openai.OpenAI, job_id: str) -> list[FineTuningJobEvent]:
    return client.fine_tuning.jobs.list_events(job_id, limit=1000).data[::-1]


def steps_told(client: openai.OpenAI, job_id: str) -> list[int]:
    data = [
        cast("dict[str, int]", event.data) for event in events_of(client, job_id) if event.type == "metrics"
    ]
    return [each["step"] for each in data]


def asked(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


def say(client: openai.OpenAI, model: str | None, question: str) -> str:
    assert model
    done = client.chat.completions.create(model=model, messages=asked(question), temperature=0)
    return str(done.choices[0].message.content)
