"""`python -m tests.architecture --draw` prints the rooms of both packages and what each imports."""

from __future__ import annotations

import sys

from tests.architecture.graph import drawn

if __name__ == "__main__":
    if sys.argv[1:] != ["--draw"]:
        sys.exit(__doc__)
    print(f"fbench\n\n{drawn()}\n\nfakes\n\n{drawn('fakes')}")  # noqa: T201 - its output
