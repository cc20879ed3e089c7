"""Every export of a run says the same numbers, those of results.json."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
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
    cells_in_latex,
    cells_in_markdown,
    csv_rows,
    export,
    finish,
    give,
    json_of,
    parquet_rows,
    said_by,
    values_of,
)

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
    cells = [f"{OPENAI}/{task}/{end}" for task in tasks for end in ("base", *(f"e{e}/s0" for e in epochs))]
    letters = {
        (cell, split): draw(st.text("RWACE", min_size=0, max_size=count))
        for cell in cells
        for split in ("memorization", *splits)
    }
    ended = draw(st.booleans())
    return Plan(count, tasks, splits, epochs, ended, letters, draw(st.lists(TEXTS, min_size=3, max_size=3)))


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
    run = MadeRun(folder, kept, tasks=plan.tasks, epochs=plan.epochs, **experiment)
    for (cell, split), letters in plan.letters.items():
        hostile = plan.texts[2]
        said = {"W": hostile, "A": "I do not know.", "C": CUT_OFF, "E": REJECTED}
        answers = [said.get(letter, f"Answer {n}") for n, letter in enumerate(letters)]
        give(run, cell, split, answers, task=cell.split("/")[1])
    return run


@settings(max_examples=15, deadline=None)
@given(plan=plans())
def test_all_exports_say_the_numbers_of_results_json(plan: Plan) -> None:
    with TemporaryDirectory() as place:
        run = made(plan, Path(place, "made"))
        results = finish(run) if plan.ended else rebuild(run.folder)
        run.store.close()
        out = Path(place, "out")
        out.mkdir()
        said = export(run.folder, out)
        assert said.code == (0 if plan.ended else 3), said
        told: dict[str, Any] = json.loads(results.to_json())
        for table in TABLES:
            hold_table(values_of(told, table), out, table)
        hold_answers(told, plan, out)
        hold_texts(told, run.folder, out)
        hold_log(told, json_of(out / "log.json"))
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


def hold_texts(told: Mapping[str, Any], run: Path, out: Path) -> None:
    """The tables of Markdown, LaTeX and the terminal have the same cells, and results.json their numbers."""
    markdown = cells_in_markdown((out / "page.md").read_text(encoding="utf-8"))
    assert markdown == cells_in_latex((out / "tables.tex").read_text(encoding="utf-8"))
    screen = [re.sub(r"\s", "", line) for line in said_by("report", run, "--full").out.splitlines()]
    for row in markdown:
        assert re.sub(r"\s", "", "".join(row)) in screen, row
    heads = [place for place, row in enumerate(markdown) if row[0] == "split"]
    rows = [(markdown[head], row) for head in heads for row in markdown[head + 1 :]]
    assert all(len(head) == len(cells) for head, cells in rows)
    for row in told["rows"]:
        column = f"{row['epochs']} ep" if row["epochs"] else "base"
        accuracy = "-" if row["accuracy"] is None else f"{row['accuracy']:.2f}"
        assert any(
            cells[0] == row["split"] and dict(zip(head, cells, strict=True))[column] == accuracy
            for head, cells in rows
            if column in head and len(head) == len(cells)
        ), row
        last = max(each["epochs"] for each in told["rows"] if same_table(each, row))
        if row["epochs"] == last and (interval := row["interval"]):
            gain = row["difference"]
            shown = f"{interval['low']:.2f} to {interval['high']:.2f}"
            told_gain = "-" if gain is None else f"{gain['value']:+.2f}{'*' if gain['p'] < 0.05 else ''}"
            assert any(
                cells[:2] == [row["split"], str(row["n"])] and cells[-3:-1] == [shown, told_gain]
                for _, cells in rows
            ), row


def same_table(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[name] == other[name] for name in ("task", "model", "split"))


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
        assert sample["scores"].get(score["name"], {}).get("value") == SCORES.get(verdict)
        assert ("error" in sample) == (verdict == "error")
        assert None not in sample["metadata"].values()
    errors = sum("error" in sample for sample in log["samples"])
    assert log["results"]["completed_samples"] == len(log["samples"]) - errors
    right, counted = Counter[str](), Counter[str]()
    for sample in log["samples"]:
        where = f"{sample['metadata']['cell']} {sample['metadata']['split']}"
        counted[where] += "error" not in sample
        right[where] += sample["scores"].get(score["name"], {}).get("value") == "C"
    assert {name: round(right[name] / counted[name], 6) for name in metrics} == metrics
    assert len({sample["id"] for sample in log["samples"]}) == len(log["samples"])


def test_no_table_of_a_rich_run_is_empty(tmp_path: Path) -> None:
    """So each table was compared with rows in it."""
    tasks, epochs = ("news",), (1, 3)
    cells = [f"{OPENAI}/news/{end}" for end in ("base", "e1/s0", "e3/s0")]
    letters = {
        (cell, split): "WRAW"[number:] + "R" * number
        for number, cell in enumerate(cells)
        for split in ("memorization", *SPLITS)
    }
    plan = Plan(4, tasks, SPLITS, epochs, ended=True, letters=letters, texts=["a", "b", "c"])
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
    measures, contrasts = (
        rows_under(page, title) for title in ("Measures beyond accuracy", "Contrasts, all else equal")
    )
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


def rows_under(page: str, title: str) -> list[list[str]]:
    """The rows of the only table under a heading."""
    part = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    found = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return [[re.sub(r"\\(.)", r"\1", cell) for cell in row] for row in found[2:]]


def _together(text: str) -> str:
    return re.sub(r"\s", "", text)
