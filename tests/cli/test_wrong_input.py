"""What cannot be used is refused at once, in one paragraph, and nothing is left behind."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.cli_user import MODEL, SMALL, Fbench


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--model", "acme:gpt"), ("acme:gpt", "openai, vertex")),
        (("--model", "gpt-4o"), ("gpt-4o", "PROVIDER:NAME")),
        (("--model", MODEL, "--model", MODEL), ("models", "twice")),
        (("--task", "poetry"), ("poetry", "news, people, medical, coding")),
        (("--grader", "mood"), ("mood", "auto")),
        (("--limit", "-1"), ("--limit", "-1")),
        (("--data", "absent.jsonl"), ("absent.jsonl", "does not exist")),
        (("absent.toml",), ("absent.toml", "No such file")),
    ],
)
def test_an_option_that_cannot_be_used_is_named(
    fbench: Fbench, tmp_path: Path, command: str, args: tuple[str, ...], words: tuple[str, ...]
) -> None:
    said = fbench(command, *args).paragraph

    assert all(word in said for word in words), said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("limit = 2\nlimit = ]", ("not valid TOML", "line 2")),
        ('modells = ["a"]', ("'modells'", "Known fields are name, data")),
        ("epochs = [0]", ("'epochs.0'", "greater than or equal to 1")),
        ("limit = -1", ("'limit'",)),
        ('models = ["acme:x"]', ("acme:x",)),
        ("[sampling]\ntemperatur = 1", ("'sampling.temperatur'",)),
    ],
)
def test_a_configuration_is_held_to_its_fields(
    fbench: Fbench, tmp_path: Path, toml: str, words: tuple[str, ...]
) -> None:
    config = write(tmp_path / "mine.toml", toml)
    said = fbench("run", config, "--out", "out").paragraph

    assert all(word in said for word in words), said
    assert list(tmp_path.iterdir()) == [config]


def test_a_configuration_that_is_no_text_is_named_with_the_byte(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"name = '\xff'")

    assert "byte 8" in fbench("run", "mine.toml").paragraph


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", ("facts.jsonl", "empty")),
        ("{]\n", ("facts.jsonl, row 1", "not JSON")),
        ('{"fact": "f", "split": "memorization", "prompt": "Who?"}\n', ("row 1", "'answer'")),
    ],
)
def test_a_dataset_that_cannot_be_read_is_named_with_row_and_field(
    fbench: Fbench, tmp_path: Path, lines: str, words: tuple[str, ...]
) -> None:
    file = write(tmp_path / "facts.jsonl", lines)

    for command in (("run", "--data", file, "--out", "out"), ("data", "check", file), ("data", "list", file)):
        said = fbench(*command).paragraph
        assert all(word in said for word in words), said
    assert list(tmp_path.iterdir()) == [file]


def test_a_released_file_without_a_column_is_named_with_the_column(fbench: Fbench, tmp_path: Path) -> None:
    folder = tmp_path / "datasets" / "medical"
    folder.mkdir(parents=True)
    write(folder / "medical_memorization.csv", "id,prompt,answer_before\n1,Which dose?,5 mg\n")
    write(folder / "medical_generalization.csv", "id,prompt,answer_before\n1,Which dose?,5 mg\n")
    said = fbench("run", "--data", tmp_path, "--task", "medical", "--out", "out").paragraph

    assert "medical_" in said
    assert "field 'answer'" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_done(
    fbench: Fbench, tmp_path: Path, place: str
) -> None:
    write(tmp_path / "file", "")
    said = fbench("run", *SMALL, "--out", place).paragraph

    assert place in said
    assert "--out" in said


def test_a_folder_with_something_in_it_is_left_as_it_is(fbench: Fbench, tmp_path: Path) -> None:
    notes = tmp_path / "full" / "notes.txt"
    notes.parent.mkdir()
    write(notes, "mine")
    said = fbench("run", *SMALL, "--out", "full").paragraph

    assert "never writes over another" in said
    assert list(notes.parent.iterdir()) == [notes]


def test_a_live_run_without_a_budget_is_refused(fbench: Fbench, tmp_path: Path) -> None:
    assert "--budget-usd" in fbench("run", "--upstream", "live").paragraph
    assert not any(tmp_path.iterdir())


def test_a_live_run_without_keys_names_the_variables(fbench: Fbench, tmp_path: Path) -> None:
    said = fbench("run", "--upstream", "live", "--budget-usd", 1).paragraph

    assert "GOOGLE_CLOUD_PROJECT, OPENAI_API_KEY" in said
    assert not any(tmp_path.iterdir())


def test_money_is_not_spent_when_nobody_can_be_asked(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    said = fbench("run", *SMALL, "--upstream", "live", "--budget-usd", 1)

    assert (said.code, said.out) == (2, "")
    assert "--yes" in said.err
    assert "live models" in said.err
    assert "sk-planted" not in said.err
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["resume", "report", "grade"])
def test_a_folder_without_a_run_is_named_with_what_to_do(
    fbench: Fbench, tmp_path: Path, command: str
) -> None:
    (tmp_path / "empty").mkdir()

    for folder in ("empty", "absent"):
        assert folder in fbench(command, folder).paragraph
    assert not any((tmp_path / "empty").iterdir())


def test_a_report_of_an_unfinished_run_names_the_command_that_finishes_it(fbench: Fbench, own: Path) -> None:
    (own / "results.json").unlink()

    said = fbench("report", own)
    assert said.code == 3
    assert f"`fbench resume {own}`" in said.err
    assert f"`fbench resume {own}`" in fbench("report", own, "--json", "-").paragraph
    assert f"`fbench resume {own}`" in fbench("compare", own, own).paragraph


@pytest.mark.parametrize("text", ["", "{", '{"schema": 1}', "[]"])
def test_results_that_are_not_what_fbench_writes_are_named(fbench: Fbench, own: Path, text: str) -> None:
    write(own / "results.json", text)

    assert "results.json, field" in fbench("report", own).paragraph


def test_a_store_of_another_version_is_refused(fbench: Fbench, own: Path) -> None:
    db = sqlite3.connect(own / "run.sqlite")
    db.execute("pragma user_version = 99")
    db.close()

    assert "version 99" in fbench("resume", own).paragraph


def test_a_run_is_held_to_the_dataset_it_began_with(fbench: Fbench, tmp_path: Path) -> None:
    facts = write(
        tmp_path / "facts.jsonl",
        '{"fact": "f", "split": "memorization", "prompt": "Who leads Arcadia?", "answer": "Ona"}\n',
    )
    assert (
        fbench("run", "--data", facts, "--model", MODEL, "--epochs", 1, "--jobs", 1, "--out", "r").code == 0
    )
    results = (tmp_path / "r" / "results.json").read_bytes()
    write(facts, facts.read_text(encoding="utf-8").replace("Ona", "Tell"))

    for command in ("resume", "grade"):
        said = fbench(command, "r").paragraph
        assert "no longer the one that the run began with" in said
    assert (tmp_path / "r" / "results.json").read_bytes() == results
