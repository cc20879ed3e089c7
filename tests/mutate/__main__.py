"""Mutates every module of a room and says which mutants its tests let live.

`python -m tests.mutate ROOM [MODULE...]`: modules by name, all without. What is known of survivors is in
`survivors.toml`; a run of a whole room writes its raw score to `score-ROOM.md`. It ends with 1 where a
survivor is not accounted for, or fewer than nine in ten are killed.
"""

from __future__ import annotations

import os
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mutate.mutants import Mutant, mutants
from tests.mutate.trial import start

HERE = Path(__file__).parent
SECONDS = 90
LEAST = 0.9


def main(room: str, wanted: Sequence[str]) -> int:
    """Runs a room's mutants and reports them."""
    settings = tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))[room]
    reasons = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    for name in settings["oracles"]:
        __import__(name)
    modules = [path for path in sorted(Path("fbench", room).glob("*.py")) if path.name != "__init__.py"]
    modules = [path for path in modules if not wanted or path.stem in wanted]
    began = time.monotonic()
    lines = ["| module | mutants | killed | share |", "|---|---|---|---|"]
    survivors: list[tuple[str, str]] = []
    whole = killed = 0
    for module in modules:
        tests = settings["tests"].get(module.stem, settings["default"])
        if os.waitpid(start(module, None, tests, 10 * SECONDS), 0)[1]:
            sys.exit(f"{module}: {' '.join(tests)} fail without any mutant; mend them first.")
        made = list(mutants(module.read_text(encoding="utf-8")))
        alive = [mutant for mutant, lives in zip(made, _trials(module, made, tests), strict=True) if lives]
        survivors += [(module.stem, mutant.name) for mutant in alive]
        whole, killed = whole + len(made), killed + len(made) - len(alive)
        lines.append(_line(module.stem, len(made), len(made) - len(alive)))
        print(f"{lines[-1]}  {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201 - its output
        for mutant in alive:
            known = mutant.name in reasons.get(room, {}).get(module.stem, {})
            print(f"    {'known' if known else 'LIVES'} line {mutant.line}, {mutant.name}", flush=True)  # noqa: T201
    lines.append(_line("all", whole, killed))
    told = [(m, n, reasons.get(room, {}).get(m, {}).get(n)) for m, n in survivors]
    if not wanted:
        body = "\n".join(f"- {m}, {n}. {reason or 'NOT ACCOUNTED FOR'}" for m, n, reason in told)
        text = f"# Mutants of fbench/{room}\n\n" + "\n".join(lines) + f"\n\n## Survivors\n\n{body}\n"
        (HERE / f"score-{room}.md").write_text(text, encoding="utf-8")
    print(lines[-1])  # noqa: T201
    return int(any(reason is None for *_, reason in told) or killed < LEAST * whole)


def _line(name: str, whole: int, killed: int) -> str:
    return f"| {name} | {whole} | {killed} | {killed / whole if whole else 1:.3f} |"


def _trials(module: Path, made: Sequence[Mutant], tests: Sequence[str]) -> Iterator[bool]:
    """Whether each mutant lives, as many at a time as there are cores."""
    running: dict[int, int] = {}
    lives: dict[int, bool] = {}
    for number, mutant in enumerate(made):
        if len(running) >= (os.cpu_count() or 1):
            _wait(running, lives)
        running[start(module, mutant.tree, tests, SECONDS)] = number
    while running:
        _wait(running, lives)
    return (lives[number] for number in range(len(made)))


def _wait(running: dict[int, int], lives: dict[int, bool]) -> None:
    process, status = os.wait()
    lives[running.pop(process)] = status == 0


if __name__ == "__main__":
    os.environ["HYPOTHESIS_PROFILE"] = "mutate"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads is not to be forked
    sys.exit(main(sys.argv[1], sys.argv[2:]))
