"""A plot with its title, its text alternative and the table of what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fbench.reports.html.markup import Markup, box, element, table

__all__ = ["described", "figure"]

_MOST_TOLD = 12
"""Rows that a text alternative tells one by one."""


def figure(
    title: str,
    about: str,
    drawn: Markup,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Sequence[int] = (0,),
) -> Markup:
    """A plot as a figure, its table folded behind it; columns of the table not in `words` are numbers."""
    behind = element(
        "details", element("summary", f"Table: {title}"), table(title, header, rows, words=words)
    )
    caption = element("figcaption", element("strong", title), element("span", f" {about}"))
    return element("figure", caption, box(f"Plot: {title}", drawn), behind, class_="plot")


def described(about: str, rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> str:
    """What a plot shows, in words, for those who do not see it; the table has all if there is much of it."""
    told = list(rows)
    if len(told) > _MOST_TOLD:
        return f"{about} All {len(told)} rows are in the table that follows."
    if not header:
        return f"{about} {'; '.join(' '.join(row) for row in told)}."
    said = (
        f"{row[0]}: " + ", ".join(f"{name} {text}" for name, text in zip(header[1:], row[1:], strict=True))
        for row in told
    )
    return f"{about} {'; '.join(said)}."
