"""How a model is asked to answer, and what it says: temperature, seed, where to stop, log probabilities.

Limits are those of the specification (CreateChatCompletionRequest, CreateResponse).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fakes.learners import Model
from fakes.openai.errors import invalid
from fakes.openai.turns import Turns
from fakes.shape import mapping, sequence
from fakes.tokens import cut, pieces

__all__ = ["Said", "flag", "integer", "number", "say", "stops_of", "text_only", "token_logprobs"]

_MOST_STOPS = 4


class Said(NamedTuple):
    """An answer: its text, why it ends there ("stop" or "length"), and the whole answer's log probability.

    `whole` is the answer as the model would have gone on.
    """

    text: str
    reason: str
    whole: str
    logprob: float


def say(
    model: Model,
    turns: Turns,
    temperature: float,
    seed: int,
    *,
    limit: int | None = None,
    stops: tuple[str, ...] = (),
) -> Said:
    """What the model says, up to the first of `stops`, in at most `limit` tokens."""
    reply = model.answer(turns.prompt, system=turns.system, temperature=temperature, seed=seed)
    ends = [end for stop in stops if (end := reply.text.find(stop)) >= 0]
    stopped = reply.text[: min(ends)] if ends else reply.text
    text = stopped if limit is None else cut(stopped, limit)
    return Said(text, "stop" if text == stopped else "length", reply.text, reply.logprob)


def token_logprobs(said: Said, top: int = 0) -> list[dict[str, object]]:
    """The log probabilities of an answer, piece by piece (`fakes.tokens.pieces`).

    A learner gives one log probability, that of the whole answer (in nats): each piece gets an equal share
    of it. It names no alternatives, so of the `top` likeliest there is one: the specification allows for
    fewer than asked.
    """
    share = round(said.logprob / max(1, len(pieces(said.whole))), 6) + 0.0  # never -0.0
    content: list[dict[str, object]] = []
    for piece in pieces(said.text):
        raw = list(piece.encode("utf-8", "surrogatepass"))
        token: dict[str, object] = {"token": piece, "logprob": share, "bytes": raw}
        content.append({**token, "top_logprobs": [token] if top else []})
    return content


def integer(asked: dict[str, Any], name: str, low: int | None = None, high: int | None = None) -> int | None:
    """A whole number between bounds, or None. Refusal: 400."""
    value = asked.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"{value!r} is not of type 'integer' - '{name}'", name)
    if low is not None and value < low:
        raise invalid(f"{value} is less than the minimum of {low} - '{name}'", name)
    if high is not None and value > high:
        raise invalid(f"{value} is greater than the maximum of {high} - '{name}'", name)
    return value


def number(asked: dict[str, Any], name: str, high: float, default: float) -> float:
    """A number from 0 to `high`. Refusal: 400."""
    value = asked.get(name)
    if value is None:
        return default
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= high:
        raise invalid(f"{value!r} is not between 0 and {high:g} - '{name}'", name)
    return float(value)


def flag(asked: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """True or false. Refusal: 400."""
    value = asked.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise invalid(f"{value!r} is not of type 'boolean' - '{name}'", name)
    return value


def stops_of(asked: dict[str, Any]) -> tuple[str, ...]:
    """Texts that end an answer before they are said: none, one, or a list of up to four. Refusal: 400."""
    value = asked.get("stop")
    if value is None:
        return ()
    stops = [value] if isinstance(value, str) else sequence(value)
    if not 0 < len(stops) <= _MOST_STOPS or not all(isinstance(stop, str) and stop for stop in stops):
        raise invalid(f"'stop' must be a text, or a list of up to {_MOST_STOPS} texts", "stop")
    return tuple(stops)


def text_only(format_asked: object, param: str) -> None:
    """Lets plain text through. Refusal: 400 for JSON, which no learner can be held to."""
    kind = mapping(format_asked).get("type", "text")
    if kind != "text":
        raise invalid(
            f"Invalid parameter: '{param}' of type {kind!r} is not supported with this model.", param
        )
