"""What a server adds to the page that it serves."""

from __future__ import annotations

from typing import NamedTuple

from fbench.reports.html.markup import Markup

__all__ = ["Addition"]


class Addition(NamedTuple):
    """Parts of a page beside the report.

    Attributes:
        body: what stands above the report.
        footer: what is said below it.
        style, script: texts of files, which stand in the page unchanged.
    """

    body: Markup
    footer: str
    style: Markup
    script: Markup
