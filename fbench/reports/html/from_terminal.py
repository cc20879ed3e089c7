"""Tables of the terminal as tables of HTML, so that both say the same in the same words."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fbench.plurals import counted
from fbench.reports.html.markup import Markup, element, fold, joined, table

__all__ = ["from_terminal"]


def from_terminal(parts: Iterable[RenderableType], *, opened: bool = False) -> Markup:
    """Texts as paragraphs, and tables whose captions are the texts in bold before them.

    Tables whose captions begin alike, up to a colon, are folded together; the first ones may be `opened`.
    """
    shown: list[Markup] = []
    caption = ""
    tables: dict[str, list[Markup]] = {}
    for part in parts:
        if isinstance(part, Table):
            tables.setdefault(caption.partition(": ")[0], []).append(_table(caption, part))
        elif isinstance(part, Text):
            said = part.plain.strip()
            if part.style == "bold":
                caption = said
            elif said:
                shown.append(element("p", said, class_="legend"))
    folds = (
        fold(f"{name} ({counted(len(mine), 'table')})", *mine, opened=opened and not number)
        for number, (name, mine) in enumerate(tables.items())
    )
    return joined([*folds, *shown])


def _table(caption: str, shown: Table) -> Markup:
    header = [_text(column.header) for column in shown.columns]
    words = [at for at, column in enumerate(shown.columns) if column.justify == "left"]
    rows = zip(*([_text(cell) for cell in column.cells] for column in shown.columns), strict=True)
    return table(caption, header, map(_row, rows), words=words)


def _row(cells: tuple[str, ...]) -> list[str]:
    """The cells of a row; of a row that names those below it, the name alone."""
    return list(cells) if any(cells[1:]) else [cells[0]]


def _text(cell: RenderableType) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)
