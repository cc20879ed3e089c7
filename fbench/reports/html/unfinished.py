"""The part of a page that says that a run is unfinished: what is missing, and how it goes on."""

from __future__ import annotations

from fbench.analysis.standing import RunStanding
from fbench.plurals import counted
from fbench.reports.html.markup import Markup, element, fold, joined, table
from fbench.reports.html.reading import ReportedRun
from fbench.reports.unfinished import standing_sentence
from fbench.runner.going_on import GoingOn

__all__ = ["unfinished"]


def unfinished(run: ReportedRun) -> Markup:
    """What is said of a run that did not reach its end; nothing of one that did."""
    if run.ended or run.standing is None:
        return Markup("")
    parts = [element("p", standing_sentence(run.standing), class_="loud")]
    if run.at_work:
        parts.append(element("p", "A process works on it."))
    else:
        parts += [
            element("p", "It goes on with this command, given in the folder that holds the run's own:"),
            element(
                "pre",
                element("code", GoingOn(run.name, run.budget_usd).command),
                tabindex="0",
                aria_label="Command that goes on",
            ),
        ]
    return joined([*parts, _cells(run.standing)])


def _cells(standing: RunStanding) -> Markup:
    left = standing.left
    rows = [[cell.cell, f"{cell.answered:,}", f"{cell.planned:,}", cell.state] for cell in left]
    shown = table("Cells that are not done", ["cell", "answered", "of", "state"], rows, words=(0, 3))
    return fold(f"{counted(len(left), 'cell')} not done", shown) if left else Markup("")
