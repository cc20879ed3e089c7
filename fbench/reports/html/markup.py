"""HTML made of elements: every text is escaped, unless it is markup that this module made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import count

from fbench.terminal import visible

__all__ = ["Ids", "Markup", "box", "element", "fold", "joined", "paragraphs", "section", "table"]

_VOID = frozenset(["meta", "input", "br", "col"])


class Markup(str):
    """A text that is HTML already."""

    __slots__ = ()


class Ids:
    """Ids of a page, each given once."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self, name: str) -> str:
        """An id that begins with `name`."""
        return f"{name}-{next(self._numbers)}"


def element(tag: str, *inside: str, **attributes: str | None) -> Markup:
    """An element. Texts are escaped; an attribute of None is left out, `aria_label` stands for `aria-label`.

    Characters that change the direction of writing or cannot be seen are written as escapes.
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(visible(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{given}>")
    return Markup(f"<{tag}{given}>{joined(inside)}</{tag}>")


def joined(parts: Iterable[str]) -> Markup:
    """Parts one after the other; what is no markup is escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(visible(part)) for part in parts))


def section(ids: Ids, level: int, title: str, *inside: str, id_: str | None = None) -> Markup:
    """A section with a heading, by which it is named."""
    name = ids.new("heading")
    return element(
        "section", element(f"h{level}", title, id=name), *inside, id=id_, aria_labelledby=name, class_="part"
    )


def paragraphs(texts: Iterable[str]) -> Markup:
    """A paragraph for each text."""
    return joined(element("p", text) for text in texts)


def fold(title: str, *inside: str, opened: bool = False) -> Markup:
    """What is shown only if it is opened."""
    return element("details", element("summary", title), *inside, open="" if opened else None)


def box(label: str, *inside: str) -> Markup:
    """A box that scrolls sideways, and can be reached by the keyboard for that."""
    return element("div", *inside, class_="box", tabindex="0", role="group", aria_label=label)


def table(
    caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, words: Sequence[int] = (0,)
) -> Markup:
    """A table in a box of its own, its first column the heads of rows; columns not in `words` are numbers.

    A row of one cell alone is a head over those below it.
    """
    heads = joined(
        element("th", name, scope="col", class_=None if at in words else "num")
        for at, name in enumerate(header)
    )
    body = joined(_row(row, len(header), words) for row in rows)
    whole = element(
        "table", element("caption", caption), element("thead", element("tr", heads)), element("tbody", body)
    )
    return box(caption, whole)


def _row(row: Sequence[str], width: int, words: Sequence[int]) -> Markup:
    if len(row) == 1 < width:
        return element("tr", element("th", row[0], scope="colgroup", colspan=str(width)), class_="over")
    first, *others = row
    return element(
        "tr",
        element("th", first, scope="row"),
        *(
            element("td", text, class_=None if at in words else "num")
            for at, text in enumerate(others, start=1)
        ),
    )
