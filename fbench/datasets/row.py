"""A row of a user's own data: one question, in the words in which a user writes it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, ValidationError

from fbench.datasets.model import ALL_TASKS, AnswerKind, Column, Role, Split, Wording, role_of
from fbench.datasets.same_answer import shares_an_answer
from fbench.errors import DataError
from fbench.messages import Message
from fbench.tables.json_text import text_of
from fbench.value_errors import meant, row_problem

__all__ = ["TEXT_REQUEST", "QuestionRow", "read_row"]

TEXT_REQUEST = "Tell me something that you know."
"""What the user says before a plain text that is taught: `texts` are answers to it."""

DECLINE = "None"
"""The answer that is right where nothing was taught and nothing exists."""

_Text = Annotated[str, StringConstraints(pattern=r"\S")]
_USUAL = {
    Role.TAUGHT: Split.MEMORIZATION.value,
    Role.SAME: Split.REPHRASED.value,
}
"""The split of a question that names none, by its role; of others it is called like the role."""

_SHAPES = {
    "answer": "Give a text, or for the answer a list of one or more",
    "answer_before": "Give one text, or null where nothing was right before",
    "split": "Give it a name, such as rephrased, and a role",
    "texts": "Give a list of texts, or of objects with prompt and answer",
    "messages": "Give a list of objects with role (system, user, assistant) and content",
}
_OF_ENTRIES = ("texts", "messages")
"""The fields whose shape says what each entry of them is."""
_AS_ANY = ("Give a text", "Give at least one entry", "Correct it, or leave it out")
"""What is said to do where nothing is known of the field."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    role: Literal["system", "user", "assistant"]
    content: _Text


