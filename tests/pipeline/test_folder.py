"""A run's folder: where one is made, what is taken for a run, and what a run may not change once it began."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import fbench
from fakes.behaviours.settings import VARIABLE
from fbench import plugins
from fbench.datasets import Dataset, open_dataset
from fbench.errors import UsageError
from fbench.plugins import LEARNERS_GROUP, note_use
from fbench.runner.experiment import Experiment
from fbench.runner.folder import (
    STORE,
    check_identity,
    fakes_of,
    hold_to_output,
    make_folder,
    next_folder,
    read_config,
    unchecked_notice,
    write_provenance,
)
from fbench.runner.owner import Owner, owned
from fbench.runner.store import Store
from fbench.upstream import LEARNER_VERSION, FakeSettings

MODEL, FLASH = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-flash"
EXPERIMENT = Experiment(models=(MODEL,), tasks=("news",), limit=1, epochs=(1,))
DATASET = open_dataset(None, tasks=["news"], limit=1)
OTHER = open_dataset(None, tasks=["news"], limit=2)
FOSSIL = Path(__file__).parents[1] / "data" / "fossils" / "run"
"""A run of fbench 0.1.0, whose store keeps no digests."""


def held_to(folder: Path, experiment: Experiment, dataset: Dataset, origin: str | None = None) -> None:
    """Begins the run in a folder with these, or holds it to what it began with."""
    with Store(folder / STORE) as store:
        check_identity(store, folder, experiment, dataset, origin)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that was begun, and in which nothing was asked yet."""
    folder = tmp_path / "run"
    make_folder(folder, EXPERIMENT)
    held_to(folder, EXPERIMENT, DATASET, "fake")
    return folder


@pytest.fixture
def fossil(tmp_path: Path) -> Path:
    return shutil.copytree(FOSSIL, tmp_path / "fossil")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refused(call: Any, *args: object, **named: object) -> str:
    with pytest.raises(UsageError) as found:
        call(*args, **named)
    return str(found.value)


def damage(run: Path) -> None:
    store = run / STORE
    store.write_bytes(store.read_bytes()[:5000])


# --- where a run is made ---


def test_the_next_folder_is_the_first_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in ("1", "2", "3"):
        assert next_folder() == Path("runs", number)
        Path("runs", number).mkdir(parents=True)
    Path("runs/2").rmdir()
    assert next_folder() == Path("runs/2")


def test_a_run_is_made_in_a_new_folder_or_an_empty_one_and_is_one_then(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "in/new", "empty"):
        make_folder(tmp_path / name, EXPERIMENT)
        assert read_config(tmp_path / name) == tmp_path / name / "config.toml"
        assert set(files(tmp_path / name)) == {"config.toml", "run.sqlite"}


