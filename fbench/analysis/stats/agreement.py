"""Agreement of two raters beyond chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from fbench.analysis.stats.distributions import normal_quantile, t_quantile
from fbench.analysis.stats.inputs import level_of

__all__ = ["Kappa", "cohen_kappa"]

_Pair = tuple[str, str]


class Kappa(NamedTuple):
    """Cohen's kappa and an interval for it; all in [-1, 1]."""

    value: float
    low: float
    high: float


def cohen_kappa(
    ratings: Sequence[_Pair], level: float = 0.95, *, clusters: Sequence[Hashable] | None = None
) -> Kappa | None:
    """Kappa of two raters, from their labels for the same items (Cohen 1960).

    Without `clusters` the interval is the large-sample one (Fleiss, Cohen and Everitt 1969, equation 13).

    `clusters` names a cluster for each item; items in one cluster need not be independent. The variance is
    then that of the linearised kappa, summed by cluster (Binder 1983), or the independent one if that is
    larger. An interval of a fixed number of standard errors on each side covers far too seldom near 1, and
    at 1 it is a point. So the variance is converted to that of a share of agreement among an effective
    number of items, at most their true number. Wilson's interval for that share, with Student's t on
    clusters - 1, is converted to the scale of kappa, with the agreement by chance fixed at its estimate.
    With fewer than two clusters nothing is known: [-1, 1].

    None if both raters always give the same one label, or if there are no items: kappa is then undefined.

    Raises:
        ValueError: the level is not between 0 and 1.
    """
    level = level_of(level)
    counts = Counter(ratings)
    n = counts.total()
    first, second = (_shares(ratings, rater) for rater in (0, 1))
    by_chance = math.fsum(share * second.get(name, 0.0) for name, share in first.items())
    if not n or by_chance == 1:
        return None
    agreed = math.fsum(count / n for (one, other), count in counts.items() if one == other)
    kappa = (agreed - by_chance) / (1 - by_chance)
    # The change of kappa when one item of a pair is added, times n: the derivative by the share of the pair.
    adds = {
        (one, other): (
            (one == other)
            - agreed
            - (1 - kappa) * (second.get(one, 0.0) + first.get(other, 0.0) - 2 * by_chance)
        )
        / (1 - by_chance)
        for one, other in counts
    }
    variance = math.fsum(count * adds[pair] ** 2 for pair, count in counts.items()) / n**2
    if clusters is None:
        reach = normal_quantile((1 + level) / 2) * math.sqrt(variance)
        return Kappa(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))
    sums: dict[Hashable, float] = {}
    for pair, cluster in zip(ratings, clusters, strict=True):
        before = sums.get(cluster)
        sums[cluster] = adds[pair] if before is None else before + adds[pair]
    groups = len(sums)
    if groups < 2:
        return Kappa(kappa, -1.0, 1.0)
    between = math.fsum(total * total for total in sums.values()) / n**2
    variance = max(variance * n / (n - 1), between * groups / (groups - 1))
    spread = agreed * (1 - agreed)
    known = min(n, spread / (variance * (1 - by_chance) ** 2)) if spread > 0 and variance > 0 else n
    t = t_quantile((1 + level) / 2, groups - 1)
    low, high = _low(agreed, known, t), 1 - _low(1 - agreed, known, t)
    low, high = (low - by_chance) / (1 - by_chance), (high - by_chance) / (1 - by_chance)
    return Kappa(kappa, max(-1.0, min(kappa, low)), max(kappa, high))


def _shares(ratings: Sequence[_Pair], rater: int) -> dict[str, float]:
    """The share of the items to which a rater gave each label."""
    return {label: k / len(ratings) for label, k in Counter(pair[rater] for pair in ratings).items()}


def _low(share: float, n: float, z: float) -> float:
    """The lower end of Wilson's interval for a share of `n` items, `z` standard errors away (Wilson 1927)."""
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return max(0.0, (middle - reach) / (1 + z * z / n))
