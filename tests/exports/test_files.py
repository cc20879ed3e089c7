"""The files that `fbench report` writes for other programs: hostile answers, many runs, refusals."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench.analysis.flat import FlatColumn, FlatTable
from fbench.grading.graders import GRADER_VERSION
from fbench.reports.table_files import write_tables
from fbench.runner.sweep_file import SWEEP
from tests.analysis.conftest import OPENAI, Lines, MadeRun, MakeRun
from tests.cli.cli_user import vouch_for
from tests.exports.exported import (
    CUT_OFF,
    REJECTED,
    TABLES,
    csv_rows,
    export,
    finish,
    give,
    json_of,
    parquet_rows,
    parquet_types,
    said_by,
)
from tests.reports.made import GPT, made

BASE, TUNED = f"{OPENAI}/news/base", f"{OPENAI}/news/e1/s0"
HOSTILE = (
    "two\nlines\r\nand\rthree",
    'She said "no", twice.',
    "nul \0 and bell \a",
    "=cmd|' /C calc'!A0",
    "\u202eright to left \u05d0\u05d1",
    "</script><script>alert(1)</script>",
    r"\end{tabular} 50% & $x^2$ #1 _a_ {b} ~",
    "| a | b |\n| --- | --- |",
    "x" * 1_000_000,
    "",
)


def hostile(make_run: MakeRun, facts: Lines, name: str = "made") -> MadeRun:
    run = make_run(
        facts(len(HOSTILE), "rephrased", **{"verdict": "=1+1", "n, m": 2}), name, system="Be brief."
    )
    for cell in (BASE, TUNED):
        give(run, cell, "memorization", HOSTILE)
        give(run, cell, "rephrased", ["Answer 0", CUT_OFF, REJECTED])
    return run


def test_hostile_answers_are_in_every_file_as_they_were_said(
    make_run: MakeRun, facts: Lines, tmp_path: Path
) -> None:
    run = hostile(make_run, facts)
    finish(run)
    assert export(run.folder, tmp_path).code == 0
    for rows in (csv_rows(tmp_path / "csv/answers.csv"), parquet_rows(tmp_path / "parquet/answers.parquet")):
        said = [row["response"] for row in rows if (row["cell"], row["split"]) == (TUNED, "memorization")]
        assert tuple(said) == HOSTILE
    log = json_of(tmp_path / "log.json")
    samples = [
        sample
        for sample in log["samples"]
        if (sample["metadata"]["cell"], sample["metadata"]["split"]) == (TUNED, "memorization")
    ]
    assert tuple(sample["messages"][-1]["content"] for sample in samples) == HOSTILE
    assert {sample["input"][0]["content"] for sample in samples} == {"Be brief."}
    assert [sample["input"][1]["content"] for sample in samples][:2] == ["memorization 0?", "memorization 1?"]
    assert tuple(sample["output"]["choices"][0]["message"]["content"] for sample in samples) == HOSTILE


def test_every_text_of_a_csv_file_is_in_quotes_and_nothing_else_is(
    make_run: MakeRun, facts: Lines, tmp_path: Path
) -> None:
    run = make_run(facts(1))
    give(run, BASE, "memorization", ["=1+1"])
    finish(run)
    said_by("report", run.folder, "--csv", tmp_path / "csv")
    text = (tmp_path / "csv/answers.csv").read_bytes()
    assert b'"=1+1"' in text
    assert b"\r" not in text
    assert text.endswith(b"\n")
    header, row = text.decode().splitlines()
    assert re.fullmatch(r'("[^"]+",)*"[^"]+"', header)
    bare = re.sub(r'"(?:[^"]|"")*"', "", row)
    assert re.fullmatch(r"[,\d.]*(false|true)[,\d.]*", bare), bare


def test_the_datas_own_columns_come_last_with_their_types(
    make_run: MakeRun, facts: Lines, tmp_path: Path
) -> None:
    lines = facts(2, "rephrased", verdict="mine", own_verdict="mine too", right=True, share=0.5, times=3)
    lines[0]["times"] = None
    lines[3]["late"] = 0.25
    lines[2]["share"] = 1
    lines[0]["big"], lines[2]["big"] = 1, 2**70
    lines[2]["mixed"], lines[3]["mixed"] = "a", 2**70
    run = make_run(lines)
    give(run, BASE, "memorization", ["a", "b"])
    finish(run)
    assert said_by("report", run.folder, "--parquet", tmp_path).code == 0
    types = parquet_types(tmp_path / "answers.parquet")
    assert list(types.items())[-8:] == [
        ("own_own_verdict", "string"),
        ("own_verdict", "string"),
        ("right", "bool"),
        ("share", "double"),
        ("times", "int64"),
        ("big", "string"),
        ("mixed", "string"),
        ("late", "double"),
    ]
    assert said_by("report", run.folder, "--csv", tmp_path).code == 0
    texts = csv_rows(tmp_path / "answers.csv")
    assert [(row["share"], row["big"]) for row in texts] == [("0.5", "1"), ("1.0", str(2**70))]
    rows = parquet_rows(tmp_path / "answers.parquet")
    assert [row["own_own_verdict"] for row in rows] == ["mine", "mine"]
    assert {str(row["mixed"]) for row in rows} <= {"a", str(2**70), "None"}
    assert types["gold"].startswith("list<")


def test_types_do_not_depend_on_what_is_there(make_run: MakeRun, facts: Lines, tmp_path: Path) -> None:
    """A run with nothing answered has the columns and types of any other."""
    full, empty = hostile(make_run, facts), make_run(facts(1), "empty")
    finish(full)
    assert said_by("report", full.folder, "--parquet", tmp_path / "full").code == 0
    assert said_by("report", empty.folder, "--parquet", tmp_path / "empty").code == 3
    for table in TABLES:
        one, other = (parquet_types(tmp_path / name / f"{table}.parquet") for name in ("full", "empty"))
        assert one == other
        assert set(one.values()) <= {"string", "int64", "double", "bool"}


def test_equal_runs_give_equal_bytes(make_run: MakeRun, facts: Lines, tmp_path: Path) -> None:
    digests: list[dict[str, str]] = []
    for name in ("one", "two"):
        run = hostile(make_run, facts, name)
        finish(run)
        run.store.close()
        (tmp_path / f"out-{name}").mkdir()
        logs: set[bytes] = set()
        for _ in range(2):  # writing again over its own files too
            assert export(run.folder, tmp_path / f"out-{name}").code == 0
            logs.add((tmp_path / f"out-{name}/log.json").read_bytes())
        assert len(logs) == 1
        files = sorted((tmp_path / f"out-{name}").rglob("*.*"))
        digests.append(
            {
                str(path.relative_to(tmp_path / f"out-{name}")): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in files
            }
        )
    assert len(digests[0]) == 2 * (len(TABLES) + 1) + 3
    assert {name for name in digests[0] if digests[0][name] != digests[1][name]} <= {"log.json"}


def test_other_layers_of_grades_have_columns(make_run: MakeRun, facts: Lines, tmp_path: Path) -> None:
    run = make_run(facts(2, answer_before="Old"))
    give(run, TUNED, "memorization", ["Answer 0", "Old"])
    finish(run)
    run.store.close()
    fbench.grade(run.folder, grader="exact")
    said_by("report", run.folder, "--csv", tmp_path, "--inspect", tmp_path / "log.json")
    rows = csv_rows(tmp_path / "answers.csv")
    layers = [name for name in rows[0] if name.startswith("exact@")]
    assert [re.sub(r"@\d+", "", name) for name in layers] == ["exact_verdict", "exact_reason"]
    assert not any("before" in name and "@" in name for name in rows[0])
    assert [row[layers[0]] for row in rows] == ["correct", "incorrect"]
    assert [row["old"] for row in rows] == ["false", "true"]
    scores = [sample["scores"] for sample in json_of(tmp_path / "log.json")["samples"]]
    assert [score["exact@" + layers[0][6:-8]]["value"] for score in scores] == ["C", "I"]


def test_an_unfinished_run_is_written_and_said_to_be(make_run: MakeRun, facts: Lines, tmp_path: Path) -> None:
    run = hostile(make_run, facts)
    said = export(run.folder, tmp_path)
    assert said.code == 3
    assert "what it has so far" in said.err
    assert len(csv_rows(tmp_path / "csv/answers.csv")) == 2 * (len(HOSTILE) + 3)
    assert json_of(tmp_path / "log.json")["status"] == "started"
    assert "Unfinished: 26 of 40 questions are answered" in (tmp_path / "tables.tex").read_text()
    assert "Unfinished" in (tmp_path / "page.md").read_text()
    assert "unfinished.csv tells what of each cell is missing" in said.err
    rows = csv_rows(tmp_path / "csv/unfinished.csv")
    assert sum(int(row["answered"]) for row in rows) == 26
    assert sum(int(row["planned"]) for row in rows) == 40
    assert {row["state"] for row in rows} == {"in part"}
    finish(run)
    assert export(run.folder, tmp_path).code == 0
    assert not (tmp_path / "csv/unfinished.csv").exists(), "it was of when the run was not finished"


def test_a_file_of_others_that_is_called_unfinished_is_left_alone(
    make_run: MakeRun, facts: Lines, tmp_path: Path
) -> None:
    run = hostile(make_run, facts)
    finish(run)
    (tmp_path / "unfinished.csv").write_text('"a","b"\n', encoding="utf-8")
    said_by("report", run.folder, "--csv", tmp_path)
    assert (tmp_path / "unfinished.csv").read_text(encoding="utf-8") == '"a","b"\n'


def test_several_runs_have_a_folder_each(make_run: MakeRun, facts: Lines, tmp_path: Path) -> None:
    runs = [hostile(make_run, facts, name) for name in ("one", "two")]
    for run in runs:
        finish(run)
    third = shutil.copytree(runs[1].folder, tmp_path / "third")
    out = tmp_path / "out"
    said = said_by("report", runs[0].folder, runs[1].folder, third, "--csv", out, "--md", tmp_path / "a.md")
    assert said.code == 0
    assert sorted(path.name for path in out.iterdir()) == ["run", "run-2", "third"]
    assert len({(folder / "answers.csv").read_bytes() for folder in out.iterdir()}) == 1
    assert (tmp_path / "a.md").read_text().count("\n## Accuracy by split") == 3
    assert "one run" in said_by("report", third, third, "--inspect", tmp_path / "log.json").paragraph


def test_captions_say_that_fakes_answered(make_run: MakeRun, facts: Lines) -> None:
    run = hostile(make_run, facts)
    results = finish(run)
    text = fbench.report(results, reporter="latex")
    captions = re.findall(r"\\caption\{(.*)\}", text)
    assert captions
    assert all("FAKE" in caption for caption in captions)
    assert all(name in text for name in (r"\toprule", r"\midrule", r"\bottomrule"))
    assert text == said_by("report", run.folder, "--latex", "-").out
    assert "## Measures" in said_by("report", run.folder, "--md", "-").out


def test_answers_graded_by_another_version_than_the_results_are_told(
    make_run: MakeRun, facts: Lines, tmp_path: Path
) -> None:
    run = hostile(make_run, facts)
    finish(run)
    run.store.close()
    assert "Notice" not in said_by("report", run.folder, "--csv", tmp_path / "now").err
    path = run.folder / "results.json"
    path.write_text(
        path.read_text().replace(f'"grader_version": "{GRADER_VERSION}"', '"grader_version": "1"')
    )
    vouch_for(run.folder)
    said = said_by("report", run.folder, "--csv", tmp_path / "then")
    assert f"are graded by auto {GRADER_VERSION}, and its results by auto 1" in said.err


NAMES = (r"50% & $x$ #1 _a_ {b} ~^ \end{table}", "a--b,,c <x> \"q\" `r` 's'", "| p |\nnew", "\u202eback")


@pytest.mark.parametrize("name", NAMES)
def test_names_are_text_in_latex_and_markdown(name: str) -> None:
    """Whatever a task is called: undone, the escapes give the name, on one line."""
    results = made(tasks=(name,), models=(GPT,))
    shown = "".join(letter if letter.isprintable() else "?" for letter in " ".join(name.split()))
    latex = fbench.report(results, reporter="latex")
    (caption,) = re.findall(r"\\caption\{Accuracy, (.*): openai", latex)
    assert undone(caption) == shown
    assert not re.search(r"(?<!\\)[&%$#_~^]", caption)
    assert "--" not in caption
    assert latex.count(r"\end{table}") == 1
    page = fbench.report(results, reporter="markdown-full")
    (title,) = re.findall(r"^### (.*): openai", page, re.MULTILINE)
    assert re.sub(r"\\([\\`*<$_])", r"\1", title) == shown


def undone(text: str) -> str:
    """A text of LaTeX as it is set."""
    words = {
        "backslash": "\\",
        "asciicircum": "^",
        "asciitilde": "~",
        "less": "<",
        "greater": ">",
        "bar": "|",
        "quotedbl": '"',
        "asciigrave": "`",
        "quotesingle": "'",
    }
    found = re.sub(r"\\text(\w+)\{\}", lambda each: f"\0{each[1]}\0", text)
    found = re.sub(r"(?<!\\)\{\}", "", found)
    found = re.sub(r"\\([{}$&#%_])", r"\1", found)
    return re.sub(r"\0(\w+)\0", lambda each: words[each[1]], found)


# --- what is refused ---


def test_files_of_a_run_are_never_written_over(make_run: MakeRun, facts: Lines) -> None:
    run = hostile(make_run, facts)
    finish(run)
    for option in ("--csv", "--parquet", "--inspect", "--md", "--latex"):
        for name in ("run.sqlite", "results.json", "config.toml"):
            before = (run.folder / name).read_bytes()
            said = said_by("report", run.folder, option, run.folder / name).paragraph
            assert f"{name}: is a file of the run" in said
            assert (run.folder / name).read_bytes() == before


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_of_the_users_own_is_not_written_over(
    make_run: MakeRun, facts: Lines, tmp_path: Path, form: str
) -> None:
    run = hostile(make_run, facts)
    finish(run)
    own = tmp_path / f"rows.{form}"
    own.write_text("fact,prompt,answer\n1,2,3\n")
    assert "no table of fbench" in said_by("report", run.folder, f"--{form}", tmp_path).paragraph
    assert own.read_text() == "fact,prompt,answer\n1,2,3\n"
    assert not (tmp_path / f"answers.{form}").exists()


@pytest.mark.parametrize("option", ["--csv", "--parquet"])
def test_a_place_that_is_no_folder_is_named_before_anything_is_read(option: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file" in said_by("report", "nowhere", option, tmp_path / "file").paragraph


def test_results_without_their_answers_give_the_other_tables(
    make_run: MakeRun, facts: Lines, tmp_path: Path
) -> None:
    run = hostile(make_run, facts)
    finish(run)
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(run.folder / "results.json", alone)
    said = said_by("report", alone, "--csv", tmp_path / "csv")
    assert said.code == 2
    assert "but not answers.csv" in said.err
    assert sorted(path.stem for path in (tmp_path / "csv").iterdir()) == sorted(TABLES)


def test_one_thing_at_a_time_goes_to_stdout(make_run: MakeRun, facts: Lines) -> None:
    run = hostile(make_run, facts)
    finish(run)
    assert "cannot both" in said_by("report", run.folder, "--md", "-", "--latex", "-").paragraph
    assert "cannot both" in said_by("report", run.folder, "--md", "-", "--reporter", "json").paragraph


def test_the_folder_of_a_sweep_has_no_tables(tmp_path: Path) -> None:
    (tmp_path / SWEEP).write_text("{}")
    assert "sweep" in said_by("report", tmp_path, "--csv", tmp_path / "csv").paragraph


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_half_a_surrogate_pair_is_written_as_its_number(tmp_path: Path, form: str) -> None:
    columns = (FlatColumn("a", "text"), FlatColumn("b", "texts"))
    table = FlatTable("t", columns, [("x\ud800", ["\udfff", "é"]), (None, None)])
    write_tables([table], tmp_path, "csv" if form == "csv" else "parquet")
    if form == "csv":
        text = (tmp_path / "t.csv").read_text(encoding="utf-8")
        assert text == '"a","b"\n"x\\ud800","[""\\udfff"", ""é""]"\n,\n'
    else:
        assert parquet_rows(tmp_path / "t.parquet") == [
            {"a": "x\\ud800", "b": ["\\udfff", "é"]},
            {"a": None, "b": None},
        ]


# --- from Python ---


def test_a_notebook_has_the_answers_as_rows(make_run: MakeRun, facts: Lines) -> None:
    pandas: Any = pytest.importorskip("pandas")
    run = hostile(make_run, facts)
    results = finish(run)
    answers = fbench.answers(run.folder)
    frame = pandas.DataFrame(answers)
    assert len(frame) == len(answers) == 2 * (len(HOSTILE) + 3)
    assert tuple(frame[(frame.cell == TUNED) & (frame.split == "memorization")].response) == HOSTILE
    tuned = results.to_pandas()
    assert list(tuned["n"]) == [row.n for row in results.rows]
    assert str(tuned["n"].dtype) == str(tuned["seed"].dtype) == "Int64"
    assert list(tuned["accuracy"]) == [row.accuracy for row in results.rows]
    assert len(results.to_pandas("contrasts")) == len(results.contrasts)


def test_polars_has_the_same_tables(make_run: MakeRun, facts: Lines) -> None:
    polars: Any = pytest.importorskip("polars", reason="Polars is not installed: nox -s exports")
    results = finish(hostile(make_run, facts))
    for table in TABLES:
        frame = results.to_polars(table)
        assert frame.columns == list(results.to_pandas(table).columns)
        assert frame.height == len(results.to_pandas(table))
    rows = results.to_polars()
    assert rows["accuracy"].to_list() == [row.accuracy for row in results.rows]
    assert rows.schema["seed"] == polars.Int64


def test_what_cannot_be_had_is_told(
    make_run: MakeRun, facts: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = finish(hostile(make_run, facts))
    with pytest.raises(fbench.UsageError, match="did you mean 'rows'"):
        results.to_pandas("row")
    for name in ("pandas", "polars", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(fbench.UsageError, match="pip install pandas"):
        results.to_pandas()
    with pytest.raises(fbench.UsageError, match="pip install polars"):
        results.to_polars()
    assert "fbench[parquet]" in said_by("report", "nowhere", "--parquet", tmp_path / "x").paragraph
    with pytest.raises(fbench.UsageError, match="holds no run"):
        fbench.answers(tmp_path)
