"""The version of fbench in each place that tells it, and what a release still lacks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

__all__ = ["latest_in_changelog", "notes", "shortcomings", "versions"]

_RELEASE = re.compile(r"^## \[(.+?)\]", re.MULTILINE)


def versions(root: Path) -> dict[str, str]:
    """The version that each file says, by its name."""
    module = (root / "fbench/version.py").read_text(encoding="utf-8")
    told = re.search(r'^__version__ = "(.+)"$', module, re.MULTILINE)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    return {
        "fbench/version.py": told[1] if told else "",
        "pyproject.toml": project["version"],
        "CITATION.cff": str(citation["version"]),
    }


def latest_in_changelog(root: Path) -> str:
    """The version of the newest section of CHANGELOG.md; empty if there is none."""
    found = _RELEASE.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    return found[1] if found else ""


def notes(root: Path) -> list[str]:
    """The names of the change notes that no release has taken up."""
    return sorted(path.name for path in (root / "changes").glob("*.*.md"))


def shortcomings(found: Mapping[str, str], released: str, left: list[str], version: str) -> Iterator[str]:
    """What must be done before `version` can be released."""
    for place, told in found.items():
        if told != version:
            yield f"{place} says {told}, and the release is {version}: change it there."
    if released != version:
        yield f"CHANGELOG.md begins with {released or 'no release'}: run `nox -s changes -- {version} DATE`."
    elif left:
        yield f"changes/ still has {', '.join(left)}: `nox -s changes` takes them up."
