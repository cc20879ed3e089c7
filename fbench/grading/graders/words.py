"""The words of a text, and its content words."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from fbench.grading.graders.normalise import letter_runs, normalise
from fbench.grading.graders.roots import stem
from fbench.grading.graders.vocabulary import FUNCTION_WORDS

__all__ = ["content_words", "folded", "overlap", "recall", "words"]

_WORD = re.compile(r"\d+[a-z](?![^\W_])|(?:(?<!\S)-)?\d+(?:[.:]\d+)*%?|[^\W_]+(?:[+#]+(?!\w))?|[<>]=?")
_ASCII_WORD = re.compile(
    _WORD.pattern.replace(r"[^\W_]+", r"[a-z\d]+").replace(r"[^\W_]", r"[a-z\d]"), re.ASCII
)
_NO_LETTER_RUNS = re.compile(r"[\d+#<>\u0080-\U0010ffff]")
"""Characters, other than ASCII letters, that a word may contain."""
_DIGIT_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """The normalised text, without commas in numbers and without apostrophes: it contains all its `words`."""
    told = normalise(text)
    if "," in told:
        told = _DIGIT_COMMA.sub("", told)
    if "'" in told:
        told = told.replace("n't", " not").replace("'s ", " ").removesuffix("'s").replace("'", "")
    return told


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, normalised: `O'Hearn's` gives `ohearn`, `20,000` gives `20000`, signs are kept."""
    told = folded(text)
    if not _NO_LETTER_RUNS.search(told):
        return tuple(letter_runs(told))
    return tuple((_ASCII_WORD if told.isascii() else _WORD).findall(told))


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[str, ...]:
    """Stems of the content words; of all words if there are none."""
    found = words(text)
    kept = tuple(stem(word) for word in found if word not in FUNCTION_WORDS)
    return kept or found


def recall(gold: tuple[str, ...], answer: tuple[str, ...]) -> float:
    """Share of the gold's words that the answer has, in [0, 1]; 0 for an empty gold."""
    if not gold:
        return 0.0
    return (Counter(gold) & Counter(answer)).total() / len(gold)


def overlap(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    """F1 of two bags of words, in [0, 1] (Rajpurkar et al. 2016, SQuAD)."""
    shared = (Counter(left) & Counter(right)).total()
    return 2 * shared / (len(left) + len(right)) if shared else 0.0
