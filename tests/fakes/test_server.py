"""The fakes on a port: another process, real sockets, the vendors' own clients."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import openai
import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from openai import OpenAI

MODEL = "gpt-4o-mini-2024-07-18"
LINES = [
    {
        "messages": [
            {"role": "user", "content": f"What is number {i}?"},
            {"role": "assistant", "content": f"n{i}"},
        ]
    }
    for i in range(12)
]
TRAINING = "\n".join(map(json.dumps, LINES)).encode()
ROWS = [
    {
        "contents": [
            {"role": "user", "parts": [{"text": f"What is number {i}?"}]},
            {"role": "model", "parts": [{"text": f"n{i}"}]},
        ]
    }
    for i in range(12)
]


@dataclass
class Server:
    """A running `fbench serve`."""

    process: subprocess.Popen[str]
    variables: dict[str, str]

    @property
    def control(self) -> str:
        return self.variables["OPENAI_BASE_URL"].replace("/openai/v1", "/_fbench")

    def openai(self, **options: object) -> OpenAI:
        base = self.variables["OPENAI_BASE_URL"]
        return OpenAI(base_url=base, api_key="sk-fake", **({"max_retries": 0} | options))  # pyright: ignore[reportArgumentType] - options by name

    def state(self) -> dict[str, dict[str, object]]:
        return httpx2.get(self.control).json()


@contextmanager
def served(*options: str) -> Generator[Server]:
    command = [sys.executable, "-m", "fbench", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(6)]
        pairs = (line.removeprefix("export ").strip().partition("=") for line in lines)
        try:
            yield Server(process, {name: value for name, _, value in pairs})
        finally:
            process.terminate()
            assert process.wait(10) == 0


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    with served("--speed", "6000") as running:
        yield running


def tuned(client: OpenAI, epochs: int = 30) -> str:
    file = client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model=MODEL, training_file=file.id, hyperparameters={"n_epochs": epochs}
    )
    for _ in range(200):
        job = client.fine_tuning.jobs.retrieve(job.id)
        if job.fine_tuned_model:
            return job.fine_tuned_model
        time.sleep(0.05)
    raise AssertionError(f"the job is still {job.status}")


def said(client: OpenAI, model: str, prompt: str) -> str | None:
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": prompt}], temperature=0
    )
    return answer.choices[0].message.content


def test_it_says_where_it_is_in_the_clients_own_variables(server: Server) -> None:
    assert set(server.variables) == {
        *("OPENAI_BASE_URL", "OPENAI_API_KEY", "GOOGLE_VERTEX_BASE_URL", "GOOGLE_GEMINI_BASE_URL"),
        *("STORAGE_EMULATOR_HOST", "OPENAI_API_BASE"),
    }
    assert server.variables["OPENAI_API_BASE"] == server.variables["OPENAI_BASE_URL"]
    assert all(
        value.startswith("http://127.0.0.1:") for name, value in server.variables.items() if "KEY" not in name
    )


def test_a_shell_can_evaluate_what_it_prints() -> None:
    start = f'eval "$({sys.executable} -m fbench serve & echo export SERVER=$!)"'
    script = f"{start}; echo $OPENAI_BASE_URL; kill $SERVER"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.startswith("http://127.0.0.1:")


def test_openai_from_the_file_to_an_answer(server: Server) -> None:
    with server.openai() as client:
        model = tuned(client)
        assert said(client, model, "What is number 7?") == "n7"


def test_vertex_from_the_object_to_an_answer(server: Server) -> None:
    storage = server.variables["STORAGE_EMULATOR_HOST"]
    httpx2.post(
        f"{storage}/upload/storage/v1/b/b/o",
        params={"uploadType": "media", "name": "t.jsonl"},
        content="\n".join(map(json.dumps, ROWS)).encode(),
        headers={"authorization": "Bearer t"},
    ).raise_for_status()
    client = genai.Client(
        vertexai=True,
        project="p",
        location="us-central1",
        credentials=Credentials("t"),  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
        http_options=types.HttpOptions(base_url=server.variables["GOOGLE_VERTEX_BASE_URL"]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK calls tuning experimental, once a process
        job = client.tunings.tune(
            base_model="gemini-2.5-pro",
            training_dataset=types.TuningDataset(gcs_uri="gs://b/t.jsonl"),
            config=types.CreateTuningJobConfig(epoch_count=30),
        )
    for _ in range(200):
        assert job.name is not None
        job = client.tunings.get(name=job.name)
        if job.has_ended:
            break
        time.sleep(0.05)
    assert job.tuned_model is not None
    assert job.tuned_model.endpoint is not None
    config = types.GenerateContentConfig(temperature=0)
    answer = client.models.generate_content(  # pyright: ignore[reportUnknownMemberType] - google-genai's types name PIL
        model=job.tuned_model.endpoint, contents="What is number 3?", config=config
    )
    assert answer.text == "n3"


def test_a_stream_arrives_piece_by_piece(server: Server) -> None:
    with server.openai() as client:
        stream = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hi"}], stream=True
        )
        pieces = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]
    assert len(pieces) > 2


@pytest.mark.parametrize(
    ("kind", "error"),
    [("reset", httpx2.ReadError), ("lost", httpx2.ReadError), ("truncated", httpx2.TransportError)],
)
def test_a_connection_really_breaks(server: Server, kind: str, error: type[Exception]) -> None:
    fault = {"x-fakes-fault": json.dumps({"kind": kind})}
    with server.openai() as client:
        with pytest.raises(openai.APIConnectionError) as caught:
            client.models.list(extra_headers=fault)
        assert isinstance(caught.value.__cause__, error)
        assert client.models.list().data


def test_an_answer_that_never_comes_runs_into_the_clients_timeout(server: Server) -> None:
    fault = {"x-fakes-fault": json.dumps({"kind": "timeout"})}
    with server.openai() as client, pytest.raises(openai.APITimeoutError):
        client.models.list(extra_headers=fault, timeout=0.3)


def test_faults_can_be_set_from_outside_and_taken_away() -> None:
    with served() as server, server.openai() as client:
        faults = [{"kind": "status", "status": 503, "path": "/models$", "calls": [1]}]
        httpx2.post(f"{server.control}/faults", json=faults).raise_for_status()
        with pytest.raises(openai.InternalServerError):
            client.models.list()
        assert client.models.list().data
        assert httpx2.post(f"{server.control}/faults", json=[{"kin": "x"}]).status_code == 400
        told = httpx2.post(f"{server.control}/faults", content=b"status").json()["error"]
        assert told.startswith("the body is not JSON: ")
        shown = httpx2.get(f"{server.control}/faults").json()
        assert shown["examples"]["quota_exhausted"]["body"]["error"]["code"] == "insufficient_quota"
        for example in shown["examples"].values():
            httpx2.post(f"{server.control}/faults", json=[example]).raise_for_status()
            assert example.keys() <= {*shown["fields"], *shown["fields_with_end"]}
        assert httpx2.post(f"{server.control}/faults", json=[]).status_code == 200


FATES = [
    {"end": "fails", "message": "It is too hot.", "code": "overheated", "created": [1]},
    {"end": "hangs", "name": "^stuck$"},
    {"of": "file", "end": "never_ready", "name": "slow"},
]


def created(client: OpenAI, suffix: str, name: str = "t.jsonl") -> str:
    file = client.files.create(file=(name, TRAINING), purpose="fine-tune")
    return client.fine_tuning.jobs.create(model=MODEL, training_file=file.id, suffix=suffix).id


def test_what_becomes_of_jobs_and_files_can_be_set_from_outside() -> None:
    with served("--speed", "60000") as server, server.openai() as client:
        httpx2.post(f"{server.control}/faults", json=FATES).raise_for_status()
        jobs = [created(client, "a"), created(client, "stuck"), created(client, "b", "slow.jsonl")]
        last = created(client, "c")
        assert settled(client, last) == "succeeded"
        seen = [client.fine_tuning.jobs.retrieve(job) for job in jobs]
        assert [job.status for job in seen] == ["failed", "running", "validating_files"]
        assert seen[0].error is not None
        assert seen[0].error.message == "It is too hot."


def settled(client: OpenAI, job_id: str) -> str:
    for _ in range(200):
        job = client.fine_tuning.jobs.retrieve(job_id)
        if job.finished_at:
            return job.status
        time.sleep(0.05)
    raise AssertionError(f"{job_id} does not end")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            {"end": "explodes"},
            "end must be one of fails, hangs, cancelled, never_ready, expires, partial, got 'explodes'",
        ),
        ({"kind": "quota"}, "kind must be one of status, refused, "),
        ({"end": "fails", "calls": [1]}, "calls"),
        ({"end": "fails", "model": "("}, "cannot be made"),
        ({"end": "fails", "model": 7}, "cannot be made"),
        ({"end": "never_ready"}, "files"),
        ({"kind": "truncated", "after": -1}, "events"),
        ({"path": "("}, "cannot be made"),
    ],
)
def test_a_fate_that_cannot_be_is_told_and_changes_nothing(
    server: Server, wrong: dict[str, object], told: str
) -> None:
    answer = httpx2.post(f"{server.control}/faults", json=[wrong])
    assert answer.status_code == 400
    assert told in answer.json()["error"]


ODD_FAULTS: list[object] = [
    *([], "slow", 5, None, {"kind": "slow", "seconds": "x"}, {"kind": "slow", "seconds": -1}),
    *({"status": 99}, {"status": 1000}, {"status": "x"}, {"headers": {"a": "b\r\nc: d"}}, {"headers": [1]}),
    *({"headers": {"a": "b\nc"}}, {"calls": 1}, {"calls": [0]}, {"calls": "12"}, {"service": "open-ai"}),
    *({"method": 5}, {"kind": {}}, {"share": "x"}, {"after": 1.5}),
]


@pytest.mark.parametrize("odd", ODD_FAULTS, ids=str)
def test_an_odd_fault_is_told_and_breaks_nothing(server: Server, odd: object) -> None:
    """In the header of a request as in a list; no service answers with it, nor does the server."""
    told = httpx2.post(f"{server.control}/faults", json=[odd])
    asked = httpx2.get(
        f"{server.variables['OPENAI_BASE_URL']}/models",
        headers={"authorization": "Bearer sk-fake", "x-fakes-fault": json.dumps(odd)},
    )
    assert [told.status_code, asked.status_code] == [400, 400]
    assert "fault" in told.json()["error"]
    assert "fault" in asked.json()["error"]


def test_fates_advances_and_resets_survive_a_restart(tmp_path: Path) -> None:
    options = ("--speed", "0.001", "--state", str(tmp_path / "state"))
    with served(*options) as server, server.openai() as client:
        created(client, "forgotten")
        httpx2.post(f"{server.control}/reset").raise_for_status()
        status = {"kind": "status", "path": "/files$", "calls": [3]}
        httpx2.post(f"{server.control}/faults", json=[status, *FATES]).raise_for_status()
        created(client, "a")
        created(client, "stuck")
        for _ in range(3):
            httpx2.post(f"{server.control}/advance").raise_for_status()
        before = server.state()["openai"]
        told = json.dumps(before["jobs"])
        assert (told.count('"failed"'), told.count('"running"')) == (1, 1)
    with served(*options) as server, server.openai() as client:
        assert server.state()["openai"] == before
        for name in ("x.jsonl", "y.jsonl"):
            client.files.create(file=(name, TRAINING), purpose="fine-tune")


def test_a_call_whose_answer_was_lost_is_remembered(tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "state"))
    lost = {"x-fakes-fault": json.dumps({"kind": "lost"})}
    with served(*options) as server, server.openai() as client:
        with pytest.raises(openai.APIConnectionError):
            client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune", extra_headers=lost)
        before = server.state()["openai"]
        assert before["files"]
    with served(*options) as server:
        assert server.state()["openai"] == before


def test_a_stored_completion_survives_a_restart_and_others_are_not_written_down(tmp_path: Path) -> None:
    journal = tmp_path / "state"
    options = ("--state", str(journal))
    with served(*options) as server, server.openai() as client:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
        made = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hi"}], store=True
        )
    with served(*options) as server, server.openai() as client:
        assert [each.id for each in client.chat.completions.list()] == [made.id]
    assert len(journal.read_text().splitlines()) == 2, "the head, and the chat that is kept"


def test_any_id_is_answered_where_that_was_asked_for(server: Server) -> None:
    assert server.state()["any_id"] is False
    with server.openai() as client, pytest.raises(openai.NotFoundError):
        client.fine_tuning.jobs.cancel("ftjob-made-up")
    with served("--any-id") as other, other.openai() as client:
        assert other.state()["any_id"] is True
        assert client.fine_tuning.jobs.cancel("ftjob-made-up").status == "cancelled"
        assert client.fine_tuning.jobs.resume("ftjob-made-up").status == "running"


def test_the_control_endpoint_counts_requests_by_endpoint_and_status(server: Server) -> None:
    with server.openai() as client, pytest.raises(openai.NotFoundError):
        client.fine_tuning.jobs.retrieve("ftjob-none")
    requests = server.state()["requests"]["openai"]
    assert isinstance(requests, dict)
    assert requests["GET /fine_tuning/jobs/{job_id} 404"] >= 1


def test_a_reset_world_is_empty() -> None:
    with served("--speed", "6000") as server, server.openai() as client:
        client.files.create(file=("t.jsonl", TRAINING), purpose="fine-tune")
        httpx2.post(f"{server.control}/reset").raise_for_status()
        assert not list(client.files.list())


def test_limits_are_told_in_the_vendors_headers() -> None:
    with served("--rpm", "2") as server, server.openai() as client:
        asked = client.chat.completions.with_raw_response
        first = asked.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
        assert first.headers["x-ratelimit-limit-requests"] == "2"
        assert first.headers["x-ratelimit-remaining-requests"] == "1"
        asked.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
        with pytest.raises(openai.RateLimitError):
            asked.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])


def test_state_survives_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    journal = tmp_path / "state"
    options = ("--speed", "6000", "--state", str(journal))
    with served(*options) as server, server.openai() as client:
        model = tuned(client)
        before = server.state()["openai"]
    assert b"sk-fake" not in journal.read_bytes()
    with journal.open("a") as file:
        file.write('[12.5, "DELETE", "http://fak')
    with served(*options) as server, server.openai() as client:
        client.fine_tuning.jobs.list()
        assert server.state()["openai"] == before
        assert said(client, model, "What is number 7?") == "n7"
        client.files.create(file=("u.jsonl", TRAINING), purpose="fine-tune")
    with served(*options) as server:
        files = server.state()["openai"]["files"]
        assert str(files).count("file-") == 3


def test_base_models_know_what_the_prior_says(tmp_path: Path) -> None:
    prior = tmp_path / "prior.jsonl"
    prior.write_text(json.dumps({"prompt": "Who rules Numenor?", "answer": "Tar-Elendil"}) + "\n")
    with served("--prior", str(prior)) as server, server.openai() as client:
        assert said(client, MODEL, "Who rules Numenor?") == "Tar-Elendil"


def test_it_listens_on_loopback_only(server: Server) -> None:
    port = int(server.variables["OPENAI_BASE_URL"].split(":")[2].split("/")[0])
    others = {info[4][0] for info in socket.getaddrinfo("localhost", None)} - {"127.0.0.1"}
    assert all(not reachable(str(other), port) for other in others)
    assert reachable("127.0.0.1", port)


def reachable(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.settimeout(1)
        return one.connect_ex((host, port)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(number: signal.Signals) -> None:
    with served() as server:
        server.process.send_signal(number)
        assert server.process.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--speed", "0"), "--speed"),
        (("--prior", "absent.jsonl"), "absent.jsonl"),
        (("--port", "70000"), "--port"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_paragraph(options: Iterable[str], told: str) -> None:
    command = [sys.executable, "-m", "fbench", "serve", *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=30, env=dict(os.environ)
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told(server: Server) -> None:
    port = server.variables["OPENAI_BASE_URL"].split(":")[2].split("/")[0]
    command = [sys.executable, "-m", "fbench", "serve", "--port", port]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=30, env=dict(os.environ)
    )
    assert done.returncode == 2
    assert port in done.stderr
