"""Facts, questions about them, and the dataset that holds both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from fbench.plurals import counted
from fbench.values import Unchangeable

__all__ = ["TASKS", "AnswerKind", "Dataset", "Fact", "Place", "Question", "Split"]

TASKS = ("news", "people", "medical", "coding")
"""The tasks of FineTuneBench, in the paper's order: two of new knowledge, two of updated knowledge."""


class Split(StrEnum):
    """How a question tests its fact. `memorization` repeats the taught question word for word."""

    MEMORIZATION = "memorization"
    REPHRASED = "rephrased"
    DATE_CHANGED = "date_changed"
    SECONDARY = "secondary"
    COMPARISON = "comparison"
    VIGNETTE = "vignette"
    CODE = "code"


class AnswerKind(StrEnum):
    """The sort of answer that a question asks for; it decides which rule grades the answer."""

    IDENTIFIER = "identifier"
    YES_NO = "yes_no"
    NONE = "none"
    QUANTITY = "quantity"
    INVENTED_NAME = "invented_name"
    NAME = "name"
    LIST = "list"
    SHORT = "short"
    LONG = "long"


class _Frozen(Unchangeable, BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(_Frozen):
    """One training example, `prompt` -> `answer`.

    `cluster` groups facts whose answers are not independent (the attributes of one person).
    `answer_before` is the correct answer before an update; None for new knowledge.
    `statement` states the fact in a sentence, for people who read the data.
    """

    id: str
    task: str
    cluster: str
    prompt: str
    answer: str
    answer_before: str | None = None
    statement: str = ""


class Question(_Frozen):
    """A test of one fact in one split.

    `prompt` is sent byte for byte; `text` is the bare question in it, for graders and readers.
    `gold` holds the accepted answers, the preferred one first. `also` names further facts that
    the question needs (the second person of a comparison).
    """

    id: str
    task: str
    split: Split
    fact: str
    also: tuple[str, ...] = ()
    cluster: str
    prompt: str
    text: str
    gold: tuple[str, ...]
    kind: AnswerKind
    answer_before: str | None = None


class Place(_Frozen):
    """The place of a question: a file, and its row as in an editor or a spreadsheet."""

    file: str
    row: int


class Dataset(_Frozen):
    """Facts and questions in a fixed order. `notes` are sentences that every report repeats.

    `places` gives, by question id, where questions were read. `older` is the same data as older versions of
    fbench read it, if that differs: a run that began with it continues with this one, whose prompts are
        equal.
    """

    name: str
    source: str
    labels: str = ""
    facts: tuple[Fact, ...]
    questions: tuple[Question, ...]
    notes: tuple[str, ...] = ()
    places: dict[str, Place] = Field(default_factory=dict[str, Place], repr=False)
    older: tuple[Dataset, ...] = Field(default=(), repr=False)

    def __str__(self) -> str:
        """A line about it: its thousands of texts are in `facts` and `questions`."""
        return (
            f"Dataset {self.name!r} of {', '.join(self.tasks) or 'no task'}: "
            f"{counted(len(self.facts), 'fact')}, {counted(len(self.questions), 'question')}, "
            f"from {self.source}"
        )

    __repr__ = __str__

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of all facts and questions: it identifies the data behind a report's numbers."""
        content = {
            "facts": [fact.model_dump(mode="json") for fact in self.facts],
            "questions": [question.model_dump(mode="json") for question in self.questions],
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def is_known_as(self, digest: object) -> bool:
        """Whether this is the digest of this dataset, or of the dataset as an older version read it."""
        return digest in {self.digest, *(dataset.digest for dataset in self.older)}

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """Its tasks: those of FineTuneBench first, in the paper's order, then others in their order."""
        found = dict.fromkeys(fact.task for fact in self.facts)
        return (*(task for task in TASKS if task in found), *(task for task in found if task not in TASKS))

    def only(self, tasks: Iterable[str] | None = None, limit: int | None = None) -> Dataset:
        """The same dataset restricted to some tasks and to the first `limit` facts of each.

        A question is kept if every fact that it needs is kept.
        """
        wanted = self.tasks if tasks is None else tuple(tasks)
        kept = [
            fact for task in wanted for fact in [fact for fact in self.facts if fact.task == task][:limit]
        ]
        ids = {fact.id for fact in kept}
        questions = [q for q in self.questions if q.fact in ids and ids.issuperset(q.also)]
        # not `model_copy`, which would copy the cached digest and tasks of the whole dataset
        return Dataset(
            name=self.name,
            source=self.source,
            labels=self.labels,
            facts=tuple(kept),
            questions=tuple(questions),
            notes=self.notes,
            places=self.places,
            older=tuple(dataset.only(wanted, limit) for dataset in self.older),
        )
