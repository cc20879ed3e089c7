"""The form of `results.json`: numbers rounded alike everywhere, nothing that the form does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from fbench.analysis.results import ReportedInterval, Results, rounded

MINI = "openai:gpt-4o-mini-2024-07-18"
Made = Callable[..., Any]


@pytest.mark.parametrize(
    ("value", "as_written"),
    [
        (1 / 3, "0.333333"),
        (2 / 3, "0.666667"),
        (-0.0, "0.0"),
        (-1e-9, "0.0"),
        (1e-6, "1e-06"),
        (-0.5, "-0.5"),
    ],
)
def test_numbers_are_rounded_to_six_decimals_and_never_to_a_negative_zero(
    value: float, as_written: str
) -> None:
    assert json.dumps(rounded(value)) == as_written


def test_results_are_shown_in_a_line_that_says_how_to_see_them(results: Results) -> None:
    name = results.experiment.name
    words = f"Results of {name!r} (fake): 1 model, 1 task, {len(results.rows)} rows."
    assert str(results) == repr(results) == f"{words} `print(fbench.report(results))` shows them."
    assert len(set(results.rows)) == len(results.rows)


@pytest.fixture
def results(make_run: Made, facts: Made) -> Results:
    run = make_run(facts(2, "rephrased", answer_before="Older"))
    for cell in run.ready.plan.cells:
        run.say(cell.id, "memorization", "RW", old="-x")
    return run.results()


def test_the_text_has_a_key_a_line_and_ends_with_one(results: Results) -> None:
    text = results.to_json()
    assert text.startswith('{\n "schema": 3,\n "experiment": {\n  "name": "fbench",\n')
    assert text.endswith("\n}\n")
    assert Results.model_validate_json(text) == results


def test_what_the_form_does_not_know_is_refused_and_nothing_can_be_changed(results: Results) -> None:
    content = json.loads(results.to_json())
    with pytest.raises(ValidationError, match="Extra inputs"):
        Results.model_validate(content | {"approved": True})
    with pytest.raises(ValidationError, match="Extra inputs"):
        ReportedInterval.model_validate({"low": 0, "high": 1, "level": 0.9})
    with pytest.raises(AttributeError, match="cannot be changed"):
        results.rows[0].n = 5  # pyright: ignore[reportAttributeAccessIssue] - the fault under test


@pytest.mark.parametrize("field", ["accuracy", "base", "old", "chance", "balanced"])
@pytest.mark.parametrize(("value", "fits"), [(0, True), (1, True), (-0.000001, False), (1.000001, False)])
def test_a_share_is_from_0_to_1(results: Results, field: str, value: float, fits: bool) -> None:
    content = json.loads(results.to_json())
    content["rows"][0][field] = value
    if fits:
        assert getattr(Results.model_validate(content).rows[0], field) == value
    else:
        with pytest.raises(ValidationError, match=field):
            Results.model_validate(content)


def test_results_of_older_versions_lack_what_came_later(results: Results) -> None:
    """Each of these fields was added after 0.1.0, and says nothing where it is not there."""
    content = json.loads(results.to_json())
    for name in ("schema", "judge", "agreement", "beyond", "spreads", "measures", "curves", "contrasts"):
        del content[name]
    for row in content["rows"]:
        for name in ("cut_off", "altered", "invalid"):
            del row[name]
        if row["difference"]:
            del row["difference"]["few_clusters"]
    for costs in content["costs"].values():
        del costs["judge_tokens"], costs["judge_usd"]
    del content["experiment"]["recorded"]
    older = Results.model_validate(content)

    assert (older.schema_, older.judge, older.agreement) == (3, None, ())
    assert (older.beyond, older.spreads) == ((), ())
    assert (older.measures, older.curves, older.contrasts) == ((), (), ())
    row = older.rows[-1]
    assert (row.cut_off, row.altered, row.invalid) == (0, 0, False)
    assert row.difference is not None
    assert row.difference.few_clusters is False
    assert (older.costs.actual.judge_tokens, older.costs.actual.judge_usd) == (0, 0.0)
