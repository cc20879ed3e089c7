"""Enums that are sent as numbers.

JSON of protocol buffers may have the number of an enum for its name
(https://protobuf.dev/programming-guides/json). Clients generated from protocol buffers, such as vertexai,
send numbers. The names and numbers are those of google-cloud-aiplatform 2.7.
"""

from __future__ import annotations

from typing import cast

__all__ = ["enum_named"]

_NAMES: dict[str, tuple[str | None, ...]] = {
    "adapterSize": (
        "ADAPTER_SIZE_UNSPECIFIED",
        "ADAPTER_SIZE_ONE",
        "ADAPTER_SIZE_FOUR",
        "ADAPTER_SIZE_EIGHT",
        "ADAPTER_SIZE_SIXTEEN",
        "ADAPTER_SIZE_THIRTY_TWO",
        "ADAPTER_SIZE_TWO",
    ),
    "category": (
        "HARM_CATEGORY_UNSPECIFIED",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_CIVIC_INTEGRITY",
        "HARM_CATEGORY_JAILBREAK",
    ),
    "mode": ("MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", None, "VALIDATED"),
    "responseModalities": ("MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO"),
    "threshold": (
        "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
        "BLOCK_LOW_AND_ABOVE",
        "BLOCK_MEDIUM_AND_ABOVE",
        "BLOCK_ONLY_HIGH",
        "BLOCK_NONE",
        "OFF",
    ),
    "type": ("TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"),
}
"""Field -> the names of its enum, at the places of their numbers; each field has one enum in all messages."""


def enum_named(field: str, value: object) -> object:
    """The value of a field; where it is the number of an enum, or a list of such numbers, as names."""
    names = _NAMES.get(field)
    if names is None:
        return value
    if isinstance(value, list):
        return [enum_named(field, each) for each in cast("list[object]", value)]
    if type(value) is not int or not 0 <= value < len(names):
        return value
    return names[value] or value
