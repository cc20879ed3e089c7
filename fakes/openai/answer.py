"""The question in a conversation, and a model's answer: up to a stop or a limit, with log probabilities.

The model answers the last user message, under the last system message.
"""

from __future__ import annotations

from typing import NamedTuple

from fakes.json_text import mapping, sequence
from fakes.learners import Model
from fakes.openai.errors import invalid
from fakes.tokens import count, cut, pieces

__all__ = ["CHAT_ROLES", "Answer", "Turns", "answer_of", "token_logprobs", "turns_of"]

CHAT_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class Turns(NamedTuple):
    """The last system message, the last user message, and the tokens of all messages."""

    system: str
    prompt: str
    tokens: int


def turns_of(messages: object, param: str = "messages", roles: tuple[str, ...] = CHAT_ROLES) -> Turns:
    """The turns in a list of messages; `param` is the request's name for the list.

    Raises:
        Refusal: 400, there is no message, or one without a known role or without text.
    """
    turns = sequence(messages)
    if not turns:
        raise invalid(f"[] is too short - '{param}'", param)
    said, tokens = {"system": "", "user": ""}, 0
    for index, message in enumerate(map(mapping, turns)):
        role, text = message.get("role"), _text(message.get("content"))
        if role not in roles:
            supported = ", ".join(repr(known) for known in roles)
            raise invalid(
                f"Invalid value: {role!r}. Supported values are: {supported}.",
                f"{param}[{index}].role",
                "invalid_value",
            )
        if text is None:
            raise invalid(f"Invalid value for 'content' of '{param}[{index}]'.", f"{param}[{index}].content")
        tokens += count(text)
        said["system" if role == "developer" else role] = text
    return Turns(said["system"], said["user"], tokens)


def _text(content: object) -> str | None:
    """The text of a message: a string, or the parts that have a text."""
    if isinstance(content, str):
        return content
    texts = [mapping(part).get("text") for part in sequence(content)]
    return "".join(text for text in texts if isinstance(text, str)) if texts else None


class Answer(NamedTuple):
    """An answer: its text, why it ends ("stop" or "length"), and the whole answer's log probability.

    `whole` is the model's answer without a stop or a limit.
    """

    text: str
    reason: str
    whole: str
    logprob: float


def answer_of(
    model: Model,
    turns: Turns,
    temperature: float,
    seed: int,
    *,
    limit: int | None = None,
    stops: tuple[str, ...] = (),
) -> Answer:
    """The model's answer, up to the first of `stops`, in at most `limit` tokens."""
    reply = model.answer(turns.prompt, system=turns.system, temperature=temperature, seed=seed)
    ends = [end for stop in stops if (end := reply.text.find(stop)) >= 0]
    stopped = reply.text[: min(ends)] if ends else reply.text
    text = stopped if limit is None else cut(stopped, limit)
    return Answer(text, "stop" if text == stopped else "length", reply.text, reply.logprob)


def token_logprobs(said: Answer, top: int = 0) -> list[dict[str, object]]:
    """The log probabilities of an answer, piece by piece (`fakes.tokens.pieces`).

    A learner gives only one log probability, that of the whole answer (in nats): each piece gets an equal
    share of it. A learner gives no alternatives, so only one of the `top` likeliest is listed: the
    specification allows fewer than requested.
    """
    share = round(said.logprob / max(1, len(pieces(said.whole))), 6) + 0.0  # never -0.0
    content: list[dict[str, object]] = []
    for piece in pieces(said.text):
        raw = list(piece.encode("utf-8", "surrogatepass"))
        token: dict[str, object] = {"token": piece, "logprob": share, "bytes": raw}
        content.append({**token, "top_logprobs": [token] if top else []})
    return content
