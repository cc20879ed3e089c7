"""Grading what is in the store. Answers stay as they are; a layer of grades is laid over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from fbench.datasets.model import Question
from fbench.graders import Grade, Item, Verdict, grade
from fbench.store import Answer, GradeRow, Store

__all__ = ["before_layer", "grade_answers"]

_GROUP = 2000


def before_layer(layer: str) -> str:
    """The name of the layer that says which answers are the one from before the update."""
    return f"{layer}/before"


def grade_answers(store: Store, questions: Mapping[str, Question], grader: str) -> None:
    """Grades every answer in the store, in a layer named after the grader.

    Answers to questions about updates are graded twice: against the answer that is right now, and, in
    `before_layer`, against the one that was right before.
    """
    rows = _grades(store.answers(), questions, grader)
    while group := list(islice(rows, _GROUP)):
        store.save_grades(group)


def _grades(answers: Iterator[Answer], questions: Mapping[str, Question], grader: str) -> Iterator[GradeRow]:
    known: dict[tuple[str, str], Grade] = {}
    for answer in answers:
        question = questions[answer.question]
        if answer.error:
            yield _row(grader, answer, Grade(Verdict.ERROR, "none", answer.error))
            continue
        item = Item(question.text, question.gold, question.kind, question.answer_before)
        key = (question.id, answer.text)  # models often say the same, and a verdict depends on no more
        if key not in known:
            known[key] = grade(item, answer.text, grader)
        yield _row(grader, answer, known[key])
        if question.answer_before is not None:
            key = (f"{question.id} before", answer.text)
            if key not in known:
                old = Item(question.text, (question.answer_before,), question.kind)
                known[key] = grade(old, answer.text, grader)
            yield _row(before_layer(grader), answer, known[key])


def _row(layer: str, answer: Answer, made: Grade) -> GradeRow:
    return GradeRow(layer, answer.cell, answer.question, made.verdict.value, made.grader, made.reason)
