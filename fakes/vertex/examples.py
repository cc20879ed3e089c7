"""Read a tuning dataset as Vertex AI does, and compute its statistics.

A line is `{"contents": [{"role", "parts"}], "systemInstruction"?, "tools"?}`. What is learned is the last
turn of the model, a text or function calls, as the answer to the last text of the user.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from fakes.json_text import compact, mapping, parse, sequence
from fakes.learners import Example, Message
from fakes.parameters import Table
from fakes.routes import Refusal
from fakes.tokens import count
from fakes.vertex.content_tables import GENERATE
from fakes.vertex.reading import read_message
from fakes.vertex.tools import functions_of
from fakes.vertex.turns import learned_calls, read_turns, text_of

__all__ = ["BadExamples", "Dataset", "distribution", "read"]

_MOST_TOKENS = 131_072
_SAMPLES = 3
_BUCKETS = 10


class BadExamples(Exception):
    """The dataset cannot be trained on; the text names the line."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Examples, and the number of messages of each."""

    examples: tuple[Example, ...]
    messages: tuple[int, ...]

    def stats(self, epochs: int, steps: int) -> dict[str, object]:
        """SupervisedTuningDataStats of a job that used each example once per epoch; int64 as strings."""
        inputs = [count(each.system + each.prompt) for each in self.examples]
        outputs = [count(each.answer) for each in self.examples]
        texts = [each.system + each.prompt + each.answer for each in self.examples]
        return {
            "tuningDatasetExampleCount": str(len(texts)),
            "tuningStepCount": str(steps),
            "totalTuningCharacterCount": str(sum(map(len, texts))),
            "totalBillableTokenCount": str(sum(map(count, texts)) * epochs),
            "userInputTokenDistribution": distribution(inputs),
            "userOutputTokenDistribution": distribution(outputs),
            "userMessagePerExampleDistribution": distribution(self.messages),
            "userDatasetExamples": [
                {"role": "user", "parts": [{"text": each.prompt}]} for each in self.examples[:_SAMPLES]
            ],
        }


def read(content: bytes, most: int | None = None) -> Dataset:
    """The examples, at most `most`: the last user turn, and the model's answer to it.

    Raises:
        BadExamples: not UTF-8, a line that is not an object, contents that are missing, empty or of an
            unknown role, nothing to learn, more tokens than an example may have, too many examples, or none.
    """
    try:
        lines = content.decode().split("\n")
        numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    except UnicodeDecodeError as error:
        raise BadExamples(f"The dataset is not UTF-8: byte {error.start}.") from None
    if not numbered:
        raise BadExamples("The dataset has no examples.")
    if most is not None and len(numbered) > most:
        raise BadExamples(
            f"The dataset has more than {most} examples: remove line {numbered[most][0]} and all after it."
        )
    found = [_example(line, number) for number, line in numbered]
    return Dataset(tuple(example for example, _ in found), tuple(messages for _, messages in found))


_LINE = Table({name: GENERATE.parameters[name] for name in ("contents", "systemInstruction", "tools")})
"""What a line of a dataset may have."""


def _example(line: str, number: int) -> tuple[Example, int]:
    at = f"Invalid example on line {number}"
    try:
        given = mapping(parse(line))
    except ValueError:
        raise BadExamples(f"{at}: it is not JSON.") from None
    try:
        fields = read_message(given, _LINE)
        functions_of(fields.get("tools"))
        system = text_of(fields.get("systemInstruction"), "systemInstruction")
        tools = compact(fields["tools"]) if "tools" in fields else b""
        return _of_turns(_up_to_answer(sequence(fields.get("contents"))), system, tools, at)
    except Refusal as refusal:
        message = mapping(mapping(refusal.result.body).get("error")).get("message")
        raise BadExamples(f"{at}: {message}") from None


def _up_to_answer(contents: list[Any]) -> list[Any]:
    """The turns up to the model's last one that answers the user: what stands behind it is not learned."""
    roles = [content.get("role") or "user" for content in contents]
    said = [at for at, role in enumerate(roles) if role == "model" and "user" in roles[:at]]
    known = all(role in ("user", "model") for role in roles)
    return contents[: said[-1] + 1] if said and known else contents


def _of_turns(contents: list[Any], system: str, tools: bytes, at: str) -> tuple[Example, int]:
    """The example in the turns of a line, and how many there are."""
    if not contents:
        raise BadExamples(f"{at}: it has no contents.")
    said, texts = {"user": "", "model": ""}, [system, tools.decode("utf-8", "surrogatepass")]
    for content in contents:
        role, text = content.get("role") or "user", text_of(content)
        functions = [part for part in sequence(content.get("parts")) if "text" not in part]
        if role not in said:
            raise BadExamples(f"{at}: role {role!r} is neither user nor model.")
        if not text and not functions:
            raise BadExamples(f"{at}: the content of role {role!r} has no text.")
        texts += [text, *(compact(part).decode("utf-8", "surrogatepass") for part in functions)]
        calls = [part["functionCall"] for part in functions if "functionCall" in part]
        said[role] = learned_calls(calls) if calls else text or said[role]
    tokens = sum(map(count, texts))
    if tokens > _MOST_TOKENS:
        raise BadExamples(f"{at}: it has {tokens} tokens, and an example has {_MOST_TOKENS} at most.")
    if not said["user"] or not said["model"]:
        raise BadExamples(f"{at}: it needs a turn of the user and one of the model.")
    # what the model is asked is a conversation as any, and a last turn of its own is its answer
    answered = contents[-1].get("role") == "model"
    turns = read_turns(contents[:-1] if answered else contents, {})
    before = (Message("system", system),) if system else ()
    # one question is told by the prompt alone, and turns behind the answer are not what it answers
    messages = (*before, *turns.messages) if answered and len(contents) > 2 else ()
    return Example(said["user"], said["model"], system, messages), len(contents)


def distribution(values: Sequence[int]) -> dict[str, object]:
    """A SupervisedTuningDatasetDistribution of some values (at least one).

    Percentiles are by nearest rank; the histogram has ten buckets of equal width, or one if all values are
    the same. int64 as strings, doubles as numbers.
    """
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    count = _BUCKETS if high > low else 1
    width = (high - low) / count
    held = [0] * count
    for value in ordered:
        held[min(count - 1, (value - low) * count // (high - low)) if high > low else 0] += 1
    total = str(sum(ordered))
    return {
        "sum": total,
        "billableSum": total,
        "min": low,
        "max": high,
        "mean": round(fmean(ordered), 6),
        "median": median(ordered),
        "p5": _percentile(ordered, 5),
        "p95": _percentile(ordered, 95),
        "buckets": [
            {"count": number, "left": round(low + at * width, 6), "right": round(low + (at + 1) * width, 6)}
            for at, number in enumerate(held)
        ],
    }


def _percentile(ordered: Sequence[int], percent: int) -> int:
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
