"""A process that is killed while it makes a run's folder leaves one that a run or a resume goes on with."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import fbench
from fbench.errors import UsageError
from fbench.runner.config import CONFIG
from fbench.runner.folder import make_folder
from fbench.runner.store import Store

EXPERIMENT = fbench.Experiment(
    models=("openai:gpt-4o-mini-2024-07-18",), tasks=("news",), limit=1, epochs=(1,)
)

KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path

import fbench
from fbench.runner.folder import make_folder

models = ("openai:gpt-4o-mini-2024-07-18",)
experiment = fbench.Experiment(models=models, tasks=("news",), limit=1, epochs=(1,))
left = 0


def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


class Connection(sqlite3.Connection):
    def execute(self, *args):
        step()
        made = super().execute(*args)
        step()
        return made

    def executescript(self, script):
        for statement in script.split(";"):
            if statement.strip():
                self.execute(statement)


connect = sqlite3.connect
sqlite3.connect = lambda *args, **more: connect(*args, **more, factory=Connection)
seen = ("open", "os.mkdir", "os.rename", "sqlite3.connect")
sys.addaudithook(lambda event, args: step() if left > 0 and event in seen else None)
number, ended = 0, False
while not ended:
    number += 1
    child = os.fork()
    if child == 0:
        left = number
        make_folder(Path(sys.argv[1]) / str(number), experiment)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    ended = os.WIFEXITED(status)
    print(number, os.WTERMSIG(status), flush=True)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders that were being made when their process was killed, one for each different state."""
    folder = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)], capture_output=True, text=True, check=True
    )
    ends = [line.split() for line in done.stdout.splitlines()]
    assert {int(how) for _, how in ends[:-1]} == {signal.SIGKILL}
    assert len(ends) > 20
    made = [folder / number for number, _ in ends[:-1]]
    return list({_content(each): each for each in made if each.exists()}.values())


def _content(folder: Path) -> tuple[tuple[str, bytes], ...]:
    return tuple((path.name, path.read_bytes()) for path in sorted(folder.iterdir()))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The results of a run that nothing happened to."""
    return fbench.run(EXPERIMENT, tmp_path_factory.mktemp("whole") / "run").to_json()


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.long
def test_wherever_a_process_is_killed_a_run_or_a_resume_goes_on(killed: list[Path], whole: str) -> None:
    resumed = 0
    for folder in killed:
        try:
            results = fbench.resume(folder)
            resumed += 1
        except UsageError as error:
            assert f"`fbench run --out {folder}`" in str(error)  # noqa: PT017 - one of two outcomes
            results = fbench.run(EXPERIMENT, folder)
        assert results.to_json() == whole
    assert 0 < resumed < len(killed)


@pytest.mark.parametrize("size", [0, None], ids=["a file without content", "a database without tables"])
def test_a_store_in_which_nothing_is_yet_is_made_by_resume(
    tmp_path: Path, whole: str, size: int | None
) -> None:
    """As older versions left it, which wrote the configuration first."""
    make_folder(tmp_path / "run", EXPERIMENT)
    store = tmp_path / "run" / "run.sqlite"
    store.unlink()
    if size is None:
        with closing(sqlite3.connect(store)) as database:
            database.execute("pragma journal_mode = wal")
            database.execute("pragma user_version = 0")
    else:
        store.touch()

    with pytest.raises(UsageError, match=r"stopped before it began.*fbench resume"):
        fbench.report(tmp_path / "run")
    with pytest.raises(UsageError, match="never writes over another"):
        fbench.run(EXPERIMENT, tmp_path / "run")
    assert fbench.resume(tmp_path / "run").to_json() == whole


@pytest.mark.parametrize("size", [100, 4000])
def test_a_store_that_was_cut_short_is_refused_with_what_to_do(tmp_path: Path, size: int) -> None:
    make_folder(tmp_path / "run", EXPERIMENT)
    store = tmp_path / "run" / "run.sqlite"
    store.write_bytes(store.read_bytes()[:size])

    with pytest.raises(UsageError, match=r"run.sqlite: is damaged.* begin a new run in another folder"):
        fbench.resume(tmp_path / "run")


def test_a_database_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    make_folder(tmp_path / "run", EXPERIMENT)
    store = tmp_path / "run" / "run.sqlite"
    store.unlink()
    with closing(sqlite3.connect(store)) as database:
        database.execute("create table mine (name text)")
    before = store.read_bytes()

    with pytest.raises(UsageError, match="the tables of something else"):
        fbench.resume(tmp_path / "run")
    assert store.read_bytes() == before


@pytest.mark.parametrize("name", [CONFIG, "notes.txt", "run.sqlite.bak"])
def test_a_folder_with_files_of_a_user_is_not_taken_for_one_that_was_being_made(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not an empty folder") as refused:
        fbench.run(EXPERIMENT, tmp_path)
    assert "fbench resume" not in str(refused.value).partition("To go on")[0]
    with pytest.raises(UsageError, match=r"holds no run.*Name a folder that `fbench run` made"):
        fbench.resume(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_store_with_something_in_it_is_not_used_again_where_its_configuration_is_gone(
    tmp_path: Path,
) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        store.set_meta("name", "value")
    with pytest.raises(UsageError, match="not an empty folder"):
        fbench.run(EXPERIMENT, tmp_path)
