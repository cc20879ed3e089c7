"""A model's answer as a GenerateContentResponse: whole, or in pieces."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from fakes.behaviours.models import Kind
from fakes.behaviours.texts import limit_of, refusal, said_in
from fakes.behaviours.texts import thoughts_on as many_thoughts_on
from fakes.json_text import compact
from fakes.learners import Model, Reply
from fakes.learners.capabilities import NotAnswered, NotRead, TooLong
from fakes.learners.sampling import NotSampled, draw
from fakes.repeated_requests import Draws
from fakes.schema_in_prompt import text_as_prompted, without_form
from fakes.tokens import count, cut, pieces
from fakes.vertex.calls import calls_of, said_calls
from fakes.vertex.content import ContentRequest
from fakes.vertex.errors import invalid, out_of_tokens, unavailable, unsupported
from fakes.vertex.thinking import thoughts_on

__all__ = [
    "Answer",
    "Form",
    "answer_of",
    "answers_of",
    "chunks",
    "drawn",
    "modality",
    "token_id",
    "tokens_of",
    "usage_of",
    "whole_body",
]

_VOCABULARY = 262_144
_PIECE = 24  # characters
_NEGLIGIBLE: dict[str, object] = {"probability": "NEGLIGIBLE"}
_MEASURED: dict[str, object] = {
    "probability": "NEGLIGIBLE",
    "probabilityScore": 0.01,
    "severity": "HARM_SEVERITY_NEGLIGIBLE",
    "severityScore": 0.01,
}


@dataclass(frozen=True, slots=True)
class Form:
    """How a service writes a candidate: whether the index of the first one is told, and averages and scores
    of its log-probability; how its harm is rated; and whether function calls are told in a message too.
    """

    first_index: bool
    average: bool
    score: bool
    measured: bool
    call_message: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate: what was thought and said, why it ended, its log-probability (nats), and which functions
    are called instead of a text.
    """

    text: str
    reason: str
    logprob: float
    thoughts: str = ""
    calls: tuple[dict[str, Any], ...] = ()

    @property
    def tokens(self) -> int:
        """The tokens that were said."""
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
    except TooLong as long:
        raise out_of_tokens(long.tokens, long.most) from None
    except NotRead as why:
        raise invalid(str(why)) from None
    except NotAnswered as why:
        raise unavailable(str(why)) from None


def usage_of(answers: list[Answer], request: ContentRequest) -> dict[str, object]:
    """The counts of tokens that both services tell; a count of 0 is left out."""
    said, thought = sum(each.tokens for each in answers), sum(count(each.thoughts) for each in answers)
    usage: dict[str, object] = {
        "promptTokenCount": request.turns.tokens,
        "promptTokensDetails": modality(request.turns.tokens),
        "totalTokenCount": request.turns.tokens + said + thought,
    }
    if said:
        usage["candidatesTokenCount"] = said
    if thought:
        usage["thoughtsTokenCount"] = thought
    return usage


def whole_body(
    answers: list[Answer], request: ContentRequest, usage: dict[str, object], form: Form
) -> dict[str, object]:
    """Candidates and usage."""
    candidates: list[dict[str, object]] = []
    for number, answer in enumerate(answers):
        candidate: dict[str, object] = {
            "content": _content(_whole_parts(answer, request)),
            "finishReason": answer.reason,
        }
        if form.average or request.logprobs is not None:
            candidate["avgLogprobs"] = answer.logprob / max(1, answer.tokens)
        if form.score:
            candidate["score"] = answer.logprob
        if number or form.first_index:
            candidate["index"] = number
        candidates.append(candidate | _ending(answer, request, form))
    return {"candidates": candidates, "usageMetadata": usage}


def chunks(
    answers: list[Answer],
    request: ContentRequest,
    usage: Callable[[list[Answer], bool, bool], dict[str, object]],
    form: Form,
) -> Iterator[dict[str, object]]:
    """The answers word by word. `usage` is given what was said so far, and whether it is the first and the
    last of the chunks.
    """
    sent: list[Answer] = []
    first = True
    for number, answer in enumerate(answers):
        index: dict[str, object] = {"index": number} if number or form.first_index else {}
        parts = _parts_of(answer, request, _words(answer, request))
        said, calls = "", 0
        for place, part in enumerate(parts):
            said += "" if part.get("thought") else str(part.get("text", ""))
            calls += "functionCall" in part
            now = [*sent, replace(answer, text=said, calls=answer.calls[:calls])]
            last = place == len(parts) - 1
            content: dict[str, object] = {"content": _content([part] if part else [])}
            end = {"finishReason": answer.reason} if last else {}
            more = _ending(answer, request, form) if last else {}
            told = usage(now, first, last and number == len(answers) - 1)
            yield {"candidates": [{**content, **end, **index, **more}], "usageMetadata": told}
            first = False
        sent.append(answer)


