"""Hypothesis strategies for statistics: counts, clusters of outcomes, pairs, p values."""

from __future__ import annotations

from hypothesis import strategies as st

__all__ = ["clusters", "counts", "levels", "p_values", "paired_clusters", "ratings"]

levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])
"""Levels of an interval."""


def counts(most: int = 300) -> st.SearchStrategy[tuple[int, int]]:
    """(k, n): k right answers of n, with n at least 1."""
    return st.integers(1, most).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def clusters(most: int = 20, size: int = 8) -> st.SearchStrategy[list[list[bool]]]:
    """Outcomes in two or more clusters, none of them empty."""
    return st.lists(st.lists(st.booleans(), min_size=1, max_size=size), min_size=2, max_size=most)


def paired_clusters(most: int = 15, size: int = 6) -> st.SearchStrategy[list[list[tuple[bool, bool]]]]:
    """Outcomes of two results on the same items, in two or more clusters."""
    pair = st.tuples(st.booleans(), st.booleans())
    return st.lists(st.lists(pair, min_size=1, max_size=size), min_size=2, max_size=most)


def p_values(most: int = 12) -> st.SearchStrategy[list[float]]:
    """A family of p values, with more ties than by chance."""
    value = st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 0.5, 1.0])
    return st.lists(value, max_size=most)


def ratings(labels: str = "abc", most: int = 40) -> st.SearchStrategy[list[tuple[str, str]]]:
    """The labels of two raters for the same items, of one letter each."""
    label = st.sampled_from(labels)
    return st.lists(st.tuples(label, label), min_size=1, max_size=most)
