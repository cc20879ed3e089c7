"""Files are written whole or not at all, by whatever command or function writes them."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import fbench
from fbench.errors import UsageError
from fbench.files import replacing, write_file
from fbench.runner.folder import write_config

MODEL = "openai:gpt-4o-mini-2024-07-18"
SMALL = fbench.Experiment(models=(MODEL,), tasks=("news",), limit=2, epochs=(1,))
ROW = '{"question": "?", "gold": "a", "response": "a"}\n'


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was recorded, beside its recording; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    fbench.run(_recorded(folder), folder / "run")
    return folder


@pytest.fixture
def place(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished, tmp_path / "place")


def _recorded(folder: Path) -> fbench.Experiment:
    return SMALL.model_copy(update={"cassettes": folder / "recording", "record": "new"})


def _command(*args: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fbench", *map(str, args)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _in_process(monkeypatch: pytest.MonkeyPatch, *args: object) -> int:
    from fbench.cli import main  # noqa: PLC0415 - only here

    monkeypatch.setattr(sys, "argv", ["fbench", *map(str, args)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


WRITERS: dict[str, Callable[[pytest.MonkeyPatch, Path], object]] = {
    "out.json": lambda patch, at: _in_process(patch, "report", at / "run", "--json", at / "out.json"),
    "out.txt": lambda patch, at: _in_process(
        patch, "report", at / "run", "--reporter", "full", "--out", at / "out.txt"
    ),
    "out.jsonl": lambda patch, at: _in_process(patch, "grade", at / "run", "--out", at / "out.jsonl"),
    "out.csv": lambda patch, at: _in_process(patch, "grade", at / "run", "--out", at / "out.csv"),
    "out.tsv.gz": lambda patch, at: _in_process(patch, "grade", at / "run", "--out", at / "out.tsv.gz"),
    "recording/config.toml": lambda _, at: fbench.run(_recorded(at), at / "new"),
    "recording/index.json": lambda _, at: fbench.run(_recorded(at), at / "new"),
    "run/config.toml": lambda _, at: write_config(at / "run", SMALL),
    "run/results.json": lambda _, at: fbench.resume(at / "run"),
    "run/run.json": lambda _, at: fbench.resume(at / "run"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_on_the_disk_whole_before_it_replaces_another(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """All of the new content is synced, and only then the old is replaced; the folder is synced last."""
    file, synced = place / name, list[tuple[int, bytes]]()
    if not file.exists():
        file.write_bytes(b"old")
    before, sync, replace = file.read_bytes(), os.fsync, Path.replace
    moves: list[tuple[bytes, int]] = []

    def watch_sync(number: int) -> None:
        mode = os.fstat(number).st_mode
        content = b"" if stat.S_ISDIR(mode) else Path(f"/proc/self/fd/{number}").read_bytes()
        synced.append((os.fstat(number).st_ino, content))
        sync(number)

    def watch_replace(self: Path, target: Path) -> Path:
        if Path(target) == file:
            assert file.read_bytes() == before
            moves.append((self.read_bytes(), len(synced)))
            assert (self.stat().st_ino, self.read_bytes()) in synced
        return replace(self, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to tell what is synced")
    monkeypatch.setattr(os, "fsync", watch_sync)
    monkeypatch.setattr(Path, "replace", watch_replace)
    WRITERS[name](monkeypatch, place)

    ((content, at),) = moves
    assert file.read_bytes() == content
    assert file.parent.stat().st_ino in [number for number, _ in synced[at:]]


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_cannot_be_replaced_stays_as_it_was_and_nothing_is_left_beside(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file, replace = place / name, Path.replace
    if not file.exists():
        file.write_bytes(b"old")
    before, there = file.read_bytes(), sorted(file.parent.iterdir())

    def refuse(self: Path, target: Path) -> Path:
        if Path(target) == file:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    try:
        assert WRITERS[name](monkeypatch, place) == 2
    except UsageError as error:
        assert "No space left on device" in str(error)  # noqa: PT017 - the command line returns it instead
    assert file.read_bytes() == before
    assert sorted(file.parent.iterdir()) == there


def test_a_file_of_which_half_was_written_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    write_file(file, "old")
    with pytest.raises(KeyboardInterrupt):
        _stop_while_writing(file)
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


def _stop_while_writing(file: Path) -> None:
    with replacing(file) as half:
        half.write(b"ne")
        raise KeyboardInterrupt


def test_what_a_link_points_to_is_replaced_and_the_link_stays(place: Path) -> None:
    (place / "real").mkdir()
    (place / "out.jsonl").symlink_to(place / "real" / "rows.jsonl")
    (place / "rows.jsonl").write_text(ROW, encoding="utf-8")
    _command("grade", place / "rows.jsonl", "--out", place / "out.jsonl")
    _command("report", place / "run", "--json", place / "out.jsonl")
    assert (place / "out.jsonl").is_symlink()
    assert (place / "real" / "rows.jsonl").read_bytes() == (place / "run" / "results.json").read_bytes()


@pytest.mark.parametrize("device", ["/dev/stdout", "/dev/stderr"])
def test_a_device_is_written_to_and_never_replaced(place: Path, device: str) -> None:
    link = Path(device)
    if not link.exists():
        pytest.skip("no such device here")
    before = os.lstat(link).st_ino
    with (place / "all.txt").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "fbench", "report", str(place / "run"), "--json", device],
            check=False,
            stdout=out,
            stderr=out,
        )
    assert done.returncode == 0
    assert os.lstat(link).st_ino == before
    assert not Path(f"{device}.new").exists()


def test_a_table_that_is_packed_ends_where_it_should(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROW, encoding="utf-8")
    _command("grade", tmp_path / "rows.jsonl", "--out", tmp_path / "out.csv.gz")
    with gzip.open(tmp_path / "out.csv.gz", "rt", encoding="utf-8") as text:
        assert text.read().count("\n") == 2


def test_a_folder_that_cannot_be_synced_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some file systems of networks; a full disk still is one."""
    sync, error = os.fsync, OSError(22, "Invalid argument")

    def refuse(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise error
        sync(number)

    monkeypatch.setattr(os, "fsync", refuse)
    write_file(tmp_path / "out.txt", "new")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "new"
    error = OSError(28, "No space left on device")
    with pytest.raises(UsageError, match="No space left"):
        write_file(tmp_path / "out.txt", "newer")
