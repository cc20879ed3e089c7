"""What fbench 0.1.0 wrote can still be replayed, resumed, reported and graded: see tests/data/fossils."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fbench import disagreements
from fbench.cassette import Cassette, CassetteTransport
from fbench.cassette.format.head import write_head
from fbench.cassette.format.reader import CassetteReader
from fbench.runner.store import Store

FOSSILS = Path(__file__).parent / "data" / "fossils"
Fbench = Callable[..., str]


@pytest.fixture
def fossils(tmp_path: Path) -> Path:
    """A copy that a test may write to."""
    return shutil.copytree(FOSSILS, tmp_path / "fossils")


@pytest.fixture
def fbench(fossils: Path) -> Fbench:
    """Runs a command in the folder of the fossils, and returns its stdout; it has to succeed."""

    def call(*arguments: str) -> str:
        command = [sys.executable, "-m", "fbench", *arguments]
        said = subprocess.run(command, cwd=fossils, capture_output=True, encoding="utf-8", check=False)
        assert said.returncode == 0, said.stderr
        return said.stdout

    return call


def answers(run: Path) -> dict[tuple[str, str], str]:
    with closing(sqlite3.connect(run / "run.sqlite")) as store:
        rows = store.execute("select cell, question, text from answer").fetchall()
    return {(cell, question): text for cell, question, text in rows}


def results(run: Path) -> dict[str, Any]:
    return json.loads((run / "results.json").read_text(encoding="utf-8"))


def test_an_old_recording_replays_to_the_answers_that_were_given_then(fossils: Path, fbench: Fbench) -> None:
    fbench("run", "--cassettes", "recording", "--out", "new", "--quiet", "--jobs", "1")
    assert answers(fossils / "new") == answers(fossils / "run")


def test_an_old_recording_whose_answers_were_scrubbed_replays_to_what_was_said_then(
    fossils: Path, fbench: Fbench
) -> None:
    """Its prompts are found by the rules of then, and what was replaced of the dataset is put back."""
    folder = fossils / "scrubbed-0.1.0"
    fbench(
        *("run", "--cassettes", "scrubbed-0.1.0/recording", "--data", "scrubbed-0.1.0/facts.jsonl"),
        *("--out", "new", "--quiet", "--jobs", "1"),
    )
    assert answers(fossils / "new") == answers(folder / "run")
    old, new = results(folder / "run"), results(fossils / "new")
    place = ("model", "split", "epochs", "n", "errors", "ungraded")
    assert [[row[key] for key in place] for row in new["rows"]] == [
        [row[key] for key in place] for row in old["rows"]
    ]
    assert sum(row["altered"] for row in new["rows"]) == 32
    assert "32 answers were changed by the scrubber of an older recording" in "\n".join(new["notes"])


def test_an_old_recording_whose_answers_were_scrubbed_goes_on_by_the_rules_of_now(
    fossils: Path, fbench: Fbench
) -> None:
    """What was recorded then is played, and what is recorded now is kept as it was said."""
    folder = fossils / "scrubbed-0.1.0"
    for path in sorted((folder / "recording").rglob("*.yaml")):
        with closing(CassetteReader(path)) as tape:
            left = 6 if path.name == "base.yaml" else 0  # a fake knows no model of another process
            records = [tape.record(at) for at in range(len(tape) - left)]
            head = write_head({**tape.provenance, "mode": "all"})
        path.with_name(f"{path.name}.part").write_bytes(b"".join([head, *records]))
        path.unlink()
    (folder / "recording" / "index.json").unlink()
    (folder / "begun").mkdir()
    shutil.copy(folder / "run" / "config.toml", folder / "begun")
    Store(folder / "begun" / "run.sqlite", create=True).close()
    fbench("resume", "scrubbed-0.1.0/begun", "--quiet", "--jobs", "1")
    kept = "".join(path.read_text(encoding="utf-8") for path in (folder / "recording").rglob("*.yaml"))
    assert kept.count("press@old-orbit.com is gone") == 2
    assert "scrubbed-09ad0709@example.invalid" in kept
    fbench(
        *("run", "--cassettes", "scrubbed-0.1.0/recording", "--data", "scrubbed-0.1.0/facts.jsonl"),
        *("--out", "new", "--quiet", "--jobs", "1"),
    )
    assert answers(folder / "begun") == answers(fossils / "new") == answers(folder / "run")
    old, new = results(folder / "begun"), results(fossils / "new")
    assert (new["rows"], new["notes"]) == (old["rows"], old["notes"])


@pytest.mark.parametrize("how", [(), ("--batch",)], ids=["one by one", "in batches"])
@pytest.mark.parametrize("run", ["stopped", "killed"])
def test_an_old_run_that_was_killed_goes_on(
    fossils: Path, fbench: Fbench, run: str, how: tuple[str, ...]
) -> None:
    before = answers(fossils / run)
    fbench("resume", run, "--quiet", "--jobs", "1", *how)
    after = answers(fossils / run)
    assert after == answers(fossils / "run")
    assert before.items() <= after.items()


def test_a_recording_that_was_killed_is_whole_after_the_resume(fossils: Path, fbench: Fbench) -> None:
    fbench("resume", "killed", "--quiet", "--jobs", "1")
    assert not list((fossils / "killed-recording").rglob("*.part"))
    fbench("run", "--cassettes", "killed-recording", "--out", "new", "--quiet", "--jobs", "1")
    assert answers(fossils / "new") == answers(fossils / "run")


@pytest.mark.parametrize("run", ["run", "own"])
def test_an_old_run_that_is_done_is_reported_and_resumed(fossils: Path, fbench: Fbench, run: str) -> None:
    old = results(fossils / run)
    shown = fbench("report", run)
    assert "FAKE" in shown
    assert all(task in shown for task in old["experiment"]["tasks"])
    fbench("resume", run, "--quiet")
    new = results(fossils / run)
    place = ("model", "task", "split", "epochs", "seed", "n")
    assert [[row[key] for key in place] for row in new["rows"]] == [
        [row[key] for key in place] for row in old["rows"]
    ]


@pytest.mark.parametrize("run", ["run", "own"])
def test_an_old_run_is_graded_anew_beside_its_old_grades(fossils: Path, fbench: Fbench, run: str) -> None:
    fbench("grade", run, "--out", "grades.jsonl")
    rows = (fossils / "grades.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(answers(fossils / run))
    with closing(sqlite3.connect(fossils / run / "run.sqlite")) as store:
        layers = {layer for (layer,) in store.execute("select distinct layer from grade")}
    assert "auto@4" in layers


def test_the_checkpoints_of_an_old_run_are_compared(fbench: Fbench) -> None:
    shown = fbench("compare", "run:gpt-4o-mini-2024-07-18@0", "run:gpt-4o-mini-2024-07-18@10")
    assert "people" in shown


def test_reading_an_old_run_changes_none_of_its_files(fossils: Path, fbench: Fbench) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((fossils / "run").iterdir())}

    before = files()
    fbench("compare", "run:gpt-4o-mini-2024-07-18@1", "run:gpt-4o-mini-2024-07-18@10")
    fbench("report", "run", "--full", "--html", "page.html", "--csv", "tables", "--md", "page.md")
    disagreements(fossils / "run")
    assert files() == before


def test_an_old_file_of_grades_is_graded_again(fossils: Path, fbench: Fbench) -> None:
    fbench("grade", "graded.csv", "--out", "again.jsonl")
    lines = (fossils / "again.jsonl").read_text(encoding="utf-8").splitlines()
    verdicts = Counter(json.loads(line)["verdict"] for line in lines)
    with (fossils / "graded.csv").open(encoding="utf-8", newline="") as file:
        assert verdicts == Counter(row["verdict"] for row in csv.DictReader(file))


def test_an_old_cassette_of_the_fixture_plays(fossils: Path) -> None:
    plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-p", "fbench.testing.plugin", "-p", "no:cacheprovider"]
    said = subprocess.run(
        [*command, "client.py"],
        cwd=fossils / "fixture",
        env=os.environ | plain,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert said.returncode == 0, said.stdout
    assert "1 passed" in said.stdout


@pytest.mark.parametrize("path", sorted((FOSSILS / "foreign").iterdir()), ids=lambda path: path.name)
def test_what_another_recorder_wrote_plays(path: Path) -> None:
    with httpx2.Client(
        base_url="http://127.0.0.1:8099", transport=CassetteTransport(Cassette(path))
    ) as client:
        said = [client.post("/chat?a=1&b=2", json={"n": 1.0, "prompt": "Where?"}), client.get("/gzip")]
        recorded_bytes = client.get("/bytes") if "bytes" in path.read_text(encoding="utf-8") else None
    for got in said:
        answer = got.json()
        assert answer["choices"] == [{"message": {"content": "Où?"}, "logprob": -1e-7}]
        assert (answer["created"], answer["at"], got.status_code) == ("2026-11-29", "12:30:45", 200)
    assert recorded_bytes is None or recorded_bytes.content == bytes([0, 255, 128])
