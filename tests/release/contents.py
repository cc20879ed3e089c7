"""What a wheel and a source distribution must hold: the tracked files of both packages, and nothing else."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["faults", "in_sdist", "in_wheel", "names_in_sdist", "names_in_wheel"]

_PACKAGES = ("fbench/", "fakes/")
_BESIDE = ("docs/", "cassettes/demo/", "requirements/run.txt", "CHANGELOG.md", "CITATION.cff", "SECURITY.md")
_ALWAYS = (".gitignore", "LICENSE", "README.md", "pyproject.toml")
"""What hatchling puts into every source distribution."""


def in_wheel(tracked: Iterable[str]) -> set[str]:
    """Of the files that git tracks, those that a wheel has."""
    return {name for name in tracked if name.startswith(_PACKAGES)}


def in_sdist(tracked: Iterable[str]) -> set[str]:
    """Of the files that git tracks, those that a source distribution has."""
    return {name for name in tracked if name.startswith((*_PACKAGES, *_BESIDE)) or name in _ALWAYS}


def names_in_wheel(wheel: Path) -> set[str]:
    """The files of a wheel; those of its metadata by the end of their path alone."""
    with zipfile.ZipFile(wheel) as archive:
        return {_own(name) for name in archive.namelist()}


def names_in_sdist(sdist: Path) -> set[str]:
    """The files of a source distribution, without the folder that holds them all."""
    with tarfile.open(sdist) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if not member.isdir()}


def _own(name: str) -> str:
    folder, _, rest = name.partition("/")
    return f"*.dist-info/{rest}" if folder.endswith(".dist-info") else name


_METADATA = {
    f"*.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
}


def faults(kind: str, found: set[str], tracked: Iterable[str]) -> Iterator[str]:
    """What a distribution of this kind (`wheel` or `sdist`) lacks, and what it has too much."""
    tracked = list(tracked)
    wanted = in_wheel(tracked) | _METADATA if kind == "wheel" else in_sdist(tracked) | {"PKG-INFO"}
    for said, names in (("lacks", wanted - found), ("has besides", found - wanted)):
        if names:
            yield f"the {kind} {said} {', '.join(sorted(names)[:10])} ({len(names)} in all)."
