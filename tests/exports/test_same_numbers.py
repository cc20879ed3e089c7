"""Every form of a report says the same numbers, those of results.json, and the same verdicts of answers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

import fbench
from fbench.analysis.rebuild import rebuild
from fbench.grading.graders import Verdict
from tests.analysis.conftest import OPENAI, MadeRun
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
    said_by,
    values_of,
)
from tests.exports.forms import in_html, in_latex, in_markdown, in_terminal, rows_under, short_in_markdown
from tests.exports.wanted import all_cells, curves, differences, main_tables, short_rows, verdicts_by_cell
from tests.reports.parsed_page import Parsed, items_of
from tests.stats.drawn import FULL

LOGS: Any = import_module("inspect_ai.log") if find_spec("inspect_ai") else None
"""Inspect itself, in the environment of `nox -s exports`."""
EXAMPLES = 200 if FULL else 15
GEMINI = "vertex:gemini-2.5-pro"
SPLITS = ("rephrased", "date_changed", "asked_otherwise", "kept")
ROLES = {"asked_otherwise": "same", "kept": "unchanged"}
SCORES = {"correct": "C", "incorrect": "I", "abstained": "N"}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        '=cmd|" /C calc"!A0',
        "a,b;c\td",
        "line\r\nbreak\r",
        'say "no"',
        "nul\0",
        "\u202eright",
        "| a |",
        "\\end{x} & %",
    ]
)


class Plan(NamedTuple):
    """A run to be made: how many facts of which tasks, and what each cell answers in each split."""

    facts: int
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    splits: tuple[str, ...]
    epochs: tuple[int, ...]
    ended: bool
    letters: dict[tuple[str, str], str]
    texts: list[str]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 3))
    tasks = draw(st.sampled_from([("news",), ("news", "people")]))
    splits = tuple(draw(st.lists(st.sampled_from(SPLITS), unique=True)))
    epochs = draw(st.sampled_from([(1,), (1, 3)]))
    models = draw(st.sampled_from([(OPENAI,), (OPENAI, GEMINI)]))
    seeds = draw(st.sampled_from([(0,), (0, 1)]))
    ends = ("base", *(f"e{count}/s{seed}" for count in epochs for seed in seeds))
    cells = [f"{model}/{task}/{end}" for model in models for task in tasks for end in ends]
    letters = {
        (cell, split): draw(st.text("RWACE", min_size=0, max_size=count))
        for cell in cells
        for split in ("memorization", *splits)
    }
    ended = draw(st.booleans())
    texts = draw(st.lists(TEXTS, min_size=3, max_size=3))
    return Plan(count, models, seeds, tasks, splits, epochs, ended, letters, texts)


def made(plan: Plan, folder: Path, kind: str = "short", **experiment: object) -> MadeRun:
    lines: list[Mapping[str, object]] = [
        {
            "fact": f"{task}{n}",
            "task": task,
            "split": split,
            "role": ROLES.get(split),
            "prompt": f"{split} {n}?",
            "answer": "None" if split == "date_changed" else [f"Answer {n}", plan.texts[0] or "x"],
            "kind": "none" if split == "date_changed" else kind,
            "note": plan.texts[1],
            "cell": n,
        }
        for task in plan.tasks
        for n in range(plan.facts)
        for split in ("memorization", *plan.splits)
    ]
    kept = [{name: value for name, value in line.items() if value is not None} for line in lines]
    asked = {"models": plan.models, "seeds": plan.seeds, "tasks": plan.tasks, "epochs": plan.epochs}
    run = MadeRun(folder, kept, **asked, **experiment)
    for (cell, split), letters in plan.letters.items():
        hostile = plan.texts[2]
        said = {"W": hostile, "A": "I do not know.", "C": CUT_OFF, "E": REJECTED}
        answers = [said.get(letter, f"Answer {n}") for n, letter in enumerate(letters)]
        give(run, cell, split, answers, task=cell.split("/")[1])
    return run


@settings(max_examples=EXAMPLES)
@given(plan=plans())
def test_all_forms_say_the_numbers_of_results_json(plan: Plan) -> None:
    with TemporaryDirectory() as place:
        run = made(plan, Path(place, "made"))
        results = finish(run) if plan.ended else rebuild(run.folder)
        run.store.close()
        out = Path(place, "out")
        out.mkdir()
        said = export(run.folder, out, "--html", out / "page.html")
        assert said.code == (0 if plan.ended else 3), said
        told: dict[str, Any] = json.loads(results.to_json())
        for table in TABLES:
            hold_table(values_of(told, table), out, table)
        hold_answers(told, plan, out)
        hold_main_tables(told, run.folder, out)
        hold_short_tables(told, said.out, out)
        hold_page(told, Parsed((out / "page.html").read_text(encoding="utf-8")))
        hold_log(told, json_of(out / "log.json"))
        if LOGS is not None:
            hold_log(told, LOGS.read_eval_log(str(out / "log.json")).model_dump(mode="json"))
        hold_verdicts(out)
        assert [dict(row) for row in fbench.answers(run.folder)] == parquet_rows(
            out / "parquet/answers.parquet"
        )


def hold_table(wanted: list[dict[str, object]], out: Path, table: str) -> None:
    as_texts, typed = csv_rows(out / f"csv/{table}.csv"), parquet_rows(out / f"parquet/{table}.parquet")
    assert len(as_texts) == len(typed) == len(wanted)
    for texts, values, row in zip(as_texts, typed, wanted, strict=True):
        assert list(texts) == list(values)
        for name in texts:
            value = row.pop(name, None)
            if isinstance(value, dict):
                assert json.loads(texts[name]) == json.loads(values[name]) == value
            else:
                assert values[name] == value, name
                assert texts[name] == written(value), name
        assert set(row.values()) <= {None}, "the table lacks a value of results.json"


def written(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def hold_answers(told: Mapping[str, Any], plan: Plan, out: Path) -> None:
    typed, as_texts = parquet_rows(out / "parquet/answers.parquet"), csv_rows(out / "csv/answers.csv")
    assert len(typed) == sum(map(len, plan.letters.values()))
    counted = Counter((row["cell"], row["split"], row["verdict"]) for row in typed)
    for row in told["rows"]:
        found = [counted[row["cell"], row["split"], verdict.value] for verdict in Verdict]
        names = {Verdict.ERROR: "errors"}
        assert found == [row[names.get(verdict, verdict.value)] for verdict in Verdict]
    for texts, values in zip(as_texts, typed, strict=True):
        assert json.loads(texts["gold"]) == values["gold"]
        assert {name: texts[name] for name in texts if name != "gold"} == {
            name: written(value) for name, value in values.items() if name != "gold"
        }
        assert values["note"] == plan.texts[1]
        assert values["own_cell"] == int(re.sub(r"\D", "", values["fact"]))
        fact = re.sub(r"\D", "", values["fact"])
        assert values["response"] in ("", f"Answer {fact}", "I do not know.", plan.texts[2])
        assert values["error"] in ("", "it was rejected")


def hold_main_tables(told: Mapping[str, Any], run: Path, out: Path) -> None:
    """The tables of splits, in the terminal, Markdown, LaTeX and HTML."""
    wanted = main_tables(told)
    assert in_terminal(said_by("report", run, "--full").out, wanted) == wanted
    assert in_markdown((out / "page.md").read_text(encoding="utf-8")) == wanted
    assert in_latex((out / "tables.tex").read_text(encoding="utf-8")) == wanted
    assert in_html(Parsed((out / "page.html").read_text(encoding="utf-8")), wanted) == wanted


def hold_short_tables(told: Mapping[str, Any], screen: str, out: Path) -> None:
    """A row for each task and model: on the first screen, in Markdown and on the page."""
    wanted = short_rows(told)
    page = Parsed((out / "page.html").read_text(encoding="utf-8"))
    _, *on_page = page.tables["Base against tuned, by task and model"]
    markdown = short_in_markdown((out / "page.md").read_text(encoding="utf-8"))
    assert len(markdown) == len(on_page) == len(wanted)
    lines = [re.sub(r"\s", "", line) for line in screen.splitlines()]
    first = next(place for place, line in enumerate(lines) if line.startswith("taskmodel(FAKE)n"))
    for row, in_markdown_, in_page, line in zip(wanted, markdown, on_page, lines[first + 1 :], strict=False):
        task, model, *numbers, ungraded = row
        names = [model.partition(":")[2], model.partition(":")[2].removesuffix("-2024-07-18")]
        numbers += [ungraded] if "ungr" in lines[first] else []
        shown = re.sub(r"\s", "", "".join(numbers))
        assert line.removesuffix("!") in [f"{task}{name}{shown}" for name in names]
        assert in_page[: 2 + len(numbers)] == [task, names[0], *numbers]
        assert in_markdown_[: 2 + len(numbers)] == [task, names[0], *(" ".join(n.split()) for n in numbers)]


def hold_page(told: Mapping[str, Any], page: Parsed) -> None:
    """The tables that the page alone has: all cells, counts of verdicts, and those behind the plots."""
    assert page.tables["All cells and splits"][1:] == all_cells(told)
    assert [[row[0], *row[1:]] for row in page.tables["Verdicts by cell, all splits"][1:]] == (
        verdicts_by_cell(told)
    )
    for task in told["experiment"]["tasks"]:
        behind = {title: rows[1:] for title, rows in page.tables.items() if title.startswith(f"{task}: ")}
        (lines, *_), (bars, *_) = (
            [rows for title, rows in behind.items() if about in title] or [[]]
            for about in ("accuracy by epochs", "difference from the base model")
        )
        assert [[row[0].rpartition(", ")[2], *row[1:]] for row in lines] == curves(told).get(task, [])
        assert [[row[0].partition(", ")[0], row[1], *row[3:]] for row in bars] == (
            differences(told).get(task, [])
        )


def hold_verdicts(out: Path) -> None:
    """Each answer has one verdict in CSV, in Parquet, on the page and in the log."""
    rows = parquet_rows(out / "parquet/answers.parquet")
    names = ("cell", "id", "split", "verdict", "response")
    wanted = [tuple(row[name] for name in names) for row in rows]
    assert [tuple(row[name] for name in names) for row in csv_rows(out / "csv/answers.csv")] == wanted
    items = items_of((out / "page.html").read_text(encoding="utf-8"))
    cells = list(dict.fromkeys(row["cell"] for row in rows))
    shown: list[tuple[str, ...]] = []
    for question, (begin, end) in zip(items["questions"]["id"], pairwise(items["starts"]), strict=True):
        for at in range(begin, end):
            answer = {name: column[at] for name, column in items["answers"].items()}
            told = (items[f"{name}s"][answer[name]] for name in ("split", "verdict", "text"))
            shown.append((cells[answer["cell"]], question, *told))
    assert sorted(shown) == sorted(wanted)
    for cell, (model, epochs, more) in zip(cells, items["cells"], strict=True):
        name, _, end = cell.partition(":")[2].split("/")[0], *cell.split("/", 2)[1:]
        seed = f"/s{(more or 'seed 0').removeprefix('seed ')}"
        assert (items["models"][model], f"e{epochs}{seed}" if epochs else "base") == (name, end)
    samples = json_of(out / "log.json")["samples"]
    assert sorted(
        (each["metadata"]["cell"], each["id"].partition(" ")[2], *each_said(each)) for each in samples
    ) == sorted(wanted)


def each_said(sample: Mapping[str, Any]) -> tuple[str, str, str]:
    choices: list[Any] = sample["output"]["choices"]
    metadata = sample["metadata"]
    return metadata["split"], metadata["verdict"], choices[0]["message"]["content"] if choices else ""


def hold_log(told: Mapping[str, Any], log: Mapping[str, Any]) -> None:
    """The accuracies are those of results.json, and follow from the scores of the samples."""
    (score,) = log["results"]["scores"]
    metrics = {name: metric["value"] for name, metric in score["metrics"].items()}
    assert metrics == {
        f"{row['cell']} {row['split']}": row["accuracy"]
        for row in told["rows"]
        if row["accuracy"] is not None
    }
    for sample in log["samples"]:
        verdict = sample["metadata"]["verdict"]
        assert value_in(sample, score["name"]) == SCORES.get(verdict)
        assert bool(sample.get("error")) == (verdict == "error")
        assert None not in sample["metadata"].values()
    errors = sum(bool(sample.get("error")) for sample in log["samples"])
    assert log["results"]["completed_samples"] == len(log["samples"]) - errors
    right, counted = Counter[str](), Counter[str]()
    for sample in log["samples"]:
        where = f"{sample['metadata']['cell']} {sample['metadata']['split']}"
        counted[where] += not sample.get("error")
        right[where] += value_in(sample, score["name"]) == "C"
    assert {name: round(right[name] / counted[name], 6) for name in metrics} == metrics
    assert len({sample["id"] for sample in log["samples"]}) == len(log["samples"])


def value_in(sample: Mapping[str, Any], layer: str) -> object:
    scores: Mapping[str, Any] = sample["scores"] or {}
    return scores.get(layer, {}).get("value")


def test_no_table_of_a_rich_run_is_empty(tmp_path: Path) -> None:
    """So each table was compared with rows in it."""
    tasks, epochs = ("news",), (1, 3)
    cells = [f"{OPENAI}/news/{end}" for end in ("base", "e1/s0", "e3/s0")]
    letters = {
        (cell, split): "WRAW"[number:] + "R" * number
        for number, cell in enumerate(cells)
        for split in ("memorization", *SPLITS)
    }
    plan = Plan(4, (OPENAI,), (0,), tasks, SPLITS, epochs, ended=True, letters=letters, texts=["a", "b", "c"])
    run = made(plan, tmp_path / "made", judge="openai:gpt-4o-2024-08-06", kind="long")
    told: dict[str, Any] = json.loads(finish(run).to_json())
    run.store.close()
    assert export(run.folder, tmp_path).code == 0
    for table in TABLES:
        rows = values_of(told, table)
        assert rows, table
        hold_table(rows, tmp_path, table)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    screen = said_by("report", run.folder, "--full").out
    measures, contrasts = (rows_under(page, title) for title in ("Measures", "Contrasts, all else equal"))
    assert measures
    assert all(_together("".join(row)) in _together(screen) for row in measures)
    assert [row[1:] for row in contrasts] == [
        [
            row["part"],
            row["model"],
            f"{row['difference']['value']:+.2f}",
            f"{row['difference']['low']:+.2f} to {row['difference']['high']:+.2f}",
            f"{row['holm']:.3f}",
        ]
        for row in told["contrasts"]
    ]
    (measure,) = [row for row in told["measures"] if (row["measure"], row["epochs"]) == ("regression", 3)]
    assert f"| regression | {measure['n']} |" in page
    assert "| --- | --- | --- | ---: | ---: | ---: |" in page


def _together(text: str) -> str:
    return re.sub(r"\s", "", text)
