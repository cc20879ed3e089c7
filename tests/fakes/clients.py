"""The vendors' own clients on a fake world, and what their tests send again and again."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable

import httpx2
import openai
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from openai.types.fine_tuning import FineTuningJob

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner

BASE = "gpt-4o-mini-2024-07-18"
GEMINI = "gemini-2.5-flash"
KEY = {"authorization": "Bearer sk-fake"}


def scripted(seed: int = 0) -> World:
    """A world whose models repeat the question in capitals: training takes no time, and shows nowhere."""
    return World(seed=seed, learner=ScriptedLearner(str.upper))


def raw_client(world: World) -> httpx2.Client:
    return httpx2.Client(transport=FakeTransport(world), headers=KEY)


def openai_client(world: World) -> openai.OpenAI:
    transport = FakeTransport(world)
    http = openai.DefaultHttpxClient(transport=transport)
    return openai.OpenAI(api_key="sk-fake", http_client=http, max_retries=0)


def async_openai_client(world: World) -> openai.AsyncOpenAI:
    http = openai.DefaultAsyncHttpxClient(transport=FakeTransport(world))
    return openai.AsyncOpenAI(api_key="sk-fake", http_client=http, max_retries=0)


def developer_client(world: World) -> genai.Client:
    """A client of the Developer API, for both `client` and `client.aio`."""
    return genai.Client(vertexai=False, api_key="AIza-fake", http_options=_options(world))


def gemini_client(world: World) -> genai.Client:
    """A client of Vertex AI, for both `client` and `client.aio`."""
    credentials = Credentials("fake")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
    return genai.Client(
        vertexai=True,
        project="p",
        location="us-central1",
        credentials=credentials,
        http_options=_options(world),
    )


def _options(world: World) -> types.HttpOptions:
    transport = FakeTransport(world)
    return types.HttpOptions(
        httpx_client=httpx2.Client(transport=transport),
        httpx_async_client=httpx2.AsyncClient(transport=transport),
    )


def chat_line(prompt: str, answer: str) -> dict[str, object]:
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    return {"messages": messages}


def jsonl(lines: Iterable[object]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def chat_file(count: int = 10, answer: str = "yes") -> bytes:
    return jsonl(chat_line(f"question {number}", answer) for number in range(count))


def gemini_file(count: int = 3) -> bytes:
    return jsonl(
        {
            "contents": [
                {"role": "user", "parts": [{"text": f"question {number}"}]},
                {"role": "model", "parts": [{"text": "yes"}]},
            ]
        }
        for number in range(count)
    )


def upload(client: openai.OpenAI, content: bytes | None = None) -> str:
    """The id of an uploaded training file; a good one where no content is given."""
    content = chat_file() if content is None else content
    return client.files.create(file=("train.jsonl", content), purpose="fine-tune").id


def finish(client: openai.OpenAI, job_id: str) -> FineTuningJob:
    """The job, polled until it has ended."""
    while (job := client.fine_tuning.jobs.retrieve(job_id)).finished_at is None:
        pass
    return job


def trained(client: openai.OpenAI, epochs: int = 1, content: bytes | None = None) -> FineTuningJob:
    """A finished job on a new training file."""
    made = client.fine_tuning.jobs.create(
        model=BASE, training_file=upload(client, content), hyperparameters={"n_epochs": epochs}
    )
    return finish(client, made.id)


def put_object(world: World, bucket: str, name: str, content: bytes) -> httpx2.Response:
    with raw_client(world) as client:
        return client.post(
            f"https://storage.googleapis.com/upload/storage/v1/b/{bucket}/o",
            params={"uploadType": "media", "name": name},
            content=content,
        )


def tune(
    client: genai.Client, uri: str, *, model: str = GEMINI, config: types.CreateTuningJobConfig | None = None
) -> types.TuningJob:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK calls tuning experimental on every call
        return client.tunings.tune(
            base_model=model, training_dataset=types.TuningDataset(gcs_uri=uri), config=config
        )


def finish_tuning(client: genai.Client, job: types.TuningJob) -> types.TuningJob:
    """The job, polled until it has ended."""
    while not job.has_ended:
        job = client.tunings.get(name=job.name or "")
    return job
