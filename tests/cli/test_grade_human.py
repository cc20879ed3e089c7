"""`fbench grade --human`: how far the grader and a person agree, and where they differ."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from fbench.analysis.stats import cohen_kappa
from fbench.grading.files import human_words
from tests.cli.cli_user import Fbench

RIGHT, WRONG = (
    ("yes", "True", "1", "1.0", "correct", "C", "Right", "ACCEPTABLE", "✓"),
    (*("no", "FALSE", "0", "0.0", "incorrect", "I", "wrong", "not acceptable", "not_attempted", "✗"),),
)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def rows_of(*judged: tuple[str, str, object]) -> list[dict[str, Any]]:
    """Rows with a question, an answer to it whose gold is x, and what a person said."""
    return [
        {"id": f"q{n}", "question": question, "gold": "x", "response": answer, "ok": human}
        for n, (question, answer, human) in enumerate(judged)
    ]


def as_jsonl(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def as_csv(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def figures(text: str) -> list[float]:
    found = re.search(r"Cohen's kappa (\S+), 95 % interval \[(\S+), (\S+)\]", text)
    assert found is not None, text
    return [float(each) for each in found.groups()]


def test_agreement_is_told_with_its_interval_its_table_and_what_differs(
    fbench: Fbench, tmp_path: Path
) -> None:
    rows = rows_of(
        *[(f"A{n}?", "x", "yes") for n in range(6)],
        *[(f"B{n}?", "y", "no") for n in range(4)],
        ("C?", "y", "yes"),
        ("D?", "x", "no"),
        ("E?", "I don't know.", "no"),
        ("F?", "x", ""),
    )
    said = fbench("grade", as_csv(tmp_path, rows), "--human", "ok")
    pairs = [("c", "c")] * 6 + [("n", "n")] * 5 + [("n", "c"), ("c", "n")]
    kappa = cohen_kappa(pairs, clusters=range(13))

    assert kappa is not None
    assert figures(said.err) == [round(each, 3) for each in kappa]
    assert "13 clusters by equal question" in said.err
    assert "few clusters" in said.err
    assert "n 13 (1 not judged left out)" in said.err
    table = [line.split() for line in said.err.splitlines() if line.startswith("graded: ")]
    assert table == [["graded:", "correct", "6", "1"], ["graded:", "not", "correct", "1", "5"]]
    assert "they differ on 2 of 13:" in said.err
    differing = [line for line in said.err.splitlines() if line.startswith("row ")]
    assert [line.split(":")[0] for line in differing] == ["row 12 (id q10)", "row 13 (id q11)"]
    assert "human correct, graded incorrect by " in differing[0]
    for words in ("question: C?", "gold: x", "response: y"):
        assert words in differing[0]
    assert [row["ok"] for row in lines(said.out)] == [row["ok"] for row in rows]


def test_answers_to_one_question_are_a_cluster_unless_a_column_says_more(
    fbench: Fbench, tmp_path: Path
) -> None:
    rows = [
        {**row, "document": f"d{n % 20}", "alone": ""}
        for n, row in enumerate(
            rows_of(
                *[
                    (
                        f"Q{n % 40}?" + " " * (n // 40),
                        "x" if (n % 40) % 3 else "y",
                        "yes" if (n % 40) % 4 else "no",
                    )
                    for n in range(200)
                ]
            )
        )
    ]
    file = as_jsonl(tmp_path, rows)
    pairs = [("cn"[row["response"] == "y"], "cn"[row["ok"] == "no"]) for row in rows]
    for options, told, of in (
        ((), "40 clusters by equal question", [n % 40 for n in range(200)]),
        (("--cluster", "document"), "20 clusters by 'document'", [row["document"] for row in rows]),
        (("--cluster", "alone"), "200 clusters by 'alone'", range(200)),
    ):
        said = fbench("grade", file, "--human", "ok", *options)
        kappa = cohen_kappa(pairs, clusters=of)
        assert kappa is not None
        assert figures(said.err) == [round(each, 3) for each in kappa]
        assert told in said.err
        assert "few clusters" not in said.err


@pytest.mark.parametrize("word", [*RIGHT, True, 1])
def test_a_person_says_yes_in_many_words(fbench: Fbench, tmp_path: Path, word: object) -> None:
    file = as_jsonl(tmp_path, rows_of(("A?", "x", word), ("B?", "y", "no")))
    assert "they differ on 0 of 2" in fbench("grade", file, "--human", "ok").err


@pytest.mark.parametrize("word", [*WRONG, False, 0])
def test_a_person_says_no_in_many_words(fbench: Fbench, tmp_path: Path, word: object) -> None:
    file = as_jsonl(tmp_path, rows_of(("A?", "x", word), ("B?", "y", "no")))
    assert "they differ on 1 of 2" in fbench("grade", file, "--human", "ok").err


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("WAHR", "FALSCH"),
        ("ja", "nein"),
        ("VRAI", "FAUX"),
        ("Oui", "non"),
        ("VERDADERO", "FALSO"),
        ("S\u00ed", "no"),
        ("Si\u0301", "No"),
        ("VERO", "FALSO"),
        ("VERDADEIRO", "Na\u0303o"),
        ("PRAWDA", "NIE"),
        ("TOSI", "EP\u00c4TOSI"),
        ("Evet", "Hay\u0131r"),
        ("Waar", "onwaar"),
        ("\u0418\u0421\u0422\u0418\u041d\u0410", "\u041b\u041e\u0416\u042c"),
        ("\u306f\u3044", "\u3044\u3044\u3048"),
        ("1,0", "0,0"),
    ],
)
def test_what_spreadsheets_and_people_write_in_other_languages_is_understood(
    fbench: Fbench, tmp_path: Path, right: str, wrong: str
) -> None:
    rows = rows_of(("A?", "x", right), ("B?", "y", wrong), ("C?", "y", right), ("D?", "x", wrong))
    said = fbench("grade", as_csv(tmp_path, rows), "--human", "ok").err
    table = [line.split()[-2:] for line in said.splitlines() if line.startswith("graded: ")]

    assert table == [["1", "1"], ["1", "1"]]


def test_no_word_means_yes_in_one_language_and_no_in_another() -> None:
    pairs = [*human_words._VERDICTS.items()]  # pyright: ignore[reportPrivateUsage] - the table itself is tested
    locales = human_words._LOCALES.values()  # pyright: ignore[reportPrivateUsage] - as above
    right = {*dict(pairs)[True], *(word for yes, _ in locales for word in yes.split())}
    wrong = {*dict(pairs)[False], *(word for _, no in locales for word in no.split())}
    assert right.isdisjoint(wrong)
    assert all(word == normalize("NFC", word).casefold() for word in right | wrong)


@pytest.mark.parametrize("word", ["perhaps", "partly", "2", "vielleicht", "peut-\u00eatre", [], {"a": 1}])
def test_a_word_that_is_no_verdict_is_named_with_its_row(
    fbench: Fbench, tmp_path: Path, word: object
) -> None:
    file = as_jsonl(tmp_path, rows_of(("A?", "x", "yes"), ("B?", "y", word)))
    said = fbench("grade", file, "--human", "ok", "--out", "out.jsonl").paragraph

    assert "row 2, field 'ok'" in said
    assert "(id q1)" in said
    assert not isinstance(word, str) or repr(word) in said
    assert not (tmp_path / "out.jsonl").exists()


def test_what_nobody_judged_and_what_was_not_graded_is_left_out_and_counted(
    fbench: Fbench, tmp_path: Path
) -> None:
    long = {"gold": "Give the second dose after four weeks and check the liver before it", "kind": "long"}
    rows = [
        *rows_of(("A?", "x", "yes"), ("B?", "y", "no"), ("C?", "x", None), ("D?", "y", "  ")),
        {"question": "E?", "gold": "x", "response": "x"},
        {"question": "F?", "response": "Check the liver before the second dose", "ok": "yes", **long},
    ]
    said = fbench("grade", as_jsonl(tmp_path, rows), "--human", "ok")

    assert "1 ungraded" in said.err.splitlines()[0]
    assert "n 2 (3 not judged left out, 1 ungraded left out)" in said.err
    assert "they differ on 0 of 2" in said.err
    assert len(lines(said.out)) == 6


def test_kappa_is_undefined_where_nothing_could_differ(fbench: Fbench, tmp_path: Path) -> None:
    file = as_jsonl(tmp_path, rows_of(("A?", "x", "yes"), ("B?", "x", "yes")))
    assert "kappa is undefined (both always say the same); n 2" in fbench("grade", file, "--human", "ok").err
    file = as_jsonl(tmp_path, rows_of(("A?", "x", ""), ("B?", "x", "")))
    assert (
        "kappa is undefined (there is nothing to compare); n 0" in fbench("grade", file, "--human", "ok").err
    )


def test_a_column_that_no_row_has_is_named(fbench: Fbench, tmp_path: Path) -> None:
    file = as_jsonl(tmp_path, rows_of(("A?", "x", "yes")))
    for option in (("--human",), ("--human", "ok", "--cluster"), ("--human", "ok", "--id")):
        said = fbench("grade", file, *option, "absent").paragraph
        assert "'absent'" in said
        assert "id, question, gold, response, ok" in said


def test_a_verdict_column_can_be_the_persons(fbench: Fbench, tmp_path: Path) -> None:
    rows = [{**row, "verdict": row.pop("ok")} for row in rows_of(("A?", "x", "yes"), ("B?", "x", "no"))]
    said = fbench("grade", as_csv(tmp_path, rows), "--human", "verdict")

    assert [row["input_verdict"] for row in lines(said.out)] == ["yes", "no"]
    assert "they differ on 1 of 2" in said.err


def test_the_first_differences_are_shown_and_all_of_them_come_as_rows(fbench: Fbench, tmp_path: Path) -> None:
    rows = rows_of(*[(f"Q{n}?", "x", "no" if n % 2 else "yes") for n in range(60)])
    file = as_jsonl(tmp_path, rows)
    said = fbench("grade", file, "--human", "ok")
    assert len(lines(said.out)) == 60
    assert sum(line.startswith("row ") for line in said.err.splitlines()) == 20
    assert "on 10 more: --disagreements" in said.err

    differing = fbench("grade", file, "--human", "ok", "--disagreements")
    assert differing.err == said.err
    assert [row["id"] for row in lines(differing.out)] == [f"q{n}" for n in range(1, 60, 2)]
    fbench("grade", file, "--human", "ok", "--disagreements", "--out", "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as out:
        assert len(list(csv.DictReader(out))) == 30


def test_a_difference_is_one_short_line_whatever_the_texts_hold(fbench: Fbench, tmp_path: Path) -> None:
    wild = "line\nline\x1b[31m red \u202e" + "long " * 500
    rows = [{**row, "id": "\x1b[2J\x07\u202e"} for row in rows_of((wild, "x", "no"))]
    (line,) = (
        line
        for line in fbench("grade", as_jsonl(tmp_path, rows), "--human", "ok").err.splitlines()
        if line.startswith("row ")
    )
    assert len(line) < 500
    assert line.isprintable()


def test_a_judges_verdicts_are_compared_too(fbench: Fbench, tmp_path: Path) -> None:
    file = as_jsonl(tmp_path, rows_of(("A?", "x", "yes"), ("B?", "y", "no")))
    said = fbench("grade", file, "--human", "ok", "--grader", "judge")
    assert "they differ on 0 of 2" in said.err
    assert said.err.endswith("(a rule that stands in for a language model)\n")


def test_published_human_verdicts_are_compared_as_they_stand(fbench: Fbench, shared: Path) -> None:
    said = fbench("grade", shared / "labels" / "nq301.jsonl", "--human", "human")
    kappa, low, high = figures(said.err)
    assert 0.6 < kappa < 0.8
    assert 0.02 < high - low < 0.2
    assert said.err.startswith("columns: response from 'candidate'\n")


@pytest.mark.parametrize("empty", [None, "", float("nan")])
def test_an_empty_cell_is_no_verdict_however_it_is_written(
    fbench: Fbench, tmp_path: Path, empty: object
) -> None:
    rows = rows_of(("a", "x", True), ("b", "y", False), ("c", "x", empty))
    said = fbench("grade", as_jsonl(tmp_path, rows), "--human", "ok")
    assert said.code == 0, said.err
    assert "n 2 (1 not judged left out)" in said.err
