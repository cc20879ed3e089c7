"""What the page of `fbench view` has beside the report: how the run stands, and what refreshes it."""

from __future__ import annotations

from importlib.resources import files

from fbench.reports.html.addition import Addition
from fbench.reports.html.markup import Markup, element
from fbench.reports.html.page import policy
from fbench.view.fingerprint import Fingerprint

__all__ = ["POLICY", "addition", "empty_page"]

_FOOTER = "Made by fbench, and served by `fbench view` on this machine alone. It asks nothing else."


def addition(generation: str, seen: Fingerprint) -> Addition:
    """The bar above the report; `generation` tells one state of the page from another."""
    said = "This run is finished." if seen.is_over else _state(seen)
    bar = element(
        "aside",
        element("p", said, id="live-said"),
        element(
            "label",
            element("input", type="checkbox", id="live-on", checked=None if seen.is_over else ""),
            " refresh while the run goes on",
            hidden="" if seen.is_over else None,
        ),
        element("p", "", id="live-status", role="status", class_="unseen"),
        id="live",
        aria_label="Refreshing",
        data_generation=generation,
    )
    return Addition(bar, _FOOTER, _asset("view.css"), _asset("view.js"))


def empty_page(generation: str, seen: Fingerprint, why: str) -> str:
    """The page of a run of which nothing can be shown yet, and why."""
    more = addition(generation, seen)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", "Nothing to show yet - fbench view"),
        element("style", more.style),
    )
    main = element(
        "main", element("h1", "Nothing to show yet"), element("p", why), id="report", class_="empty"
    )
    body = element("body", more.body, main, element("script", more.script))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _state(seen: Fingerprint) -> str:
    return "This run goes on." if seen.is_running else "This run was stopped, and may go on."


def _asset(name: str) -> Markup:
    """The text of a file beside this module, which stands in the page unchanged."""
    return Markup(files("fbench.view").joinpath(name).read_text(encoding="utf-8"))


POLICY = policy(Addition(Markup(""), "", _asset("view.css"), _asset("view.js")))
"""What each page may do: run the scripts in it, and ask the server that it is from."""
