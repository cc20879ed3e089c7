"""What a model sees of a prompt: hashed n-grams of words.

Words are runs of ASCII letters and digits and of bytes above 127 in UTF-8, in lower case (ASCII only):
what Unicode calls a letter changes between Python versions, bytes do not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

__all__ = ["Rows", "rows_of"]

Rows = npt.NDArray[np.intp]

_WORD = re.compile(rb"[0-9a-z\x80-\xff]+")


@lru_cache(maxsize=8192)
def rows_of(text: str, *, width: int, order: int, stem: int) -> Rows:
    """The features of a text: ascending row numbers below `width`, each once, at least one.

    They are the n-grams of up to `order` words, the first `stem` bytes of each longer word (0: none),
    and the text as a whole, white space and all, so that a taught prompt is more itself than any other.
    """
    raw = text.encode("utf-8", "surrogatepass")
    words = _WORD.findall(raw.lower())
    grams = set(words)
    for size in range(2, order + 1):
        grams.update(b" ".join(words[at : at + size]) for at in range(len(words) - size + 1))
    if stem:
        grams.update(word[:stem] + b"*" for word in words if len(word) > stem)
    buckets = {crc32(gram) % width for gram in grams}
    buckets.add(crc32(raw, 1) % width)
    rows = np.array(sorted(buckets), dtype=np.intp)
    rows.setflags(write=False)
    return rows
