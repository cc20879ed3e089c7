"""`fbench reproduce` as a user meets it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from fbench.cli import main
from fbench.grading.graders import Item, Verdict, grade

Call = Callable[..., tuple[int, str, str]]
ANSWERS = "model_responses/fictional_people/fictional_people_original_w_responses.csv"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls `fbench reproduce` in this process: its exit code, stdout and stderr."""

    def call(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fbench", "reproduce", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def refused(said: tuple[int, str, str]) -> str:
    code, out, err = said
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    return line


def test_the_tables_fit_a_hundred_columns_and_close_with_what_cannot_be_had(
    call: Call, release: Path
) -> None:
    code, out, _ = call("--data", release)

    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert "What the released answers say" in out
    assert "What can and cannot be reproduced" in out


def test_json_and_markdown_hold_the_same_and_are_the_same_each_time(
    call: Call, release: Path, tmp_path: Path
) -> None:
    first, second, page = (tmp_path / name for name in ("1.json", "2.json", "page.md"))
    assert call("--data", release, "--json", first, "--md", page)[0] == 0
    assert call("--data", release, "--json", second)[0] == 0

    assert first.read_bytes() == second.read_bytes()
    told = json.loads(first.read_text(encoding="utf-8"))
    new = next(each for each in told["published"] if each["quantity"] == "new knowledge")
    assert (new["published"], new["recomputed"]) == (0.37, 0.283)
    assert new["why"] in page.read_text(encoding="utf-8")
    assert told["closing"] in page.read_text(encoding="utf-8")


def test_json_goes_to_stdout_in_place_of_the_tables(call: Call, release: Path) -> None:
    code, out, _ = call("--data", release, "--json", "-", "--labels", "corrected")

    assert code == 0
    assert json.loads(out)["labels"] == ["corrected"]


def test_a_folder_without_answers_is_named(call: Call, tmp_path: Path) -> None:
    line = refused(call("--data", tmp_path))

    assert str(tmp_path / "model_responses") in line
    assert "fbench data fetch" in line


def test_a_folder_of_answers_without_any_file_is_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "model_responses").mkdir()

    assert "no file of released answers" in refused(call("--data", tmp_path))


def test_a_file_without_a_models_column_is_named_with_it(call: Call, release: Path) -> None:
    file = release / ANSWERS
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("gpt-4o-2024-08-06_response", "gpt-5_response"), encoding="utf-8")
    line = refused(call("--data", release))

    assert str(file) in line
    assert "'gpt-4o-2024-08-06_response'" in line


def test_an_empty_file_is_named(call: Call, release: Path) -> None:
    (release / ANSWERS).write_bytes(b"")

    assert f"{release / ANSWERS}: the file is empty" in refused(call("--data", release))


def test_an_answer_to_no_known_question_is_named_with_its_row(call: Call, release: Path) -> None:
    file = release / ANSWERS
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("tokezaf-rehusawefo-tmg", "nobody"), encoding="utf-8")

    assert f"{file}, row 3, field 'id'" in refused(call("--data", release))


@pytest.mark.parametrize(
    ("response", "papers", "notebooks"),
    [("no", True, True), ("No\n", True, False), ("No.", False, False)],
)
def test_paper_and_notebook_are_graders_of_a_single_answer(
    response: str, papers: bool, notebooks: bool
) -> None:
    item = Item("Is it?", ("No",))

    assert (grade(item, response, "paper").verdict is Verdict.CORRECT) is papers
    assert (grade(item, response, "notebook").verdict is Verdict.CORRECT) is notebooks


@pytest.mark.parametrize("labels", ["both", "published", "corrected"])
def test_no_table_is_ragged_whatever_labels_count(call: Call, release: Path, labels: str) -> None:
    code, out, _ = call("--data", release, "--labels", labels, "--md", "-")
    columns = [line.replace("\\|", "").count("|") for line in out.splitlines()]
    tables = [[*group] for held, group in groupby(columns, key=bool) if held]

    assert code == 0
    assert len(tables) == 4
    assert all(len(set(table)) == 1 for table in tables)
