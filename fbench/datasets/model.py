"""Facts, questions about them, and the dataset that holds both."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fbench.messages import Message, Prompt, conversation
from fbench.plurals import counted
from fbench.values import Unchangeable

__all__ = [
    "ROLES",
    "TASKS",
    "AnswerKind",
    "Column",
    "Dataset",
    "Fact",
    "Place",
    "Question",
    "Role",
    "Split",
    "Wording",
    "in_order_of_splits",
    "role_of",
]

TASKS = ("news", "people", "medical", "coding")
"""The tasks of FineTuneBench, in the paper's order: two of new knowledge, two of updated knowledge."""


class Split(StrEnum):
    """The splits that fbench itself makes and reads. `memorization` repeats the taught question.

    Other data may have splits of any name: what is computed depends on the role of a question.
    """

    MEMORIZATION = "memorization"
    REPHRASED = "rephrased"
    DATE_CHANGED = "date_changed"
    SECONDARY = "secondary"
    COMPARISON = "comparison"
    VIGNETTE = "vignette"
    CODE = "code"


class Role(StrEnum):
    """What a question is for, and so what the right answer is after the facts were taught.

    `taught` asks for a fact in a wording that is taught, and `same` in other words. `follows` needs the fact:
    two hops, its inverse, a use of it. `unchanged` is near a fact or unrelated to it, and its right answer is
    what it was. `unknown` asks for what was not taught and does not exist: a model should decline. `control`
    asks for general knowledge.
    """

    TAUGHT = "taught"
    SAME = "same"
    FOLLOWS = "follows"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    CONTROL = "control"


ROLES = tuple(Role)

_ROLES: dict[str, Role] = {
    Split.MEMORIZATION: Role.TAUGHT,
    Split.REPHRASED: Role.SAME,
    Split.VIGNETTE: Role.SAME,
    Split.CODE: Role.SAME,
    Split.SECONDARY: Role.FOLLOWS,
    Split.COMPARISON: Role.FOLLOWS,
    Split.DATE_CHANGED: Role.UNKNOWN,
}


def role_of(split: str) -> Role | None:
    """The role of the questions of a split that fbench knows, unless they say otherwise; None of others."""
    return _ROLES.get(split)


def in_order_of_splits(splits: Iterable[str]) -> list[str]:
    """Each split once: those that fbench knows first, in its order, then others by name."""
    known = [split.value for split in Split]
    return sorted(set(splits), key=lambda name: (known.index(name) if name in known else len(known), name))


ALL_TASKS = "all"
"""What stands in the place of a task in numbers of all tasks of a model together; no task has this name."""


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


Column = tuple[str, str | int | float | bool | None]
"""A column of a user's data that means nothing to fbench, and its value: exports show it again."""


class Wording(_Frozen):
    """A further way to teach a fact, or a general example taught beside facts: `prompt` -> `answer`."""

    prompt: str
    answer: str
    earlier: tuple[Message, ...] = ()

    @property
    def said(self) -> Prompt:
        """All that is said to the model before the answer."""
        return conversation(self.earlier, self.prompt)


class Fact(_Frozen):
    """One fact and how it is taught, `prompt` -> `answer`.

    `cluster` groups facts whose answers are not independent (the attributes of one person).
    `answer_before` is the correct answer before an update; None for new knowledge.
    `statement` states the fact in a sentence, for people who read the data and for models that are given it
    in context. `earlier` are the messages before the prompt. `wordings` are further ways to teach it, beside
    the first, in the order in which a training takes them.
    """

    id: str
    task: str
    cluster: str
    prompt: str
    answer: str
    answer_before: str | None = None
    statement: str = ""
    earlier: tuple[Message, ...] = ()
    wordings: tuple[Wording, ...] = ()

    @property
    def taught(self) -> tuple[Wording, ...]:
        """All ways to teach it, the first of them first."""
        return (Wording(prompt=self.prompt, answer=self.answer, earlier=self.earlier), *self.wordings)


