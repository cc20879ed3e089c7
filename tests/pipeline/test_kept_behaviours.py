"""A run keeps the behaviours of its fakes, which the environment names when it begins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import fbench
from fakes.behaviours.settings import VARIABLE, settings_of
from fbench.analysis.rebuild import rebuild
from fbench.cassette import read_index
from fbench.errors import Incomplete, UsageError
from fbench.pipeline import execute, prepare_again, prepare_new
from fbench.runner.folder import make_folder
from tests.stopping import StopsAfter

EXPERIMENT = fbench.Experiment(
    models=("openai:gpt-4o-mini-2024-07-18",), tasks=("news",), limit=2, epochs=(30,)
)
NOTE = "The fakes were told to behave otherwise than by default: "
SEVERAL = """
[models."gpt-4o-mini*"]
verbose = 0.5
[models."*"]
markdown = 1
[services.openai]
lists_late = 1
"""


@pytest.fixture
def several(tmp_path: Path) -> str:
    path = tmp_path / "several.toml"
    path.write_text(SEVERAL)
    return str(path)


def run(folder: Path, *, stop: int | None = None, jobs: int = 1, **more: object) -> str:
    """The results of a run; with `stop` one that is stopped after so many requests."""
    ready = prepare_new(EXPERIMENT.model_copy(update=more), budget_usd=None)
    make_folder(folder, ready.experiment)
    if stop is None:
        return execute(ready, folder, jobs=jobs).to_json()
    with pytest.raises(Incomplete):
        execute(ready, folder, jobs=1, concurrency=1, stop=StopsAfter(stop))
    return ""


def resume(folder: Path, jobs: int = 1) -> str:
    return execute(prepare_again(folder, judge=None, budget_usd=None), folder, jobs=jobs).to_json()


def notes(results: str) -> list[str]:
    return [note.removeprefix(NOTE) for note in json.loads(results)["notes"] if note.startswith(NOTE)]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("then", ["", "refusing", "no such behaviour"])
def test_a_run_is_gone_on_with_as_it_began(
    several: str, then: str, jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, several)
    whole = run(tmp_path / "whole")
    run(tmp_path / "stopped", stop=4)
    Path(several).unlink()
    monkeypatch.setenv(VARIABLE, then)
    assert resume(tmp_path / "stopped", jobs) == whole
    assert notes(whole) == ["gpt-4o-mini* verbose 0.5; * markdown 1; openai lists_late 1."]


def test_a_run_without_behaviours_gets_none_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    whole = run(tmp_path / "whole")
    run(tmp_path / "stopped", stop=4)
    monkeypatch.setenv(VARIABLE, "refusing")
    assert resume(tmp_path / "stopped") == whole
    assert notes(whole) == []
    assert run(tmp_path / "refusing") != whole


def test_results_that_are_made_again_name_the_behaviours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "verbose")
    run(tmp_path / "run", stop=4)
    monkeypatch.delenv(VARIABLE)
    assert notes(rebuild(tmp_path / "run").to_json()) == ["* verbose."]


def test_a_recording_and_its_replay_name_the_behaviours(
    several: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recording"
    monkeypatch.setenv(VARIABLE, several)
    recorded = run(tmp_path / "run", cassettes=folder, record="all")
    kept = read_index(folder).provenance["behaviours"]
    assert settings_of(kept) == settings_of(
        {
            "models": {"gpt-4o-mini*": {"verbose": 0.5}, "*": {"markdown": 1}},
            "services": {"openai": {"lists_late": 1}},
        }
    )
    monkeypatch.setenv(VARIABLE, "refusing")
    replayed = run(tmp_path / "replay", cassettes=folder)
    assert notes(replayed) == notes(recorded) != []
    assert json.loads(replayed)["rows"] == json.loads(recorded)["rows"]


@pytest.mark.parametrize("then", ["", "refusing"])
def test_a_recording_is_not_continued_under_other_behaviours(
    then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recording"
    monkeypatch.setenv(VARIABLE, "verbose")
    run(tmp_path / "run", cassettes=folder, record="new")
    run(tmp_path / "again", cassettes=folder, record="new")
    monkeypatch.setenv(VARIABLE, then)
    with pytest.raises(UsageError, match=r"recording: was recorded from fakes with .*verbose"):
        run(tmp_path / "mixed", cassettes=folder, record="new")
    assert not (tmp_path / "mixed").exists()


def test_a_behaviour_that_does_not_exist_is_refused_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "polite")
    with pytest.raises(UsageError, match="polite"):
        fbench.run(EXPERIMENT, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
