"""The optimiser: Adam over one vector of parameters (Kingma and Ba, arXiv 1412.6980), gradients clipped."""

from __future__ import annotations

from typing import Any

import numpy as np

from fakes.learners.tiny.arrays import Floats

__all__ = ["Adam"]


_FIRST, _SECOND, _EPSILON, _LONGEST = 0.9, 0.99, 1e-8, 1.0


class Adam:
    """Moves parameters against their gradient, each by about the learning rate."""

    def __init__(self, size: int, kind: np.dtype[Any]) -> None:
        self._mean, self._square = np.zeros(size, kind), np.zeros(size, kind)
        self._steps = 0

    def step(self, vector: Floats, gradient: Floats, rate: float) -> None:
        """Changes the vector. A gradient that is longer than 1 is shortened to that."""
        length = float(np.sqrt(np.dot(gradient, gradient)))
        if length > _LONGEST:
            gradient *= _LONGEST / length
        self._steps += 1
        self._mean *= _FIRST
        self._mean += (1 - _FIRST) * gradient
        self._square *= _SECOND
        gradient *= gradient
        gradient *= 1 - _SECOND
        self._square += gradient
        size = np.sqrt(self._square / (1 - _SECOND**self._steps))
        size += _EPSILON
        np.divide(self._mean, size, out=size)
        size *= rate / (1 - _FIRST**self._steps)
        vector -= size
