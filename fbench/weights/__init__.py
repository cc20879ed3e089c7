"""Models of open weights that are tuned and asked on this machine, written `local:NAME`.

`naming` tells their names from the places where they are, `identity` what they are by the digests of their
files, and `here` opens them and reaches them. Nothing of it needs PyTorch before a model is opened.
"""

from __future__ import annotations

from fakes.learners.local.options import Options, options_of
from fbench.weights.naming import check_alone, is_local, with_weights

__all__ = ["Options", "check_alone", "is_local", "options_of", "with_weights"]
