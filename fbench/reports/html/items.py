"""The answers of runs in a compact form for the page's browser of items: JSON, compressed, as base64.

Texts stand in one list, each once; questions and answers are lists of numbers, one list a field. The answers
to a question stand together: those of question i are from `starts[i]` to `starts[i + 1]`.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from fbench.analysis.answers import AnsweredQuestion
from fbench.reports.html.compared import ComparedPair
from fbench.reports.html.reading import ReportedRun, is_before
from fbench.reports.names import without_provider
from fbench.runner.cells import Cell, Condition

__all__ = ["has_changes", "packed", "payload"]

_GRADED = ("correct", "incorrect", "abstained")


def packed(runs: Sequence[ReportedRun], pairs: Sequence[ComparedPair] = ()) -> str:
    """The answers of all runs as base64 of a zlib stream of JSON."""
    text = json.dumps(payload(runs, pairs), separators=(",", ":"))
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def payload(runs: Sequence[ReportedRun], pairs: Sequence[ComparedPair] = ()) -> dict[str, Any]:
    """The answers of all runs, with the questions that they share, and which cells are compared."""
    collected = _Payload(runs)
    return collected.as_dict() | {"compared": collected.compared(pairs)}


def has_changes(pairs: Sequence[ComparedPair]) -> bool:
    """Whether anything could be compared, so that items can be chosen by it."""
    return any(pair.found for pair in pairs)


class _Numbered(dict[str, int]):
    """The place of each text in a list without repetitions."""

    def of(self, text: str) -> int:
        """The place of a text, which is appended if it is new."""
        return self.setdefault(text, len(self))


class _Payload:
    """Collects the answers by question."""

    def __init__(self, runs: Sequence[ReportedRun]) -> None:
        self._several = len(runs) > 1
        models = list(dict.fromkeys(each.cell.model for run in runs for each in run.answers))
        self._models = without_provider(models) if models else {}
        self._texts, self._tasks, self._splits, self._roles = (_Numbered() for _ in range(4))
        self._verdicts, self._layers, self._kinds, self._names = (_Numbered() for _ in range(4))
        self._cells: list[list[Any]] = []
        by_question: dict[tuple[str, str, str], list[tuple[ReportedRun, int, AnsweredQuestion]]] = {}
        self._places: list[dict[str, int]] = [{} for _ in runs]
        for run, places in zip(runs, self._places, strict=True):
            for each in run.answers:
                place = places.get(each.cell.id)
                if place is None:
                    place = places[each.cell.id] = len(self._cells)
                    self._cells.append(self._cell(run, each.cell))
                question = each.question
                key = (question.task, question.id, question.text)
                by_question.setdefault(key, []).append((run, place, each))
        self._questions: list[list[Any]] = [[] for _ in range(6)]
        self._answers: list[list[int]] = [[] for _ in range(8)]
        self._others: dict[int, list[list[Any]]] = {}
        self._starts = [0]
        for found in by_question.values():
            self._question(found[0][2])
            for run, place, each in found:
                self._answer(run, place, each)
            self._starts.append(len(self._answers[0]))

    def as_dict(self) -> dict[str, Any]:
        """All of it."""
        fields = ("id", "task", "text", "gold", "before", "kind")
        columns = ("cell", "verdict", "text", "grader", "reason", "note", "split", "role")
        return {
            "texts": list(self._texts),
            "tasks": list(self._tasks),
            "splits": list(self._splits),
            "roles": list(self._roles),
            "verdicts": list(self._verdicts),
            "layers": list(self._layers),
            "kinds": list(self._kinds),
            "models": list(self._names),
            "cells": self._cells,
            "starts": self._starts,
            "questions": dict(zip(fields, self._questions, strict=True)),
            "answers": dict(zip(columns, self._answers, strict=True)),
            "others": self._others,
        }

    def compared(self, pairs: Sequence[ComparedPair]) -> list[list[Any]]:
        """Each comparison: what it is called, and the places of the cells that it compares."""
        several = sum(pair.found is not None for pair in pairs) > 1
        return [
            [
                f" ({pair.found.b})" if several else "",
                [
                    [a[one], b[other]]
                    for one, other in dict.fromkeys((row.cell_a, row.cell_b) for row in pair.found.rows)
                    if one in a and other in b
                ],
            ]
            for pair in pairs
            for a, b in [(self._places[pair.a], self._places[pair.b])]
            if pair.found
        ]

    def _cell(self, run: ReportedRun, cell: Cell) -> list[Any]:
        """The model's number, the epochs, and what else tells the cell from others."""
        usual = cell.condition in (Condition.BASE, Condition.TUNED)
        said = [
            run.name if self._several else "",
            "" if usual else cell.condition.value,
            cell.design.name,
            f"template {cell.template}" if cell.template else "",
            f"seed {cell.seed}" if cell.seed else "",
            f"sample {cell.sample}" if cell.sample else "",
        ]
        return [self._names.of(self._models[cell.model]), cell.epochs, ", ".join(filter(None, said))]

    def _question(self, each: AnsweredQuestion) -> None:
        question = each.question
        text = "\n".join([*(f"{m.role}: {m.content}" for m in question.earlier), question.text])
        values: tuple[Any, ...] = (
            question.id,
            self._tasks.of(question.task),
            text,
            list(question.gold),
            question.answer_before or "",
            self._kinds.of(question.kind.value),
        )
        for column, value in zip(self._questions, values, strict=True):
            column.append(value)

    def _answer(self, run: ReportedRun, place: int, each: AnsweredQuestion) -> None:
        grade, number = each.grade, len(self._answers[0])
        values = (
            place,
            self._verdicts.of(grade.verdict),
            self._texts.of(each.answer.text),
            self._texts.of(f"{grade.grader} ({grade.layer})"),
            self._texts.of(_with_words(grade.reason, run.words_of(each, grade.layer))),
            self._texts.of(_note(each)),
            self._splits.of(str(each.question.split)),
            self._roles.of(each.question.role.value),
        )
        for column, value in zip(self._answers, values, strict=True):
            column.append(value)
        if each.others:
            self._others[number] = [
                [
                    self._layers.of(_named(layer)),
                    self._verdicts.of(other.verdict),
                    self._texts.of(other.grader),
                    self._texts.of(_with_words(other.reason, run.words_of(each, layer))),
                    int(not is_before(layer) and _differ(grade.verdict, other.verdict)),
                ]
                for layer, other in sorted(each.others.items())
            ]


def _with_words(reason: str, words: str) -> str:
    """A grader's reason; of a judge all that it said, after the reason where that says something else."""
    if not words:
        return reason
    if reason.removesuffix("...") in " ".join(words.split()):
        return words
    return f"{reason}\n\nIn the judge's words:\n{words}"


def _named(layer: str) -> str:
    return f"{layer.rpartition('/')[0]}, as the answer before the update" if is_before(layer) else layer


def _note(each: AnsweredQuestion) -> str:
    answer = each.answer
    said = [
        f"error: {answer.error}" if answer.error else "",
        f"ended by {answer.finish}" if answer.finish not in ("", "stop") else "",
        f"changed in the recording, {answer.altered}" if answer.altered else "",
        "the answer from before the update" if each.old else "",
    ]
    return "; ".join(filter(None, said))


def _differ(verdict: str, other: str) -> bool:
    """Whether two layers that both decided disagree."""
    return verdict != other and verdict in _GRADED and other in _GRADED
