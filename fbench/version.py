"""The version of fbench: a module of its own, which every other may import."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
