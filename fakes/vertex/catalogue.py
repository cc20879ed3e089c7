"""The publisher models that the fake Vertex AI serves, and which of them can be tuned.

From https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models/tune-models as of 2026-11; retired
models, such as every Gemini 1.5, are not included and answer 404.
"""

from __future__ import annotations

__all__ = ["MODELS"]

MODELS = {
    "gemini-3.5-flash": True,
    "gemini-3.5-flash-lite": True,
    "gemini-3.1-flash-lite": True,
    "gemini-2.5-pro": True,
    "gemini-2.5-flash": True,
}
"""Model id -> whether it can be tuned."""
