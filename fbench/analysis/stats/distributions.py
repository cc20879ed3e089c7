"""Quantiles and tails of the normal, t and beta distributions, from the standard library."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

__all__ = ["beta_cdf", "beta_quantile", "normal_quantile", "t_quantile"]

_CLOSE = 1e-15
"""A series ends when a step changes the value by less than this: a few units of a float's last place."""


def normal_quantile(p: float) -> float:
    """The point below which a standard normal variable falls with probability `p` in (0, 1)."""
    return NormalDist().inv_cdf(p)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), for a, b > 0.

    By its continued fraction, evaluated by Lentz's method (NIST Digital Library of Mathematical Functions,
    8.17.22), on the side of the mean where it converges fast.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    return _below(x, a, b) if x <= (a + 1) / (a + b + 2) else 1.0 - _below(1 - x, b, a)


def _below(x: float, a: float, b: float) -> float:
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return min(math.exp(log_front) / (a * _fraction(x, a, b)), 1.0)


def _fraction(x: float, a: float, b: float) -> float:
    """The denominator 1 + d1/(1 + d2/(1 + ...)) of DLMF 8.17.22.

    On its side of the mean no divisor is 0: the first is at least 2 / (a + b + 2).
    """
    value = numerator = 1.0
    denominator = 0.0
    for step in itertools.count(1):
        half, odd = divmod(step, 2)
        if odd:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        denominator = 1 / (1 + term * denominator)
        numerator = 1 + term / numerator
        value *= numerator * denominator
        if not abs(numerator * denominator - 1) > _CLOSE:  # also if a part is not a number
            break
    return value


def beta_quantile(p: float, a: float, b: float) -> float:
    """The point below which a Beta(a, b) variable falls with probability `p` in [0, 1]."""
    return _invert(lambda x: beta_cdf(x, a, b), p, 0.0, 1.0)


@lru_cache(maxsize=256)  # it is the costliest step of an interval, and a report has few numbers of clusters
def t_quantile(p: float, df: float) -> float:
    """The point t below which Student's t with `df` > 0 falls with probability `p` in (0, 1).

    By the shares of df + t^2 (Abramowitz and Stegun 1964, section 26.7): df's is Beta(df/2, 1/2), that of t^2
    is Beta(1/2, df/2). The first is small in the tails, the second is small near 0, so no digits are lost.
    """
    if p > 0.5:
        return -t_quantile(1 - p, df)
    if p < 0.25:
        tail = beta_quantile(2 * p, df / 2, 0.5)
        return -math.sqrt(df * (1 - tail) / tail)
    body = beta_quantile(1 - 2 * p, 0.5, df / 2)
    return -math.sqrt(df * body / (1 - body))


def _invert(cdf: Callable[[float], float], p: float, low: float, high: float) -> float:
    """Bisect a rising function to the last bit of a float."""
    while low < (middle := (low + high) / 2) < high:
        if cdf(middle) < p:
            low = middle
        else:
            high = middle
    return high
