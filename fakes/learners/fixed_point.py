"""Fixed-point numbers: arithmetic that gives the same bits on every CPU.

Floating-point sums depend on the order of addition, which numpy chooses by the CPU's vector width, and
`exp` and `log` depend on the C library. Integer arithmetic is the same everywhere. A number here is an
integer multiple of 2**-16; only losses are floats, made by IEEE operations that are exact wherever Python
runs.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["BITS", "ONE", "Longs", "Weights", "exponentials", "fixed", "inverse_root", "nats"]

Weights = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

BITS = 16
ONE = 1 << BITS
"""The number one."""

_STEP = 8  # the table of exponentials has 2**8 entries per nat
_EDGE = 12 << _STEP  # e**-12 is below one unit: everything beyond counts as zero


def fixed(number: float) -> int:
    """The fixed-point number nearest to a real one."""
    return round(number * ONE)


def inverse_root(count: int) -> int:
    """1 / sqrt(count) in fixed point; `count` is a positive integer."""
    return math.isqrt((ONE * ONE) // count)


def _table() -> Longs:
    # e**(-1/256) by its power series, to 64 bits; its powers lose less than a unit over the table
    one = 1 << 64
    ratio, term = one, one
    for k in range(1, 12):
        term = -term // (k << _STEP)
        ratio += term
    powers = [one]
    while len(powers) < _EDGE:
        powers.append(powers[-1] * ratio >> 64)
    return np.array([power >> (64 - BITS) for power in powers] + [0], dtype=np.int64)


_EXP = _table()


def exponentials(depths: Longs) -> Longs:
    """e**-depth for fixed-point depths >= 0, to within 1/256 of its value; zero beyond 11 nats."""
    return _EXP.take(np.minimum(depths >> (BITS - _STEP), _EDGE))


def nats(number: int) -> float:
    """Natural logarithm of a positive fixed-point number, as a float correct to ten decimals.

    ln m = 2 artanh((m - 1) / (m + 1)) for the mantissa m in [1/2, 1), with Python's own + * / only:
    `math.log` may differ in its last bit between C libraries.
    """
    mantissa, exponent = math.frexp(number / ONE)
    ratio = (mantissa - 1) / (mantissa + 1)
    square = ratio * ratio
    total, power = 0.0, ratio
    for odd in range(1, 24, 2):
        total += power / odd
        power *= square
    return 2 * total + exponent * 0.6931471805599453
