"""Agreement of two raters beyond chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from fbench.stats.distributions import normal_quantile
from fbench.stats.inputs import level_of

__all__ = ["Kappa", "cohen_kappa"]


class Kappa(NamedTuple):
    """Cohen's kappa and an interval for it; all in [-1, 1]."""

    value: float
    low: float
    high: float


def cohen_kappa(ratings: Sequence[tuple[str, str]], level: float = 0.95) -> Kappa | None:
    """Kappa of two raters, from what each said of the same items (Cohen 1960).

    The interval is the large-sample one (Fleiss, Cohen and Everitt 1969, equation 13). None where both always
    say the same one thing, or there are no items: kappa is undefined then.

    Raises:
        ValueError: the level is not between 0 and 1.
    """
    level = level_of(level)
    n = len(ratings)
    first = {name: count / n for name, count in Counter(one for one, _ in ratings).items()}
    second = {name: count / n for name, count in Counter(other for _, other in ratings).items()}
    by_chance = math.fsum(share * second.get(name, 0.0) for name, share in first.items())
    if not n or by_chance == 1:
        return None
    cells = {pair: count / n for pair, count in Counter(ratings).items()}
    agreed = math.fsum(share for (one, other), share in cells.items() if one == other)
    kappa = (agreed - by_chance) / (1 - by_chance)
    rest = 1 - kappa
    spread = math.fsum(
        share
        * (
            (1 - (first[one] + second[other]) * rest) ** 2
            if one == other
            else (rest * (second.get(one, 0.0) + first.get(other, 0.0))) ** 2
        )
        for (one, other), share in cells.items()
    )
    variance = (spread - (kappa - by_chance * rest) ** 2) / (1 - by_chance) ** 2 / n
    reach = normal_quantile((1 + level) / 2) * math.sqrt(max(0.0, variance))
    return Kappa(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))
