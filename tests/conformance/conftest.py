"""The specifications, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import specifications as read
from tests.conformance.specifications import Specification


@pytest.fixture(scope="session")
def specs(shared: Path) -> Path:
    """The folder of specifications and recordings."""
    folder = shared / "specs"
    if not (folder / "openai" / "openapi.json").is_file():
        pytest.skip("needs the vendors' specifications, which are absent")
    return folder


@pytest.fixture(scope="session")
def specifications(specs: Path) -> dict[str, Specification]:
    """The specification of each service."""
    vertex = read.aiplatform(specs)
    return {
        "openai": read.openai(specs),
        "vertex": vertex,
        "storage": read.storage(specs),
        "gemini": read.developer(vertex),
    }
