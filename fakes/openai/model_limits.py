"""Which model a request names, and what it takes: its limits, and the parameters of models that reason."""

from __future__ import annotations

from typing import Any, NamedTuple

from fakes.behaviours.models import TERSE, Manner
from fakes.learners import Model
from fakes.openai.account import OpenAI
from fakes.openai.catalogue import BaseModel
from fakes.openai.errors import invalid
from fakes.openai.values import choice
from fakes.routes import Refusal

__all__ = ["Named", "effort_of", "fits", "manner_of", "model_of", "most_tokens", "refuse_by_kind", "thoughts"]

_THOUGHTS = {"none": 0, "minimal": 0, "low": 64, "medium": 128, "high": 256, "xhigh": 512, "max": 1024}
"""Tokens billed for thinking, by effort: the stand-in learners do not think."""


class Named(NamedTuple):
    """A model, under the name that it answers by, with the base model that it is or comes from."""

    name: str
    model: Model
    base: BaseModel


def model_of(account: OpenAI, name: str) -> Named:
    """The model of that name. Refusal: 404, there is none."""
    model = account.model(name)
    if model is None:
        raise account.no_model(name)
    shown, base = account.named(name)
    return Named(shown, model, base)


def manner_of(account: OpenAI, named: Named, *asked: object) -> Manner:
    """The behaviour of a model that is asked that: by its name, its base model's, and the aliases of that."""
    if not account.behaviours:
        return TERSE
    base = named.base.id
    aliases = [each.id for each in account.catalogue.models.values() if each.alias_of == base]
    return account.behaviours.of(base, (named.name, *aliases), *asked)


def effort_of(named: Named, payload: dict[str, Any], name: str, at: str = "") -> str | None:
    """How much a model is to think; None for one that does not. Refusal: 400, it cannot be told to."""
    if not named.base.reasoning:
        if payload.get(name) is not None:
            raise _unsupported(f"{at}{name}")
        return None
    return choice(payload, name, tuple(_THOUGHTS), at) or "medium"


def thoughts(effort: str | None) -> int:
    """The tokens that are billed for thinking."""
    return _THOUGHTS[effort] if effort else 0


def refuse_by_kind(named: Named, payload: dict[str, Any], effort: str | None) -> None:
    """Refuses what models that think do not take: sampling is their own, unless they are told not to think.

    Raises:
        Refusal: 400.
    """
    if not named.base.reasoning:
        return
    if payload.get("max_tokens") is not None:
        message = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        raise invalid(f"Unsupported parameter: {message}", "max_tokens", "unsupported_parameter")
    if effort == "none":
        return
    for name in ("temperature", "top_p"):
        value = payload.get(name)
        if value is not None and value != 1:
            raise invalid(
                f"Unsupported value: '{name}' does not support {value} with this model. Only the default (1) "
                "value is supported.",
                name,
                "unsupported_value",
            )
    for name in ("logprobs", "top_logprobs", "stop"):
        if payload.get(name):
            raise _unsupported(name)


def _unsupported(path: str) -> Refusal:
    message = f"Unsupported parameter: '{path}' is not supported with this model."
    return invalid(message, path, "unsupported_parameter")


def most_tokens(named: Named, value: int | None, name: str) -> None:
    """Refusal: 400 for a limit of tokens beyond the longest answer of the model."""
    if value is not None and value > (most := named.base.output):
        raise invalid(
            f"{name} is too large: {value}. This model supports at most {most} completion tokens, whereas "
            f"you provided {value}.",
            name,
            "invalid_value",
        )


def fits(named: Named, tokens: int, param: str) -> None:
    """Refusal: 400 for a question that is longer than the model can read."""
    if tokens > (most := named.base.context):
        message = (
            f"This model's maximum context length is {most} tokens. However, your messages resulted in "
            f"{tokens} tokens. Please reduce the length of the messages."
        )
        if param == "input":
            message = (
                "Your input exceeds the context window of this model. Please adjust your input and try "
                f"again. (It has {tokens} tokens, and the context window {most}.)"
            )
        raise invalid(message, param, "context_length_exceeded")
