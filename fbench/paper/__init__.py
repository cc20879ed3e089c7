"""From the answers that FineTuneBench's authors released to the tables of their paper."""

from __future__ import annotations

from fbench.paper.reproduction import Reproduction, reproduce

__all__ = ["Reproduction", "reproduce"]
