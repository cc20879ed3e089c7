"""What of its recording a replay did not ask for is said in its report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import fbench
from fbench.analysis.results import Results
from fbench.cassette.modes import Mode
from fbench.reports.threats import threats
from fbench.runner.experiment import Experiment
from fbench.runner.played import add_played, counting_played, unplayed
from fbench.runner.store import Answer, Store

MODELS = ("openai:gpt-4o-mini-2024-07-18", "openai:gpt-4o-2024-08-06")
REPLAY = Experiment(models=MODELS[:1], tasks=("news",), cassettes=Path("kept"))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of two models."""
    folder = tmp_path_factory.mktemp("recorded")
    fbench.run(experiment(MODELS, folder / "kept", "new"), folder / "run")
    return folder / "kept"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "run.sqlite", create=True) as made:
        yield made


def experiment(models: tuple[str, ...], cassettes: Path, record: Mode = "none") -> Experiment:
    return Experiment(
        models=models, tasks=("news",), limit=1, epochs=(1,), cassettes=cassettes, record=record
    )


def replayed(recording: Path, run: Path, models: tuple[str, ...], jobs: int = 1) -> Results:
    return fbench.run(experiment(models, recording), run, jobs=jobs)


def test_a_replay_of_all_says_nothing(recording: Path, tmp_path: Path) -> None:
    results = replayed(recording, tmp_path / "run", MODELS)
    assert results.unplayed == ""
    assert "unplayed" not in json.loads(results.to_json())


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_replay_of_one_model_says_how_much_of_the_other_it_left(
    recording: Path, tmp_path: Path, jobs: int
) -> None:
    results = replayed(recording, tmp_path / "run", MODELS[:1], jobs=jobs)
    shards = {path: path.read_text().count("\n- key: ") for path in recording.rglob("*.yaml")}
    other = {path: count for path, count in shards.items() if "gpt-4o-2024" in path.as_posix()}
    assert results.unplayed == (
        f"Of the recording, {sum(other.values())} of {sum(shards.values())} interactions were not asked for, "
        f"{len(other)} of {len(shards)} cassettes not at all."
    )
    assert results.unplayed in threats(results)


def test_the_report_says_it(recording: Path, tmp_path: Path) -> None:
    results = replayed(recording, tmp_path / "run", MODELS[:1])
    assert "were not asked for" in " ".join(str(fbench.report(results)).split())


def test_what_several_processes_and_sessions_played_is_added_up(store: Store) -> None:
    with counting_played(store, REPLAY):
        add_played(store, {"a.yaml": (3, 0b001), "b.yaml": (1, 0)})
        add_played(store, {"a.yaml": (3, 0b010), "b.yaml": (1, 1)})
    assert unplayed(store, REPLAY) == "Of the recording, 1 of 4 interactions were not asked for."
    with counting_played(store, REPLAY):
        add_played(store, {"a.yaml": (3, 0b100), "b.yaml": (1, 0)})
    assert unplayed(store, REPLAY) == ""


def test_nothing_is_said_where_a_process_died_before_it_could_tell(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), counting_played(store, REPLAY):
        raise KeyboardInterrupt
    with counting_played(store, REPLAY):
        add_played(store, {"a.yaml": (3, 0b001)})
    assert unplayed(store, REPLAY) == ""


def test_nothing_is_said_of_a_run_whose_beginning_was_not_counted(store: Store) -> None:
    store.save_answers([Answer("cell", "question", "text", "stop", "", 1, 1)])
    with counting_played(store, REPLAY):
        add_played(store, {"a.yaml": (3, 0b001)})
    assert unplayed(store, REPLAY) == ""
