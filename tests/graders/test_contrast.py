"""The guard against stale answers, at the edge between what was right and what is."""

from __future__ import annotations

import pytest

from fbench.grading.graders.contrast import is_stale, says_enough


@pytest.mark.parametrize(
    ("answer", "gold", "before", "stale"),
    [
        ("Screen at age fifty", "Screen at age forty", "Screen at age fifty", True),
        ("Screen at age forty", "Screen at age forty", "Screen at age fifty", False),
        ("Screen at some age", "Screen at age forty", "Screen at age fifty", True),
        ("Aspirin", "Ibuprofen", "Aspirin", True),
        ("Aspirin, no longer Ibuprofen", "Aspirin", "Ibuprofen", False),
        ("Paracetamol", "Ibuprofen", "Aspirin", False),
        ("Ibuprofen", "Ibuprofen", "Aspirin", False),
        ("Aspirin and Ibuprofen", "Ibuprofen", "Aspirin", True),
        ("", "Ibuprofen", "Aspirin", False),
    ],
)
def test_an_answer_as_close_to_the_old_as_to_the_new_is_stale(
    answer: str, gold: str, before: str, stale: bool
) -> None:
    assert is_stale(answer, gold, before) is stale


GOLD = "amber birch cedar dogwood elder fir ginkgo hazel ivy juniper"


@pytest.mark.parametrize(("said", "enough"), [(10, True), (8, True), (7, True), (6, False), (1, False)])
def test_seven_in_ten_terms_of_the_gold_are_enough(said: int, enough: bool) -> None:
    assert says_enough(" ".join(GOLD.split()[:said]), GOLD) is enough


def test_other_words_and_misspelt_ones_count_for_nothing_and_for_most() -> None:
    assert says_enough("the ginkgos of it", "ginkgo")
    assert says_enough("a juniperr", "juniper")
    assert not says_enough("an oak", "ginkgo")
