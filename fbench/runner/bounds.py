"""The most that something can cost, before it is sent: what a budget reserves."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.messages import text_in
from fbench.providers.model import Example
from fbench.runner.experiment import Prices
from fbench.runner.plan import answer_usd, most_tokens

__all__ = ["most_asking_usd", "most_training_usd"]


def most_asking_usd(price: Prices | None, prompt: str, answer_tokens: int, *, tuned: bool) -> float | None:
    """The most that a request can cost whose answer and thoughts have so many tokens at most, in dollars."""
    return price and answer_usd(price, most_tokens(prompt), answer_tokens, tuned=tuned)


def most_training_usd(price: Prices | None, examples: Sequence[Example], epochs: int) -> float | None:
    """The most that a training can cost, in dollars."""
    if price is None:
        return None
    return (
        epochs * sum(most_tokens(text_in(each.said) + each.answer) for each in examples) * price.train / 1e6
    )
