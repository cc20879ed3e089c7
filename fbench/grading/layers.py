"""Grade the answers in a store by rule. Answers do not change; their grades are saved as a layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from fbench.datasets.model import Question
from fbench.grading.graders import Grade, Item, Verdict, grade, grader_version
from fbench.runner.store import Answer, GradeRow, Store

__all__ = ["LOST", "before_layer", "grade_answers", "is_lost", "item_of", "layer_of", "row_of", "save_layer"]

_GROUP = 2000
LOST = Grade(
    Verdict.UNGRADED,
    "none",
    "the recording's scrubber put a placeholder into the answer, so nobody can tell whether it was right",
)
"""The grade of an answer in which a scrubber replaced text that cannot be recovered."""


def layer_of(grader: str) -> str:
    """The name of a rule's layer, with the version of the rules, such as auto@3."""
    return f"{grader}@{grader_version(grader)}"


def before_layer(layer: str) -> str:
    """The name of the layer that grades answers against the answer from before the update."""
    return f"{layer}/before"


def is_lost(answer: Answer) -> bool:
    """Whether a scrubber replaced a part of the answer that grading needs."""
    return answer.altered == "replaced"


def item_of(question: Question) -> Item:
    """A question as an item for graders."""
    return Item(question.text, question.gold, question.kind, question.answer_before)


def row_of(layer: str, answer: Answer, made: Grade) -> GradeRow:
    """The grade of an answer as a row of a layer."""
    return GradeRow(layer, answer.cell, answer.question, made.verdict.value, made.grader, made.reason)


def grade_answers(store: Store, questions: Mapping[str, Question], grader: str) -> str:
    """Grade every answer in the store by rule, and return the name of the layer.

    Answers to questions about updates are graded twice: against the current answer, and, in `before_layer`,
    against the answer from before the update.
    """
    layer = layer_of(grader)
    save_layer(store, (layer, before_layer(layer)), _grades(store.answers(), questions, grader))
    return layer


def save_layer(store: Store, layers: Iterable[str], rows: Iterator[GradeRow]) -> None:
    """Save the rows that the layers lack, so that grading again writes nothing."""
    there = {row for layer in layers for row in store.grades(layer)}
    new = (row for row in rows if row not in there)
    while group := list(islice(new, _GROUP)):
        store.save_grades(group)


def _grades(answers: Iterator[Answer], questions: Mapping[str, Question], grader: str) -> Iterator[GradeRow]:
    known: dict[tuple[str, str, str], Grade] = {}
    layer = layer_of(grader)
    for answer in answers:
        question = questions[answer.question]
        if is_lost(answer):
            yield row_of(layer, answer, LOST)
            continue
        if answer.error:
            yield row_of(layer, answer, Grade(Verdict.ERROR, "none", answer.error))
            continue
        # Models often give equal answers, and a verdict depends on nothing else.
        key = (question.id, answer.text, answer.finish)
        if key not in known:
            known[key] = grade(item_of(question), answer.text, grader, finish=answer.finish)
        yield row_of(layer, answer, known[key])
        if question.answer_before is not None:
            key = (f"{question.id} before", answer.text, answer.finish)
            if key not in known:
                old = Item(question.text, (question.answer_before,), question.kind)
                known[key] = grade(old, answer.text, grader, finish=answer.finish)
            yield row_of(before_layer(layer), answer, known[key])
