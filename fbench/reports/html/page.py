"""The report of runs as one HTML file: it needs no network, and its bytes follow from the runs alone."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from importlib.resources import files

from fbench.plurals import listed
from fbench.reports.html.addition import Addition
from fbench.reports.html.items import packed
from fbench.reports.html.losses import loss_plots
from fbench.reports.html.markup import Ids, Markup, element, joined, section
from fbench.reports.html.plots import plots
from fbench.reports.html.reading import ReportedRun
from fbench.reports.html.sections import costs, headline, origin, validity, verdicts
from fbench.reports.html.unfinished import unfinished
from fbench.reports.numbers import source, stands_in

__all__ = ["page", "policy"]

_SECTIONS = (
    ("origin", "Where it comes from"),
    ("headline", "Base against tuned"),
    ("verdicts", "Verdicts and graders"),
    ("plots", "Plots"),
    ("costs", "Costs"),
    ("validity", "Threats to validity"),
)
_FILTERS = ("task", "split", "role", "model", "epochs", "verdict")


def page(runs: Sequence[ReportedRun], more: Addition | None = None) -> str:
    """The text of the file; what serves it may have more in it."""
    styles, scripts = _assets(more)
    fake = any(stands_in(run.results) for run in runs)
    name = listed([run.results.experiment.name for run in runs], 3)
    title = f"{'FAKE: ' if fake else ''}{name} - fbench report"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(more)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        *(element("style", style) for style in styles),
    )
    whole = _body(runs, name, fake=fake, more=more)
    body = element("body", *whole, *(element("script", script) for script in scripts))
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


def _body(runs: Sequence[ReportedRun], name: str, *, fake: bool, more: Addition | None) -> Iterator[Markup]:
    ids = Ids()
    yield element("a", "Skip to the report", href="#report", class_="skip")
    if more is not None:
        yield more.body
    if fake:
        text = element(
            "p", element("strong", "FAKE models"), " answered: the numbers say nothing about those named."
        )
        yield element("aside", text, class_="fake", aria_label="FAKE")
    said = "; ".join(dict.fromkeys(source(run.results)[0] for run in runs))
    yield element("header", element("h1", name), element("p", said, class_="legend"))
    yield element("nav", element("ul", *_links(runs)), aria_label="Sections")
    whole = (
        element("article", *_run(ids, number, run), id=f"run-{number}") for number, run in enumerate(runs, 1)
    )
    yield element("main", *whole, _items(ids, runs), id="report", tabindex="-1")
    footer = more.footer if more else "Made by fbench. This file needs no network and sends nothing."
    yield element("footer", element("p", footer))
    yield element("script", Markup(packed(runs)), type="text/plain", id="data")


def _links(runs: Sequence[ReportedRun]) -> Iterator[Markup]:
    for number, run in enumerate(runs, 1):
        if len(runs) > 1:
            yield element("li", element("a", f"Run {run.name}", href=f"#run-{number}"))
        else:
            for key, title in _SECTIONS:
                yield element("li", element("a", title, href=f"#{key}-{number}"))
    yield element("li", element("a", "Items", href="#items"))


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


def _items(ids: Ids, runs: Sequence[ReportedRun]) -> Markup:
    """The browser of items without the items, which the script shows."""
    unread = [
        element("p", f"{run.name}: the answers cannot be shown. {run.unread}") for run in runs if run.unread
    ]
    search = element(
        "div",
        element("label", "Search questions and answers", for_="search"),
        element("input", type="search", id="search", autocomplete="off", spellcheck="false"),
        class_="field wide",
    )
    picks = [
        element(
            "div",
            element("label", name, for_=f"by-{name}"),
            element("select", element("option", "all", value=""), id=f"by-{name}"),
            class_="field",
        )
        for name in _FILTERS
    ]
    disagree = element(
        "div",
        element("input", type="checkbox", id="disagree"),
        element("label", "graders disagree", for_="disagree"),
        class_="field check",
    )
    clear = element("button", "Clear all", type="button", id="clear")
    turn = element(
        "div",
        element("button", "Previous", type="button", id="previous"),
        element("span", id="place"),
        element("button", "Next", type="button", id="next"),
        class_="turn",
        role="group",
        aria_label="Pages of questions",
    )
    filters = element(
        "div", search, *picks, disagree, clear, class_="filters", role="search", aria_label="Items"
    )
    return section(
        ids,
        2,
        "Items",
        *unread,
        element("noscript", element("p", "The browser of items needs JavaScript; all else does not.")),
        element(
            "p",
            "Each question with the answers of all models and epochs, and every grader's reason.",
            class_="legend",
        ),
        filters,
        element("p", "Items are being read ...", id="count", role="status"),
        element("ul", id="list", class_="items", aria_label="Questions"),
        turn,
        id_="items",
    )


def _asset(name: str) -> Markup:
    """The text of a file beside this module, which stands in the page unchanged."""
    return Markup(files("fbench.reports.html").joinpath(name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
