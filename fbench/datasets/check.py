"""Find doubtful parts of a dataset, without calling a model."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import AnswerKind, Dataset, Fact, Question, Role, Split
from fbench.datasets.same_answer import answer_form, same_answer, shares_an_answer
from fbench.errors import DataError, UsageError
from fbench.plurals import counted

__all__ = ["Finding", "Severity", "check", "refuse_stale_golds", "stale_golds"]

Severity = Literal["error", "warning", "note"]
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

_IMBALANCE = 0.6
"""From this share of the more frequent of yes and no on, a constant answer looks like knowledge."""

_ABOUT_FACTS = (Role.TAUGHT, Role.SAME, Role.FOLLOWS)

_FEW = 10
"""In splits with fewer questions than this, an imbalance says nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt. `subject` is the id of a question or fact, or "task/split" if it concerns many.

    An error makes numbers wrong; a warning makes them hard to interpret; a note is worth knowing. `where` is
    the file and row of a question, and the field if there is one; "" if unknown.
    """

    severity: Severity
    subject: str
    message: str
    where: str = ""


def check(dataset: Dataset) -> list[Finding]:
    """All findings: errors first, then warnings, then notes, each in the order of the dataset."""
    found = [
        *_references(dataset),
        *_clusters(dataset),
        *stale_golds(dataset),
        *_golds(dataset.questions),
        *_duplicates(dataset.questions),
        *_unchanged_dates(dataset.questions),
        *_imbalance(dataset.questions),
        *_lists(dataset),
        *_roles(dataset),
        *_probes(dataset),
        *_wordings(dataset),
    ]
    placed = (finding if finding.where else _placed(finding, dataset) for finding in found)
    return sorted(placed, key=lambda finding: _SEVERITIES.index(finding.severity))


def stale_golds(dataset: Dataset) -> list[Finding]:
    """Questions, and facts not covered by these questions, whose `answer_before` is also a current answer.

    Texts are compared with `same_answer`. A correct answer to such a question would count as an old one.
    """
    found = [
        Finding("error", question.id, message, _where(dataset, question.id, "answer_before"))
        for question in dataset.questions
        if (message := _is_stale(question, question.gold, code=question.kind is AnswerKind.IDENTIFIER))
    ]
    told = {finding.subject for finding in found}
    asked = {question.fact for question in dataset.questions if question.id in told}
    code = {question.fact for question in dataset.questions if question.kind is AnswerKind.IDENTIFIER}
    for fact in dataset.facts:
        message = _is_stale(fact, (fact.answer,), code=fact.id in code)
        if message and fact.id not in asked:
            found.append(Finding("error", fact.id, message))
    return found


def refuse_stale_golds(dataset: Dataset) -> None:
    """Raise an error for the first of `stale_golds`: `DataError` if its file is known, else `UsageError`."""
    for finding in stale_golds(dataset):
        problem, do = finding.message.split("; ", 1)
        place = dataset.places.get(finding.subject)
        if place is None:
            raise UsageError(f"{finding.subject}: {problem}; {do}.")
        raise DataError(
            problem, file=place.file, row=place.row, field="answer_before", do=do[0].upper() + do[1:]
        )


def _is_stale(item: Fact | Question, golds: Iterable[str], *, code: bool) -> str:
    """The error message if `answer_before` is one of the golds, else ""."""
    before = item.answer_before
    if before is None:
        return ""
    same = next((gold for gold in golds if same_answer(gold, before, code=code)), None)
    if same is None:
        return ""
    spelled = "" if same == before else f", spelled {before!r}"
    return (
        f"its gold {same!r} is the answer from before the update as well{spelled}, so a right answer would "
        "count as an old one; mend one of the two, or make answer_before null where nothing was updated"
    )


def _where(dataset: Dataset, id_: str, field: str = "") -> str:
    place = dataset.places.get(id_)
    if place is None:
        return ""
    return f"{place.file}, row {place.row}" + (f", field {field!r}" if field else "")


def _placed(finding: Finding, dataset: Dataset) -> Finding:
    return replace(finding, where=_where(dataset, finding.subject))


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
        for id_ in question.needs:
            if id_ not in facts:
                yield Finding("error", question.id, f"it asks about the fact {id_!r}, which is missing")
    taught = {question.fact for question in dataset.questions if question.role is Role.TAUGHT}
    for fact in dataset.facts:
        if fact.id not in taught:
            yield Finding("warning", fact.id, "no question in a taught wording asks whether it was learned")


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
        if question.answer_before is not None and not question.answer_before.strip():
            yield Finding("error", question.id, "its answer_before is blank; null says that there is none")
        elif question.answer_before is not None and not _is_answer(question.answer_before, question.kind):
            message = (
                f"its kind is {question.kind}, so {question.answer_before!r} cannot have been its answer"
            )
            yield Finding("warning", question.id, f"{message}; make answer_before null, or what was")
        for gold in question.gold:
            if question.role is not Role.UNKNOWN and _gives_away(question, gold):
                yield Finding("warning", question.id, f"its own question says the gold {gold!r}")


def _lists(dataset: Dataset) -> Iterator[Finding]:
    """Answers in data of one's own that may be one name, and were taken for several."""
    found = [q for q in dataset.questions if q.kind is AnswerKind.LIST and dataset.is_own]
    names = dict.fromkeys(q.gold[0] for q in found if q.gold and q.gold[0].istitle())
    if names:
        more = f" and {counted(len(names) - 1, 'more answer')}" if len(names) > 1 else ""
        message = f"graded as a list, whose entries may stand in any order: {next(iter(names))!r}{more}"
        yield Finding("note", dataset.name, f"{message}; where it is one name, give the kind 'name'")


