"""One owner of a run: two processes never work on one folder, and workers end with their parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fbench.errors import UsageError
from fbench.runner.owner import LOCK, owned, wait_until_free
from tests.cli.cli_user import SMALL, begin, environment

RUN = [sys.executable, "-m", "fbench"]
HOLD = """
import sys, time
from pathlib import Path
from fbench.runner.owner import owned
with owned(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
WORKER = """
import multiprocessing, os, sys, time
from pathlib import Path
from fbench.runner.owner import owned
from fbench.runner.processes import _end_with_parent

def work(_owner, mark, ends):
    if ends:
        _end_with_parent()
    Path(mark).write_text(str(os.getpid()))
    time.sleep(60)

if __name__ == "__main__":
    folder, mark, ends = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "ends"
    with owned(folder) as owner:
        context = multiprocessing.get_context("spawn")
        context.Process(target=work, args=(owner, mark, ends), daemon=True).start()
        time.sleep(60)
"""


def until(path: Path) -> str:
    for _ in range(400):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path} was not written")


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A folder that another process holds, and that process."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield tmp_path, process
        process.kill()


def test_a_second_process_is_told_who_works_on_the_run(held: tuple[Path, subprocess.Popen[str]]) -> None:
    folder, process = held
    with pytest.raises(UsageError, match=rf"process {process.pid} on .* works on this run"), owned(folder):
        pass


def test_a_killed_process_holds_nothing(held: tuple[Path, subprocess.Popen[str]]) -> None:
    folder, process = held
    process.kill()
    process.wait()
    with owned(folder):
        assert json.loads((folder / LOCK).read_text())["process"] == os.getpid()


def test_a_run_is_waited_for_until_nobody_holds_it(held: tuple[Path, subprocess.Popen[str]]) -> None:
    folder, process = held
    wait_until_free(folder, 0.2)
    with pytest.raises(UsageError, match="works on this run"), owned(folder):
        pass
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(wait_until_free, folder, 60)
        time.sleep(0.2)
        assert not waiting.done()
        process.kill()
        waiting.result(timeout=30)
    process.wait()
    with owned(folder):
        pass


def test_what_a_machine_that_was_lost_left_of_its_lock_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text(json.dumps({"process": 1, "machine": "elsewhere"}), encoding="utf-8")
    with ThreadPoolExecutor() as pool:
        pool.submit(wait_until_free, tmp_path, 600).result(timeout=30)
    with owned(tmp_path):
        pass


@pytest.mark.parametrize("command", ["resume", "grade", "run"])
@pytest.mark.long
def test_no_command_changes_a_run_that_another_works_on(tmp_path: Path, command: str) -> None:
    run = tmp_path / "run"
    if command != "run":
        subprocess.run([*RUN, "run", *SMALL, "--quiet", "--out", run], env=environment(), check=True)
    run.mkdir(exist_ok=True)
    with owned(run):
        before = {path.name: path.read_bytes() for path in run.iterdir()}
        arguments = ["run", *SMALL, "--out", run] if command == "run" else [command, run]
        said = subprocess.run(
            [*RUN, *arguments], env=environment(), capture_output=True, text=True, check=False
        )
        assert said.returncode == 2
        assert f"process {os.getpid()} on " in said.stderr
        assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def parent_of_worker(folder: Path, *how: str) -> tuple[subprocess.Popen[bytes], int]:
    folder.mkdir()
    script, mark = folder.with_name("worker.py"), folder.with_name("mark")
    script.write_text(WORKER)
    process = subprocess.Popen([sys.executable, script, folder, mark, *how], env=environment())
    return process, int(until(mark))


@pytest.mark.skipif(os.name == "nt", reason="without flock, workers cannot hold the lock of their parent")
def test_a_stopped_worker_of_a_killed_parent_still_holds_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process, worker = parent_of_worker(folder, "ends")
    try:
        os.kill(worker, signal.SIGSTOP)
        _until_stopped(worker)
        process.kill()
        process.wait()
        with pytest.raises(UsageError, match=r"has ended, but a worker process of it still holds this run"):  # noqa: SIM117 - one line would be too long
            with owned(folder):
                pass
        os.kill(worker, signal.SIGCONT)
        with owned(folder):  # it ends by itself, and is waited for
            pass
    finally:
        os.kill(worker, signal.SIGKILL) if _lives(worker) else None


def _until_stopped(number: int) -> None:
    """Waits until no thread of a process runs any more: a signal takes its time to reach all of them."""
    for _ in range(400):
        told = ["ps", "-o", "state=", "-p", str(number)]
        if subprocess.run(told, capture_output=True, text=True, check=True).stdout.startswith("T"):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {number} was not stopped")


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    process, worker = parent_of_worker(tmp_path / "run", "ends")
    process.kill()
    process.wait()
    for _ in range(100):
        if not _lives(worker):
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    raise AssertionError("the worker outlived its parent")


def test_a_run_of_several_processes_leaves_no_lock(tmp_path: Path) -> None:
    with begin(tmp_path, "run", *SMALL, "--jobs", 2, "--out", tmp_path / "run") as process:
        process.communicate()
    assert process.returncode == 0
    assert LOCK not in {path.name for path in (tmp_path / "run").iterdir()}
