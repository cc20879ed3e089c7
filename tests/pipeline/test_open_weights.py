"""Models written `local:PATH_OR_ID`, where neither PyTorch nor any weights are: names, refusals, a replay."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench.analysis.results import Results
from fbench.cassette import read_index
from fbench.errors import UsageError
from fbench.providers.profiles import OPEN_WEIGHTS
from fbench.reports.reporters import find_reporter
from fbench.runner.config import read_experiment, recorded_config_text, run_config_text
from fbench.runner.experiment import Experiment
from fbench.runner.prices import price_in
from fbench.weights import Options
from fbench.weights.identity import Identity

RECORDING = Path(__file__).parents[1] / "data" / "open-weights"


def local(**more: Any) -> Experiment:
    given: dict[str, Any] = {"models": ("local:owner/smol",)} | more
    return Experiment(**given)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The recording, replayed where PyTorch cannot be imported."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("torch", "transformers", "peft"):
            patch.setitem(sys.modules, name, None)
        experiment = read_experiment(RECORDING / "config.toml", {"cassettes": RECORDING})
        return fbench.run(experiment, tmp_path_factory.mktemp("replayed") / "run")


def test_a_path_gives_a_model_its_last_part_for_a_name(tmp_path: Path) -> None:
    place = tmp_path / "models" / "Smol-135M.gguf"
    made = local(models=f"local:{place}")
    assert made.models == ("local:Smol-135M.gguf",)
    assert made.weights == {"Smol-135M.gguf": place}
    assert "models" not in str(made.fixed["models"]), "nothing that is compared or recorded has the path"
    assert str(tmp_path) not in recorded_config_text(made)


def test_the_name_at_a_hub_is_the_name() -> None:
    made = local(models=("local:owner/smol", "local:smol"))
    assert made.models == ("local:owner/smol", "local:smol")
    assert made.weights == {}


def test_a_folder_that_is_there_is_a_path_however_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("owner/smol").mkdir(parents=True)
    assert local(models="local:owner/smol").models == ("local:smol",)


def test_a_replay_looks_at_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("owner/smol").mkdir(parents=True)
    assert local(cassettes="tape").models == ("local:owner/smol",)


def test_paths_in_a_file_begin_at_its_folder(tmp_path: Path) -> None:
    (tmp_path / "smol").mkdir()
    (tmp_path / "e.toml").write_text(
        'models = ["local:smol", "local:mine", "local:../other"]\n[weights]\nmine = "deep/down"\n'
    )
    made = read_experiment(tmp_path / "e.toml", {})
    assert made.models == ("local:smol", "local:mine", "local:other")
    assert {name: place.resolve() for name, place in made.weights.items()} == {
        "smol": tmp_path / "smol",
        "mine": tmp_path / "deep" / "down",
        "other": tmp_path.parent / "other",
    }


def test_the_configuration_of_a_run_gives_the_same_experiment_again(tmp_path: Path) -> None:
    made = local(models=f"local:{tmp_path}/smol", local={"rank": 4, "rate": 1})
    (tmp_path / "config.toml").write_text(run_config_text(made))
    again = read_experiment(tmp_path / "config.toml", {})
    assert again == made
    assert again.local == Options(rank=4, rate=1)
    assert "upstream" not in run_config_text(made), "no fakes are asked"


def test_what_was_written_before_open_weights_has_nothing_of_them() -> None:
    text = run_config_text(Experiment())
    assert "[local]" not in text
    assert "[weights]" not in text
    assert "local" not in Experiment().fixed


def test_settings_are_part_of_what_may_not_change_and_places_are_not(tmp_path: Path) -> None:
    first = local(models=f"local:{tmp_path}/smol")
    moved = local(models=f"local:{tmp_path}/elsewhere/smol")
    assert first.fixed == moved.fixed
    assert first.fixed != first.model_copy(update={"local": {"rank": 2}}).fixed


def test_another_model_brings_its_place_with_it(tmp_path: Path) -> None:
    made = local().model_copy(update={"models": (f"local:{tmp_path}/other",)})
    assert (made.models, made.weights) == (("local:other",), {"other": tmp_path / "other"})


def test_a_provider_of_that_name_that_is_defined_goes_first() -> None:
    made = local(
        models="local:./smol",
        providers={"local": {"base_url": "http://127.0.0.1:1/v1"}},
        upstream="live",
        judge="local:smol",
    )
    assert not made.uses_weights
    assert made.models == ("local:./smol",)
    assert made.profile_of("local:smol")[0].base_url == "http://127.0.0.1:1/v1"
    assert price_in(made, "local:./smol") is None, "it may cost something"


def test_nothing_is_paid_and_no_key_is_needed() -> None:
    made = local()
    assert made.profile_of(made.models[0]) == (OPEN_WEIGHTS, "owner/smol")
    plan = fbench.plan(made)
    assert plan.upstream == "weights"
    assert plan.total.costs.train_usd == plan.total.costs.answer_usd == plan.total.high.answer_usd == 0
    assert not plan.total.costs.unpriced
    said = fbench.report(plan)
    assert said.startswith("fbench: local open weights\n")
    assert "nothing is paid" in said
    assert "FAKE" not in said


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"models": ("local:a/b", "openai:gpt-4o")}, "models", "local:a/b is tuned on this machine, and"),
        ({"upstream": "live"}, "upstream", "whatever the upstream: leave upstream out"),
        ({"learner": "tiny"}, "learner", "is a model itself: leave out one of the two"),
        ({"judge": "openai:gpt-4o"}, "judge", "asks no service, and so no judge"),
        ({"models": ("local:/a/smol", "local:/b/smol")}, "models", "are both called smol: give each a name"),
        ({"models": ("local:/a/s m",)}, "models", "'/a/s m' gives the model no name of letters"),
        ({"evaluate": ("local:/a/s m",), "models": None}, "evaluate", "gives the model no name of letters"),
        ({"local": {"rank": 0}}, "local", "rank is 0. Give 1 or more"),
        ({"local": {"ranks": 1}}, "local", "there is no setting 'ranks'. The settings are method"),
        ({"local": {"rank": "8"}}, "local", "rank is '8'. Give a value such as 16"),
        ({"weights": {"smol": 3}}, "weights", "says 3 of smol: give the path of a folder"),
        ({"models": ("openai:gpt-4o",), "local": {"rank": 2}}, "local", "no model is local:NAME"),
    ],
)
def test_what_does_not_go_with_open_weights_is_refused(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)) as refused:
        local(**given)
    assert f"field {field!r}" in str(refused.value)


def test_a_recording_of_open_weights_replays_without_pytorch(replayed: Results) -> None:
    assert replayed.experiment.upstream == "weights"
    assert replayed.experiment.models == ("local:small",)
    assert [each.state for each in replayed.trainings] == ["succeeded"]
    assert {row.epochs for row in replayed.rows} == {0, 2}
    assert sum(row.n for row in replayed.rows) == replayed.asked > 0


def test_results_tell_the_weights_and_how_they_were_tuned(replayed: Results) -> None:
    provenance: dict[str, Any] = read_index(RECORDING).provenance
    (weights,) = replayed.experiment.weights
    assert weights.model_dump() == provenance["weights"][0]
    assert (weights.name, weights.format, weights.dtype) == ("small", "safetensors", "float32")
    assert re.fullmatch("[0-9a-f]{64}", weights.sha256)
    assert (replayed.experiment.local["rate"], replayed.experiment.local["rank"]) == (0.005, 16)
    assert Results.model_validate_json(replayed.to_json()) == replayed


def test_nothing_in_a_recording_is_a_place_of_its_machine() -> None:
    texts = [path.read_text(encoding="utf-8") for path in RECORDING.rglob("*") if path.is_file()]
    assert not any(re.search(r"/(tmp|home|root|work)/", text) for text in texts)


@pytest.mark.parametrize("reporter", ["screen", "full", "markdown", "markdown-full", "latex"])
def test_every_report_says_which_weights_answered(replayed: Results, reporter: str) -> None:
    digest = replayed.experiment.weights[0].sha256[:12]
    said = " ".join(find_reporter(reporter)(replayed).replace("\\allowbreak", "").split())
    assert re.search("local open weights", said, re.IGNORECASE)
    assert digest in said
    assert "FAKE" not in said


def test_weights_from_gguf_are_told_as_dequantised(replayed: Results) -> None:
    (weights,) = replayed.experiment.weights
    gguf = weights.model_copy(update={"format": "GGUF"})
    experiment = replayed.experiment.model_copy(update={"weights": (gguf,)})
    results = replayed.model_copy(update={"experiment": experiment})
    assert "dequantised from GGUF" in " ".join(fbench.report(results).split())
    assert "(dequantised GGUF, sha256 " in fbench.report(results, full=True)


def test_older_results_have_no_weights(replayed: Results) -> None:
    plain = replayed.experiment.model_copy(update={"weights": (), "local": {}})
    told = plain.model_dump(mode="json")
    assert "weights" not in told
    assert "local" not in told


def test_the_digest_of_one_file_is_what_sha256sum_says_and_of_several_that_of_its_lines(
    tmp_path: Path,
) -> None:
    def told(place: Path) -> Identity:
        return Identity.of("m", place, dtype="float32", device="cpu")

    (tmp_path / "model.safetensors").write_bytes(b"abc")
    (tmp_path / "config.json").write_text("{}")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (told(tmp_path).sha256, told(tmp_path).format) == (abc, "safetensors")
    before = told(tmp_path)
    (tmp_path / "config.json").write_text("{ }")
    assert told(tmp_path).sha256 == before.sha256
    assert told(tmp_path).lasting != before.lasting, "the tokenizer and the template count"
    (tmp_path / "model.safetensors").rename(tmp_path / "model-1-of-2.safetensors")
    (tmp_path / "model-2-of-2.safetensors").write_bytes(b"abc")
    lines = f"{abc}  model-1-of-2.safetensors\n{abc}  model-2-of-2.safetensors\n"

    assert told(tmp_path).sha256 == hashlib.sha256(lines.encode()).hexdigest()
    (tmp_path / "m.gguf").write_bytes(b"abc")
    assert (told(tmp_path / "m.gguf").sha256, told(tmp_path / "m.gguf").format) == (abc, "GGUF")
