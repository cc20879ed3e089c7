"""Runs that were made by hand, and the command line, for tests of exports."""

from __future__ import annotations

from tests.analysis.conftest import facts, make_run
from tests.cli.conftest import fbench

__all__ = ["facts", "fbench", "make_run"]
