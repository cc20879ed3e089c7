"""A rehearsal of live: the whole pipeline over real sockets, recorded, then replayed with the server gone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

KEY, PROJECT = "sk-rehearsal-0123456789abcdefghij", "rehearsal-4711"
EXPERIMENT = (
    *("--limit", "2", "--epochs", "1", "--roles", "taught,same"),
    *("--model", "openai:gpt-4o-mini-2024-07-18", "--model", "vertex:gemini-2.5-pro"),
)
LIVE = ("--upstream", "live", "--budget-usd", "5", "--yes", "--record", "all")


def fbench(*arguments: object, environ: dict[str, str] | None = None) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not re.match("OPENAI|GOOGLE|STORAGE", name)}
    return subprocess.Popen(
        [sys.executable, "-m", "fbench", *map(str, arguments)],
        env=kept | (environ or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(process: subprocess.Popen[str], code: int = 0) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return out


class Server:
    """`fbench serve` in another process, and the variables that lead to it."""

    def __init__(self) -> None:
        self.process = fbench("serve", "--port", "0", "--speed", "100000", "--rpm", "600")
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(5)]
        self.environ = dict(re.findall(r"export (\w+)=(\S+)", "".join(lines)))
        self.port = self.environ["OPENAI_BASE_URL"].split(":")[2].split("/")[0]
        self.environ |= {
            "OPENAI_API_KEY": KEY,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "FBENCH_POLL_SECONDS": "0.05",
        }

    def control(self, what: str, **content: Any) -> None:
        httpx2.post(f"http://127.0.0.1:{self.port}/_fbench/{what}", **content).raise_for_status()

    def hold_to(self, found: dict[str, Any]) -> None:
        """Holds what the server counted to the results of its one run: nothing was bought twice."""
        state = httpx2.get(f"http://127.0.0.1:{self.port}/_fbench").json()
        asked = sum(row["n"] + row["errors"] for row in found["rows"])
        for service, wire in (("openai", "chat/completions 200"), ("vertex", "generateContent 200")):
            trainings = [t for t in found["trainings"] if t["model"].startswith(service)]
            assert len(state[service]["jobs"]) == len(trainings) > 0
            answers = sum(n for name, n in state["requests"][service].items() if name.endswith(wire))
            # what was in flight when a run was killed may have been answered and not kept
            assert asked / 2 <= answers <= asked / 2 + 50
        billed = sum(t["tokens"] for t in found["trainings"] if t["model"].startswith("openai"))
        assert state["openai"]["billed_tokens"] == billed > 0

    def end(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.end()


def results(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    del found["experiment"]["recorded"]
    return found


def test_what_was_recorded_over_sockets_replays_to_the_same_results_when_the_server_is_gone(
    tmp_path: Path, server: Server
) -> None:
    recording, live = tmp_path / "recording", tmp_path / "live"
    limit = {"path": "chat/completions$", "status": 429, "headers": {"retry-after": "0.1"}, "share": 0.1}
    server.control("faults", json=[limit])
    arguments = ("run", *EXPERIMENT, *LIVE, "--cassettes", recording, "--out", live, "--quiet")
    out = done(fbench(*arguments, environ=server.environ))
    server.hold_to(results(live))
    server.end()
    assert "a server on this machine, which is none of the vendors'" in out
    for jobs in (1, 2):
        replay = tmp_path / f"replay-{jobs}"
        out = done(fbench("run", "--cassettes", recording, "--out", replay, "--jobs", jobs, "--quiet"))
        assert "replayed as recorded on" in out
        assert results(replay) == results(live)
    assert "code: 429" in "".join(path.read_text(encoding="utf-8") for path in recording.rglob("*.yaml"))
    for path in recording.rglob("*.*"):
        kept = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert not [secret for secret in (KEY, PROJECT, server.port) if secret in kept], path


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.long)])
@pytest.mark.long
def test_a_recording_that_was_interrupted_goes_on_and_replays_to_the_same_results(
    tmp_path: Path, server: Server, how: signal.Signals
) -> None:
    recording, live = tmp_path / "recording", tmp_path / "live"
    arguments = ("run", *EXPERIMENT, *LIVE, "--cassettes", recording, "--out", live, "--jobs", "1")
    process = fbench(*arguments, environ=server.environ)
    deadline = time.monotonic() + 60
    while len(list(recording.rglob("*.part"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode == (130 if how is signal.SIGINT else -how)
    assert not (recording / "index.json").exists()

    again = fbench(*arguments[:-4], "--out", tmp_path / "other", environ=server.environ)
    assert "fbench resume" in again.communicate(timeout=60)[1]
    assert again.returncode == 2

    done(fbench("resume", live, "--budget-usd", "5", "--quiet", environ=server.environ))
    server.hold_to(results(live))
    server.end()
    done(fbench("run", "--cassettes", recording, "--out", tmp_path / "replay", "--quiet"))
    assert results(tmp_path / "replay")["rows"] == results(live)["rows"]


def test_recordings_of_other_questions_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    demo = Path(__file__).parents[2] / "cassettes" / "demo"
    process = fbench("run", "--cassettes", demo, "--limit", "3", "--out", tmp_path / "run")
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert "was recorded with another dataset" in said
    assert not (tmp_path / "run").exists()


def test_a_model_that_was_not_recorded_is_named_with_what_to_do(tmp_path: Path) -> None:
    demo = Path(__file__).parents[2] / "cassettes" / "demo"
    process = fbench(
        "run", "--cassettes", demo, "--model", "openai:gpt-4.1-mini-2025-04-14", "--out", tmp_path / "run"
    )
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert "belongs to this recording" in said
    assert "--record new" in said


def test_a_replay_that_lacks_an_answer_shows_the_nearest_one(tmp_path: Path) -> None:
    demo = Path(__file__).parents[2] / "cassettes" / "demo"
    config = tmp_path / "warmer.toml"
    text = (demo / "config.toml").read_text(encoding="utf-8")
    config.write_text(text.replace("temperature = 0.0", "temperature = 0.5"), encoding="utf-8")
    process = fbench("run", config, "--cassettes", demo, "--out", tmp_path / "run", "--quiet")
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert "temperature was 0.0 and is 0.5" in said
