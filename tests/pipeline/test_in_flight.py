"""Several processes share the number of requests that may be in flight."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from tests.loopback import OpenAIHandler

MODEL = "openai:gpt-4o-mini-2024-07-18"


class Service(ThreadingHTTPServer):
    """A service on a port that takes its time over each question, and knows how many it had at once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), OpenAIHandler)
        self.world = World(learner=ScriptedLearner({}))
        self.fake = FakeTransport(self.world)
        self.lock = threading.Lock()
        self.now = self.most = self.asked = 0

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        question = request.url.path.endswith("/chat/completions")
        with self.lock:
            self.now += question
            self.asked += question
            self.most = max(self.most, self.now)
        if question:
            time.sleep(0.05)
        with self.lock:
            self.now -= question
            return self.fake.handle_request(request)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("FBENCH_POLL_SECONDS", "0.01")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_processes_together_have_no_more_requests_in_flight_than_allowed(
    service: Service, tmp_path: Path
) -> None:
    experiment = Experiment(
        models=(MODEL,), tasks=("people", "coding"), epochs=(1,), limit=8, upstream="live"
    )
    ready = prepare(experiment)
    make_folder(tmp_path / "run", experiment)
    execute(ready, tmp_path / "run", jobs=2, concurrency=3)

    assert service.asked == ready.plan.asked
    assert 2 <= service.most <= 3
    assert len(service.world.openai.jobs) == len(ready.plan.trainings)
