"""What a plan's questions are enough to find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fbench.analysis.plan_power import split_plans
from fbench.analysis.stats import detectable_paired_difference

Made = Callable[..., Any]


def test_every_split_of_every_task_is_told_with_its_questions_and_clusters(
    make_run: Made, facts: Made
) -> None:
    lines = [line | {"cluster": f"c{n // 4}"} for n, line in enumerate(facts(80, "rephrased", task="people"))]
    run = make_run([*lines, *facts(3)])
    found = split_plans(run.ready.plan)

    assert [(row.task, row.split, row.n, row.clusters) for row in found] == [
        ("news", "memorization", 3, 3),
        ("people", "memorization", 80, 40),
        ("people", "rephrased", 80, 40),
    ]
    alone, together = (
        detectable_paired_difference(80, clusters=80),
        detectable_paired_difference(80, clusters=40, design=2),
    )
    assert alone is not None
    assert together is not None
    for row in found[1:]:
        assert (row.detects, row.detects_clustered) == (round(alone, 6), round(together, 6))
    assert alone < together


def test_too_few_questions_find_nothing(make_run: Made, facts: Made) -> None:
    (row,) = split_plans(make_run(facts(2)).ready.plan)
    assert (row.detects, row.detects_clustered) == (None, None)
    with pytest.raises(AttributeError, match="cannot be changed"):
        row.n = 5  # pyright: ignore[reportAttributeAccessIssue] - the fault under test


def test_few_clusters_find_nothing_though_as_many_independent_questions_would(
    make_run: Made, facts: Made
) -> None:
    (row,) = split_plans(make_run(facts(40, cluster="one")).ready.plan)
    assert row.detects is not None
    assert row.detects_clustered is None
