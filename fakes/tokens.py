"""Count tokens without a tokenizer.

OpenAI's rule of thumb for English text is four characters per token
(https://help.openai.com/en/articles/4936856). The fakes use it, so that usage and limits have realistic
sizes; a bill computed from these counts is an estimate.
"""

from __future__ import annotations

import re

__all__ = ["count", "count_of", "cut", "pieces"]

_BYTES = 4


def count(text: str) -> int:
    """The estimated tokens in a text: UTF-8 bytes divided by four, rounded up."""
    return count_of(len(text.encode("utf-8", "surrogatepass")))


def count_of(size: int) -> int:
    """The estimated tokens in a text of so many bytes in UTF-8."""
    return -(-size // _BYTES)


def cut(text: str, tokens: int) -> str:
    """The longest beginning of a text with at most `tokens` tokens."""
    raw = text.encode("utf-8", "surrogatepass")
    end = min(len(raw), tokens * _BYTES)
    while end < len(raw) and raw[end] & 0xC0 == 0x80:  # never inside a character
        end -= 1
    return raw[:end].decode("utf-8", "surrogatepass")


def pieces(text: str) -> list[str]:
    """The words of a text with the spaces around them, as a stream sends them; joined, they are the text."""
    return re.findall(r"\s*\S+\s*|\s+", text)
