"""NumPy's numbers count as Python's do in every statistic, and what makes no sense is refused."""

# What is handed over is not what signatures ask for: that is what these tests are about
# pyright: reportArgumentType=false, reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fbench.analysis import stats

INTEGERS = (np.int8, np.uint8, np.int16, np.int64)
FLOATS = (np.float32, np.float64)
BOOLS = (np.bool_, np.int8, np.float32)

GROUPS = [[True, False, True], [False], [True, True], [False, False], [True]]
PAIRS = [[(False, True), (True, True)], [(True, False)], [(False, True)] * 3, [(False, False)]]
TRIPLES = [[(a, b, True) for a, b in group] for group in PAIRS] * 4

Scalar = Callable[[Any], Any]

COUNTS: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "flip_signs": (lambda a, b: stats.flip_signs([a, b, b]), (100, 120)),
    "mcnemar": (stats.mcnemar, (5, 100)),
    "mcnemar without items": (stats.mcnemar, (0, 0)),
    "mcnemar's mid-p": (lambda a, b: stats.mcnemar(a, b, mid=True), (100, 100)),
    "wilson": (stats.wilson, (100, 120)),
    "clopper_pearson": (stats.clopper_pearson, (100, 120)),
    "bounds": (stats.bounds, (100, 20, 120)),
    "detectable_difference": (lambda n, g: stats.detectable_difference(n, clusters=g), (120, 20)),
    "detectable_paired_difference": (
        lambda n, g: stats.detectable_paired_difference(n, clusters=g),
        (120, 20),
    ),
    "clustered_bootstrap": (
        lambda n, seed: stats.clustered_bootstrap(GROUPS, resamples=n, seed=seed),
        (120, 3),
    ),
}
REALS: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "wilson": (stats.wilson, (2.5, 10.0, 0.75)),
    "clopper_pearson": (lambda level: stats.clopper_pearson(3, 9, level), (0.75,)),
    "clustered_wilson": (lambda level: stats.clustered_wilson(GROUPS, level), (0.75,)),
    "paired_difference": (lambda level: stats.paired_difference(PAIRS, level), (0.75,)),
    "clustered_bootstrap": (lambda level: stats.clustered_bootstrap(GROUPS, level), (0.75,)),
    "cohen_kappa": (lambda level: stats.cohen_kappa([("a", "b"), ("a", "a"), ("b", "b")], level), (0.75,)),
    "holm": (lambda *p: stats.holm(p), (0.25, 0.03125, 0.0)),
    "benjamini_hochberg": (lambda *p: stats.benjamini_hochberg(p), (0.25, 0.03125, 0.0)),
    "spread": (lambda *values: stats.spread(values), (0.25, 0.5, 0.125)),
    "combined_interval": (
        lambda a, b: stats.combined_interval(max, [a, b], [stats.wilson(a, 1), stats.wilson(b, 1)], [{}, {}]),
        (0.25, 0.5),
    ),
    "ratio_of_differences": (lambda level: stats.ratio_of_differences(TRIPLES, level), (0.75,)),
    "detectable_difference": (
        lambda design, alpha, power: stats.detectable_difference(90, design=design, alpha=alpha, power=power),
        (1.5, 0.125, 0.75),
    ),
    "detectable_paired_difference": (
        lambda discordant, design, alpha, power: stats.detectable_paired_difference(
            90, discordant=discordant, design=design, alpha=alpha, power=power
        ),
        (0.25, 1.5, 0.125, 0.75),
    ),
}
OUTCOMES: dict[str, Callable[[Scalar], Any]] = {
    "clustered_wilson": lambda of: stats.clustered_wilson(grouped(of)),
    "design_effect": lambda of: stats.design_effect(grouped(of)),
    "effective_n": lambda of: stats.effective_n(grouped(of)),
    "intraclass_correlation": lambda of: stats.intraclass_correlation(grouped(of)),
    "clustered_bootstrap": lambda of: stats.clustered_bootstrap(grouped(of)),
    "paired_difference": lambda of: stats.paired_difference(paired(of)),
    "sign_flip_test": lambda of: stats.sign_flip_test(paired(of)),
    "balanced_accuracy": lambda of: stats.balanced_accuracy([("Yes", of(1)), ("No", of(0))] * 200),
}


def grouped(of: Scalar) -> list[list[Any]]:
    return [[of(each) for each in group] * 50 for group in GROUPS]  # more than eight bits can count


def paired(of: Scalar) -> list[list[tuple[Any, Any]]]:
    return [[(of(a), of(b)) for a, b in group] * 50 for group in PAIRS]


def same(found: Any, expected: Any) -> None:
    """Equal, and of Python's own types all through."""
    assert found == expected
    parts = found if isinstance(found, list | tuple) else [found]
    assert all(type(part) in (float, int, type(None)) for part in parts)


@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("name", COUNTS)
def test_counts_may_be_integers_of_numpy(name: str, kind: Scalar) -> None:
    statistic, arguments = COUNTS[name]
    same(statistic(*map(kind, arguments)), statistic(*arguments))


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("name", REALS)
def test_numbers_may_be_floats_of_numpy(name: str, kind: Scalar) -> None:
    statistic, arguments = REALS[name]
    same(statistic(*map(kind, arguments)), statistic(*arguments))


