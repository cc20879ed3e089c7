"""Start-up, against a click program that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench.measure import Figure, paired

__all__ = ["figures"]

BARE = "import click\n@click.group()\ndef cli():\n    'Nothing.'\ncli(['--help'])"


def figures() -> list[Figure]:
    """The start-up of some commands as ratios to the bare program's."""
    return [_figure(1.5, "--help"), _figure(4, "run", "--help"), _figure(4, "doctor")]


def _figure(most: float, *arguments: str) -> Figure:
    def seconds(*command: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        return time.perf_counter() - start

    ratio, _, floor = paired(lambda: seconds("-c", BARE), lambda: seconds("-m", "fbench", *arguments))
    detail = f"a bare click program takes {floor * 1000:.0f} ms"
    return Figure(f"start-up: fbench {' '.join(arguments)}", ratio, "x", most, detail)
