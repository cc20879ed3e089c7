"""The smallest difference that a plan can detect."""

from __future__ import annotations

import math

from fbench.analysis.stats.distributions import normal_quantile, t_quantile
from fbench.analysis.stats.inputs import count, level_of, real

__all__ = ["detectable_difference", "detectable_paired_difference"]


def detectable_difference(
    n: int, *, clusters: int | None = None, design: float = 1.0, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The smallest difference of two shares, each of `n` separate items, that a two-sided test would detect.

    It solves n = (z_a sqrt(2 pq) + z_b sqrt(p1 q1 + p2 q2))^2 / d^2 (Fleiss, Levin and Paik 2003, equation
    4.14) for d, with the shares at equal distances from one half, where d is largest. See
    `detectable_paired_difference` for the other arguments.
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
    """The smallest difference of two shares of the same `n` items that a `sign_flip_test` would detect.

    The test is two-sided. It solves n = (z_a sqrt(f) + z_b sqrt(f - d^2))^2 / d^2 (Connor 1987, Biometrics
    43, 207) for d, where f is the share of items that exactly one of the two gets right: one half for
    unrelated answers at shares of one half. For clusters of size one, the test is McNemar's, for which the
    equation was made. For other clusters n is divided by their design effect (Kish 1965), and the quantiles
    are Student's t on clusters - 1 (Donner and Klar 2000). With many clusters this approaches flipping their
    signs; with few it is more cautious. `power` is at least one half.

    None if there are too few items to detect any difference.
    """
    discordant = real(discordant, "the share of discordant items", 0, 1)
    found = _solve(n, discordant, 1.0, clusters=clusters, design=design, alpha=alpha, power=power)
    return None if found is None or found > discordant else found


def _solve(
    n: int, variance: float, shrink: float, *, clusters: int | None, design: float, alpha: float, power: float
) -> float | None:
    """The root of d sqrt(m) = z_a sqrt(v) + z_b sqrt(v - s d^2), with m = n / design; at most sqrt(v / s).

    If m is below s z_a^2, not even the largest difference would be detected: squaring still gives a root,
    but a wrong one, which falls with m.
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
