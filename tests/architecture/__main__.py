"""`python -m tests.architecture --draw` prints the rooms and what each imports."""

from __future__ import annotations

import sys

from tests.architecture.graph import drawn

if __name__ == "__main__":
    if sys.argv[1:] != ["--draw"]:
        sys.exit(__doc__)
    print(drawn())  # noqa: T201 - its output
