"""The import graph of `fbench` and `fakes`: between modules, and between the rooms that they stand in.

A room is a folder or a module right below `fbench`, or `fakes` as a whole. Imports for type checkers and
those inside functions count like all others: they too say what one must know to read a module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

__all__ = ["ROOMS", "ROOT", "circle_in", "drawn", "imports", "modules", "room_of", "rooms"]

ROOT = Path(__file__).parents[2]

_WHOLE_RUN = (
    "errors files plurals values value_errors version plugins datasets cassette providers "
    "upstream known_models runner grading analysis pipeline"
)
_BELOW_RUNS = (
    "version errors files clock request_context values value_errors plurals messages "
    "plugins datasets providers cassette upstream known_models weights terminal"
)
_ASKING = "terminal datasets providers runner upstream"
_GRADED = "runner grading analysis"
_SHOWN = "known_models values value_errors markdown plurals plugins terminal"
_ANSWERING = "wire named_learner cassette fakes"
ROOMS: Mapping[str, frozenset[str]] = {
    name: frozenset(known.split())
    for name, known in (
        ("version", ""),
        ("errors", ""),
        ("files", "errors"),
        ("values", "errors"),
        ("value_errors", ""),
        ("markdown", ""),
        ("plurals", ""),
        ("messages", ""),
        ("tables", "errors plurals"),
        ("clock", ""),
        ("request_context", ""),
        ("wire", ""),
        ("named_learner", "errors fakes"),
        ("plugins", "errors"),
        ("datasets", "errors files values value_errors plurals plugins messages tables"),
        ("cassette", "errors files value_errors request_context plurals"),
        ("terminal", "errors cassette"),
        ("providers", "errors value_errors clock request_context plurals plugins messages cassette wire"),
        ("known_models", "fakes"),
        ("weights", "errors values clock named_learner providers fakes"),
        (
            "upstream",
            f"version errors value_errors clock request_context plugins datasets providers {_ANSWERING}",
        ),
        ("forward", "errors upstream cassette wire fakes"),
        ("runner", _BELOW_RUNS),
        (
            "grading",
            f"errors value_errors files tables request_context plurals plugins {_ASKING}",
        ),
        (
            "analysis",
            "tables version errors files values value_errors plurals datasets weights runner grading",
        ),
        ("pipeline", "errors plurals datasets providers known_models upstream runner grading analysis"),
        ("in_python", "errors runner analysis pipeline"),
        ("paper", "errors markdown plurals datasets grading analysis"),
        (
            "reports",
            f"errors files messages tables {_SHOWN} {_GRADED}",
        ),
        ("view", "errors runner reports"),
        ("rerun", "errors plurals datasets cassette providers upstream runner grading pipeline"),
        ("arguments", "errors values value_errors terminal runner"),
        ("sweeps", "errors files runner grading analysis pipeline"),
        ("clean", "arguments runner"),
        ("runs", "errors providers in_python runner analysis pipeline arguments sweeps"),
        ("api", f"{_WHOLE_RUN} reports arguments"),
        ("on_ray", "errors providers runner pipeline"),
        ("cli", f"{_WHOLE_RUN} sweeps on_ray rerun paper reports view forward terminal fakes"),
        ("testing", "errors files plurals cassette wire fakes"),
    )
}
"""What each room of fbench may import, besides itself, from the ground up."""


def modules() -> dict[str, Path]:
    """All modules of both packages by dotted name."""
    found: dict[str, Path] = {}
    for path in sorted([*ROOT.glob("fbench/**/*.py"), *ROOT.glob("fakes/**/*.py")]):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports() -> dict[str, set[str]]:
    """The modules of ours that each module imports."""
    known = modules()
    return {name: {each for each in _imported(path, known) if each != name} for name, path in known.items()}


def _imported(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole
                elif node.module in known:
                    yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, the first one again at the end; empty where none do."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def room_of(module: str, package: str = "fbench") -> str:
    """The room that a module stands in: the part below the package, or the name of another package."""
    parts = module.split(".")
    return parts[1] if parts[0] == package and len(parts) > 1 else parts[0]


def rooms(package: str = "fbench") -> dict[str, set[str]]:
    """The rooms that each room of a package imports, itself and the package's own names left out."""
    found: dict[str, set[str]] = {}
    for name, others in imports().items():
        there = found.setdefault(room_of(name, package), set())
        there.update(room_of(each, package) for each in others)
    return {name: others - {name, package} for name, others in found.items()}


def drawn(package: str = "fbench") -> str:
    """The rooms of a package from the top to the ground, each with those right below it.

    What a room can also reach through a lower one is left out, and so is the ground: rooms that import none
    but each other, which stand in the last line.
    """
    whole = {name: others for name, others in rooms(package).items() if name not in (package, "__main__")}
    if package == "fakes":
        whole = {name: others for name, others in whole.items() if name != "fbench"}
    ground: set[str] = set()
    while more := {name for name, others in whole.items() if name not in ground and others <= ground}:
        ground |= more
        if any(len(whole[name]) > 1 for name in more):
            break
    graph = {name: others - ground for name, others in whole.items() if name not in ground}
    order = list(TopologicalSorter(graph).static_order())[::-1]
    order.sort(key=lambda name: name != "cli")  # nothing imports it, so it can stand first
    width = max(map(len, order))
    place = {name: number for number, name in enumerate(order)}
    lines: list[str] = []
    for name in order:
        below = sorted(_direct(graph, name), key=place.__getitem__)
        lines.append(f"{name:{width}}  ->  {' '.join(below) or '(the ground)'}")
    return "\n".join([*lines, f"the ground: {' '.join(sorted(ground))}"])


def _direct(graph: Mapping[str, set[str]], name: str) -> set[str]:
    """The rooms that a room imports, without those that another of them leads to."""
    return {
        each
        for each in graph[name]
        if not any(each in _below(graph, other) for other in graph[name] if other != each)
    }


def _below(graph: Mapping[str, set[str]], name: str) -> set[str]:
    """All rooms that a room leads to."""
    return {reached for each in graph.get(name, ()) for reached in {each} | _below(graph, each)}
