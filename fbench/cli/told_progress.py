"""What both displays of progress know of a run: what it does, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from fbench.cli.unit_states import UnitStates
from fbench.plurals import be, counted
from fbench.runner.progress import Progress

if TYPE_CHECKING:
    from fbench.providers.model import EpochLoss
    from fbench.runner.cells import Unit
    from fbench.runner.plan import Plan

__all__ = ["ToldProgress"]

_MOST_FAILURES = 10
"""So many reasons why trainings failed are told while the run goes on."""

_LEAST_WAIT = 5.0
"""A wait of fewer seconds is not told."""


class ToldProgress(Progress):
    """Counts what a run does, and tells of trainings that fail."""

    def __init__(self) -> None:
        self.total = self.done = self._trainings = 0
        self._states: dict[str, str] = {}
        self._batches: dict[tuple[str, int], int] = {}
        self._told: set[str] = set()
        self._failures = 0
        self._units: UnitStates | None = None
        self._waits: Callable[[], Mapping[str, float]] | None = None

    def begin(self, plan: Plan, answered: int) -> None:
        """As `Progress.begin`."""
        self.total, self.done = plan.asked, answered
        self._trainings = len(plan.trainings)
        self._units = UnitStates(plan)

    def kept(self, answered: Mapping[str, int]) -> None:
        """As `Progress.kept`."""
        if self._units is not None:
            self._units.kept(answered)

    def paced(self, waits: Callable[[], Mapping[str, float]]) -> None:
        """As `Progress.paced`."""
        self._waits = waits

    def trained(self, training: str, state: str, error: str = "") -> None:
        """As `Progress.trained`."""
        self._states[training] = state
        if self._units is not None:
            self._units.trained(training, state)
        if state == "failed" and error not in self._told:
            self._told.add(error)
            self._failures += 1
            if self._failures <= _MOST_FAILURES:
                click.echo(f"training {training} failed: {error}", err=True)
            elif self._failures == _MOST_FAILURES + 1:
                click.echo("more trainings failed, for other reasons: `fbench report` has them all", err=True)

    def learned(self, training: str, losses: Sequence[EpochLoss]) -> None:
        """As `Progress.learned`."""
        if self._units is not None:
            self._units.learned(training, losses)

    def retried(self, name: str) -> None:
        """As `Progress.retried`."""
        if self._units is not None:
            self._units.retried(name)

    def batched(self, cell: str, number: int, state: str, questions: int) -> None:
        """As `Progress.batched`."""
        open_now = self._batches
        was_open = open_now.pop((cell, number), None) is not None
        if state == "created":
            open_now[cell, number] = questions
        if self._units is not None:
            self._units.batched(cell, (state == "created") - was_open)

    def told(self, words: str) -> None:
        """As `Progress.told`."""
        if words not in self._told:
            self._told.add(words)
            click.echo(words, err=True)

    def answered(self, count: int) -> None:
        """As `Progress.answered`."""
        self.done += count

    def answered_in(self, cell: str, count: int) -> None:
        """As `Progress.answered_in`."""
        if self._units is not None:
            self._units.answered(cell, count)

    def finished(self, unit: Unit) -> None:
        """As `Progress.finished`."""
        if self._units is not None:
            self._units.finished(unit)

    @property
    def is_held(self) -> bool:
        """Whether the run waits for jobs or batches, so that nobody knows how long it takes."""
        if self._waits is None:
            return False
        return "created" in list(self._states.values()) or bool(self._batches)

    def waiting(self) -> dict[str, str]:
        """What the run waits for: in words that change with each look, by what they are about."""
        found: dict[str, str] = {}
        if self._waits is None:  # fakes and recordings keep nobody waiting
            return found
        states = list(self._states.values())
        if jobs := states.count("created"):
            ended = states.count("succeeded") + states.count("failed")
            said = f"{counted(jobs, 'job')} {be(jobs)} training, {ended} of {self._trainings} done"
            found[said] = said
        if count := len(self._batches):
            said = (
                f"{counted(count, 'batch', 'batches')} of {counted(sum(self._batches.values()), 'question')} "
                f"{be(count)} being answered, counted at the full price"
            )
            found[said] = said
        for model, seconds in self._waits().items():
            if seconds >= _LEAST_WAIT:
                found[model] = f"{model}: asked to wait {seconds:,.0f} s (rate limit)"
        return found
