"""Distributions of plug-ins that are installed in a folder, and the command line as it is there."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["ROOT", "Ended", "Site", "failing"]

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
        self.environ: dict[str, str] = {}
        self.folder.mkdir()
        self.work.mkdir()

    def install(
        self, distribution: str, group: str, entries: dict[str, str], code: str, version: str
    ) -> None:
        """Installs a distribution whose module has its name, with underscores for hyphens."""
        module = distribution.replace("-", "_")
        self.folder.joinpath(f"{module}.py").write_text(code, encoding="utf-8")
        values = {name: f"{module}:{value}" for name, value in entries.items()}
        self._register(distribution, version, {group: values})

    def install_project(self, files: Mapping[str, str]) -> None:
        """Installs a distribution from its files, as `pip install -e` does: one is a `pyproject.toml`."""
        for name, text in files.items():
            self.work.joinpath(name).write_text(text, encoding="utf-8")
        project = tomllib.loads(files["pyproject.toml"])["project"]
        self._register(project["name"], project["version"], project["entry-points"])

    def _register(self, distribution: str, version: str, entries: Mapping[str, Mapping[str, str]]) -> None:
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        info.joinpath("METADATA").write_text(head, encoding="utf-8")
        lines = "".join(
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
            for group, values in entries.items()
        )
        info.joinpath("entry_points.txt").write_text(lines, encoding="utf-8")

    def fbench(self, *args: object, installed: bool = True) -> Ended:
        """A command in a process of its own, to its end, with the plug-ins or without them."""
        return self.python("-m", "fbench", *args, installed=installed)

    def python(self, *args: object, installed: bool = True) -> Ended:
        """A process of Python, to its end."""
        path = [str(ROOT), *([str(self.folder)] if installed else []), os.environ.get("PYTHONPATH", "")]
        done = subprocess.run(
            [sys.executable, *map(str, args)],
            cwd=self.work,
            env={**os.environ, **self.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


def failing(ended: Ended) -> str:
    """The one paragraph of an error that the user could have avoided."""
    assert ended.code == 2, ended
    (line,) = ended.err.splitlines()
    assert line.startswith("Error: ")
    return line
