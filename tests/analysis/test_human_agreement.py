"""A person's verdicts beside those of the grader: which rows differ, how many are shown, and how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import fbench

Row = Mapping[str, object]


def row(right: bool, human: bool | None, **more: object) -> Row:
    return {"question": "Q?", "gold": "x", "response": "x" if right else "y", "ok": human, **more}


def shown(rows: list[Row]) -> list[str]:
    return str(fbench.agreement(rows, "ok")).splitlines()


def test_only_rows_on_which_the_two_differ_are_among_its_rows() -> None:
    rows = [
        row(right=True, human=True, n=1),
        row(right=True, human=None, n=2),
        row(right=False, human=False, n=3),
        row(right=True, human=False, n=4),
    ]
    graded = fbench.grade(rows)
    graded[2] = replace(graded[2], verdict=fbench.Verdict.UNGRADED)
    found = fbench.agreement(graded, "ok")
    assert [each.fields["n"] for each in found.rows] == [4]
    assert found.left_out == {"not judged": 1, "ungraded": 1}


@pytest.mark.parametrize(("differing", "more"), [(19, 0), (20, 0), (21, 1), (40, 20)])
def test_twenty_differences_are_shown_and_the_others_counted(differing: int, more: int) -> None:
    lines = shown([row(right=True, human=False) for _ in range(differing)])
    assert sum("human not correct" in line for line in lines) == differing - more
    assert [line for line in lines if line.startswith("...")] == (
        [f"... and on {more} more: the attribute rows has them all"] if more else []
    )


@pytest.mark.parametrize(("length", "kept"), [(79, 79), (80, 80), (81, 77), (9999, 77)])
def test_a_long_text_is_cut_to_eighty_characters(length: int, kept: int) -> None:
    text = "".join("abcdefghij"[n % 10] for n in range(length))
    (line,) = [
        line for line in shown([row(right=True, human=False, question=text)]) if "; question: " in line
    ]
    dots = "..." if kept < length else ""
    assert f"; question: {text[:kept]}{dots}; gold" in line


def test_equal_verdicts_are_equal_agreements_and_one_line_for_people() -> None:
    rows = [row(right=n % 2 > 0, human=n % 3 > 0) for n in range(12)]
    found = fbench.agreement(rows, "ok")
    assert found == fbench.agreement(rows, "ok")
    assert found != fbench.agreement(rows[1:], "ok")
    assert (found == str(found)) is False
    words = str(found).splitlines()[0].removeprefix("compared with 'ok': ").partition("; n ")[0]
    assert repr(found) == f"HumanAgreement('ok': {words}; n 12, 6 differ)"


def test_where_kappa_is_undefined_the_reason_is_given() -> None:
    (first, *_) = shown([row(right=True, human=True)] * 3)
    assert first.endswith("Cohen's kappa is undefined (both always say the same); n 3")
    (alone,) = shown([row(right=True, human=None)])
    assert alone.endswith(
        "Cohen's kappa is undefined (there is nothing to compare); n 0 (1 not judged left out)"
    )


def test_the_summary_shows_kappa_and_both_verdicts_of_rows_and_of_a_file(tmp_path: Path) -> None:
    rows = [row(right=n % 2 > 0, human=n % 4 > 0, who=n % 5) for n in range(40)]
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in rows), encoding="utf-8")
    for source in (rows, file, fbench.grade(rows)):
        found = fbench.agreement(source, "ok", cluster="who")
        kappa = found.kappa
        assert kappa is not None
        assert found.differing == 10 == len(found.rows)
        lines = str(found).splitlines()
        assert lines[0] == (
            f"compared with 'ok': Cohen's kappa 0.500, 95 % interval [{kappa.low:.3f}, {kappa.high:.3f}] "
            "(few clusters: the interval is rough; 5 clusters by 'who'); n 40"
        )
        assert [line.split() for line in lines[1:5]] == [
            ["human:", "correct", "not", "correct"],
            ["graded:", "correct", "20", "0"],
            ["graded:", "not", "correct", "10", "10"],
            ["they", "differ", "on", "10", "of", "40:"],
        ]


@pytest.mark.parametrize(("clusters", "rough"), [(19, True), (20, False), (21, False)])
def test_an_interval_over_less_than_twenty_clusters_is_called_rough(clusters: int, rough: bool) -> None:
    rows = [row(right=n % 2 > 0, human=n % 3 > 0, who=f" {n % clusters}") for n in range(60)]
    head = str(fbench.agreement(rows, "ok", cluster="who")).splitlines()[0]
    assert f"{clusters} clusters by 'who'" in head
    assert ("few clusters" in head) is rough


def test_rows_that_agree_end_with_the_table() -> None:
    lines = shown([row(right=n > 1, human=n > 1) for n in range(4)])
    assert lines[-1] == "they differ on 0 of 4"
    assert len(lines) == 5


def test_a_column_that_no_row_has_is_an_error() -> None:
    with pytest.raises(fbench.DataError, match="no row has this field"):
        fbench.agreement(fbench.grade([row(right=True, human=True)]), "absent")
