"""A recording that is an empty file, as a process leaves it that is killed at once, holds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import fbench
from fbench.cassette import Library, Mode, finish
from fbench.cassette.format.writer import part_of
from fbench.cassette.library import read_index
from fbench.errors import CassetteError, UsageError
from tests.cassette.clients import asked, chat, echo, opened, recorded
from tests.cassette.recordings import chat as interaction
from tests.cassette.recordings import folder_of

EXPERIMENT = fbench.Experiment(
    models=("openai:gpt-4o-mini-2024-07-18",), tasks=("news",), limit=1, epochs=(1,)
)


def emptied(path: Path) -> Path:
    part_of(path).parent.mkdir(parents=True, exist_ok=True)
    part_of(path).touch()
    return path


@pytest.mark.parametrize("mode", ["none", "new"])
def test_what_was_recorded_before_is_replayed_beside_an_empty_recording(tmp_path: Path, mode: Mode) -> None:
    path = emptied(recorded(tmp_path / "chat.yaml", "one"))
    assert chat(asked(opened(path, mode)), "one") == "one"


def test_where_only_an_empty_recording_is_there_is_nothing_to_replay(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="no recording is there"):
        opened(emptied(tmp_path / "chat.yaml"))


@pytest.mark.parametrize("mode", ["new", "all"])
def test_a_recording_goes_on_in_an_empty_one(tmp_path: Path, mode: Mode) -> None:
    cassette = opened(emptied(tmp_path / "chat.yaml"), mode)
    assert chat(asked(cassette, echo()), "one") == "one"
    cassette.close()
    assert not part_of(cassette.path).exists()
    assert chat(asked(opened(cassette.path)), "one") == "one"


def test_an_empty_recording_that_nothing_was_added_to_is_removed_when_it_is_closed(tmp_path: Path) -> None:
    opened(emptied(recorded(tmp_path / "old.yaml", "one")), "new").close()
    opened(emptied(tmp_path / "none.yaml"), "new").close()
    assert [path.name for path in tmp_path.iterdir()] == ["old.yaml"]


def test_a_folder_is_finished_and_replayed_whatever_empty_recordings_are_in_it(tmp_path: Path) -> None:
    folder_of(tmp_path, one=[interaction("a?", "a")])
    for name in ("one.yaml", "two.yaml", "below/three.yaml"):
        emptied(tmp_path / name)
    with pytest.raises(CassetteError, match="no shard"):
        Library(tmp_path, "none").cassette()
    finish(tmp_path, {"recorded": "2026-01-01"})
    assert not list(tmp_path.rglob("*.part"))
    assert [shard.file for shard in read_index(tmp_path).shards] == ["one.yaml"]


def test_a_run_is_replayed_resumed_and_recorded_anew_over_empty_recordings(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    recording = EXPERIMENT.model_copy(update={"cassettes": folder, "record": "new"})
    results = fbench.run(recording, tmp_path / "run").rows

    def empty_all() -> None:
        for path in folder.rglob("*.yaml"):
            emptied(path)

    empty_all()
    replay = EXPERIMENT.model_copy(update={"cassettes": folder})
    assert fbench.run(replay, tmp_path / "replay").rows == results
    assert fbench.resume(tmp_path / "run").rows == results
    assert not list(folder.rglob("*.part"))
    empty_all()
    anew = recording.model_copy(update={"record": "all"})
    assert fbench.run(anew, tmp_path / "anew").rows == results
    assert not list(folder.rglob("*.part"))


def test_a_recording_that_is_damaged_is_still_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path / "chat.yaml", "one")
    for content, said in ((path.read_bytes()[:200], "head is damaged"), (b"\0" * 99, "chat.yaml.part")):
        part_of(path).write_bytes(content)
        with pytest.raises(CassetteError, match=said):
            opened(path)
        with pytest.raises(CassetteError, match=said):
            finish(tmp_path, {})
    anew = EXPERIMENT.model_copy(update={"cassettes": tmp_path, "record": "all"})
    with pytest.raises(UsageError, match="left from a recording"):
        fbench.run(anew, tmp_path / "run")
