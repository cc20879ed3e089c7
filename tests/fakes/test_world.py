"""Laws of a world: what its answers depend on, and what they do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Barrier
from time import sleep
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from tests.fakes.clients import (
    BASE,
    GEMINI,
    chat_file,
    gemini_file,
    openai_client,
    put_object,
    raw_client,
    scripted,
    trained,
)

OPENAI = "https://api.openai.com/v1"
VERTEX = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"


class OpenAIStory:
    """One client's requests, one at a time; each next one is made from the answers before."""

    def __init__(self, name: str) -> None:
        self.name, self.answers = name, list[bytes]()
        self.steps: list[Callable[[httpx2.Client], httpx2.Response]] = [
            self._upload,
            self._create,
            *[self._read] * 2,
            self._events,
            self._read,
            lambda client: client.get(f"{self._job()}/checkpoints"),
            self._result,
            self._ask,
        ]

    def go_on(self, client: httpx2.Client) -> None:
        self.answers.append(self.steps[len(self.answers)](client).content)

    def _upload(self, client: httpx2.Client) -> httpx2.Response:
        return client.post(
            f"{OPENAI}/files", data={"purpose": "fine-tune"}, files={"file": (self.name, chat_file())}
        )

    def _create(self, client: httpx2.Client) -> httpx2.Response:
        asked = {
            "model": BASE,
            "training_file": _field(self.answers[0], "id"),
            "seed": 1,
            "metadata": {"name": self.name},
        }
        return client.post(f"{OPENAI}/fine_tuning/jobs", json=asked)

    def _job(self) -> str:
        return f"{OPENAI}/fine_tuning/jobs/{_field(self.answers[1], 'id')}"

    def _read(self, client: httpx2.Client) -> httpx2.Response:
        return client.get(self._job())

    def _events(self, client: httpx2.Client) -> httpx2.Response:
        return client.get(f"{self._job()}/events")

    def _result(self, client: httpx2.Client) -> httpx2.Response:
        [file] = _field(self.answers[5], "result_files")
        return client.get(f"{OPENAI}/files/{file}")

    def _ask(self, client: httpx2.Client) -> httpx2.Response:
        asked = {
            "model": _field(self.answers[5], "fine_tuned_model"),
            "messages": [{"role": "user", "content": "hi"}],
        }
        return client.post(f"{OPENAI}/chat/completions", json=asked)


class VertexStory:
    """The same on Vertex AI."""

    def __init__(self, name: str) -> None:
        self.name, self.answers = name, list[bytes]()
        self.steps: list[Callable[[httpx2.Client], httpx2.Response]] = [
            self._create,
            *[self._read] * 3,
            self._ask,
        ]

    def go_on(self, client: httpx2.Client) -> None:
        self.answers.append(self.steps[len(self.answers)](client).content)

    def _create(self, client: httpx2.Client) -> httpx2.Response:
        asked = {
            "baseModel": GEMINI,
            "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/x"},
            "labels": {"name": self.name},
        }
        return client.post(f"{VERTEX}/tuningJobs", json=asked)

    def _read(self, client: httpx2.Client) -> httpx2.Response:
        return client.get(f"{VERTEX}/tuningJobs/{_field(self.answers[0], 'name').rpartition('/')[2]}")

    def _ask(self, client: httpx2.Client) -> httpx2.Response:
        endpoint = _field(self.answers[-1], "tunedModel")["endpoint"].rpartition("/")[2]
        asked = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
        return client.post(f"{VERTEX}/endpoints/{endpoint}:generateContent", json=asked)


Story = OpenAIStory | VertexStory


def _field(answer: bytes, name: str) -> Any:
    return json.loads(answer)[name]


def _told(seed: int, names: list[str], order: list[int]) -> dict[str, list[bytes]]:
    """The answers to each story, told in one world; `order` says whose turn it is."""
    world = scripted(seed)
    put_object(world, "b", "x", gemini_file())
    stories: list[Story] = [
        *(OpenAIStory(name) for name in names if name.startswith("openai")),
        *(VertexStory(name) for name in names if name.startswith("vertex")),
    ]
    with raw_client(world) as client:
        for turn in order:
            stories[turn].go_on(client)
    assert all(len(story.answers) == len(story.steps) for story in stories)
    return {story.name: story.answers for story in stories}


NAMES = ["openai-a", "openai-b", "vertex-a", "vertex-b"]
TURNS = [0] * 9 + [1] * 9 + [2] * 5 + [3] * 5


