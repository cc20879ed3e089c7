"""What cannot be used is refused at once, in one paragraph, and nothing is left behind."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from fbench.runner.owner import owned
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
        ("limit = 2\nlimit = ]", ("not valid TOML", "row 2")),
        ('modells = ["a"]', ("'modells'", "Known fields are name, data")),
        ("epochs = [0]", ("'epochs.0'", "must be at least 1, got 0")),
        ("limit = -1", ("'limit'",)),
        ('models = ["acme:x"]', ("acme:x",)),
        ("[sampling]\ntemperatur = 1", ("'sampling.temperatur'", "temperature, max_tokens, seed")),
        ("[prices]\nlimit = 1", ("no field 'limit' in the table [prices]", "PROVIDER:NAME", "above it")),
        ('[prices."openai:m"]\ncost = 1', ("'cost'", '[prices."openai:m"]', "train, base_input")),
    ],
)
def test_a_configuration_is_held_to_its_fields(
    fbench: Fbench, tmp_path: Path, toml: str, words: tuple[str, ...]
) -> None:
    config = write(tmp_path / "mine.toml", toml)
    said = fbench("run", config, "--out", "out").paragraph

    assert all(word in said for word in words), said
    assert list(tmp_path.iterdir()) == [config]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mine = 1", "no field 'mine' in the table [prices]"),
        ("[mine]", "'mine': there is no such field"),
        ("mine", "is not valid TOML"),
        ("\0", "is not valid TOML"),
    ],
)
def test_a_line_after_a_runs_configuration_is_named_with_what_to_do(
    fbench: Fbench, own: Path, line: str, words: str
) -> None:
    with (own / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f"{line}\n")

    for command in (
        ("resume", own),
        ("grade", own),
        ("compare", own, own),
        ("grade", own, "--disagreements"),
    ):
        said = fbench(*command).paragraph
        assert str(own / "config.toml") in said
        assert words in said
        assert said.endswith("Put the file back as the run wrote it, or remove what was added.")


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
    assert said.out.startswith("fbench (unfinished): FAKE models")
    assert "what it has so far is shown" in said.err
    for place in ("-", "results.json"):
        code, out, err = fbench("report", own, "--json", place)
        assert (code, out) == (3, "")
        assert f"`fbench resume {own}`" in err
    with owned(own):
        said = fbench("report", own)
    assert said.code == 3
    assert said.out.startswith("fbench (still running): ")
    assert f"process {os.getpid()} on" in said.err
    assert "fbench resume" not in said.out + said.err
    assert f"`fbench resume {own}`" in fbench("compare", own, own).paragraph


@pytest.mark.parametrize("text", ["", "{", '{"schema": 1}', "[]"])
def test_results_that_are_not_what_fbench_writes_are_named(fbench: Fbench, own: Path, text: str) -> None:
    write(own / "results.json", text)

    assert "results.json" in fbench("report", own).paragraph


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


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--seed", 1, "--seed", 1), ("option --seed", "seeds lists 1 twice", "give each value once")),
        (("--epochs", 3, "--epochs", 1, "--epochs", 3), ("option --epochs", "epochs lists 3 twice")),
        (("--task", "news", "--task", "news"), ("option --task", "tasks lists news twice")),
        (("--model", MODEL, "--model", MODEL), ("option --model", MODEL)),
        (("--model", "gpt-4o"), ("option --model", "PROVIDER:NAME")),
        (("--record", "new"), ("option --record", "--cassettes")),
        (("mine.toml", "--seed", 1, "--seed", 1), ("option --seed",)),
        (("wrong.toml",), ("wrong.toml, field 'seeds'", "lists 7 twice")),
        (("wrong.toml", "--seed", 1, "--seed", 1), ("option --seed", "lists 1 twice")),
    ],
)
def test_a_value_that_is_given_twice_is_named_with_its_option_or_its_field(
    fbench: Fbench, tmp_path: Path, command: str, args: tuple[object, ...], words: tuple[str, ...]
) -> None:
    write(tmp_path / "mine.toml", "limit = 1\n")
    write(tmp_path / "wrong.toml", "seeds = [7, 7]\n")
    said = fbench(command, *args).paragraph

    assert all(word in said for word in words), said
    assert "''" not in said
    assert not said.endswith("..")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.toml", "wrong.toml"]


@pytest.mark.parametrize(
    ("args", "option"),
    [
        (("run", "--limit", 1, "--limit", 2), "--limit"),
        (("plan", "--grader", "exact", "--grader", "exact"), "--grader"),
        (("resume", "run", "--concurrency", 1, "--concurrency", 2), "--concurrency"),
        (("grade", "a.jsonl", "--out", "b", "--human", "h", "--out", "c"), "--out"),
        (("compare", "a", "b", "--out", "x", "--out", "y"), None),
        (("report", "a", "--json", "x", "--json", "y"), "--json"),
        (("reproduce", "--data", "a", "--data", "b"), "--data"),
        (("serve", "--seed", 1, "--seed", 2), "--seed"),
        (("data", "list", "--labels", "published", "--labels", "corrected"), "--labels"),
        (("cassette", "check", "a", "--max-age-days", 1, "--max-age-days", 2), "--max-age-days"),
        (("--verbose", "plan", "--limit", 1, "--limit", 2), "--limit"),
    ],
)
def test_an_option_that_takes_one_value_is_not_guessed_at_when_it_is_given_twice(
    fbench: Fbench, args: tuple[object, ...], option: str | None
) -> None:
    said = fbench(*args).paragraph

    assert (f"{option} takes one value, and was given 2 times, the last time as" in said) == bool(option), (
        said
    )
    assert "--help`" in said


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (("plan", "--model", ""), "--model"),
        (("run", "--task", "news", "--task", ""), "--task"),
        (("run", "--out", ""), "--out"),
        (("resume", ""), "RUN"),
        (("report", ""), "RUN"),
        (("grade", ""), "FILE"),
        (("grade", "a.jsonl", "--out", ""), "--out"),
        (("data", "check", ""), "SOURCE"),
        (("cassette", "check", ""), "PATH"),
    ],
)
def test_a_value_that_is_empty_is_named_and_not_taken_for_this_folder(
    fbench: Fbench, tmp_path: Path, args: tuple[object, ...], name: str
) -> None:
    said = fbench(*args).paragraph

    assert f"{name}" in said
    assert "is empty: give it a value" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (("run", "--out"), "--out"),
        (("run", "--data"), "--data"),
        (("plan", "--model"), "--model"),
        (("run",), "[CONFIG]"),
        (("resume",), "RUN"),
        (("compare", "a"), "B"),
        (("report", "a"), "RUN..."),
        (("grade", "a.csv", "--gold"), "--gold"),
        (("data", "check"), "[SOURCE]"),
        (("serve", "--prior"), "--prior"),
    ],
)
def test_a_value_that_is_no_text_is_named_before_anything_is_made(
    fbench: Fbench, tmp_path: Path, args: tuple[object, ...], name: str
) -> None:
    said = fbench(*args, "caf\udce9").paragraph  # as Python reads an argument in Latin-1

    assert f"Error: {name} 'caf\\udce9' is not text that UTF-8 can hold, from its character 4 on" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("option", [("--labels", "published"), ("--all-news",)])
def test_an_option_that_changes_nothing_about_the_data_is_refused(
    fbench: Fbench, tmp_path: Path, option: tuple[str, ...]
) -> None:
    write(
        tmp_path / "facts.jsonl",
        '{"fact": "f", "split": "memorization", "prompt": "Who leads Arcadia?", "answer": "Ona"}\n',
    )
    for command in (
        ("run", "--out", "r"),
        ("plan",),
        ("data", "list"),
        ("data", "check"),
        ("data", "check", "facts.jsonl"),
        ("run", "--data", "facts.jsonl"),
    ):
        said = fbench(*command, *option).paragraph
        assert f"{option[0]} " in said
        assert "is for the FineTuneBench release, and changes nothing about" in said
    assert [path.name for path in tmp_path.iterdir()] == ["facts.jsonl"]


def test_a_model_that_no_fake_has_is_refused_before_a_folder_is_made(fbench: Fbench, tmp_path: Path) -> None:
    said = fbench("run", "--model", "openai:gpt-99", "--out", "r").paragraph

    assert "model 'openai:gpt-99' is no model that the fakes can tune" in said
    assert MODEL in said
    assert "--upstream live" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("finish", ["true", '["stop"]', "{}"])
def test_the_end_of_an_answer_in_a_file_is_a_text(fbench: Fbench, tmp_path: Path, finish: str) -> None:
    row = '{"question": "?", "gold": "x", "response": "x", "finish": %s}\n'
    write(tmp_path / "a.jsonl", row % "null" + row % '"stop"' + row % finish)

    assert "a.jsonl, row 3, field 'finish': this is not a text" in fbench("grade", "a.jsonl").paragraph
    write(tmp_path / "a.jsonl", row % "null" + row % "1.5")
    assert "finish: numbers in it do not tell why the model stopped" in fbench("grade", "a.jsonl").err


def test_an_option_for_which_an_empty_value_means_something_takes_it(fbench: Fbench, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "question,gold,response,\n?,a|b,a|b,yes\n")

    assert "1 correct" in fbench("grade", "a.csv", "--gold-separator", "").err
    assert "compared with ''" in fbench("grade", "a.csv", "--human", "").err


@pytest.mark.parametrize("command", [("grade", "a.csv", "--out"), ("report", "run", "--json")])
@pytest.mark.parametrize("place", [".", "..", "/"])
def test_a_folder_is_refused_as_the_name_of_a_file(
    fbench: Fbench, own: Path, command: tuple[str, ...], place: str
) -> None:
    write(own.parent / "a.csv", "question,gold,response\n?,a,a\n")
    own.rename(own.parent / "run")
    before = sorted(own.parent.iterdir())

    assert f"{place}: cannot be written: Is a directory" in fbench(*command, place).paragraph
    assert sorted(own.parent.iterdir()) == before


def test_results_that_are_cut_short_are_named_without_an_empty_field(fbench: Fbench, own: Path) -> None:
    write(own / "results.json", '{"schema": 1, ')
    said = fbench("report", own).paragraph

    assert "results.json: is not valid JSON: EOF" in said
    assert "''" not in said


@pytest.mark.parametrize("command", [("run", "--out", "r", "--limit", 1), ("resume", "r")])
@pytest.mark.parametrize("budget", ["nan", "inf"])
def test_a_budget_that_nothing_would_ever_exceed_is_refused(
    fbench: Fbench, tmp_path: Path, command: tuple[object, ...], budget: str
) -> None:
    said = fbench(*command, "--budget-usd", budget).paragraph

    assert f"--budget-usd must be an amount of US dollars, 0 or more, got {budget}." in said
    assert not any(tmp_path.iterdir())


def test_where_no_model_of_a_service_is_left_at_a_date_none_is_offered(fbench: Fbench) -> None:
    said = fbench("run", "--model", "openai:gpt-4o-mini-2024-07-18", "--world-date", "2027-06-01").paragraph
    assert "--world-date): there is none of this service by then; or, if the service has it" in said
