"""Before anything is asked or written, a run's input is read, and what it needs is looked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fbench.datasets import open_dataset
from fbench.errors import UsageError
from fbench.runner.experiment import Experiment
from fbench.runner.plan import make_plan
from fbench.runner.prepared import PreparedRun, asked_of_vendors, read_input, read_input_offline
from fbench.runner.recording import close_recording

MODEL, NEBIUS = "openai:gpt-4o-mini-2024-07-18", "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct"
EXPERIMENT = Experiment(models=(MODEL,), tasks=("news",), limit=1, epochs=(1,))
DATASET = open_dataset(None, tasks=["news"], limit=1)
HERE = "http://127.0.0.1:1/v1"


def with_(**more: Any) -> Experiment:
    return EXPERIMENT.model_copy(update=more)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "NEBIUS_API_KEY", "OPENAI_BASE_URL", "NEBIUS_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_live_run_needs_the_keys_of_its_models_and_its_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    live = with_(upstream="live", judge=NEBIUS)
    with pytest.raises(UsageError, match="a live run needs NEBIUS_API_KEY, OPENAI_API_KEY: set what is"):
        read_input(live)
    offline = read_input_offline(live)
    assert (offline.experiment, offline.origin) == (live, "live")
    assert read_input(with_(judge=NEBIUS)).plan == offline.plan, "fakes need none"
    for name in ("OPENAI_API_KEY", "NEBIUS_API_KEY"):
        monkeypatch.setenv(name, "sk-none")
    assert read_input(live) == offline


def test_the_data_are_those_that_the_experiment_names() -> None:
    ready = read_input(EXPERIMENT)
    assert (ready.dataset, ready.plan) == (DATASET, make_plan(EXPERIMENT, DATASET))
    assert read_input(with_(data_seed=1)).dataset != DATASET


def test_fakes_need_a_learner_that_there_is_and_a_replay_needs_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no learner 'nosuch'"):
        read_input(with_(learner="nosuch"))
    recording = with_(learner="nosuch", cassettes=tmp_path, record="new")
    close_recording(recording, DATASET)
    assert read_input(recording.model_copy(update={"record": "none"})).origin == "fake"


def test_a_replay_is_of_the_run_that_was_recorded(tmp_path: Path) -> None:
    recording = with_(cassettes=tmp_path, record="new", run_id="00c0ffee", upstream="live")
    close_recording(recording, DATASET)
    for upstream in ("fake", "live"):
        replayed = read_input(with_(cassettes=tmp_path, upstream=upstream))
        assert (replayed.origin, replayed.experiment.run_id) == ("live", "00c0ffee")
        assert replayed.plan == make_plan(recording, DATASET)
    nowhere = PreparedRun(EXPERIMENT, DATASET, replayed.plan, recorded={})
    assert nowhere.origin == "unknown", "an older recording does not say"


def test_what_answers_is_a_server_on_this_machine_where_a_base_url_leads_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live, fake = (read_input_offline(with_(upstream=kind)) for kind in ("live", "fake"))
    monkeypatch.setenv("OPENAI_BASE_URL", HERE)
    assert (live.origin, fake.origin) == ("local", "fake")


def test_a_vendor_is_asked_only_of_what_is_not_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    both, judged = with_(models=(MODEL, NEBIUS)), with_(models=(MODEL, NEBIUS), judge=MODEL)
    assert asked_of_vendors(both) == ([MODEL, NEBIUS], None)
    assert asked_of_vendors(judged) == ([MODEL, NEBIUS], MODEL)
    monkeypatch.setenv("OPENAI_BASE_URL", HERE)
    assert asked_of_vendors(judged) == ([NEBIUS], None)
    assert asked_of_vendors(judged.model_copy(update={"judge": NEBIUS})) == ([NEBIUS], NEBIUS)
