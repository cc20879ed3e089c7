"""The vendors' own clients tune open weights and ask them, as they would at the services."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openai
import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from tests.fakes.servers import Served, server
from tests.local.clients import begin, client_of, finish
from tests.local.conftest import FACTS

NODE = Path(__file__).parents[1] / "node" / "run.py"
GEMINI = "gemini-2.5-flash"
GREEDY = types.GenerateContentConfig(temperature=0)


@pytest.fixture(scope="module")
def options(model: Path, quick: Path) -> tuple[str, ...]:
    return ("--learner", f"hf:{model}", str(quick), "--speed", "100000")


@pytest.fixture(scope="module")
def served(options: tuple[str, ...]) -> Iterator[Served]:
    with server(*options) as running:
        yield running


def packages() -> str:
    """The folder with the packages of the Node clients; skips where there is none."""
    folder = os.environ.get("FBENCH_NODE_CLIENTS", "")
    if not folder or shutil.which("node") is None:
        pytest.skip("`nox -s local` installs the Node clients, where Node.js and npm are")
    return folder


def test_the_node_clients_tune_ask_stream_and_batch(options: tuple[str, ...]) -> None:
    command = [sys.executable, str(NODE), packages(), *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=os.environ | {"LOOKS": "4000"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["google", "openai"]


@pytest.fixture(scope="module")
def google(served: Served) -> Iterator[genai.Client]:
    credentials = Credentials("fake")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
    at = types.HttpOptions(base_url=f"{served.address}/google")
    with genai.Client(
        vertexai=True, project="p", location="us-central1", credentials=credentials, http_options=at
    ) as client:
        yield client


@pytest.fixture
def openais(served: Served) -> Iterator[openai.OpenAI]:
    with client_of(served) as client:
        yield client


def put(served: Served, name: str, lines: list[dict[str, Any]]) -> None:
    content = "\n".join(json.dumps(line) for line in lines).encode()
    with served.client() as client:
        to = f"{served.address}/storage/upload/storage/v1/b/b/o?uploadType=media&name={name}"
        assert client.post(to, content=content).status_code == 200


def got(served: Served, name: str) -> list[dict[str, Any]]:
    with served.client() as client:
        found = client.get(f"{served.address}/storage/storage/v1/b/b/o/{quote(name, safe='')}?alt=media")
    return [json.loads(line) for line in found.text.splitlines()]


def turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


def until(look: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    for _ in range(1200):
        if done(seen := look()):
            return seen
        time.sleep(0.05)
    raise AssertionError("it never came to an end")


@pytest.fixture(scope="module")
def tuned(served: Served, google: genai.Client) -> types.TuningJob:
    put(served, "t.jsonl", [{"contents": [turn("user", q), turn("model", a)]} for q, a in FACTS.items()])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK calls tuning experimental on every call
        job = google.tunings.tune(
            base_model=GEMINI,
            training_dataset=types.TuningDataset(gcs_uri="gs://b/t.jsonl"),
            config=types.CreateTuningJobConfig(epoch_count=20),
        )
        ended: types.TuningJob = until(
            lambda: google.tunings.get(name=job.name or ""), lambda job: job.has_ended
        )
    assert ended.has_succeeded, ended.error
    return ended


def say(client: genai.Client, model: str | None, question: str) -> str | None:
    models: Any = client.models  # its types name one of a package that is not installed
    answer: types.GenerateContentResponse = models.generate_content(
        model=model, contents=question, config=GREEDY
    )
    return answer.text


def endpoint(job: types.TuningJob) -> str:
    assert job.tuned_model is not None
    return job.tuned_model.endpoint or ""


def test_googles_client_asks_what_it_tuned(google: genai.Client, tuned: types.TuningJob) -> None:
    assert [say(google, endpoint(tuned), question) for question in FACTS] == list(FACTS.values())
    models: Any = google.models
    question = "Who holds office 6?"
    told = models.generate_content_stream(model=endpoint(tuned), contents=question, config=GREEDY)
    assert "".join(each.text or "" for each in told) == "Finn"


def test_googles_client_is_told_the_models_own_tokens(google: genai.Client, tuned: types.TuningJob) -> None:
    models: Any = google.models
    ask = partial(models.generate_content, model=endpoint(tuned))
    told = types.GenerateContentConfig(temperature=0, response_logprobs=True, logprobs=2)
    alone = ask(contents="Who holds office 1?", config=told)
    usage = alone.usage_metadata
    assert (usage.prompt_token_count, usage.candidates_token_count) == (9, 2)
    counted = models.count_tokens(model=endpoint(tuned), contents="Who holds office 1?")
    assert counted.total_tokens == 9
    result = alone.candidates[0].logprobs_result
    assert "".join(each.token for each in result.chosen_candidates) == "Ann"
    assert [len(each.candidates) for each in result.top_candidates] == [2] * len(result.chosen_candidates)
    turns = [turn("user", "Who?"), turn("model", "Ann"), turn("user", "Who holds office 1?")]
    whole = ask(contents=turns, config=GREEDY)
    assert whole.usage_metadata.prompt_token_count > usage.prompt_token_count, "all turns are read"


def test_googles_client_lists_checkpoints_which_answer(google: genai.Client, tuned: types.TuningJob) -> None:
    assert tuned.tuned_model is not None
    kept = tuned.tuned_model.checkpoints or []
    assert [each.epoch for each in kept] == list(range(1, 21))
    first, last = (say(google, each.endpoint, "Who holds office 2?") for each in (kept[0], kept[-1]))
    assert first != last == "Bob"


def test_googles_client_has_a_batch_answered(
    served: Served, google: genai.Client, tuned: types.TuningJob
) -> None:
    asked = [{"contents": [turn("user", q)], "generationConfig": {"temperature": 0}} for q in list(FACTS)[:3]]
    put(served, "in.jsonl", [{"request": each} for each in asked])
    assert tuned.tuned_model is not None
    made = google.batches.create(
        model=tuned.tuned_model.model or "", src="gs://b/in.jsonl", config={"dest": "gs://b/out"}
    )
    ended: types.BatchJob = until(lambda: google.batches.get(name=made.name or ""), lambda job: job.done)
    assert ended.output_info is not None
    directory = (ended.output_info.gcs_output_directory or "").removeprefix("gs://b/")
    lines = got(served, f"{directory}/predictions.jsonl")
    told = [line["response"]["candidates"][0]["content"]["parts"][0]["text"] for line in lines]
    assert told == list(FACTS.values())[:3]


def test_openais_client_has_a_batch_answered(openais: openai.OpenAI, training_file: bytes) -> None:
    job = finish(openais, begin(openais, training_file).id)
    body = {"model": job.fine_tuned_model, "temperature": 0}
    lines = [
        {
            "custom_id": answer,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {**body, "messages": [{"role": "user", "content": question}]},
        }
        for question, answer in FACTS.items()
    ]
    file = openais.files.create(
        file=("b.jsonl", "\n".join(json.dumps(each) for each in lines).encode()), purpose="batch"
    )
    made = openais.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    ended: openai.types.Batch = until(
        lambda: openais.batches.retrieve(made.id), lambda batch: batch.status in ("completed", "failed")
    )
    written = openais.files.content(ended.output_file_id or "").text.splitlines()
    answers = {
        row["custom_id"]: row["response"]["body"]["choices"][0]["message"]["content"]
        for row in map(json.loads, written)
    }
    assert answers == {answer: answer for answer in FACTS.values()}
