"""The picture in README.md: the first plot of the HTML report of `cassettes/demo`, as a file of its own.

`tests/reports/test_first_screen.py` holds `docs/report.svg` to it, and writes it anew with
`FBENCH_WRITE_SCREENS=1`.
"""

from __future__ import annotations

import re
from importlib.resources import files

from fbench.analysis.results import Results
from fbench.reports.html.markup import Ids, element
from fbench.reports.html.plots import plots

__all__ = ["picture"]

_SVG = re.compile(
    r'<svg viewBox="0 0 (\d+) (\d+)"(?P<head>[^>]*)><title[^>]*>(?P<title>.*?)</title>(?P<rest>.*?</svg>)'
)
_ROOTS = re.compile(r":root \{[^}]*\}", re.DOTALL)
_RULES = re.compile(
    r"^(?:svg text|\.(?:grid|axis|line|whisker|dashed|mark|k\d|thin)|polyline)[^\n]*$", re.MULTILINE
)
_ABOVE = 34  # the room for the caption


def picture(results: Results) -> str:
    """The plot with its colours for light and dark pages, on a ground of its own, with a caption."""
    found = _SVG.search(plots(Ids(), results))
    assert found is not None, "the report of these results has no plot"
    width, height = int(found[1]), int(found[2])
    css = (files("fbench.reports.html") / "report.css").read_text(encoding="utf-8")
    light, dark, *_ = _ROOTS.findall(css)  # then the one for printing
    style = [
        light,
        f"@media (prefers-color-scheme: dark) {{ {dark} }}",
        "svg { font: 12px system-ui, sans-serif; }",
    ]
    style += _RULES.findall(css)
    box = f"0 {-_ABOVE} {width} {height + _ABOVE}"
    ground = {"x": "0", "y": str(-_ABOVE), "width": str(width), "height": str(height + _ABOVE)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{found["head"]}>',
        f"<style>\n{chr(10).join(style)}\n</style>",
        element("rect", **ground, style="fill: var(--paper)"),
        f'<title id="title-1">{found["title"]}</title>',
        f'<text x="56" y="-12" style="font-weight: bold">{found["title"]}</text>',
        found["rest"].replace("><", ">\n<"),
    ]
    return "\n".join(parts) + "\n"
