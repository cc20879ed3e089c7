"""The run of a job that trains nothing: one model, the same after every epoch."""

from __future__ import annotations

from collections.abc import Sequence

from fakes.learners.protocol import Checkpoint, Example, Hyper, Model, Run, Step

__all__ = ["run_of"]


def run_of(model: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example]) -> Run:
    """A run with one step per epoch and a loss of 0; accuracies are the model's shares of correct answers.

    Raises:
        ValueError: there are no examples.
    """
    if not examples:
        raise ValueError("There is nothing to train on. Give at least one example.")
    loss, right = 0.0, _share_right(model, examples)
    valid = (loss, _share_right(model, validation)) if validation else (None, None)
    epochs = range(1, hyper.epochs + 1)
    return Run(
        tuple(Step(epoch, epoch, loss, right) for epoch in epochs),
        tuple(Checkpoint(epoch, epoch, model, loss, right, *valid) for epoch in epochs),
    )


def _share_right(model: Model, examples: Sequence[Example]) -> float:
    hits = [model.answer(each.prompt, system=each.system).text == each.answer for each in examples]
    return round(sum(hits) / len(hits), 6)
