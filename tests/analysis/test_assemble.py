"""Every part of a run's results comes from its experiment, its dataset or its store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fbench.analysis.assemble import results_of
from fbench.datasets.model import ROLES
from fbench.grading.graders import GRADER_VERSION
from fbench.runner.store import TrainingRow

MINI = "openai:gpt-4o-mini-2024-07-18"
Made = Callable[..., Any]


def test_the_experiment_and_the_dataset_stand_as_they_were_asked(make_run: Made, facts: Made) -> None:
    sampling = {"temperature": 0.5, "max_tokens": 77, "seed": 5}
    run = make_run(
        [*facts(3, "code", task="coding"), *facts(2)],
        name="mine",
        epochs=(2, 1),
        seeds=(4, 3),
        share_checkpoints=True,
        sampling=sampling,
        grader="exact",
        limit=2,
    )
    results = run.results()
    dataset = run.ready.dataset

    assert results.experiment.model_dump() == {
        "name": "fbench",
        "models": (MINI,),
        "tasks": ("news", "coding"),
        "epochs": (2, 1),
        "seeds": (4, 3),
        "limit": 2,
        "share_checkpoints": True,
        "temperature": 0.5,
        "max_tokens": 77,
        "answer_seed": 5,
        "grader": "exact",
        "grader_version": GRADER_VERSION,
        "upstream": "fake",
        "recorded": None,
        "roles": tuple(ROLES),
        "conditions": ("base", "tuned"),
        "evaluate": (),
        "base": None,
        "system": "",
        "templates": (),
    }
    assert results.dataset.model_dump() == {
        "name": "facts",
        "source": "facts.jsonl",
        "labels": "",
        "digest": dataset.digest,
        "facts": {"coding": 2, "news": 2},
        "questions": {"coding": 4, "news": 2},
    }
    assert list(results.dataset.facts) == list(results.dataset.questions) == ["coding", "news"]
    assert (results.judge, results.agreement) == (None, ())


def test_the_day_of_a_recording_is_told(make_run: Made, facts: Made) -> None:
    run = make_run(facts(1))
    replayed = replace(run.ready, recorded={"recorded": "2026-01-02", "upstream": "live"})
    experiment = results_of(replayed, run.store).experiment
    assert (experiment.recorded, experiment.upstream) == ("2026-01-02", "live")


def test_trainings_are_told_as_they_were_left(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2), epochs=(1, 2, 3))
    run.store.save_training(TrainingRow(f"{MINI}/news/e1/s0", "succeeded", "job", {1: "ft:x"}, 99))
    run.store.save_training(TrainingRow(f"{MINI}/news/e2/s0", "failed", "job", error="It is too hot."))
    told = run.results().trainings

    assert [(t.epochs, t.state, t.tokens, t.error) for t in told] == [
        (1, "succeeded", 99, None),
        (2, "failed", None, "It is too hot."),
        (3, "none", None, None),
    ]
    assert {(t.model, t.task, t.seed, t.examples) for t in told} == {(MINI, "news", 0, 10)}


def test_rows_learning_metrics_and_spreads_are_of_the_layer_that_counts(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2), seeds=(0, 1))
    for seed, letters in enumerate(("RR", "RW")):
        run.say(f"{MINI}/news/e1/s{seed}", "memorization", letters, texts=["Answer 0", "Answer 0"])
    results = run.results()

    assert [row.accuracy for row in results.rows] == [1.0, 0.5]
    assert [row.borrowed for row in results.beyond] == [None, 1.0]
    assert [(spread.seeds, spread.mean) for spread in results.spreads] == [(2, 0.75)]
