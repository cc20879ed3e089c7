"""`python -m tests.rate [LIMIT...]`: how well the pacer uses limits, case by case, in simulated time."""

from __future__ import annotations

import sys

import click

from tests.rate.grid import cases, shown
from tests.rate.simulation import simulate

limits = tuple(int(limit) for limit in sys.argv[1:]) or (60, 600, 6000)
lines = [shown(case, simulate(case)) for case in cases(limits)]
click.echo("\n".join(lines))
missed = sum("MISSED" in line for line in lines)
click.echo(f"{len(lines)} cases, {missed} missed. Warm-up: 3 minutes; then 10 minutes are measured.")
sys.exit(1 if missed else 0)
