"""The former name of `fakes.timeline`; it will be removed in the release after the next one."""

from __future__ import annotations

from fakes.timeline import ByClock, ByHand, ByObservation, Pace

__all__ = ["ByClock", "ByHand", "ByObservation", "Pace"]
