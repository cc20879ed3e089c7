"""Read a training file for chat models as the service does: line by line; errors name the line."""

from __future__ import annotations

from typing import Any, NamedTuple

from fakes.json_text import is_mapping, mapping, parse, sequence
from fakes.learners import Example, Message
from fakes.openai.records import Method
from fakes.openai.tools import Function, called

__all__ = ["MINIMUM", "BadExamples", "auto_epochs", "read"]

MINIMUM = 10
"""The minimum number of examples: https://developers.openai.com/api/docs/guides/supervised-fine-tuning"""

_EPOCHS, _MOST_EPOCHS = 3, 25
_FEWEST_SEEN, _MOST_SEEN = 100, 25_000

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_SPOKEN = {"developer": "system", "function": "tool"}


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
    """The examples in a file: of each line the last answer that is to be learned, to the user turn before it.

    There is more than one answer where the assistant first calls functions and then goes on with their
    results. A call is learned as a text (`fakes.openai.tools.called`). A message with a weight of 0 is not
    learned.

    A line for supervised training is `{"messages": [...]}`; for direct preference optimization (dpo) it is
    `{"input": {"messages": [...]}, "preferred_output": [...], "non_preferred_output": [...]}`. Only the
    preferred output is learned: the fakes' learners do not use the other one.

    Raises:
        BadExamples: not UTF-8, a line that is not an object, messages that are missing, empty or of an
            unknown role, no answer to learn, or (for a training file) fewer than ten examples.
    """
    kind = param.removesuffix("_file")
    try:
        lines = content.decode().split("\n")
        kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
        found = [_READERS[method](_row(line, number), _AT.format(number)) for number, line in kept]
    except UnicodeDecodeError as error:
        problem = f"Expected file to be UTF-8 encoded; byte {error.start} is not."
    except ValueError as error:
        problem = str(error)
    else:
        if kind == "validation" or len(found) >= MINIMUM:
            return [example for line in found for example in line]
        few = f"Training file has {len(found)} example(s), but must have at least {MINIMUM} examples"
        raise BadExamples(few, "invalid_n_examples", param)
    message = f"The job failed due to an invalid {kind} file. {problem}"
    raise BadExamples(message, f"invalid_{kind}_file", param)


def _row(line: str, number: int) -> dict[str, Any]:
    """The object on a line. ValueError if there is none."""
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


def _supervised(row: dict[str, Any], at: str) -> list[Example]:
    turns = _turns(row.get("messages"), "messages", at)
    if not any(turn.role == "assistant" for turn in turns):
        raise ValueError(f"{at}, there is no message from the assistant to learn")
    if not any(turn.role == "user" for turn in turns):
        raise ValueError(f"{at}, there is no message from the user")
    examples = _examples(turns)
    if not examples:
        raise ValueError(
            f"{at}, every message from the assistant has a weight of 0: there is nothing to learn"
        )
    return examples


def _preference(row: dict[str, Any], at: str) -> list[Example]:
    turns = _turns(mapping(row.get("input")).get("messages"), "input.messages", at)
    if not any(turn.role == "user" for turn in turns):
        raise ValueError(f"{at}, there is no message from the user")
    preferred, _ = (_output(row.get(key), key, at) for key in ("preferred_output", "non_preferred_output"))
    prompt, system = _asked(turns)
    return [Example(prompt, preferred, system, _conversation(turns))]


def _output(messages: object, key: str, at: str) -> str:
    turns = _turns(messages, key, at)
    if len(turns) != 1 or turns[0].role != "assistant":
        raise ValueError(f'{at}, key "{key}": must be one message from the assistant')
    return turns[0].text


_AT = "Invalid file format. Line {}"
_READERS = {"supervised": _supervised, "dpo": _preference}


class _Turn(NamedTuple):
    """A message: who says it, what, and whether it is to be learned. Calls of functions are a text."""

    role: str
    text: str
    learned: bool