class Question(_Frozen):
    """A question to a model, in one split and with one role.

    `fact` is the fact that it tests, or that it is near; empty for none. `also` names further facts that it
    needs (the second person of a comparison). `prompt` is sent byte for byte, after the `earlier` messages;
    `text` is the bare question in it, for graders and readers. `gold` holds the accepted answers, the
    preferred one first. `answer_before` was the right answer before an update; None if nothing was. Questions
    whose answers are not independent share a `cluster`. `weight` is what it counts in measures of a role.
    """

    id: str
    task: str
    split: str
    role: Role = Role.TAUGHT
    fact: str = ""
    also: tuple[str, ...] = ()
    cluster: str
    prompt: str
    text: str
    gold: tuple[str, ...]
    kind: AnswerKind
    answer_before: str | None = None
    earlier: tuple[Message, ...] = ()
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    columns: tuple[Column, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _with_role(cls, values: Any) -> Any:
        """A question of a known split has its role, if it gives none; one of another split must give one."""
        if not isinstance(values, dict):
            return values
        given = cast("dict[str, Any]", values)
        if given.get("role") is None and isinstance(given.get("split"), str):
            return {**given, "role": role_of(given["split"])}
        return given

    @field_validator("split", mode="after")
    @classmethod
    def _known(cls, split: str) -> str:
        """The split as a `Split`, where it is one: it is a text too."""
        return Split(split) if split in _ROLES else split

    @property
    def said(self) -> Prompt:
        """All that is said to the model, the prompt at the end."""
        return conversation(self.earlier, self.prompt)

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts that it tests or is near; none for questions that belong to no fact."""
        return (*([self.fact] if self.fact else []), *self.also)


class Place(_Frozen):
    """The place of a question: a file, and its row as in an editor or a spreadsheet."""

    file: str
    row: int


class Dataset(_Frozen):
    """Facts and questions in a fixed order. `notes` are sentences that every report repeats.

    `general` are examples of general knowledge, which a training can take beside the facts, so that a model
    forgets less.

    `is_own` says that it is a user's own, so that all of its wordings are meant to be taught.

    `places` gives, by question id, where questions were read. `older` is the same data as older versions of
    fbench read it, if that differs: a run that began with it continues with this one, whose prompts are
    equal.
    """

    name: str
    source: str
    labels: str = ""
    facts: tuple[Fact, ...]
    questions: tuple[Question, ...]
    general: tuple[Wording, ...] = ()
    notes: tuple[str, ...] = ()
    is_own: bool = False
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
        content: dict[str, Any] = {
            "facts": [_content(fact) for fact in self.facts],
            "questions": [_content(question) for question in self.questions],
        }
        if self.general:
            content["general"] = [_content(each) for each in self.general]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def is_known_as(self, digest: object) -> bool:
        """Whether this is the digest of this dataset, or of the dataset as an older version read it."""
        return digest in {self.digest, *(dataset.digest for dataset in self.older)}

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """Its tasks: those of FineTuneBench first, in the paper's order, then others in their order."""
        found = dict.fromkeys(item.task for item in (*self.facts, *self.questions))
        return (*(task for task in TASKS if task in found), *(task for task in found if task not in TASKS))

    def usual_wordings(self, task: str) -> int:
        """How many wordings of each fact of a task are taught where nothing else is asked for."""
        counts = [len(fact.taught) for fact in self.facts if fact.task == task and self.is_own]
        return max(counts, default=1)

    def only(
        self,
        tasks: Iterable[str] | None = None,
        limit: int | None = None,
        roles: Iterable[Role] | None = None,
    ) -> Dataset:
        """The same dataset restricted to some tasks, to the first `limit` facts of each, and to some roles.

        A question is kept if every fact that it needs is kept. Of those without a fact, the first `limit` of
        each task and split are kept.
        """
        wanted = self.tasks if tasks is None else tuple(tasks)
        kept = [
            fact for task in wanted for fact in [fact for fact in self.facts if fact.task == task][:limit]
        ]
        ids = {fact.id for fact in kept}
        asked = frozenset(ROLES if roles is None else roles)
        free: Counter[tuple[str, str]] = Counter()
        questions: list[Question] = []
        for question in self.questions:
            if (
                question.task not in wanted
                or question.role not in asked
                or not ids.issuperset(question.needs)
            ):
                continue
            if not question.needs:
                free[question.task, question.split] += 1
                if limit is not None and free[question.task, question.split] > limit:
                    continue
            questions.append(question)
        # not `model_copy`, which would copy the cached digest and tasks of the whole dataset
        return Dataset(
            name=self.name,
            source=self.source,
            labels=self.labels,
            facts=tuple(kept),
            questions=tuple(questions),
            general=self.general,
            notes=self.notes,
            is_own=self.is_own,
            places=self.places,
            older=tuple(dataset.only(wanted, limit, roles) for dataset in self.older),
        )


def _content(item: Fact | Question | Wording) -> dict[str, Any]:
    """What decides answers and grades, as JSON values.

    What older versions of fbench did not know is left out where it is as they took it to be, so that a
    dataset keeps its digest.
    """
    content = item.model_dump(mode="json", exclude={"columns"})
    if content.get("role") == role_of(content.get("split", "")):
        content.pop("role", None)
    new: dict[str, Any] = {"earlier": [], "wordings": [], "weight": 1.0}
    return {name: value for name, value in content.items() if name not in new or value != new[name]}