def modality(tokens: int) -> list[dict[str, object]]:
    """A list of ModalityTokenCount, with only text."""
    return [{"modality": "TEXT", "tokenCount": tokens}]


def tokens_of(text: str) -> list[str]:
    """The tokens of a text as `fakes.tokens.count` counts them; joined, they are the text."""
    ends = [len(cut(text, number)) for number in range(count(text) + 1)]
    return [text[begin:end] for begin, end in pairwise(ends)]


def token_id(token: str) -> int:
    """The number of a token in a vocabulary as large as Gemma's."""
    return zlib.crc32(token.encode("utf-8", "surrogatepass")) % _VOCABULARY


def _parts_of(answer: Answer, request: ContentRequest, words: list[str]) -> list[dict[str, object]]:
    """The parts of an answer, its text in so many of them; an empty one where thinking took all tokens.

    A model that thinks signs its function calls, the first of them for all; one of the third generation signs
    its texts too, and others do where functions are declared.
    """
    parts: list[dict[str, object]] = []
    if request.thoughts_told and answer.thoughts:
        parts.append({"text": answer.thoughts, "thought": True})
    signature: dict[str, object] = {"thoughtSignature": _signature(answer)} if answer.thoughts else {}
    if answer.calls:
        calls: list[dict[str, object]] = [{"functionCall": call} for call in answer.calls]
        return [*parts, calls[0] | signature, *calls[1:]]
    if not answer.text and answer.reason == "MAX_TOKENS":
        return parts or [{}]
    said: list[dict[str, object]] = [{"text": word} for word in words]
    if request.tools.functions or not request.base.startswith("gemini-2"):
        said[-1] |= signature
    return [*parts, *said]


def _whole_parts(answer: Answer, request: ContentRequest) -> list[dict[str, object]]:
    return [part for part in _parts_of(answer, request, [answer.text]) if part]


def _signature(answer: Answer) -> str:
    """What stands for the state of mind in which an answer was given: bytes in base64 that say nothing."""
    return base64.b64encode(
        hashlib.sha512(f"{answer.thoughts}\0{answer.text}".encode("utf-8", "surrogatepass")).digest()
    ).decode()


def _words(answer: Answer, request: ContentRequest) -> list[str]:
    """The text of an answer as a stream brings it: by words, and JSON, which has few, by length too."""
    words = pieces(answer.text) or [""]
    if request.structure is None:
        return words
    return [word[at : at + _PIECE] for word in words for at in range(0, max(1, len(word)), _PIECE)]


def _content(parts: list[dict[str, object]]) -> dict[str, object]:
    return {"role": "model", "parts": parts} if parts else {"role": "model"}


def _ending(answer: Answer, request: ContentRequest, form: Form) -> dict[str, object]:
    """What a candidate tells at its end where it was asked to."""
    found: dict[str, object] = {}
    if answer.calls and form.call_message:
        found["finishMessage"] = "Model generated function call(s)."
    if request.logprobs is not None:
        found["logprobsResult"] = _logprobs(answer, request.logprobs)
    if request.rated:
        rating = _MEASURED if form.measured else _NEGLIGIBLE
        found["safetyRatings"] = [{"category": category, **rating} for category in request.rated]
    return found


def _logprobs(answer: Answer, top: int) -> dict[str, object]:
    """A LogprobsResult. A learner gives the probability of a whole answer: each token gets an equal share."""
    tokens = tokens_of(answer.text)
    share = answer.logprob / max(1, len(tokens))
    chosen = [{"token": token, "tokenId": token_id(token), "logProbability": share} for token in tokens]
    found: dict[str, object] = {"chosenCandidates": chosen}
    return found | ({"topCandidates": [{"candidates": [each]} for each in chosen]} if top else {})
