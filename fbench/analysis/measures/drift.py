"""Whether a cell's answers differ from the base model's own, right or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fbench.analysis.verdicts import KEPT, Graded, Verdicts
from fbench.datasets.model import AnswerKind, Question
from fbench.grading.graders import Item, Verdict, answer_of, grade
from fbench.runner.cells import Cell
from fbench.runner.store import Answer

__all__ = ["Drift", "drift_of"]

Drift = Mapping[str, Mapping[str, bool]]
"""By cell, then by question: whether the answer differs from the base model's."""

_LOST = "replaced"


def drift_of(cells: Sequence[Cell], graded: Verdicts, answers: Iterable[Answer], grader: str) -> Drift:
    """Whether answers to unchanged and control questions differ from those of the cell's base model.

    Answers do not differ if they are equal texts, if both are right, or if both decline. They do if only one
    is right, or only one declines. Two other answers are graded, each with the other as the gold: if either
    is right then, they are one answer. Errors, and answers that were cut off or lost, are left out.
    """
    kept = {
        (cell, name): answer
        for (cell, _), found in graded.items()
        for name, answer in found.items()
        if answer.question.role in KEPT and answer.counts and not answer.cut_off and answer.altered != _LOST
    }
    texts = {key: answer.text for answer in answers if (key := (answer.cell, answer.question)) in kept}
    same = _Same(grader)
    found: dict[str, dict[str, bool]] = {cell.id: {} for cell in cells if cell.base and not cell.sample}
    bases = {cell.id: cell.base for cell in cells if cell.base and not cell.sample}
    for (cell, name), answer in kept.items():
        base = bases.get(cell)
        before = kept.get((base, name)) if base else None
        if before is not None:
            is_same = same(answer, texts[cell, name], before, texts[base or "", name])
            found[cell][name] = not is_same
    return found


class _Same:
    """Whether two answers to a question are one, by a grader; equal pairs are graded once."""

    def __init__(self, grader: str) -> None:
        self._grader = grader
        self._known: dict[tuple[str, frozenset[str]], bool] = {}

    def __call__(self, one: Graded, text: str, other: Graded, other_text: str) -> bool:
        if text == other_text:
            return True
        verdicts = {_plain_verdict(one), _plain_verdict(other)}
        if Verdict.UNGRADED not in verdicts and verdicts != {Verdict.INCORRECT}:
            return len(verdicts) == 1
        key = (one.question.id, frozenset((text, other_text)))
        if key not in self._known:
            question = one.question
            self._known[key] = self._is_gold(question, text, other_text) or self._is_gold(
                question, other_text, text
            )
        return self._known[key]

    def _is_gold(self, question: Question, gold: str, text: str) -> bool:
        """Whether an answer is right if another is the gold."""
        # That nothing is right says nothing of which wrong answers are one: their own kind does.
        kind = None if question.kind is AnswerKind.NONE else question.kind
        plain = answer_of(Item(question.text, question.gold, kind), gold)
        return grade(Item(question.text, (plain,), kind), text, self._grader).verdict is Verdict.CORRECT


def _plain_verdict(answer: Graded) -> str:
    """The verdict; where nothing is right, to say so is to decline."""
    declines = answer.question.kind is AnswerKind.NONE and answer.right
    return Verdict.ABSTAINED if declines else answer.verdict
