"""The report of runs as one HTML file: it needs no network, and its bytes follow from the runs alone."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from importlib.resources import files

from fbench.analysis.comparison import Comparison
from fbench.plurals import listed
from fbench.reports.html.addition import Addition
from fbench.reports.html.browser import browser
from fbench.reports.html.compared import ComparedPair, compared
from fbench.reports.html.items import has_changes, packed
from fbench.reports.html.losses import loss_plots
from fbench.reports.html.markup import Ids, Markup, element, joined, section
from fbench.reports.html.plots import plots
from fbench.reports.html.reading import ReportedRun
from fbench.reports.html.sections import costs, headline, origin, validity, verdicts
from fbench.reports.html.unfinished import unfinished
from fbench.reports.numbers import source, stands_in

__all__ = ["comparison_page", "page", "policy"]

_FOOTER = "Made by fbench. This file needs no network and sends nothing."

_SECTIONS = (
    ("origin", "Where it comes from"),
    ("headline", "Base against tuned"),
    ("verdicts", "Verdicts and graders"),
    ("plots", "Plots"),
    ("costs", "Costs"),
    ("validity", "Threats to validity"),
)


def page(
    runs: Sequence[ReportedRun], pairs: Sequence[ComparedPair] = (), more: Addition | None = None
) -> str:
    """The text of the file: each run, the comparisons of pairs of them, and all items.

    What serves it may have `more` in it.
    """
    name = listed([run.results.experiment.name for run in runs], 3)
    ids = Ids()
    comparison = [_comparison(ids, pairs)] if pairs else []
    articles = [
        element("article", *_run(ids, number, run), id=f"run-{number}") for number, run in enumerate(runs, 1)
    ]
    links = [("Comparison", "comparison")] if pairs else []
    if len(runs) > 1:
        links += [(f"Run {run.name}", f"run-{number}") for number, run in enumerate(runs, 1)]
    else:
        links += [(title, f"{key}-1") for key, title in _SECTIONS]
    return _document(ids, runs, name, links, [*comparison, *articles], pairs=pairs, more=more)


def comparison_page(sides: Sequence[ReportedRun], found: Comparison) -> str:
    """The text of a page of one comparison; the sides, A and B, have only the answers that it compares."""
    pairs = [ComparedPair(0, 1, found)]
    ids = Ids()
    titles = (f"A: {found.a}", f"B: {found.b}")
    parts = [_comparison(ids, pairs)]
    for side, title in zip(sides, titles, strict=True):
        parts.append(section(ids, 2, title, origin(side), id_=f"side-{side.name}"))
    links = [("Comparison", "comparison"), (titles[0], "side-A"), (titles[1], "side-B")]
    return _document(ids, sides, f"{found.a} compared with {found.b}", links, parts, pairs=pairs)


def _comparison(ids: Ids, pairs: Sequence[ComparedPair]) -> Markup:
    return section(ids, 2, "Comparison", compared(ids, pairs), id_="comparison")


def _document(
    ids: Ids,
    runs: Sequence[ReportedRun],
    name: str,
    links: Sequence[tuple[str, str]],
    parts: Sequence[Markup],
    *,
    pairs: Sequence[ComparedPair],
    more: Addition | None = None,
) -> str:
    styles, scripts = _assets(more)
    fake = any(stands_in(run.results) for run in runs)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(more)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{'FAKE: ' if fake else ''}{name} - fbench report"),
        *(element("style", style) for style in styles),
    )
    warning = element(
        "p", element("strong", "FAKE models"), " answered: the numbers say nothing about those named."
    )
    said = "; ".join(dict.fromkeys(source(run.results)[0] for run in runs))
    unread = [f"{run.name}: the answers cannot be shown. {run.unread}" for run in runs if run.unread]
    jumps = (element("li", element("a", text, href=f"#{id_}")) for text, id_ in (*links, ("Items", "items")))
    body = element(
        "body",
        element("a", "Skip to the report", href="#report", class_="skip"),
        *([more.body] if more else []),
        *([element("aside", warning, class_="fake", aria_label="FAKE")] if fake else []),
        element("header", element("h1", name), element("p", said, class_="legend")),
        element("nav", element("ul", *jumps), aria_label="Sections"),
        element("main", *parts, browser(ids, unread, change=has_changes(pairs)), id="report", tabindex="-1"),
        element("footer", element("p", more.footer if more else _FOOTER)),
        element("script", Markup(packed(runs, pairs)), type="text/plain", id="data"),
        *(element("script", script) for script in scripts),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def policy(more: Addition | None = None) -> str:
    """What the page may do: run its own scripts, and only with an addition ask the server that it is from."""
    styles, scripts = (" ".join(f"'{_hash(text)}'" for text in texts) for texts in _assets(more))
    asks = "connect-src 'self'; " if more else ""
    return (
        f"default-src 'none'; {asks}script-src {scripts}; style-src {styles}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _assets(more: Addition | None) -> tuple[list[Markup], list[Markup]]:
    """The styles and the scripts of the page."""
    styles, scripts = [_asset("report.css")], [_asset("report.js")]
    return (styles, scripts) if more is None else ([*styles, more.style], [more.script, *scripts])


def _run(ids: Ids, number: int, run: ReportedRun) -> Iterator[Markup]:
    results = run.results
    made = {
        "origin": origin(run),
        "headline": headline(results),
        "verdicts": verdicts(run),
        "plots": joined([plots(ids, results), loss_plots(ids, results, run.losses)]),
        "costs": costs(results),
        "validity": validity(run),
    }
    state = "" if run.ended else " (unfinished)"
    yield element("h2", f"Run: {run.name}{state}")
    yield unfinished(run)
    for key, title in _SECTIONS:
        yield section(ids, 3, title, made[key], id_=f"{key}-{number}")


def _asset(name: str) -> Markup:
    """The text of a file beside this module, which stands in the page unchanged."""
    return Markup(files("fbench.reports.html").joinpath(name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
