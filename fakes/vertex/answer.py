"""A model's answer as a GenerateContentResponse: whole, or in pieces."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fakes.learners import Model
from fakes.tokens import count, cut, pieces
from fakes.vertex.validate import ContentRequest

__all__ = ["Answer", "answer_of", "chunks", "modality", "token_id", "tokens_of", "whole_body"]

_VOCABULARY = 262_144


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate: its text, why it ended, and its log-probability (nats)."""

    text: str
    reason: str
    logprob: float


def answer_of(model: Model, request: ContentRequest, number: int = 0) -> Answer:
    """Candidate `number` of the answer to a request; each is drawn with its own seed."""
    said = model.answer(
        request.prompt,
        system=request.system,
        temperature=request.temperature,
        seed=request.seed + number,
    )
    text = said.text
    if request.stops:
        ends = [at for at in map(text.find, request.stops) if at >= 0]
        text = text[: min(ends, default=len(text))]
    if 0 < request.limit < count(text):
        return Answer(cut(text, request.limit), "MAX_TOKENS", said.logprob)
    return Answer(text, "STOP", said.logprob)


def whole_body(answers: list[Answer], request: ContentRequest, usage: dict[str, object]) -> dict[str, object]:
    """Candidates and usage; the first candidate's index, 0, is left out, as by the service."""
    candidates: list[dict[str, object]] = []
    for number, answer in enumerate(answers):
        candidate: dict[str, object] = {
            "content": _content(answer.text),
            "finishReason": answer.reason,
            "avgLogprobs": answer.logprob / max(1, count(answer.text)),
            "score": answer.logprob,
        }
        if number:
            candidate["index"] = number
        if request.logprobs is not None:
            candidate["logprobsResult"] = _logprobs(answer, request.logprobs)
        candidates.append(candidate)
    return {"candidates": candidates, "usageMetadata": usage}


def chunks(
    answers: list[Answer],
    request: ContentRequest,
    usages: tuple[dict[str, object], dict[str, object], dict[str, object]],
) -> Iterator[dict[str, object]]:
    """The answers word by word; `usages` are the usage data of the first, middle and last chunks."""
    first, middle, last_usage = usages
    usage = first
    for number, answer in enumerate(answers):
        index: dict[str, object] = {"index": number} if number else {}
        *words, last = pieces(answer.text) or [""]
        for word in words:
            yield {"candidates": [{"content": _content(word), **index}], "usageMetadata": usage}
            usage = middle
        end: dict[str, object] = {"content": _content(last), "finishReason": answer.reason, **index}
        if request.logprobs is not None:
            end["logprobsResult"] = _logprobs(answer, request.logprobs)
        if number == len(answers) - 1:
            usage = {**last_usage, **usage}
        yield {"candidates": [end], "usageMetadata": usage}
        usage = middle


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


def _content(text: str) -> dict[str, object]:
    return {"role": "model", "parts": [{"text": text}]}


def _logprobs(answer: Answer, top: int) -> dict[str, object]:
    """A LogprobsResult. A learner gives the probability of a whole answer: each token gets an equal share."""
    tokens = tokens_of(answer.text)
    share = answer.logprob / max(1, len(tokens))
    chosen = [{"token": token, "tokenId": token_id(token), "logProbability": share} for token in tokens]
    found: dict[str, object] = {"chosenCandidates": chosen}
    return found | ({"topCandidates": [{"candidates": [each]} for each in chosen]} if top else {})
