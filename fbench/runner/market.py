"""What a new run finds at the services on its day: models that are open, at known prices."""

from __future__ import annotations

from datetime import date

from fbench import known_models
from fbench.errors import UsageError
from fbench.known_models import closed_models, open_models
from fbench.runner.experiment import Experiment
from fbench.runner.prepared import PreparedRun, asked_of_vendors
from fbench.runner.prices import require_prices

__all__ = ["check_market"]


def check_market(prepared: PreparedRun, *, budget_usd: float | None) -> None:
    """Check, before anything is bought, that a new run's models can be had today and have a known price.

    Raises:
        UsageError: a live run names a model that has ended, or there is a budget and no price of a model.
    """
    _check_open(prepared.experiment, known_models.today())
    if budget_usd is not None:
        require_prices(prepared.experiment)


def _check_open(experiment: Experiment, today: date) -> None:
    """Check that services still have the models of a new live run, by the table and on that day.

    A server on this machine is asked whatever the date, and so are recordings.

    Raises:
        UsageError: one has ended; says when, where that stands, and which are open.
    """
    folder = experiment.cassettes
    if not experiment.is_live or (folder is not None and experiment.record != "all" and folder.exists()):
        return
    models, judge = asked_of_vendors(experiment)
    if not (problems := closed_models(models, judge, today, tuned=not experiment.evaluate)):
        return
    providers = {problem.partition(":")[0] for problem in problems}
    known = open_models(today)
    there = [str(each) for each in known if each.model.partition(":")[0] in providers]
    named = ", ".join(there or map(str, known)) or "none is known"
    raise UsageError(
        f"{'; '.join(problems)}: a live run cannot use that. Open on {today}: {named}. Name one of these, or "
        f"run against the fakes, which stand at {experiment.world_date}, with --upstream fake."
    )
