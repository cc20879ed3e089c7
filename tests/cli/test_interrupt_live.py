"""A live run that is stopped or killed goes on, and the server counts nothing twice."""

from __future__ import annotations

import os
import re
import shlex
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

    def fail(self, *faults: dict[str, object]) -> None:
        httpx2.post(f"{self._address}/faults", json=faults).raise_for_status()

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


def interrupted(folder: Path, out: str, number: signal.Signals, jobs: int) -> str:
    """What the run in `folder`/`out` says after a signal when it has answered a tenth."""
    process = begin(folder, "run", *ASKED, *LIVE, "--jobs", jobs, "--out", out)
    assert process.stderr is not None
    said = ""
    while not _PROGRESS.search(said) and process.poll() is None:
        said += process.stderr.readline()
    process.send_signal(number)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == (130 if number is signal.SIGINT else -number), said + rest
    assert not (folder / out / "results.json").exists(), "it was done before the signal came"
    return rest


def to_go_on(said: str) -> list[str]:
    """The words after `fbench` of the one command to go on that is printed."""
    (command,) = re.findall(r"^(?:To go on: |  )fbench (resume .*)$", said, re.MULTILINE)
    return shlex.split(command)


@pytest.mark.long
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
            said = interrupted(tmp_path, out, number, jobs)
            before = server.counted
            command = to_go_on(fbench("report", out).out)
            assert command == ["resume", out, "--budget-usd", "5"]
            assert number is signal.SIGKILL or to_go_on(said) == command
            assert f"`fbench {shlex.join(command)}`" in fbench("resume", out).paragraph
            assert fbench(*command, "--quiet", "--jobs", 1).code == 0

            assert 0 < before.answers < whole.answers, out
            assert server.counted[:2] == whole[:2], out
            # after a kill, what was in flight and what waited for its group may have been answered and lost
            lost = 0 if number is signal.SIGINT else 4 + 50 * jobs
            assert whole.answers <= server.counted.answers <= whole.answers + lost, out
            assert (tmp_path / out / "results.json").read_bytes() == (
                tmp_path / "whole" / "results.json"
            ).read_bytes(), out


def test_a_run_that_waits_says_for_what_and_at_a_stop_which_jobs_go_on(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())  # these are the server's own
    server.fail({"end": "hangs"}, {"status": 429, "headers": {"retry-after": "120"}, "path": "completions"})
    with begin(tmp_path, "run", *ASKED, *LIVE, "--jobs", 1, "--out", "r") as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        waits = next(line for line in lines if "is training, " in line)
        process.send_signal(signal.SIGINT)
        said = list(lines)
    assert re.fullmatch(
        rf"1 job is training, 0 of 1 done; {MODEL}: asked to wait 1[12]\d s \(rate limit\)\n", waits
    )
    kept, hint = said[-2:]
    assert kept.endswith(" 1 job goes on at the service and is paid for; `fbench resume` finds it.\n")
    assert to_go_on(hint) == ["resume", "r", "--budget-usd", "5"]


def test_after_a_budget_the_command_to_go_on_has_one_that_is_enough(
    server: Server, fbench: Fbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())  # these are the server's own
    few = ("--task", "people", "--limit", 3, "--model", MODEL, "--epochs", 1, "--epochs", 9, "--jobs", 1)
    said = fbench("run", *few, "--upstream", "live", "--budget-usd", 0.01, "--quiet", "--yes", "--out", "r")
    assert said.code == 4
    warning, error, hint = said.err.splitlines()
    assert warning == "Warning: the budget of $0.01 may not reach the end: it may take $0.046."
    assert re.search(r" \$0\.0\d+ is spent, and the rest costs between \$0\.0\d+ and \$0\.0\d+\.$", error), (
        error
    )
    command = to_go_on(hint)
    assert command == to_go_on(fbench("report", "r").out)

    less = fbench("resume", "r", "--budget-usd", 0.00001, "--quiet", "--jobs", 1)
    assert less.code == 4
    assert "$0 of the budget of $0.00001 is left" in less.err
    assert "the budget of $0.00001 will not reach the end: it takes $0.0" in less.err
    assert to_go_on(less.err) == command
    assert fbench(*command, "--quiet", "--jobs", 1).code == 0
    assert server.counted.jobs == 2


def test_the_report_of_an_unfinished_run_is_the_same_where_no_server_is_named(
    server: Server, fbench: Fbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server  # it is the environment's
    few = ("--task", "people", "--limit", 3, "--model", MODEL, "--epochs", 9, "--jobs", 1)
    live = ("--upstream", "live", "--budget-usd", 0.005, "--quiet", "--yes")
    assert fbench("run", *few, *live, "--out", "r").code == 4
    here = fbench("report", "r")
    assert here.out.startswith("fbench (unfinished): a server on this machine")
    for name in [name for name, value in os.environ.items() if "http://127.0.0.1:" in value]:
        monkeypatch.delenv(name)
    assert fbench("report", "r") == here
