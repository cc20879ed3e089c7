"""The guard against stale answers: what was right before an update must not pass as what is right now."""

from __future__ import annotations

from fbench.graders.negation import asserted
from fbench.graders.words import content_words, overlap

__all__ = ["is_stale"]


def is_stale(answer: str, gold: str, before: str) -> bool:
    """Whether the answer is at least as close to the answer before the update as to the gold.

    Closeness is F1 over content words. An answer that shares nothing with either is not stale, and what
    the answer itself denies or calls former is not counted.
    """
    told = content_words(asserted(answer))
    old = overlap(told, content_words(before))
    return old > 0 and old >= overlap(told, content_words(gold))
