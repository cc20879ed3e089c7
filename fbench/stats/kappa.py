"""Agreement of two raters, beyond what chance would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = ["cohen_kappa"]


def cohen_kappa(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two raters' verdicts on the same items: (observed - chance) / (1 - chance).

    None without pairs, and where both raters gave one and the same verdict throughout, so that chance
    alone would agree. Cohen, J. (1960), A coefficient of agreement for nominal scales, Educational and
    Psychological Measurement 20(1), 37-46.
    """
    both = list(pairs)
    n = len(both)
    left, right = Counter(a for a, _ in both), Counter(b for _, b in both)
    # In whole numbers to the end, so that order and rounding cannot show.
    agreed = n * sum(a == b for a, b in both)
    chance = sum(left[verdict] * right[verdict] for verdict in left)
    return None if chance == n * n else (agreed - chance) / (n * n - chance)
