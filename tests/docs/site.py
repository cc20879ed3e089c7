"""A reader's folders: distributions of plug-ins that are installed, and a place where pages are followed."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.docs.pages import ROOT, Block, Page

__all__ = ["ROOT", "Ended", "Site", "failing", "missing_lines"]

_PROGRAMS = {"fbench": "-m fbench", "python": "", "pytest": "-m pytest -q -p no:cacheprovider"}
_KEYS = ("OPENAI_API_KEY", "GOOGLE_CLOUD_PROJECT", "NEBIUS_API_KEY", "AZURE_OPENAI_API_KEY")


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
        self.programs = folder / "bin"
        for made in (self.folder, self.work, self.programs):
            made.mkdir()
        for name, options in _PROGRAMS.items():
            program = self.programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {options} "$@"\n', encoding="utf-8")
            program.chmod(0o755)

    def install(
        self, distribution: str, group: str, entries: dict[str, str], code: str, version: str
    ) -> None:
        """Installs a distribution whose module has its name, with underscores for hyphens."""
        module = distribution.replace("-", "_")
        self.folder.joinpath(f"{module}.py").write_text(code, encoding="utf-8")
        values = {name: f"{module}:{value}" for name, value in entries.items()}
        self._register(distribution, version, {group: values})

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
        return self._run([sys.executable, *map(str, args)], installed=installed)

    def shell(self, commands: str) -> Ended:
        """A block of commands in a shell that stops at the first that fails."""
        return self._run(["bash", "-euo", "pipefail", "-c", commands])

    def _run(self, words: list[str], *, installed: bool = True) -> Ended:
        kept = {name: value for name, value in os.environ.items() if name not in _KEYS}
        path = [str(ROOT), *([str(self.folder)] if installed else []), os.environ.get("PYTHONPATH", "")]
        programs = os.pathsep.join([str(self.programs), os.environ["PATH"]])
        more = {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PATH": programs, "COLUMNS": "80"}
        done = subprocess.run(
            words,
            cwd=self.work,
            env={**kept, **more, **self.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def follow(self, page: Page) -> list[Ended]:
        """Writes the files of a page, runs its commands, which must succeed, and holds it to what they print.

        A `pyproject.toml` is installed as soon as it is written.
        """
        ended: list[Ended] = []
        for block in page.blocks:
            if block.name:
                self._write(block)
            elif block.reason:
                continue
            elif block.language == "sh":
                ended.append(self.shell(block.text))
                assert ended[-1].code == 0, (block.where, ended[-1])
            elif block.label == "prints":
                missing = missing_lines(block.text, ended[-1].out + ended[-1].err)
                assert not missing, (block.where, missing, ended[-1].out)
        return ended

    def _write(self, block: Block) -> None:
        path = self.work / block.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        if path.name == "pyproject.toml":
            project = tomllib.loads(block.text)["project"]
            self._register(project["name"], project["version"], project["entry-points"])


def missing_lines(shown: str, printed: str) -> list[str]:
    """The lines of a page that a command did not print in this order; "..." stands for any."""
    left = map(str.rstrip, printed.splitlines())
    wanted = [line.rstrip() for line in shown.splitlines() if line.strip() not in ("", "...")]
    return [line for line in wanted if line not in left]


def failing(ended: Ended) -> str:
    """The one paragraph of an error that the user could have avoided."""
    assert ended.code == 2, ended
    (line,) = ended.err.splitlines()
    assert line.startswith("Error: ")
    return line
