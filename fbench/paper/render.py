"""Render a reproduction for a terminal and in Markdown."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench.markdown import markdown_table
from fbench.paper.reproduction import Reproduction
from fbench.paper.tables import PaperTable

__all__ = ["as_markdown", "as_tables"]

_TITLE = "FineTuneBench (arXiv 2411.05059) from its released answers"


def as_tables(found: Reproduction) -> RenderableType:
    """All tables, for a screen of 100 columns, then the notes and what can and cannot be reproduced."""
    parts: list[RenderableType] = [Text(_TITLE, style="bold")]
    for table in found.tables():
        parts += [Text(""), Text(table.title, style="bold"), _table(table), Text(table.under)]
    parts += [Text(""), *(Text(f"Note: {note}", style="dim") for note in found.notes)]
    return Group(*parts, Text(""), Text(found.closing))


def _table(found: PaperTable) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    last = len(found.header) - 1
    for place, name in enumerate(found.header):
        wide = found.wide and place == last
        words = wide or place < found.names
        table.add_column(name, justify="left" if words else "right", no_wrap=not wide)
    for row in found.rows:
        table.add_row(*map(Text, row))
    return table


def as_markdown(found: Reproduction) -> str:
    """The same content in GitHub's Markdown, with a newline at the end."""
    parts = [f"# {_TITLE}"]
    for table in found.tables():
        last = len(table.header) - 1
        words = {*range(table.names), *([last] if table.wide else [])}
        parts += [f"## {table.title}", markdown_table(table.header, table.rows, words), table.under]
    if found.notes:
        parts.append("\n".join(f"- {note}" for note in found.notes))
    return "\n\n".join([*parts, found.closing]) + "\n"
