"""Recompute the tables of the FineTuneBench paper from the answers that its authors released."""

from __future__ import annotations

from fbench.paper.reproduction import Reproduction, reproduce

__all__ = ["Reproduction", "reproduce"]