@pytest.mark.parametrize("kind", BOOLS)
@pytest.mark.parametrize("name", OUTCOMES)
def test_outcomes_may_be_booleans_and_numbers_of_numpy(name: str, kind: Scalar) -> None:
    same(OUTCOMES[name](kind), OUTCOMES[name](bool))


def test_clusters_may_be_arrays() -> None:
    groups = [[True, False], [True, True], [False, False]]
    pairs = [[(False, True), (True, True)], [(True, False), (False, True)]]
    same(stats.clustered_wilson(list(np.array(groups))), stats.clustered_wilson(groups))
    same(
        stats.clustered_wilson([np.array([], dtype=bool), *np.array(groups)]), stats.clustered_wilson(groups)
    )
    same(stats.clustered_bootstrap(list(np.array(groups))), stats.clustered_bootstrap(groups))
    same(stats.paired_difference(list(np.array(pairs))), stats.paired_difference(pairs))
    same(stats.sign_flip_test(list(np.array(pairs))), stats.sign_flip_test(pairs))
    same(stats.holm(list(np.array([0.25, 0.5]))), stats.holm([0.25, 0.5]))
    same(stats.spread(list(np.array([0.25, 0.5]))), stats.spread([0.25, 0.5]))


def test_every_public_function_takes_numbers_of_numpy() -> None:
    functions = {name for name in stats.__all__ if callable(getattr(stats, name)) and name[0].islower()}
    tried = {name.split()[0].removesuffix("'s") for name in (*COUNTS, *REALS, *OUTCOMES)}
    assert functions == tried | {"chance_level"}  # which takes golds alone


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("items that only the first", lambda: stats.mcnemar(-1, 3)),
    ("items that only the second", lambda: stats.mcnemar(3, np.int8(-3))),
    ("whole number", lambda: stats.mcnemar(2.5, 3)),
    ("finite", lambda: stats.mcnemar(3, math.inf)),
    ("k must be a finite number from 0 to 3", lambda: stats.wilson(4, 3)),
    ("n must be", lambda: stats.wilson(0, math.nan)),
    ("n must be", lambda: stats.wilson(-1, -2)),
    ("k must be", lambda: stats.clopper_pearson(4, 3)),
    ("n must be a whole", lambda: stats.clopper_pearson(1, 2.5)),
    ("correct answers", lambda: stats.bounds(4, 0, 3)),
    ("ungraded answers", lambda: stats.bounds(2, 2, 3)),
    ("ungraded answers", lambda: stats.bounds(2, -1, 3)),
    ("True or False, got 0.5", lambda: stats.clustered_wilson([[0.5, True], [False]])),
    ("True or False, got None", lambda: stats.paired_difference([[(None, True)]])),
    ("True or False, got nan", lambda: stats.design_effect([[math.nan], [True]])),
    ("True or False, got 'yes'", lambda: stats.sign_flip_test([[("yes", True)]])),
    ("True or False, got 2", lambda: stats.balanced_accuracy([("Yes", 2)])),
    ("a value must be a finite", lambda: stats.clustered_bootstrap([[math.inf], [0.0]])),
    ("number of resamples", lambda: stats.clustered_bootstrap([[1.0], [0.0]], resamples=-1)),
    ("number of resamples", lambda: stats.clustered_bootstrap([[1.0], [0.0]], resamples=0)),
    ("a p value must be a finite number from 0 to 1", lambda: stats.holm([0.1, math.nan])),
    ("a p value", lambda: stats.benjamini_hochberg([1.5])),
    ("a value", lambda: stats.spread([0.1, math.nan])),
    ("n must be", lambda: stats.detectable_difference(-3)),
    ("design effect", lambda: stats.detectable_difference(30, design=math.nan)),
    ("alpha", lambda: stats.detectable_difference(30, alpha=0)),
    (
        "power must be a finite number from 0.5 to 1, got 0.4",
        lambda: stats.detectable_difference(30, power=0.4),
    ),
    ("power", lambda: stats.detectable_difference(30, power=1)),
    ("discordant", lambda: stats.detectable_paired_difference(30, discordant=1.5)),
    ("clusters", lambda: stats.detectable_paired_difference(30, clusters=-1)),
    ("level", lambda: stats.wilson(1, 2, 1.0)),
    ("level", lambda: stats.clopper_pearson(1, 2, 0.0)),
    ("level", lambda: stats.clustered_wilson([], 95)),
    ("level", lambda: stats.paired_difference([], math.nan)),
    ("level", lambda: stats.clustered_bootstrap([], 1)),
    ("level", lambda: stats.cohen_kappa([], -0.5)),
    ("level", lambda: stats.wilson(1, 2, 1.5)),
    ("a value must be a finite number, got nan", lambda: stats.spread([math.nan])),
]


@pytest.mark.parametrize(("message", "call"), REFUSED)
def test_what_makes_no_sense_is_refused_by_name(message: str, call: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=message):
        call()
