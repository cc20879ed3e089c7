"""A model's answer as a GenerateContentResponse: whole, or in pieces."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from fakes.learners.capabilities import Said
from fakes.tokens import count, cut, pieces
from fakes.vertex.answers import Answer, prompt_tokens
from fakes.vertex.content import ContentRequest

__all__ = [
    "Form",
    "chunks",
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


def usage_of(answers: list[Answer], request: ContentRequest) -> dict[str, object]:
    """The counts of tokens that both services tell; a count of 0 is left out."""
    said, thought = sum(each.tokens for each in answers), sum(count(each.thoughts) for each in answers)
    asked = prompt_tokens(answers, request)
    usage: dict[str, object] = {
        "promptTokenCount": asked,
        "promptTokensDetails": modality(asked),
        "totalTokenCount": asked + said + thought,
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
            tokens = answer.tokens if answer.said is None else len(answer.said.tokens)
            candidate["avgLogprobs"] = answer.logprob / max(1, tokens)
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
        said, words, calls = "", 0, 0
        for place, part in enumerate(parts):
            if "text" in part and not part.get("thought"):
                said, words = said + str(part["text"]), words + 1
            calls += "functionCall" in part
            last = place == len(parts) - 1
            tokens = None if last or answer.said is None else _tokens_in(answer.said, words)
            now = [*sent, replace(answer, text=said, calls=answer.calls[:calls], sent=tokens)]
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
    if answer.said is not None:
        return [token.text for token in answer.said.tokens if token.text] or [""]
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
    if answer.said is not None:
        return _told(answer.said, top)
    tokens = tokens_of(answer.text)
    share = answer.logprob / max(1, len(tokens))
    chosen = [{"token": token, "tokenId": token_id(token), "logProbability": share} for token in tokens]
    found: dict[str, object] = {"chosenCandidates": chosen}
    return found | ({"topCandidates": [{"candidates": [each]} for each in chosen]} if top else {})


def _tokens_in(said: Said, words: int) -> int:
    """How many tokens the first words of a stream are: those without a text belong to the next word."""
    ends = (number for number, token in enumerate(said.tokens, 1) if token.text)
    return next(islice(ends, words - 1, None), 0) if words else 0


def _told(said: Said, top: int) -> dict[str, object]:
    """A LogprobsResult of a model that tells its tokens, with the likeliest in the place of each."""
    chosen = [_token(token.text, token.logprob) for token in said.tokens]
    found: dict[str, object] = {"chosenCandidates": chosen}
    places = [{"candidates": [_token(*each) for each in token.top]} for token in said.tokens]
    return found | ({"topCandidates": places} if top else {})


def _token(text: str, logprob: float) -> dict[str, object]:
    return {"token": text, "tokenId": token_id(text), "logProbability": logprob}
