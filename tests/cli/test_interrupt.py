"""A run that is stopped or killed loses nothing: resumed, it ends as if nothing had happened."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from tests.cli.cli_user import MODEL, Fbench, begin

EXPERIMENT = Experiment(tasks=("people",), limit=36, models=(MODEL,), epochs=(10,))
RUN = ("run", "--task", "people", "--limit", 36, "--model", MODEL, "--epochs", 10, "--concurrency", 2)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The results of the run when nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    make_folder(folder, EXPERIMENT)
    return execute(prepare(EXPERIMENT), folder, jobs=1).to_json().encode()


def interrupted(folder: Path, number: signal.Signals, jobs: int) -> tuple[int, str]:
    """The run in `folder`/run, with a signal when it has answered a tenth: its exit code, what it said."""
    process = begin(folder, *RUN, "--jobs", jobs, "--out", "run")
    assert process.stderr is not None
    said = ""
    while "answered" not in said:
        said += process.stderr.readline()
    process.send_signal(number)
    _, rest = process.communicate(timeout=60)
    assert not (folder / "run" / "results.json").exists(), "it was done before the signal came"
    return process.returncode, said + rest


@pytest.mark.parametrize(("number", "jobs"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 2)])
def test_ctrl_c_keeps_what_was_answered_and_prints_how_to_go_on(
    fbench: Fbench, tmp_path: Path, undisturbed: bytes, number: signal.Signals, jobs: int
) -> None:
    """And so does SIGTERM, with which a machine ends what runs on it."""
    code, said = interrupted(tmp_path, number, jobs)
    assert code == 130
    kept, hint = said.splitlines()[-2:]
    assert hint == "To go on: fbench resume run"
    with closing(sqlite3.connect("file:run/run.sqlite?mode=ro", uri=True)) as store:
        (stored,) = store.execute("select count(*) from answer").fetchone()
    assert re.fullmatch(rf"{stored} of \d+ answers are kept\.", kept)
    assert "Traceback" not in said

    resumed = fbench("resume", "run", "--jobs", 1)
    assert resumed.code == 0
    assert "of them answered before" in resumed.err
    assert (tmp_path / "run" / "results.json").read_bytes() == undisturbed


def test_a_killed_run_is_completed_with_the_same_results(
    fbench: Fbench, tmp_path: Path, undisturbed: bytes
) -> None:
    code, _ = interrupted(tmp_path, signal.SIGKILL, jobs=2)
    assert code == -signal.SIGKILL

    resumed = fbench("resume", "run", "--jobs", 1, "--concurrency", 7)
    assert resumed.code == 0
    assert "of them answered before" in resumed.err
    assert (tmp_path / "run" / "results.json").read_bytes() == undisturbed
