"""Experiments that ask finished models: the models of one, and the fields that mean nothing there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from fbench.errors import OfField
from fbench.runner.cells import Condition
from fbench.runner.experiment_parts import TrainingFields
from fbench.values import problem_of, several

__all__ = ["WRITTEN", "evaluated", "refuse_idle", "with_evaluated"]

WRITTEN = frozenset({"data_seed", "all_news", "share_checkpoints", "labels"})
"""A configuration that has all of these is one that fbench wrote, or a copy: fbench writes all fields, and a
user those that are needed.
"""

_OF_TRAININGS = ("epochs", "seeds", "share_checkpoints", *TrainingFields.model_fields)


def evaluated(evaluate: Collection[str], base: str | None) -> tuple[str, ...]:
    """The models of an experiment that evaluates these, and compares them with their base."""
    return tuple(dict.fromkeys((*evaluate, *([base] if base is not None else []))))


def with_evaluated(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an experiment; its models are those that it evaluates, and their base, if it names none.

    What cannot be the name of a model is left where it is, to be refused there.
    """
    if given.get("models") is not None:
        return dict(given)
    try:
        models = several(given.get("evaluate"))
    except ValueError:
        return dict(given)
    if not isinstance(models, tuple) or not models:
        return dict(given)
    base: object = given.get("base")
    named = (*cast("tuple[object, ...]", models), *([base] if base is not None else []))
    if any(not isinstance(each, str) or problem_of(each) for each in named):
        return dict(given)
    return {**given, "models": tuple(dict.fromkeys(named))}


def refuse_idle(
    given: Collection[str],
    *,
    evaluate: Collection[str],
    base: str | None,
    conditions: Collection[Condition],
    samples: int,
) -> None:
    """Check that the fields that were given mean something, where no model is trained or no base is asked.

    What fbench wrote holds every field, so nothing there is taken for a wish.

    Raises:
        OfField: one does not.
    """
    if WRITTEN.issubset(given):
        return
    if evaluate and (idle := next((name for name in _OF_TRAININGS if name in given), None)):
        raise OfField(
            idle, "says how models are trained, and evaluate asks finished ones: leave out one of the two"
        )
    if not samples or "samples" not in given:
        return
    drawn = "draws more answers of the base model, and none is asked"
    if Condition.BASE not in conditions:
        raise OfField("samples", f"{drawn}: add base to the conditions, or leave the samples out")
    if evaluate and base is None:
        raise OfField("samples", f"{drawn}: name the base of the finished models, or leave the samples out")
