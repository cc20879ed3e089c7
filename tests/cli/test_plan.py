"""A plan says what a run would do and cost, and a run then does that."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.model_table import TABLE
from fbench import known_models
from fbench.analysis.costs import total
from fbench.analysis.results_file import read_results
from fbench.runner.plan import Cost, fewest_tokens, most_tokens, tokens
from fbench.runner.prices import AS_OF
from tests.cli.cli_user import MODEL, SMALL, Fbench, at_a_terminal
from tests.docs.pages import page_at

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


def test_the_plan_of_a_live_run_warns_of_models_that_end(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_models, "today", lambda: date(2026, 11, 29))
    args = ("plan", "--model", "vertex:gemini-2.5-pro", "--limit", 1, "--upstream")
    assert "Warning: vertex:gemini-2.5-pro ended on 2026-10-16" in " ".join(fbench(*args, "live").out.split())
    told = json.loads(fbench(*args, "live", "--json").out)["warnings"]
    ended, untried = told
    assert ended.startswith("vertex:gemini-2.5-pro ended on 2026-10-16 (")
    assert untried.startswith("Never run live: vertex. ")
    assert "Warning" not in fbench(*args, "fake").out


def sum_of(row: dict[str, float]) -> float:
    return row["train_usd"] + row["answer_usd"] + row["judge_usd"]


@pytest.mark.parametrize("more", [(), ("--grader", "judge", "--judge", "openai:gpt-4.1-mini-2025-04-14")])
def test_the_bracket_holds_the_estimate_and_the_truth(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FAKES_BEHAVIOUR", "verbose")
    args = ("--limit", 3, "--model", MODEL, "--model", "vertex:gemini-2.5-pro", "--epochs", 2, *more)
    plan = json.loads(fbench("plan", *args, "--json").out)
    assert fbench("run", *args, "--out", "r", "--jobs", 1).code == 0
    actual = read_results(Path("r")).costs.actual.model_dump()
    low, estimate, high = (plan["total"][name] for name in ("low", "costs", "high"))
    for name in ("train_tokens", "prompt_tokens", "answer_tokens"):
        assert 0 < low[name] < estimate[name] < high[name]
        assert low[name] <= actual[name] <= high[name]
    assert low["judge_tokens"] == 0 <= actual["judge_tokens"] <= high["judge_tokens"]
    assert sum_of(low) < sum_of(actual) < sum_of(high)
    parts = plan["models"].values()
    for end in ("low", "high"):
        assert plan["total"][end]["train_tokens"] == sum(part[end]["train_tokens"] for part in parts)


def test_the_screen_says_between_which_sums_the_truth_lies(fbench: Fbench) -> None:
    said = " ".join(fbench("plan", *SMALL).out.split())
    assert "The true sum lies between" in said
    assert "if no request is answered twice" in said
    assert not re.search("judg|thoughts", said), "there is no judge, and the model does not think"
    more = ("--grader", "judge", "--judge", MODEL, "--model", "vertex:gemini-2.5-pro")
    both = " ".join(fbench("plan", *SMALL, *more).out.split())
    assert "each answer and each reply of the judge as long as it may be, with the thoughts that" in both


@given(st.text())
def test_a_text_has_more_tokens_than_the_fewest_and_fewer_than_the_most(text: str) -> None:
    text = text.encode(errors="replace").decode()
    assert fewest_tokens(text) <= max(1, tokens(text)) <= most_tokens(text)
    assert most_tokens(text) >= len(text.encode()), "a tokenizer that falls back to bytes"


def test_the_cap_on_thoughts_stands_beside_the_answer_in_the_high_end(fbench: Fbench, tmp_path: Path) -> None:
    flash = "vertex:gemini-2.5-flash"
    found: list[int] = []
    for said in ("", "[thinking]\n", '"off"', "500"):
        table = f'[thinking]\n"{flash}" = {said}\n' if said[-1:] in ('"', "0") else said
        text = f'models = ["{flash}"]\ntasks = ["news"]\nlimit = 1\nepochs = [1]\n{table}'
        (tmp_path / "t.toml").write_text(text, "utf-8")
        plan = json.loads(fbench("plan", "t.toml", "--json").out)["total"]
        found.append(plan["high"]["answer_tokens"] // plan["questions"])
    most = 100 + 32_768  # of thoughts without a cap, nobody knows more than what the model can think
    assert found == [most, most, 100, 600]


@pytest.mark.parametrize("upstream", ["fake", "live"])
def test_a_price_that_is_unknown_is_found_before_a_folder_is_made(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: str
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "none")
    monkeypatch.setattr(known_models, "today", lambda: date(2026, 11, 29))
    flash = "vertex:gemini-3.5-flash"
    args = ("run", "--limit", 1, "--model", flash, "--upstream", upstream, "--budget-usd", 1, "--yes")
    said = fbench(*args, "--quiet").paragraph
    assert (
        f'under [prices."{flash}"]: train, base_input, base_output, tuned_input, tuned_output, in doll'
        in said
    )
    judged = ("run", *SMALL, "--grader", "judge", "--judge", flash, "--budget-usd", 1)
    assert f"no price is known of {flash}," in fbench(*judged).paragraph
    assert not any(tmp_path.iterdir())
    planned = " ".join(fbench("plan", "--limit", 1, "--model", flash, "--upstream", upstream).out.split())
    assert (f"Warning: a live run is refused while no price is known of {flash}" in planned) == (
        upstream == "live"
    )
    assert "The true sum" not in planned


def test_a_plan_takes_the_options_of_a_run_and_compares_the_budget(fbench: Fbench, tmp_path: Path) -> None:
    how = ("--out", "r", "--yes", "--quiet", "--jobs", 1, "--concurrency", 9, "--rpm", 60, "--tpm", 1000)
    for budget, said in (
        (0.0001, "will not reach the end: it takes $"),
        (5, "The budget of $5.00 is enough."),
    ):
        planned = fbench("plan", *SMALL, *how, "--budget-usd", budget)
        assert planned.code == 0
        assert said in planned.err
        assert planned.out == fbench("plan", *SMALL).out
    assert not any(tmp_path.iterdir())


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


def test_before_a_live_run_spends_it_says_what_may_be_spent_and_asks(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_models, "today", lambda: date(2026, 11, 29))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    live = ("run", "--upstream", "live", "--limit", 1, "--model")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    ended = fbench(*live, "vertex:gemini-2.5-pro", "--budget-usd", 1)
    assert "ended on 2026-10-16" in ended.paragraph, "before anybody is asked to say --yes"

    asked = at_a_terminal(monkeypatch, "n")
    said = fbench(*live, MODEL, "--budget-usd", 0.001)
    assert said.code == 130
    assert "the budget of $0.001 will not reach the end: it takes $0.1" in said.err
    assert [each.strip() for each in asked] == ["Spend up to $0.001? [y/N]:"]
    assert not any(tmp_path.iterdir())


def test_the_live_run_of_the_documents_is_open_and_keeps_its_budget(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the day when the table of models was last looked up."""
    newest = max(row.as_of for row in TABLE)
    monkeypatch.setattr(known_models, "today", lambda: newest)
    page = page_at(Path("docs/how-to/live.md"))
    (live,) = (
        found[1]
        for block in page.not_run
        if (found := re.search(r"fbench run experiment\.toml (--upstream live --budget-usd \d+)", block.text))
    )
    (tmp_path / "experiment.toml").write_text(page.files["experiment.toml"], encoding="utf-8")
    said = fbench("plan", "experiment.toml", *live.split())
    assert said.code == 0
    warned = re.findall(r"Warning: (\w+ \w+ \w+)", said.out + said.err)
    assert warned == ["Never run live"]
    assert "is enough" in said.err
