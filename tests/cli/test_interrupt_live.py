"""A live run that is stopped or killed goes on, and the server counts nothing twice."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.cli.cli_user import MODEL, Fbench, begin

ASKED = ("--task", "people", "--limit", 24, "--model", MODEL, "--epochs", 2, "--concurrency", 4)
_PROGRESS = re.compile(r"^[\d,]+ of [\d,]+ questions answered", re.MULTILINE)
LIVE = ("--upstream", "live", "--budget-usd", 5, "--yes")


class Counted(NamedTuple):
    """What a server had: jobs, tokens that they were trained on, questions that it answered."""

    jobs: int
    tokens: int
    answers: int


class Server:
    """The way to a server's control endpoint."""

    def __init__(self, address: str) -> None:
        self._address = address

    def empty(self) -> None:
        httpx2.post(f"{self._address}/reset").raise_for_status()

    @property
    def counted(self) -> Counted:
        state: dict[str, Any] = httpx2.get(self._address).json()
        answers = sum(
            count
            for name, count in state["requests"]["openai"].items()
            if name.endswith("chat/completions 200")
        )
        return Counted(len(state["openai"]["jobs"]), state["openai"]["billed_tokens"], answers)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fbench: Fbench) -> Generator[Server]:
    """A server where live services would be."""
    del fbench  # it takes keys away; those of the server come after
    with begin(tmp_path, "serve", "--speed", "100000") as process:
        assert process.stdout is not None
        for _ in range(5):
            name, _, value = process.stdout.readline().removeprefix("export ").strip().partition("=")
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("FBENCH_POLL_SECONDS", "0.02")
        yield Server(os.environ["OPENAI_BASE_URL"].replace("/openai/v1", "/_fbench"))
        process.terminate()


def interrupted(folder: Path, out: str, number: signal.Signals, jobs: int) -> None:
    """The run in `folder`/`out`, with a signal when it has answered a tenth."""
    process = begin(folder, "run", *ASKED, *LIVE, "--jobs", jobs, "--out", out)
    assert process.stderr is not None
    said = ""
    while not _PROGRESS.search(said) and process.poll() is None:
        said += process.stderr.readline()
    process.send_signal(number)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == (130 if number is signal.SIGINT else -number), said + rest
    assert not (folder / out / "results.json").exists(), "it was done before the signal came"


def test_an_interrupted_live_run_buys_no_second_job_and_no_answer_that_was_kept(
    server: Server, fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())  # these are the server's own
    assert fbench("run", *ASKED, *LIVE, "--quiet", "--jobs", 1, "--out", "whole").code == 0
    whole = server.counted
    assert whole.jobs == 1
    for number in (signal.SIGINT, signal.SIGKILL):
        for jobs in (1, 2):
            out = f"{number.name}-{jobs}"
            server.empty()
            interrupted(tmp_path, out, number, jobs)
            before = server.counted
            assert fbench("resume", out, "--budget-usd", 5, "--quiet", "--jobs", 1).code == 0

            assert 0 < before.answers < whole.answers, out
            assert server.counted[:2] == whole[:2], out
            # after a kill, what was in flight and what waited for its group may have been answered and lost
            lost = 0 if number is signal.SIGINT else 4 + 50 * jobs
            assert whole.answers <= server.counted.answers <= whole.answers + lost, out
            assert (tmp_path / out / "results.json").read_bytes() == (
                tmp_path / "whole" / "results.json"
            ).read_bytes(), out
