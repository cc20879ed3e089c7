"""Read a tuning dataset as Vertex AI does, and compute its statistics.

A line is `{"contents": [{"role", "parts"}], "systemInstruction"?}`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from fakes.json_text import mapping, parse, sequence
from fakes.learners import Example
from fakes.tokens import count

__all__ = ["BadExamples", "Dataset", "content_of", "distribution", "read"]

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


def _example(line: str, number: int) -> tuple[Example, int]:
    at = f"Invalid example on line {number}"
    try:
        fields = mapping(parse(line))
    except ValueError:
        raise BadExamples(f"{at}: it is not JSON.") from None
    contents = sequence(fields.get("contents"))
    if not contents:
        raise BadExamples(f"{at}: it has no contents.")
    said, tokens = {"user": "", "model": ""}, count(content_of(fields.get("systemInstruction"))[1])
    for content in contents:
        role, text = content_of(content)
        if role not in said:
            raise BadExamples(f"{at}: role {role!r} is neither user nor model.")
        if not text:
            raise BadExamples(f"{at}: the content of role {role!r} has no text.")
        said[role] = text
        tokens += count(text)
    if tokens > _MOST_TOKENS:
        raise BadExamples(f"{at}: it has {tokens} tokens, and an example has {_MOST_TOKENS} at most.")
    if not said["user"] or not said["model"]:
        raise BadExamples(f"{at}: it needs a turn of the user and one of the model.")
    system = content_of(fields.get("systemInstruction"))[1]
    return Example(prompt=said["user"], answer=said["model"], system=system), len(contents)


def content_of(content: object) -> tuple[str, str]:
    """The role (user by default) and the joined text of a Content object."""
    fields = mapping(content)
    texts = [mapping(part).get("text") for part in sequence(fields.get("parts"))]
    return str(fields.get("role") or "user"), "".join(text for text in texts if isinstance(text, str))


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
