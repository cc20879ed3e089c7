"""Measuring two things in turn, so that what slows the machine slows both."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import click

__all__ = ["Figure", "paired", "show"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure, the most and the least that it may be (None: recorded, not judged)."""

    name: str
    value: float
    unit: str
    target: float | None = None
    detail: str = ""
    least: float | None = None

    @property
    def met(self) -> bool:
        """Whether it is within its targets."""
        too_much = self.target is not None and self.value > self.target
        return not too_much and (self.least is None or self.value >= self.least)

    @property
    def verdict(self) -> str:
        """The targets, and whether they are met; empty where there is none."""
        limits = [("at most", self.target), ("at least", self.least)]
        said = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
        return f"  {said}  {'ok' if self.met else 'MISSED'}" if said else ""


def paired(
    floor: Callable[[], float], ours: Callable[[], float], pairs: int = 15
) -> tuple[float, float, float]:
    """Medians over interleaved pairs: ours / floor, ours - floor, and the floor itself.

    Both callables return what a single call cost, in seconds. One pair before the counted ones warms up.
    """
    ratios: list[float] = []
    extras: list[float] = []
    floors: list[float] = []
    for number in range(pairs + 1):
        gc.collect()
        first, second = (floor(), ours()) if number % 2 else (ours(), floor())
        a, b = (first, second) if number % 2 else (second, first)
        if number:
            ratios.append(b / a)
            extras.append(b - a)
            floors.append(a)
    return statistics.median(ratios), statistics.median(extras), statistics.median(floors)


def show(figures: list[Figure]) -> bool:
    """Prints the figures; False where one is beyond its target."""
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        click.echo(
            f"{figure.name:{width}}  {figure.value:8.2f} {figure.unit}{figure.verdict}  {figure.detail}"
        )
    return all(figure.met for figure in figures)
