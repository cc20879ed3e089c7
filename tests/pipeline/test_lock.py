"""The lock on a run's folder: who holds it, who is waited for, and who is refused."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing import resource_sharer
from pathlib import Path
from platform import node
from typing import Any

import pytest

from fbench.errors import UsageError
from fbench.files import lock_for_writing
from fbench.runner.owner import LOCK, Owner, owned

pytestmark = pytest.mark.skipif(os.name == "nt", reason="without flock, workers hold no lock")
THIS = os.getpid()


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The files that are opened; all are closed in the end."""
    made: list[int] = []
    real = os.open

    def noted(*args: Any, **more: Any) -> int:
        made.append(real(*args, **more))
        return made[-1]

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", noted)
        yield made
    for number in made:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)


@pytest.fixture(scope="module")
def ended() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


Said = dict[str, Any] | str


def held(folder: Path, said: Said) -> Callable[[], None]:
    """Holds the lock of a folder as a process does that wrote so into it; what it returns lets it go."""
    path = folder / LOCK
    path.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    file = path.open("r+b")
    assert lock_for_writing(file.fileno())
    return file.close


def refusal(folder: Path) -> str:
    """Why a folder cannot be had."""
    with pytest.raises(UsageError) as why, owned(folder):
        pass
    return str(why.value)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for."""

    def sleep(seconds: float) -> None:
        raise AssertionError(f"waited for {seconds} seconds")

    monkeypatch.setattr("fbench.runner.owner.time.sleep", sleep)


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    with owned(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [LOCK]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"run\.lock: cannot be locked: No such file"),
        owned(tmp_path / "none"),
    ):
        pass


@pytest.mark.usefixtures("impatient")
def test_one_thread_keeps_out_another_and_its_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/fbench", "run", "--out", "r"])
    with owned(tmp_path):
        why = refusal(tmp_path)
    assert why.startswith(f"{tmp_path}: process {THIS} on {node()} (fbench run --out r) works on this run, ")


def test_what_a_killed_process_left_is_written_over(tmp_path: Path, ended: int) -> None:
    held(tmp_path, {"process": ended, "machine": node(), "command": "x" * 999})()
    with owned(tmp_path):
        assert json.loads((tmp_path / LOCK).read_text(encoding="utf-8"))["process"] == THIS


@pytest.mark.usefixtures("impatient")
def test_whether_a_process_on_another_machine_lives_nobody_knows_so_it_is_left_alone(
    tmp_path: Path, ended: int
) -> None:
    let_go = held(tmp_path, {"process": ended, "machine": "elsewhere"})
    assert f"process {ended} on elsewhere works on this run" in refusal(tmp_path)
    let_go()


@pytest.mark.parametrize("said", ["", "[]", "7", '{"process": "?"'])
def test_a_file_that_says_nothing_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr("fbench.runner.owner._PATIENCE", 0.0)
    let_go = held(tmp_path, said)
    assert "process unknown on this machine has ended, but a worker process of it still" in refusal(tmp_path)
    let_go()


def test_the_workers_of_a_process_that_has_ended_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: int
) -> None:
    let_go = held(tmp_path, {"process": ended, "machine": node()})

    def sleep(_: float) -> None:
        let_go()

    monkeypatch.setattr("fbench.runner.owner.time.sleep", sleep)
    with owned(tmp_path):
        assert json.loads((tmp_path / LOCK).read_text(encoding="utf-8"))["process"] == THIS


def test_workers_that_do_not_end_are_told_apart_from_their_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: int
) -> None:
    monkeypatch.setattr("fbench.runner.owner._PATIENCE", 0.0)
    let_go = held(tmp_path, {"process": ended, "machine": node(), "command": "fbench run"})
    why = (
        f"process {ended} on {node()} (fbench run) has ended, but a worker process of it still holds this run"
    )
    assert why in refusal(tmp_path)
    let_go()


def test_a_file_that_its_owner_removes_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[int] = []

    def lock(number: int) -> bool:
        if not locked:
            (tmp_path / LOCK).unlink()
        locked.append(number)
        return lock_for_writing(number)

    monkeypatch.setattr("fbench.runner.owner.lock_for_writing", lock)
    with owned(tmp_path):
        assert len(locked) == 2
        assert json.loads((tmp_path / LOCK).read_text(encoding="utf-8"))["process"] == THIS


@pytest.mark.usefixtures("impatient")
def test_a_run_is_held_as_long_as_a_worker_has_its_owner_and_no_longer(tmp_path: Path) -> None:
    kept = tmp_path / "kept"

    def put_back() -> None:
        """The file of the lock, as if its process had been killed."""
        kept.rename(tmp_path / LOCK)

    with owned(tmp_path) as owner:
        os.link(tmp_path / LOCK, kept)
        worker = pickle.loads(pickle.dumps(owner))  # noqa: S301 - as a worker process gets it
        resource_sharer.stop()
    put_back()
    assert "works on this run" in refusal(tmp_path)

    os.close(worker._number)
    with owned(tmp_path):
        os.link(tmp_path / LOCK, kept)
    put_back()
    with owned(tmp_path):
        pass


def test_without_flock_a_worker_holds_nothing() -> None:
    assert pickle.loads(pickle.dumps(Owner(None)))._number is None  # noqa: S301 - as a worker process gets it
