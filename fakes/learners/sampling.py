"""Asking a model for a reply that is drawn from a part of its distribution: the likeliest answers alone.

A learner need not know of `top_p` and `top_k`: its models' `answer` takes them or does not. Of one that does
not, the values with a known meaning are honoured: a `top_p` of 0 and a `top_k` of 1 leave the likeliest
answer, a `top_p` of 1 leaves all.
"""

from __future__ import annotations

from functools import lru_cache, partial
from inspect import signature
from typing import Protocol, cast

from fakes.learners.protocol import Model, Reply

__all__ = ["NotSampled", "draw"]


class NotSampled(ValueError):
    """The learner's models cannot be asked for a part of their distribution: `parameter` says which."""

    def __init__(self, parameter: str) -> None:
        super().__init__(f"This learner's models take no {parameter}. Leave one answer, or all.")
        self.parameter = parameter


class _Sampled(Protocol):
    def answer(
        self,
        prompt: str,
        *,
        system: str = "",
        temperature: float = 0.0,
        seed: int = 0,
        top_p: float = 1.0,
        top_k: int | None = None,
    ) -> Reply: ...


def draw(
    model: Model,
    prompt: str,
    *,
    system: str,
    temperature: float,
    seed: int,
    top_p: float = 1.0,
    top_k: int | None = None,
) -> Reply:
    """A reply among the likeliest answers: those that make up a share of `top_p`, and at most `top_k`.

    Raises:
        NotSampled: the model takes no such parameter, and its value has no meaning without.
    """
    if top_p == 0 or top_k == 1:
        temperature = 0.0
    if temperature == 0 or (top_p >= 1 and top_k is None):
        return model.answer(prompt, system=system, temperature=temperature, seed=seed)
    known = _parameters(type(model))
    for name, asked in (("top_p", top_p < 1), ("top_k", top_k is not None)):
        if asked and name not in known:
            raise NotSampled(name)
    sampled = partial(
        cast("_Sampled", model).answer, prompt, system=system, temperature=temperature, seed=seed
    )
    return sampled(top_p=top_p) if top_k is None else sampled(top_p=top_p, top_k=top_k)


@lru_cache(maxsize=64)
def _parameters(kind: type[Model]) -> frozenset[str]:
    found = signature(kind.answer).parameters.values()
    names = {each.name for each in found}
    takes_all = any(each.kind is each.VAR_KEYWORD for each in found)
    return frozenset(names | {"top_p", "top_k"} if takes_all else names)
