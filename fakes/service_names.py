"""The names of the services that a world has, and which of them speak OpenAI's wire format."""

from __future__ import annotations

__all__ = ["OPENAI_WIRE", "SERVICES", "TUNING"]

OPENAI_WIRE = ("openai", "nebius", "azure")
TUNING = ("openai", "vertex", "nebius", "azure")
"""Those at which models can be tuned."""
SERVICES = (*TUNING, "gemini", "storage")
