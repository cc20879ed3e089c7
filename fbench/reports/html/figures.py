"""A figure of the page: a plot, its text alternative, and the table of what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fbench.reports.html.markup import Markup, box, element, table

__all__ = ["described", "figure"]


def described(about: str, rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> str:
    """What a plot shows, in words, for those who do not see it; the table has all if there is much of it."""
    told = list(rows)
    if len(told) > 12:
        return f"{about} All {len(told)} rows are in the table that follows."
    if not header:
        return f"{about} {'; '.join(' '.join(row) for row in told)}."
    said = (
        f"{row[0]}: " + ", ".join(f"{name} {text}" for name, text in zip(header[1:], row[1:], strict=True))
        for row in told
    )
    return f"{about} {'; '.join(said)}."


def figure(
    title: str,
    about: str,
    drawn: Markup,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Sequence[int] = (0,),
) -> Markup:
    """A plot with its caption, and behind it the table of its numbers."""
    behind = element(
        "details", element("summary", f"Table: {title}"), table(title, header, rows, words=words)
    )
    caption = element("figcaption", element("strong", title), element("span", f" {about}"))
    return element("figure", caption, box(f"Plot: {title}", drawn), behind, class_="plot")
