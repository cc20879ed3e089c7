"""The loss that a service with OpenAI's wire format tells of a checkpoint.

It comes with the list of checkpoints, which is read anyway once a job has succeeded. So no further request is
made, and older recordings have it too. Losses of a job that is running are in its events alone, which nobody
reads.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from fbench.providers.model import EpochLoss

if TYPE_CHECKING:
    from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint

__all__ = ["loss_of"]


def loss_of(checkpoint: FineTuningJobCheckpoint, epoch: int) -> list[EpochLoss]:
    """The loss of a checkpoint, which is that of an epoch; none where the service does not tell it.

    The client checks no types, so a metric may be missing, or be something else than a number.
    """
    metrics: object = checkpoint.metrics
    train = _number(getattr(metrics, "train_loss", None))
    step = _number(checkpoint.step_number)
    if train is None or step is None:
        return []
    full, part = (_number(getattr(metrics, name, None)) for name in ("full_valid_loss", "valid_loss"))
    return [EpochLoss(epoch, int(step), train, part if full is None else full)]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)
