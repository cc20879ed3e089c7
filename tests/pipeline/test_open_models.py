"""Live runs are refused what has ended and warned of what will; fakes have a date; replays never expire."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench import known_models
from fbench.known_models import DEFAULT_MODELS, endings
from fbench.runner.experiment import Prices
from tests.cli.cli_user import MODEL
from tests.fakes.servers import server

PRO, FLASH, NANO = "vertex:gemini-2.5-pro", "vertex:gemini-3.5-flash", "openai:gpt-4.1-nano-2025-04-14"
SMALL: dict[str, Any] = {"tasks": ("news",), "limit": 2, "epochs": (1,)}
PRICE = Prices(train=1, base_input=1, base_output=1, tuned_input=1, tuned_output=1)


def on(day: str, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(known_models, "today", lambda: date.fromisoformat(day))


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of no account, and no base URL: nothing may be asked with them."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "none")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "none")
    monkeypatch.setenv("AZURE_OPENAI_BASE_URL", "https://none.openai.azure.com/openai/v1")
    monkeypatch.setenv("AZURE_OPENAI_RESOURCE_ID", "/subscriptions/none")
    for name in ("OPENAI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("day", "model", "words"),
    [
        ("2026-11-29", PRO, r"gemini-2\.5-pro ended on 2026-10-16 \(https://docs\.cloud.*vertex:gemini-3"),
        ("2026-10-16", "vertex:gemini-2.5-flash", r"ended on 2026-10-16"),
        ("2026-11-29", NANO, r"nano-2025-04-14 ended on 2026-10-23 \(https://developers.*gpt-4o-mini"),
        ("2026-11-29", "openai:gpt-3.5-turbo-0125", r"ended on 2026-10-23"),
        ("2027-01-07", MODEL, r"takes no new tuning jobs since 2027-01-06 .*Open on 2027-01-07: azure:"),
        ("2027-01-14", "openai:gpt-4o", r"openai:gpt-4o ended on 2027-01-14"),
        ("2026-11-29", "openai:gpt-5.4", r"openai:gpt-5\.4 cannot be tuned"),
        ("2030-01-01", "azure:gpt-4.1-2025-04-14", r"ended on 2027-10-14"),
    ],
)
def test_a_live_run_of_what_has_ended_is_refused_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str, model: str, words: str
) -> None:
    on(day, monkeypatch)
    experiment = fbench.Experiment(models=(model,), upstream="live", prices={model: PRICE}, **SMALL)
    with pytest.raises(fbench.UsageError, match=words) as refused:
        fbench.run(experiment, tmp_path / "r", budget_usd=1)
    assert "\n" not in str(refused.value)
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("keys")
def test_a_judge_that_has_ended_is_refused_too_and_need_not_be_tunable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = fbench.Experiment(models=(MODEL,), upstream="live", judge="openai:gpt-5", **SMALL)
    on("2026-12-11", monkeypatch)
    with pytest.raises(fbench.UsageError, match="openai:gpt-5 ended on 2026-12-11"):
        fbench.run(experiment, tmp_path / "r", budget_usd=1)
    on("2026-12-10", monkeypatch)
    with pytest.raises(fbench.UsageError, match=r"no price is known of openai:gpt-5, so a budget"):
        fbench.run(experiment, tmp_path / "r", budget_usd=1)
    assert not any(tmp_path.iterdir())


def test_a_server_on_this_machine_has_a_date_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("2030-01-01", monkeypatch)
    experiment = fbench.Experiment(models=(MODEL,), upstream="live", **SMALL)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-fake")
    with server() as served:
        monkeypatch.setenv("OPENAI_BASE_URL", served.openai)
        monkeypatch.setenv("FBENCH_POLL_SECONDS", "0.05")
        assert fbench.run(experiment, tmp_path / "r", budget_usd=1).rows
        assert fbench.plan(experiment).warnings == ()
        with served.client() as client:
            client.post(f"{served.address}/_fbench/date", json={"date": "2027-01-14"}).raise_for_status()
        with pytest.raises(fbench.ProviderFailed, match="deprecated"):
            fbench.run(experiment.model_copy(update={"seeds": (7,)}), tmp_path / "s", budget_usd=1)


def test_a_replay_never_expires_and_a_run_on_fakes_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = fbench.Experiment(models=(PRO,), cassettes=tmp_path / "c", record="all", **SMALL)
    first = fbench.run(experiment, tmp_path / "a")
    on("2030-01-01", monkeypatch)
    replayed = experiment.model_copy(update={"record": "none"})
    for more in ({}, {"upstream": "live"}):
        again = replayed.model_copy(update=more)
        assert fbench.run(again, tmp_path / f"b{len(more)}").rows == first.rows
        assert fbench.plan(again).warnings == ()
    fresh = fbench.run(fbench.Experiment(models=(PRO,), **SMALL), tmp_path / "d")
    assert (tmp_path / "d/results.json").read_bytes() == (tmp_path / "a/results.json").read_bytes()
    assert fresh == first


def test_fakes_stand_at_the_date_of_the_experiment(tmp_path: Path) -> None:
    experiment = fbench.Experiment(models=(PRO,), **SMALL)
    later = experiment.model_copy(update={"world_date": "2026-11-28"})
    with pytest.raises(fbench.UsageError, match=r"gemini-2\.5-pro' was shut down by 2026-11-28, the date at"):
        fbench.run(later, tmp_path / "r")
    ended = fbench.Experiment(models=(MODEL,), world_date="2027-01-07", **SMALL)
    with pytest.raises(fbench.UsageError, match="takes no new tuning jobs by 2027-01-07"):
        fbench.run(ended, tmp_path / "r")
    assert not any(tmp_path.iterdir())
    fbench.run(later.model_copy(update={"models": (FLASH,)}), tmp_path / "r")
    config = tmp_path / "r/config.toml"
    config.write_text(config.read_text("utf-8").replace("2026-11-28", "2026-11-27"), "utf-8")
    with pytest.raises(fbench.UsageError, match=r"'world_date': is \"2026-11-27\", and the run began with"):
        fbench.resume(tmp_path / "r")


def test_a_date_is_read_from_toml_in_both_forms_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    for text in ("2026-11-28", '"2026-11-28"'):
        path.write_text(f'models = ["{MODEL}"]\ntasks = ["news"]\nlimit = 1\nworld_date = {text}\n', "utf-8")
        assert fbench.plan(path).total.trainings == 3
    path.write_text('world_date = "28.11.2026"\n', "utf-8")
    with pytest.raises(fbench.UsageError, match=r"e\.toml, field 'world_date': must be a date such as 2026"):
        fbench.plan(path)


def test_all_default_models_run_on_fakes_whatever_the_day() -> None:
    assert len(DEFAULT_MODELS) == 5
    assert fbench.Experiment().models == DEFAULT_MODELS


@pytest.mark.parametrize(
    ("day", "model", "jobs", "words"),
    [
        ("2026-11-29", PRO, 1, "ended on 2026-10-16"),
        ("2027-01-05", MODEL, 2, ""),
        ("2027-01-05", MODEL, 3, "takes new jobs until 2027-01-06"),
        ("2027-01-10", MODEL, 1, "takes no new tuning jobs since 2027-01-06"),
        ("2027-10-01", "azure:gpt-4.1-2025-04-14", 12, "ends on 2027-10-14"),
        ("2027-10-01", "azure:gpt-4.1-2025-04-14", 1, "is promised only until 2027-04-14"),
        ("2027-05-01", FLASH, 20, "is promised only until 2027-05-19"),
        ("2027-05-01", FLASH, 2, ""),
        ("2027-01-01", "openai:gpt-99", 50, ""),
    ],
)
def test_what_ends_before_a_run_can_is_told(day: str, model: str, jobs: int, words: str) -> None:
    told = endings({model: jobs}, None, date.fromisoformat(day))
    assert len(told) == bool(words)
    assert all(words in each and "https://" in each for each in told)


def test_a_judge_is_asked_after_the_longest_of_the_models() -> None:
    day, judge = date(2026, 12, 1), "openai:gpt-5-mini"
    assert endings({MODEL: 3, FLASH: 1}, judge, day) == []
    (told,) = endings({MODEL: 10, FLASH: 1}, judge, day)
    assert "openai:gpt-5-mini ends on 2026-12-11" in told
