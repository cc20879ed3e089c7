"""The version of fbench: a separate module, which every other module may import."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
