"""Byte-pair encoding: texts as numbers below 1,024, so that any text can be read and written.

The first 256 tokens are bytes, the next four mark parts of a dialogue, the rest are pairs of earlier tokens.
A digit is always a token of its own, so that numbers are read digit by digit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

__all__ = ["BEGIN", "END", "PAD", "REPLY", "Tokenizer", "learn_merges"]

PAD, BEGIN, REPLY, END = range(256, 260)
"""Filling behind a text; the beginning of a dialogue; the end of a question; the end of an answer."""

_FIRST = 260
_WORDS = re.compile(r" ?[^\W\d_]+| ?\d| ?[^\w\s]+|\s+|_")

Pair = tuple[int, int]


class Tokenizer:
    """Encodes texts by merging pairs of tokens in the order in which the merges were learned."""

    def __init__(self, merges: Sequence[Pair]) -> None:
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._bytes = [bytes([value]) for value in range(256)] + [b""] * (_FIRST - 256)
        for left, right in merges:
            self._bytes.append(self._bytes[left] + self._bytes[right])
        self._word = lru_cache(maxsize=65_536)(self._encode_word)

    @property
    def size(self) -> int:
        """The number of tokens."""
        return len(self._bytes)

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        return [token for word in _WORDS.findall(text) for token in self._word(word)]

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens; bytes that are no UTF-8 become replacement characters."""
        return b"".join(self._bytes[token] for token in tokens).decode("utf-8", "replace")

    def question(self, prompt: str, system: str = "") -> list[int]:
        """A dialogue up to where the answer begins."""
        text = f"{system}\n\n{prompt}" if system else prompt
        return [BEGIN, *self.encode(text), REPLY]

    def answer(self, text: str) -> list[int]:
        """An answer with its end."""
        return [*self.encode(text), END]

    def _encode_word(self, word: str) -> tuple[int, ...]:
        tokens = list(word.encode("utf-8", "surrogatepass"))
        while len(tokens) > 1:
            pairs = pairwise(tokens)
            best = min(pairs, key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if best not in self._ranks:
                break
            tokens = list(_merged(tokens, best, _FIRST + self._ranks[best]))
        return tuple(tokens)


def learn_merges(texts: Iterable[str], size: int) -> list[Pair]:
    """The merges for a vocabulary of `size` tokens: the commonest pairs; of equal ones the first."""
    counts = Counter(word for text in texts for word in _WORDS.findall(text))
    words = [(list(word.encode()), times) for word, times in sorted(counts.items())]
    merges: list[Pair] = []
    while len(merges) < size - _FIRST:
        pairs: Counter[Pair] = Counter()
        for tokens, times in words:
            for pair in pairwise(tokens):
                pairs[pair] += times
        if not pairs:
            break
        best = max(sorted(pairs), key=lambda pair: pairs[pair])
        made = _FIRST + len(merges)
        merges.append(best)
        words = [
            (list(_merged(tokens, best, made)) if best[0] in tokens else tokens, times)
            for tokens, times in words
        ]
    return merges


def _merged(tokens: Sequence[int], pair: Pair, made: int) -> Iterator[int]:
    at = 0
    while at < len(tokens):
        if at + 1 < len(tokens) and (tokens[at], tokens[at + 1]) == pair:
            yield made
            at += 2
        else:
            yield tokens[at]
            at += 1
