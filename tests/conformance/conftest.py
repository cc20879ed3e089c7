"""The specifications, read once."""

from __future__ import annotations

from pathlib import Path

import conform_specifications
import pytest
from conform_specifications import Specification


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
    vertex = conform_specifications.aiplatform(specs)
    return {
        "openai": conform_specifications.openai(specs),
        "vertex": vertex,
        "storage": conform_specifications.storage(specs),
        "gemini": conform_specifications.developer(vertex),
    }
