"""The most that something can cost, before it is sent: what a budget reserves.

No tokenizer of a vendor is at hand offline, so tokens are bounded by the form of a text: two letters or
spaces make a token at most in prose (OpenAI's rule of thumb is four characters,
https://help.openai.com/en/articles/4936856), and any other character one for each of its bytes, as all
tokenizers here work on bytes in the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fbench.providers.model import Example
from fbench.runner.experiment import Prices
from fbench.runner.plan import answer_usd

__all__ = ["most_asking_usd", "most_tokens", "most_training_usd"]

_FRAME = 16
"""Tokens of a message besides its text: roles and separators."""
_PROSE = re.compile(r"[A-Za-z ]+")


def most_tokens(text: str) -> int:
    """An upper bound of the tokens of a message with this text."""
    prose = sum(len(found[0]) for found in _PROSE.finditer(text))
    return _FRAME + -(-prose // 2) + len(text.encode("utf-8", "surrogatepass")) - prose


def most_asking_usd(price: Prices | None, prompt: str, answer_tokens: int, *, tuned: bool) -> float | None:
    """The most that a request can cost whose answer and thoughts have so many tokens at most, in dollars."""
    return price and answer_usd(price, most_tokens(prompt), answer_tokens, tuned=tuned)


def most_training_usd(price: Prices | None, examples: Sequence[Example], epochs: int) -> float | None:
    """The most that a training can cost, in dollars."""
    if price is None:
        return None
    tokens = epochs * sum(most_tokens(each.prompt) + most_tokens(each.answer) for each in examples)
    return tokens * price.train / 1e6
