"""The fields of a JSON message, as Google reads them: in camelCase or in snake_case, and no others.

Both spellings are told of in https://protobuf.dev/programming-guides/json; google-genai sends both.
"""

from __future__ import annotations

import re
from typing import Any

from fakes.shape import mapping
from fakes.vertex.errors import unknown_name

__all__ = ["GENERATE", "GENERATION", "fields"]

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
    """The message with its names in camelCase; empty where it is no JSON object.

    Raises:
        Refusal: 400 for a name that is not known; `at` is where in the request the message stands.
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
