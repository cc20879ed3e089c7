"""The tables of splits in each form of a report, by their titles, as a reader of that form takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.exports.wanted import Table
from tests.reports.parsed_page import Parsed

__all__ = ["in_html", "in_latex", "in_markdown", "in_terminal", "rows_under", "short_in_markdown"]

_CELL = re.compile(r"\S+(?: \S+)*")


def in_terminal(screen: str, titles: Iterable[str]) -> dict[str, Table]:
    """The tables under these titles. Columns of numbers end where their heads end."""
    lines = [line.rstrip() for line in screen.splitlines()]
    found: dict[str, Table] = {}
    for title in titles:
        header, _, *rows = _until_blank(lines[lines.index(title) + 1 :])
        ends = [cell.end() for cell in _CELL.finditer(header)][1:]
        found[title] = [_plain(_cut(row, ends)) for row in (header, *rows)]
    return found


def _until_blank(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if not line:
            return
        yield line


def _cut(line: str, ends: list[int]) -> Iterator[str]:
    first = re.match(r"\s*\S+(?: \S+)*", line)
    at = first.end() if first else 0
    yield line[:at]
    for end in ends:
        yield line[at:end]
        at = end


def in_markdown(page: str) -> dict[str, Table]:
    """The tables of the section on splits."""
    part = page.partition("## Accuracy by split\n")[2].partition("\n## ")[0]
    found: dict[str, Table] = {}
    for text in part.split("### ")[1:]:
        title, _, rest = text.partition("\n")
        found[_unescaped(title)] = list(_rows(rest))
    return found


def short_in_markdown(page: str) -> Table:
    """The rows of the first table of a page, without its header."""
    return list(_rows(page.partition("\n## ")[0]))[1:]


def rows_under(page: str, title: str) -> Table:
    """The rows of the tables under a heading, without the first header."""
    return list(_rows(page.partition(f"## {title}\n")[2].partition("\n## ")[0]))[1:]


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| ") and not re.fullmatch(r"[|: -]+", line):
            yield [_unescaped(cell).strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def in_latex(text: str) -> dict[str, Table]:
    """The tables of a file of LaTeX."""
    found: dict[str, Table] = {}
    for part in text.split(r"\begin{table}")[1:]:
        caption = re.search(r"\\caption\{Accuracy, (.*? \(FAKE\))\. ", part)
        assert caption, part
        rows = [line.removesuffix(r"\\") for line in part.splitlines() if line.endswith(r"\\")]
        found[_from_latex(caption[1])] = [
            [_from_latex(cell) for cell in re.split(r"(?<!\\)&", row)] for row in rows
        ]
    return found


def _from_latex(cell: str) -> str:
    cell = re.sub(r"\$([+-][\d.]+)\$", r"\1", cell.replace(r"\quad ", ""))
    return re.sub(r"\\([{}$&#%_])", r"\1", cell).replace("{}", "").strip()


def in_html(page: Parsed, titles: Iterable[str]) -> dict[str, Table]:
    """The tables with these captions."""
    return {title: [_plain(row) for row in page.tables[title]] for title in titles}


def _plain(cells: Iterable[str]) -> list[str]:
    return [cell.strip() for cell in cells]
