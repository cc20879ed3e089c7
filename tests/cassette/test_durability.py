"""What is promised to be on the disk is synced there before it replaces or removes anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from fbench.cassette import Scrubber, finish
from fbench.cassette.format.writer import part_of
from fbench.cassette.library import INDEX
from fbench.cassette.tools.clean import clean_recordings
from fbench.cassette.tools.seal import seal_cassette
from fbench.errors import CassetteError
from tests.cassette.clients import asked, chat, echo, opened, recorded
from tests.cassette.recordings import chat as interaction
from tests.cassette.recordings import folder_of, save


class Call(NamedTuple):
    """A call that changes what is on the disk; for a sync also the number of bytes that it covered."""

    what: str
    path: Path
    size: int = 0


class Disk:
    """Notes syncs, renames and removals in their order, and carries them out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[Call] = []
        self._sync, self._replace, self._unlink = os.fsync, os.replace, os.unlink
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "replace", self.replace)
        monkeypatch.setattr(os, "unlink", self.unlink)

    def fsync(self, number: int) -> None:
        path = Path(f"/proc/self/fd/{number}").readlink()
        self.calls.append(Call("sync", path, os.fstat(number).st_size))
        self._sync(number)

    def replace(self, source: Path, target: Path) -> None:
        self.calls.append(Call("rename to", Path(target)))
        self._replace(source, target)

    def unlink(self, path: Path, **more: int | None) -> None:
        self.calls.append(Call("remove", Path(path)))
        self._unlink(path, **more)

    def holds(self, path: Path) -> bool:
        """Whether all of a file was synced before it got its name, and its folder after that."""
        renamed = self.calls.index(Call("rename to", path))
        fresh = path.with_name(path.name + ".new")
        folder = [call for call in self.calls[renamed:] if call.what == "sync" and call.path == path.parent]
        return Call("sync", fresh, path.stat().st_size) in self.calls[:renamed] and bool(folder)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to tell which file is synced")
    return Disk(monkeypatch)


def test_a_closed_cassette_is_on_the_disk_before_its_recording_is_removed(tmp_path: Path, disk: Disk) -> None:
    path = recorded(tmp_path / "chat.yaml", "one", "two")
    assert disk.holds(path)
    removed = disk.calls.index(Call("remove", part_of(path)))
    folder_synced = max(at for at, call in enumerate(disk.calls) if call.path == tmp_path)
    assert disk.calls.index(Call("rename to", path)) < folder_synced < removed


def test_a_released_recording_is_on_the_disk_with_its_name(tmp_path: Path, disk: Disk) -> None:
    cassette = opened(tmp_path / "chat.yaml", "new")
    chat(asked(cassette, echo()), "one")
    part = part_of(cassette.path)
    assert [call.path for call in disk.calls] == [part, tmp_path]  # when it was made
    cassette.release()
    assert [call.path for call in disk.calls[2:]] == [part, tmp_path]
    assert disk.calls[2].size == part.stat().st_size


def test_a_cassette_replaces_an_older_one_only_when_it_is_on_the_disk(tmp_path: Path, disk: Disk) -> None:
    path = recorded(tmp_path / "chat.yaml", "one")
    disk.calls.clear()
    recorded(path, "two")
    assert disk.holds(path)


def test_an_index_is_on_the_disk_after_the_cassettes_that_it_lists(tmp_path: Path, disk: Disk) -> None:
    folder_of(tmp_path, first=[interaction("a?", "a")])
    part = opened(tmp_path / "second.yaml", "new")
    chat(asked(part, echo()), "one")
    part.release()
    disk.calls.clear()
    finish(tmp_path, {"recorded": "2026-01-01"})
    assert disk.holds(tmp_path / "second.yaml")
    assert disk.holds(tmp_path / INDEX)
    renames = [call.path.name for call in disk.calls if call.what == "rename to"]
    assert renames == ["second.yaml", INDEX]


def test_a_sealed_cassette_and_its_index_are_on_the_disk(tmp_path: Path, disk: Disk) -> None:
    folder_of(tmp_path, first=[interaction("a?", "a")])
    disk.calls.clear()
    seal_cassette(tmp_path / "first.yaml")
    assert disk.holds(tmp_path / "first.yaml")
    assert disk.holds(tmp_path / INDEX)


def test_all_that_is_scrubbed_in_place_is_on_the_disk(tmp_path: Path, disk: Disk) -> None:
    folder_of(tmp_path, first=[interaction("a?", "a")])
    (tmp_path / "config.toml").write_text('models = ["gpt-4o"]\n', encoding="utf-8")
    disk.calls.clear()
    clean_recordings(tmp_path, tmp_path, Scrubber())
    assert all(disk.holds(tmp_path / name) for name in ("first.yaml", INDEX, "config.toml"))


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_when_the_disk_refuses_the_old_cassette_stays_and_the_recording_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = save(tmp_path / "chat.yaml", [interaction("a?", "a")], upstream="fake", recorded="2026-01-01")
    old, cassette = path.read_bytes(), opened(path, "new")
    chat(asked(cassette, echo()), "one")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, refuse)
    with pytest.raises(Exception, match="No space left on device"):
        cassette.close()
    assert path.read_bytes() == old
    assert sorted(each.name for each in tmp_path.iterdir()) == ["chat.yaml", "chat.yaml.part"]


def test_a_head_that_does_not_fit_leaves_nothing_that_stops_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "chat.yaml", os.write

    def partly(number: int, content: bytes) -> int:
        return write(number, content[:20])

    with monkeypatch.context() as full:
        full.setattr(os, "write", partly)
        with pytest.raises(CassetteError, match="there is no room left"):
            chat(asked(opened(path, "new"), echo()), "one")
    assert not part_of(path).exists()
    assert recorded(path, "one").is_file()


def test_a_link_to_a_cassette_stays_one_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = recorded(tmp_path / "there" / "chat.yaml", "one"), tmp_path / "chat.yaml"
    link.symlink_to(target)
    recorded(link, "two")
    clean_recordings(link, link, Scrubber())
    seal_cassette(link)
    assert link.is_symlink()
    assert len(opened(target)) == len(opened(link)) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["chat.yaml", "there"]
