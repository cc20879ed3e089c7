"""A comparison for people: a table for each pair of cells, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.comparison import ComparedQuestion, ComparedRow, Comparison
from fbench.plurals import counted
from fbench.reports.numbers import p_value

__all__ = ["COMPARED_HEADER", "compared_texts", "comparison_legend", "comparison_table"]

COMPARED_HEADER = (
    *("split", "n", "both", "only A", "only B", "neither"),
    *("B - A", "95 % interval", "p", "Holm", "BH"),
)
"""The columns of `compared_texts`."""


def comparison_table(found: Comparison, *, items: bool = False) -> RenderableType:
    """All rows, their meaning, and, with `items`, the questions that only one side got right."""
    fake = " (FAKE)" if found.fake else ""
    parts: list[RenderableType] = [Text(f"A: {found.a}\nB: {found.b}", style="bold")]
    pairs = dict.fromkeys((row.cell_a, row.cell_b) for row in found.rows)
    for pair in pairs:
        rows = [row for row in found.rows if (row.cell_a, row.cell_b) == pair]
        parts += [Text(f"\nA {pair[0]}{fake}\nB {pair[1]}{fake}", style="bold"), _table(rows)]
        if items:
            parts += _items(item for item in found.items if (item.cell_a, item.cell_b) == pair)
    parts.append(Text("\n" + comparison_legend(found)))
    if found.fake:
        parts.append(Text("Note: FAKE models stand in for those whose names they go by.", style="dim"))
    parts += [Text(f"Warning: {warning}", style="bold") for warning in found.warnings]
    return Group(*parts)


def compared_texts(row: ComparedRow) -> list[str]:
    """The texts of a row; an f marks few clusters."""
    gain = row.difference
    counts = (row.n, row.both, row.only_a, row.only_b, row.neither)
    return [
        row.split,
        *map(str, counts),
        f"{gain.value:+.2f}",
        f"{gain.low:+.2f} to {gain.high:+.2f}{' f' if gain.few_clusters else ''}",
        *(p_value(p) for p in (gain.p, row.holm, row.bh)),
    ]


def _table(rows: Iterable[ComparedRow]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    first, *others = COMPARED_HEADER
    table.add_column(first, min_width=13, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*compared_texts(row))
    return table


def _items(items: Iterable[ComparedQuestion]) -> list[RenderableType]:
    return [
        Text(
            f"\n{item.split} {item.question}: {item.text}\n  gold: {' | '.join(item.gold)}\n"
            f"  A {item.verdict_a}: {item.answer_a.strip()}\n  B {item.verdict_b}: {item.answer_b.strip()}"
        )
        for item in items
    ]


def comparison_legend(found: Comparison) -> str:
    """What the columns mean, and how many answers could not be graded."""
    kind = "a bootstrap over clusters" if found.interval == "bootstrap" else "Tango's score for clusters"
    few = any(row.difference.few_clusters for row in found.rows)
    ungraded = sum(row.ungraded for row in found.rows)
    return (
        "n counts the questions that both answered; both, only A, only B and neither say who got them right. "
        f"Intervals are by {kind}; p is the mid-p of a test over clusters. Holm and BH correct it within the "
        f"family of all rows here ({found.family})."
        + (" f marks few clusters, under 20: an interval may hold 0 beside p < 0.05 there." if few else "")
        + (f" {counted(ungraded, 'ungraded answer')} counted as not correct." if ungraded else "")
    )
