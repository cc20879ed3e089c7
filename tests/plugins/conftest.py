"""A folder to install plug-ins in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty folder of distributions."""
    return Site(tmp_path)
