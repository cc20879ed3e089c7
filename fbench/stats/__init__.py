"""Statistics that a report can defend: intervals, paired tests, corrections, chance levels."""

from __future__ import annotations

from fbench.stats.chance import balanced_accuracy, chance_level
from fbench.stats.design import design_effect, effective_n, intraclass_correlation
from fbench.stats.intervals import Interval, bounds, clopper_pearson, clustered_wilson, wilson
from fbench.stats.multiple import benjamini_hochberg, holm
from fbench.stats.paired import Difference, mcnemar, paired_difference

__all__ = [
    "Difference",
    "Interval",
    "balanced_accuracy",
    "benjamini_hochberg",
    "bounds",
    "chance_level",
    "clopper_pearson",
    "clustered_wilson",
    "design_effect",
    "effective_n",
    "holm",
    "intraclass_correlation",
    "mcnemar",
    "paired_difference",
    "wilson",
]
