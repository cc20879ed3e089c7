"""`python -m tests.bench [NAME...]`: runs the benchmarks, and fails where a figure is beyond its target."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench.measure import Figure, show

BENCHMARKS = (
    "startup",
    "calls",
    "doors",
    "memory",
    "server",
    "cassettes",
    "graders",
    "rate",
    "answers",
    "grade_jobs",
)


def main() -> None:
    """Runs the named benchmarks, or all."""
    figures: list[Figure] = []
    for name in sys.argv[1:] or BENCHMARKS:
        figures += import_module(f"tests.bench.{name}").figures()
    sys.exit(0 if show(figures) else 1)


main()
