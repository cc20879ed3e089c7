"""What moderation says: nothing is ever flagged. Formats follow the specification."""

from __future__ import annotations

from typing import Any

from fakes.json_text import mapping, sequence
from fakes.openai.errors import invalid, no_model

__all__ = ["MODELS", "inputs_of", "moderation_of", "named_in", "result_of"]

MODELS = {
    "omni-moderation-latest": "omni-moderation-2024-09-26",
    "omni-moderation-2024-09-26": "omni-moderation-2024-09-26",
}
"""Each name, with the model that it stands for."""
_OF_TEXT = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "sexual/minors",
)
_OF_IMAGES_TOO = (
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "violence",
    "violence/graphic",
)
_CATEGORIES = sorted(_OF_TEXT + _OF_IMAGES_TOO)


def moderation_of(asked: object) -> dict[str, object] | None:
    """What an answer tells of its question and of itself, where a request asks for it; else None.

    Raises:
        Refusal: 404, there is no such model for moderation.
    """
    if asked is None:
        return None
    name = named_in(mapping(asked))
    result = {**result_of({"text"}), "model": name, "type": "moderation_result"}
    results = {"model": name, "results": [result], "type": "moderation_results"}
    return {"input": results, "output": results}


def named_in(payload: dict[str, Any]) -> str:
    """The name of the model that a request names. Refusal: 404, there is no such model."""
    name = payload.get("model", "omni-moderation-latest")
    if not isinstance(name, str) or name not in MODELS:
        raise no_model(str(name))
    return name


def inputs_of(given: object) -> list[set[str]]:
    """The kinds of input of each item to moderate: a text, each of a list of texts, or a list of parts as
    one item.
    """
    listed = [given] if isinstance(given, str) else sequence(given)
    if listed and all(isinstance(each, str) for each in listed):
        return [{"text"} for _ in listed]
    kinds = {"text": "text", "image_url": "image"}
    found = [kinds.get(str(mapping(each).get("type"))) for each in listed]
    if not found or None in found:
        raise invalid("'input' must be a text, a list of texts, or a list of parts", "input")
    return [{kind for kind in found if kind}]


def result_of(kinds: set[str]) -> dict[str, object]:
    """A result without flags: each category names the kinds of input that it can apply to."""
    return {
        "flagged": False,
        "categories": dict.fromkeys(_CATEGORIES, False),
        "category_scores": dict.fromkeys(_CATEGORIES, 0.0),
        "category_applied_input_types": {
            category: sorted(kinds if category in _OF_IMAGES_TOO else kinds & {"text"})
            for category in _CATEGORIES
        },
    }
