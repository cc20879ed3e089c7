"""Plug-ins that are really installed: small distributions in a folder on the path of a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

__all__ = ["Ended", "Site"]

ROOT = Path(__file__).resolve().parents[2]


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Site:
    """A folder of installed distributions, and the command line as it is where they are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        self.work = folder / "work"
        self.folder.mkdir()
        self.work.mkdir()

    def install(
        self, distribution: str, group: str, entries: dict[str, str], code: str, version: str
    ) -> None:
        """Installs a distribution whose module has its name, with underscores for hyphens."""
        module = distribution.replace("-", "_")
        self.folder.joinpath(f"{module}.py").write_text(code, encoding="utf-8")
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        info.joinpath("METADATA").write_text(head, encoding="utf-8")
        lines = "".join(f"{name} = {module}:{value}\n" for name, value in entries.items())
        info.joinpath("entry_points.txt").write_text(f"[{group}]\n{lines}", encoding="utf-8")

    def fbench(self, *args: object, installed: bool = True) -> Ended:
        """A command in a process of its own, to its end, with the plug-ins or without them."""
        return self.python("-m", "fbench", *args, installed=installed)

    def python(self, *args: object, installed: bool = True) -> Ended:
        """A process of Python, to its end."""
        path = [str(ROOT), *([str(self.folder)] if installed else []), os.environ.get("PYTHONPATH", "")]
        done = subprocess.run(
            [sys.executable, *map(str, args)],
            cwd=self.work,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty folder of distributions."""
    return Site(tmp_path)


@pytest.fixture
def failing() -> Callable[[Ended], str]:
    """Takes the one paragraph of an error that the user could have avoided."""

    def paragraph(ended: Ended) -> str:
        assert ended.code == 2, ended
        (line,) = ended.err.splitlines()
        assert line.startswith("Error: ")
        return line

    return paragraph
