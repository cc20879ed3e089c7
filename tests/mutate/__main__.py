"""Mutates the modules of a room and says which mutants its tests let live.

`python -m tests.mutate ROOM [MODULE...]`: modules by name, all without. What came of each module is kept in
`score.toml`, with a reason beside every survivor, which is written by hand and stays as long as the mutant
lives. It ends with 1 where a survivor has no reason, or fewer than nine in ten of the room are killed.
"""

from __future__ import annotations

import ast
import gc
import math
import os
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli_w

from tests.mutate.mutants import Mutant, mutants
from tests.mutate.trial import name_of, start

HERE = Path(__file__).parent
SCORE = HERE / "score.toml"
SECONDS = 20
SLOWER = 4
"""A mutant whose tests take so many times as long as without it never ends: it counts as killed."""
LEAST = 0.9


def main(room: str, wanted: Sequence[str]) -> int:
    """Runs a room's mutants, keeps the score and tells it."""
    settings = tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))[room]
    modules = [path for path in sorted(Path(settings["path"]).glob("*.py")) if path.name != "__init__.py"]
    for name in settings["oracles"]:
        __import__(name)
    if loaded := sorted(name_of(module) for module in modules if name_of(module) in sys.modules):
        sys.exit(f"{room}: its oracles import {', '.join(loaded)}, so that a fault there would never run.")
    gc.freeze()
    for module in modules:
        if not wanted or module.stem in wanted:
            _keep(room, module.stem, _lives(module, settings["tests"].get(module.stem, settings["default"])))
    score = _score(room)
    whole = sum(part["mutants"] for part in score.values())
    killed = sum(part["killed"] for part in score.values())
    nameless = sum(not reason for part in score.values() for reason in part["survivors"].values())
    print(f"{room}: {killed} of {whole} killed, {nameless} survivors without a reason")  # noqa: T201 - its output
    return int(nameless > 0 or killed < LEAST * whole)


def limit_of(baseline: float) -> int:
    """The seconds after which a mutant counts as killed, where the tests take `baseline` without it.

    That is at least four times as many: a mutant that is only slow is no mutant that was noticed.
    """
    return max(SECONDS, math.ceil(SLOWER * baseline))


def _lives(module: Path, tests: Sequence[str]) -> dict[str, bool]:
    """Whether each mutant lives, from a green baseline, as many at a time as there are cores."""
    began = time.monotonic()
    whole = ast.parse(module.read_text(encoding="utf-8"))
    if os.waitpid(start(module, whole, tests, 10 * SECONDS), 0)[1]:
        sys.exit(f"{module}: {' '.join(tests)} fail without any mutant; mend them first.")
    limit = limit_of(time.monotonic() - began)
    running: dict[int, Mutant] = {}
    lives: dict[str, bool] = {}
    made = list(mutants(module.read_text(encoding="utf-8")))
    for mutant in made:
        if len(running) >= (os.cpu_count() or 1):
            _wait(running, lives)
        running[start(module, mutant.tree, tests, limit)] = mutant
    while running:
        _wait(running, lives)
    found = [mutant for mutant in made if lives[mutant.name]]
    seconds = time.monotonic() - began
    print(f"{module}: {len(made) - len(found)} of {len(made)} killed in {seconds:.0f} s", flush=True)  # noqa: T201 - its output
    for mutant in found:
        print(f"    line {mutant.line}, {mutant.name}", flush=True)  # noqa: T201 - its output
    return {mutant.name: lives[mutant.name] for mutant in made}


def _wait(running: dict[int, Mutant], lives: dict[str, bool]) -> None:
    process, status = os.wait()
    lives[running.pop(process).name] = status == 0


def _keep(room: str, module: str, lives: dict[str, bool]) -> None:
    """A module's part of the score: reasons of mutants that still live are carried over."""
    score: dict[str, Any] = tomllib.loads(SCORE.read_text(encoding="utf-8")) if SCORE.is_file() else {}
    before = score.get(room, {}).get(module, {}).get("survivors", {})
    survivors = {name: before.get(name, "") for name, alive in lives.items() if alive}
    part = {"mutants": len(lives), "killed": len(lives) - len(survivors), "survivors": survivors}
    score.setdefault(room, {})[module] = part
    SCORE.write_text(tomli_w.dumps(score), encoding="utf-8")


def _score(room: str) -> dict[str, Any]:
    return tomllib.loads(SCORE.read_text(encoding="utf-8"))[room]


if __name__ == "__main__":
    os.environ["HYPOTHESIS_PROFILE"] = "mutate"
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads is not to be forked
    sys.exit(main(sys.argv[1], sys.argv[2:]))
