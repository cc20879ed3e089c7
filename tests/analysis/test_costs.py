"""Tokens and dollars, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fbench.analysis.costs import total
from fbench.runner.plan import Cost
from fbench.runner.store import TrainingRow

MINI, GPT4O, UNPRICED = "openai:gpt-4o-mini-2024-07-18", "openai:gpt-4o-2024-08-06", "openai:no-such-model"
Made = Callable[..., Any]


def test_dollars_are_those_of_the_price_list_computed_by_hand(make_run: Made, facts: Made) -> None:
    run = make_run(facts(4))
    run.say(f"{MINI}/news/base", "memorization", "RRWW", tokens=(1_000_000, 100_000))
    run.say(f"{MINI}/news/e1/s0", "memorization", "RRWE", tokens=(2_000_000, 50_000))
    run.store.save_training(TrainingRow(f"{MINI}/news/e1/s0", "succeeded", "job", {1: "ft:x"}, 1_500_000))
    actual = run.results().costs.actual

    assert (actual.train_tokens, actual.prompt_tokens, actual.answer_tokens) == (
        1_500_000,
        12_000_000,
        600_000,
    )
    assert actual.train_usd == 4.5  # 1.5 million at $3.00
    # the base model: 4 million at $0.15 and 0.4 million at $0.60; tuned: 8 at $0.30 and 0.2 at $1.20
    assert actual.answer_usd == 3.48
    assert (actual.unpriced, actual.judge_tokens, actual.judge_usd) == ((), 0, 0.0)


def test_what_was_planned_is_an_estimate_by_bytes_computed_by_hand(make_run: Made) -> None:
    # 40 bytes are 10 tokens; an answer takes twice its tokens and 8; OpenAI repeats a fact 10 times.
    line = {"fact": "f", "split": "memorization", "prompt": "p" * 40, "answer": "a" * 12}
    run = make_run([line], epochs=(3,))
    planned = run.results().costs.planned

    assert planned.train_tokens == 3 * 10 * (10 + 3)
    assert (planned.prompt_tokens, planned.answer_tokens) == (2 * 10, 2 * 14)
    assert planned.train_usd == 390 * 3 / 1e6
    assert planned.answer_usd == round((10 * 0.15 + 14 * 0.6 + 10 * 0.3 + 14 * 1.2) / 1e6, 6)


def test_a_price_in_the_configuration_comes_before_that_of_the_list(make_run: Made, facts: Made) -> None:
    prices = {"train": 100, "base_input": 10, "base_output": 20, "tuned_input": 30, "tuned_output": 40}
    run = make_run(facts(1), prices={MINI: prices})
    run.say(f"{MINI}/news/base", "memorization", "R", tokens=(1_000_000, 100_000))
    run.say(f"{MINI}/news/e1/s0", "memorization", "R", tokens=(1_000_000, 100_000))
    run.store.save_training(TrainingRow(f"{MINI}/news/e1/s0", "succeeded", "job", {1: "ft:x"}, 10_000))
    actual = run.results().costs.actual

    assert (actual.train_usd, actual.answer_usd) == (1.0, 12 + 34)


def test_a_training_that_failed_costs_what_its_service_counted_and_one_that_never_was_nothing(
    make_run: Made, facts: Made
) -> None:
    run = make_run(facts(1), epochs=(1, 2, 3))
    run.store.save_training(TrainingRow(f"{MINI}/news/e1/s0", "failed", "job", None, 1_000_000, "too hot"))
    run.store.save_training(TrainingRow(f"{MINI}/news/e2/s0", "created", "job-2"))
    actual = run.results().costs.actual

    assert (actual.train_tokens, actual.train_usd) == (1_000_000, 3.0)


def test_models_without_a_price_are_named_and_their_tokens_counted(make_run: Made, facts: Made) -> None:
    run = make_run(facts(1), models=(UNPRICED, MINI))
    for model in (UNPRICED, MINI):
        run.say(f"{model}/news/base", "memorization", "R", tokens=(1_000_000, 0))
        run.store.save_training(TrainingRow(f"{model}/news/e1/s0", "succeeded", "job", {1: "x"}, 1_000_000))
    costs = run.results().costs

    assert (costs.planned.unpriced, costs.actual.unpriced) == ((UNPRICED,), (UNPRICED,))
    assert (costs.actual.train_tokens, costs.actual.prompt_tokens) == (2_000_000, 2_000_000)
    assert (costs.actual.train_usd, costs.actual.answer_usd) == (3.0, 0.15)


def test_each_model_is_charged_its_own_price(make_run: Made, facts: Made) -> None:
    run = make_run(facts(1), models=(MINI, GPT4O))
    run.say(f"{GPT4O}/news/base", "memorization", "R", tokens=(1_000_000, 0))
    assert run.results().costs.actual.answer_usd == 2.5


def test_a_sum_adds_each_role_and_names_models_once_where_either_price_is_missing() -> None:
    parts = [
        ("a", Cost(1, 2, 3, 0.5, 0.25)),
        ("b", Cost(10, 20, 30, None, 1.0)),
        ("c", Cost(100, 200, 300, 1.0, None)),
        ("b", Cost(0, 0, 0, None, None)),
    ]
    found = total(iter(parts))

    assert (found.train_tokens, found.prompt_tokens, found.answer_tokens) == (111, 222, 333)
    assert (found.train_usd, found.answer_usd) == (1.5, 1.25)
    assert found.unpriced == ("b", "c")
