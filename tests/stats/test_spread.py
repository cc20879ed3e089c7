"""The spread between seeds."""

# The parameters of pytest.approx have no types
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.analysis.stats import spread

shares = st.lists(st.floats(0, 1), min_size=2, max_size=8)


def test_the_spread_of_three_seeds_is_worked_by_hand() -> None:
    assert spread([0.5, 0.7, 0.6]) == pytest.approx((3, 0.6, 0.1, 0.5, 0.7))
    assert spread([0.2, 0.4]) == pytest.approx((2, 0.3, 0.02**0.5, 0.2, 0.4))


def test_one_seed_tells_nothing_of_the_deviation() -> None:
    assert spread([0.25]) == (1, 0.25, None, 0.25, 0.25)


def test_no_seed_has_no_spread() -> None:
    with pytest.raises(ValueError, match="give one for each seed"):
        spread([])


@given(shares, st.floats(-1, 1))
def test_moving_all_values_moves_all_but_the_deviation(values: list[float], by: float) -> None:
    there, moved = spread(values), spread([value + by for value in values])
    assert moved.sd == pytest.approx(there.sd, abs=1e-9)
    assert (moved.mean, moved.low, moved.high) == pytest.approx(
        (there.mean + by, there.low + by, there.high + by)
    )
    assert spread(values[::-1]) == pytest.approx(there)
