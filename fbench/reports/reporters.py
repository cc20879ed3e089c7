"""The report of a run as text: the first screen, all tables, or the text of a plug-in."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fbench.analysis.results import Results
from fbench.analysis.results_file import Written, written_results
from fbench.errors import FbenchError, UsageError, told
from fbench.plugins import REPORTERS_GROUP, aside, find_plugin, names_with_plugins
from fbench.reports.latex import latex_tables
from fbench.reports.markdown_report import markdown_report
from fbench.reports.screen import first_screen, screen_markdown
from fbench.reports.unfinished import standing_sentence
from fbench.runner.folder import RESULTS, STORE
from fbench.runner.going_on import going_on
from fbench.runner.owner import at_work
from fbench.value_errors import meant

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fbench.analysis.comparison import Comparison
    from fbench.analysis.standing import RunStanding
    from fbench.reports.plan import PlanReport

__all__ = [
    "REPORTERS",
    "Reporter",
    "RunResults",
    "comparison_text",
    "find_reporter",
    "full_text",
    "is_finished",
    "plan_text",
    "read_finished",
    "read_run",
    "run_text",
    "screen_lines",
    "unfinished_lines",
]

Reporter = Callable[[Results], str]
"""Makes a text from the results of a run. For a file, it should end with a line feed."""

_LONG = 24
"""A path with more characters is given relative to the current folder, if that is shorter."""


class RunResults(NamedTuple):
    """The results of a run, and whether the run finished; if not, they are the results so far.

    Attributes:
        standing: how far a run is that did not finish.
    """

    written: Written
    ended: bool = True
    standing: RunStanding | None = None

    @property
    def unfinished(self) -> str:
        """How far a run is that did not finish, in words; empty of one that did."""
        return standing_sentence(self.standing) if self.standing is not None else ""


def is_finished(run: Path) -> bool:
    """Whether a run has results; also where there is no run, which whoever reads it says."""
    return (run / RESULTS).exists() or not (run / STORE).is_file()


def read_run(run: Path) -> RunResults:
    """The results of a run; if it did not finish, the results so far, from its store.

    Raises:
        UsageError: there are no results, or they were changed.
    """
    if not is_finished(run):
        from fbench.analysis.rebuild import so_far  # noqa: PLC0415 - needs much more than a file does

        results, standing = so_far(run)
        return RunResults(Written(results, "", None, ""), ended=False, standing=standing)
    return RunResults(read_finished(run))


def read_finished(run: Path) -> Written:
    """The results of a run that finished.

    Raises:
        UsageError: there are no results, or they were changed.
    """
    written = written_results(run)
    if not written.unchecked:
        return written
    from fbench.analysis.rebuild import vouched  # noqa: PLC0415 - as above

    return vouched(run, written)


def screen_lines(run: Path, found: RunResults, *, width: int = 80) -> list[str]:
    """The lines of a run's first screen, `width` columns wide."""
    written, ended, _ = found
    return first_screen(
        written.results,
        _named(run),
        width=width,
        fbench=written.fbench,
        unchecked=written.unchecked,
        stored=(run / STORE).is_file(),
        ended=ended,
        budget_usd=going_on(run).budget_usd,
        at_work=at_work(run),
        unfinished=found.unfinished,
    )


def run_text(run: Path, *, full: bool = False, reporter: str | None = None) -> str:
    """The first screen of a run, 80 columns wide; or all of its tables, or what a reporter makes of it.

    Raises:
        UsageError: there are no results, they were changed, or there is no such reporter.
    """
    maker = None if reporter is None else find_reporter(reporter)
    found = RunResults(read_finished(run)) if reporter == "json" else read_run(run)
    if maker is not None:
        return maker(found.written.results)
    if full:
        tables = full_text(found.written.results, unchecked=found.written.unchecked)
        return f"{unfinished_lines(run, found)}{tables}"
    return "\n".join(screen_lines(run, found)) + "\n"


def unfinished_lines(run: Path, found: RunResults) -> str:
    """How far a run is that did not finish, and how it goes on; empty of one that did."""
    if found.ended:
        return ""
    who = at_work(run)
    go_on = f"{who} works on it" if who else f"Go on: {going_on(run).command}"
    return f"{found.unfinished}\n{go_on}\n\n"


def full_text(results: Results, *, width: int = 100, unchecked: str = "") -> str:
    """All tables of a run, `width` columns wide."""
    from fbench.reports.main_tables import headline  # noqa: PLC0415 - rich is slow to import

    return _printed(headline(results, width=width, unchecked=unchecked), width)


def comparison_text(found: Comparison, *, items: bool = False) -> str:
    """A comparison, 100 columns wide; with `items` also the questions that only one side got right."""
    from fbench.reports.comparison import comparison_table  # noqa: PLC0415 - as above

    return _printed(comparison_table(found, items=items))


def plan_text(plan: PlanReport) -> str:
    """A plan, 100 columns wide."""
    from fbench.reports.plan import plan_table  # noqa: PLC0415 - as above

    return _printed(plan_table(plan))


def _printed(shown: RenderableType, width: int = 100) -> str:
    from rich.console import Console  # noqa: PLC0415 - as above

    text = StringIO()
    Console(file=text, width=width, highlight=False).print(shown)
    return text.getvalue()


def _screen(results: Results) -> str:
    return "\n".join(first_screen(results, "RUN", stored=False)) + "\n"


REPORTERS: dict[str, Reporter] = {
    "markdown": screen_markdown,
    "markdown-full": markdown_report,
    "latex": latex_tables,
    "screen": _screen,
    "full": full_text,
    "json": Results.to_json,
}
"""The built-in reporters by name."""


def find_reporter(name: str) -> Reporter:
    """The reporter with this name: built in, or from a plug-in (its text is checked).

    Raises:
        UsageError: there is no such reporter, or the plug-in cannot be used.
    """
    if name in REPORTERS:
        return REPORTERS[name]
    found = find_plugin(REPORTERS_GROUP, name, REPORTERS)
    if found is None:
        known = names_with_plugins(REPORTERS_GROUP, REPORTERS)
        raise UsageError(f"unknown reporter {name!r}{meant(name, known)}: it is one of {', '.join(known)}.")

    def reporter(results: Results) -> str:
        try:
            with aside():
                text: object = found(results)
        except (Exception, SystemExit) as error:
            raise FbenchError(f"the reporter plug-in {name!r} failed: {told(error)}.") from error
        if not isinstance(text, str):
            raise FbenchError(
                f"the reporter plug-in {name!r} must return a text, and returned a {type(text).__name__}."
            )
        return text

    return reporter


def _named(run: Path) -> str:
    """The path for commands: as given, or relative to the current folder if that is shorter."""
    given = str(run)
    if len(given) <= _LONG:
        return given
    return min(given, os.path.relpath(run), key=len)
