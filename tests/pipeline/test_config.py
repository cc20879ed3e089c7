"""An experiment is read as it was written, from any folder, and what is wrong with a file is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.errors import UsageError
from fbench.runner.config import (
    read_experiment,
    read_recorded_experiment,
    recorded_config,
    recorded_config_text,
    run_config_text,
)
from fbench.runner.experiment import Experiment, Prices

MODEL = "openai:gpt-4o-mini-2024-07-18"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def refused(*args: Any) -> str:
    with pytest.raises(UsageError) as found:
        read_experiment(*args)
    return str(found.value)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written") / "config.toml"


@given(name=TEXTS, model=TEXTS, temperature=st.floats(0, 2), price=st.floats(0, 1e9))
def test_an_experiment_is_read_as_it_was_written(
    config: Path, name: str, model: str, temperature: float, price: float
) -> None:
    named = f"openai:{model}"
    dollars = Prices(train=price, base_input=0, base_output=1, tuned_input=2, tuned_output=3)
    sampling: Any = {"temperature": temperature}
    made = Experiment(
        name=name, models=(named,), grader=name, judge=named, sampling=sampling, prices={named: dollars}
    )
    for text in (run_config_text(made), recorded_config_text(made)):
        config.write_bytes(text.encode())
        assert read_experiment(config, {}) == made


def test_a_run_is_read_from_any_folder_as_from_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "runs" / "config.toml"
    config.parent.mkdir()
    made = Experiment(data=Path("facts.jsonl"), cassettes=Path("tape:1"), record="new")
    config.write_text(run_config_text(made), encoding="utf-8")
    whole = {"data": tmp_path / "facts.jsonl", "cassettes": tmp_path / "tape:1"}
    assert read_experiment(config, {}) == made.model_copy(update=whole)


def test_the_dataset_of_a_plug_in_is_no_path(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(run_config_text(Experiment(data=Path("hub:towns"))), encoding="utf-8")
    assert read_experiment(config, {}).data == Path("hub:towns")


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("facts.jsonl", "hub:towns"):
        (mine / name).touch()
    (mine / "e.toml").write_text('data = "facts.jsonl"\ncassettes = "hub:towns"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    made = read_experiment(Path("mine/e.toml"), {})
    assert (made.data, made.cassettes) == (Path("mine/facts.jsonl"), Path("mine/hub:towns"))
    (mine / "e.toml").write_text('data = "hub:towns"\n', encoding="utf-8")
    assert read_experiment(Path("mine/e.toml"), {}).data == Path("mine/hub:towns"), "there is such a file"
    (mine / "hub:towns").unlink()
    assert read_experiment(Path("mine/e.toml"), {}).data == Path("hub:towns")


def test_options_come_before_the_file_where_they_are_given(tmp_path: Path) -> None:
    config = tmp_path / "e.toml"
    config.write_text("limit = 2\nepochs = [3]\n", encoding="utf-8")
    made = read_experiment(config, {"limit": 5, "epochs": None, "all_news": False})
    assert (made.limit, made.epochs, made.all_news) == (5, (3,), False)
    assert read_experiment(None, {"limit": 5, "judge": None}) == Experiment(limit=5)


@pytest.mark.parametrize(
    ("toml", "options", "place", "end"),
    [
        ("seeds = [7, 7]", {}, "{}, field 'seeds'", ". Correct it, or leave it out."),
        ("seeds = [7, 7]", {"limit": 3}, "{}, field 'seeds'", ". Correct it, or leave it out."),
        ("data = 3", {}, "{}, field 'data'", ", got 3. Correct it, or leave it out."),
        ("limit = 2", {"seeds": (1, 1)}, "option --seed", ": give each value once."),
        (None, {"seeds": (1, 1)}, "option --seed", ": give each value once."),
        (None, {"data_seed": "x"}, "the experiment, field 'data_seed'", ": must be a whole number, got 'x'."),
    ],
)
def test_what_is_wrong_is_named_where_it_was_given(
    tmp_path: Path, toml: str | None, options: dict[str, Any], place: str, end: str
) -> None:
    config = tmp_path / "e.toml"
    config.write_text(toml or "", encoding="utf-8")
    said = refused(None if toml is None else config, options)
    assert said.startswith(place.format(config) + ": ")
    assert said.endswith(end)


@pytest.mark.parametrize(
    ("name", "beside", "do"),
    [
        ("config.toml", True, "Put the file back as the run wrote it, or remove what was added."),
        ("config.toml", False, "Correct it, or leave it out."),
        ("mine.toml", True, "Correct it, or leave it out."),
    ],
)
def test_only_the_file_of_a_run_is_to_be_put_back(tmp_path: Path, name: str, beside: bool, do: str) -> None:
    if beside:
        (tmp_path / "run.sqlite").touch()
    for wrong in (b"limit = 0\n", b"limit = ]\n", b"name = '\xff'\n"):
        (tmp_path / name).write_bytes(wrong)
        said = refused(tmp_path / name, {})
        assert said.startswith(str(tmp_path / name))
        assert said.endswith(f". {do}")


# --- the configuration of a recording ---


def test_a_recording_says_what_was_asked_and_nothing_of_its_place(tmp_path: Path) -> None:
    made = Experiment(limit=3, data=Path("d"), cassettes=Path("c"), record="new", upstream="live")
    text = recorded_config_text(made.model_copy(update={"run_id": "00c0ffee"}))
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    assert read_recorded_experiment(tmp_path, None) == Experiment(limit=3)
    assert read_recorded_experiment(tmp_path, Path("other.jsonl")).data == Path("other.jsonl")


def test_a_folder_that_no_run_recorded_to_says_nothing_of_what_was_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no config\.toml, which would say what was asked there"):
        read_recorded_experiment(tmp_path, None)


def test_only_a_replay_is_of_what_was_recorded(tmp_path: Path) -> None:
    recording = {"cassettes": tmp_path}
    assert recorded_config(recording) is None
    (tmp_path / "config.toml").touch()
    assert recorded_config(recording) == recorded_config({**recording, "record": "none"})
    assert recorded_config(recording) == tmp_path / "config.toml"
    assert recorded_config({**recording, "record": "new"}) is None
    assert recorded_config({}) is None
