"""Numbers formatted for people."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.analysis.results import CostRow, ReportedDifference, ReportedInterval, Results

__all__ = [
    "answered_by",
    "dollars",
    "gain",
    "interval",
    "p_value",
    "share",
    "signed",
    "source",
    "stands_in",
    "unpriced",
]

_ALPHA = 0.05


def share(value: float | None) -> str:
    """Two decimals; a dash if there is no value."""
    return "-" if value is None else f"{value:.2f}"


def signed(value: float | None) -> str:
    """Two decimals with a sign; a dash if there is no value."""
    return "-" if value is None else f"{value + 0.0:+.2f}"


def interval(ends: ReportedInterval | None) -> str:
    """Both ends of an interval; a dash if there is none."""
    return "-" if ends is None else f"{share(ends.low)} to {share(ends.high)}"


def gain(found: ReportedDifference | None) -> str:
    """A paired difference, starred if its p is below 0.05; a dash if there is none."""
    return "-" if found is None else f"{signed(found.value)}{'*' if found.p < _ALPHA else ''}"


def p_value(p: float) -> str:
    """Four decimals; what would be .0000 is `<.0001`."""
    return "<.0001" if p < 0.0001 else f"{p:.4f}"


def dollars(value: float) -> str:
    """Dollars and cents; an amount above zero but below a cent is `<$0.01`."""
    return "<$0.01" if 0 < value < 0.005 else f"${value:,.2f}"


def unpriced(costs: Sequence[CostRow]) -> str:
    """A sentence on the models whose dollars the sums leave out; empty if there are none."""
    models = dict.fromkeys(model for row in costs for model in row.unpriced)
    return f"No price is known for {', '.join(models)}: the sums leave it out." if models else ""


def stands_in(results: Results) -> bool:
    """Whether the numbers come from fakes."""
    return results.experiment.upstream == "fake"


def answered_by(results: Results) -> str:
    """What answered, in a word or two, beside a model's name in a title."""
    upstream = results.experiment.upstream
    return {"fake": "FAKE", "weights": "local open weights"}.get(upstream, upstream)


def _open_weights(results: Results) -> list[str]:
    """The models with the digests of their weights, with as much of it as there is room for."""
    weights = results.experiment.weights
    names = ", ".join(each.name for each in weights)
    kinds = {each.name: "dequantised GGUF, " if each.format == "GGUF" else "" for each in weights}
    whole, short = (
        ", ".join(f"{each.name} ({kinds[each.name]}sha256 {each.sha256[:digits]})" for each in weights)
        for digits in (64, 12)
    )
    said = [f"local open weights: {each}" for each in (whole, short, names) if each]
    return [*said, "local open weights"]


def source(results: Results) -> list[str]:
    """What answered, and when it was recorded if it was replayed: several texts, from long to short."""
    experiment = results.experiment
    replayed = f", replayed as recorded on {experiment.recorded}" if experiment.recorded else ""
    if stands_in(results):
        says = ["FAKE models, which stand in for those whose names they go by", "FAKE models"]
        says.insert(1, "FAKE models stand in for those named")
        if experiment.learner == "tiny":
            says[0] = "FAKE models: a small transformer, really trained, goes by their names"
            says[1] = "FAKE models: a small transformer, really trained"
    elif experiment.upstream == "weights":
        says = _open_weights(results)
    elif experiment.upstream == "local":
        says = ["a server on this machine, which is none of the vendors'", "a server on this machine"]
    else:
        says = [f"{experiment.upstream} models"]
    return [said + replayed for said in says]
