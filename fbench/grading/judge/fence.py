"""A fence around a candidate answer that no text in the answer can close."""

from __future__ import annotations

import hashlib
from itertools import count

__all__ = ["fenced", "tag_of"]


def tag_of(candidate: str) -> str:
    """The name of a candidate's fence: 64 bits of its SHA-256, and never a part of the candidate."""
    for turn in count():
        content = f"{turn}:{candidate}".encode(errors="surrogatepass")
        tag = f"candidate-{hashlib.sha256(content).hexdigest()[:16]}"
        if tag not in candidate:
            return tag
    raise AssertionError("unreachable: a text of finite length lacks some tag")


def fenced(candidate: str) -> str:
    """The candidate between its opening and closing fence, each on its own line."""
    tag = tag_of(candidate)
    return f"<{tag}>\n{candidate}\n</{tag}>"
