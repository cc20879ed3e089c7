"""Where a run may record, what a recording says of where it came from, and what a replay is held to."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

import fbench
from fakes.behaviours.settings import VARIABLE
from fbench.cassette import Cassette, CassetteTransport, read_index
from fbench.cassette.format.interaction import RecordedResponse
from fbench.datasets import Dataset, Fact, open_dataset
from fbench.errors import CassetteError, UsageError
from fbench.providers import profiles
from fbench.providers.pacing import Pacers
from fbench.providers.profiles import Profile
from fbench.runner.config import read_recorded_experiment
from fbench.runner.experiment import Experiment
from fbench.runner.recording import (
    check_new_recording,
    close_recording,
    connection_of,
    hold_to_recording,
    run_id_of,
    with_its_recording,
)
from fbench.runner.store import Store
from fbench.upstream import FakeSettings

MODEL = "openai:gpt-4o-mini-2024-07-18"
EXPERIMENT = Experiment(models=(MODEL,), tasks=("news",), limit=1, epochs=(1,))
DATASET = open_dataset(None, tasks=["news"], limit=1)
OTHER = open_dataset(None, tasks=["news"], limit=2)
VERBOSE = FakeSettings(behaviours='{"models": {"*": "verbose"}}')


def records(folder: Path, how: str = "new", **more: object) -> Experiment:
    """The experiment, as it records in a folder."""
    return EXPERIMENT.model_copy(update={"cassettes": folder, "record": how, **more})


def recorded(
    folder: Path, dataset: Dataset = DATASET, *, fakes: FakeSettings | None = None, **more: object
) -> Path:
    """A recording in which nothing was asked."""
    experiment = records(folder).model_copy(update=more)
    close_recording(experiment if fakes is None else experiment.with_fakes(fakes), dataset)
    return folder


def provenance(folder: Path) -> dict[str, Any]:
    return dict(read_index(folder).provenance)


def refused(call: Any, *args: object) -> str:
    with pytest.raises(UsageError) as found:
        call(*args)
    return str(found.value)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No behaviours of fakes, and no places of services."""
    for name in (VARIABLE, "OPENAI_BASE_URL", "GOOGLE_CLOUD_PROJECT", "FBENCH_BUCKET"):
        monkeypatch.delenv(name, raising=False)


# --- where it came from ---


def test_a_recording_says_what_was_asked_of_whom(tmp_path: Path) -> None:
    said = provenance(recorded(tmp_path / "c"))
    assert (said["upstream"], said["dataset"], said["models"]) == ("fake", DATASET.digest, [MODEL])
    assert not {"behaviours", "learner", "run_id", "own"} & set(said), "there is nothing of it to say"
    assert read_recorded_experiment(tmp_path / "c", None) == EXPERIMENT


def test_it_says_how_fakes_were_told_to_behave_and_what_made_their_models(tmp_path: Path) -> None:
    said = provenance(recorded(tmp_path / "c", fakes=VERBOSE, learner="softmax"))
    assert (said["behaviours"], said["learner"]) == ({"models": {"*": "verbose"}}, "softmax")
    assert "behaviours" not in provenance(recorded(tmp_path / "live", fakes=VERBOSE, upstream="live"))
    assert "behaviours" not in provenance(recorded(tmp_path / "usual", fakes=FakeSettings()))


def test_it_keeps_the_places_of_a_live_run_and_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "planted-project-77")
    live = provenance(recorded(tmp_path / "live", upstream="live", run_id="00c0ffee"))
    assert (live["upstream"], live["run_id"]) == ("live", "00c0ffee")
    assert list(live["variables"]) == ["GOOGLE_CLOUD_PROJECT"]
    assert "planted" not in json.dumps(live)
    assert provenance(recorded(tmp_path / "fake"))["variables"] == {}


def test_it_keeps_digests_of_what_only_looks_like_a_secret(tmp_path: Path) -> None:
    fact = Fact(id="f", task="news", cluster="f", prompt="Which?", answer="ghp_AbCdEfGhIjKlMnOpQrStUvWx1234")
    data = Dataset(name="made", source="made", facts=(fact,), questions=())
    said = provenance(recorded(tmp_path / "c", data))
    assert len(said["own"]) == 1
    assert "ghp_" not in json.dumps(said)


def test_a_replay_writes_nothing_into_its_recording(tmp_path: Path) -> None:
    before = (recorded(tmp_path / "c") / "index.json").read_bytes()
    replay = EXPERIMENT.model_copy(update={"cassettes": tmp_path / "c", "name": "other"})
    close_recording(replay, OTHER)
    close_recording(EXPERIMENT, DATASET)
    assert (tmp_path / "c" / "index.json").read_bytes() == before


# --- the id of a live run ---


