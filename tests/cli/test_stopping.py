"""Ctrl-C is answered at once: stderr says what is finished first, and nothing else is waited for."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

import fbench
from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench import Experiment, Progress
from fbench.errors import Incomplete
from fbench.grading.files import NamedColumns
from fbench.grading.graded_answers import GradingOptions
from fbench.grading.rows import grade_rows
from fbench.runner.stop import Stop
from tests.cli.cli_user import MODEL, begin, environment
from tests.loopback import OpenAIHandler

HELD = 90.0
"""Seconds for which the service holds a question at most, if the test does not let it go on."""
AT_ONCE = 30.0
"""Seconds in which something happens though all questions are held, on the busiest machine."""


class Service(ThreadingHTTPServer):
    """A service on a port that holds each question until told to go on, and whose jobs may never end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), OpenAIHandler)
        self.world = World(learner=ScriptedLearner({}))
        self.fake = FakeTransport(self.world)
        self.lock = threading.Lock()
        self.go_on = threading.Event()
        self.questions = self.looks = 0
        self.is_training = False

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path.endswith("/chat/completions"):
            with self.lock:
                self.questions += 1
            self.go_on.wait(HELD)
        with self.lock:
            if self.is_training and request.method == "GET" and "/fine_tuning/jobs/" in path:
                self.looks += 1
                body = {
                    "id": path.rsplit("/", 1)[-1],
                    "object": "fine_tuning.job",
                    "status": "running",
                    "model": MODEL,
                }
                return httpx2.Response(200, json=body)
            return self.fake.handle_request(request)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())  # these are the service's own
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


def wait_for(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def said_within(process: subprocess.Popen[str], seconds: float) -> str:
    """What a process says on stderr in that time, up to the line about stopping."""
    assert process.stderr is not None
    said = b""
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as ready:
        ready.register(process.stderr, selectors.EVENT_READ)
        while b"Stopping" not in said and (left := end - time.monotonic()) > 0:
            if ready.select(left):
                said += os.read(process.stderr.fileno(), 4096)
    return said.decode()


def live(out: str, *more: object) -> tuple[object, ...]:
    return (
        *("run", "--task", "people", "--limit", 4, "--model", MODEL, "--epochs", 1, "--concurrency", 4),
        *("--upstream", "live", "--budget-usd", 5, "--yes", "--out", out, *more),
    )


@pytest.mark.parametrize(
    ("jobs", "words"), [(1, r"finishing [1-4] requests? in flight"), (2, "finishing the requests in flight")]
)
def test_requests_in_flight_are_announced_at_once_and_finished(
    service: Service, tmp_path: Path, jobs: int, words: str
) -> None:
    with begin(tmp_path, *live("r", "--jobs", jobs, "--quiet")) as process:
        wait_for(lambda: service.questions > 0, process)
        process.send_signal(signal.SIGINT)
        said = said_within(process, AT_ONCE)
        service.go_on.set()
        _, rest = process.communicate(timeout=60)

    assert re.search(rf"Stopping: {words}; Ctrl-C again stops at once and loses", said), (said, rest)
    assert process.returncode == 130
    assert rest.splitlines()[-1] == "To go on: fbench resume r --budget-usd 5"
    assert service.questions <= 8, "no new question was asked"


def test_a_second_ctrl_c_stops_at_once(service: Service, tmp_path: Path) -> None:
    with begin(tmp_path, *live("r", "--jobs", 1, "--quiet")) as process:
        wait_for(lambda: service.questions > 0, process)
        process.send_signal(signal.SIGINT)
        assert "Stopping" in said_within(process, AT_ONCE)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=AT_ONCE)

    assert process.returncode == 130


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.long
def test_a_training_that_runs_on_is_not_waited_for(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setenv("FBENCH_POLL_SECONDS", "600")
    service.is_training = True
    service.go_on.set()
    more = ("--seed", 1, "--seed", 2, "--jobs", jobs)
    with begin(tmp_path, *live("r", *more)) as process:
        wait_for(lambda: len(service.world.openai.jobs) == 2, process)
        time.sleep(1)  # both trainings are waited for
        process.send_signal(signal.SIGINT)
        said = said_within(process, AT_ONCE)
        _, rest = process.communicate(timeout=AT_ONCE)

    assert "Stopping" in said, said
    assert process.returncode == 130
    assert "Traceback" not in said + rest


def test_a_judge_is_announced_too(service: Service, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"question": "Why?", "gold": "It is so because of the wind.", "response": "The wind blew.", '
        '"kind": "long"}\n',
        encoding="utf-8",
    )
    judge = ("--grader", "judge", "--judge", "openai:gpt-4.1-2025-04-14", "--upstream", "live")
    with begin(tmp_path, "grade", "a.jsonl", *judge, "--budget-usd", 5, "--out", "g.jsonl") as process:
        wait_for(lambda: service.questions > 0, process)
        process.send_signal(signal.SIGINT)
        said = said_within(process, AT_ONCE)
        service.go_on.set()
        process.communicate(timeout=60)

    assert "Stopping: finishing 1 request in flight" in said
    assert process.returncode == 130


NOTEBOOK = """
import asyncio, fbench

async def cell():  # a notebook runs a loop of its own
    experiment = fbench.Experiment(models=(%r,), tasks=("people",), limit=4, epochs=(1,), upstream="live")
    fbench.run(experiment, "r", concurrency=4, budget_usd=5)

asyncio.run(cell())
"""


def test_a_notebook_says_it_too(service: Service, tmp_path: Path) -> None:
    (tmp_path / "cell.py").write_text(NOTEBOOK % MODEL, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "cell.py"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        wait_for(lambda: service.questions > 0, process)
        process.send_signal(signal.SIGINT)
        said = said_within(process, AT_ONCE)
        service.go_on.set()
        _, rest = process.communicate(timeout=60)

    assert re.search(r"Stopping: finishing [1-4] requests? in flight; Ctrl-C again stops at once and", said)
    assert "Incomplete: stopped" in said + rest
    assert "fbench.resume('r', budget_usd=5)" in said + rest


def test_a_stop_ends_the_grading_of_rows_and_nothing_is_kept() -> None:
    stop = Stop()
    stop.request()
    rows = [{"question": "Who?", "gold": "Ona", "response": "Ona"}]
    with pytest.raises(Incomplete, match="stopped before all rows were graded"):
        grade_rows(rows, NamedColumns(), None, GradingOptions(), stop=stop)


def test_a_stop_while_a_run_is_graded_writes_no_results_and_the_run_goes_on(tmp_path: Path) -> None:
    class StopsAtGrading(Progress):
        def grading(self) -> None:
            signal.raise_signal(signal.SIGINT)

    experiment = Experiment(models=(MODEL,), tasks=("news",), limit=1, epochs=(1,))
    with pytest.raises(Incomplete, match="stopped; every answer is saved"):
        fbench.run(experiment, tmp_path / "r", progress=StopsAtGrading())
    assert not (tmp_path / "r" / "results.json").exists()

    assert fbench.resume(tmp_path / "r") == fbench.run(experiment, tmp_path / "whole")
