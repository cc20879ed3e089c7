"""The house as ARCHITECTURE.md draws it: what may know of what."""

from __future__ import annotations

import ast
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from fbench.analysis.results import Results

ROOT = Path(__file__).parent.parent
MODULES = sorted([*ROOT.glob("fbench/**/*.py"), *ROOT.glob("fakes/**/*.py")])

MAY_IMPORT = {
    "errors": set[str](),
    "words": set[str](),
    "clock": set[str](),
    "datasets": {"errors", "words"},
    "graders": {"errors", "datasets"},
    "judge": {"errors", "datasets", "graders", "providers"},
    "stats": set[str](),
    "grading": {"errors", "datasets", "graders", "stats", "words"},
    "store": {"errors"},
    "wire": set[str](),
    "context": set[str](),
    "cassette": {"errors", "context", "words"},
    "providers": {"errors", "clock", "upstream", "words"},
    "upstream": {"errors", "clock", "context", "datasets", "providers", "wire", "cassette", "fakes"},
    "pipeline": {
        "errors",
        "clock",
        "datasets",
        "graders",
        "judge",
        "stats",
        "store",
        "providers",
        "upstream",
        "cassette",
        "words",
    },
    "report": {"errors", "pipeline", "stats", "words"},
    "reproduce": {"errors", "datasets", "graders", "stats", "words"},
    "testing": {"fakes", "cassette", "wire", "words"},
    "cli": {
        "errors",
        "words",
        "cassette",
        "datasets",
        "graders",
        "grading",
        "judge",
        "store",
        "providers",
        "upstream",
        "pipeline",
        "report",
        "reproduce",
        "fakes",
    },
}
"""What each room of fbench may know of, besides itself and the package's version."""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "fbench" and len(parts) > 1 else parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_data_goes_one_way(path: Path) -> None:
    relative = path.relative_to(ROOT)
    ours = [module for module in imports(path) if module.split(".")[0] in ("fbench", "fakes")]
    if relative.parts[0] == "fakes":
        assert all(module.startswith("fakes") for module in ours)
        return
    own = relative.with_suffix("").parts[1]
    if own in ("__init__", "__main__"):
        return
    assert {room(module) for module in ours} <= MAY_IMPORT[own] | {own, "fbench"}


def test_providers_know_upstream_by_name_only() -> None:
    """They take one; importing it would close a circle, so the import is for type checkers alone."""
    code = "import sys, fbench.providers; print('fbench.upstream' in sys.modules)"
    assert run(code) == "False"


def test_modules_are_small() -> None:
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES]
    assert statistics.median(lengths) < 110
    assert max(lengths) <= 400


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_all_is_complete_and_sorted(path: Path) -> None:
    if path.name == "__main__.py":
        return
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
    }
    module = import_module(name)
    listed = getattr(module, "__all__", None)
    if listed is None:
        assert not public
        return
    assert set(listed) >= public
    assert all(hasattr(module, each) for each in listed)


def test_importing_the_package_loads_neither_sdk_nor_numpy() -> None:
    heavy = ("openai", "google.genai", "numpy", "rich", "fakes", "httpx2")
    code = f"import sys, fbench.cli; print([name for name in {heavy!r} if name in sys.modules])"
    assert run(code) == "[]"


def test_the_schema_of_results_is_that_of_the_code() -> None:
    path = ROOT / "fbench" / "report" / "results.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == Results.model_json_schema()


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    return done.stdout.strip()
