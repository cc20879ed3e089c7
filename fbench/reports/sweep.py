"""The experiments of a sweep side by side, at most 100 columns wide unless a name is very long."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.results import Row
from fbench.analysis.sweep import Sweep, SweptResults
from fbench.plurals import counted
from fbench.reports.names import without_provider
from fbench.reports.numbers import p_value, share
from fbench.reports.outcome import average

__all__ = ["sweep_table"]

_ROLES = ("taught", "same", "follows", "unchanged", "unknown", "control")
_LEFT_OUT = 40
"""The most rows of comparisons that are shown; all are in sweep.json."""


def sweep_table(found: Sweep) -> RenderableType:
    """Accuracies by role of each experiment and model, and how far each differs from the first."""
    fake = any(each.upstream == "fake" for each in found.experiments)
    table = _table("experiment", "model", "condition", "epochs", *_ROLES)
    models = without_provider(
        list(dict.fromkeys(row.model for each in found.experiments for row in each.rows))
    )
    for each in found.experiments:
        for line in _lines(each, models):
            table.add_row(*line)
    parts: list[RenderableType] = [
        table,
        Text("\nAccuracies are means over tasks, splits, seeds, and trainings that differ in design."),
    ]
    parts += [
        Text(f"\n{each.b} and {each.a} are not compared: {each.refused}")
        for each in found.comparisons
        if each.refused
    ]
    parts += _differences(found, models)
    if fake:
        parts.append(Text("Note: FAKE models stand in for those whose names they go by.", style="dim"))
    return Group(*parts)


def _lines(each: SweptResults, models: dict[str, str]) -> Iterator[list[str]]:
    groups: dict[tuple[str, str, int], list[Row]] = {}
    for row in each.rows:
        groups.setdefault((row.model, row.condition, row.epochs), []).append(row)
    for (model, condition, epochs), mine in groups.items():
        shares = (_mean(mine, role) for role in _ROLES)
        yield [each.name, models[model], condition, str(epochs or "-"), *shares]


def _mean(rows: list[Row], role: str) -> str:
    mean = average(row.accuracy for row in rows if row.role == role)
    return "-" if mean is None else share(mean)


def _differences(found: Sweep, models: dict[str, str]) -> list[RenderableType]:
    rows = [(each, row) for each in found.comparisons for row in each.rows]
    if not rows:
        return []
    rows.sort(key=lambda pair: (pair[1].holm, pair[1].difference.p))
    table = _table("B against the first (A)", "B's cell", "split", "n", "B - A", "95 % interval", "Holm")
    for each, row in rows[:_LEFT_OUT]:
        gain = row.difference
        interval = f"{gain.low:+.2f} to {gain.high:+.2f}"
        table.add_row(
            each.b,
            _short(row.cell_b, models),
            row.split,
            str(row.n),
            f"{gain.value:+.2f}",
            interval,
            p_value(row.holm),
        )
    more = f" The first {_LEFT_OUT} of them, by p; sweep.json has all." if len(rows) > _LEFT_OUT else ""
    told = (
        f"\nPaired differences on the same questions. Holm corrects the p of a test over clusters within all "
        f"{counted(found.family, 'comparison')} of the sweep.{more}"
    )
    return [Text(), table, Text(told)]


def _short(cell: str, models: dict[str, str]) -> str:
    """The id of a cell without its provider, and without its model if there is one alone."""
    model = next((each for each in models if cell.startswith(f"{each}/")), "")
    rest = cell.removeprefix(f"{model}/")
    return f"{models[model]}/{rest}" if model and len(models) > 1 else rest


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    texts = ("experiment", "model", "condition", "B against the first (A)", "B's cell", "split")
    for name in names:
        table.add_column(name, justify="left" if name in texts else "right", overflow="fold")
    return table