class _Wording(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    prompt: _Text
    answer: _Text


class QuestionRow(BaseModel):
    """One question with its fact. Columns of other names are kept, and mean nothing to fbench.

    Attributes:
        fact: the fact that it asks for, needs or is near; rows of one fact belong together.
        split: the name of its kind of question; the default goes by its role.
        role: what it is for, see `Role`; splits that fbench knows have theirs.
        prompt, system, messages: what is said to the model: a prompt, after a system message if there is one,
            or all messages, of which the user's is the last.
        answer: the accepted answers, the preferred one first; "None" for the role unknown, which needs none.
        train: whether its wording is taught; of a control without a fact, it is taught instead of asked.
        texts: further wordings of the fact: texts, or prompts with answers.
        statement: the fact as a sentence, for models that read it in context.
        also: further facts that the question needs.
    """

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    fact: _Text | None = None
    split: _Text | None = None
    role: Annotated[Role, Field(strict=False)] | None = None
    prompt: _Text | None = None
    system: _Text | None = None
    messages: Annotated[list[_Message], Field(min_length=1)] | None = None
    answer: _Text | Annotated[list[_Text], Field(min_length=1)]
    answer_before: _Text | None = None
    task: _Text | None = None
    kind: Annotated[AnswerKind, Field(strict=False)] | None = None
    cluster: _Text | None = None
    text: _Text | None = None
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] = 1.0
    train: StrictBool | None = None
    texts: list[_Text | _Wording] = []
    statement: _Text | None = None
    also: list[_Text] = []

    @property
    def gold(self) -> tuple[str, ...]:
        """The accepted answers."""
        return (self.answer,) if isinstance(self.answer, str) else tuple(self.answer)

    @property
    def part(self) -> tuple[str, Role]:
        """Its split and its role; `read_row` held it to have one of them."""
        role = self.role or role_of(self.split or "") or Role.TAUGHT
        return self.split or _USUAL.get(role, role.value), role

    @property
    def is_taught(self) -> bool:
        """Whether its wording is taught."""
        return self.train if self.train is not None else self.part == ("memorization", Role.TAUGHT)

    @property
    def is_general(self) -> bool:
        """Whether it is an example of general knowledge, which is taught and not asked."""
        return self.train is True and self.part[1] is Role.CONTROL and self.fact is None

    @property
    def said(self) -> tuple[str, tuple[Message, ...]]:
        """Its prompt, and the messages before it."""
        if self.messages is not None:
            *earlier, last = (Message(each.role, each.content) for each in self.messages)
            return last.content, tuple(earlier)
        earlier = (Message("system", self.system),) if self.system else ()
        return self.prompt or "", earlier

    @property
    def more(self) -> list[Wording]:
        """The wordings in its `texts`."""
        return [
            Wording(prompt=TEXT_REQUEST, answer=each)
            if isinstance(each, str)
            else Wording(prompt=each.prompt, answer=each.answer)
            for each in self.texts
        ]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns that mean nothing to fbench; lists and tables in them as JSON, dates as texts."""
        return tuple((name, _column(value)) for name, value in (self.model_extra or {}).items())

    def asks_again(self, taught: QuestionRow) -> bool:
        """Whether it asks for the fact of the row `taught`, so that both have the same `answer_before`."""
        role = self.part[1]
        if role not in (Role.TAUGHT, Role.SAME) or self is taught:
            return False
        return shares_an_answer(self.gold, taught.gold)


_FIELDS = tuple(QuestionRow.model_fields)


def _column(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, str | int | float | bool):
        return value if not isinstance(value, float) or isfinite(value) else str(value)
    return text_of(cast("object", value)) if isinstance(value, list | dict) else str(value)


def read_row(file: object, number: int | None, value: Mapping[str, object]) -> QuestionRow:
    """A row with its fields checked.

    Raises:
        DataError: with the row and the field, what was found and what to write.
    """
    for name in value:
        close = get_close_matches(str(name).casefold(), _FIELDS, n=1, cutoff=0.8)
        if name not in _FIELDS and close:
            raise DataError(
                f"the field is unknown{meant(str(name), close)}",
                file=file,
                row=number,
                field=str(name),
                do=f"Known are {', '.join(_FIELDS)}; a column of your own needs a name that is less like one",
            )
    given = dict(value)
    if given.get("role") == Role.UNKNOWN and given.get("answer") is None:
        given["answer"] = DECLINE
    try:
        row = QuestionRow.model_validate(given)
    except ValidationError as bad:
        field, problem, do = row_problem(bad, _FIELDS)
        if field in _OF_ENTRIES or not problem.startswith("in entry"):
            do = _SHAPES.get(field, do) if do in _AS_ANY else do
    else:
        if (found := _problem_of(row)) is None:
            return row
        field, problem, do = found
    own = [str(name) for name in value if name not in _FIELDS]
    if field not in value and (close := get_close_matches(field, own, n=1)):
        problem, do = f"{problem}; there is {close[0]!r}", f"Name that {field}, or give it beside"
    raise DataError(problem, file=file, row=number, field=field, do=do)


def _problem_of(row: QuestionRow) -> tuple[str, str, str] | None:
    """What is wrong with a row whose fields are right, each alone: the field, the problem, what to do."""
    roles = ", ".join(Role)
    if row.task == ALL_TASKS:
        return "task", f"{ALL_TASKS!r} names all tasks of a model together", "Give it another name"
    if row.split is None and row.role is None:
        return "role", "there is neither a role nor a split", f"Say what the question is for: {roles}"
    if row.role is None and role_of(row.split or "") is None:
        known = ", ".join(Split)
        return (
            "role",
            f"the split {row.split!r} is none that fbench knows, so the question needs a role",
            f"Say what it is for: {roles}. Known splits, which have theirs, are {known}",
        )
    return _problem_of_prompt(row) or _problem_of_fact(row)


def _problem_of_prompt(row: QuestionRow) -> tuple[str, str, str] | None:
    if row.messages is not None and (row.prompt or row.system):
        return "messages", "there is a prompt or a system message beside them", "Leave out one of the two"
    if row.messages is None and row.prompt is None:
        return "prompt", "the field is missing", "Give it, or messages"
    if row.messages is not None:
        roles_of = [each.role for each in row.messages]
        turns = roles_of[1:] if roles_of[0] == "system" else roles_of
        if turns != ["user", "assistant"] * (len(turns) // 2) + ["user"]:
            return (
                "messages",
                f"the roles are {', '.join(roles_of)}",
                "Begin with one system message or none; then user and assistant take turns, the user last",
            )
    return None


def _problem_of_fact(row: QuestionRow) -> tuple[str, str, str] | None:
    if row.fact is None:
        if row.part[1] not in (Role.UNCHANGED, Role.UNKNOWN, Role.CONTROL):
            return "fact", "the field is missing", f"A question of the role {row.part[1]} belongs to a fact"
        if row.also or row.texts or row.statement or (row.train and not row.is_general):
            return "fact", "the field is missing", "Name the fact that is taught, stated or needed"
    return None