def test_each_live_run_has_an_id_of_its_own_and_others_have_none(tmp_path: Path) -> None:
    live = EXPERIMENT.model_copy(update={"upstream": "live"})
    found = {run_id_of(live) for _ in range(5)}
    assert len(found) == 5
    assert all(each and re.fullmatch("[0-9a-f]{8}", each) for each in found)
    assert run_id_of(EXPERIMENT) is None
    assert run_id_of(live.model_copy(update={"cassettes": tmp_path})) is None


def test_what_is_added_to_a_recording_has_its_id_and_what_is_recorded_anew_another(tmp_path: Path) -> None:
    recorded(tmp_path / "c", upstream="live", run_id="00c0ffee")
    assert run_id_of(records(tmp_path / "c", upstream="live")) == "00c0ffee"
    for anew in (records(tmp_path / "c", "all", upstream="live"), records(tmp_path / "d", upstream="live")):
        made = run_id_of(anew)
        assert made != "00c0ffee"
        assert made
        assert re.fullmatch("[0-9a-f]{8}", made)


# --- what a replay is held to ---


def test_a_replay_is_held_to_its_data_and_told_what_was_recorded(tmp_path: Path) -> None:
    recorded(tmp_path / "c")
    replay = EXPERIMENT.model_copy(update={"cassettes": tmp_path / "c"})
    assert hold_to_recording(replay, DATASET) == provenance(tmp_path / "c")
    said = refused(hold_to_recording, replay, OTHER)
    assert said.startswith(f"{tmp_path / 'c'}: was recorded with another dataset")
    assert f"(its digest is {DATASET.digest[:12]}, and this one's {OTHER.digest[:12]})" in said
    newer = Dataset.model_validate(OTHER.model_dump() | {"older": (DATASET,)})
    assert hold_to_recording(replay, newer) == provenance(tmp_path / "c")
    with pytest.raises(CassetteError):
        hold_to_recording(EXPERIMENT.model_copy(update={"cassettes": tmp_path / "absent"}), DATASET)


def test_a_replay_is_held_to_the_learner_of_its_fakes(tmp_path: Path) -> None:
    recorded(tmp_path / "without")
    recorded(tmp_path / "with", learner="softmax")
    without, other = EXPERIMENT.model_copy(update={"cassettes": tmp_path / "without"}), {"learner": "softmax"}
    said = refused(hold_to_recording, without.model_copy(update=other), DATASET)
    assert "was recorded with no learner, and the experiment names the learner 'softmax'" in said
    said = refused(hold_to_recording, without.model_copy(update={"cassettes": tmp_path / "with"}), DATASET)
    assert "was recorded with the learner 'softmax', and the experiment names no learner" in said


# --- what may be recorded where ---


@pytest.mark.parametrize("how", ["new", "all"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("config.toml", "is there already, and of no recording, whose own would take its place"),
        ("docker.yaml", "is no cassette, and a recording takes every .yaml file in its folder for one"),
        ("ci/docker.yaml", "is no cassette"),
    ],
)
def test_nothing_is_recorded_among_files_of_others(tmp_path: Path, name: str, words: str, how: str) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / name).write_text("services: {}\n", encoding="utf-8")
    said = refused(fbench.run, records(tmp_path, how), tmp_path / "run")
    assert said.startswith(f"{tmp_path / name}: {words}")
    assert not (tmp_path / "run").exists()
    check_new_recording(EXPERIMENT.model_copy(update={"cassettes": tmp_path}))  # a replay does them no harm


@pytest.mark.parametrize("how", ["new", "all"])
def test_a_recording_may_be_made_in_a_new_folder_or_go_on_in_its_own(tmp_path: Path, how: str) -> None:
    check_new_recording(EXPERIMENT)
    check_new_recording(records(tmp_path / "c", how))
    recorded(tmp_path / "c")
    check_new_recording(records(tmp_path / "c", how))


def test_a_recording_that_was_interrupted_is_gone_on_with_before_all_is_recorded_anew(tmp_path: Path) -> None:
    left = recorded(tmp_path / "c") / "openai" / "base.yaml.part"
    left.parent.mkdir()
    left.touch()
    check_new_recording(records(tmp_path / "c", "all"))  # nothing is in it
    left.write_bytes(b"- paid: for\n")
    check_new_recording(records(tmp_path / "c"))
    said = refused(check_new_recording, records(tmp_path / "c", "all"))
    assert said.startswith(f"{left}: is left from a recording that was interrupted.")
    assert f"remove the .part files in {tmp_path / 'c'}" in said


