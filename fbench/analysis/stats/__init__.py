"""Statistics for reports: intervals, paired tests, corrections, chance levels, power."""

from __future__ import annotations

from fbench.analysis.stats.agreement import Kappa, cohen_kappa
from fbench.analysis.stats.bootstrap import clustered_bootstrap
from fbench.analysis.stats.chance import balanced_accuracy, chance_level
from fbench.analysis.stats.combined import Ratio, Triples, combined_interval, ratio_of_differences
from fbench.analysis.stats.design import design_effect, effective_n, intraclass_correlation
from fbench.analysis.stats.inputs import Weights
from fbench.analysis.stats.intervals import Interval, bounds, clopper_pearson, clustered_wilson, wilson
from fbench.analysis.stats.multiple import benjamini_hochberg, holm
from fbench.analysis.stats.paired import (
    FEW_CLUSTERS,
    Difference,
    PValues,
    flip_signs,
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
    "Ratio",
    "Spread",
    "Triples",
    "Weights",
    "balanced_accuracy",
    "benjamini_hochberg",
    "bounds",
    "chance_level",
    "clopper_pearson",
    "clustered_bootstrap",
    "clustered_wilson",
    "cohen_kappa",
    "combined_interval",
    "design_effect",
    "detectable_difference",
    "detectable_paired_difference",
    "effective_n",
    "flip_signs",
    "holm",
    "intraclass_correlation",
    "mcnemar",
    "paired_difference",
    "ratio_of_differences",
    "sign_flip_test",
    "spread",
    "wilson",
]
