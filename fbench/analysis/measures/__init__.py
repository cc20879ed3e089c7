"""Measures of cells beyond accuracy: what was gained, what was lost, and what of it is due to what.

A measure is a function in `rows` from a `View` of a cell's answers to rows of the results.
"""

from __future__ import annotations

from fbench.analysis.measures.contrasts import contrasts_of
from fbench.analysis.measures.curves import curves_of
from fbench.analysis.measures.drift import drift_of
from fbench.analysis.measures.rows import LEAST_ROOM, measures_of
from fbench.analysis.measures.views import View, views_of

__all__ = ["LEAST_ROOM", "View", "contrasts_of", "curves_of", "drift_of", "measures_of", "views_of"]
