"""Cohen's kappa, held to statsmodels and to its own laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fbench.stats.kappa import cohen_kappa

VERDICTS = ("correct", "incorrect", "abstained")
PAIRS = st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)), max_size=40)


@given(PAIRS)
def test_it_equals_the_oracle(pairs: list[tuple[str, str]]) -> None:
    oracle = pytest.importorskip(
        "statsmodels.stats.inter_rater", reason="needs statsmodels, which only the test group installs"
    )
    found = cohen_kappa(pairs)
    assume(found is not None)
    table = np.array([[pairs.count((a, b)) for b in VERDICTS] for a in VERDICTS])
    expected: float = oracle.cohens_kappa(table, return_results=False)
    assert found == pytest.approx(expected, abs=1e-12)


@given(PAIRS)
def test_it_is_undefined_where_there_is_nothing_that_could_differ(pairs: list[tuple[str, str]]) -> None:
    assert (cohen_kappa(pairs) is None) == (len({verdict for pair in pairs for verdict in pair}) < 2)


@given(PAIRS)
def test_it_is_symmetric_and_does_not_depend_on_order(pairs: list[tuple[str, str]]) -> None:
    assert cohen_kappa(pairs) == cohen_kappa([(b, a) for a, b in pairs]) == cohen_kappa(reversed(pairs))


@given(PAIRS)
def test_agreement_throughout_is_one_and_nothing_is_more(pairs: list[tuple[str, str]]) -> None:
    found = cohen_kappa(pairs)
    assume(found is not None)
    assert found is not None
    assert -1 <= found <= 1
    assert (found == 1) == all(a == b for a, b in pairs)


def test_cohens_own_example() -> None:
    """Table 1 of Cohen (1960), as counts out of 200."""
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    pairs = [(str(i), str(j)) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    assert cohen_kappa(pairs) == pytest.approx(0.492, abs=0.0005)
