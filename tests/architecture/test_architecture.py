"""What may import what, and how long a module may be."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from fbench.analysis.results import Results
from tests.architecture.graph import ROOMS, ROOT, circle_in, drawn, imports, modules, room_of

MODULES = sorted(modules().values())
IMPORTS = imports()
LONGEST = 400
LONGER: set[str] = set()
"""Modules that may be longer, each with one subject."""


@pytest.mark.parametrize("name", sorted(IMPORTS))
def test_a_room_imports_only_what_the_table_allows(name: str) -> None:
    room = room_of(name)
    others = {room_of(each) for each in IMPORTS[name]} - {room, "fbench"}
    if room == "fakes":
        assert others == set()
    elif name not in ("fbench", "fbench.__main__"):
        assert others <= ROOMS[room]


def test_the_table_has_every_room_and_each_only_what_stands_above_it() -> None:
    """So there is no circle between rooms either."""
    met = {"fakes"}
    for room, known in ROOMS.items():
        assert known <= met
        met.add(room)
    assert met - {"fakes"} == {room_of(name) for name in IMPORTS} - {"fakes", "fbench", "__main__"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle_in(IMPORTS) == []


def test_no_module_needs_a_package_that_needs_it() -> None:
    """A module of a package is imported after the package's `__init__`, whoever imports it first."""
    whole = {name: {*others, *_packages_of(others, name)} for name, others in IMPORTS.items()}
    assert circle_in(whole) == []


def _packages_of(others: set[str], name: str) -> Iterator[str]:
    for other in others:
        parts = other.split(".")
        for end in range(2, len(parts)):
            package = ".".join(parts[:end])
            if not name.startswith(f"{package}.") and package != name:
                yield package


def test_a_circle_would_be_found() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()}) != []


def test_the_drawing_begins_with_the_command_line_and_shows_each_room_once() -> None:
    *lines, ground = drawn().splitlines()
    assert lines[0].split()[0] in ("cli", "testing")
    shown = [line.split()[0] for line in lines] + ground.removeprefix("the ground: ").split()
    assert sorted(shown) == sorted([*ROOMS, "fakes"])


def test_the_drawing_shows_only_what_stands_right_below() -> None:
    below = dict(line.split("  ->  ") for line in drawn().splitlines()[:-1])
    direct = {name.strip(): set(rooms.split()) for name, rooms in below.items()}
    assert direct["grading"] == {"runner"}
    assert "upstream" not in direct["grading"], "it is reached by the runner"
    assert direct["upstream"] == {"datasets", "providers"}


def test_the_fakes_are_drawn_too() -> None:
    *lines, ground = drawn("fakes").splitlines()
    assert {"doors", "world", "openai", "vertex"} <= {line.split()[0] for line in lines}
    assert "learners" in ground.split()
    assert "fbench" not in " ".join([*lines, ground]).split()


def test_modules_are_not_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    assert [name for name, length in lengths.items() if length > LONGEST and name not in LONGER] == []


@pytest.mark.parametrize(
    "package",
    [
        pytest.param("fbench", id="fbench"),
        *(pytest.param(f"fakes.{room}", id=room) for room in ("doors", "learners")),
        *(
            pytest.param(f"fakes.{service}", id=service)
            for service in ("openai", "vertex", "gemini", "storage")
        ),
    ],
)
def test_no_two_public_types_have_one_name(package: str) -> None:
    """The services have the same names on purpose: what each is, is said by its package."""
    found: dict[str, list[str]] = {}
    for name, path in modules().items():
        if name == package or name.startswith(f"{package}."):
            for each in _types(path):
                found.setdefault(each, []).append(name)
    assert found
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_no_module_is_named_as_a_public_function_is() -> None:
    """Importing `fbench.run`, the package, would hide `fbench.run`, the function."""
    functions = {
        *("load_dataset", "plan", "run", "resume", "grade"),
        *("agreement", "disagreements", "compare", "report"),
    }
    assert functions.isdisjoint(room_of(name) for name in IMPORTS)


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


_WRITERS = {
    "fbench/files.py": "the place where files are written",
    "fbench/cassette/format/files.py": "a recording grows at its end, one write an interaction",
    "fbench/runner/owner.py": "the file of a lock, which says who holds it, and is gone at the end",
    "fbench/datasets/fetch.py": "a download grows in a .part file, and is moved into place when it is whole",
    "fbench/grading/rows.py": "rows in a folder of this process's own, which is removed at once",
    "fbench/cli/streams.py": "the null device",
    "fbench/cli/serve.py": "the null device",
}
"""The only modules that open files for writing, and why."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_written_whole_by_the_module_that_does_it(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    found = _writing(path.read_text(encoding="utf-8"))
    if name.startswith("fbench/") and name not in _WRITERS:
        assert found == []


def test_each_exception_from_writing_whole_files_is_one() -> None:
    assert [name for name in _WRITERS if not _writing((ROOT / name).read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "code",
    [
        *('path.write_text("a")', 'path.write_bytes(b"a")', 'path.open("w")', 'path.open(mode="ab")'),
        *('open(path, "x")', 'gzip.open(path, "wt")', "os.open(path, os.O_RDWR | os.O_CREAT)"),
        'path.open("ab" if goes_on else "wb")',
        *("path.replace(other)", "os.replace(path, other)", "path.rename(other)", "shutil.move(path, other)"),
    ],
)
def test_every_way_of_writing_would_be_found(code: str) -> None:
    assert _writing(code)


@pytest.mark.parametrize(
    "code", ['path.open("rb")', "open(path)", 'text.replace("a", "b")', "dataclasses.replace(made, rows=1)"]
)
def test_reading_is_not_taken_for_writing(code: str) -> None:
    assert _writing(code) == []


def _writing(source: str) -> list[str]:
    """The calls that write, rename or copy files."""
    return [ast.unparse(node) for node in ast.walk(ast.parse(source)) if _writes(node)]


def _writes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    owner, _, name = called.rpartition(".")
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if owner in ("os", "shutil") and name in ("replace", "rename", "move", "copy", "copyfile", "copy2"):
        return True
    if name == "open":
        inside = [each for one in given for each in ast.walk(one)]
        texts = [each.value for each in inside if isinstance(each, ast.Constant)]
        modes = [text for text in texts if isinstance(text, str) and set(text) <= set("rwaxbt+")]
        flags = {each.attr for each in inside if isinstance(each, ast.Attribute)}
        return any(set(mode) & set("wax+") for mode in modes) or bool(flags & {"O_WRONLY", "O_RDWR"})
    if name == "replace":  # of a text it has two arguments
        return bool(owner) and len(node.args) == 1 and not node.keywords
    return bool(owner) and name in ("write_text", "write_bytes", "rename")


def test_importing_the_package_loads_neither_sdk_nor_numpy() -> None:
    heavy = ("openai", "google.genai", "numpy", "rich", "fakes", "httpx2")
    code = f"import sys, fbench.cli; print([name for name in {heavy!r} if name in sys.modules])"
    assert run(code) == "[]"


def test_the_schema_of_results_is_that_of_the_code() -> None:
    path = ROOT / "fbench" / "reports" / "results.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == Results.model_json_schema()


def _types(path: Path) -> set[str]:
    """The names of the classes, type aliases and type variables that a module defines for others."""
    names = set[str]()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for each in targets if isinstance(each, ast.Name) and not each.id.isupper()}
    return {name for name in names if name[0].isupper()}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    return done.stdout.strip()