@pytest.mark.parametrize(
    "name",
    ["run.lock", "config.toml.new", "run.sqlite", "run.sqlite-journal", "run.sqlite-wal", "run.sqlite-shm"],
)
def test_what_is_left_of_a_folder_that_was_being_made_is_no_obstacle(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert f"begin a run with `fbench run --out {tmp_path}`" in refused(read_config, tmp_path)
    make_folder(tmp_path, EXPERIMENT)
    assert read_config(tmp_path)


@pytest.mark.parametrize(
    ("names", "resumes"),
    [
        (["config.toml", "run.sqlite"], True),
        (["config.toml", "run.sqlite", "results.json"], True),
        (["config.toml"], False),
        (["run.sqlite", "notes.txt"], False),
        (["notes.txt"], False),
    ],
)
def test_a_folder_that_is_in_use_stays_as_it_is_and_only_a_run_is_to_be_resumed(
    tmp_path: Path, names: list[str], resumes: bool
) -> None:
    for name in names:
        (tmp_path / name).write_text("mine", encoding="utf-8")
    said = refused(make_folder, tmp_path, EXPERIMENT)
    assert said.startswith(f"{tmp_path}: is not an empty folder, and a run never writes over another")
    assert (f"`fbench resume {tmp_path}`" in said) == resumes
    assert files(tmp_path) == dict.fromkeys(names, b"mine")


def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert "is not an empty folder" in refused(make_folder, tmp_path / "notes.txt", EXPERIMENT)
    said = refused(make_folder, tmp_path / "notes.txt" / "run", EXPERIMENT)
    assert said.endswith("cannot be written: Not a directory. Choose another --out.")
    assert files(tmp_path) == {"notes.txt": b"mine"}


def test_a_run_that_another_process_began_there_meanwhile_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"

    @contextmanager
    def after_another(place: Path) -> Generator[Owner]:
        monkeypatch.undo()
        make_folder(place, EXPERIMENT.model_copy(update={"name": "theirs"}))
        with owned(place) as owner:
            yield owner

    monkeypatch.setattr("fbench.runner.folder.owned", after_another)
    assert f"`fbench resume {folder}`" in refused(make_folder, folder, EXPERIMENT)
    assert "theirs" in (folder / "config.toml").read_text(encoding="utf-8")


# --- what is taken for a run ---


@pytest.mark.parametrize("name", ["config.toml", "run.sqlite"])
def test_a_run_without_one_of_its_files_is_none(run: Path, name: str) -> None:
    (run / name).unlink()
    (run / "results.json").touch()
    said = refused(read_config, run)
    assert said.startswith(f"{run}: holds no run (config.toml and run.sqlite are not both there). ")
    assert "Name a folder that `fbench run` made; a sweep goes on with" in said
    (run / name).mkdir()
    assert refused(read_config, run).endswith(f"{run / name}: is not a file. Put back a copy of it.")


def test_where_nothing_was_asked_a_run_is_to_be_begun(tmp_path: Path) -> None:
    begin = f"Nothing was asked there: begin a run with `fbench run --out {tmp_path}`."
    assert refused(read_config, tmp_path).endswith(begin)
    assert "Name a folder that `fbench run` made" in refused(read_config, tmp_path / "absent")


@pytest.mark.parametrize("name", ["results.json", "run.json"])
def test_an_empty_store_of_a_run_that_reached_its_end_is_not_begun_anew(run: Path, name: str) -> None:
    (run / name).touch()
    assert read_config(run), "its store is whole"
    (run / STORE).write_bytes(b"")
    said = refused(read_config, run)
    assert said.startswith(f"{run / STORE}: is empty, though {name} says that the run reached its end")
    (run / name).unlink()
    assert read_config(run), "nothing says that it ever began"


def test_a_store_that_is_damaged_is_left_to_who_needs_it(run: Path) -> None:
    damage(run)
    assert read_config(run) == run / "config.toml"
    assert unchecked_notice(run) == ""


@pytest.mark.parametrize(
    ("there", "name", "what"),
    [
        *(([STORE], name, "run") for name in ("config.toml", "run.sqlite", "results.json", "run.json")),
        *((["index.json"], name, "recording") for name in ("config.toml", "index.json")),
        ([STORE, "index.json"], "config.toml", "run"),
        *(([STORE], name, "") for name in ("index.json", "more.json")),
        *((["index.json"], name, "") for name in ("results.json", "more.json")),
        *(([], name, "") for name in ("config.toml", "results.json", "index.json")),
    ],
)
def test_no_output_takes_the_place_of_a_file_that_a_run_or_a_recording_needs(
    tmp_path: Path, there: list[str], name: str, what: str
) -> None:
    for each in there:
        (tmp_path / each).touch()
    if what:
        said = refused(hold_to_output, tmp_path / name)
        assert said.startswith(f"{tmp_path / name}: is a file of the {what} in {tmp_path}, which it needs")
    else:
        hold_to_output(tmp_path / name)


# --- stores without digests ---


def test_a_store_without_digests_is_told_of_and_left_as_it_is(run: Path, fossil: Path) -> None:
    before = files(fossil)
    said = unchecked_notice(fossil)
    assert said.startswith(f"{fossil / STORE}: could not be checked for changes: it keeps no digests")
    assert f"`fbench resume {fossil}`" in said
    assert read_config(fossil)
    assert files(fossil) == before
    assert unchecked_notice(run) == ""


def test_a_program_is_warned_of_it_at_its_own_line(fossil: Path) -> None:
    with pytest.warns(UserWarning, match="could not be checked for changes") as caught:
        fbench.grade(fossil)
    assert [warning.filename for warning in caught] == [__file__]


# --- what a run begins with ---


def test_a_run_goes_on_with_what_it_began_with(run: Path) -> None:
    held_to(run, EXPERIMENT, DATASET, "fake")
    held_to(run, EXPERIMENT, DATASET)
    changed = EXPERIMENT.model_copy(update={"name": "other", "grader": "exact", "judge": MODEL})
    held_to(run, changed, DATASET, "fake")


def test_another_field_is_refused_with_both_values(run: Path) -> None:
    other = EXPERIMENT.model_copy(update={"epochs": (1, 2)})
    assert refused(held_to, run, other, DATASET, "fake") == (
        f"{run / 'config.toml'}, field 'epochs': is [1, 2], and the run began with [1]: put it back, or "
        "start a new run."
    )


def test_how_a_model_thinks_stays_and_how_a_judge_thinks_may_change(tmp_path: Path) -> None:
    judge = "openai:gpt-5.4"
    began = Experiment(models=(FLASH,), judge=judge, thinking={FLASH: 300, judge: 256}, tasks=("news",))
    make_folder(tmp_path / "run", began)
    held_to(tmp_path / "run", began, DATASET, "fake")
    other = began.model_copy(update={"thinking": {FLASH: 300, judge: "off"}})
    held_to(tmp_path / "run", other, DATASET, "fake")
    other = began.model_copy(update={"thinking": {FLASH: 301, judge: 256}})
    assert "field 'thinking': is " in refused(held_to, tmp_path / "run", other, DATASET, "fake")


def test_a_field_that_an_older_version_did_not_have_is_as_it_is_by_default(run: Path) -> None:
    with Store(run / STORE) as store:
        kept: Any = store.meta("experiment")
        store.set_meta("experiment", {name: value for name, value in kept.items() if name != "world_date"})
    held_to(run, EXPERIMENT, DATASET, "fake")
    later = EXPERIMENT.model_copy(update={"world_date": "2026-11-28"})
    assert '"2026-01-01"' in refused(held_to, run, later, DATASET, "fake")


def test_other_data_are_refused_with_both_digests(run: Path) -> None:
    said = refused(held_to, run, EXPERIMENT, OTHER, "fake")
    assert said.startswith(f"{run}: the dataset is no longer the one that the run began with")
    assert f"(its digest was {DATASET.digest[:12]}, and is {OTHER.digest[:12]})" in said


def test_data_that_an_older_version_read_otherwise_are_the_same(run: Path) -> None:
    newer = Dataset.model_validate(OTHER.model_dump() | {"older": (DATASET,)})
    held_to(run, EXPERIMENT, newer, "fake")


@pytest.mark.parametrize(
    ("now", "words"), [("live", "now name live models"), ("local", "now name a server on this machine")]
)
def test_who_answers_is_not_exchanged(run: Path, now: str, words: str) -> None:
    said = refused(held_to, run, EXPERIMENT, DATASET, now)
    assert "the run began with answers of FAKE models, and config.toml" in said
    assert words in said


def test_a_run_is_held_to_the_plug_ins_that_it_began_with(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as installed:
        installed.setattr(plugins, "_loaded", {})
        note_use(EntryPoint("steady", "steady:make", LEARNERS_GROUP))
        make_folder(run.with_name("other"), EXPERIMENT)
        held_to(run.with_name("other"), EXPERIMENT.model_copy(update={"learner": "steady"}), DATASET)
        assert read_config(run.with_name("other"))
    said = refused(read_config, run.with_name("other"))
    assert "the run was begun with the plug-in 'steady' (fakes.learners)" in said
    assert read_config(run), "the other names none"


# --- the settings of fakes ---


def test_a_run_keeps_the_settings_of_its_fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "verbose")
    make_folder(tmp_path / "run", EXPERIMENT)
    held_to(tmp_path / "run", EXPERIMENT, DATASET, "fake")
    monkeypatch.setenv(VARIABLE, "refusing")
    with Store(tmp_path / "run" / STORE) as store:
        version, behaviours = fakes_of(store, EXPERIMENT)
    assert version == LEARNER_VERSION
    assert json.loads(behaviours) == {"models": {"*": "verbose"}}


def test_without_fakes_there_are_no_behaviours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "verbose")
    live = EXPERIMENT.model_copy(update={"upstream": "live"})
    make_folder(tmp_path / "run", live)
    with Store(tmp_path / "run" / STORE) as store:
        assert fakes_of(store, live) == FakeSettings()


def test_a_run_of_the_first_version_has_the_learner_of_then(fossil: Path) -> None:
    with Store(fossil / STORE) as store:
        assert fakes_of(store, EXPERIMENT) == FakeSettings(learner_version=1)


# --- run.json ---


def test_how_a_run_was_made_is_written_for_people_and_without_secrets(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FBENCH_BUCKET", "planted-bucket-77")
    write_provenance(
        run,
        EXPERIMENT,
        origin="local",
        concurrency=50,
        jobs=2,
        budget_usd=None,
        seconds=1.23456,
        command=["fbench", "run", "--out", "r-planted-bucket-77"],
    )
    text = (run / "run.json").read_text(encoding="utf-8")
    about = json.loads(text)
    assert (about["concurrency"], about["jobs"], about["budget_usd"]) == (50, 2, None)
    assert (about["upstream"], about["seconds"]) == ("local", 1.235)
    assert (about["command"][:3], len(about["command"])) == (["fbench", "run", "--out"], 4)
    assert "planted" not in text
    assert list(about) == sorted(about)
    assert text.splitlines()[1] == ' "batch": false,'
