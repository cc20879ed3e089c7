"""The tables of measures and contrasts in the full report: a table for each model, over all of its tasks."""

from __future__ import annotations

from typing import Any

from fbench.analysis.measure_results import Contrast, Measure
from fbench.analysis.results import ReportedDifference, Results
from fbench.reports.reporters import full_text
from tests.reports.made import GPT, made


def measure(value: float | None, **more: Any) -> Measure:
    named: dict[str, Any] = {"model": GPT, "task": "all", "epochs": 1, "seed": 0, "condition": "tuned"}
    counted: dict[str, Any] = {"measure": "regression", "n": 40, "clusters": 20, "value": value}
    return Measure(**named | counted | more)


def contrast(**more: Any) -> Contrast:
    named: dict[str, Any] = {"model": GPT, "task": "all", "axis": "epochs", "low": "1", "high": "10"}
    counted: dict[str, Any] = {"part": "same", "cells": 2, "n": 40, "clusters": 20}
    found: dict[str, Any] = {
        "low_accuracy": 0.25,
        "high_accuracy": 0.5,
        "difference": ReportedDifference(value=0.25, low=0.1, high=0.4, p=0.01),
        "holm": 0.03,
        "family": "contrasts of epochs",
    }
    return Contrast(**named | counted | found | more)


def lines(*measures: Measure, **more: Any) -> list[list[str]]:
    results: Results = made(tasks=more.pop("tasks", ("news", "people")), epochs=(1, 10)).model_copy(
        update={"measures": measures, **more}
    )
    text = full_text(results)
    assert max(map(len, text.splitlines())) <= 100
    return [line.split() for line in text.splitlines()]


def test_a_line_has_the_mean_over_seeds_by_epochs_and_a_star_where_each_differs() -> None:
    shown = lines(
        measure(0.2, holm=0.01),
        measure(0.3, holm=0.02, seed=1),
        measure(0.4, holm=0.01, epochs=10),
        measure(0.5, holm=0.2, epochs=10, seed=1),
        measure(0.1, measure="lift", part="same"),
        measure(130.6, measure="capacity"),
        measure(None, measure="gain"),
    )
    assert ["regression", "40", "0.25*", "0.45"] in shown
    assert ["lift,", "same", "40", "+0.10", "-"] in shown
    assert ["capacity", "40", "131", "-"] in shown
    assert not any(line[:1] == ["gain"] and line[1:2] == ["40"] for line in shown)


def test_rows_of_single_tasks_are_shown_only_where_there_is_one() -> None:
    alone = measure(0.2, task="news")
    assert ["regression", "40", "0.60", "-"] in lines(alone, measure(0.6))
    assert ["regression", "40", "0.20", "-"] in lines(alone, tasks=("news",))


def test_designs_and_base_models_are_left_out_where_there_are_plain_trainings() -> None:
    designed, base = measure(0.2, lora_rank=8), measure(0.9, epochs=0, condition="base", seed=None)
    assert ["regression", "40", "0.60", "-"] in lines(designed, measure(0.6), base)
    assert ["regression", "40", "0.20", "-"] in lines(designed, base)


def test_contrasts_are_those_of_all_tasks() -> None:
    shown = lines(measure(0.2), contrasts=(contrast(), contrast(task="news", high="3")))
    found = [line for line in shown if line[:1] == ["epochs"]]
    assert [[*line[:5], *line[-5:]] for line in found] == [
        ["epochs", "1", "to", "10", "same", "+0.25", "+0.10", "to", "+0.40", "0.030"]
    ]


def test_a_run_without_measures_has_no_table_of_them() -> None:
    assert not any(line[:1] == ["measures:"] for line in lines())
