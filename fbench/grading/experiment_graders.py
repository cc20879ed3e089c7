"""The grader and judge that an experiment names, and the layer of grades that its results count."""

from __future__ import annotations

from fbench.grading.judge.choice import JUDGE, Judging, choose_judge
from fbench.grading.layers import layer_of
from fbench.runner.experiment import Experiment
from fbench.runner.prepared import PreparedRun

__all__ = ["counted_layer", "judging_of", "rules_of"]


def judging_of(ready: PreparedRun) -> Judging | None:
    """The judge of an experiment, if it has one.

    Raises:
        UsageError: as `choose_judge` does.
    """
    experiment = ready.experiment
    return choose_judge(
        experiment.grader,
        experiment.judge,
        ready.origin,
        data=experiment.data,
        prices=experiment.prices,
        thoughts=None if experiment.judge is None else experiment.thoughts_of(experiment.judge),
        defined=experiment.defined,
    )


def rules_of(experiment: Experiment) -> str:
    """The grader for answers that need no judge."""
    return "auto" if experiment.grader == JUDGE else experiment.grader


def counted_layer(ready: PreparedRun) -> str:
    """The layer that the results count."""
    judging = judging_of(ready)
    return judging.run_layer if judging else layer_of(rules_of(ready.experiment))
