"""How numbers of results name the cell that they are of."""

from __future__ import annotations

from typing import Any

from fbench.runner.cells import Cell, Training

__all__ = ["of_cell", "of_training"]


def of_cell(cell: Cell) -> dict[str, Any]:
    """The fields of `OfCell`."""
    return {
        "model": cell.model,
        "task": cell.task,
        "epochs": cell.epochs,
        "seed": cell.seed,
        "cell": cell.id,
        "condition": cell.condition.value,
        "template": cell.template,
        **_design(cell),
    }


def of_training(training: Training) -> dict[str, Any]:
    """The fields of `OfCell` for a training."""
    return {
        "model": training.model,
        "task": training.task,
        "epochs": training.epochs,
        "seed": training.seed,
        "cell": training.id,
        "condition": "tuned",
        **_design(training),
    }


def _design(of: Cell | Training) -> dict[str, Any]:
    design = of.design
    return {
        "learning_rate_multiplier": design.learning_rate_multiplier,
        "batch_size": design.batch_size,
        "lora_rank": design.lora_rank,
        "wordings": design.wordings,
        "facts": design.facts,
        "general": design.general,
    }
