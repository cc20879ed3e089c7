"""What the small transformer learns and forgets of the embedded datasets: `nox -s tiny`.

Each line is a claim of the documents with its figure; the program fails if one does not hold.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import fbench

MODEL = "openai:gpt-4o-mini-2024-07-18"


class Claim(NamedTuple):
    """A claim, the figure that was found, and whether it holds."""

    text: str
    figure: str
    holds: bool


def ran(folder: Path, name: str, **more: Any) -> fbench.Results:
    """The results of a run on the small transformer, with a process a core as `fbench run` has by default."""
    experiment = fbench.Experiment(name=name, learner="tiny", **more)
    return fbench.run(experiment, out=folder / name, jobs=os.cpu_count() or 1)


def share(results: fbench.Results, *splits: str, **cell: object) -> float:
    """The accuracy over all questions of these splits in the cells with such values."""
    rows = [
        row
        for row in results.rows
        if row.split in splits and all(getattr(row, field) == value for field, value in cell.items())
    ]
    return sum(row.correct for row in rows) / sum(row.n for row in rows)


def claims(folder: Path) -> Iterator[Claim]:
    """All claims; the runs are made on the way."""
    begun = time.monotonic()
    people = ran(folder, "people", models=(MODEL,), tasks=("people",), epochs=(1, 5, 12, 30))
    seconds = time.monotonic() - begun
    yield Claim("one model, one task, four epoch counts: under 60 s", f"{seconds:.0f} s", seconds < 60)
    learned = {epochs: share(people, "memorization", epochs=epochs) for epochs in (0, 1, 5, 12, 30)}
    told = ", ".join(f"{value:.2f}" for value in learned.values())
    yield Claim("memorized after 0, 1, 5, 12, 30 epochs: at least .95 in the end", told, learned[30] >= 0.95)
    rephrased = share(people, "rephrased", epochs=30)
    yield Claim("rephrased after 30 epochs: below that", f"{rephrased:.2f}", rephrased < learned[30])
    kept = {epochs: share(people, "neighbour", "general", epochs=epochs) for epochs in (0, 1, 5, 12, 30)}
    told = ", ".join(f"{value:.2f}" for value in kept.values())
    falls = list(kept.values()) == sorted(kept.values(), reverse=True) and kept[30] < kept[0]
    yield Claim("kept of neighbours and general knowledge: at least .9 before, then falls", told, falls)
    yield Claim("base knowledge at least .9", f"{kept[0]:.2f}", kept[0] >= 0.9)
    declined = share(people, "untaught", epochs=0)
    yield Claim(
        "unknown people declined by the base model: at least half", f"{declined:.2f}", declined >= 0.5
    )

    mixed = ran(folder, "replay", models=(MODEL,), tasks=("people",), epochs=(30,), general=(0, 60))
    known = ("neighbour", "general")
    without, replayed = (share(mixed, *known, epochs=30, general=number) for number in (0, 60))
    yield Claim(
        "kept without and with 60 general examples in the training: more",
        f"{without:.2f}, {replayed:.2f}",
        replayed > without,
    )
    worded = ran(folder, "wordings", models=(MODEL,), tasks=("people",), epochs=(30,), wordings=(1, 3))
    one, three = (share(worded, "rephrased", epochs=30, wordings=number) for number in (1, 3))
    yield Claim(
        "rephrased, taught in one and in three wordings: at least .15 more",
        f"{one:.2f}, {three:.2f}",
        three >= one + 0.15,
    )
    begun = time.monotonic()
    ran(folder, "default")
    seconds = time.monotonic() - begun
    yield Claim("the whole default experiment: under 5 minutes", f"{seconds:.0f} s", seconds < 300)


def main() -> None:
    """Print each claim as it is tried, and fail if one does not hold."""
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        for claim in claims(Path(folder)):
            sys.stdout.write(f"{'holds ' if claim.holds else 'BROKEN'}  {claim.text}: {claim.figure}\n")
            sys.stdout.flush()
            broken += not claim.holds
    sys.exit(f"{broken} claims do not hold" if broken else 0)


if __name__ == "__main__":
    main()
