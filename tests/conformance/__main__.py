"""`python -m tests.conformance`: how many parameters of each class there are, by endpoint."""

from __future__ import annotations

import sys
from collections import Counter

from tests.conformance.tables import counts

_CLASSES = ("honoured", "refused", "without effect")


def main() -> None:
    """Prints a table for readers, in Markdown."""
    rows = [
        (f"{method} {template}", *(found[each] for each in _CLASSES))
        for (method, template), found in counts().items()
        if found
    ]
    total = Counter[str]()
    for found in counts().values():
        total += found
    lines = ["| endpoint | " + " | ".join(_CLASSES) + " |", "|---|" + "---:|" * len(_CLASSES)]
    lines += [f"| `{name}` | " + " | ".join(map(str, numbers)) + " |" for name, *numbers in rows]
    lines.append("| all | " + " | ".join(str(total[each]) for each in _CLASSES) + " |")
    sys.stdout.write("\n".join(lines) + "\n")


main()
