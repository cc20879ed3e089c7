"""Messages say what is wrong in plain words, once, and what to do about it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.cli_user import SMALL, Fbench


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_store_is_told_alike_by_report_and_resume(fbench: Fbench, own: Path) -> None:
    (own / "run.sqlite").write_bytes(b"")
    shown, resumed = fbench("report", own), fbench("resume", own)

    assert "its store is empty; nor can the results be made again" in shown.err
    for said in (shown.err, resumed.err):
        assert "is empty, though results.json says that the run reached its end" in said
        assert "begin it with" not in said


@pytest.mark.parametrize("change", ["an answer", "the file's end"])
def test_what_is_wrong_with_a_store_is_said_once(fbench: Fbench, own: Path, change: str) -> None:
    store = own / "run.sqlite"
    if change == "an answer":
        with closing(sqlite3.connect(store)) as db:
            db.execute("update answer set text = 'another'")
            db.commit()
    else:
        store.write_bytes(store.read_bytes()[:-50])
    said = fbench("report", own).err

    assert said.count("Put back a copy of it") == 1
    assert "int()" not in said


def test_results_that_were_removed_are_not_called_unfinished(fbench: Fbench, own: Path) -> None:
    (own / "results.json").unlink()

    for command in (("compare", own, own), ("report", own)):
        said = fbench(*command).err
        assert "the run wrote it, and it was removed" in said
        assert "did not reach its end" not in said


@pytest.mark.parametrize("name", ["results.json", "run.json"])
def test_a_folder_in_the_place_of_a_file_is_to_be_moved_away(fbench: Fbench, own: Path, name: str) -> None:
    (own / name).unlink()
    (own / name).mkdir()

    assert f"{name}: cannot be written: Is a directory. Move it away" in fbench("resume", own).err


def test_an_empty_configuration_of_a_run_is_named_and_not_the_data(fbench: Fbench, own: Path) -> None:
    write(own / "config.toml", "")
    said = fbench("resume", own).paragraph

    assert "config.toml, field " in said
    assert "put it back" in said
    assert "dataset" not in said


def test_a_file_of_the_user_beside_a_store_is_to_be_corrected_and_not_put_back(
    fbench: Fbench, own: Path
) -> None:
    config = write(own / "mine.toml", 'epochs = "x"')

    assert fbench("run", config, "--out", "r").paragraph.endswith(
        "field 'epochs': must be a whole number, got 'x'. Correct it, or leave it out."
    )


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("name = 3", "field 'name': must be a text, got 3"),
        ("limit = 1.5", "field 'limit': must be a whole number, got 1.5"),
        ("share_checkpoints = 'maybe'", "field 'share_checkpoints': must be true or false, got 'maybe'"),
        ("models = []", "field 'models': must not be empty"),
        ("seeds = [-1]", "field 'seeds.0': must be at least 0, got -1"),
        ("labels = 'old'", "field 'labels': must be 'corrected' or 'published', got 'old'"),
        ("prices = 3", "field 'prices': must be a table of names and values, got 3"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(
    fbench: Fbench, tmp_path: Path, toml: str, problem: str
) -> None:
    assert problem in fbench("run", write(tmp_path / "mine.toml", toml), "--out", "r").paragraph


@pytest.mark.parametrize("value", ["x", "1.5"])
def test_an_option_that_takes_a_number_is_told_in_plain_words(fbench: Fbench, value: str) -> None:
    said = fbench("run", "--limit", value).paragraph

    assert "is not a whole number" in said
    assert "range" not in said


def test_a_learner_that_needs_options_names_them(fbench: Fbench, tmp_path: Path) -> None:
    said = fbench("run", "--learner", "scripted", "--out", tmp_path / "r").paragraph

    assert "The learner 'scripted' of fakes needs answers" in said
    assert "__init__" not in said
    assert not (tmp_path / "r").exists()


def test_rows_of_a_run_tell_what_the_service_said_in_the_place_of_an_answer(
    fbench: Fbench, own: Path
) -> None:
    copy = own.parent / "copy"
    shutil.copytree(own, copy)
    fbench("grade", copy, "--out", own.parent / "rows.jsonl")

    assert '"error":' in (own.parent / "rows.jsonl").read_text(encoding="utf-8").splitlines()[0]


def test_a_replay_that_lacks_recordings_is_not_told_to_go_on(fbench: Fbench) -> None:
    assert fbench("run", *SMALL, "--jobs", 1, "--quiet", "--cassettes", "tape", "--record", "all").code == 0
    for shard in Path("tape").rglob("e1/*.yaml"):
        shard.unlink()
    said = fbench("run", "--cassettes", "tape", "--jobs", 1, "--quiet", "--out", "again")

    assert said.code == 2
    assert "To go on" not in said.err, "it could only fail again"
