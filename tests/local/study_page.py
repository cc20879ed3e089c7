"""The page of the study of one's own machine, written from its results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fbench.analysis.results import Results, Row
from fbench.datasets.model import Role
from fbench.plurals import counted
from tests.architecture.graph import ROOT

STUDY = ROOT / "cassettes" / "own-machine"
"""The recording, with the results of the run that made it."""
PAGE = ROOT / "docs" / "explanation" / "own-machine.md"

_TEMPLATE = Path(__file__).with_name("study_page.md")
_ROLES = {
    Role.TAUGHT: "taught, in the taught words",
    Role.SAME: "taught, in other words",
    Role.FOLLOWS: "what follows from it",
    Role.UNCHANGED: "near it, and unchanged",
    Role.CONTROL: "general knowledge",
    Role.UNKNOWN: "not taught: a refusal is right",
}


def page(results: Results) -> str:
    """The page, in Markdown."""
    experiment = results.experiment
    (weights,) = experiment.weights
    local, epochs = experiment.local, [0, *sorted(experiment.epochs)]
    last = epochs[-1]
    shares = {
        f"{role.value}{when}": _percent(_share(_of(results, role=role, epochs=each)))
        for role in _ROLES
        for when, each in (("_before", 0), ("", last))
    }
    return _TEMPLATE.read_text(encoding="utf-8").format(
        model=weights.name,
        kind="dequantised from a GGUF file" if weights.format == "GGUF" else weights.format,
        sha256=weights.sha256,
        dtype=weights.dtype,
        device={"cpu": "a processor", "cuda": "a graphics card"}.get(weights.device, weights.device),
        facts=sum(results.dataset.facts.values()),
        tasks=counted(len(experiment.tasks), "task"),
        how=f"adapters of rank {local['rank']}" if local["method"] == "lora" else "all weights",
        rate=f"{float(local['rate']):g}",
        batch=local["batch_size"],
        asked=f"{results.asked:,}",
        temperature=f"{experiment.temperature:g}",
        last=counted(last, "epoch"),
        table=_table(results, epochs, None),
        by_task=_tasks(results, epochs),
        source=results.dataset.source,
        **shares,
    )


def _table(results: Results, epochs: list[int], task: str | None) -> str:
    """The shares of right answers by role and epochs, of a task or of all."""
    heads = ["base" if each == 0 else counted(each, "epoch") for each in epochs]
    lines = [f"| questions | n | {' | '.join(heads)} |", f"|---|---|{'---|' * len(epochs)}"]
    for role, said in _ROLES.items():
        cells = [list(_of(results, role=role, epochs=each, task=task)) for each in epochs]
        if asked := sum(row.n for row in cells[0]):
            shares = " | ".join(f"{_share(rows):.2f}" for rows in cells)
            lines.append(f"| {said} | {asked} | {shares} |")
    return "\n".join(lines)


def _tasks(results: Results, epochs: list[int]) -> str:
    return "\n\n".join(f"### {task}\n\n{_table(results, epochs, task)}" for task in results.experiment.tasks)


def _of(results: Results, *, role: Role, epochs: int | None = None, task: str | None = None) -> Iterator[Row]:
    return (
        row
        for row in results.rows
        if row.role == role and epochs in (None, row.epochs) and task in (None, row.task)
    )


def _share(rows: Iterable[Row]) -> float:
    found = list(rows)
    asked = sum(row.n for row in found)
    return sum(row.correct for row in found) / asked if asked else 0.0


def _percent(share: float) -> str:
    return f"{100 * round(share, 2):.0f} %"  # as the tables round it
