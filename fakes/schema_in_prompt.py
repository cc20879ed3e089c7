"""A JSON schema that stands in a prompt, and answers in the form that it asks for.

Clients without structured output, or for models without it, write the schema into the prompt and read JSON
from the text of the answer. A model follows that, as it would follow any other instruction.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from fakes.json_text import is_mapping
from fakes.structured_output import text_under

__all__ = ["schema_in", "text_as_prompted", "without_form"]

_MOST = 64
"""Braces in a text at which a schema is looked for."""
_FENCE = "```json"
_FORM = re.compile(r"json|schema|markdown|```", re.IGNORECASE)


class _Found(NamedTuple):
    """A schema in a text, and where it begins and ends there."""

    schema: dict[str, Any]
    begin: int
    end: int


def schema_in(*texts: str) -> dict[str, Any] | None:
    """The last JSON schema of an object in the last text that has one; None if there is none."""
    for text in reversed(texts):
        if found := _schemas(text):
            return found[-1].schema
    return None


def text_as_prompted(answer: str, seed: int, *texts: str, fenced: bool = True) -> str | None:
    """The answer as JSON under the schema that a prompt shows; None if it shows none.

    With `fenced`, it stands in a block of Markdown where the prompt speaks of one.
    """
    schema = schema_in(*texts)
    if schema is None:
        return None
    written = text_under(schema, answer, seed)
    return f"{_FENCE}\n{written}\n```" if fenced and any(_FENCE in text for text in texts) else written


def without_form(system: str, prompt: str) -> tuple[str, str]:
    """Both texts without a schema, and without the paragraphs that speak of the form of the answer.

    What a model knows does not depend on the form that it is to write: that part of a prompt is followed by
    `text_as_prompted`, and not taken for a part of the question. Without a schema both texts are as before.
    """
    if schema_in(system, prompt) is None:
        return system, prompt
    return _without(system), _without(prompt) or prompt


def _without(text: str) -> str:
    for found in reversed(_schemas(text)):
        text = f"{text[: found.begin]}\n\n{text[found.end :]}"
    kept = [part for part in re.split(r"\n\s*\n", text) if part.strip() and not _FORM.search(part)]
    return "\n\n".join(kept).strip()


def _schemas(text: str) -> list[_Found]:
    if '"properties"' not in text:
        return []
    decoder, found, at = json.JSONDecoder(), list[_Found](), 0
    for _ in range(_MOST):
        begin = text.find("{", at)
        if begin < 0:
            break
        try:
            value, at = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            at = begin + 1
            continue
        if (schema := _schema(value)) is not None:
            found.append(_Found(schema, begin, at))
    return found


def _schema(value: object) -> dict[str, Any] | None:
    """The schema that a JSON value is, or that it holds by a name, as a form of an answer does."""
    if not is_mapping(value):
        return None
    if is_mapping(value.get("properties")) and value.get("type", "object") == "object":
        return value
    inner = next((value[name] for name in ("schema", "json_schema") if name in value), None)
    return _schema(inner)
