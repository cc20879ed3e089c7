"""Which models are open, and until when: the fakes' table of the vendors' models, in fbench's terms.

A model is written `provider:name`. Only live runs are held to today's date, which is handed in: fakes stand
at a date of the experiment, and recordings never expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fakes.model_table import DEFAULT_MODELS as _DEFAULTS
from fakes.model_table import PRICES_AS_OF, TABLE, Rates, TableRow, Thinking, row_of

__all__ = [
    "DEFAULT_MODELS",
    "PRICES_AS_OF",
    "OpenModel",
    "closed_models",
    "endings",
    "may_think",
    "model_names",
    "open_models",
    "rates_of",
    "thinking_of",
    "today",
]

DEFAULT_MODELS = tuple(f"{service}:{name}" for service, name in _DEFAULTS)
"""The models of an experiment that names none. They are open at the date at which fakes stand by default, so
that such a run is the same on every day; not all are open at the services, and a live run says which.
"""


def today() -> date:
    """The real date in UTC. What is asked of live services depends on it, and nothing that is written."""
    return datetime.now(UTC).date()


_DAYS_A_JOB = 1
"""How long a job takes at most, for warnings: a service queues jobs, and trains them within hours."""


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model that can be tuned, the last day for new jobs, and the last day on which it answers.

    A day is None where no end was announced; `promised` is a day until which there is none of new jobs.
    """

    model: str
    jobs_until: date | None
    answers_until: date | None
    promised: date | None
    source: str
    as_of: date

    def __str__(self) -> str:
        if self.jobs_until is not None:
            last = self.answers_until
            ends = f", answers until {last}" if last is not None and last != self.jobs_until else ""
            return f"{self.model} (new jobs until {self.jobs_until}{ends})"
        ends = f", answers until {self.answers_until}" if self.answers_until else ""
        return (
            f"{self.model} (new jobs until {self.promised} at least{ends})" if self.promised else self.model
        )


def _row(model: str) -> TableRow | None:
    provider, _, name = model.partition(":")
    return row_of(provider, name)


def rates_of(model: str) -> Rates | None:
    """The list prices of a model; None if they are not known."""
    row = _row(model)
    return row and row.rates


def thinking_of(model: str) -> tuple[bool, Thinking | None]:
    """Whether a model is in the table, and how it thinks; None for one that does not, or is not there."""
    row = _row(model)
    return row is not None, row and row.thinking


def model_names() -> tuple[str, ...]:
    """All models of the table, written `provider:name`."""
    return tuple(f"{row.service}:{row.name}" for row in TABLE)


def may_think(model: str) -> bool:
    """Whether a model may think beside its answer, as far as the table tells."""
    known, thinking = thinking_of(model)
    return not known or thinking is not None


def open_models(today: date, provider: str | None = None) -> tuple[OpenModel, ...]:
    """The models that can be tuned on a day, of one provider or of all."""
    return tuple(
        OpenModel(
            f"{row.service}:{row.name}",
            row.jobs_until,
            None if row.shutdown is None else row.shutdown - timedelta(days=1),
            row.open_at_least,
            row.source,
            row.as_of,
        )
        for row in TABLE
        if row.takes_jobs_on(today) and provider in (None, row.service)
    )


def closed_models(models: Iterable[str], judge: str | None, today: date, *, tuned: bool = True) -> list[str]:
    """Why models cannot be tuned on that day, or a judge cannot be asked: a sentence each, with the source.

    Empty if all can, as far as the table knows. Where models are not `tuned`, they are only asked.
    """
    problems: list[str] = []
    for model, is_tuned in _uses(models, judge, tuned=tuned):
        row = _row(model)
        if row is None or (row.takes_jobs_on(today) if is_tuned else row.answers_on(today)):
            continue
        if row.shutdown is not None and not row.answers_on(today):
            ended = f"ended on {row.shutdown}"
        elif row.tunable:
            ended = f"takes no new tuning jobs since {row.tunable_until}"
        else:
            ended = "cannot be tuned"
        problems.append(f"{model} {ended} ({row.source}, as of {row.as_of})")
    return problems


def endings(trainings: Mapping[str, int], judge: str | None, today: date, *, tuned: bool = True) -> list[str]:
    """What a run that begins on that day should know of its models, a sentence each.

    Args:
        trainings: the number of trainings of each model. Each is taken to last a day at most, one after
            another, and then the answers another day.
        judge: the model that judges, at the end.
        today: the day on which the run begins.
        tuned: whether the models are tuned, or only asked.
    """
    closed = closed_models(trainings, judge, today, tuned=tuned)
    told = [f"{problem}: a live run of it is refused." for problem in closed]
    longest = max(trainings.values(), default=0)
    for model, is_tuned in _uses(trainings, judge, tuned=tuned):
        row = _row(model)
        if row is None or any(problem.startswith(f"{model} ") for problem in closed):
            continue
        jobs = trainings[model] if is_tuned else longest
        last_job = today + timedelta(days=max(0, jobs - 1) * _DAYS_A_JOB)
        end = today + timedelta(days=jobs * _DAYS_A_JOB + 1)
        source = f"{row.source}, as of {row.as_of}"
        if is_tuned and row.jobs_until is not None and last_job > row.jobs_until:
            told.append(
                f"{model} takes new jobs until {row.jobs_until} ({source}), and the last of its {jobs} may "
                f"begin as late as {last_job}, at a day a job: begin soon, or with fewer trainings."
            )
        elif row.shutdown is not None and end >= row.shutdown:
            told.append(
                f"{model} ends on {row.shutdown} ({source}), and this run may last until {end}, at a day a "
                "job: what is not asked by then cannot be asked any more."
            )
        elif row.open_at_least is not None and end > row.open_at_least:
            told.append(
                f"{model} is promised only until {row.open_at_least} ({source}), and this run may last until "
                f"{end}, at a day a job: see there whether it goes on."
            )
    return told


def _uses(models: Iterable[str], judge: str | None, *, tuned: bool) -> list[tuple[str, bool]]:
    """Each model with whether it is tuned; a judge that is among them is named once."""
    uses = [(model, tuned) for model in models]
    named = {model for model, _ in uses}
    return uses if judge is None or judge in named else [*uses, (judge, False)]
