"""Reading a tuning dataset as Vertex AI does.

A line is `{"contents": [{"role", "parts"}], "systemInstruction"?}`.
"""

from __future__ import annotations

from fakes.learners import Example
from fakes.shape import mapping, parse, sequence

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
        lines = content.decode().split("\n")
        examples = [_example(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    except UnicodeDecodeError as error:
        raise BadExamples(f"The dataset is not UTF-8: byte {error.start}.") from None
    if not examples:
        raise BadExamples("The dataset has no examples.")
    return examples


def _example(line: str, number: int) -> Example:
    at = f"Invalid example on line {number}"
    try:
        fields = mapping(parse(line))
    except ValueError:
        raise BadExamples(f"{at}: it is not JSON.") from None
    contents = sequence(fields.get("contents"))
    if not contents:
        raise BadExamples(f"{at}: it has no contents.")
    said = {"user": "", "model": ""}
    for content in contents:
        role, text = content_of(content)
        if role not in said:
            raise BadExamples(f"{at}: role {role!r} is neither user nor model.")
        if not text:
            raise BadExamples(f"{at}: the content of role {role!r} has no text.")
        said[role] = text
    if not said["user"] or not said["model"]:
        raise BadExamples(f"{at}: it needs a turn of the user and one of the model.")
    system = content_of(fields.get("systemInstruction"))[1]
    return Example(prompt=said["user"], answer=said["model"], system=system)


def content_of(content: object) -> tuple[str, str]:
    """The role (user where none is given) and the joined text of a Content object."""
    fields = mapping(content)
    texts = [mapping(part).get("text") for part in sequence(fields.get("parts"))]
    return str(fields.get("role") or "user"), "".join(text for text in texts if isinstance(text, str))
