"""Request validation: requests are checked as the service checks them, and converted to records.

Google accepts the fields of a JSON message in camelCase or in snake_case, and refuses unknown ones
(https://protobuf.dev/programming-guides/json); google-genai sends both spellings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fakes.json_text import is_mapping, mapping, parse, sequence
from fakes.learners import Checkpoint
from fakes.routes import Call, Refusal
from fakes.tokens import count
from fakes.vertex.catalogue import MODELS
from fakes.vertex.errors import invalid, not_found, unknown_name
from fakes.vertex.examples import content_of
from fakes.vertex.records import JobSpec, Registry, Version

__all__ = [
    "GENERATE",
    "GENERATION",
    "ContentRequest",
    "content_request",
    "fields",
    "int64_of",
    "job_spec",
    "object_of",
    "prompt_of",
]


def object_of(call: Call) -> dict[str, Any]:
    """The request's JSON object, or a 400."""
    try:
        body = parse(call.body or b"{}")
    except ValueError:
        body = None
    if not is_mapping(body):
        raise invalid("Invalid JSON payload received.")
    return body


GENERATE = frozenset(
    [
        "cachedContent",
        "contents",
        "continuationToken",
        "generationConfig",
        "labels",
        "modelArmorConfig",
        "outputConfig",
        "safetySettings",
        "systemInstruction",
        "toolConfig",
        "tools",
    ]
)
"""The fields of GenerateContentRequest in the discovery document (v1beta1)."""


GENERATION = frozenset(
    [
        "audioTimestamp",
        "audioTranscriptionConfig",
        "candidateCount",
        "enableAffectiveDialog",
        "frequencyPenalty",
        "imageConfig",
        "logprobs",
        "maxOutputTokens",
        "mediaResolution",
        "modelConfig",
        "presencePenalty",
        "responseFormat",
        "responseJsonSchema",
        "responseLogprobs",
        "responseMimeType",
        "responseModalities",
        "responseSchema",
        "routingConfig",
        "seed",
        "speechConfig",
        "stopSequences",
        "temperature",
        "thinkingConfig",
        "topK",
        "topP",
        "translationConfig",
    ]
)
"""The fields of GenerationConfig in the discovery document (v1beta1)."""


def fields(message: object, known: frozenset[str], at: str = "") -> dict[str, Any]:
    """The message with its names in camelCase; empty if it is not a JSON object.

    Raises:
        Refusal: 400 for an unknown name; `at` is the place of the message in the request.
    """
    found = mapping(message)
    if found.keys() <= known:
        return found
    made: dict[str, Any] = {}
    for name, value in found.items():
        camel = re.sub("_([a-z])", lambda letter: letter[1].upper(), name)
        if camel not in known:
            raise unknown_name(name, at)
        made[camel] = value
    return made


_ECHOED = (
    "baseModel",
    "preTunedModel",
    "supervisedTuningSpec",
    "tunedModelDisplayName",
    "description",
    "labels",
)


_PRE_TUNED = frozenset({"tunedModelName", "checkpointId", "baseModel"})


_DEFAULT_EPOCHS = 3


_MOST_EPOCHS = 100


_LABEL_KEY = re.compile(r"[a-z][\w-]{0,62}")


_LABEL = re.compile(r"[\w-]{0,63}")


_MOST_LABELS = 64


def job_spec(payload: dict[str, Any], parent: str, registry: Registry) -> JobSpec:
    """The job under `parent` that a client's JSON object requests.

    Raises:
        Refusal: 404 for a model that does not exist, 400 for anything else that the service would not accept.
    """
    spec, source = payload.get("supervisedTuningSpec"), _source(payload, registry)
    model = source[0].base_model if source else payload.get("baseModel")
    if not isinstance(model, str) or model not in MODELS:
        raise not_found(f"Base model {model} is not found.")
    if not MODELS[model]:
        raise invalid(f"Base model {model} is not supported for tuning.")
    if not is_mapping(spec):
        raise invalid("Exactly one tuning spec must be set; supervisedTuningSpec is the one that is served.")
    _check_labels(payload.get("labels"))
    hyper = mapping(spec.get("hyperParameters"))
    training = _uri(spec, "trainingDatasetUri")
    if training is None:
        raise invalid("trainingDatasetUri must be set.")
    echo = {name: payload[name] for name in _ECHOED if name in payload}
    if source:
        echo["preTunedModel"] = {
            **fields(payload["preTunedModel"], _PRE_TUNED),
            "baseModel": model,
        }
    return JobSpec(
        parent=parent,
        echo=echo,
        base_model=model,
        training_uri=training,
        validation_uri=_uri(spec, "validationDatasetUri"),
        epochs=_epochs(hyper.get("epochCount")),
        rate=_rate(hyper.get("learningRateMultiplier")),
        last_only=spec.get("exportLastCheckpointOnly") is True,
        source=source,
    )


