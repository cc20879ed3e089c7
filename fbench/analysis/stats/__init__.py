"""Statistics for reports: intervals, paired tests, corrections, chance levels, power."""

from __future__ import annotations

from fbench.analysis.stats.agreement import Kappa, cohen_kappa
from fbench.analysis.stats.bootstrap import clustered_bootstrap
from fbench.analysis.stats.chance import balanced_accuracy, chance_level
from fbench.analysis.stats.design import design_effect, effective_n, intraclass_correlation
from fbench.analysis.stats.intervals import Interval, bounds, clopper_pearson, clustered_wilson, wilson
from fbench.analysis.stats.multiple import benjamini_hochberg, holm
from fbench.analysis.stats.paired import (
    FEW_CLUSTERS,
    Difference,
    PValues,
    mcnemar,
    paired_difference,
    sign_flip_test,
)
from fbench.analysis.stats.power import detectable_difference, detectable_paired_difference
from fbench.analysis.stats.spread import Spread, spread

__all__ = [
    "FEW_CLUSTERS",
    "Difference",
    "Interval",
    "Kappa",
    "PValues",
    "Spread",
    "balanced_accuracy",
    "benjamini_hochberg",
    "bounds",
    "chance_level",
    "clopper_pearson",
    "clustered_bootstrap",
    "clustered_wilson",
    "cohen_kappa",
    "design_effect",
    "detectable_difference",
    "detectable_paired_difference",
    "effective_n",
    "holm",
    "intraclass_correlation",
    "mcnemar",
    "paired_difference",
    "sign_flip_test",
    "spread",
    "wilson",
]
