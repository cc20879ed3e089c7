"""The arrays of the small transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats"]

Floats = NDArray[np.floating[Any]]
"""Numbers in single precision, or in double where gradients are checked."""