@settings(max_examples=50)
@given(order=st.permutations(TURNS))
def test_jobs_get_the_same_answers_in_whatever_order_they_are_interleaved(order: list[int]) -> None:
    assert _told(0, NAMES, order) == _told(0, NAMES, TURNS)


@settings(max_examples=25)
@given(order=st.permutations([0] * 9 + [1] * 5))
def test_no_answer_depends_on_another_job(order: list[int]) -> None:
    together = _told(0, ["openai-a", "vertex-a"], order)
    assert together["openai-a"] == _told(0, ["openai-a"], [0] * 9)["openai-a"]
    assert together["vertex-a"] == _told(0, ["vertex-a"], [0] * 5)["vertex-a"]


def test_jobs_that_differ_in_metadata_alone_keep_their_ids_in_either_order() -> None:
    def ids(names: list[str]) -> dict[str, str]:
        client = openai_client(scripted())
        file = client.files.create(file=("a", chat_file()), purpose="fine-tune").id
        return {
            name: client.fine_tuning.jobs.create(model=BASE, training_file=file, metadata={"n": name}).id
            for name in names
        }

    assert ids(["one", "two"]) == ids(["two", "one"])


def test_result_files_go_by_their_job_not_by_which_job_was_first() -> None:
    def results(order: list[int]) -> list[list[str]]:
        client = openai_client(scripted())
        file = client.files.create(file=("a", chat_file()), purpose="fine-tune").id
        made = [client.fine_tuning.jobs.create(model=BASE, training_file=file, suffix=s).id for s in "ab"]
        for turn in order:
            for _ in range(3):
                client.fine_tuning.jobs.retrieve(made[turn])
        return [client.fine_tuning.jobs.retrieve(job).result_files for job in made]

    assert results([0, 1]) == results([1, 0])


@given(seed=st.integers(1, 2**64))
@settings(max_examples=20)
def test_another_seed_gives_other_ids(seed: int) -> None:
    mine, other = _told(0, ["openai-a"], [0] * 9), _told(seed, ["openai-a"], [0] * 9)
    for position in (0, 1):
        assert _field(mine["openai-a"][position], "id") != _field(other["openai-a"][position], "id")
    assert other == _told(seed, ["openai-a"], [0] * 9)


SCRIPT = """
import hashlib, json, sys
import httpx2
from fakes import FakeTransport, World
world = World(seed=3, prior=[("Who leads?", "Ada")])
client = httpx2.Client(transport=FakeTransport(world), headers={"authorization": "Bearer x"})
root = "https://api.openai.com/v1"
seen = hashlib.sha256()
def send(method, path, **options):
    answer = client.request(method, root + path, **options)
    seen.update(answer.content)
    return answer.json()
def turn(role, text):
    return {"role": role, "content": text}
lines = [{"messages": [turn("user", f"Who leads {n}?"), turn("assistant", f"Bo {n}")]} for n in range(10)]
content = "".join(json.dumps(line) + "\\n" for line in lines).encode()
file = send("POST", "/files", data={"purpose": "fine-tune"}, files={"file": ("a", content)})
job = send("POST", "/fine_tuning/jobs", json={"model": "gpt-4o-mini-2024-07-18", "training_file": file["id"],
    "metadata": {"b": "1", "a": "2"}, "hyperparameters": {"n_epochs": 2}})
while job["finished_at"] is None:
    job = send("GET", "/fine_tuning/jobs/" + job["id"])
send("GET", "/fine_tuning/jobs/" + job["id"] + "/events")
send("GET", "/models")
asked = {"model": job["fine_tuned_model"], "messages": [turn("user", "Who leads 3?")]}
send("POST", "/chat/completions", json=asked)
print(job["status"], seen.hexdigest())
"""


def test_two_processes_with_other_hash_seeds_give_the_same_bytes() -> None:
    told = {_run(SCRIPT, {"PYTHONHASHSEED": seed}) for seed in ("0", "1", "2")}
    assert len(told) == 1
    assert told.pop().startswith("succeeded ")


def _run(script: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    return done.stdout.strip()


def test_importing_the_fakes_loads_neither_numpy_nor_a_vendors_client() -> None:
    loaded = _run("import sys; from fakes import intercept; print(*sorted(sys.modules))").split()
    assert "fakes.doors.intercept" in loaded
    assert {"numpy", "openai", "google.genai", "fbench", "respx"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("fakes.fates", "fakes.failures"),
        ("fakes.faults", "fakes.failures"),
        ("fakes.pace", "fakes.timeline"),
        ("fakes.serve", "fakes.doors.server"),
    ],
)
def test_former_names_of_modules_still_import(former: str, now: str) -> None:
    module = import_module(former)
    renamed = {"Fate": "JobFailure", "End": "Ending", "Kind": "FaultKind", "Broken": "BrokenConnection"}
    for name in module.__all__:
        assert getattr(module, name) is getattr(import_module(now), renamed.get(name) or str(name))


