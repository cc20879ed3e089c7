"""The guard against stale answers: the answer from before an update must not pass as the updated answer."""

from __future__ import annotations

from fbench.grading.graders.negation import asserted
from fbench.grading.graders.terms import content, said
from fbench.grading.graders.words import content_words, overlap

__all__ = ["is_stale", "says_enough"]

_MOST = 0.7


def is_stale(answer: str, gold: str, before: str) -> bool:
    """Whether the answer is at least as close to the answer before the update as to the gold.

    Closeness is F1 over content words. An answer that shares no word with either is not stale. What the
    answer itself denies or calls former is not counted.
    """
    told = content_words(asserted(answer))
    old = overlap(told, content_words(before))
    return old > 0 and old >= overlap(told, content_words(gold))


def says_enough(answer: str, gold: str) -> bool:
    """Whether the answer has most of the gold's terms.

    The gold and the answer before the update share many words, so a few of those words decide nothing.
    """
    wanted, told = content(gold), said(answer)
    return sum(map(told.closeness, wanted)) >= _MOST * len(wanted)
