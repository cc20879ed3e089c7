"""The answers in a run's store as rows to be graded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fbench.datasets.model import Question
from fbench.errors import UsageError
from fbench.grading.files import AnswerRow
from fbench.grading.graders import Item
from fbench.runner.store import Answer, Store

__all__ = ["RUN_COLUMNS", "rows_of_run"]

RUN_COLUMNS = ("cell", "id", "question", "gold", "kind", "answer_before", "response")


def rows_of_run(folder: Path, store: Store, questions: Iterable[Question]) -> list[AnswerRow]:
    """The answers in a run's store, by cell and question, with the fields in `RUN_COLUMNS`.

    Raises:
        UsageError: there are none.
    """
    by_id = {question.id: question for question in questions}
    rows = [_answered(answer, by_id[answer.question]) for answer in store.answers()]
    if not rows:
        raise UsageError(f"{folder}: nothing was answered yet: go on with `fbench resume {folder}`.")
    return rows


def _answered(answer: Answer, question: Question) -> AnswerRow:
    gold = question.gold[0] if len(question.gold) == 1 else list(question.gold)
    values = (
        answer.cell,
        question.id,
        question.text,
        gold,
        question.kind.value,
        question.answer_before,
        answer.text,
    )
    item = Item(question.text, question.gold, question.kind, question.answer_before)
    return AnswerRow(
        dict(zip(RUN_COLUMNS, values, strict=True)), item, answer.text, answer.error, answer.finish
    )
