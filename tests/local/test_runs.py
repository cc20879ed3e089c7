"""Runs of models of open weights: `fbench run --model local:PATH`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fbench
from fakes.learners import Hyper, Run
from fakes.learners.local.course import Tuning
from fakes.learners.local.learner import LocalLearner
from fbench.errors import Incomplete, UsageError
from fbench.pipeline import carry_out, prepare_new
from fbench.providers.model import Sampling
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from fbench.runner.stop import Stop
from fbench.weights import Options
from tests.local.conftest import TEMPLATE, made_in
from tests.local.recording import EXPERIMENT, record
from tests.stopping import StopsAfter


def asked(model: Path, **more: Any) -> Experiment:
    """A small run of a model; what it learns does not matter."""
    given: dict[str, Any] = {
        "tasks": ("news",),
        "limit": 1,
        "roles": ("taught",),
        "epochs": (1,),
        "models": (f"local:{model}",),
        "local": Options(rate=0.005, threads=1),
        "sampling": Sampling(max_tokens=4),
    }
    return Experiment(**(given | more))


def without_date(results: fbench.Results) -> fbench.Results:
    experiment = results.experiment.model_copy(update={"recorded": None})
    return results.model_copy(update={"experiment": experiment})


def test_a_recording_replays_what_was_run(tmp_path: Path) -> None:
    ran = record(tmp_path / "tape")
    assert [each.state for each in ran.trainings] == ["succeeded"]
    assert ran.experiment.weights[0].name == "small"
    replay = EXPERIMENT.model_copy(update={"cassettes": tmp_path / "tape"})
    replayed = fbench.run(replay, tmp_path / "again")
    assert replayed.experiment.recorded
    assert without_date(replayed) == ran


def test_equal_runs_are_equal_and_the_model_is_trained(model: Path, tmp_path: Path) -> None:
    settings = Options(rate=0.005, threads=1, answers_at_once=1)
    experiment = asked(model, epochs=(20,), limit=3, sampling=Sampling(max_tokens=40), local=settings)
    first, again = (fbench.run(experiment, tmp_path / name) for name in ("first", "again"))
    assert first == again
    (taught,) = (row for row in first.rows if row.split == "memorization" and row.epochs == 20)
    assert taught.accuracy == 1, "it was really trained"
    assert all(row.accuracy == 0 for row in first.rows if not row.epochs)


def test_models_are_told_apart_by_their_names(model: Path, tmp_path: Path) -> None:
    other = made_in(tmp_path / "other", template=TEMPLATE.replace("<|system|>", ""))
    experiment = asked(model, models=(f"local:{model}", f"local:{other}"))
    results = fbench.run(experiment, tmp_path / "run")
    names = (f"local:{model.name}", "local:other")
    assert results.experiment.models == names
    assert [f"local:{each.name}" for each in results.experiment.weights] == list(names)
    assert {each.model: each.state for each in results.trainings} == dict.fromkeys(names, "succeeded")


def test_a_job_is_asked_for_the_rank_the_rate_and_the_batch_size(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int | None, float, int]] = []
    train = LocalLearner.train

    def spied(self: LocalLearner, base: Any, examples: Any, hyper: Hyper, *more: Any, **how: Any) -> Run:
        seen.append((hyper.rank, hyper.rate, hyper.batch_size))
        return train(self, base, examples, hyper, *more, **how)

    monkeypatch.setattr(LocalLearner, "train", spied)
    experiment = asked(model, lora_ranks=(2, 3), learning_rate_multipliers=(0.5,), batch_sizes=(5,))
    fbench.run(experiment, tmp_path / "run")
    assert sorted(seen) == [(2, 0.5, 5), (3, 0.5, 5)]


def test_a_run_does_not_go_on_with_other_weights(tmp_path: Path) -> None:
    place = made_in(tmp_path / "small")
    prepared = prepare_new(asked(place), budget_usd=None)
    run = tmp_path / "run"
    make_folder(run, prepared.experiment)
    with pytest.raises(Incomplete):
        carry_out(prepared, run, command=(), concurrency=1, jobs=1, budget_usd=None, stop=StopsAfter(3))
    weights = place / "model.safetensors"
    kept = weights.read_bytes()
    weights.write_bytes(kept[:-4] + b"\0\0\0\0")
    with pytest.raises(UsageError, match=r"the run began with other weights of small \(sha256 \w{64}, now"):
        fbench.resume(run)
    weights.write_bytes(kept)
    assert fbench.resume(run).trainings[0].state == "succeeded"


class _StopsOnceTrained(fbench.Progress):
    """Requests a stop when a model was trained, before it is asked."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def trained(self, training: str, state: str, error: str = "") -> None:
        del training, error
        if state == "succeeded":
            self._stop.request()


def test_what_was_trained_is_not_trained_again(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare_new(asked(model, conditions=("tuned",)), budget_usd=None)
    run, stop = tmp_path / "run", Stop()
    make_folder(run, prepared.experiment)
    working: dict[str, Any] = {"concurrency": 1, "jobs": 1, "budget_usd": None}
    with pytest.raises(Incomplete):
        carry_out(prepared, run, command=(), stop=stop, progress=_StopsOnceTrained(stop), **working)
    assert list((run / "models").glob("*/epoch-0001/adapter_model.safetensors"))

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("it was trained already")

    monkeypatch.setattr(Tuning, "run", refuse)
    assert sum(row.n for row in fbench.resume(run).rows) > 0
    assert not (run / "models").exists(), "a run that has ended needs them no more"


def test_a_complete_run_needs_its_weights_no_more(tmp_path: Path) -> None:
    place = made_in(tmp_path / "small")
    ran = fbench.run(asked(place), tmp_path / "run")
    place.rename(tmp_path / "gone")
    assert fbench.resume(tmp_path / "run") == ran


def test_a_model_without_a_template_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    place = made_in(tmp_path / "plain", template=None)
    with pytest.raises(UsageError, match="the model has no chat template"):
        fbench.run(asked(place), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_libraries_draw_nothing(model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "quiet"
    place.symlink_to(model)
    fbench.run(asked(place), tmp_path / "run")
    assert capfd.readouterr() == ("", "")
