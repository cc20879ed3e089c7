"""Output: at the terminal's width on a terminal, and plain text of a fixed width elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["COLUMNS", "console", "print_screen", "screen_width"]

COLUMNS = 100
"""The width of a table in a file or a pipe."""

_SCREEN, _WIDEST = 80, 120
"""The width of the first screen: in a file or a pipe, and the maximum on a terminal."""


def console(*, err: bool = False) -> Console:
    """A console on stdout, or on stderr; it writes colour codes only to a terminal."""
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import

    stream = sys.stderr if err else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else COLUMNS, highlight=False)


def screen_width() -> int:
    """The columns of the first screen."""
    if not sys.stdout.isatty():
        return _SCREEN
    return min(_WIDEST, max(_SCREEN, get_terminal_size().columns))


def print_screen(lines: Iterable[str]) -> None:
    """Print lines to stdout, the first in bold on a terminal."""
    first, *others = lines
    click.echo(click.style(first, bold=True))
    click.echo("\n".join(others))
