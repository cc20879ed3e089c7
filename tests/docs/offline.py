"""Fails where a page of the built site would load anything from elsewhere: `python offline.py SITE`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["loaded_in"]

_LOADS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\ssrc=["']((?:https?:)?//[^"']+)"""
    r"""|<link\b[^>]*?\shref=["']((?:https?:)?//[^"']+)"""
    r"""|url\(["']?((?:https?:)?//[^"')]+)"""
    r"""|@import\s+["']((?:https?:)?//[^"']+)""",
    re.IGNORECASE,
)
"""A link to another place (`<a href>`) loads nothing."""


def loaded_in(site: Path) -> Iterator[tuple[Path, str]]:
    """Each page or style sheet that loads from another host, and the address."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css", ".svg"):
            for found in _LOADS.finditer(path.read_text(encoding="utf-8")):
                yield path.relative_to(site), next(filter(None, found.groups()))


if __name__ == "__main__":
    loads = [f"{path}: {address}\n" for path, address in loaded_in(Path(sys.argv[1]))]
    sys.stdout.writelines(loads)
    sys.exit(1 if loads else 0)
