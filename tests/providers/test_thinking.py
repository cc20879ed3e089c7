"""How much a model thinks is a setting: what is sent for it, and what is billed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

import fbench
from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.providers import Connection, Reply, Sampling, connect, profile_of
from fbench.runner.experiment import Prices
from tests.cli.cli_user import MODEL
from tests.fakes.servers import server
from tests.providers.test_providers import ENVIRON, PLACES, Credentials

PRO, FLASH = "vertex:gemini-2.5-pro", "vertex:gemini-2.5-flash"
SMALL: dict[str, Any] = {"tasks": ("news",), "limit": 2, "epochs": (1,)}


class _Offline(Connection):
    def google_credentials(self) -> object:
        return Credentials("token")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types


def asked(
    model: str, thoughts: int | None, behaviours: dict[str, str] | None = None
) -> tuple[dict[str, Any], Reply, World]:
    """The body that is sent to a fake for a question, the reply, and the world that counted it."""
    profile, name = profile_of(model)
    world = World(learner=ScriptedLearner(lambda _: "seven words " * 9), behaviours=behaviours)
    provider = connect(_Offline("fake", FakeTransport(world, PLACES), NoWait(), ENVIRON), profile)

    async def story() -> Reply:
        try:
            return await provider.ask(name, "q", Sampling(max_tokens=20).thinking(thoughts))
        finally:
            await provider.close()

    reply = asyncio.run(story())
    (last,) = world.requests.find()
    return cast("dict[str, Any]", last.shown()["body"]), reply, world


def billed(world: World, service: str) -> tuple[int, int]:
    """The tokens of answers and of thoughts that a service counted."""
    (kinds,) = world.tally.shown()[service].values()
    (counts,) = kinds.values()
    return counts["output"], counts["thought"]


@pytest.mark.parametrize("behaviours", [None, {"*": "thinking"}])
@pytest.mark.parametrize(
    ("model", "thoughts", "sent"),
    [
        (PRO, 200, {"maxOutputTokens": 220, "thinkingConfig": {"thinking_budget": 200}, "temperature": 0.0}),
        (FLASH, 1, {"maxOutputTokens": 21, "thinkingConfig": {"thinking_budget": 1}, "temperature": 0.0}),
        (FLASH, 0, {"maxOutputTokens": 20, "thinkingConfig": {"thinking_budget": 0}, "temperature": 0.0}),
        (PRO, None, {"maxOutputTokens": 20, "temperature": 0.0}),
    ],
)
def test_gemini_is_given_a_budget_beside_the_answer(
    model: str, thoughts: int | None, sent: dict[str, Any], behaviours: dict[str, str] | None
) -> None:
    body, reply, world = asked(model, thoughts, behaviours)
    assert body["generationConfig"] == {**sent, "seed": 42}
    said, thought = billed(world, "vertex")
    assert reply.answer_tokens == said + thought <= sent["maxOutputTokens"]
    assert thought <= (20 if thoughts is None else thoughts)
    if thoughts is not None:
        assert said >= 20, "thoughts take none of the answer's room"


@pytest.mark.parametrize("behaviours", [None, {"*": "thinking"}])
@pytest.mark.parametrize(
    ("model", "thoughts", "sent"),
    [
        ("openai:gpt-5-mini", 300, {"max_completion_tokens": 320, "reasoning_effort": "low"}),
        ("openai:gpt-5", 4000, {"max_completion_tokens": 4020, "reasoning_effort": "medium"}),
        ("openai:o3-mini", 20_000, {"max_completion_tokens": 20_020, "reasoning_effort": "high"}),
        (
            "openai:gpt-5.4",
            0,
            {"max_completion_tokens": 20, "reasoning_effort": "none", "temperature": 0.0},
        ),
        (MODEL, None, {"max_tokens": 20, "temperature": 0.0}),
    ],
)
def test_a_model_of_openai_that_reasons_is_given_an_effort_and_a_limit(
    model: str, thoughts: int | None, sent: dict[str, Any], behaviours: dict[str, str] | None
) -> None:
    body, reply, world = asked(model, thoughts, behaviours)
    left = {name: value for name, value in body.items() if name not in ("messages", "model", "seed")}
    assert left == sent
    said, thought = billed(world, "openai")
    assert reply.answer_tokens == said + thought <= 20 + (thoughts or 0), "counted once"
    assert (thought > 0) == bool(thoughts)


def test_sampling_without_a_setting_is_what_it_was() -> None:
    assert Sampling().thinking(None) == Sampling()
    assert Sampling().thoughts is None
    assert (Sampling().most_tokens, Sampling().thinking(28).most_tokens) == (100, 128)


def test_a_run_keeps_how_its_models_think_and_replays_with_it(tmp_path: Path) -> None:
    plain = fbench.Experiment(models=(FLASH, PRO), **SMALL)
    capped = plain.model_copy(
        update={"thinking": {FLASH: "off", PRO: 300}, "cassettes": tmp_path / "c", "record": "all"}
    )
    costs = [fbench.run(each, tmp_path / f"{n}").costs.actual for n, each in enumerate((plain, capped))]
    assert costs[0].answer_tokens != costs[1].answer_tokens
    again = fbench.run(capped.model_copy(update={"record": "none"}), tmp_path / "again")
    assert again.costs.actual == costs[1]
    with pytest.raises(fbench.CassetteMiss):
        fbench.run(plain.model_copy(update={"cassettes": tmp_path / "c"}), tmp_path / "other")
    config = tmp_path / "1/config.toml"
    config.write_text(config.read_text("utf-8").replace("= 300", "= 301"), "utf-8")
    with pytest.raises(fbench.UsageError, match=r"field .thinking.: is .*301.*and the run began with .*300"):
        fbench.resume(tmp_path / "1")


def test_a_judge_thinks_as_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = "openai:gpt-5.4"
    price = Prices(train=1, base_input=1, base_output=1, tuned_input=1, tuned_output=1)
    experiment = fbench.Experiment(
        models=(MODEL,),
        grader="judge",
        judge=judge,
        upstream="live",
        thinking={judge: 256},
        prices={judge: price},
        **SMALL,
    )
    monkeypatch.setenv("OPENAI_API_KEY", "sk-fake")
    monkeypatch.setenv("FBENCH_POLL_SECONDS", "0.05")
    with server() as served, served.client() as client:
        monkeypatch.setenv("OPENAI_BASE_URL", served.openai)
        fbench.run(experiment, tmp_path / "r", budget_usd=5)
        found = client.get(f"{served.address}/_fbench/requests", params={"model": "gpt-5.4"}).json()
    bodies = [each["body"] for each in found["requests"]]
    assert bodies
    for body in bodies:
        assert (body["max_completion_tokens"], body["reasoning_effort"]) == (1024 + 256, "low")
        assert "temperature" not in body
    with pytest.raises(fbench.UsageError, match="neither a model of this experiment nor its judge"):
        experiment.model_copy(update={"judge": MODEL})
