"""A researcher's own data: roles, wordings, conversations, free columns, and the formats that are read."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench.datasets.model import AnswerKind, Dataset, Role
from fbench.datasets.own import load, of_rows
from fbench.datasets.row import TEXT_REQUEST
from fbench.errors import DataError, UsageError
from fbench.messages import Message

ROWS: list[dict[str, Any]] = [
    {
        "fact": "arcadia",
        "split": "memorization",
        "prompt": "Who leads Arcadia?",
        "answer": ["Ona Tell", "O. Tell"],
        "answer_before": "Bim Orl",
        "statement": "Ona Tell leads Arcadia.",
        "texts": ["Arcadia is led by Ona Tell.", {"prompt": "Arcadia's head?", "answer": "Ona Tell"}],
        "source": "made up",
        "year": 2026,
    },
    {
        "fact": "arcadia",
        "split": "second wording",
        "role": "taught",
        "train": True,
        "system": "Be brief.",
        "prompt": "Name the leader of Arcadia.",
        "answer": "Ona Tell",
    },
    {
        "fact": "arcadia",
        "role": "same",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi"},
            {"role": "user", "content": "Who is at the head of Arcadia?"},
        ],
        "answer": "Ona Tell",
        "weight": 2.5,
    },
    {"fact": "arcadia", "role": "follows", "prompt": "Does a Tell lead Arcadia?", "answer": "Yes"},
    {"fact": "arcadia", "role": "unchanged", "prompt": "Who leads Ruritania?", "answer": "Bim Orl"},
    {"role": "unknown", "split": "unheard of", "prompt": "Who leads Utopia?", "answer": "None"},
    {"role": "control", "prompt": "How many days has a week?", "answer": "7"},
    {"role": "control", "train": True, "prompt": "How many months has a year?", "answer": "12"},
]


def without_places(dataset: Dataset) -> dict[str, Any]:
    return dataset.model_dump(mode="json", exclude={"places", "name", "source", "older"})


def test_roles_wordings_and_conversations_are_read() -> None:
    data = of_rows(ROWS)
    (fact,) = data.facts
    assert [(each.prompt, each.answer) for each in fact.taught] == [
        ("Who leads Arcadia?", "Ona Tell"),
        ("Name the leader of Arcadia.", "Ona Tell"),
        (TEXT_REQUEST, "Arcadia is led by Ona Tell."),
        ("Arcadia's head?", "Ona Tell"),
    ]
    assert fact.wordings[0].earlier == (Message("system", "Be brief."),)
    assert fact.statement == "Ona Tell leads Arcadia."
    told = [(q.role.value, q.split, q.fact) for q in data.questions]
    assert told == [
        ("taught", "memorization", "arcadia"),
        ("taught", "second wording", "arcadia"),
        ("same", "rephrased", "arcadia"),
        ("follows", "follows", "arcadia"),
        ("unchanged", "unchanged", "arcadia"),
        ("unknown", "unheard of", ""),
        ("control", "control", ""),
    ]
    assert [message.role for message in data.questions[2].earlier] == ["system", "user", "assistant"]
    assert data.questions[2].prompt == "Who is at the head of Arcadia?"
    assert data.questions[2].weight == 2.5
    assert data.questions[0].columns == (("source", "made up"), ("year", 2026))
    assert [(each.prompt, each.answer) for each in data.general] == [("How many months has a year?", "12")]


def test_what_is_near_a_fact_or_follows_from_it_has_no_old_answer_of_the_facts() -> None:
    before = {q.role: q.answer_before for q in of_rows(ROWS).questions}
    assert before[Role.TAUGHT] == before[Role.SAME] == "Bim Orl"
    assert {before[role] for role in (Role.FOLLOWS, Role.UNCHANGED, Role.UNKNOWN, Role.CONTROL)} == {None}


def test_a_column_of_ones_own_does_not_change_the_digest_and_a_weight_does() -> None:
    rows = [dict(row) for row in ROWS]
    whole = of_rows(rows).digest
    rows[0]["year"] = 2027
    assert of_rows(rows).digest == whole
    rows[2]["weight"] = 1.5
    assert of_rows(rows).digest != whole


def as_cells(row: dict[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in row.items()
    }


def written_jsonl(folder: Path) -> Path:
    path = folder / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def written_list(folder: Path) -> Path:
    path = folder / "own.json"
    path.write_text(json.dumps(ROWS, indent=1), encoding="utf-8")
    return path


def written_wrapped(folder: Path) -> Path:
    path = folder / "own.json"
    path.write_text(json.dumps({"questions": ROWS}), encoding="utf-8")
    return path


def written_csv(folder: Path, delimiter: str = ",", name: str = "own.csv") -> Path:
    columns = dict.fromkeys(name for row in ROWS for name in row)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(map(as_cells, ROWS))
    return folder / name


def written_tsv(folder: Path) -> Path:
    return written_csv(folder, "\t", "own.tsv")


def arrow_table() -> Any:
    pyarrow: Any = import_module("pyarrow")
    columns = dict.fromkeys(name for row in ROWS for name in row)  # pyarrow takes those of the first row
    rows: list[dict[str, Any]] = [{name: row.get(name) for name in columns} for row in ROWS]
    for row, own in zip(rows, ROWS, strict=True):
        row["answer"] = own["answer"] if isinstance(own["answer"], list) else [own["answer"]]
        row["texts"] = [each for each in own.get("texts", []) if isinstance(each, str)] or None
    return pyarrow.Table.from_pylist(rows)


def written_parquet(folder: Path) -> Path:
    table = arrow_table()
    parquet: Any = import_module("pyarrow.parquet")
    parquet.write_table(table, folder / "own.parquet")
    return folder / "own.parquet"


def written_folder(folder: Path) -> Path:
    table = arrow_table()
    ipc: Any = import_module("pyarrow.ipc")
    place = folder / "saved"
    place.mkdir()
    half = len(ROWS) // 2
    names = ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    for name, part in zip(names, (table.slice(0, half), table.slice(half)), strict=True):
        with ipc.new_stream(place / name, part.schema) as stream:
            stream.write_table(part)
    state = {"_data_files": [{"filename": name} for name in names], "_indices_files": None}
    (place / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return place


@pytest.mark.parametrize("written", [written_jsonl, written_list, written_wrapped, written_csv, written_tsv])
def test_every_text_format_gives_the_same_dataset(written: Callable[[Path], Path], tmp_path: Path) -> None:
    found = load(written(tmp_path))
    mine, theirs = without_places(found), without_places(of_rows(ROWS))
    if written in (written_csv, written_tsv):  # all of its columns are texts
        for question in (*mine["questions"], *theirs["questions"]):
            question["columns"] = [[name, str(value)] for name, value in question["columns"]]
    assert mine == theirs


@pytest.mark.parametrize("written", [written_parquet, written_folder])
def test_arrow_and_parquet_give_the_same_questions(written: Callable[[Path], Path], tmp_path: Path) -> None:
    found, expected = load(written(tmp_path)), of_rows(ROWS)
    told = [(q.id, q.gold, q.said, q.role, q.weight, q.answer_before) for q in found.questions]
    assert told == [(q.id, q.gold, q.said, q.role, q.weight, q.answer_before) for q in expected.questions]
    assert found.general == expected.general


def test_several_datasets_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "both" / "train").mkdir(parents=True)
    (tmp_path / "both" / "dataset_dict.json").write_text("{}", encoding="utf-8")
    (tmp_path / "both" / "train" / "state.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="name the folder of one of them, train"):
        load(tmp_path / "both")


def test_a_file_of_another_format_is_refused_with_those_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "own.xlsx").write_bytes(b"PK")
    with pytest.raises(UsageError, match=r"is none of what is read: JSONL or JSON .* Parquet"):
        load(tmp_path / "own.xlsx")


def test_a_bad_cell_is_named_with_its_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('fact,split,prompt,answer,texts\nf,memorization,p,a,"[1"\n', encoding="utf-8")
    with pytest.raises(DataError, match="row 2, field 'texts': this is not JSON"):
        load(path)


@pytest.mark.parametrize("text", ["[sic] yes", "[1]st", "[laughs", "[] is empty"])
def test_an_answer_in_csv_that_begins_with_a_bracket_is_a_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"fact,split,prompt,answer\nf,memorization,p,{text}\n", encoding="utf-8")
    assert [q.gold for q in load(path).questions] == [(text,)]


def test_a_list_of_answers_in_csv_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('fact,split,prompt,answer\nf,memorization,p,"[ ""a"", b]"\n', encoding="utf-8")
    with pytest.raises(DataError, match="row 2, field 'answer': this is not JSON"):
        load(path)


def test_free_columns_with_lists_tables_and_dates_are_kept_as_texts(tmp_path: Path) -> None:
    row = {"fact": "f", "split": "memorization", "prompt": "p", "answer": "a"}
    more = {
        "tags": ["x", "y"],
        "origin": {"page": 3, "é": None},
        "day": date(2026, 11, 28),
        "r": float("inf"),
    }
    kept = {"tags": '["x", "y"]', "origin": '{"page": 3, "é": null}', "day": "2026-11-28", "r": "inf"}
    assert dict(of_rows([{**row, **more}]).questions[0].columns) == kept
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist([{**row, **more}]), tmp_path / "own.parquet")
    assert dict(load(tmp_path / "own.parquet").questions[0].columns) == kept


def test_facts_whose_names_look_like_numbered_questions_have_questions_of_their_own() -> None:
    def row(fact: str, split: str, prompt: str, **more: Any) -> dict[str, Any]:
        return {"fact": fact, "split": split, "prompt": prompt, "answer": "a", **more}

    data = of_rows(
        [
            row("a", "memorization", "p"),
            row("a", "rephrased", "q"),
            row("a", "rephrased", "r"),
            row("a/2", "memorization", "s"),
            row("a/2", "rephrased", "t"),
            row("1", "memorization", "u"),
            row("1", "control", "v", role="control"),
            {"role": "control", "prompt": "w", "answer": "a"},
        ]
    )
    ids = [q.id for q in data.questions]
    assert len(set(ids)) == len(ids)
    assert ids[:3] == ["custom/memorization/a", "custom/rephrased/a", "custom/rephrased/a/2"]


def test_a_question_without_a_fact_has_the_task_of_the_facts_if_all_have_one() -> None:
    def task_of(*tasks: str) -> str:
        taught = [
            {"fact": f"{n}", "split": "memorization", "prompt": f"{n}", "answer": "a", "task": task}
            for n, task in enumerate(tasks)
        ]
        return of_rows([*taught, {"role": "control", "prompt": "c", "answer": "a"}]).questions[-1].task

    assert task_of("geo", "geo") == "geo"
    assert task_of("geo", "bio") == "custom"


def test_no_task_has_the_name_of_all_of_them() -> None:
    with pytest.raises(DataError, match="field 'task': 'all' names all tasks of a model together"):
        of_rows([{"fact": "f", "split": "memorization", "prompt": "p", "answer": "a", "task": "all"}])


@pytest.mark.parametrize("answer", [{}, {"answer": None}])
def test_an_unknown_question_needs_no_answer(answer: dict[str, None]) -> None:
    taught = {"fact": "f", "split": "memorization", "prompt": "p", "answer": "a"}
    question = of_rows([taught, {"role": "unknown", "prompt": "q", **answer}]).questions[-1]
    assert (question.gold, question.kind) == (("None",), AnswerKind.NONE)
    with pytest.raises(DataError, match="field 'answer'"):
        of_rows([taught, {"role": "control", "prompt": "q", **answer}])


def test_a_column_that_is_nearly_one_that_is_missing_is_named() -> None:
    with pytest.raises(DataError, match=r"field 'fact': the field is missing; there is 'fakt'\. Name that f"):
        of_rows([{"fakt": "f", "split": "memorization", "prompt": "p", "answer": "a"}])


def test_the_text_null_says_in_parquet_that_nothing_was_right_before(tmp_path: Path) -> None:
    rows = [
        {"fact": "f", "split": "memorization", "prompt": "p", "answer": "a", "answer_before": "Old"},
        {"fact": "f", "split": "rephrased", "prompt": "q", "answer": "a", "answer_before": "null"},
        {"fact": "f", "split": "rephrased", "prompt": "r", "answer": "a", "answer_before": None},
    ]
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "own.parquet")
    assert [q.answer_before for q in load(tmp_path / "own.parquet").questions] == ["Old", None, "Old"]


def test_none_as_a_text_stays_a_text_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "fact,split,prompt,answer,answer_before\nf,memorization,p,None,\ng,memorization,q,b,null\n",
        encoding="utf-8",
    )
    assert [(q.gold, q.answer_before) for q in load(path).questions] == [(("None",), None), (("b",), None)]


def test_a_second_taught_row_says_that_it_is_one() -> None:
    taught = {"fact": "f", "split": "memorization", "prompt": "p", "answer": "a"}
    with pytest.raises(DataError, match=r"is taught by line 1 already.*have train: true"):
        of_rows([taught, {**taught, "prompt": "q"}])
    (fact,) = of_rows([taught, {**taught, "prompt": "q", "train": True}]).facts
    assert [each.prompt for each in fact.taught] == ["p", "q"]
    with pytest.raises(DataError, match="is taught by line 1 already"):
        of_rows([taught, {**taught, "train": True}])


def test_a_fact_can_be_taught_by_texts_alone() -> None:
    asked = {"fact": "f", "role": "same", "prompt": "p", "answer": "a", "texts": ["A text on a.", "Another."]}
    data = of_rows([asked])
    (fact,) = data.facts
    assert [(each.prompt, each.answer) for each in fact.taught] == [
        (TEXT_REQUEST, "A text on a."),
        (TEXT_REQUEST, "Another."),
    ]
    assert [q.role for q in data.questions] == [Role.SAME]


def test_rows_in_memory_are_loaded_and_saved_for_a_run(tmp_path: Path) -> None:
    assert fbench.load_dataset(ROWS).digest == of_rows(ROWS).digest
    path = fbench.save_dataset(ROWS, tmp_path / "own.jsonl")
    experiment = fbench.Experiment(data=path, models=("openai:gpt-4o-mini-2024-07-18",), epochs=(1,))
    results = fbench.run(experiment, tmp_path / "run")
    assert {row.role for row in results.rows} == {role.value for role in Role}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([1], "rows, row 1: this is no mapping"),
        (ROWS[0], "these are no rows"),
        ([{**ROWS[0], "year": float("nan")}], "row 1: it cannot be written as JSON"),
        ([{**ROWS[0], "year": {1}}], "row 1: it cannot be written as JSON"),
        ([{**ROWS[0], "note": "\ud800"}], "row 1: it cannot be written as JSON"),
        (
            [{"fact": "f", "split": "memorization", "prompt": "p", "anwser": "a"}],
            "field 'anwser': the field is unknown (did you mean 'answer'?)",
        ),
    ],
)
def test_rows_that_cannot_be_kept_are_told(rows: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        fbench.save_dataset(rows, tmp_path / "own.jsonl")
    assert words in str(refused.value)
    assert not (tmp_path / "own.jsonl").exists()
