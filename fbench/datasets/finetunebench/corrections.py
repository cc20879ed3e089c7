"""Corrections of the released labels: data with a reason each, applied by file and row id.

`corrections.csv` holds no text of the release, because that has no licence. Its actions are

    set_gold     the gold is `value`
    drop         the question has no possible right answer, or none that is informative
    alias        the golds of the rows `value` (ids of the same file) are accepted as well
    taught       the gold is the answer that the fact teaches
    quoted_name  the gold is a sentence; the one name that it quotes in backticks becomes the preferred gold
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from fbench.datasets.finetunebench.part import FactKey, Part
from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import AnswerKind, Question

__all__ = ["Correction", "apply_corrections", "corrections"]


@dataclass(frozen=True, slots=True)
class Correction:
    """One change: `file` is the stem of a file name, `id` the row's id (for people: person/attribute)."""

    file: str
    id: str
    action: str
    value: str
    reason: str


@cache
def corrections() -> tuple[Correction, ...]:
    """All corrections, in the order of the data file."""
    text = (resources.files("fbench.datasets.finetunebench") / "corrections.csv").read_text(encoding="utf-8")
    return tuple(Correction(**row) for row in csv.DictReader(text.splitlines()))


def apply_corrections(part: Part) -> Part:
    """`part` with the corrections for its rows, and a note that counts them."""
    questions = dict(part.questions)
    counts: Counter[str] = Counter()
    for correction in corrections():
        key = (correction.file, correction.id)
        if key not in questions:
            continue
        corrected = _corrected(correction, part.questions, part)
        if corrected is None:
            del questions[key]
            counts["dropped"] += 1
        elif corrected != questions[key]:
            questions[key] = corrected
            counts["given other or further accepted answers"] += 1
    task = next((fact.task for fact in part.facts.values()), "")
    told = " and ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    note = (f"{task}: of the published questions {told}, by corrections with a reason each.",) if told else ()
    return replace(part, questions=questions, notes=(*part.notes, *note))


def _corrected(correction: Correction, published: dict[FactKey, Question], part: Part) -> Question | None:
    question = published[correction.file, correction.id]
    match correction.action:
        case "drop":
            return None
        case "set_gold":
            return _with_gold(question, correction.value)
        case "taught":
            return _with_gold(question, part.facts[question.fact].answer)
        case "alias":
            others = [published.get((correction.file, id_)) for id_ in correction.value.split()]
            golds = [gold for other in others if other is not None for gold in other.gold]
            return question.model_copy(update={"gold": tuple(dict.fromkeys((*question.gold, *golds)))})
        case "quoted_name":
            quoted = set(re.findall(r"`([^`]+)`", question.gold[0]))
            if len(quoted) != 1:
                return question
            update = {"gold": (*quoted, *question.gold), "kind": AnswerKind.IDENTIFIER}
            return question.model_copy(update=update)
        case unknown:
            raise AssertionError(f"corrections.csv has the unknown action {unknown!r}")


def _with_gold(question: Question, gold: str) -> Question:
    return question.model_copy(update={"gold": (gold,), "kind": infer_kind(gold)})
