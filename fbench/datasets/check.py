"""What is doubtful about a dataset, found without asking any model."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import AnswerKind, Dataset, Question, Split

__all__ = ["Finding", "Severity", "check"]

Severity = Literal["error", "warning", "note"]
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

_IMBALANCE = 0.6
"""Share of the commoner of yes and no from which a constant answer looks like knowledge."""

_FEW = 10
"""Questions of one split below which an imbalance says nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt. `subject` is the id of a question or fact, or "task/split" where it is about many.

    An error makes numbers wrong; a warning makes them hard to read; a note is worth knowing.
    """

    severity: Severity
    subject: str
    message: str


def check(dataset: Dataset) -> list[Finding]:
    """All findings: errors first, then warnings, then notes, each in the order of the dataset."""
    found = [
        *_references(dataset),
        *_clusters(dataset),
        *_golds(dataset.questions),
        *_duplicates(dataset.questions),
        *_unchanged_dates(dataset.questions),
        *_imbalance(dataset.questions),
    ]
    return sorted(found, key=lambda finding: _SEVERITIES.index(finding.severity))


def _references(dataset: Dataset) -> Iterator[Finding]:
    facts = {fact.id for fact in dataset.facts}
    for kind, ids in (
        ("fact", (f.id for f in dataset.facts)),
        ("question", (q.id for q in dataset.questions)),
    ):
        for id_, count in Counter(ids).items():
            if count > 1:
                yield Finding("error", id_, f"{count} {kind}s have this id")
    for question in dataset.questions:
        for id_ in (question.fact, *question.also):
            if id_ not in facts:
                yield Finding("error", question.id, f"it asks about the fact {id_!r}, which is missing")
    taught = {question.fact for question in dataset.questions if question.split is Split.MEMORIZATION}
    for fact in dataset.facts:
        if fact.id not in taught:
            yield Finding("warning", fact.id, "no memorization question asks whether it was learned")


def _clusters(dataset: Dataset) -> Iterator[Finding]:
    for item in (*dataset.facts, *dataset.questions):
        if not item.cluster.strip():
            yield Finding("error", item.id, "the cluster is empty, so its interval cannot be computed")


def _golds(questions: Iterable[Question]) -> Iterator[Finding]:
    for question in questions:
        golds = {gold.strip().rstrip(".").casefold() for gold in question.gold}
        if not question.gold or "" in golds:
            yield Finding("error", question.id, "it has an empty gold, or none")
        if question.kind is AnswerKind.YES_NO and golds not in ({"yes"}, {"no"}):
            yield Finding(
                "error", question.id, f"its kind is yes_no, but its gold is {' or '.join(question.gold)!r}"
            )
        if question.kind is AnswerKind.NONE and golds != {"none"}:
            yield Finding("error", question.id, f"its kind is none, but its gold is {question.gold[0]!r}")
        if question.kind is AnswerKind.QUANTITY and not all(map(_has_number, question.gold)):
            yield Finding("error", question.id, "its kind is quantity, but a gold of it has no number")
        if question.answer_before is not None and question.answer_before.strip().casefold() in golds:
            yield Finding("error", question.id, "its gold is the answer from before the update")
        for gold in question.gold:
            if _gives_away(question, gold):
                yield Finding("warning", question.id, f"its own question says the gold {gold!r}")


def _has_number(text: str) -> bool:
    return any(char.isdigit() for char in text) or infer_kind(text) is AnswerKind.QUANTITY


def _gives_away(question: Question, gold: str) -> bool:
    if question.kind in {AnswerKind.YES_NO, AnswerKind.NONE} or not gold.strip():
        return False
    return re.search(rf"(?<!\w){re.escape(gold.strip())}(?!\w)", question.text, re.IGNORECASE) is not None


def _duplicates(questions: Iterable[Question]) -> Iterator[Finding]:
    asked: defaultdict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in questions:
        asked[question.task, question.prompt].append(question)
    for same in asked.values():
        first = same[0]
        for other in same[1:]:
            if set(other.gold) != set(first.gold):
                message = f"it asks word for word what {first.id!r} asks, but accepts other answers"
                yield Finding("error", other.id, message)
            else:
                yield Finding("note", other.id, f"it asks word for word what {first.id!r} asks")


def _unchanged_dates(questions: tuple[Question, ...]) -> Iterator[Finding]:
    taught = {q.fact: q for q in questions if q.split is Split.MEMORIZATION}
    for question in questions:
        original = taught.get(question.fact)
        if question.split is not Split.DATE_CHANGED or original is None or question.text != original.text:
            continue
        if set(question.gold) <= set(original.gold):
            yield Finding(
                "note", question.id, "its date is that of the memorization question, and so is its gold"
            )
        else:
            message = (
                f"its date is that of the memorization question, so its gold {question.gold[0]!r} is wrong"
            )
            yield Finding("error", question.id, message)


def _imbalance(questions: Iterable[Question]) -> Iterator[Finding]:
    golds: defaultdict[str, list[str]] = defaultdict(list)
    for question in questions:
        if question.kind is AnswerKind.YES_NO and question.gold:
            golds[f"{question.task}/{question.split}"].append(question.gold[0].strip().rstrip(".").casefold())
    for subject, answers in golds.items():
        answer, count = max(sorted(Counter(answers).items()), key=lambda item: item[1])
        if len(answers) >= _FEW and count / len(answers) >= _IMBALANCE:
            share = f"{100 * count / len(answers):.1f} %"
            yield Finding(
                "warning", subject, f"always answering {answer!r} scores {share}: read balanced accuracy"
            )
