"""Services that list late, keep no metadata, or lose answers; and what the control endpoint counts."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from fakes import FakeTransport, World
from fakes.behaviours import ServiceBehaviour
from fakes.failures import Fault, FaultKind
from fakes.learners.scripted import ScriptedLearner
from fakes.limits import Limits
from fakes.timeline import ByClock
from tests.fakes.servers import server

GPT = "gpt-4o-mini-2024-07-18"
LINES = [
    {"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": f"a{n}"}]}
    for n in range(10)
]
TRAINING = "\n".join(map(json.dumps, LINES)).encode()
VERTEX = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"


def made(**more: Any) -> World:
    return World(learner=ScriptedLearner({"q": "an answer"}), **more)


def client_of(world: World) -> OpenAI:
    return OpenAI(
        api_key="k", max_retries=0, http_client=httpx2.Client(transport=FakeTransport(world), timeout=5)
    )


def google_of(world: World) -> httpx2.Client:
    return httpx2.Client(transport=FakeTransport(world), headers={"authorization": "Bearer k"})


class TestLateLists:
    def test_a_new_job_and_its_file_are_read_at_once_and_listed_after_so_many_calls(self) -> None:
        with client_of(made(services={"openai": {"lists_late": 2}})) as client:
            file = client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
            job = client.fine_tuning.jobs.create(model=GPT, training_file=file.id)
            assert client.fine_tuning.jobs.retrieve(job.id).id == job.id
            assert [len(list(client.fine_tuning.jobs.list())) for _ in range(4)] == [0, 0, 1, 1]
            assert [len(list(client.files.list())) for _ in range(4)] == [0, 0, 1, 1]

    def test_a_second_job_is_late_again_while_the_first_is_listed(self) -> None:
        with client_of(made(services={"openai": ServiceBehaviour(lists_late=1)})) as client:
            file = client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
            first = client.fine_tuning.jobs.create(model=GPT, training_file=file.id)
            list(client.fine_tuning.jobs.list())
            assert [job.id for job in client.fine_tuning.jobs.list()] == [first.id]
            client.fine_tuning.jobs.create(model=GPT, training_file=file.id)
            assert [job.id for job in client.fine_tuning.jobs.list()] == [first.id]
            assert len(list(client.fine_tuning.jobs.list())) == 2

    def test_pages_of_one_list_are_one_call(self) -> None:
        with client_of(made(services={"openai": {"lists_late": 2}})) as client:
            file = client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
            for seed in range(3):
                client.fine_tuning.jobs.create(model=GPT, training_file=file.id, seed=seed)
            for _ in range(2):
                list(client.fine_tuning.jobs.list(limit=1))
            assert len(list(client.fine_tuning.jobs.list(limit=1))) == 3
            client.fine_tuning.jobs.create(model=GPT, training_file=file.id, seed=9)
            assert [len(list(client.fine_tuning.jobs.list(limit=1))) for _ in range(3)] == [3, 3, 4]

    def test_batches_are_late_too(self) -> None:
        with client_of(made(services={"openai": {"lists_late": 1}})) as client:
            file = client.files.create(file=("b.jsonl", b"{}"), purpose="batch")
            client.batches.create(
                input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
            )
            assert [len(list(client.batches.list())) for _ in range(2)] == [0, 1]

    def test_lists_of_vertex(self) -> None:
        world = made(services={"vertex": {"lists_late": 2}})
        with google_of(world) as client:
            spec = {"trainingDatasetUri": "gs://b/t.jsonl"}
            body = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}
            job = client.post(f"{VERTEX}/tuningJobs", json=body).json()
            assert client.get(f"{VERTEX.partition('/projects')[0]}/{job['name']}").status_code == 200
            found = [client.get(f"{VERTEX}/tuningJobs").json() for _ in range(4)]
        assert [len(each.get("tuningJobs", [])) for each in found] == [0, 0, 1, 1]

    def test_seconds_of_the_clock(self) -> None:
        now = [0.0]
        world = made(pace=ByClock(10, lambda: now[0]), services={"openai": {"lists_late_seconds": 30}})
        with client_of(world) as client:
            client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
            assert list(client.files.list()) == []
            now[0] = 2.9
            assert list(client.files.list()) == []
            now[0] = 3.0
            assert len(list(client.files.list())) == 1

    def test_seconds_need_a_clock(self) -> None:
        with pytest.raises(ValueError, match=r"openai: lists_late_seconds needs a pace with a clock"):
            made(services={"openai": {"lists_late_seconds": 30}})


class TestMetadata:
    def test_it_is_taken_and_forgotten_and_filters_nothing(self) -> None:
        with client_of(made(services={"openai": {"lacks_metadata": True}})) as client:
            file = client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
            job = client.fine_tuning.jobs.create(model=GPT, training_file=file.id, metadata={"a": "b"})
            for told in (job, client.fine_tuning.jobs.retrieve(job.id)):
                assert "metadata" not in told.model_fields_set
            assert [each.id for each in client.fine_tuning.jobs.list(metadata={"a": "other"})] == [job.id]


class TestLostAnswers:
    def test_the_work_is_done_and_billed_and_made_again_it_is_answered(self) -> None:
        world = made(services={"openai": {"loses": 1.0}})
        with client_of(world) as client:
            with pytest.raises(openai.APIConnectionError):
                client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
            client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
            with pytest.raises(openai.APIConnectionError):
                client.chat.completions.create(model=GPT, messages=[{"role": "user", "content": "q"}])
            client.chat.completions.create(model=GPT, messages=[{"role": "user", "content": "q"}])
        assert len(world.openai.files) == 2
        assert world.tally.shown()["openai"][GPT]["chat/completions"]["answers"] == 2

    def test_a_share_is_drawn_by_what_is_sent_and_not_by_order(self) -> None:
        def lost(numbers: list[int], seed: int = 0) -> set[int]:
            found: set[int] = set()
            with client_of(made(seed=seed, services={"openai": {"loses": 0.3}})) as client:
                for number in numbers:
                    try:
                        message = {"role": "user", "content": f"q{number}"}
                        client.chat.completions.create(model=GPT, messages=[message])  # pyright: ignore[reportArgumentType] - a plain message
                    except openai.APIConnectionError:
                        found.add(number)
            return found

        numbers = list(range(80))
        assert lost(numbers) == lost(numbers[::-1]) != lost(numbers, seed=1)
        assert 10 < len(lost(numbers)) < 40

    def test_what_is_read_is_never_lost(self) -> None:
        with client_of(made(services={"openai": {"loses": 1.0}})) as client:
            assert list(client.files.list()) == []


def test_a_journal_is_gone_on_with_where_an_answer_was_lost(tmp_path: Any) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"services": {"openai": {"loses": 1.0}}}))
    options = ("--behaviour", str(path), "--state", str(tmp_path / "state"))
    form: dict[str, Any] = {
        "data": {"purpose": "fine-tune"},
        "files": {"file": ("t.jsonl", TRAINING)},
    }
    with server(*options) as served, served.client() as client:
        with pytest.raises(httpx2.TransportError):
            client.post(f"{served.openai}/files", **form)
        client.post(f"{served.openai}/files", **form).raise_for_status()
        listed = client.get(f"{served.openai}/files").json()["data"]
    with server(*options) as served, served.client() as client:
        assert client.get(f"{served.openai}/files").json()["data"] == listed
    assert len(listed) == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"aws": {}},
            "there is no service 'aws'; it is one of openai, vertex, nebius, azure, gemini",
        ),
        ({"openai": {"late": 1}}, "behaviour of openai: there is no field 'late'; the fields are lists_late"),
        ({"openai": {"lists_late": -1}}, "behaviour of openai: lists_late must be 0 or more calls, got -1"),
        ({"openai": {"lists_late": 1.5}}, "lists_late must be 0 or more calls, got 1.5"),
        ({"openai": {"loses": 2}}, "loses must be between 0 and 1, got 2"),
        ({"openai": {"lacks_metadata": 1}}, "lacks_metadata must be true or false, got 1"),
        ({"openai": 3}, "behaviour of openai: must be an object with the fields"),
        (
            {"gemini": {"lists_late": 1}},
            "lists_late is of openai, vertex, nebius, azure alone",
        ),
        ({"vertex": {"lacks_metadata": True}}, "behaviour of vertex: lacks_metadata is of openai alone"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        made(services=given)


class TestCounts:
    def test_requests_that_a_limit_or_a_fault_refused_are_counted(self) -> None:
        options = ("--rpm", "1")
        body = {"model": GPT, "messages": [{"role": "user", "content": "q"}]}
        with server(*options) as served, served.client() as client:
            url, control = f"{served.openai}/chat/completions", f"{served.address}/_fbench"
            assert [client.post(url, json=body).status_code for _ in range(3)] == [200, 429, 429]
            faults = [{"kind": "status", "status": 503, "calls": [1]}, {"kind": "reset", "calls": [2]}]
            client.post(f"{control}/faults", json=faults).raise_for_status()
            assert client.post(url, json=body).status_code == 503
            with pytest.raises(httpx2.TransportError):
                client.post(url, json=body)
            state = client.get(control).json()
        assert state["requests"]["openai"] == {
            "POST /chat/completions 200": 1,
            "POST /chat/completions 429": 2,
            "POST /chat/completions 503": 1,
            "POST /chat/completions reset": 1,
        }
        assert state["tokens"]["openai"][GPT]["chat/completions"]["answers"] == 1

    def test_tokens_of_answers_by_service_model_and_kind_of_call(self) -> None:
        world = made()
        asked = {"model": GPT, "messages": [{"role": "user", "content": "q"}]}
        contents = {"contents": [{"role": "user", "parts": [{"text": "q"}]}]}
        gemini = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash"
        vertex = f"{VERTEX}/publishers/google/models/gemini-2.5-flash"
        with google_of(world) as client:
            client.headers["x-goog-api-key"] = "k"
            for url, body in (
                ("https://api.openai.com/v1/chat/completions", asked),
                ("https://api.openai.com/v1/chat/completions", {**asked, "stream": True}),
                ("https://api.openai.com/v1/responses", {"model": "gpt-5", "input": "q"}),
                (f"{gemini}:generateContent", contents),
                (f"{vertex}:generateContent", contents),
                (f"{vertex}:streamGenerateContent", contents),
            ):
                assert client.post(url, json=body).status_code == 200
            client.post("https://api.openai.com/v1/chat/completions", json={**asked, "n": 0})
            thought = client.post(f"{gemini}:generateContent", json=contents).json()["usageMetadata"]
        one = {"answers": 1, "input": 1, "output": 3, "thought": thought["thoughtsTokenCount"]}
        assert world.tally.shown() == {
            "openai": {
                GPT: {"chat/completions": {"answers": 2, "input": 2, "output": 6, "thought": 0}},
                "gpt-5-2025-08-07": {"responses": {"answers": 1, "input": 1, "output": 3, "thought": 128}},
            },
            "gemini": {
                "gemini-2.5-flash": {
                    "generateContent": {name: 2 * value for name, value in one.items()},
                }
            },
            "vertex": {"gemini-2.5-flash": {"generateContent": one, "streamGenerateContent": one}},
        }

    def test_an_answer_that_is_lost_is_billed_and_one_that_is_refused_is_not(self) -> None:
        world = made(faults=[Fault(FaultKind.LOST).at(1), Fault(status=500).at(2)], limits=Limits(1))
        with client_of(world) as client:
            for _ in range(3):
                with pytest.raises(openai.APIError):
                    client.chat.completions.create(model=GPT, messages=[{"role": "user", "content": "q"}])
        assert world.tally.shown()["openai"][GPT]["chat/completions"]["answers"] == 1
