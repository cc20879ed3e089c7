"""Where tables go: the terminal as it is, and 100 columns of plain text elsewhere."""

from __future__ import annotations

import sys

from rich.console import Console

__all__ = ["COLUMNS", "console"]

COLUMNS = 100
"""The width of a table in a file or a pipe."""


def console(*, err: bool = False) -> Console:
    """A console on stdout, or on stderr; codes for colour only where it is a terminal."""
    stream = sys.stderr if err else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else COLUMNS, highlight=False)