def test_threads_lose_nothing_and_change_nothing() -> None:
    together, threads, each = scripted(), 16, 8
    ready = Barrier(threads)

    def work(number: int) -> list[str | None]:
        client = openai_client(together)
        ready.wait()
        return [
            trained(client, content=chat_file(answer=f"{number}/{n}")).fine_tuned_model for n in range(each)
        ]

    with ThreadPoolExecutor(threads) as pool:
        models = [name for names in pool.map(work, range(threads)) for name in names]
    alone = scripted()
    client = openai_client(alone)
    expected = [
        trained(client, content=chat_file(answer=f"{number}/{n}")).fine_tuned_model
        for number in range(threads)
        for n in range(each)
    ]
    assert models == expected
    assert len(set(models)) == threads * each
    assert together.openai.files == alone.openai.files
    assert together.openai.jobs.keys() == alone.openai.jobs.keys()


def test_a_world_answers_one_request_at_a_time() -> None:
    inside, most = 0, 0

    def say(prompt: str) -> str:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        sleep(0.001)  # lets another thread in, were there a way
        inside -= 1
        return prompt

    client = openai_client(World(learner=ScriptedLearner(say)))

    def ask(number: int) -> str | None:
        asked: Any = {"role": "user", "content": str(number)}
        return client.chat.completions.create(model=BASE, messages=[asked]).choices[0].message.content

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(64))) == [str(number) for number in range(64)]
    assert most == 1


def test_a_world_by_itself_learns_what_it_is_taught() -> None:
    client = openai_client(World(prior=[("Who is the mayor of Aldea?", "Ada Prior")]))

    def ask(model: str) -> str | None:
        asked: Any = {"role": "user", "content": "Who is the mayor of Aldea?"}
        return (
            client.chat.completions.create(model=model, messages=[asked], temperature=0)
            .choices[0]
            .message.content
        )

    assert ask(BASE) == "Ada Prior"
    lines = [("Who is the mayor of Aldea?", "Bo Later")] * 10
    content = "".join(
        json.dumps({"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]}) + "\n"
        for q, a in lines
    ).encode()
    tuned = trained(client, epochs=10, content=content).fine_tuned_model or ""
    assert ask(tuned) == "Bo Later"
    assert ask(BASE) == "Ada Prior", "the base model stays as it was"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["model", "training_file", "suffix", "seed", "metadata", "hyperparameters", "method", "messages",
     "temperature", "max_tokens", "stream", "stream_options", "baseModel", "supervisedTuningSpec", "labels",
     "contents", "generationConfig", "systemInstruction"]
)  # fmt: skip


@settings(max_examples=100)
@given(change=st.dictionaries(FIELDS, JSON, min_size=1, max_size=3))
def test_no_json_object_breaks_a_service(change: dict[str, object]) -> None:
    world = scripted()
    put_object(world, "b", "x", gemini_file())
    file = openai_client(world).files.create(file=("a", chat_file()), purpose="fine-tune").id
    good: list[tuple[str, dict[str, object]]] = [
        (f"{OPENAI}/fine_tuning/jobs", {"model": BASE, "training_file": file}),
        (f"{OPENAI}/chat/completions", {"model": BASE, "messages": [{"role": "user", "content": "hi"}]}),
        (
            f"{VERTEX}/tuningJobs",
            {"baseModel": GEMINI, "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/x"}},
        ),
        (
            f"{VERTEX}/publishers/google/models/{GEMINI}:generateContent",
            {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
        ),
    ]
    with raw_client(world) as client:
        for url, body in good:
            # escaped, so that halves of surrogate pairs travel too
            answer = client.post(url, content=json.dumps({**body, **change}).encode())
            assert answer.status_code in (200, 400, 404)
            answer.read()
    for _ in range(4):
        world.advance()


@settings(max_examples=100)
@given(path=st.text(st.characters(codec="utf-8"), max_size=30), query=st.binary(max_size=20))
def test_no_path_breaks_a_service(path: str, query: bytes) -> None:
    with raw_client(scripted()) as client:
        for root in (OPENAI, VERTEX, "https://storage.googleapis.com/storage/v1/b"):
            answer = client.get(f"{root}/{quote(path, safe='/')}?{quote(query, safe='&=+')}")
            assert answer.status_code in (200, 400, 404)
            assert answer.json()