def test_a_recording_of_everything_that_was_interrupted_is_not_added_to(tmp_path: Path) -> None:
    """Closing it would leave out what the old one holds and nobody asked again."""
    path = recorded(tmp_path / "c") / "openai" / "base.yaml"
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200))
    old, anew = (Cassette(path, mode, provenance={"upstream": "fake"}) for mode in ("new", "all"))
    for cassette in (old, anew):
        with httpx2.Client(transport=CassetteTransport(cassette, inner)) as client:
            client.get("https://api.openai.com/v1/models")
        if cassette is old:
            cassette.close()
    anew.release()
    said = refused(check_new_recording, records(tmp_path / "c"))
    assert said.startswith(f"{path}.part: is left from a recording that was interrupted.")


def test_one_recording_does_not_hold_answers_of_fakes_that_were_told_different_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(tmp_path / "usual")
    recorded(tmp_path / "verbose", fakes=VERBOSE)
    monkeypatch.setenv(VARIABLE, "verbose")
    check_new_recording(records(tmp_path / "verbose"))
    check_new_recording(records(tmp_path / "usual", upstream="live"))
    check_new_recording(records(tmp_path / "usual", "all"))
    said = refused(check_new_recording, records(tmp_path / "usual"))
    assert said.startswith(
        f"{tmp_path / 'usual'}: was recorded from fakes with no learner and the behaviours"
    )
    assert "the behaviours {}, and --learner or FAKES_BEHAVIOUR now say otherwise" in said
    monkeypatch.delenv(VARIABLE)
    assert "verbose" in refused(check_new_recording, records(tmp_path / "verbose"))
    said = refused(check_new_recording, records(tmp_path / "usual", learner="softmax"))
    assert "with no learner and" in said


# --- the way to it ---


def test_a_connection_has_the_pacers_of_the_whole_run() -> None:
    pacers = Pacers([MODEL])
    assert connection_of(EXPERIMENT, DATASET, pacers).pacers is pacers
    assert connection_of(EXPERIMENT, DATASET).pacers is None


def test_a_new_process_finds_the_plug_ins_of_the_models_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shout = Profile("shout", "openai", "SHOUT_API_KEY", "https://api.shout.example/v1", "SHOUT_BASE_URL")

    def found(_: str, name: str, *__: object) -> Profile | None:
        return shout if name == "shout" else None

    monkeypatch.setattr(profiles, "find_plugin", found)
    monkeypatch.setattr(profiles, "_from_plugins", {})
    given = pickle.dumps(EXPERIMENT.model_copy(update={"models": ("shout:loud",)}))
    monkeypatch.setattr(profiles, "_from_plugins", {})
    there = connection_of(pickle.loads(given), DATASET)  # noqa: S301 - made here
    assert there.environ["SHOUT_API_KEY"] == "sk-fake"


# --- going on with a run that has ended ---


def begun_anew(folder: Path, *shards: str) -> None:
    """Shards of which everything is being recorded again."""
    for shard in shards:
        cassette = Cassette(folder / f"{shard}.yaml", "all")
        answered = RecordedResponse(200, "OK", (), b"")
        cassette.record(cassette.ask("GET", f"https://host.test/{shard}", "", b""), [], answered)
        cassette.release()


def shards_of(folder: Path) -> list[str]:
    return [shard.file for shard in read_index(folder).shards]


def test_a_run_that_ended_adds_to_what_it_recorded_anew(tmp_path: Path) -> None:
    anew, store = records(tmp_path / "recording", "all"), Store(tmp_path / "run.sqlite", create=True)
    assert with_its_recording(anew, DATASET, store) is anew, "nothing has ended yet"
    begun_anew(tmp_path / "recording", "first")
    close_recording(anew, DATASET, store)
    begun_anew(tmp_path / "recording", "second")
    goes_on = with_its_recording(anew, DATASET, store)
    assert goes_on == records(tmp_path / "recording", "new")
    close_recording(goes_on, DATASET, store)
    assert shards_of(tmp_path / "recording") == ["first.yaml"], "what was interrupted then is made up for"
    store.close()


def test_a_run_that_ended_under_an_older_version_adds_too(tmp_path: Path) -> None:
    anew, store = records(tmp_path / "recording", "all"), Store(tmp_path / "run.sqlite", create=True)
    store.set_meta("results.json", {"auto": "0"})
    assert with_its_recording(anew, DATASET, store) == records(tmp_path / "recording", "new")
    new = records(tmp_path / "recording")
    assert with_its_recording(new, DATASET, store) is new
    store.close()


def test_what_adds_to_a_recording_keeps_no_list_of_what_was_anew(tmp_path: Path) -> None:
    store = Store(tmp_path / "run.sqlite", create=True)
    close_recording(records(tmp_path / "recording"), DATASET, store)
    assert store.meta("recorded_anew") is None
    close_recording(records(tmp_path / "recording"), DATASET)
    store.close()
