"""Counting tokens without a tokenizer.

OpenAI's rule of thumb for English text is four characters a token
(https://help.openai.com/en/articles/4936856). The fakes count by it, so that usage and limits have the
right size; a bill made from these counts is an estimate.
"""

from __future__ import annotations

__all__ = ["count", "cut"]

_BYTES = 4


def count(text: str) -> int:
    """Tokens in a text, estimated: UTF-8 bytes divided by four, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES)


def cut(text: str, tokens: int) -> str:
    """The longest beginning of a text that counts at most `tokens` tokens."""
    return text.encode("utf-8", "surrogatepass")[: tokens * _BYTES].decode("utf-8", "ignore")
