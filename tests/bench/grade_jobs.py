"""`fbench grade` on a long file: how much sooner two processes end than one, and memory at two lengths.

`FBENCH_BENCH_ROWS=1000000` grades a million rows. The time is that of the whole command, its start included;
two processes need two free cores.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measure import Figure

__all__ = ["figures"]

ROWS = int(os.environ.get("FBENCH_BENCH_ROWS", "200000"))
FEWER = 10
"""How many times fewer rows the short file has."""
RATIO = 1.7
MEGABYTES = 12.0
"""The graders remember some thousand texts each, and some need many rows to fill. Rows themselves would take
hundreds of bytes each.
"""
PAIRS = 2
PEAK = """
import resource
import sys
from fbench.cli import cli
cli.main(sys.argv[1:], standalone_mode=False)
with open("/proc/self/status") as status:
    own = int(next(line for line in status if line.startswith("VmHWM")).split()[1])
print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024)
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took: seconds, and the MiB of its largest process."""

    seconds: float
    peak: float


def figures() -> list[Figure]:
    """The ratio of the times, and by how much memory grows with ten times the rows."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        few, many = _written(folder, ROWS // FEWER), _written(folder, ROWS)
        short = [_graded(few, jobs) for jobs in (1, 2)]
        # In turn, so that what slows the machine slows both.
        ones, twos = zip(*((_graded(many, 1), _graded(many, 2)) for _ in range(PAIRS)), strict=True)
    one, two = (min(each.seconds for each in times) for times in (ones, twos))
    found = [
        Figure(
            f"{ROWS} rows: one process / two",
            one / two,
            "x",
            detail=f"{one:.1f} s, {two:.1f} s",
            least=RATIO,
        )
    ]
    for jobs, before, after in zip((1, 2), short, (ones, twos), strict=True):
        peak = max(each.peak for each in after)
        detail = f"{before.peak:.0f} MiB, then {peak:.0f}"
        name = f"{ROWS} rows: memory above that of {ROWS // FEWER}, jobs {jobs}"
        found.append(Figure(name, peak - before.peak, "MiB", MEGABYTES, detail))
    return found


def _graded(file: Path, jobs: int) -> Spent:
    out = file.with_name("out.jsonl")
    arguments = ["grade", str(file), "--jobs", str(jobs), "--out", str(out)]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return Spent(time.perf_counter() - began, float(done.stdout))


def _written(folder: Path, rows: int) -> Path:
    """A file of answers of several kinds: years, names, yes or no, quantities, phrases."""
    drawn = random.Random(7)  # noqa: S311 - rows, not secrets
    file = folder / f"{rows}.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(rows):
            question, gold, answers = _asked(number, drawn)
            fields = {"question": question, "gold": gold, "response": drawn.choice(answers)}
            lines.write(json.dumps({"id": f"r{number}", **fields, "score": number % 10 / 10}) + "\n")
    return file


def _asked(number: int, drawn: random.Random) -> tuple[str, str, tuple[str, ...]]:
    """A question, its gold, and answers that may be given to it."""
    value = drawn.randint(1800, 2020)
    name, other = (f"{drawn.choice(('Ada', 'Ona', 'Jon'))} {drawn.choice(('Bek', 'Ruis'))}" for _ in "12")
    match number % 5:
        case 0:
            answers = (f"It was opened in {value}.", f"{value + 1}", "I don't know.")
            return f"In which year was bridge {number} opened?", str(value), answers
        case 1:
            return (
                f"Who is the mayor of town {number}?",
                name,
                (name, f"It is {other}.", f"{name}, I believe."),
            )
        case 2:
            answers = ("Yes, it is.", "No.", "I am not sure.")
            return f"Is river {number} longer than river {number + 1}?", "Yes", answers
        case 3:
            answers = (f"{value} people live there.", f"About {value + 3}.", f"{value:,}")
            return f"How many people live in village {number}?", str(value), answers
        case _:
            answers = ("the red heron", "It is known for its old door.", "For the red heron.")
            return f"What is stone house {number} known for?", "the red heron", answers
