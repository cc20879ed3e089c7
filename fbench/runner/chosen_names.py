"""The names in an experiment of what plug-ins may bring: a grader, and a learner of fakes."""

from __future__ import annotations

from fbench.errors import UsageError
from fbench.runner.experiment import Experiment
from fbench.runner.wrong_field import WrongField
from fbench.upstream import check_fakes

__all__ = ["hold_to_names"]


def hold_to_names(experiment: Experiment) -> None:
    """Check that the grader and the learner that an experiment names exist.

    They are not checked with the other fields: an experiment can be made, and the report of a run read, where
    the plug-in of its learner is not installed.

    Raises:
        WrongField: one does not, or cannot be used.
    """
    from fbench.grading.graders import check_grader  # noqa: PLC0415 - slow to import

    try:
        check_grader(experiment.grader)
    except UsageError as error:
        raise WrongField(("grader",), str(error).rstrip(".")) from error
    if experiment.uses_fakes:
        try:
            check_fakes(experiment.learner)
        except UsageError as error:
            raise WrongField(("learner",), str(error).rstrip(".")) from error
