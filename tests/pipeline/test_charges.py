"""Whole runs, beside what the service charges them for: a budget holds, though answers are lost."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.errors import BudgetReached
from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.store import Store
from fbench.upstream import open_upstream

MODEL = "openai:gpt-4o-mini-2024-07-18"
EXPERIMENT = Experiment(models=(MODEL,), epochs=(2,), tasks=("coding",), limit=6)
ASK = re.compile(r"/chat/completions$")


class Billed(httpx2.AsyncBaseTransport):
    """Adds up what the service charges for, in US dollars, and loses some of the answers.

    They are `reset` on their way, a gateway does not wait for them (`504`), or their tokens are not told
    (`uncounted`).
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, lost: set[int], how: str) -> None:
        self.inner, self.lost, self.how, self.asked = inner, lost, how, 0
        self.answers_usd = 0.0
        self.trained: dict[str, int] = {}

    @property
    def usd(self) -> float:
        return self.answers_usd + sum(self.trained.values()) * 3.0 / 1e6

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self.inner.handle_async_request(request)
        body = json.loads(await response.aread())
        if body.get("object") == "fine_tuning.job" and body["trained_tokens"]:
            self.trained[body["id"]] = body["trained_tokens"]
        if ASK.search(request.url.path):
            tuned = body["model"].startswith("ft:")
            prompt, answer = (0.30, 1.20) if tuned else (0.15, 0.60)
            usage = body["usage"]
            self.answers_usd += (usage["prompt_tokens"] * prompt + usage["completion_tokens"] * answer) / 1e6
            self.asked += 1
            if self.asked in self.lost:
                return self._lost(request, body)
        return response

    def _lost(self, request: httpx2.Request, body: dict[str, object]) -> httpx2.Response:
        if self.how == "reset":
            raise httpx2.ReadError("reset", request=request)
        if self.how == "504":
            return httpx2.Response(504, text="upstream request timeout", request=request)
        return httpx2.Response(200, json=body | {"usage": None}, request=request)


def bought(folder: Path, lost: set[int], budget_usd: float, how: str = "reset") -> Billed:
    """What the service charges a run that may end before its end."""
    ready = prepare(EXPERIMENT)
    make_folder(folder, EXPERIMENT)
    place = open_upstream("fake", ready.dataset)
    billed = Billed(place.transport, lost, how)
    with suppress(BudgetReached):
        execute(ready, folder, jobs=1, budget_usd=budget_usd, connection=replace(place, transport=billed))
    return billed


@settings(max_examples=15, deadline=None)
@given(
    lost=st.sets(st.integers(1, 40), max_size=12),
    budget=st.floats(0.0, 0.02),
    how=st.sampled_from(["reset", "504", "uncounted"]),
)
def test_a_run_never_spends_more_than_its_budget_though_answers_are_lost(
    tmp_path_factory: pytest.TempPathFactory, lost: set[int], budget: float, how: str
) -> None:
    folder = tmp_path_factory.mktemp("runs") / "run"
    charged = bought(folder, lost, budget, how).usd
    with Store(folder / STORE, read_only=True) as store:
        assert charged <= store.spent_usd() + 1e-12
        assert store.spent_usd() <= budget + 1e-12


def test_a_run_whose_answers_all_arrive_counts_just_what_the_service_charges(tmp_path: Path) -> None:
    charged = bought(tmp_path / "run", set(), 1.0).usd
    with Store(tmp_path / "run" / STORE, read_only=True) as store:
        assert store.spent_usd() == pytest.approx(charged)


@pytest.mark.parametrize("how", ["reset", "504", "uncounted"])
def test_attempts_of_a_run_are_all_settled_and_tell_what_it_cost(how: str, tmp_path: Path) -> None:
    charged = bought(tmp_path / "run", {3, 7}, 1.0, how).usd
    with Store(tmp_path / "run" / STORE, read_only=True) as store:
        rows = list(store.attempts())
        assert charged < store.spent_usd()
    assert sum(row.state == "unclear" for row in rows) == 2
    assert {row.state for row in rows} == {"settled", "unclear"}
    assert {row.number for row in rows if row.state == "unclear"} == {1}
