"""Invented names are far apart, and so are the names in code."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.datasets.generated.coding import coding
from fbench.datasets.generated.names import MANNERS, Inventor
from fbench.datasets.generated.people import people
from fbench.datasets.generated.rosters import chance


def distance(one: str, other: str) -> int:
    """Levenshtein's, by the textbook."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


@settings(max_examples=10, deadline=None)
@given(st.integers(min_value=0), st.lists(st.sampled_from(sorted(MANNERS)), min_size=40, max_size=40))
def test_any_two_names_are_at_least_three_edits_apart(seed: int, manners: list[str]) -> None:
    inventor = Inventor(chance("names", seed))
    names = [inventor.name(manner).lower() for manner in manners]
    assert min(distance(one, other) for one, other in combinations(names, 2)) >= 3


def test_drugs_are_written_small_and_everything_else_large() -> None:
    inventor = Inventor(chance("names", 0))
    for manner in sorted(MANNERS):
        assert inventor.name(manner).istitle() == (manner != "inn")


def test_an_unknown_manner_is_refused() -> None:
    with pytest.raises(KeyError):
        Inventor(chance("names", 0)).name("planet")


@settings(max_examples=5, deadline=None)
@given(st.integers(min_value=0))
def test_first_names_of_people_cannot_be_taken_for_one_another(seed: int) -> None:
    facts, _ = people(seed)
    clusters = {fact.cluster for fact in facts}
    firsts = [cluster.removeprefix("people/").split("-")[0] for cluster in clusters]
    assert len(firsts) == 25
    assert min(distance(one, other) for one, other in combinations(firsts, 2)) >= 3


@settings(max_examples=10, deadline=None)
@given(st.integers(min_value=0, max_value=1000))
def test_a_new_name_in_code_cannot_be_taken_for_any_other(seed: int) -> None:
    facts, _ = coding(seed)
    new = [fact.answer.casefold() for fact in facts]
    old = [(fact.answer_before or "").casefold() for fact in facts]
    assert all(name.isidentifier() for name in new + old)
    pairs = [*combinations(new, 2), *product(new, old)]
    for one, other in pairs:
        assert one not in other, (one, other)
        assert other not in one, (one, other)
        assert distance(one, other) > 2, (one, other)
