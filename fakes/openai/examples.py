"""Reading a training file for chat models as the service does: line by line, with the line named."""

from __future__ import annotations

import json
from typing import Any

from fakes.learners import Example
from fakes.shape import mapping, sequence

__all__ = ["MINIMUM", "BadExamples", "read"]

MINIMUM = 10
"""The fewest examples a job takes: https://developers.openai.com/api/docs/guides/supervised-fine-tuning"""

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class BadExamples(Exception):
    """The file cannot be trained on. `code` and `param` are those of the job's error."""

    def __init__(self, message: str, code: str, param: str) -> None:
        super().__init__(message)
        self.code, self.param = code, param


def read(content: bytes, param: str) -> list[Example]:
    """The examples in a file of `{"messages": [...]}` lines: the last user turn and the answer to it.

    Raises:
        BadExamples: not UTF-8, a line that is not an object, messages that are missing, empty or of an
            unknown role, no answer to learn, or (for a training file) fewer than ten examples.
    """
    kind = "training" if param == "training_file" else "validation"
    examples: list[Example] = []

    def bad(problem: str) -> BadExamples:
        return BadExamples(
            f"The job failed due to an invalid {kind} file. {problem}", f"invalid_{kind}_file", param
        )

    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise bad(f"Expected file to be UTF-8 encoded; byte {error.start} is not.") from None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row: object = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise bad(
                "Expected file to have JSONL format, where every line is a valid JSON dictionary. "
                f"Line {number} is not a dictionary."
            )
        problem, example = _example(mapping(row))
        if example is None:
            raise bad(f"Invalid file format. Line {number}, {problem}")
        examples.append(example)
    if kind == "training" and len(examples) < MINIMUM:
        raise BadExamples(
            f"Training file has {len(examples)} example(s), but must have at least {MINIMUM} examples",
            "invalid_n_examples",
            param,
        )
    return examples


def _example(row: dict[str, Any]) -> tuple[str, Example | None]:
    messages = sequence(row.get("messages"))
    if not messages:
        return 'key "messages": at least one message is required', None
    said = {"system": "", "user": "", "assistant": ""}
    for index, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            return f"message {index}: must be an object", None
        role, content = mapping(message).get("role"), mapping(message).get("content")
        if role not in _ROLES:
            return f'message {index}, key "role": must be one of {", ".join(_ROLES)}', None
        if not isinstance(content, str) or not content:
            return f'message {index}, key "content": must be a string that is not empty', None
        said["system" if role == "developer" else role] = content
    if not said["assistant"]:
        return "there is no message from the assistant to learn", None
    if not said["user"]:
        return "there is no message from the user", None
    return "", Example(prompt=said["user"], answer=said["assistant"], system=said["system"])
