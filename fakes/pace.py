"""The former name of what is in `fakes.timeline`; it is removed in the release after the next one."""

from __future__ import annotations

from fakes.timeline import ByClock, ByHand, ByObservation, Pace

__all__ = ["ByClock", "ByHand", "ByObservation", "Pace"]
