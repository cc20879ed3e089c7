"""fbench: what do fine-tuning APIs teach a model?"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
