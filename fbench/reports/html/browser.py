"""The browser of items without the items, which the page's script shows."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.reports.html.markup import Ids, Markup, element, paragraphs, section

__all__ = ["browser"]

_FILTERS = ("task", "split", "role", "model", "epochs", "verdict")


def browser(ids: Ids, unread: Sequence[str], *, change: bool = False) -> Markup:
    """The section of items.

    Args:
        ids: the ids of the page.
        unread: why answers are missing.
        change: whether a filter chooses questions that only one of two compared sides got right.
    """
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
        for name in (*_FILTERS, *(["change"] if change else []))
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
        paragraphs(unread),
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
