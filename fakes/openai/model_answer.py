"""What a model says to what it was asked: a text up to a stop or a limit, or calls of tools.

What is answered is the last user message, with the results of tools behind it, under the last system message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fakes.behaviours.models import TERSE, Kind, Manner
from fakes.behaviours.texts import limit_of, refusal, said_in
from fakes.learners import Message, Model
from fakes.learners.capabilities import (
    Decoding,
    NotAnswered,
    NotRead,
    Said,
    Token,
    TooLong,
    reads_conversations,
    said_by,
    tokens_read,
)
from fakes.learners.sampling import NotSampled, draw
from fakes.learners.saying import Saying, saying_of
from fakes.openai.errors import invalid, refuse
from fakes.openai.formats import TEXT, Form
from fakes.openai.tools import NO_TOOLS, Function, Toolbox
from fakes.routes import Refusal
from fakes.tokens import count, cut, pieces

__all__ = ["Answer", "Turns", "Wish", "answer_of", "count_of", "token_logprobs"]


class Turns(NamedTuple):
    """The last system message, what is asked, the tokens of all messages, and the functions whose results
    are in it.

    `messages` are all, where they are more than a question under a system message.
    """

    system: str
    prompt: str
    tokens: int
    done: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()

    def conversation(self) -> tuple[Message, ...]:
        """All messages, for a model that reads conversations."""
        if self.messages:
            return self.messages
        asked = Message("user", self.prompt)
        return (Message("system", self.system), asked) if self.system else (asked,)


class Wish(NamedTuple):
    """How an answer is wanted: sampled how, at most how long, up to which texts, in which form.

    `top` is how many of the likeliest tokens are told with each one.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    limit: int | None = None
    stops: tuple[str, ...] = ()
    form: Form = TEXT
    tools: Toolbox = NO_TOOLS
    top: int = 0


class Answer(NamedTuple):
    """An answer: its text or its calls, why it ends there ("stop", "length" or "tool_calls"), and the whole
    answer's log probability.

    `whole` is the model's answer without a stop or a limit. `refused` is whether the text tells, in place
    of an answer under a schema, that there is none. `said` is what a model with a tokenizer said, or says:
    the rest of what is here is then not known before it is `finished`.
    """

    text: str
    reason: str
    whole: str
    logprob: float
    calls: tuple[Function, ...] = ()
    refused: bool = False
    said: Said | Saying | None = None

    def finished(self) -> Answer:
        """The answer when it is whole. Refusal: 503, it will not be."""
        if not isinstance(self.said, Saying):
            return self
        try:
            return _answered(self.said.said())
        except NotAnswered as why:
            raise _unanswered(why) from None

    def told(self, top: int | None) -> Iterator[tuple[str, list[dict[str, object]]]]:
        """The text as a stream sends it, piece by piece, with log probabilities if they are asked for.

        Raises:
            Refusal: as `finished`.
        """
        if isinstance(self.said, Saying):
            try:
                for token in self.said:
                    yield token.text, [] if top is None else [_told(token)]
            except NotAnswered as why:
                raise _unanswered(why) from None
            return
        tokens = token_logprobs(self, top) if top is not None else []
        words = pieces(self.text) if self.said is None else [token.text for token in self.said.tokens]
        for at, word in enumerate(words):
            yield word, tokens[at : at + 1]

    @property
    def read(self) -> int | None:
        """The tokens of the conversation, where the model tells them."""
        return self.said.read if isinstance(self.said, Said) else None

    @property
    def tokens(self) -> int:
        """The tokens of the text or of the calls."""
        if isinstance(self.said, Said):
            return self.said.written
        return (
            sum([count(call.name + call.arguments) for call in self.calls])
            if self.calls
            else count(self.text)
        )


def answer_of(
    model: Model, turns: Turns, seed: int, wish: Wish, manner: Manner = TERSE, *, along: bool = False
) -> Answer:
    """What the model says, in that manner. Thoughts that are billed apart are not a part of it.

    For one who reads `along` the answer need not be finished.

    Raises:
        Refusal: 400, the learner's models cannot be asked for the likeliest answers alone, or do not read so
            much; 503, the model cannot answer now.
    """
    if (said := _replied(model, turns, seed, wish, manner, along=along)) is not None:
        return said
    system, prompt = wish.form.question(turns.system, turns.prompt)
    try:
        reply = draw(
            model,
            prompt,
            system=system,
            temperature=wish.temperature,
            seed=seed,
            top_p=wish.top_p,
        )
    except NotSampled as unknown:
        name = unknown.parameter
        message = f"Unsupported parameter: '{name}' is not supported with this model."
        raise invalid(message, name, "unsupported_parameter") from None
    except NotAnswered as why:
        raise _unanswered(why) from None
    if wish.tools.mode != "none":
        calls = wish.tools.calls(turns.prompt, turns.done, reply.text, seed)
        if calls:
            return _calling(calls, wish, reply.text, reply.logprob)
    refuses = manner.kind is Kind.REFUSING
    refused = refuses and wish.form.kind == "json_schema"
    if wish.form.kind == "text":
        answer = wish.form.write(reply.text, seed, turns.system, turns.prompt)
        in_json = answer != reply.text  # under a schema that stands in the prompt
        whole = answer if in_json else said_in(manner, reply.text, turns.prompt, wish.limit)
    else:
        said = refusal(manner) if refuses else reply.text
        answer = whole = said if refused else wish.form.write(said, seed, turns.system, turns.prompt)
    ends = [end for stop in wish.stops if (end := whole.find(stop)) >= 0]
    stopped = whole[: min(ends)] if ends else whole
    limit = limit_of(manner, whole, answer, wish.limit)
    text = stopped if limit is None else cut(stopped, limit)
    return Answer(text, "stop" if text == stopped else "length", whole, reply.logprob, refused=refused)


