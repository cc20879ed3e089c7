"""Validation of requests for content: what is asked, and how it is to be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fakes.behaviours.models import TERSE, Manner
from fakes.json_text import compact, mapping, sequence
from fakes.vertex.catalogue import thinking_of
from fakes.vertex.errors import invalid, invalid_value, out_of_range
from fakes.vertex.reading import int64_of
from fakes.vertex.structure import Structure, read_structure
from fakes.vertex.thinking import most_thoughts, thinking_budget
from fakes.vertex.tools import Tools, functions_of, read_tools
from fakes.vertex.turns import Turns, read_turns
from fakes.vertex.validate import check_labels

__all__ = ["ContentRequest", "Sampling", "check_config", "content_request", "prompt_turns"]

_MOST_CANDIDATES = 8
_MOST_STOPS = 5
_MOST_LOGPROBS = 20
_MOST_OUTPUT = 65_536
_MOST_K = 64
_DEFAULT_K, _DEFAULT_P = 64, 0.95
_THRESHOLDS = ("BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF")
_CATEGORIES = tuple(
    f"HARM_CATEGORY_{name}"
    for name in (
        "HATE_SPEECH",
        "DANGEROUS_CONTENT",
        "HARASSMENT",
        "SEXUALLY_EXPLICIT",
        "CIVIC_INTEGRITY",
        "IMAGE_HATE",
        "IMAGE_DANGEROUS_CONTENT",
        "IMAGE_HARASSMENT",
        "IMAGE_SEXUALLY_EXPLICIT",
        "JAILBREAK",
    )
)
_NO_TOOLS = Tools()
_ANYTHING: dict[str, Any] = {"role": "user", "parts": [{"text": "anything"}]}
_METHODS = ("HARM_BLOCK_METHOD_UNSPECIFIED", "SEVERITY", "PROBABILITY")


class Sampling(NamedTuple):
    """How an answer is drawn; see `fakes.learners.sampling.draw`."""

    temperature: float
    top_p: float = 1.0
    top_k: int | None = None


@dataclass(frozen=True, slots=True)
class ContentRequest:
    """What is asked, and how to answer.

    `limit` is in tokens, 0 for none; `logprobs` is how many likeliest tokens are told, None for none; `rated`
    are the categories of harm for which an answer is rated. `budget` is how many tokens of thoughts there may
    be, and `thoughts_told` whether they are told; `structure` is the form of the answer, None for plain text.
    `base` is the model that answers, or from which it was tuned. `may_think` is how many tokens of thoughts
    there may be of a model that thinks as long as it likes; `manner` is how the model behaves. `seeded` tells
    that `seed` was asked for.
    """

    turns: Turns
    sampling: Sampling
    seed: int
    seeded: bool
    limit: int
    stops: tuple[str, ...]
    candidates: int
    logprobs: int | None
    rated: tuple[str, ...]
    budget: int
    thoughts_told: bool
    structure: Structure | None
    tools: Tools
    base: str
    may_think: int
    manner: Manner = TERSE


def content_request(payload: Mapping[str, Any], base: str, *, blank: bool = False) -> ContentRequest:
    """The question in a GenerateContentRequest that was read by its table.

    `base` is the model that answers, or from which it was tuned; `blank` takes a turn whose text is empty.

    Raises:
        Refusal: 400 where the request makes no sense.
    """
    check_labels(payload.get("labels"))
    config: dict[str, Any] = payload.get("generationConfig", {})
    thinking: dict[str, Any] = config.get("thinkingConfig", {})
    return ContentRequest(
        prompt_turns(payload, limited=True, blank=blank),
        _sampling(config),
        _integer(config, "seed"),
        "seed" in config,
        _limit(config),
        _stops(config["stopSequences"]) if "stopSequences" in config else (),
        _candidates(config) if "candidateCount" in config else 1,
        _logprobs(config) if "responseLogprobs" in config or "logprobs" in config else None,
        _rated(payload["safetySettings"]) if "safetySettings" in payload else (),
        thinking_budget(thinking, thinking_of(base)),
        thinking.get("includeThoughts") is True,
        read_structure(config, base, tools=bool(sequence(payload.get("tools")))) if config else None,
        read_tools(payload) if "tools" in payload or "toolConfig" in payload else _NO_TOOLS,
        base,
        most_thoughts(thinking, thinking_of(base)),
    )


def check_config(config: dict[str, Any], base: str) -> None:
    """Refuses a GenerationConfig, read by its table, with which no content could be asked for.

    Raises:
        Refusal: 400, as for `content_request`.
    """
    content_request({"contents": [_ANYTHING], "generationConfig": config}, base)


def prompt_turns(payload: Mapping[str, Any], *, limited: bool = False, blank: bool = False) -> Turns:
    """The turns of a request, and the size of all that the model reads (`fakes.vertex.turns.read_turns`)."""
    tools = sequence(payload.get("tools"))
    functions_of(tools)
    more = compact(tools).decode("utf-8", "surrogatepass") if tools else ""
    contents, system = sequence(payload.get("contents")), mapping(payload.get("systemInstruction"))
    return read_turns(contents, system, more, limited=limited, blank=blank)


def _sampling(config: dict[str, Any]) -> Sampling:
    """How to draw. topK and topP as the service has them anyway are those of a request without any."""
    temperature = _number(config, "temperature", 1.0)
    if not 0 <= temperature <= 2:
        raise out_of_range("temperature", config["temperature"], 0, "2.0")
    if "topK" not in config and "topP" not in config:
        return Sampling(temperature)
    top_k, top_p = _number(config, "topK", _DEFAULT_K), _number(config, "topP", _DEFAULT_P)
    if not 0 <= top_p <= 1:
        raise out_of_range("topP", config["topP"], 0, "1.0")
    if top_k % 1 or not 1 <= top_k <= _MOST_K:
        raise out_of_range("topK", config["topK"], 1, _MOST_K)
    return Sampling(
        temperature,
        1.0 if top_p == _DEFAULT_P else top_p,
        None if top_k == _DEFAULT_K else int(top_k),
    )


def _number(config: dict[str, Any], name: str, default: float) -> float:
    value = config.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise invalid_value(f"generationConfig.{name}", value, "TYPE_FLOAT")
    return float(value)


def _integer(config: dict[str, Any], name: str) -> int:
    """A whole number; 0 where it is missing."""
    if name not in config:
        return 0
    value = config[name]
    number = int64_of(value, refusal := invalid_value(f"generationConfig.{name}", value, "TYPE_INT32"))
    if not -(2**31) <= number < 2**31:
        raise refusal
    return number


def _limit(config: dict[str, Any]) -> int:
    if "maxOutputTokens" not in config:
        return 0
    limit = _integer(config, "maxOutputTokens")
    if not 1 <= limit <= _MOST_OUTPUT:
        raise out_of_range("maxOutputTokens", limit, 1, _MOST_OUTPUT)
    return limit


def _stops(value: object) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else sequence(value)
    fit = stops or value == []
    if not fit or len(stops) > _MOST_STOPS or not all(isinstance(stop, str) and stop for stop in stops):
        raise invalid(f"stopSequences must be at most {_MOST_STOPS} texts, none of them empty.")
    return tuple(stops)


def _candidates(config: dict[str, Any]) -> int:
    wanted = _integer(config, "candidateCount") or 1
    if not 1 <= wanted <= _MOST_CANDIDATES:
        raise out_of_range("candidateCount", wanted, 1, _MOST_CANDIDATES)
    return wanted


def _logprobs(config: dict[str, Any]) -> int | None:
    wanted, top = config.get("responseLogprobs", False), _integer(config, "logprobs")
    if not isinstance(wanted, bool):
        raise invalid_value("generationConfig.responseLogprobs", wanted, "TYPE_BOOL")
    if top and not wanted:
        raise invalid("logprobs is only taken where responseLogprobs is true.")
    if not 0 <= top <= _MOST_LOGPROBS:
        raise out_of_range("logprobs", top, 0, _MOST_LOGPROBS)
    return top if wanted else None


def _rated(settings: list[dict[str, Any]]) -> tuple[str, ...]:
    """The categories of harm of which an answer tells how it was rated: those that are not off."""
    met: list[object] = []
    rated: list[str] = []
    for index, setting in enumerate(settings):
        category, threshold = setting.get("category"), setting.get("threshold")
        for name, value, known in (
            ("category", category, _CATEGORIES),
            ("threshold", threshold, _THRESHOLDS),
            ("method", setting.get("method", _METHODS[0]), _METHODS),
        ):
            if value not in known:
                kind = "HarmCategory" if name == "category" else f"SafetySetting.HarmBlock{name.title()}"
                space = "type.googleapis.com/google.cloud.aiplatform.v1beta1"
                raise invalid_value(f"safetySettings[{index}].{name}", value, f"{space}.{kind}")
        if category in met:
            raise invalid(f"Duplicate safety setting for category {category}.")
        met.append(category)
        rated += [str(category)] if threshold != "OFF" else []
    return tuple(rated)
