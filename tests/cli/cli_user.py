"""What a user of the command line does and sees."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from fbench.runner.store import Store

__all__ = [
    "MODEL",
    "SMALL",
    "Fbench",
    "Said",
    "as_if_live",
    "as_if_written",
    "at_a_terminal",
    "begin",
    "environment",
    "outside",
    "vouch_for",
]

MODEL = "openai:gpt-4o-mini-2024-07-18"
SMALL = ("--limit", "2", "--model", MODEL, "--epochs", "1")
_ROOT = Path(__file__).resolve().parents[2]
_KEYS = ("OPENAI_API_KEY", "GOOGLE_CLOUD_PROJECT", "NEBIUS_API_KEY", "AZURE_OPENAI_API_KEY")


class Said(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def paragraph(self) -> str:
        """The one paragraph of an error that the user could have avoided."""
        assert self.code == 2, self
        assert self.out == ""
        assert "Traceback" not in self.err
        (line,) = self.err.splitlines()
        assert line.startswith("Error: ")
        assert line.endswith((".", ".csv or .jsonl.", "`."))
        return line


Fbench = Callable[..., Said]


def environment(**more: str) -> dict[str, str]:
    """This process's variables without any key, with fbench importable from this checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in _KEYS}
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    return kept | {"PYTHONPATH": path} | more


def begin(
    folder: Path, *args: object, module: str = "fbench", env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """A command in a process of its own that is under way, without keys unless `env` has them."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, args)],
        cwd=folder,
        env=environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outside(folder: Path, *args: object, env: Mapping[str, str] | None = None) -> Said:
    """A command in a process of its own, to its end."""
    process = begin(folder, *args, env=env)
    out, err = process.communicate(timeout=60)
    return Said(process.returncode, out, err)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> list[str]:
    """Has somebody sit at the terminal who answers each question so; returns the list of the questions."""
    asked: list[str] = []

    def answered(prompt: str) -> str:
        asked.append(prompt)
        return answer

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("click.termui.visible_prompt_func", answered)
    return asked


def as_if_live(run: Path) -> None:
    """Makes a run of fakes one whose answers came from live services."""
    config = run / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('"fake"', '"live"'), encoding="utf-8")
    _keep(run, "origin", "live")


def vouch_for(run: Path) -> None:
    """Makes what stands in results.json what the run wrote."""
    digest = hashlib.sha256((run / "results.json").read_bytes()).hexdigest()
    _keep(run, "results.json", {digest: "0.1.0"})


def _keep(run: Path, name: str, value: object) -> None:
    with Store(run / "run.sqlite") as store:
        store.set_meta(name, value)


def as_if_written(store: Path, *statements: str) -> None:
    """Makes what SQL statements leave in a run's store what fbench wrote there."""
    with closing(sqlite3.connect(store)) as database, database:
        for statement in (*statements, "drop table digest", "pragma user_version = 1"):
            database.execute(statement)
    with Store(store) as whole:
        whole.seal()
