"""Reading a tuning dataset as Vertex AI does: `{"contents": [{"role", "parts"}], "systemInstruction"?}` a line."""

from __future__ import annotations

import json

from fakes.learners import Example
from fakes.shape import mapping, sequence

__all__ = ["BadExamples", "content_of", "read"]


class BadExamples(Exception):
    """The dataset cannot be trained on; the text names the line."""


def read(content: bytes) -> list[Example]:
    """The examples: the last user turn, and the model's answer to it.

    Raises:
        BadExamples: not UTF-8, a line that is no object, contents that are missing, empty or of an unknown
            role, nothing to learn, or no example at all.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise BadExamples(f"The dataset is not UTF-8: byte {error.start}.") from None
    examples: list[Example] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            problem, example = _example(line)
            if example is None:
                raise BadExamples(f"Invalid example on line {number}: {problem}.")
            examples.append(example)
    if not examples:
        raise BadExamples("The dataset has no examples.")
    return examples


def _example(line: str) -> tuple[str, Example | None]:
    try:
        row: object = json.loads(line)
    except ValueError:
        return "it is not JSON", None
    fields = mapping(row)
    contents = sequence(fields.get("contents"))
    if not contents:
        return "it has no contents", None
    said = {"user": "", "model": ""}
    for content in contents:
        role, text = content_of(content)
        if role not in said:
            return f"role {role!r} is neither user nor model", None
        if not text:
            return f"the content of role {role!r} has no text", None
        said[role] = text
    if not said["user"] or not said["model"]:
        return "it needs a turn of the user and one of the model", None
    system = content_of(fields.get("systemInstruction"))[1]
    return "", Example(prompt=said["user"], answer=said["model"], system=system)


def content_of(content: object) -> tuple[str, str]:
    """The role (user where none is given) and the joined text of a Content object."""
    fields = mapping(content)
    texts = [mapping(part).get("text") for part in sequence(fields.get("parts"))]
    return str(fields.get("role") or "user"), "".join(text for text in texts if isinstance(text, str))
