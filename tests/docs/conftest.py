"""A folder to follow pages in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty place, as a reader begins with."""
    return Site(tmp_path)
