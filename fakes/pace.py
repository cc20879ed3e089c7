"""The former name of what is in `fakes.timeline`; to be removed in the release after the next."""

from __future__ import annotations

import warnings

from fakes.timeline import ByClock, ByHand, ByObservation, Pace

__all__ = ["ByClock", "ByHand", "ByObservation", "Pace"]

warnings.warn("fakes.pace is now fakes.timeline", DeprecationWarning, stacklevel=2)
