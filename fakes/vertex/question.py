"""What a request for content asks, checked: the turns, and how the answer is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fakes.shape import sequence
from fakes.tokens import count
from fakes.vertex.asked import whole
from fakes.vertex.errors import invalid
from fakes.vertex.examples import content_of
from fakes.vertex.fields import GENERATE, GENERATION, fields

__all__ = ["Question", "prompt_of", "question_of"]

_MOST_CANDIDATES = 8
_MOST_STOPS = 5
_MOST_LOGPROBS = 20


@dataclass(frozen=True, slots=True)
class Question:
    """The last user turn and its system instruction, their size, and how to answer.

    `tokens` and `characters` are of all turns and the instruction; characters are those that are billed: all
    but spaces.
    `limit` is in tokens, 0 for none; `logprobs` is how many likeliest tokens are told, None for none.
    """

    prompt: str
    system: str
    tokens: int
    characters: int
    temperature: float
    seed: int
    limit: int
    stops: tuple[str, ...]
    candidates: int
    logprobs: int | None


def question_of(asked: dict[str, Any], known: frozenset[str] = GENERATE) -> Question:
    """The question in a GenerateContentRequest with these fields; 400 where it makes no sense."""
    asked = fields(asked, known)
    system = content_of(asked.get("systemInstruction"))[1]
    prompt, tokens, characters = prompt_of(asked.get("contents"), system)
    config = fields(asked.get("generationConfig"), GENERATION, "generation_config")
    return Question(
        prompt,
        system,
        tokens,
        characters,
        _temperature(config),
        _integer(config, "seed"),
        _integer(config, "maxOutputTokens"),
        _stops(config.get("stopSequences")) if "stopSequences" in config else (),
        _candidates(config) if "candidateCount" in config else 1,
        _logprobs(config) if "responseLogprobs" in config or "logprobs" in config else None,
    )


def prompt_of(contents: object, system: str) -> tuple[str, int, int]:
    """The last user turn, and the tokens and billable characters of all turns and the system instruction."""
    turns = sequence(contents)
    if not turns:
        raise invalid("Unable to submit request because at least one contents field is required.")
    prompt, tokens, characters = "", count(system), _characters(system)
    for content in turns:
        role, text = content_of(content)
        if role not in ("user", "model"):
            raise invalid("Please use a valid role: user, model.")
        if not text:
            raise invalid("Unable to submit request because it must have a text parameter.")
        tokens += count(text)
        characters += _characters(text)
        if role == "user":
            prompt = text
    return prompt, tokens, characters


def _characters(text: str) -> int:
    return len("".join(text.split()))


def _temperature(config: dict[str, Any]) -> float:
    value = config.get("temperature")
    value = 1.0 if value is None else value
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 2:
        raise invalid(f"Invalid value at 'generation_config.temperature': {value!r}")
    return float(value)


def _integer(config: dict[str, Any], name: str) -> int:
    """A whole number; 0 where it is missing."""
    value = config.get(name)
    return (
        0
        if value is None
        else whole(value, invalid(f"Invalid value at 'generation_config.{name}': {value!r}"))
    )


def _stops(value: object) -> tuple[str, ...]:
    stops = sequence(value)
    if len(stops) > _MOST_STOPS or not all(isinstance(stop, str) and stop for stop in stops):
        raise invalid(f"stopSequences must be at most {_MOST_STOPS} texts, none of them empty.")
    return tuple(stops)


def _candidates(config: dict[str, Any]) -> int:
    wanted = _integer(config, "candidateCount") or 1
    if not 1 <= wanted <= _MOST_CANDIDATES:
        raise invalid(f"candidateCount must be from 1 to {_MOST_CANDIDATES}; it is {wanted}.")
    return wanted


def _logprobs(config: dict[str, Any]) -> int | None:
    wanted, top = config.get("responseLogprobs") is True, _integer(config, "logprobs")
    if top and not wanted:
        raise invalid("logprobs is only taken where responseLogprobs is true.")
    if not 0 <= top <= _MOST_LOGPROBS:
        raise invalid(f"logprobs must be from 1 to {_MOST_LOGPROBS}; it is {top}.")
    return top if wanted else None
