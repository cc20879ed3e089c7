"""Output: at the terminal's width on a terminal, and plain text of a fixed width elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from fbench.errors import UsageError
from fbench.files import write_file
from fbench.terminal import raw_of, shown, visible

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

__all__ = [
    "COLUMNS",
    "console",
    "hold_to_page",
    "open_page",
    "print_screen",
    "put_text",
    "screen_width",
    "tell_notes",
    "tell_unchecked",
]

COLUMNS = 100
"""The width of a table in a file or a pipe."""

_SCREEN, _WIDEST = 80, 120
"""The width of the first screen: in a file or a pipe, and the maximum on a terminal."""


def console(*, err: bool = False) -> Console:
    """A console on stdout, or on stderr; it writes colour codes only to a terminal."""
    from fbench.cli.safe_console import SafeConsole  # noqa: PLC0415 - rich is slow to import

    stream = sys.stderr if err else sys.stdout
    if not stream.isatty():
        return SafeConsole(file=stream, width=COLUMNS, highlight=False)
    return SafeConsole(shown if err else visible, file=raw_of(stream), highlight=False)


def screen_width() -> int:
    """The columns of the first screen."""
    if not sys.stdout.isatty():
        return _SCREEN
    return min(_WIDEST, max(_SCREEN, get_terminal_size().columns))


def print_screen(lines: Iterable[str]) -> None:
    """Print lines to stdout, the first in bold on a terminal."""
    first, *others = lines
    if sys.stdout.isatty():
        raw_of(sys.stdout).write(f"{click.style(visible(first), bold=True)}\n")
    else:
        click.echo(first)
    click.echo("\n".join(others))


def tell_notes(error: BaseException) -> None:
    """Say on stderr what was added to an error: how to go on."""
    for note in getattr(error, "__notes__", ()):
        click.echo(note, err=True)


def tell_unchecked(run: Path) -> None:
    """Say on stderr if the store of a run keeps no digests, so that edits of it are not found."""
    from fbench.runner.folder import unchecked_notice  # noqa: PLC0415 - slow, and most output needs no run

    if notice := unchecked_notice(run):
        click.echo(f"Notice: {notice}", err=True)


def put_text(text: str, file: Path | None, what: str) -> None:
    """Write a text to a file and report that on stderr; or to stdout if the file is None or -."""
    if file is None or str(file) == "-":
        click.echo(text, nl=False)
        return
    from fbench.runner.folder import hold_to_output  # noqa: PLC0415 - slow, and most output needs no run

    hold_to_output(file)
    write_file(file, text)
    click.echo(f"{what} in {file}", err=True)


def hold_to_page(file: Path | None, *, open_html: bool) -> None:
    """Check that a page that is to be opened is one that is written.

    Raises:
        UsageError: --open without a file of --html.
    """
    if open_html and (file is None or str(file) == "-"):
        raise UsageError("--open opens the page that is written: it goes with --html FILE.")


def open_page(file: Path) -> None:
    """Open a page that was written in the browser of this machine."""
    click.launch(file.resolve().as_uri())
