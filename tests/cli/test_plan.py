"""A plan says what a run would do and cost, and a run then does that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.analysis.costs import total
from fbench.analysis.results_file import read_results
from fbench.runner.plan import Cost
from fbench.runner.prices import AS_OF
from tests.cli.cli_user import MODEL, SMALL, Fbench

UNPRICED = "openai:no-such-model"


def test_the_plan_of_a_run_is_what_it_then_did(fbench: Fbench, finished: Path, tmp_path: Path) -> None:
    plan = json.loads(fbench("plan", *SMALL, "--json").out)
    results = read_results(finished)

    assert plan["digest"] == results.dataset.digest
    assert plan["tasks"] == results.dataset.questions
    assert plan["total"]["trainings"] == len(results.trainings) == 4
    assert plan["total"]["questions"] == sum(row.n + row.errors for row in results.rows)
    assert plan["total"]["costs"] == results.costs.planned.model_dump(mode="json")
    assert not any(tmp_path.iterdir())


def test_the_models_add_up_to_the_whole(fbench: Fbench) -> None:
    plan = json.loads(fbench("plan", "--limit", 3, "--json").out)
    parts = plan["models"].values()

    for count in ("trainings", "cells", "questions"):
        assert plan["total"][count] == sum(part[count] for part in parts)
    for role in ("train_usd", "answer_usd"):
        whole = plan["total"]["costs"][role]
        assert whole == pytest.approx(sum(part["costs"][role] for part in parts), abs=1e-5)


def test_a_model_without_a_price_is_named_and_the_others_are_summed(fbench: Fbench) -> None:
    alone = json.loads(fbench("plan", *SMALL, "--json").out)["total"]["costs"]
    said = fbench("plan", *SMALL, "--model", UNPRICED, "--json")
    both = json.loads(said.out)["total"]["costs"]

    assert both["unpriced"] == [UNPRICED]
    assert (both["train_usd"], both["answer_usd"]) == (alone["train_usd"], alone["answer_usd"])
    assert both["train_tokens"] == 2 * alone["train_tokens"]
    assert f"No price is known for {UNPRICED}" in fbench("plan", *SMALL, "--model", UNPRICED).out


def test_a_price_in_the_configuration_counts(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        f'models = ["{UNPRICED}"]\nlimit = 2\n[prices."{UNPRICED}"]\ntrain = 1e6\nbase_input = 0\n'
        "base_output = 0\ntuned_input = 0\ntuned_output = 0\n"
    )
    costs = json.loads(fbench("plan", "mine.toml", "--json").out)["total"]["costs"]

    assert costs["unpriced"] == []
    assert costs["train_usd"] == costs["train_tokens"]


def test_the_table_tells_the_age_of_the_prices_and_fits_100_columns(fbench: Fbench) -> None:
    said = fbench("plan")

    assert (said.code, said.err) == (0, "")
    assert AS_OF in said.out
    assert "FAKE" in said.out
    assert max(map(len, said.out.splitlines())) <= 100


def test_a_live_run_can_be_planned_without_keys(fbench: Fbench) -> None:
    said = fbench("plan", *SMALL, "--upstream", "live")

    assert said.code == 0
    assert "live models" in said.out
    assert "FAKE" not in said.out


TOKENS = st.integers(0, 10**6)
DOLLARS = st.none() | st.integers(0, 10**6).map(lambda cents: cents / 100)
PARTS = st.lists(
    st.tuples(st.sampled_from([MODEL, UNPRICED]), st.builds(Cost, TOKENS, TOKENS, TOKENS, DOLLARS, DOLLARS))
)


@given(PARTS, PARTS)
def test_the_cost_of_two_plans_is_the_sum_of_theirs(
    one: list[tuple[str, Cost]], other: list[tuple[str, Cost]]
) -> None:
    first, second, both = total(one), total(other), total([*one, *other])

    assert both.train_tokens == first.train_tokens + second.train_tokens
    assert both.prompt_tokens == first.prompt_tokens + second.prompt_tokens
    assert both.answer_tokens == first.answer_tokens + second.answer_tokens
    assert both.train_usd == pytest.approx(first.train_usd + second.train_usd)
    assert both.answer_usd == pytest.approx(first.answer_usd + second.answer_usd)
    assert set(both.unpriced) == {*first.unpriced, *second.unpriced}


def test_a_cost_without_a_known_price_leaves_the_dollars_as_they_are() -> None:
    known, unknown = Cost(1, 2, 3, 0.5, 0.25), Cost(1, 2, 3, None, None)

    whole = total([(MODEL, known), (UNPRICED, unknown)])
    assert (whole.train_usd, whole.answer_usd, whole.unpriced) == (0.5, 0.25, (UNPRICED,))