def _examples(turns: list[_Turn]) -> list[Example]:
    """What is to be learned of a conversation: the last answer, and what is said before it to that question.

    Messages behind that answer, which are not to be learned, are not what it answers.
    """
    learned = [at for at, turn in enumerate(turns) if turn.role == "assistant" and turn.learned]
    if not learned:
        return []
    users = [at for at, turn in enumerate(turns[: learned[-1]]) if turn.role == "user"]
    if not users:  # the assistant spoke first: what it says is learned for the question that comes after
        prompt, system = _asked(turns)
        return [Example(prompt=prompt, answer=turns[learned[-1]].text, system=system)]
    found: dict[tuple[str, str], Example] = {}
    for at in learned:
        if at > users[-1]:
            prompt, system = _asked(turns[:at])
            found[prompt, system] = Example(prompt, turns[at].text, system, _conversation(turns[:at]))
    return list(found.values())


def _conversation(turns: list[_Turn]) -> tuple[Message, ...]:
    """The messages before an answer; none where they are a question, or one under a system message."""
    roles = [_SPOKEN.get(turn.role, turn.role) for turn in turns]
    if roles in (["user"], ["system", "user"]):
        return ()
    return tuple(Message(role, turn.text) for role, turn in zip(roles, turns, strict=True))


def _asked(turns: list[_Turn]) -> tuple[str, str]:
    """The last user message, with the results of functions behind it, and the last system message."""
    prompt, system = "", ""
    results: list[str] = []
    for turn in turns:
        match turn.role:
            case "user":
                prompt, results = turn.text, []
            case "system" | "developer":
                system = turn.text
            case "tool" | "function":
                results.append(turn.text)
            case _:
                pass
    return "\n".join([prompt, *results]), system


def _turns(messages: object, key: str, at: str) -> list[_Turn]:
    """The messages of a line. ValueError where there is none, or a bad one."""
    listed = sequence(messages)
    if not listed:
        raise ValueError(f'{at}, key "{key}": at least one message is required')
    where = "message" if key == "messages" else f'key "{key}", message'
    turns = [_turn(message, f"{at}, {where} {index}") for index, message in enumerate(listed, 1)]
    called: set[str] = set()
    for index, message in enumerate(listed, 1):
        called |= {str(mapping(call).get("id")) for call in sequence(message.get("tool_calls"))}
        if message.get("role") == "tool" and message.get("tool_call_id") not in called:
            raise ValueError(f'{at}, {where} {index}, key "tool_call_id": must be the id of a call before')
    return turns


def _turn(message: object, at: str) -> _Turn:
    """A message's role and text. ValueError where one is missing or wrong."""
    if not is_mapping(message):
        raise ValueError(f"{at}: must be an object")
    role, weight = message.get("role"), message.get("weight", 1)
    if role not in _ROLES:
        raise ValueError(f'{at}, key "role": must be one of {", ".join(_ROLES)}')
    if weight not in (0, 1) or (weight == 0 and role != "assistant"):
        raise ValueError(f'{at}, key "weight": must be 0 or 1, and stand in a message from the assistant')
    calls = _calls(message, at) if role == "assistant" else []
    return _Turn(role, called(calls) if calls else _text(message.get("content"), at), bool(weight))


def _calls(message: dict[str, Any], at: str) -> list[Function]:
    """The functions that a message calls. ValueError where one has no name or no arguments."""
    older = message.get("function_call")
    given = (
        [older]
        if older is not None
        else [mapping(call).get("function") for call in sequence(message.get("tool_calls"))]
    )
    found: list[Function] = []
    for call in map(mapping, given):
        name, arguments = call.get("name"), call.get("arguments")
        if isinstance(name, str) and isinstance(arguments, str):
            found.append(Function(name, arguments))
    if len(found) < len(given):
        raise ValueError(f'{at}, key "tool_calls": each call must have a name and arguments, both strings')
    return found


def _text(content: object, at: str) -> str:
    """The text of a message: a string, or texts in parts."""
    parts = [mapping(part).get("text") for part in sequence(content)]
    text = "".join([part for part in parts if isinstance(part, str)]) if parts else content
    if isinstance(text, str) and text:
        return text
    raise ValueError(f'{at}, key "content": must be a string that is not empty')
