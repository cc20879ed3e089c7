"""Providers that a configuration defines, through every command that asks them or says what it would ask."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from pathlib import Path

import pytest

import fbench as library
from fbench.errors import UsageError
from fbench.runner.provider_tables import ProviderTable
from tests.cli.cli_user import Fbench
from tests.fakes.servers import Served, server

BASE, KEY = "gpt-4o-mini-2024-07-18", "lab-9f3kQ7xT2mW8pL5v"
MODELS = f'models = ["lab:{BASE}"]\ntasks = ["people"]\nlimit = 2\nepochs = [1]\n'
LIVE = ("--upstream", "live", "--budget-usd", 5)
DOLLARS = "train = 1.0\nbase_input = 1.0\nbase_output = 1.0\ntuned_input = 1.0\ntuned_output = 1.0\n"


def configured(url: str, *more: str) -> str:
    """A configuration whose provider `lab` is at a URL; `Path("c.toml")` holds it."""
    table = "\n".join(["[providers.lab]", f'base_url = "{url}"', 'key = "LAB_API_KEY"', *more])
    Path("c.toml").write_text(f'{MODELS}{table}\n[prices."lab:{BASE}"]\n{DOLLARS}', encoding="utf-8")
    return "c.toml"


@pytest.fixture
def lab(fbench: Fbench, monkeypatch: pytest.MonkeyPatch) -> Generator[Served]:
    """A server at which `lab` is."""
    del fbench  # it takes keys away
    monkeypatch.setenv("LAB_API_KEY", KEY)
    monkeypatch.setenv("FBENCH_POLL_SECONDS", "0.02")
    with server("--speed", "100000") as served:
        yield served


def test_it_is_run_recorded_judged_gone_on_with_and_cleaned_up_and_replays_without_its_server(
    fbench: Fbench, lab: Served
) -> None:
    config = configured(lab.openai, 'lacks = ["metadata"]')
    record = ("--cassettes", "tape", "--record", "all", "--seed", 0, "--seed", 1)
    ran = fbench("run", config, *LIVE, *record, "--yes", "--jobs", 2, "--quiet", "--out", "r")
    assert ran.code == 0, ran
    judged = fbench("grade", "r", "--judge", f"lab:{BASE}", "--grader", "judge", *LIVE)
    assert judged.code == 0, judged
    assert f"lab:{BASE}" in judged.err
    assert fbench("resume", "r", "--quiet").out == ran.out
    cleaned = fbench("cleanup", "r", "--models", "--yes")
    assert (cleaned.code, cleaned.out.count("deleted ")) == (0, 4), cleaned

    kept = [path for folder in ("r", "tape") for path in Path(folder).rglob("*") if path.is_file()]
    assert not any(KEY.encode() in path.read_bytes() for path in kept)
    assert '[providers.lab]\nwire = "openai"\nkey = "LAB_API_KEY"' in Path("r/config.toml").read_text()


def test_a_recording_of_it_replays_when_its_server_is_gone(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_API_KEY", KEY)
    monkeypatch.setenv("FBENCH_POLL_SECONDS", "0.02")
    with server("--speed", "100000") as served:
        record = ("--cassettes", "tape", "--record", "all", "--jobs", 2, "--quiet")
        ran = fbench("run", configured(served.openai), *LIVE, *record, "--yes", "--out", "r")
        assert ran.code == 0, ran
    monkeypatch.delenv("LAB_API_KEY")
    replayed = fbench("run", "--cassettes", "tape", "--jobs", 2, "--quiet", "--out", "again")
    assert replayed.code == 0, replayed
    rows = [json.loads(Path(run, "results.json").read_text())["rows"] for run in ("r", "again")]
    assert rows[0] == rows[1]


def test_fakes_answer_in_its_place_in_every_process(fbench: Fbench) -> None:
    said = fbench("run", configured("https://lab.example/v1"), "--seed", 0, "--seed", 1, "--jobs", 2)
    assert said.code == 0, said


def test_the_judge_of_a_file_has_the_providers_and_prices_of_a_configuration(
    fbench: Fbench, lab: Served
) -> None:
    Path("a.jsonl").write_text('{"question": "Who?", "gold": "Ona", "response": "I think Ona."}\n')
    judge = ("--judge", f"lab:{BASE}", "--grader", "judge", *LIVE)
    judged = fbench("grade", "a.jsonl", *judge, "--config", configured(lab.openai))
    assert judged.code == 0, judged
    assert f"1 case judged now, by lab:{BASE}" in judged.err

    row = [{"question": "Who?", "gold": "Ona", "response": "I think Ona."}]
    given = {"grader": "judge", "judge": f"lab:{BASE}", "budget_usd": 5.0}
    (graded,) = library.grade(row, upstream="live", config="c.toml", **given)  # pyright: ignore[reportArgumentType] - of several types
    assert graded.grader == f"judge:lab:{BASE}"
    assert "the providers are" in fbench("grade", "a.jsonl", *judge).paragraph


def test_what_was_never_run_live_is_said_by_the_plan_and_the_doctor_until_a_date_says_otherwise(
    fbench: Fbench,
) -> None:
    config = configured("https://lab.example/v1")
    (told,) = json.loads(fbench("plan", config, "--upstream", "live", "--json").out)["warnings"]
    assert told.startswith("Never run live: lab. ")
    out = fbench("doctor", config).out
    assert "  lab: LAB_API_KEY is not set" in out.splitlines()
    assert re.search(r"never run live: .*\blab\b", out)

    config = configured("https://lab.example/v1", "run_live = 2026-11-30")
    assert json.loads(fbench("plan", config, "--upstream", "live", "--json").out)["warnings"] == []
    assert not re.search(r"never run live: .*\blab\b", fbench("doctor", config).out)


def test_a_run_keeps_who_answers_and_may_take_another_key(fbench: Fbench) -> None:
    assert fbench("run", configured("https://lab.example/v1"), "--quiet", "--out", "r").code == 0
    kept = Path("r/config.toml")
    text = kept.read_text()
    kept.write_text(text.replace("LAB_API_KEY", "LAB_TOKEN"))
    assert fbench("resume", "r", "--quiet").code == 0
    kept.write_text(text.replace("minimum = 10", "minimum = 20"))
    assert "field 'providers'" in fbench("resume", "r", "--quiet").paragraph


def test_two_experiments_of_a_process_may_define_a_name_differently() -> None:
    strict, lax = (
        library.Experiment(
            models=(f"lab:{BASE}",),
            tasks=("people",),
            limit=2,
            providers={"lab": ProviderTable(minimum=least)},
        )
        for least in (40, 1)
    )
    assert library.plan(strict).total.costs.train_tokens > library.plan(lax).total.costs.train_tokens


def test_a_provider_of_vertexs_format_is_another_address_of_it(fbench: Fbench, lab: Served) -> None:
    text = MODELS.replace(f"lab:{BASE}", "gate:gemini-2.5-pro")
    table = (
        f'[providers.gate]\nwire = "vertex"\nminimum = 1\nkeeps = "all"\nbase_url = "{lab.address}/google"\n'
    )
    prices = f'[prices."gate:gemini-2.5-pro"]\n{DOLLARS}'
    Path("v.toml").write_text(text + table + prices)
    fake = fbench("run", "v.toml", "--quiet", "--out", "fake")
    assert fake.code == 0, fake
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOOGLE_CLOUD_PROJECT", "planted-project-77")
        patch.setenv("STORAGE_EMULATOR_HOST", f"{lab.address}/storage")
        said = fbench("run", "v.toml", *LIVE, "--yes", "--quiet", "--out", "live")
    assert said.code == 0, said


@pytest.mark.parametrize("key", ["sk-planted-9f3kQ7xT2mW8", "PLANTED9F3KQ7XT2MW8", 7, ["sk-planted"]])
def test_a_key_in_the_place_of_its_variable_is_refused_and_not_repeated(key: object) -> None:
    with pytest.raises(UsageError) as caught:
        library.Experiment(providers={"lab": {"key": key}})  # pyright: ignore[reportArgumentType] - wrong on purpose
    said = f"{caught.value} {caught.value.__cause__!r}".casefold()
    assert "name of an environment variable" in said
    assert "planted" not in said
