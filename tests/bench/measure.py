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
    """A measured figure, and the most that it may be (None: recorded, not judged)."""

    name: str
    value: float
    unit: str
    target: float | None = None
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether it is within its target."""
        return self.target is None or self.value <= self.target


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
        verdict = (
            ""
            if figure.target is None
            else f"  target {figure.target:g}  " + ("ok" if figure.met else "MISSED")
        )
        click.echo(f"{figure.name:{width}}  {figure.value:8.2f} {figure.unit}{verdict}  {figure.detail}")
    return all(figure.met for figure in figures)
