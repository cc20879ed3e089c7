"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.pipeline.results import CostRow

__all__ = ["dollars", "share", "unpriced"]


def share(value: float | None) -> str:
    """Two decimals; a dash where there is no value."""
    return "-" if value is None else f"{value:.2f}"


def dollars(value: float) -> str:
    """Dollars and cents; what is less than a cent, and not nothing, is said to be."""
    return "<$0.01" if 0 < value < 0.005 else f"${value:,.2f}"


def unpriced(costs: Sequence[CostRow]) -> str:
    """A sentence on the models whose dollars the sums leave out; empty where there are none."""
    models = dict.fromkeys(model for row in costs for model in row.unpriced)
    return f"No price is known for {', '.join(models)}: the sums leave it out." if models else ""