def _replied(
    model: Model, turns: Turns, seed: int, wish: Wish, manner: Manner, *, along: bool
) -> Answer | None:
    """What a model that reads conversations says, where the text is its own; None otherwise."""
    if not reads_conversations(model):
        return None
    if wish.form.kind != "text" or wish.tools.mode != "none" or manner.kind is not Kind.TERSE:
        return None
    how = Decoding(wish.temperature, wish.top_p, None, seed, wish.limit, wish.stops, wish.top)
    try:
        if along and (saying := saying_of(model, turns.conversation(), how)) is not None:
            return Answer("", "", "", 0.0, said=saying)
        return _answered(said_by(model, turns.conversation(), how))
    except NotAnswered as why:
        raise _unanswered(why) from None


def count_of(model: Model | None, turns: Turns, tools: Toolbox = NO_TOOLS) -> int:
    """The tokens of a conversation and of the tools on offer in it, before it is answered and in its usage.

    A model with a tokenizer counts the conversation itself, whatever it is asked for; else `fakes.tokens`
    does. Raises Refusal: 400, the model cannot read it.
    """
    try:
        read = None if model is None else tokens_read(model, turns.conversation())
    except NotAnswered as why:
        raise _unanswered(why) from None
    return (turns.tokens if read is None else read) + tools.tokens


def _answered(said: Said) -> Answer:
    return Answer(said.text, said.reason, said.text, said.logprob, said=said)


def _unanswered(why: NotAnswered) -> Refusal:
    """The refusal of what a model does not answer."""
    if isinstance(why, TooLong):
        message = (
            f"This model's maximum context length is {why.most} tokens. However, your messages resulted in "
            f"{why.tokens} tokens. Please reduce the length of the messages."
        )
        return invalid(message, "messages", "context_length_exceeded")
    if isinstance(why, NotRead):
        return invalid(str(why), "messages")
    return refuse(503, str(why), code="model_not_available")


def _calling(calls: tuple[Function, ...], wish: Wish, whole: str, logprob: float) -> Answer:
    """The calls, in at most so many tokens as are allowed; what is beyond is cut off, as of a text."""
    kept: list[Function] = []
    left = wish.limit
    for call in calls:
        if left is not None:
            arguments = cut(call.arguments, max(0, left - count(call.name)))
            left -= count(call.name + call.arguments)
            kept.append(Function(call.name, arguments))
            if arguments != call.arguments:
                return Answer("", "length", whole, logprob, tuple(kept))
        else:
            kept.append(call)
    # a model that is told which function to call stops after it, and says so
    return Answer("", "stop" if wish.tools.forced else "tool_calls", whole, logprob, tuple(kept))


def token_logprobs(said: Answer, top: int = 0) -> list[dict[str, object]]:
    """The log probabilities of an answer, piece by piece (`fakes.tokens.pieces`).

    A learner gives only one log probability, that of the whole answer (in nats): each piece gets an equal
    share of it. A learner gives no alternatives, so only one of the `top` likeliest is listed: the
    specification allows fewer than requested.
    """
    if isinstance(said.said, Said):
        return [_told(token) for token in said.said.tokens]
    share = round(said.logprob / max(1, len(pieces(said.whole))), 6) + 0.0  # never -0.0
    content: list[dict[str, object]] = []
    for piece in pieces(said.text):
        raw = list(piece.encode("utf-8", "surrogatepass"))
        token: dict[str, object] = {"token": piece, "logprob": share, "bytes": raw}
        content.append({**token, "top_logprobs": [token] if top else []})
    return content


def _told(token: Token) -> dict[str, object]:
    """A token of a model that tells its tokens, with the likeliest in its place."""
    top = [_token(text, logprob) for text, logprob in token.top]
    return {**_token(token.text, token.logprob), "top_logprobs": top}


def _token(text: str, logprob: float) -> dict[str, object]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode("utf-8", "surrogatepass"))}
