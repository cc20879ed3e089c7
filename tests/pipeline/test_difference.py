"""What results say of the difference between two cells."""

from __future__ import annotations

import pytest

from fbench.analysis.difference import difference_of
from fbench.analysis.stats import sign_flip_test

GAINED, NEITHER = (False, True), (False, False)
Groups = list[list[tuple[bool, bool]]]


def test_six_questions_a_cluster_that_move_together_are_no_six_findings() -> None:
    # Four of 25 clusters gain all six questions: McNemar on the 24 pairs would say p = 1e-7.
    groups: Groups = [[GAINED] * 6] * 4 + [[NEITHER] * 6] * 21
    found, p = difference_of(groups)
    assert (found.p, p) == (0.0625, 0.0625)
    assert found.low <= 0
    assert not found.few_clusters


def test_clusters_that_each_gain_a_little_are_a_finding_in_both() -> None:
    found, _ = difference_of([[GAINED, *[NEITHER] * 5]] * 25)
    assert found.p < 1e-6
    assert 0.1 < found.low < found.value < found.high < 0.3


@pytest.mark.parametrize(("clusters", "few"), [(19, True), (20, False)])
def test_under_20_clusters_the_result_says_that_they_are_few(clusters: int, few: bool) -> None:
    groups: Groups = [[], *[[GAINED]] * clusters]
    assert difference_of(groups)[0].few_clusters == few


def test_the_p_value_is_kept_as_it_is_before_it_is_rounded() -> None:
    groups: Groups = [[GAINED]] * 30
    found, p = difference_of(groups)
    assert p == sign_flip_test(groups).mid == 2.0**-30
    assert found.p == 0
