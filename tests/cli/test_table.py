"""The headline tables: what they show, and that they fit."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from fbench.analysis.results import Costs, ReportedDifference, ReportedInterval, Results, Row
from fbench.analysis.results_file import read_results
from fbench.reports.main_tables import headline

MODEL = "openai:m"


@pytest.fixture(scope="module")
def results(finished: Path) -> Results:
    return read_results(finished)


def row(epochs: int, accuracy: float, **more: Any) -> Row:
    values = {
        "model": MODEL,
        "task": "news",
        "split": "memorization",
        "seed": 0 if epochs else None,
        "n": 10,
        "clusters": 10,
        "correct": 0,
        "incorrect": 0,
        "abstained": 0,
        "ungraded": 0,
        "errors": 0,
        "interval": ReportedInterval(low=0.25, high=0.75),
        "base": None,
        "difference": ReportedDifference(value=0.5, low=0.1, high=0.9, p=0.01) if epochs else None,
        "old": None,
        "chance": 0.1,
        "balanced": None,
    }
    return Row.model_validate(values | {"epochs": epochs, "accuracy": accuracy} | more)


def shown(results: Results, rows: list[Row], width: int = 100, **experiment: Any) -> list[str]:
    experiment = {"models": (MODEL,), "tasks": ("news",)} | experiment
    changed = results.model_copy(
        update={"rows": tuple(rows), "experiment": results.experiment.model_copy(update=experiment)}
    )
    file = io.StringIO()
    Console(file=file, width=width).print(headline(changed, width=width))
    return file.getvalue().splitlines()


def line(lines: list[str], start: str) -> str:
    (found,) = [each for each in lines if each.startswith(start)]
    return " ".join(found.removeprefix(start).split())


@pytest.mark.terse(reason="where answers are cut off, lines of threats begin with the same words")
def test_a_line_has_n_base_accuracies_interval_gain_and_chance(results: Results) -> None:
    lines = shown(results, [row(0, 0.1), row(1, 0.3), row(30, 0.9)], epochs=(1, 30))

    assert line(lines, "split") == "n base 1 ep 30 ep 95 % interval gain chance"
    assert line(lines, "memorization") == "10 0.10 0.30 0.90 0.25 to 0.75 +0.50* 0.10"


def test_numbers_that_an_accuracy_must_not_be_read_without_stand_under_it(results: Results) -> None:
    tuned = row(1, 0.5, old=0.25, balanced=0.6, ungraded=2, errors=1)
    lines = shown(results, [row(0, 0.0, old=1.0), tuned], epochs=(1,))

    assert line(lines, "  old answers") == "1.00 0.25"
    assert line(lines, "  balanced accuracy") == "- 0.60"
    assert line(lines, "  ungraded") == "0 2"
    assert line(lines, "  errors") == "0 1!"
    assert "! More than 5 % are cut off, or errors: invalid." in " ".join(" ".join(lines).split())


def test_answers_that_were_cut_off_or_altered_are_told_and_invalid_cells_marked(results: Results) -> None:
    tuned = row(1, 0.5, ungraded=3, cut_off=2, altered=1, invalid=True)
    few = ReportedDifference(value=0.5, low=0.1, high=0.9, p=0.01, few_clusters=True)
    lines = shown(results, [row(0, 0.0), tuned.model_copy(update={"difference": few})], epochs=(1,))

    assert line(lines, "  ungraded, cut off") == "0 2!"
    assert line(lines, "  altered by a recording") == "0 1"
    text = " ".join(" ".join(lines).split())
    assert "! More than 5 % are cut off, or errors: invalid." in text
    assert "Fewer than 20 clusters, so rough: news memorization." in text
    assert "* mid-p < 0.05, test over clusters, not corrected for the number of comparisons." in text


def test_where_they_do_not_apply_there_is_no_line(results: Results) -> None:
    text = "\n".join(shown(results, [row(0, 0.0), row(1, 0.5)], epochs=(1,)))

    for name in ("  old answers", "  balanced", "  ungraded", "  errors", "  spread", "memorization - "):
        assert name not in text


@pytest.mark.parametrize(
    ("splits", "chosen"),
    [
        (("memorization", "rephrased", "date_changed"), "rephrased"),
        (("memorization", "vignette"), "vignette"),
        (("memorization", "rephrased", "code"), "code"),
    ],
)
def test_memorization_minus_generalization_holds_the_papers_split_against_it(
    results: Results, splits: tuple[str, ...], chosen: str
) -> None:
    rows = [row(e, 0.25 * (e + 1), split=split) for split in splits for e in (0, 1) if split != chosen]
    rows += [row(e, 0.0, split=chosen) for e in (0, 1)]

    assert line(shown(results, rows, epochs=(1,)), f"memorization - {chosen}") == "+0.25 +0.50"


@pytest.mark.terse(reason="where answers are cut off, lines of threats begin with the same words")
def test_of_several_seeds_the_mean_and_the_spread_are_told(results: Results) -> None:
    rows = [row(0, 0.0), row(1, 0.5), row(1, 0.7, seed=1)]
    lines = shown(results, rows, epochs=(1,), seeds=(0, 1))

    assert line(lines, "memorization").startswith("10 0.00 0.60 ")
    assert line(lines, "  spread between seeds") == "- 0.20"


def test_a_model_without_a_price_is_named_beside_the_sums(results: Results) -> None:
    planned = results.costs.planned.model_copy(update={"unpriced": (MODEL,)})
    changed = results.model_copy(update={"costs": Costs(planned=planned, actual=results.costs.actual)})
    text = " ".join(shown(changed, [row(0, 0.0)]))

    assert f"No price is known for {MODEL}: the sums leave it out." in text


@settings(max_examples=30)
@given(
    sweep=st.sets(st.integers(1, 50), min_size=1, max_size=12).map(sorted),
    width=st.integers(80, 160),
    fake=st.booleans(),
)
def test_any_sweep_fits_any_terminal_and_every_table_says_what_it_is_of(
    results: Results, sweep: list[int], width: int, fake: bool
) -> None:
    rows = [row(e, 0.5, split=split) for split in ("memorization", "rephrased") for e in (0, *sweep)]
    lines = shown(
        results, rows, width, epochs=tuple(sweep), upstream="fake" if fake else "live", models=(MODEL,)
    )
    text = "\n".join(lines)

    assert max(map(len, lines)) <= width
    assert "…" not in text
    heads = [number for number, each in enumerate(lines) if each.startswith("split ")]
    assert [int(e) for number in heads for e in re.findall(r"(\d+) ep", lines[number])] == sweep
    assert all(("(FAKE)" if fake else "(live)") in lines[number - 1] for number in heads)
    assert fake == ("FAKE" in text)
