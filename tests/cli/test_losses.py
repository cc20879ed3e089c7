"""The losses that services tell of checkpoints: what is read of them, and that a replay has the same."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fbench.providers.model import EpochLoss
from fbench.providers.openai_losses import loss_of
from fbench.runner.store import Store
from tests.cli.cli_user import MODEL, Fbench

NAN = float("nan")


def checkpoint(step: object = 20, **metrics: object) -> Any:
    return cast("Any", SimpleNamespace(step_number=step, metrics=SimpleNamespace(**metrics)))


def test_a_loss_is_that_of_the_training_and_of_examples_for_validation() -> None:
    assert loss_of(checkpoint(train_loss=0.5), 2) == [EpochLoss(2, 20, 0.5, None)]
    found = loss_of(checkpoint(train_loss=0.5, valid_loss=0.75, full_valid_loss=0.625), 2)
    assert found == [EpochLoss(2, 20, 0.5, 0.625)], "the loss of all examples comes before that of some"
    assert loss_of(checkpoint(train_loss=1, valid_loss=0.75), 2) == [EpochLoss(2, 20, 1.0, 0.75)]


@pytest.mark.parametrize("loss", [None, "0.5", NAN, float("inf"), True, [0.5]])
def test_what_is_no_loss_is_none(loss: object) -> None:
    assert loss_of(checkpoint(train_loss=loss), 2) == []
    assert loss_of(checkpoint(train_loss=0.5, valid_loss=loss), 2) == [EpochLoss(2, 20, 0.5)]


def test_a_service_may_tell_no_metrics_or_no_step() -> None:
    assert loss_of(cast("Any", SimpleNamespace(step_number=20, metrics=None)), 2) == []
    assert loss_of(checkpoint(None, train_loss=0.5), 2) == []


def test_losses_are_kept_recorded_and_replayed_without_another_request(fbench: Fbench) -> None:
    asked = ("--model", MODEL, "--task", "news", "--limit", 1, "--epochs", 4, "--jobs", 1, "--quiet")
    assert fbench("run", *asked, "--cassettes", "c", "--record", "new", "--out", "r").code == 0
    assert fbench("run", "--cassettes", "c", "--jobs", 1, "--quiet", "--out", "replayed").code == 0
    found: list[tuple[EpochLoss, ...]] = []
    for run in ("r", "replayed"):
        with Store(Path(run) / "run.sqlite", read_only=True) as store:
            (row,) = store.trainings().values()
            found.append(row.losses)
    assert found[0] == found[1]
    assert [loss.epoch for loss in found[0]] == [2, 3, 4], "those of the checkpoints that OpenAI keeps"
    assert all(loss.train >= 0 for loss in found[0])
