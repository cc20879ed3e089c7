"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with material that is not ours to distribute: released data, specifications, verdicts.

    It is looked for in `FBENCH_SHARED`, then in `shared/` beside the checkout. Where it is absent, the
    tests that need it are skipped.
    """
    folder = Path(os.environ.get("FBENCH_SHARED") or Path(__file__).resolve().parent.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"needs material that is not distributed with fbench, and {folder.name}/ is absent")
    return folder


@pytest.fixture(scope="session")
def released(shared: Path) -> Path:
    """A checkout of the released FineTuneBench data."""
    folder = shared / "finetunebench"
    if not (folder / "datasets").is_dir():
        pytest.skip("needs the released FineTuneBench data, which is absent")
    return folder
