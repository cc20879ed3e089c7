"""Marks beside numbers: what they stand for is where the line is drawn."""

from __future__ import annotations

import re

import pytest
from rich.console import Console

from fbench.analysis.results import ReportedDifference, Results
from fbench.reports.main_tables import headline
from tests.reports.made import made, with_rows


def shown(results: Results) -> str:
    console = Console(width=120, color_system=None)
    with console.capture() as capture:
        console.print(headline(results, width=120))
    return capture.get()


def gains(text: str) -> list[str]:
    """The gains of a table, with their marks."""
    return re.findall(r"[+-]\d\.\d\d\*?(?=\s+0\.10\b)", text)


@pytest.mark.parametrize(
    ("p", "mark"),
    [(0.0, "*"), (0.01, "*"), (0.049999, "*"), (0.05, ""), (0.051, ""), (0.3, ""), (0.499, ""), (1.0, "")],
)
def test_a_star_stands_beside_gains_with_a_p_under_one_in_twenty_alone(p: float, mark: str) -> None:
    results = with_rows(
        made(),
        difference=lambda row: ReportedDifference(value=0.25, low=0.1, high=0.4, p=p) if row.epochs else None,
    )
    text = shown(results)
    assert gains(text) == [f"+0.25{mark}"] * 8
    assert "* mid-p < 0.05" in " ".join(text.split())


def test_the_star_is_that_of_the_most_epochs() -> None:
    results = with_rows(
        made(),
        difference=lambda row: (
            ReportedDifference(
                value=0.1 + row.epochs / 100, low=0.0, high=0.4, p=0.9 if row.epochs == 20 else 0.001
            )
            if row.epochs
            else None
        ),
    )
    assert gains(shown(results)) == ["+0.30"] * 8


def test_what_a_table_shows_of_several_seeds_is_their_mean() -> None:
    of_seed = {0: 0.2, 1: 0.3, 2: 0.7}
    results = with_rows(
        made(tasks=("medical",), epochs=(10,), seeds=(0, 1, 2)),
        accuracy=lambda row: of_seed[row.seed or 0] if row.epochs else 0.1,
        old=lambda row: of_seed[row.seed or 0] / 2 if row.epochs else 0.05,
    )
    lines = [line.split() for line in shown(results).splitlines()]
    answered = [
        line for line in lines if line[:1] in (["memorization"], ["vignette"]) and "-" not in line[:2]
    ]
    assert [line[2:4] for line in answered] == [["0.10", "0.40"]] * 4
    assert [line[2:4] for line in lines if line[:2] == ["old", "answers"]] == [["0.05", "0.20"]] * 4
    assert [line[-1] for line in lines if line[:2] == ["spread", "between"]] == ["0.50"] * 4
