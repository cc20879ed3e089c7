"""Reading a training file for chat models as the service does: line by line, with the line named."""

from __future__ import annotations

from typing import Any

from fakes.json_text import is_mapping, mapping, parse, sequence
from fakes.learners import Example
from fakes.openai.records import Method

__all__ = ["MINIMUM", "BadExamples", "auto_epochs", "read"]

MINIMUM = 10
"""The fewest examples a job takes: https://developers.openai.com/api/docs/guides/supervised-fine-tuning"""

_EPOCHS, _MOST_EPOCHS = 3, 25
_FEWEST_SEEN, _MOST_SEEN = 100, 25_000

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class BadExamples(Exception):
    """The file cannot be trained on. `code` and `param` are those of the job's error."""

    def __init__(self, message: str, code: str, param: str) -> None:
        super().__init__(message)
        self.code, self.param = code, param


def auto_epochs(examples: int) -> int:
    """Epochs of a job with `n_epochs: auto`: 3, more for fewer than 34 examples, fewer for more than 8,333.

    OpenAI's own estimate, by which training sees 100 to 25,000 examples in 1 to 25 epochs:
    https://cookbook.openai.com/examples/chat_finetuning_data_prep
    """
    if examples * _EPOCHS < _FEWEST_SEEN:
        return min(_MOST_EPOCHS, _FEWEST_SEEN // examples)
    if examples * _EPOCHS > _MOST_SEEN:
        return max(1, _MOST_SEEN // examples)
    return _EPOCHS


def read(content: bytes, param: str, method: Method = "supervised") -> list[Example]:
    """The examples in a file: the last user turn and the answer to it.

    A line for supervised training is `{"messages": [...]}`; for direct preference optimization (dpo) it is
    `{"input": {"messages": [...]}, "preferred_output": [...], "non_preferred_output": [...]}`, of which the
    preferred output is what is learned: the stand-in learners have no use for the other.

    Raises:
        BadExamples: not UTF-8, a line that is not an object, messages that are missing, empty or of an
            unknown role, no answer to learn, or (for a training file) fewer than ten examples.
    """
    kind = param.removesuffix("_file")
    try:
        lines = content.decode().split("\n")
        kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
        examples = [_READERS[method](_row(line, number), _AT.format(number)) for number, line in kept]
    except UnicodeDecodeError as error:
        problem = f"Expected file to be UTF-8 encoded; byte {error.start} is not."
    except ValueError as error:
        problem = str(error)
    else:
        if kind == "validation" or len(examples) >= MINIMUM:
            return examples
        few = f"Training file has {len(examples)} example(s), but must have at least {MINIMUM} examples"
        raise BadExamples(few, "invalid_n_examples", param)
    message = f"The job failed due to an invalid {kind} file. {problem}"
    raise BadExamples(message, f"invalid_{kind}_file", param)


def _row(line: str, number: int) -> dict[str, Any]:
    """The object on a line. ValueError where it is none."""
    try:
        row = parse(line)
    except ValueError:
        row = None
    if not is_mapping(row):
        raise ValueError(
            "Expected file to have JSONL format, where every line is a valid JSON dictionary. "
            f"Line {number} is not a dictionary."
        )
    return row


def _supervised(row: dict[str, Any], at: str) -> Example:
    said = _said(row.get("messages"), "messages", at)
    if not said["assistant"]:
        raise ValueError(f"{at}, there is no message from the assistant to learn")
    if not said["user"]:
        raise ValueError(f"{at}, there is no message from the user")
    return Example(prompt=said["user"], answer=said["assistant"], system=said["system"])


def _preference(row: dict[str, Any], at: str) -> Example:
    said = _said(mapping(row.get("input")).get("messages"), "input.messages", at)
    if not said["user"]:
        raise ValueError(f"{at}, there is no message from the user")
    preferred, _ = (_output(row.get(key), key, at) for key in ("preferred_output", "non_preferred_output"))
    return Example(prompt=said["user"], answer=preferred, system=said["system"])


def _output(messages: object, key: str, at: str) -> str:
    answer = _said(messages, key, at)["assistant"]
    if not answer or len(sequence(messages)) != 1:
        raise ValueError(f'{at}, key "{key}": must be one message from the assistant')
    return answer


_AT = "Invalid file format. Line {}"
_READERS = {"supervised": _supervised, "dpo": _preference}


def _said(messages: object, key: str, at: str) -> dict[str, str]:
    """The last content of each role. ValueError where there is no message, or a bad one."""
    listed = sequence(messages)
    if not listed:
        raise ValueError(f'{at}, key "{key}": at least one message is required')
    said = {"system": "", "user": "", "assistant": ""}
    where = "message" if key == "messages" else f'key "{key}", message'
    for index, message in enumerate(listed, 1):
        role, content = _turn(message, f"{at}, {where} {index}")
        said["system" if role == "developer" else role] = content
    return said


def _turn(message: object, at: str) -> tuple[str, str]:
    """A message's role and content. ValueError where one is missing or wrong."""
    if not is_mapping(message):
        raise ValueError(f"{at}: must be an object")
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        raise ValueError(f'{at}, key "role": must be one of {", ".join(_ROLES)}')
    if not isinstance(content, str) or not content:
        raise ValueError(f'{at}, key "content": must be a string that is not empty')
    return role, content
