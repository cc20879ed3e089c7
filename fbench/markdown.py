"""Tables and texts in GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

__all__ = ["markdown_table", "markdown_text"]


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[int]) -> str:
    """A table without a line feed at its end; columns at the places in `words` are aligned to the left."""
    rule = ["---" if place in words else "---:" for place in range(len(header))]
    return "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in (header, rule, *rows))


def markdown_text(text: str) -> str:
    """A text in which nothing is taken for Markdown, HTML or, as notebooks do between dollars, a formula."""
    return re.sub(r"[\\`*<$]|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