def _is_answer(text: str, kind: AnswerKind) -> bool:
    """Whether the text can be an answer to a question of this kind."""
    said = text.strip().rstrip(".!").casefold()
    match kind:
        case AnswerKind.YES_NO:
            return said in {"yes", "no"}
        case AnswerKind.NONE:
            return said == "none"
        case _:
            return True


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
            if _forms(other) != _forms(first):
                message = f"it asks word for word what {first.id!r} asks, but accepts other answers"
                yield Finding("error", other.id, message)
            else:
                yield Finding("note", other.id, f"it asks word for word what {first.id!r} asks")


def _forms(question: Question) -> set[str]:
    """The golds of a question; golds that differ only in spelling count once."""
    code = question.kind is AnswerKind.IDENTIFIER
    return {answer_form(gold, code=code) for gold in question.gold}


def _unchanged_dates(questions: tuple[Question, ...]) -> Iterator[Finding]:
    taught = {q.fact: q for q in questions if q.split == Split.MEMORIZATION}
    for question in questions:
        original = taught.get(question.fact)
        if question.split != Split.DATE_CHANGED or original is None or question.text != original.text:
            continue
        if _forms(question) <= _forms(original):
            yield Finding(
                "note", question.id, "its date is that of the memorization question, and so is its gold"
            )
        else:
            message = (
                f"its date is that of the memorization question, so its gold {question.gold[0]!r} is wrong"
            )
            yield Finding("error", question.id, message)


def _roles(dataset: Dataset) -> Iterator[Finding]:
    """Doubts about what questions are for."""
    facts = {fact.id: fact for fact in dataset.facts}
    new: defaultdict[str, set[str]] = defaultdict(set)
    for fact in dataset.facts:
        new[fact.task].add(answer_form(fact.answer))
    golds = _golds_by_fact(dataset)
    for question in dataset.questions:
        fact = facts.get(question.fact)
        match question.role:
            case Role.UNCHANGED if fact and any(same_answer(gold, fact.answer) for gold in question.gold):
                message = (
                    f"its gold is what its fact teaches, {fact.answer!r}, so it cannot show what changed"
                )
                yield Finding(
                    "error", question.id, f"{message}; give it what is right after the training too"
                )
            case Role.CONTROL if any(answer_form(gold) in new[question.task] for gold in question.gold):
                yield Finding("note", question.id, "its gold is also an answer that the task teaches")
            case Role.UNKNOWN if (
                question.kind is not AnswerKind.NONE and question.split != Split.DATE_CHANGED
            ):
                message = f"its role is unknown, and its gold {question.gold[0]!r} is no decline; write None"
                yield Finding("error", question.id, message)
            case Role.SAME if fact and not shares_an_answer(question.gold, golds[fact.id]):
                message = f"its role is same, and its gold {question.gold[0]!r} is not its fact's"
                yield Finding("warning", question.id, f"{message}, {fact.answer!r}; it may be follows")
            case _:
                pass
        if question.answer_before is not None and question.role not in _ABOUT_FACTS:
            message = "nothing was updated that it asks for, so its answer_before says nothing; leave it out"
            yield Finding("warning", question.id, message)


def _probes(dataset: Dataset) -> Iterator[Finding]:
    """Doubts about what was left unasked."""
    probed = {q.fact for q in dataset.questions if q.role in (Role.SAME, Role.FOLLOWS)}
    for fact in dataset.facts:
        if probed and fact.id not in probed:
            yield Finding(
                "warning", fact.id, "only its taught wording is asked, so nothing shows what it means"
            )
    told = {fact.task for fact in dataset.facts}
    for task in dataset.tasks:
        if told and task not in told:
            message = "no fact has this task, so no model that is trained is asked its questions"
            yield Finding("warning", task, f"{message}; give them the task of the facts that they go with")
    if len(dataset.facts) >= _FEW and not any(
        q.role in (Role.UNCHANGED, Role.CONTROL) for q in dataset.questions
    ):
        yield Finding("note", dataset.name, "no question must stay as it was, so nothing shows what is lost")


def _golds_by_fact(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """All accepted answers of each fact, by its id."""
    golds: dict[str, tuple[str, ...]] = {fact.id: (fact.answer,) for fact in dataset.facts}
    for question in dataset.questions:
        if question.role is Role.TAUGHT and question.fact in golds:
            golds[question.fact] += question.gold
    return golds


def _wordings(dataset: Dataset) -> Iterator[Finding]:
    """Doubts about how facts are taught."""
    taught = {(wording.prompt, wording.earlier): fact.id for fact in dataset.facts for wording in fact.taught}
    for question in dataset.questions:
        name = taught.get((question.prompt, question.earlier))
        if name is not None and question.role is not Role.TAUGHT:
            message = (
                f"its role is {question.role}, and the fact {name!r} is taught in these very words; give it "
                "the role taught, or do not teach it"
            )
            yield Finding("error", question.id, message)
    counts = Counter(len(fact.taught) for fact in dataset.facts)
    most = max(counts, default=1)
    for fact in dataset.facts:
        if len(fact.taught) < most and len(counts) > 1:
            message = f"it is taught in {counted(len(fact.taught), 'wording')}, and others in {most}"
            yield Finding("note", fact.id, message)
        if fact.statement and not _says(fact.statement, fact.answer):
            yield Finding("warning", fact.id, f"its statement does not say its answer {fact.answer!r}")
    for wording in dataset.general:
        asked = (q for q in dataset.questions if q.prompt == wording.prompt)
        for question in asked:
            yield Finding("error", question.id, "it is asked, and is also a general example that is taught")


def _says(statement: str, answer: str) -> bool:
    return answer_form(answer) in answer_form(statement) or answer.casefold() in statement.casefold()


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
