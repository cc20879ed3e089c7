"""How much models think: a setting by model, `"off"` or the most tokens, checked by what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from numbers import Integral
from typing import Annotated, Literal, cast

from pydantic import Field, StrictInt

from fbench.known_models import thinking_of
from fbench.value_errors import meant, shown

__all__ = ["Thought", "thinking_in"]

Thought = Literal["off"] | Annotated[StrictInt, Field(ge=1)]
"""`"off"`, or the most tokens of thoughts, beside those of the answer."""

_MOST = 2**31 - 1


def thinking_in(given: Mapping[object, object], models: Collection[str]) -> dict[object, object]:
    """The setting of each model; 0 tokens are `"off"`.

    Raises:
        ValueError: a model is none of the run's, it does not think, or not so; as a sentence without its
            full stop.
    """
    settings: dict[object, object] = {}
    for model, value in given.items():
        if not isinstance(model, str) or model not in models:
            raise ValueError(
                f"{shown(model)} is neither a model of this experiment nor its judge"
                f"{meant(shown(model), models)}: write it as it stands there"
            )
        settings[model] = _checked(model, value)
    return settings


def _checked(model: str, value: object) -> Literal["off"] | int:
    known, thinking = thinking_of(model)
    is_off = isinstance(value, str) and value == "off"
    if isinstance(value, bool) or not (is_off or isinstance(value, Integral)):
        raise ValueError(f'{model} must be "off" or a number of tokens, got {shown(value)}')
    tokens = 0 if is_off else int(cast("int", value))
    if not 0 <= tokens <= _MOST:
        raise ValueError(f'{model} must be "off" or a number of tokens up to {_MOST}, got {shown(tokens)}')
    if known and thinking is None:
        raise ValueError(f"{model} does not think before it answers: leave it out")
    if thinking is None:
        return tokens or "off"  # a model that nobody looked at: its service says what it takes
    if tokens == 0:
        if not thinking.off:
            least = f"at least {thinking.least} tokens" if thinking.least else "some tokens"
            raise ValueError(f"{model} cannot switch its thinking off: give it {least}")
        return "off"
    if thinking.most and not thinking.least <= tokens <= thinking.most:
        more = 'or "off"' if thinking.off else "and cannot switch them off"
        raise ValueError(
            f"{model} takes {thinking.least} to {thinking.most} tokens of thoughts, {more}; got {tokens}"
        )
    return tokens
