"""A run of some tests on a module with a fault, in a process that is forked for it.

The parent has imported pytest and the oracles, which are nothing of the room: so a trial costs no more than
its tests, and the fault is in the module from its first import on.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

import pytest

__all__ = ["name_of", "start"]


class _Faulty(MetaPathFinder, Loader):
    """Loads one module from other code than is in its file."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self._name, self._path, self._code = name, path, code

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002 - importlib's own signature
        if fullname != self._name:
            return None
        package = [str(self._path.parent)] if self._path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            fullname, self._path, loader=self, submodule_search_locations=package
        )

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # noqa: S102 - running the mutant is what this is for


def name_of(module: Path) -> str:
    """The dotted name that the module of that file is imported by."""
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


def start(module: Path, tree: ast.Module, tests: Sequence[str], seconds: int) -> int:
    """The id of a process that ends with 0 if the tests pass on that tree; it is killed after `seconds`."""
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        signal.alarm(seconds)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        sys.meta_path.insert(0, _Faulty(name_of(module), module, compile(tree, str(module), "exec")))
        options = (
            "-x",
            "-q",
            "--assert=plain",
            "-p",
            "no:cacheprovider",
            "-p",
            "_hypothesis_pytestplugin",
            "--tb=no",
        )
        code = int(pytest.main([*options, *tests]))
    finally:
        os._exit(code)
