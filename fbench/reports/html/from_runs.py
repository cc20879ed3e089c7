"""The pages of runs on disk: of one run, of several, or of two sides that are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fbench.analysis.comparison import Comparison, compare, in_one_family
from fbench.analysis.selection import Selection, read_selection
from fbench.errors import UsageError
from fbench.reports.html.compared import ComparedPair
from fbench.reports.html.page import comparison_page, page
from fbench.reports.html.reading import ReportedRun, read_reported
from fbench.reports.reporters import RunResults, read_run

__all__ = ["page_of_comparison", "page_of_runs"]


def page_of_runs(found: Sequence[tuple[Path, RunResults]]) -> str:
    """The page of runs; if there are several, the first is compared with each of the others."""
    names = _names([run for run, _ in found])
    runs = [
        replace(read_reported(run, each), name=name) for name, (run, each) in zip(names, found, strict=True)
    ]
    return page(runs, _pairs([run for run, _ in found], names) if len(runs) > 1 else ())


def page_of_comparison(a: Selection, b: Selection, found: Comparison) -> str:
    """The page of a comparison and of the answers that it compares."""
    alike = a.folder.resolve() != b.folder.resolve() and a.folder.resolve().name == b.folder.resolve().name
    if not alike:
        found = found.model_copy(update={"a": _short(a), "b": _short(b)})
    sides = [
        _side("A", a, {row.cell_a for row in found.rows}),
        _side("B", b, {row.cell_b for row in found.rows}),
    ]
    return comparison_page(sides, found)


def _short(side: Selection) -> str:
    """The name of a side without the folders above its run."""
    return f"{side.folder.resolve().name}{side.label.removeprefix(str(side.folder))}"


def _names(runs: Sequence[Path]) -> list[str]:
    """The names of their folders; of those that are called alike, the paths as they were given."""
    names = [run.resolve().name for run in runs]
    times = Counter(names)
    return [name if times[name] == 1 else str(run) for name, run in zip(names, runs, strict=True)]


def _pairs(runs: Sequence[Path], names: Sequence[str]) -> list[ComparedPair]:
    """The first run compared with each of the others, all p values corrected together."""
    found: dict[int, Comparison] = {}
    refused: dict[int, str] = {}
    for at in range(1, len(runs)):
        try:
            first, other = (
                replace(read_selection(str(runs[place])), label=names[place]) for place in (0, at)
            )
            found[at] = compare(first, other)
        except UsageError as error:
            refused[at] = f"{names[0]} and {names[at]} are not compared: {error}"
    together = dict(zip(found, in_one_family(list(found.values())), strict=True))
    return [ComparedPair(0, at, together.get(at), refused.get(at, "")) for at in range(1, len(runs))]


def _side(name: str, side: Selection, cells: set[str]) -> ReportedRun:
    whole = read_reported(side.folder, read_run(side.folder))
    answers = [each for each in whole.answers if each.cell.id in cells]
    return replace(whole, name=name, answers=answers)
