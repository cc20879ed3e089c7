"""The features of a prompt: hashed n-grams of words.

Words are runs of ASCII letters and digits and of bytes above 127 in UTF-8, in lower case (ASCII only):
Unicode's definition of a letter changes between Python versions, bytes do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

__all__ = ["Rows", "gist_of", "rows_of"]

Rows = npt.NDArray[np.intp]

_WORD = re.compile(rb"[0-9a-z\x80-\xff]+")


@lru_cache(maxsize=8192)
def rows_of(text: str, *, width: int, order: int, stem: int) -> Rows:
    """The features of a text: ascending row numbers below `width`, each once, at least one.

    They are the n-grams of up to `order` words, the first `stem` bytes of each longer word (0: none),
    and the text as a whole, with its white space, so that a taught prompt is most similar to itself.
    """
    raw = text.encode("utf-8", "surrogatepass")
    words = _WORD.findall(raw.lower())
    grams = {*words, b"=" + raw}
    for size in range(2, order + 1):
        grams.update(map(b" ".join, zip(*(words[at:] for at in range(size)), strict=False)))
    if stem:
        grams.update(_stems(words, stem))
    return _hashed(grams, width)


def gist_of(text: str, *, width: int, stem: int) -> Rows:
    """The features of a text's subject: its words, in any order, as if the text had other wording."""
    words = _WORD.findall(text.encode("utf-8", "surrogatepass").lower())
    return _hashed({*words, *(_stems(words, stem) if stem else ())} or {b""}, width)


def _stems(words: Iterable[bytes], stem: int) -> set[bytes]:
    return {word[:stem] + b"*" for word in words if len(word) > stem}


def _hashed(grams: set[bytes], width: int) -> Rows:
    hashes = np.fromiter(map(crc32, grams), dtype=np.int64, count=len(grams))
    seen = np.zeros(width, dtype=np.bool_)
    seen[hashes % width] = True
    rows = seen.nonzero()[0]
    rows.setflags(write=False)
    return rows