def int64_of(value: object, refusal: Refusal) -> int:
    """An int64, which JSON has as a string or a number; raises the refusal if it is none."""
    text = "" if isinstance(value, bool) else str(value)
    if not re.fullmatch(r"-?[0-9]{1,19}", text):
        raise refusal
    return int(text)


def _source(payload: dict[str, Any], registry: Registry) -> tuple[Version, Checkpoint] | None:
    """The checkpoint of a tuned model from which training continues; None if it starts from a base model."""
    if "preTunedModel" not in payload:
        return None
    if "baseModel" in payload:
        raise invalid("Exactly one of baseModel and preTunedModel must be set.")
    wanted = fields(payload["preTunedModel"], _PRE_TUNED, "tuning_job.pre_tuned_model")
    name, checkpoint_id = wanted.get("tunedModelName"), wanted.get("checkpointId")
    version = registry.find(name) if isinstance(name, str) else None
    if version is None:
        raise not_found(f"Tuned model {name} is not found.")
    checkpoint = version.checkpoint(None if checkpoint_id is None else str(checkpoint_id))
    if checkpoint is None:
        raise not_found(f"Checkpoint {checkpoint_id} of tuned model {name} is not found.")
    return version, checkpoint


def _uri(spec: dict[str, Any], name: str) -> str | None:
    uri = spec.get(name)
    if uri is not None and (not isinstance(uri, str) or not uri.startswith("gs://")):
        raise invalid(f"{name} must be a Cloud Storage URI such as gs://bucket/train.jsonl; it is {uri!r}.")
    return uri


def _epochs(value: object) -> int:
    refusal = invalid(f"epochCount must be a whole number from 1 to {_MOST_EPOCHS}; it is {value!r}.")
    epochs = _DEFAULT_EPOCHS if value is None else int64_of(value, refusal)
    if not 1 <= epochs <= _MOST_EPOCHS:
        raise refusal
    return epochs


def _rate(value: object) -> float:
    if value is None:
        return 1.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1e9:
        raise invalid(f"learningRateMultiplier must be a number above 0; it is {value!r}.")
    return float(value)


def _check_labels(labels: object) -> None:
    """Check labels by the rules of https://docs.cloud.google.com/resource-manager/docs/labels-overview."""
    if labels is None:
        return
    fits = is_mapping(labels) and len(labels) <= _MOST_LABELS
    for key, value in mapping(labels).items():
        text = f"{key}{value}"
        fits = fits and isinstance(value, str) and text == text.lower()
        fits = fits and bool(_LABEL_KEY.fullmatch(key) and _LABEL.fullmatch(str(value)))
    if not fits:
        raise invalid(
            f"labels must be at most {_MOST_LABELS} pairs of lowercase letters, digits, underscores and "
            "dashes, 63 at most; a key begins with a letter."
        )


_MOST_CANDIDATES = 8


_MOST_STOPS = 5


_MOST_LOGPROBS = 20


@dataclass(frozen=True, slots=True)
class ContentRequest:
    """The last user turn and its system instruction, their size, and the options for the answer.

    `tokens` and `characters` count all turns and the instruction; characters are the billed ones: all
    but spaces. `limit` is in tokens, 0 for none; `logprobs` is the number of likeliest tokens to show, None
    for none.
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


def content_request(payload: dict[str, Any], known: frozenset[str] = GENERATE) -> ContentRequest:
    """The question in a GenerateContentRequest with these fields; 400 if it is invalid."""
    payload = fields(payload, known)
    system = content_of(payload.get("systemInstruction"))[1]
    prompt, tokens, characters = prompt_of(payload.get("contents"), system)
    config = fields(payload.get("generationConfig"), GENERATION, "generation_config")
    return ContentRequest(
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
    """A whole number; 0 if it is missing."""
    value = config.get(name)
    return (
        0
        if value is None
        else int64_of(value, invalid(f"Invalid value at 'generation_config.{name}': {value!r}"))
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
