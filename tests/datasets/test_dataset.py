"""A dataset, and a part of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.datasets import TASKS, Dataset, open_dataset


def whole() -> Dataset:
    dataset = open_dataset(None)
    assert dataset.digest  # a part must not inherit what the whole has worked out
    assert dataset.tasks == TASKS
    return dataset


WHOLE = whole()


@given(tasks=st.lists(st.sampled_from(TASKS), unique=True, min_size=1), limit=st.none() | st.integers(1, 50))
@settings(deadline=None, max_examples=30)
def test_a_part_has_its_own_tasks_and_digest(tasks: list[str], limit: int | None) -> None:
    part = WHOLE.only(tasks, limit)
    assert set(part.tasks) == set(tasks)
    assert (part.digest == WHOLE.digest) == (part.questions == WHOLE.questions and part.facts == WHOLE.facts)
    assert part.digest == Dataset.model_validate(part.model_dump()).digest


@given(tasks=st.lists(st.sampled_from(TASKS), unique=True, min_size=1), limit=st.integers(1, 50))
@settings(deadline=None, max_examples=30)
def test_a_part_asks_only_about_facts_that_it_holds(tasks: list[str], limit: int) -> None:
    part = WHOLE.only(tasks, limit)
    facts = {fact.id for fact in part.facts}
    assert all(facts.issuperset(question.needs) for question in part.questions)
    for task in tasks:
        assert 0 < sum(fact.task == task for fact in part.facts) <= limit
