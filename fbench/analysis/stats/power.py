"""How large a difference must be for a plan to find it."""

from __future__ import annotations

import math

from fbench.analysis.stats.distributions import normal_quantile, t_quantile
from fbench.analysis.stats.inputs import count, level_of, real

__all__ = ["detectable_difference", "detectable_paired_difference"]


def detectable_difference(
    n: int, *, clusters: int | None = None, design: float = 1.0, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The least difference of two shares, each of `n` items of its own, that a two-sided test would find.

    It solves n = (z_a sqrt(2 pq) + z_b sqrt(p1 q1 + p2 q2))^2 / d^2 (Fleiss, Levin and Paik 2003, equation
    4.14) for d, with the shares at equal distance from one half, where it is largest. See
    `detectable_paired_difference` for the rest.
    """
    return _solve(n, 0.5, 0.5, clusters=clusters, design=design, alpha=alpha, power=power)


def detectable_paired_difference(
    n: int,
    *,
    discordant: float = 0.5,
    clusters: int | None = None,
    design: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float | None:
    """The least difference of two shares of the same `n` items that a two-sided `sign_flip_test` would find.

    It solves n = (z_a sqrt(f) + z_b sqrt(f - d^2))^2 / d^2 (Connor 1987, Biometrics 43, 207) for d, where f
    is the share of items that only one of both gets right: one half for answers that have nothing to do with
    each other, at shares of one half. For clusters of one, the test is McNemar's, which the equation is made
    for. Other clusters divide n by their design effect (Kish 1965), and with them the quantiles are Student's
    t on clusters - 1 (Donner and Klar 2000), which flipping the signs of many clusters comes to; with few it
    is the more cautious one. `power` is at least one half.

    None where the items are too few to find any difference.
    """
    discordant = real(discordant, "the share of discordant items", 0, 1)
    found = _solve(n, discordant, 1.0, clusters=clusters, design=design, alpha=alpha, power=power)
    return None if found is None or found > discordant else found


def _solve(
    n: int, variance: float, shrink: float, *, clusters: int | None, design: float, alpha: float, power: float
) -> float | None:
    """The root of d sqrt(m) = z_a sqrt(v) + z_b sqrt(v - s d^2), with m = n / design; at most sqrt(v / s).

    Where m is below s z_a^2, not even the largest difference would be found: squaring gives a root all the
    same, and one that falls with m.
    """
    known = count(n, "n") / max(1.0, real(design, "the design effect", 0))
    alpha, power = level_of(alpha, "alpha"), real(level_of(power, "power"), "power", 0.5, 1)
    clusters = None if clusters is None else count(clusters, "the number of clusters")
    if clusters is not None and clusters < 2:
        return None
    at_null, at_difference = (
        normal_quantile(p) if clusters is None else t_quantile(p, clusters - 1)
        for p in (1 - alpha / 2, power)
    )
    if known < shrink * at_null**2:
        return None
    inside = known + shrink * (at_difference**2 - at_null**2)
    whole = math.sqrt(known) * at_null + at_difference * math.sqrt(inside)
    return math.sqrt(variance) * whole / (known + shrink * at_difference**2)
