"""The publisher models that the fake Vertex AI serves: which of them can be tuned, and how they think.

From https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models/tune-models and
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking as of 2026-11; a retired model, such as
every Gemini 1.5, is not there and answers 404.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MODELS", "TUNABLE", "Thinking", "thinking_of"]

MODELS = {
    "gemini-3.5-flash": True,
    "gemini-3.5-flash-lite": True,
    "gemini-3.1-flash-lite": True,
    "gemini-2.5-pro": True,
    "gemini-2.5-flash": True,
}
"""Model id -> whether it can be tuned."""

TUNABLE = tuple(model for model, tunable in MODELS.items() if tunable)
"""The models that can be tuned."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a model thinks: the least and the most tokens of a budget, whether it takes 0 for none, and whether
    it takes a level instead; `default` is whether it thinks where it is not asked to.
    """

    least: int
    most: int
    off: bool
    levels: bool
    default: bool


_THINKING = {
    "gemini-3.5-flash": Thinking(1, 24_576, off=True, levels=True, default=True),
    "gemini-3.5-flash-lite": Thinking(1, 24_576, off=True, levels=True, default=False),
    "gemini-3.1-flash-lite": Thinking(1, 24_576, off=True, levels=True, default=False),
    "gemini-2.5-pro": Thinking(128, 32_768, off=False, levels=False, default=True),
    "gemini-2.5-flash": Thinking(1, 24_576, off=True, levels=False, default=True),
}


def thinking_of(model: str) -> Thinking | None:
    """How the model of that id thinks; None where it does not."""
    return _THINKING.get(model)
