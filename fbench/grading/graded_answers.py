"""Options and results of grading existing answers, for the rows of a file and for a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from fbench.errors import FbenchError
from fbench.grading.files import AnswerRow
from fbench.grading.graders import Grade
from fbench.grading.judge.choice import JUDGE
from fbench.runner.experiment import Experiment

__all__ = ["GradedAnswers", "GradedPair", "GradedParts", "GradingOptions", "parts_of"]

R = TypeVar("R")

GradedPair = tuple[AnswerRow, Grade]
"""An answer and its grade."""


@dataclass(frozen=True, slots=True)
class GradingOptions:
    """How answers are graded.

    Attributes:
        grader: a rule's name, `auto`, or `judge`.
        judge: the model that judges, as `provider:name`; None for none.
        upstream: where the judge is called: `fake` or `live`; None for the run's own, or `fake` for a file.
        concurrency: maximum number of requests in flight.
        budget_usd: the most that the judge may spend, in dollars; None for no limit.
        config: whose providers and prices the judge of a file has; None for the built-in ones. A run has its
            own.
    """

    grader: str = "auto"
    judge: str | None = None
    upstream: str | None = None
    concurrency: int = 50
    budget_usd: float | None = None
    config: Experiment | None = None

    @property
    def rules(self) -> str:
        """The grader for answers that need no judge."""
        return "auto" if self.grader == JUDGE else self.grader


class GradedParts(Protocol):
    """Answers with their grades in parts, and in order."""

    def __call__(self, do: Callable[[Iterable[GradedPair]], R], /) -> Iterator[R]:
        """What a function makes of each part. It may be pickled and called in another process."""
        ...


def parts_of(rows: Iterable[GradedPair]) -> GradedParts:
    """Rows of this process, each a part by itself."""

    def parts(do: Callable[[Iterable[GradedPair]], R], /) -> Iterator[R]:
        return (do([row]) for row in rows)

    return parts


@dataclass(frozen=True, slots=True)
class GradedAnswers:
    """Answers with their grades.

    Attributes:
        parts: the answers with their grades; go over them once, since a file is read and graded meanwhile.
        columns: the names of all fields of a row in the output, its grade included.
        kept: gives the fields of a row in the output, without its grade.
        notes: sentences on what was read by a guess, or could not be checked.
        human: the column of a person's verdicts, if there is one.
        clusters: the name of what groups dependent rows, for people.
        judged: a sentence on the judge, if there was one.
        failure: the error that ended the judging early; the rows without a ruling are then ungraded.
    """

    parts: GradedParts
    columns: tuple[str, ...]
    kept: Callable[[AnswerRow], Mapping[str, object]]
    notes: tuple[str, ...] = ()
    human: str | None = None
    clusters: str = ""
    judged: str = ""
    failure: FbenchError | None = None

    @property
    def rows(self) -> Iterator[GradedPair]:
        """Each answer with its grade, as in `parts`."""
        return chain.from_iterable(self.parts(list))
