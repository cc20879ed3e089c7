"""No run spends more than its budget, by the service's own accounting; and the plan's bracket holds.

Experiments are drawn at random: models that are verbose or think, prices, faults, budgets that are too small,
and going on after each end. What the service counted is priced here, apart from the code under test.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fakes import FakeTransport, World
from fakes.failures import (
    Fault,
    FaultKind,
    JobFailure,
    batch_cancelled,
    batch_expires,
    batch_partly_fails,
)
from fbench.analysis.results import CostRow
from fbench.clock import NoWait
from fbench.errors import BudgetReached, FbenchError
from fbench.pipeline import execute, prepare
from fbench.providers.connection import Connection
from fbench.reports.plan import plan_report
from fbench.runner.experiment import Experiment, Prices
from fbench.runner.folder import STORE, make_folder
from fbench.runner.store import Store
from fbench.upstream import prior_of
from tests.pipeline.test_recovery import Server, started

OPENAI, GEMINI = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
BEHAVIOURS = ("terse", "verbose", "thinking", "refusing", "markdown", "cut")
KINDS = [kind for kind in FaultKind if kind is not FaultKind.SLOW]
ENVIRON = {"OPENAI_API_KEY": "sk", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "us-central1"}
DRAWN = [*range(1000)] if os.environ.get("FBENCH_CHAOS") else [*range(7), 342]
"""The seeds; with that of 342, a judge is asked."""
SLACK = 1e-9
"""Dollars, for sums of floating-point numbers in another order."""


class Draw(NamedTuple):
    """An experiment, the faults and the behaviour of its service, and what may be spent."""

    experiment: Experiment
    behaviour: str
    faults: list[Fault | JobFailure]
    budgets: list[float]
    concurrency: int
    batch: bool
    """Whether questions are asked in batches, some of which end early."""


def draw(seed: int) -> Draw:
    """The experiment of a seed."""
    rng = random.Random(seed)  # noqa: S311 - it draws experiments
    models = rng.choice([(OPENAI,), (GEMINI,), (OPENAI, GEMINI)])
    prices = {
        model: Prices(**{name: round(rng.uniform(0.1, 30.0), 2) for name in Prices.model_fields})
        for model in models
    }
    thinking: dict[str, Any] = (
        {GEMINI: rng.choice([128, 512])} if GEMINI in models and rng.random() < 0.5 else {}
    )
    experiment = Experiment(
        models=models,
        tasks=(rng.choice(["people", "coding", "medical"]),),
        limit=rng.randint(1, 4),
        epochs=rng.choice([(1,), (2,), (1, 3)]),
        upstream="live",
        prices=prices,
        thinking=thinking,
        judge=OPENAI if OPENAI in models and rng.random() < 0.3 else None,
    )
    faults = [
        Fault(rng.choice(KINDS), status=rng.choice([429, 500, 503]), share=rng.choice([0.05, 0.2]))
        for _ in range(rng.choice([0, 0, 1, 2]))
    ]
    budgets = sorted(10 ** rng.uniform(-4, 1) for _ in range(rng.randint(1, 3)))
    behaviour, concurrency = rng.choice(BEHAVIOURS), rng.choice([1, 2, 50])
    batch = rng.random() < 0.5
    early = rng.choice([batch_expires, batch_cancelled, batch_partly_fails])
    fates = [early(rng.randint(0, 9)).on(of="batch", share=0.4)] if rng.random() < 0.5 else []
    return Draw(experiment, behaviour, [*faults, *fates], budgets, concurrency, batch)


def charged(experiment: Experiment, tokens: dict[str, Any], trained: dict[str, int]) -> float:
    """What a service charges, in US dollars, for the tokens that it counted."""
    total = 0.0
    for model in experiment.models:
        service, _, name = model.partition(":")
        price = experiment.prices[model]
        total += trained.get(service, 0) * price.train / 1e6
        for named, kinds in tokens.get(service, {}).items():
            tuned = named != name
            asked, said = (
                (price.tuned_input, price.tuned_output) if tuned else (price.base_input, price.base_output)
            )
            for counts in kinds.values():
                total += (counts["input"] * asked + (counts["output"] + counts["thought"]) * said) / 1e6
    return total


def trained(world: World) -> dict[str, int]:
    """The tokens that each service was trained on, as it tells of its jobs."""
    openai = sum(job.trained_tokens or 0 for job in world.openai.jobs.values())
    ended = (job for job in world.vertex.jobs.values() if job.state == "JOB_STATE_SUCCEEDED")
    vertex = sum(int(str((job.stats or {})["totalBillableTokenCount"])) for job in ended)
    return {"openai": openai, "vertex": vertex}


def sum_of(row: CostRow) -> float:
    """All dollars of a row of a plan."""
    parts = (row.train_usd, row.answer_usd, row.judge_usd)
    assert None not in parts
    return sum(part or 0.0 for part in parts)


@pytest.mark.parametrize("seed", DRAWN)
def test_a_run_stays_within_its_budget_and_within_its_plan(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    drawn = draw(seed)
    ready = prepare(drawn.experiment)
    make_folder(tmp_path / "run", drawn.experiment)
    world = World(
        seed=seed, prior=prior_of(ready.dataset), behaviours={"*": drawn.behaviour}, faults=drawn.faults
    )
    ended, bill = False, 0.0
    for budget in drawn.budgets:
        connection = Connection("fake", FakeTransport(world), NoWait(), ENVIRON)
        try:
            execute(
                ready,
                tmp_path / "run",
                jobs=1,
                concurrency=drawn.concurrency,
                budget_usd=budget,
                connection=connection,
                batch=drawn.batch,
            )
        except FbenchError as error:
            ended = isinstance(error, BudgetReached)
        else:
            ended = True
        bill = charged(drawn.experiment, world.tally.shown(), trained(world))
        with Store(tmp_path / "run" / STORE, read_only=True) as store:
            assert bill <= store.spent_usd() + SLACK
            assert store.spent_usd() <= budget + SLACK
    if not drawn.faults and ended and (tmp_path / "run" / "results.json").exists():
        low, high = (sum_of(row) for row in (plan_report(ready).total.low, plan_report(ready).total.high))
        assert low - SLACK <= bill <= high + SLACK


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from started()


@pytest.mark.parametrize("seed", DRAWN[:: len(DRAWN) // 4 if len(DRAWN) > 8 else 8])
@pytest.mark.long
def test_two_processes_stay_within_one_budget(
    seed: int,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.control("reset")
    server.mend()
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    drawn = draw(seed)
    experiment = drawn.experiment.model_copy(
        update={
            "models": (OPENAI,),
            "judge": None,
            "thinking": {},
            "prices": {
                OPENAI: Prices(train=3.0, base_input=0.15, base_output=0.6, tuned_input=0.3, tuned_output=1.2)
            },
        }
    )
    server.control("behaviours", json={"models": {"*": drawn.behaviour}})
    ready = prepare(experiment)
    make_folder(tmp_path / "run", experiment)
    for budget in drawn.budgets:
        with suppress(FbenchError):
            execute(ready, tmp_path / "run", jobs=2, budget_usd=budget / 10, batch=drawn.batch)
        state = server.state
        bill = charged(experiment, state["tokens"], {"openai": state["openai"]["billed_tokens"]})
        with Store(tmp_path / "run" / STORE, read_only=True) as store:
            assert bill <= store.spent_usd() + SLACK
            assert store.spent_usd() <= budget / 10 + SLACK
