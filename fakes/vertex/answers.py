"""What a model says to a request for content: candidates, each a text or calls of functions.

A model that reads conversations (`fakes.learners.capabilities`) is given all turns, and its tokens are told.
Any other is asked the last text of the user under the system instruction.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from fakes.behaviours.models import Kind
from fakes.behaviours.texts import limit_of, refusal, said_in
from fakes.behaviours.texts import thoughts_on as many_thoughts_on
from fakes.json_text import compact
from fakes.learners import Model, Reply
from fakes.learners.capabilities import (
    Decoding,
    NotAnswered,
    NotRead,
    Said,
    TooLong,
    reads_conversations,
    said_by,
    tokens_read,
)
from fakes.learners.sampling import NotSampled, draw
from fakes.repeated_requests import Draws
from fakes.schema_in_prompt import text_as_prompted, without_form
from fakes.tokens import count, cut
from fakes.vertex.calls import calls_of, said_calls
from fakes.vertex.content import ContentRequest
from fakes.vertex.errors import invalid, out_of_tokens, unavailable, unsupported
from fakes.vertex.thinking import thoughts_on
from fakes.vertex.tools import Function
from fakes.vertex.turns import Turns

__all__ = ["Answer", "answer_of", "answers_of", "count_of", "drawn", "prompt_tokens"]

_REASONS = {"stop": "STOP", "length": "MAX_TOKENS"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate: what was thought and said, why it ended, its log-probability (nats), and which functions
    are called instead of a text.

    `said` is what a model with a tokenizer said, of which `sent` tokens are told; None for all.
    """

    text: str
    reason: str
    logprob: float
    thoughts: str = ""
    calls: tuple[dict[str, Any], ...] = ()
    said: Said | None = None
    sent: int | None = None

    @property
    def tokens(self) -> int:
        """The tokens that were said."""
        if self.said is not None:
            return self.said.written if self.sent is None else self.sent
        return count(self.text) + sum(
            count(compact(call).decode("utf-8", "surrogatepass")) for call in self.calls
        )


def drawn(
    request: ContentRequest, draws: Draws, kind: str, place: bytes | str, content: bytes
) -> tuple[ContentRequest, int]:
    """The request with the seed by which it is answered, and a number that its answer's id is made of.

    `kind`, `place` and `content` are what came where, in bytes.
    """
    found = draws.draw(request.seed if request.seeded else None, kind, place, content)
    return replace(request, seed=found.seed), draws.ids.of(kind, place, found.named(content))


def answers_of(model: Model, request: ContentRequest) -> list[Answer]:
    """All candidates of the answer to a request."""
    return [answer_of(model, request, number) for number in range(request.candidates)]


def answer_of(model: Model, request: ContentRequest, number: int = 0) -> Answer:
    """Candidate `number` of the answer to a request; each draws by a seed of its own."""
    if (replied := _replied(model, request, number)) is not None:
        return replied
    turns = request.turns
    said = _drawn(model, request, number)
    thoughts = _thoughts(request, said.text)
    calls = calls_of(request, said.text) if request.tools.functions else ()
    text = "" if calls else said.text
    if turns.answered and said_calls(text):
        text = turns.replied  # the model has learned to call, and no more: it tells what came of it
    answer = text
    seed, said_before = request.seed + number, (turns.system, turns.prompt)
    if request.structure and not calls:
        told = refusal(request.manner) if request.manner.kind is Kind.REFUSING else text
        answer = text = request.structure.text(told, seed, *said_before)
    elif not calls and (prompted := text_as_prompted(text, seed, *said_before)) is not None:
        answer = text = prompted
    elif not calls and not request.manner.thoughts:
        room = max(0, request.limit - count(thoughts)) if request.limit else None
        text = said_in(request.manner, text, turns.prompt, room)
    if request.stops:
        ends = [at for at in map(text.find, request.stops) if at >= 0]
        text = text[: min(ends, default=len(text))]
    whole = Answer(text, "STOP", said.logprob, thoughts, calls)
    room = (
        request.limit - count(thoughts) if request.limit else None
    )  # thoughts are output too, and come first
    limit = room if calls else limit_of(request.manner, text, answer, room)
    if limit is None or whole.tokens <= limit:
        return whole
    if limit < 0:
        thoughts, limit = cut(thoughts, request.limit), 0
    return Answer(cut(text, limit), "MAX_TOKENS", said.logprob, thoughts)


def prompt_tokens(answers: list[Answer], request: ContentRequest) -> int:
    """The tokens of what was asked, as the model tells them with its answer, else as they were counted."""
    return request.turns.tokens if answers[0].said is None else answers[0].said.read


def count_of(model: Model, turns: Turns, functions: Sequence[Function]) -> int:
    """The tokens of what is asked, as its model counts them where it does and is offered no functions."""
    with _refusals():
        read = None if functions else tokens_read(model, turns.conversation())
    return turns.tokens if read is None else read


def _replied(model: Model, request: ContentRequest, number: int) -> Answer | None:
    """What a model that reads conversations says, where the text is its own; None otherwise."""
    if not reads_conversations(model):
        return None
    if request.structure or request.tools.functions or request.manner.kind is not Kind.TERSE:
        return None
    thoughts = _thoughts(request, "")
    room = max(0, request.limit - count(thoughts)) if request.limit else None
    sampling, seed = request.sampling, request.seed + number
    how = Decoding(*sampling, seed, room, request.stops, request.logprobs or 0)
    with _refusals():
        said = said_by(model, request.turns.conversation(), how)
    if room == 0:
        thoughts = cut(thoughts, request.limit)
    return Answer(said.text, _REASONS[said.reason], said.logprob, thoughts, said=said)


def _thoughts(request: ContentRequest, answer: str) -> str:
    """What a model thinks before an answer; longer where it is its behaviour to think."""
    if not request.budget:
        return ""
    if tokens := request.manner.thoughts:
        tokens = min(tokens, request.budget)
        return many_thoughts_on(request.turns.prompt, answer, request.manner.number, tokens)
    return thoughts_on(request.turns.prompt, request.budget)


def _drawn(model: Model, request: ContentRequest, number: int) -> Reply:
    """What the model says; 400 where it cannot be asked for the likeliest answers alone."""
    temperature, top_p, top_k = request.sampling
    system, prompt = without_form(request.turns.system, request.turns.prompt)
    try:
        with _refusals():
            return draw(
                model,
                prompt,
                system=system,
                temperature=temperature,
                seed=request.seed + number,
                top_p=top_p,
                top_k=top_k,
            )
    except NotSampled as error:
        name = {"top_p": "topP", "top_k": "topK"}[error.parameter]
        raise unsupported(name, "generationConfig", top_p if name == "topP" else top_k) from None


@contextmanager
def _refusals() -> Generator[None]:
    """What a model does not answer is refused."""
    try:
        yield
    except TooLong as long:
        raise out_of_tokens(long.tokens, long.most) from None
    except NotRead as why:
        raise invalid(str(why)) from None
    except NotAnswered as why:
        raise unavailable(str(why)) from None
