"""Replaying and the fakes need nothing that only POSIX has; recording uses the locks of Windows there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fbench.cassette import Cassette
from fbench.cassette.format.reader import CassetteReader
from fbench.errors import CassetteError
from tests.cassette.clients import asked, chat, echo, opened, recorded

ROOT = Path(__file__).parents[2]
WITHOUT_POSIX = """
import os, signal, sys

for name in ("fcntl", "termios", "pwd", "grp", "resource", "pty", "tty"):
    sys.modules[name] = None
ABSENT = "pread pwrite preadv pwritev fork forkpty register_at_fork getuid geteuid getgid fchmod".split()
ABSENT += "fchown mkfifo sched_getaffinity sendfile posix_fallocate getpgid setsid killpg wait4".split()
ABSENT += ["O_NONBLOCK", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_SYNC", "O_DSYNC"]
for name in ABSENT:
    if hasattr(os, name):
        delattr(os, name)
SIGNALS = "SIGALRM SIGHUP SIGKILL SIGUSR1 SIGUSR2 SIGPIPE SIGCHLD alarm setitimer sigwait"
for name in SIGNALS.split():
    if hasattr(signal, name):
        delattr(signal, name)
"""


def run(code: str, *arguments: object) -> str:
    """What a program prints that runs without the calls that Windows lacks."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_modules_are_imported() -> None:
    code = """
import pkgutil
from importlib import import_module
import fakes, fbench

names = []
for root in (fakes, fbench):
    names += [each.name for each in pkgutil.walk_packages(root.__path__, root.__name__ + ".")]
for name in names:
    if not name.endswith("__main__"):
        import_module(name)
print(len(names))
"""
    assert int(run(code)) > 100


@pytest.mark.long
def test_a_replayed_run_has_the_same_results(tmp_path: Path) -> None:
    replay = (
        "run",
        "--quiet",
        "--jobs",
        "1",
        "--cassettes",
        ROOT / "tests" / "data" / "fossils" / "recording",
    )
    run("from fbench.cli import main; main()", *replay, "--out", tmp_path / "here")
    subprocess.run([sys.executable, "-m", "fbench", *replay, "--out", tmp_path / "there"], check=True)
    results = [tmp_path / where / "results.json" for where in ("here", "there")]
    assert results[0].read_bytes() == results[1].read_bytes()


def test_many_threads_replay_one_file(tmp_path: Path) -> None:
    prompts = [f"question {number}" for number in range(60)]
    path = recorded(tmp_path / "chat.yaml", *prompts)
    code = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from fbench.cassette.format.reader import CassetteReader

reader = CassetteReader(Path(sys.argv[1]))
expected = [reader.record(at) for at in range(len(reader))]
with ThreadPoolExecutor(8) as pool:
    assert list(pool.map(reader.record, list(range(len(reader))) * 50)) == expected * 50
print(len(expected))
"""
    assert int(run(code, path)) == len(prompts)


def test_fakes_are_recorded_where_there_are_no_locks(tmp_path: Path) -> None:
    code = """
from pathlib import Path
import httpx2
from fakes import FakeTransport, World
from fbench.cassette import Cassette, CassetteTransport

path = Path(sys.argv[1])
cassette = Cassette(path, "new")
client = httpx2.Client(transport=CassetteTransport(cassette, FakeTransport(World())))
print(client.get("https://api.openai.com/v1/models", headers={"authorization": "Bearer sk-fake"}).status_code)
cassette.close()
"""
    assert run(code, tmp_path / "models.yaml").strip() == "200"
    assert len(Cassette(tmp_path / "models.yaml")) == 1


def test_recording_takes_the_lock_of_windows_behind_the_end_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[tuple[int, int]] = []

    def locking(number: int, mode: int, length: int) -> None:
        at = os.lseek(number, 0, os.SEEK_CUR)
        if locked:
            raise PermissionError(13, "Permission denied")
        assert mode == 2
        locked.append((at, length))

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    path = tmp_path / "chat.yaml"
    first, second = opened(path, "new"), opened(path, "new")
    client = asked(first, echo())
    assert [chat(client, prompt) for prompt in ("one", "two")] == ["one", "two"]
    assert locked == [(1 << 40, 1)]
    with pytest.raises(CassetteError, match="another process is recording there"):
        chat(asked(second, echo()), "three")
    first.close()
    assert path.stat().st_size < 1 << 20
    assert len(CassetteReader(path)) == 2
