"""`python -m fbench`."""

from __future__ import annotations

from fbench.cli import main

main()
