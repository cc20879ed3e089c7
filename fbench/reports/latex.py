"""The main tables of a run in LaTeX, for a paper: they need the package booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from fbench.analysis.results import Results
from fbench.reports.headline import headline_legend, headline_tables
from fbench.reports.layout import plain
from fbench.reports.numbers import source, stands_in
from fbench.reports.text_tables import TextTable
from fbench.reports.threats import answered, is_unfinished

__all__ = ["latex_tables", "latex_text"]

_SIGNED = re.compile(r"[+-]\d+\.\d+")
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    **{letter: f"\\{letter}" for letter in "{}$&#%_"},
}
"""What LaTeX would take for more than the character itself."""

_JOINED = re.compile(r"([-,])(?=\1)")
"""Two of these in a row would become one other character."""


def latex_tables(results: Results) -> str:
    """A `table` for each task, model and way of training, and below them what their numbers mean.

    Where fakes answered, each caption says so, and likewise where questions are left.
    """
    tables = [
        _environment(table, number, _origin(results))
        for number, table in enumerate(headline_tables(results), 1)
    ]
    if not tables:
        return "% The experiment has no task or no model.\n"
    legend = latex_text(headline_legend(results))
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs}, and for quotation marks \usepackage[T1]{fontenc} and textcomp.",
            f"% Dataset {plain(results.dataset.name)}, {results.dataset.digest[:12]}.",
            *tables,
            rf"{{\footnotesize\noindent {legend}\par}}",
            "",
        ]
    )


def latex_text(text: str) -> str:
    """A text on one line in which nothing is taken for a command; unprintable characters are `?`."""
    return _JOINED.sub(r"\1{}", "".join(_SPECIAL.get(letter, letter) for letter in plain(text)))


def _origin(results: Results) -> str:
    """What answered, for a caption, and how much of it is there."""
    said = source(results)[0]
    told = f"{said[:1].upper()}{said[1:]}"
    if stands_in(results):
        told += "; they say nothing about those models"
    there, whole = answered(results)
    if is_unfinished(results) and there < whole:
        told += f". Unfinished: {there:,} of {whole:,} questions are answered"
    return f"{told}."


def _environment(table: TextTable, number: int, origin: str) -> str:
    numbers = len(table.header) - table.words
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{Accuracy, {latex_text(table.title)}. {latex_text(origin)}}}",
            rf"\label{{tab:fbench-{number}}}",
            rf"\begin{{tabular}}{{{'l' * table.words}{'r' * numbers}}}",
            r"\toprule",
            _row(table.header),
            r"\midrule",
            *_body(table),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _body(table: TextTable) -> Iterator[str]:
    for number, row in enumerate(table.rows, 1):
        if table.ends_with_gap and number == len(table.rows) > 1:
            yield r"\midrule"
        yield _row(row)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(_cells(cells)) + r" \\"


def _cells(cells: Iterable[str]) -> Iterator[str]:
    for cell in cells:
        name = r"\quad " if cell.startswith("  ") else ""
        if signed := _SIGNED.match(cell):
            yield f"${signed[0]}${latex_text(cell[signed.end() :])}"
        else:
            yield name + latex_text(cell)
