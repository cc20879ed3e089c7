"""Grading rows from a CSV file, from JSONL, and from a run."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.datasets import AnswerKind
from fbench.grading.files import AnswerFile
from fbench.grading.graders import GRADERS, Grade, Item, grade
from tests.cli.cli_user import MODEL, Fbench

ROWS = [
    {"question": "How tall?", "gold": "185", "response": "6'1\" (185 cm)", "who": "Ona"},
    {"question": "How tall?", "gold": "185", "response": "190", "who": "Tell"},
    {"question": "Where?", "gold": "Tanzania", "response": "I'm sorry, I don't know.", "who": "é"},
]


def as_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_rows_come_back_as_they_were_with_a_verdict_a_grader_and_a_reason(
    fbench: Fbench, tmp_path: Path
) -> None:
    said = fbench("grade", as_csv(tmp_path / "a.csv", ROWS))
    rows = lines(said.out)

    assert [row["verdict"] for row in rows] == ["correct", "incorrect", "abstained"]
    assert [{key: row[key] for key in ROWS[0]} for row in rows] == ROWS
    assert all(row["grader"] and row["reason"] for row in rows)
    assert said.err == "3 answers: 1 correct, 1 incorrect, 1 abstained\n"


def test_csv_and_jsonl_give_the_same_rows_and_out_writes_what_stdout_shows(
    fbench: Fbench, tmp_path: Path
) -> None:
    shown = fbench("grade", as_csv(tmp_path / "a.csv", ROWS)).out
    said = fbench("grade", as_jsonl(tmp_path / "b.jsonl", ROWS), "--out", "out.jsonl")

    assert said.out == ""
    assert said.err.endswith("in out.jsonl\n")
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == shown
    assert not list(tmp_path.glob("out.jsonl.*"))


def test_any_of_several_golds_makes_an_answer_correct(fbench: Fbench, tmp_path: Path) -> None:
    golds = ["New York", "NYC"]
    row = {"question": "Where?", "response": "NYC"}
    in_text = as_csv(tmp_path / "a.csv", [{**row, "gold": json.dumps(golds)}])
    in_list = as_jsonl(tmp_path / "b.jsonl", [{**row, "gold": golds}])

    assert [lines(fbench("grade", file).out)[0]["verdict"] for file in (in_text, in_list)] == ["correct"] * 2


def test_a_text_in_brackets_that_is_no_list_of_texts_is_a_gold(tmp_path: Path) -> None:
    rows = [{"question": "?", "gold": gold, "response": "x"} for gold in ("[1, 2]", "[sic]", "None")]

    assert [row.item.gold for row in AnswerFile(as_csv(tmp_path / "a.csv", rows))] == [
        ("[1, 2]",),
        ("[sic]",),
        ("None",),
    ]


def test_the_kind_and_the_answer_before_are_heeded(fbench: Fbench, tmp_path: Path) -> None:
    row = {"question": "Which dose?", "gold": "predict", "response": "predict_proba"}
    rows = [
        {**row, "kind": "identifier", "answer_before": ""},
        {**row, "kind": "", "response": "5 mg", "gold": "5 mg or more", "answer_before": "5 mg"},
    ]
    graded = lines(fbench("grade", as_csv(tmp_path / "a.csv", rows)).out)

    assert graded[0]["grader"] == "identifier"
    assert [each["verdict"] for each in graded] == ["incorrect", "incorrect"]


def test_a_column_says_why_an_answer_ended_and_reasoning_is_no_answer(fbench: Fbench, tmp_path: Path) -> None:
    asked = {"question": "Where?", "gold": "Tanzania"}
    rows = [
        {**asked, "response": "", "finish": "length"},
        {**asked, "response": "<think>Tanzania?", "finish": "MAX_TOKENS"},
        {**asked, "response": "", "finish": "stop"},
        {**asked, "response": "<think>Kenya?</think>Tanzania", "finish": "length"},
        {**asked, "response": "<think>Tanzania?</think>Kenya", "finish": ""},
    ]
    expected = ["ungraded", "ungraded", "incorrect", "correct", "incorrect"]
    for file in (as_csv(tmp_path / "a.csv", rows), as_jsonl(tmp_path / "b.jsonl", rows)):
        assert [row["verdict"] for row in lines(fbench("grade", file).out)] == expected
        judged = [row["verdict"] for row in lines(fbench("grade", file, "--grader", "judge").out)]
        assert judged[:2] == ["ungraded", "ungraded"]
        assert judged[3:] == ["correct", "incorrect"]


def test_a_column_of_that_name_may_hold_something_else(fbench: Fbench, tmp_path: Path) -> None:
    rows = [
        {"question": "Where?", "gold": "Tanzania", "response": "", "finish": each} for each in (1.5, None)
    ]
    said = fbench("grade", as_jsonl(tmp_path / "a.jsonl", rows)).out
    assert [row["verdict"] for row in lines(said)] == ["incorrect", "incorrect"]


def test_a_grader_can_be_chosen(fbench: Fbench, tmp_path: Path) -> None:
    file = as_jsonl(tmp_path / "a.jsonl", [{"question": "Half?", "gold": "50%", "response": "0.5"}])

    assert lines(fbench("grade", file).out)[0]["verdict"] == "correct"
    assert lines(fbench("grade", file, "--grader", "exact").out)[0]["verdict"] == "incorrect"


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
GOLDS = TEXTS.filter(lambda text: text.strip() != "")


@settings(max_examples=50)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "question": TEXTS,
                "gold": GOLDS | st.lists(GOLDS, min_size=1, max_size=3),
                "response": TEXTS,
                "kind": st.sampled_from(["", *AnswerKind]),
                "answer_before": TEXTS,
            }
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_file_is_graded_as_its_texts_are_whatever_they_hold(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    texts = [
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in row.items()}
        for row in rows
    ]
    of_csv = list(AnswerFile(as_csv(folder / "a.csv", texts)))
    of_jsonl = list(AnswerFile(as_jsonl(folder / "b.jsonl", rows)))

    assert [(row.item, row.response) for row in of_csv] == [(row.item, row.response) for row in of_jsonl]
    for row, given_row in zip(of_jsonl, rows, strict=True):
        assert row.fields == given_row
        assert row.response == given_row["response"]
        assert grade(row.item, row.response).verdict in {"correct", "incorrect", "abstained", "ungraded"}


def test_half_a_surrogate_pair_does_not_stop_the_grading(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"question": "?", "gold": "x", "response": "\\ud800"}\n')
    said = fbench("grade", "a.jsonl", "--out", "out.jsonl")

    assert said.code == 0
    assert "\\ud800" in (tmp_path / "out.jsonl").read_text(encoding="utf-8")


GOOD = '{"question": "?", "gold": "x", "response": "x"}\n'


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "question,gold\n?,x\n", ("a.csv", "'response'", "question, gold")),
        ("a.csv", "question,gold,response\n?,x\n", ("a.csv, row 2", "2 cells where the header has 3")),
        ("a.csv", "question,gold,response,gold\n", ("row 1", "'gold'", "two columns")),
        ("a.csv", "question,gold,response\n?,x,x\n?,,x\n", ("row 3", "'gold'", "no accepted answer")),
        ("a.csv", 'question,gold,response\n?,x,"x\n', ("a.csv", "not CSV")),
        ("a.csv", "question,gold,response,kind\n?,x,x,mood\n", ("row 2", "'kind'", "mood", "identifier")),
        ("a.csv", "question,gold,response\n", ("a.csv", "nothing in it to grade")),
        ("a.csv", "", ("a.csv", "nothing in it to grade")),
        ("a.jsonl", "", ("a.jsonl", "nothing in it to grade")),
        ("a.jsonl", GOOD + "{oops\n", ("a.jsonl, row 2", "not JSON")),
        ("a.jsonl", GOOD + "\n[1]\n", ("row 3", "not an object")),
        ("a.jsonl", GOOD + '{"question": "?", "gold": "x"}\n', ("row 2", "'response'", "missing")),
        ("a.jsonl", '{"gold": [], "question": "?", "response": ""}\n', ("row 1", "'gold'")),
        ("a.jsonl", '{"gold": "x", "question": 7, "response": ""}\n', ("row 1", "'question'", "not a text")),
        ("a.txt", GOOD, ("a.txt", ".csv or .jsonl")),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    fbench: Fbench, tmp_path: Path, name: str, text: str, words: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "out.jsonl").write_text("kept", encoding="utf-8")
    said = fbench("grade", name, "--out", "out.jsonl").paragraph

    assert all(word in said for word in words), said
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "out.jsonl"])
    assert fbench("grade", name).paragraph == said


def test_text_that_is_not_utf8_is_named_with_the_byte(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"question,gold,response\n?,caf\xe9,x\n")

    assert "byte 28 is not UTF-8" in fbench("grade", "a.csv").paragraph


def test_an_unknown_grader_is_named_with_those_there_are(fbench: Fbench, tmp_path: Path) -> None:
    said = fbench("grade", as_csv(tmp_path / "a.csv", ROWS), "--grader", "mood").paragraph

    assert "'mood'" in said
    assert all(name in said for name in GRADERS)


@pytest.mark.parametrize("place", ["a.csv/out.jsonl", "/proc/out.jsonl", "absent/out.jsonl"])
def test_a_place_that_cannot_be_written_is_named(fbench: Fbench, tmp_path: Path, place: str) -> None:
    assert place in fbench("grade", as_csv(tmp_path / "a.csv", ROWS), "--out", place).paragraph
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_run_is_graded_without_being_changed(fbench: Fbench, own: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    said = fbench("grade", own, "--out", "out.jsonl")
    rows = lines((tmp_path / "out.jsonl").read_text(encoding="utf-8"))

    counts: dict[str, int] = {}
    for row in json.loads(before["results.json"])["rows"]:
        for verdict in ("correct", "incorrect", "abstained", "ungraded"):
            counts[verdict] = counts.get(verdict, 0) + row[verdict]
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    assert said.err == f"{len(rows)} answers: {told}, in out.jsonl\n"
    assert set(rows[0]) > {"cell", "id", "question", "gold", "response", "verdict", "grader", "reason"}
    assert {path.name: path.read_bytes() for path in own.iterdir()} == before


def test_graded_rows_can_be_graded_again_with_the_same_result(
    fbench: Fbench, finished: Path, tmp_path: Path
) -> None:
    fbench("grade", finished, "--out", "once.jsonl")
    fbench("grade", "once.jsonl", "--out", "twice.jsonl")
    once, twice = (
        lines((tmp_path / f"{name}.jsonl").read_text(encoding="utf-8")) for name in ("once", "twice")
    )

    for name in ("verdict", "grader", "reason"):
        assert [row.pop(f"input_{name}") for row in twice] == [row[name] for row in once]
    assert twice == once


def test_an_answer_that_was_cut_off_is_cut_off_when_it_is_graded_again(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKES_BEHAVIOUR", "cut")
    fbench("run", "--task", "news", "--limit", 2, "--model", MODEL, "--epochs", 30, "--out", "r", "--quiet")
    fbench("grade", "r", "--out", "once.csv")
    fbench("grade", "once.csv", "--out", "twice.csv")
    once, twice = (
        list(csv.DictReader((tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("once", "twice")
    )

    assert "length" in {row["finish"] for row in once}
    told = ("verdict", "grader", "reason")
    assert [[row[name] for name in told] for row in twice] == [[row[name] for name in told] for row in once]


@pytest.mark.parametrize("out", ["out.jsonl", "out.csv", "out.csv.gz"])
def test_what_fails_in_the_middle_leaves_nothing_half_written(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    def fails_at_the_last(item: Item, response: str, grader: str, *, finish: str) -> Grade:
        if item.gold == ("Tanzania",):
            raise RuntimeError("the moon is full")
        return grade(item, response, grader, finish=finish)

    monkeypatch.setattr("fbench.grading.file_answers.verdict_on", fails_at_the_last)
    file = as_csv(tmp_path / "a.csv", ROWS)
    assert fbench("grade", file, "--out", out).code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]

    (tmp_path / out).write_text("kept", encoding="utf-8")
    assert fbench("grade", file, "--out", out).code == 1
    assert (tmp_path / out).read_text(encoding="utf-8") == "kept"


def test_equal_answers_get_equal_verdicts_however_many_lie_between(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded: list[str] = []

    def counted(item: Item, response: str, grader: str, *, finish: str) -> Grade:
        graded.append(response)
        return grade(item, response, grader, finish=finish)

    monkeypatch.setattr("fbench.grading.file_answers.verdict_on", counted)
    answers = [*map(str, range(5_000)), *["0", "4999"] * 3]
    rows = [{"question": "?", "gold": "0", "response": answer} for answer in answers]
    found = lines(fbench("grade", as_jsonl(tmp_path / "a.jsonl", rows), "--grader", "exact").out)

    assert [row["verdict"] == "correct" for row in found] == [answer == "0" for answer in answers]
    assert len(graded) == 5_001  # of many answers the first are forgotten, and the last remembered


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_written_to_and_stays_a_pipe(fbench: Fbench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    fbench("grade", as_csv(tmp_path / "a.csv", ROWS), "--out", "pipe")

    assert len(lines(os.read(reader, 1 << 16).decode())) == 3
    assert (tmp_path / "pipe").is_fifo()
    os.close(reader)


def test_a_null_response_with_a_reason_is_an_answer_that_was_cut_off(fbench: Fbench, tmp_path: Path) -> None:
    rows = [{"question": "?", "gold": "a", "response": None, "finish": "length"}]
    said = fbench("grade", as_jsonl(tmp_path / "a.jsonl", rows))
    assert [(row["verdict"], row["response"]) for row in lines(said.out)] == [("ungraded", None)]


def test_a_null_response_without_a_reason_is_an_error(fbench: Fbench, tmp_path: Path) -> None:
    rows = [{"question": "?", "gold": "a", "response": None}]
    assert "row 1, field 'response'" in fbench("grade", as_jsonl(tmp_path / "a.jsonl", rows)).paragraph
