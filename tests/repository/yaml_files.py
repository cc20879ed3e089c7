"""The files of the repository that GitHub and pre-commit read, as they read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["ROOT", "noxfile_value", "read_yaml", "sessions"]

ROOT = Path(__file__).resolve().parents[2]
_NOXFILE = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))


def read_yaml(name: str) -> dict[str, Any]:
    """What a file holds. YAML 1.1 reads the key `on` as true, so it comes back as `on`."""
    found: dict[Any, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return {"on" if key is True else str(key): value for key, value in found.items()}


def sessions() -> set[str]:
    """The names of the sessions of noxfile.py, read without running it."""
    return set(_sessions())


def _sessions() -> Iterator[str]:
    for node in _NOXFILE.body:
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            if isinstance(node, ast.FunctionDef) and ast.unparse(mark).startswith("nox.session"):
                named = [each.value for each in getattr(mark, "keywords", ()) if each.arg == "name"]
                yield ast.literal_eval(named[0]) if named else node.name


def noxfile_value(name: str) -> Any:
    """A constant of noxfile.py."""
    for node in _NOXFILE.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)
