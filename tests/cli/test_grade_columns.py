"""Which columns of a file `fbench grade` reads, how it reads golds, and what it keeps."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli_user import Fbench

FOSSILS = Path(__file__).parents[1] / "data" / "fossils"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def table(tmp_path: Path, header: str, *rows: str, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("question,gold,response", ""),
        ("Question,GOLD,Response", "question from 'Question', gold from 'GOLD', response from 'Response'"),
        ("question,answer,response", "gold from 'answer'"),
        ("question,Reference,prediction", "gold from 'Reference', response from 'prediction'"),
        ("prompt,target,completion", "question from 'prompt', gold from 'target'"),
        ("input,expected,output", "question from 'input', gold from 'expected', response from 'output'"),
        (" Question ,Correct Answer,modelAnswer", "gold from 'Correct Answer', response from 'modelAnswer'"),
        ("query,ground-truth,Model response", "question from 'query', gold from 'ground-truth'"),
        ("question,gold,response,answer,output,prompt", ""),
        ("Question,gold,response,question text", "question from 'Question'"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
def test_columns_are_found_by_their_usual_names_and_told(
    fbench: Fbench, tmp_path: Path, header: str, told: str, form: str
) -> None:
    names = header.split(",")
    row = dict(zip(names, ["Where?", "Paris", "In Paris.", "x", "y", "z"], strict=False))
    if form == "csv":
        table(tmp_path, header, ",".join(row.values()))
    else:
        text = json.dumps([row] if form == "json" else row)
        (tmp_path / f"a.{form}").write_text(text, encoding="utf-8")
    said = fbench("grade", f"a.{form}")

    (graded,) = lines(said.out)
    assert graded["verdict"] == "correct"
    assert list(graded)[: len(names)] == names
    assert told in said.err
    assert said.err.startswith("columns: ") == bool(told)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("question,answer,reference,response", ("'gold'", "answer, reference", "--gold COLUMN")),
        ("question,gold,output,prediction", ("'response'", "output, prediction", "--response COLUMN")),
        ("Question,QUESTION,gold,response", ("'question'", "Question, QUESTION", "--question COLUMN")),
        ("question,gold,answer", ("'response'", "missing", "question, gold, answer", "--response COLUMN")),
        ("a,b,c", ("'question'", "a, b, c", "--question COLUMN")),
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_columns_that_are_not_clear_are_asked_for(
    fbench: Fbench, tmp_path: Path, header: str, words: tuple[str, ...], form: str
) -> None:
    names = header.split(",")
    if form == "csv":
        table(tmp_path, header, ",".join("x" for _ in names))
    else:
        (tmp_path / "a.jsonl").write_text(json.dumps(dict.fromkeys(names, "x")), encoding="utf-8")
    said = fbench("grade", f"a.{form}").paragraph

    assert all(word in said for word in words), said


def test_columns_can_be_named(fbench: Fbench, tmp_path: Path) -> None:
    file = table(tmp_path, "Frage;answer;reference;gpt 4;nr", "Where?;Paris;Rome;In Rome.;7")
    options = ("--question", "Frage", "--gold", "reference", "--response", "GPT_4", "--id", "nr")
    (row,) = lines(fbench("grade", file, *options).out)
    assert row["verdict"] == "correct"
    assert row["answer"] == "Paris"

    options = ("--question", "Frage", "--gold", "answer", "--response", "gpt 4")
    assert lines(fbench("grade", file, *options).out)[0]["verdict"] == "incorrect"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--gold", "golden"), ("--gold", "'golden'", "question, gold, response")),
        (("--human", "golden"), ("--human", "'golden'")),
        (("--gold", "response"), ("'response'", "--gold")),
        (("--gold", "response", "--response", "response"), ("--gold", "--response", "Name two")),
        (("--human", "gold"), ("'gold'",)),
        (("--cluster", "question"), ("--human",)),
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_option_that_names_no_column_of_its_own_is_refused(
    fbench: Fbench, tmp_path: Path, options: tuple[str, ...], words: tuple[str, ...], form: str
) -> None:
    table(tmp_path, "question,gold,response", "?,x,x")
    (tmp_path / "a.jsonl").write_text('{"question": "?", "gold": "x", "response": "x"}', encoding="utf-8")
    said = fbench("grade", f"a.{form}", *options).paragraph
    if form == "csv":
        assert all(word in said for word in words), said


def test_a_run_has_no_columns_to_choose(fbench: Fbench, finished: Path) -> None:
    for options in (("--gold", "gold"), ("--human", "id"), ("--gold-separator", "|")):
        assert "no columns" in fbench("grade", finished, *options).paragraph


@pytest.mark.parametrize("column", ["id", "QID", "question_id"])
def test_a_row_that_is_wrong_is_named_by_its_id_too(fbench: Fbench, tmp_path: Path, column: str) -> None:
    file = table(tmp_path, f"{column},question,gold,response", "q1,?,x,x", "q2,?,,x")
    said = fbench("grade", file).paragraph
    assert "row 3, field 'gold': there is no accepted answer in it (id q2)." in said


def test_columns_that_grading_adds_are_kept_under_another_name(fbench: Fbench, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "verdict,question,gold,response,input_verdict,reason,grader",
        "mine,?,x,x,older,why,me",
    )
    said = fbench("grade", file)
    (row,) = lines(said.out)
    kept = {
        "input_input_verdict": "mine",
        "input_verdict": "older",
        "input_reason": "why",
        "input_grader": "me",
    }
    assert {name: row[name] for name in kept} == kept
    assert row["verdict"] == "correct"
    assert list(row)[-3:] == ["verdict", "grader", "reason"]
    assert "'verdict' is 'input_input_verdict' in the output" in said.err
    assert "'reason' is 'input_reason'" in said.err

    fbench("grade", file, "--out", "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as out:
        assert list(csv.DictReader(out)) == [row]


def test_a_field_of_any_row_of_jsonl_is_kept_under_one_name_in_all(fbench: Fbench, tmp_path: Path) -> None:
    good = {"question": "?", "gold": "x", "response": "x"}
    rows = [{**good, "verdict": 1}, good, {**good, "input_verdict": 2}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    graded = lines(fbench("grade", "a.jsonl").out)

    assert graded[0]["input_input_verdict"] == 1
    assert graded[2]["input_verdict"] == 2
    assert "input_verdict" not in graded[0]


def test_the_verdicts_of_an_older_version_are_kept(fbench: Fbench, tmp_path: Path) -> None:
    with (FOSSILS / "graded.csv").open(encoding="utf-8", newline="") as file:
        old = list(csv.DictReader(file))
    fbench("grade", FOSSILS / "graded.csv", "--out", "again.csv")
    with (tmp_path / "again.csv").open(encoding="utf-8", newline="") as file:
        new = list(csv.DictReader(file))

    for name in ("verdict", "grader", "reason"):
        assert [row[f"input_{name}"] for row in new] == [row[name] for row in old]
    assert [row["verdict"] for row in new] == [row["verdict"] for row in old]


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ('["New York", "NYC"]', ""),
        ("['New York', 'NYC']", "as Python writes them"),
        ("""["New York", 'NYC',]""", "as Python writes them"),
        ("('New York', 'NYC')", "as Python writes them"),
        ("['New York' 'NYC']", "as NumPy prints them"),
        ("['New York'\n 'NYC']", "as NumPy prints them"),
        ("array(['New York', 'NYC'], dtype=object)", "as Python writes them"),
    ],
)
def test_a_list_of_golds_in_a_cell_is_read(fbench: Fbench, tmp_path: Path, gold: str, told: str) -> None:
    rows = [{"question": "?", "gold": gold, "response": answer} for answer in ("NYC", "New York", "York, N")]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    said = fbench("grade", "a.csv", "--grader", "exact")

    assert [row["verdict"] for row in lines(said.out)] == ["correct", "correct", "incorrect"]
    assert told in said.err
    assert said.err.startswith("gold: ") == bool(told)
    assert not told or "3 rows, first row 2" in said.err
    assert [row["gold"] for row in lines(said.out)] == [gold] * 3


@pytest.mark.parametrize("gold", [r"['O\'Neil', 'x']", "[\"O'Neil\", 'x']", "['O\\'Neil' \"x\"]"])
def test_escapes_in_a_python_list_are_read(fbench: Fbench, tmp_path: Path, gold: str) -> None:
    row = {"question": "?", "gold": gold, "response": "O'Neil"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert lines(fbench("grade", "a.jsonl", "--grader", "exact").out)[0]["verdict"] == "correct"


@pytest.mark.parametrize("gold", ["[1, 2]", "['a', 1]", "[185]", "['a' 'b' ... 'z']", "['a', ['b']]"])
def test_what_looks_like_a_list_and_is_taken_as_one_answer_is_told(
    fbench: Fbench, tmp_path: Path, gold: str
) -> None:
    row = {"question": "?", "gold": gold, "response": gold}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    said = fbench("grade", "a.jsonl", "--grader", "exact")

    assert lines(said.out)[0]["verdict"] == "correct"
    assert "looks like a list" in said.err
    assert "first row 1" in said.err


@pytest.mark.parametrize("gold", ["('x')", "(x)", "[sic]", "'a', 'b'"])
def test_a_text_in_brackets_or_quotes_is_one_gold(fbench: Fbench, tmp_path: Path, gold: str) -> None:
    row = {"question": "?", "gold": gold, "response": gold}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    said = fbench("grade", "a.jsonl", "--grader", "exact")
    assert lines(said.out)[0]["verdict"] == "correct"
    assert said.err == "1 answer: 1 correct\n"


def test_nothing_between_separators_is_no_gold(fbench: Fbench, tmp_path: Path) -> None:
    options = ("--grader", "exact", "--gold-separator", "|")
    file = table(tmp_path, "question,gold,response", "?,| a ||b|,b", "?,|a,a", "?,a,")
    assert [row["verdict"] for row in lines(fbench("grade", file, *options).out)][:2] == ["correct"] * 2
    file = table(tmp_path, "question,gold,response", "?,| |,b")
    assert "row 2, field 'gold'" in fbench("grade", file, *options).paragraph


@pytest.mark.parametrize("separator", ["|", "||", ";", " / "])
def test_what_may_part_golds_is_told_once_and_parts_them_when_it_is_said_so(
    fbench: Fbench, tmp_path: Path, separator: str
) -> None:
    gold = f"New York{separator}NYC"
    rows = [{"question": "?", "gold": each, "response": "NYC"} for each in ("NYC", gold, gold)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    said = fbench("grade", "a.jsonl", "--grader", "exact")
    assert [row["verdict"] for row in lines(said.out)] == ["correct", "incorrect", "incorrect"]
    (note, _) = said.err.splitlines()
    assert f"--gold-separator '{separator}'" in note
    assert "2 rows, first row 2" in note

    said = fbench("grade", "a.jsonl", "--grader", "exact", "--gold-separator", separator)
    assert [row["verdict"] for row in lines(said.out)] == ["correct"] * 3
    assert [row["gold"] for row in lines(said.out)] == [row["gold"] for row in rows]
    assert said.err == "3 answers: 3 correct\n"

    assert fbench("grade", "a.jsonl", "--gold-separator", "").err.count("\n") == 1


def test_an_empty_separator_takes_each_text_as_one_answer(fbench: Fbench, tmp_path: Path) -> None:
    row = {"question": "What is printed?", "gold": "['a', 'b']", "response": "a"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    for options, verdict in (((), "correct"), (("--gold-separator", ""), "incorrect")):
        said = fbench("grade", "a.jsonl", "--grader", "exact", *options)
        assert lines(said.out)[0]["verdict"] == verdict


def test_a_sentence_with_a_semicolon_is_one_gold_and_nothing_is_told(fbench: Fbench, tmp_path: Path) -> None:
    gold = "No standardized approach was recommended; treatment decisions depended on those who treated"
    row = {"question": "?", "gold": gold, "response": gold}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert fbench("grade", "a.jsonl").err == "1 answer: 1 correct\n"


@pytest.mark.parametrize(
    ("gold", "response"),
    [("24", "24"), ("0.10", "0.10"), ("true", "true"), ("[1, 2]", "2"), ("1e400", "1e400")],
)
def test_a_gold_that_is_a_number_or_a_truth_value_is_its_text(
    fbench: Fbench, tmp_path: Path, gold: str, response: str
) -> None:
    for form, text in (("jsonl", response), ("json", f'"{response}"')):
        row = f'{{"question": "?", "gold": {gold}, "response": {text}}}'
        (tmp_path / f"a.{form}").write_text(f"[{row}]" if form == "json" else row, encoding="utf-8")
        out = fbench("grade", f"a.{form}", "--grader", "exact").out
        assert '"verdict": "correct"' in out
        assert f'"gold": {gold}' in out


@pytest.mark.parametrize(
    "gold", ["null", "NaN", "Infinity", "[null]", '["a", NaN]', "{}", "[]", '[""]', '" "']
)
def test_a_gold_that_is_no_answer_is_named_with_its_row(fbench: Fbench, tmp_path: Path, gold: str) -> None:
    good = '{"question": "?", "gold": "x", "response": "x"}\n'
    (tmp_path / "a.jsonl").write_text(good * 2 + good.replace('"x"', gold, 1), encoding="utf-8")
    assert "row 3, field 'gold'" in fbench("grade", "a.jsonl", "--out", "out.jsonl").paragraph
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_wrong_row_far_down_leaves_nothing_behind(fbench: Fbench, tmp_path: Path) -> None:
    file = table(tmp_path, "question,gold,response", *["?,x,x"] * 15_000, "?,,x")
    for out in ((), ("--out", "out.jsonl"), ("--out", "out.csv")):
        assert "row 15002, field 'gold'" in fbench("grade", file, *out).paragraph
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    "gold", ["[" + "'" * 200_000, "['" + "a', 'a" * 50_000 + "'", "[" * 200_000, "a|" * 99_999 + "b"]
)
def test_a_hostile_gold_costs_no_more_than_its_length(fbench: Fbench, tmp_path: Path, gold: str) -> None:
    row = {"question": "?", "gold": gold, "response": gold}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    began = time.process_time()
    said = fbench("grade", "a.jsonl", "--grader", "exact")
    assert said.code == 0
    assert time.process_time() - began < 5


def test_the_help_tells_of_columns_and_forms(fbench: Fbench) -> None:
    text = " ".join(fbench("grade", "--help").out.split())
    for words in ("--question", "--gold", "--response", "--id", "--human", "--cluster", "--gold-separator"):
        assert f"{words} " in text
    for words in ("semicolons", ".parquet", "input_verdict", "CSV if its name ends with .csv", "kappa"):
        assert words in text


@pytest.mark.parametrize("name", ["finish", "Finish Reason", "stop_reason", "done_reason"])
def test_why_a_model_stopped_is_found_by_its_usual_names(fbench: Fbench, tmp_path: Path, name: str) -> None:
    table(tmp_path, f"question,gold,response,{name}", "Where?,Paris,,length")
    (graded,) = lines(fbench("grade", "a.csv").out)
    assert graded["verdict"] == "ungraded"
