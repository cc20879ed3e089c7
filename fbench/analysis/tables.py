"""The tables of a run: those of its results, and one of all answers; `docs/how-to/exports.md` lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fbench.analysis.answers import AnsweredQuestion, RunAnswers
from fbench.analysis.flat import KINDS, ColumnKind, FlatColumn, FlatTable, columns_of, table_names, table_of
from fbench.analysis.of_cell import of_cell
from fbench.analysis.result_forms import OfCell
from fbench.analysis.results import Results
from fbench.datasets.model import Question
from fbench.grading.run_answers import own_columns
from fbench.tables.json_text import text_of

__all__ = ["ANSWERS", "RESULT_TABLES", "answers_table", "result_tables"]

ANSWERS = "answers"
RESULT_TABLES = table_names(Results)


def result_tables(results: Results) -> list[FlatTable]:
    """All tables of results, also those without rows."""
    return [table_of(results, name) for name in RESULT_TABLES]


_Of = Callable[[AnsweredQuestion], object]

_ANSWER_COLUMNS: tuple[tuple[str, ColumnKind, _Of], ...] = (
    ("split", "text", lambda found: str(found.question.split)),
    ("role", "text", lambda found: found.question.role.value),
    ("fact", "text", lambda found: found.question.fact),
    ("cluster", "text", lambda found: found.question.cluster),
    ("weight", "number", lambda found: found.question.weight),
    ("id", "text", lambda found: found.question.id),
    ("question", "text", lambda found: found.question.text),
    ("prompt", "text", lambda found: found.question.prompt),
    ("gold", "texts", lambda found: list(found.question.gold)),
    ("kind", "text", lambda found: found.question.kind.value),
    ("answer_before", "text", lambda found: found.question.answer_before),
    ("response", "text", lambda found: found.answer.text),
    ("finish", "text", lambda found: found.answer.finish),
    ("error", "text", lambda found: found.answer.error),
    ("verdict", "text", lambda found: found.grade.verdict),
    ("grader", "text", lambda found: found.grade.grader),
    ("reason", "text", lambda found: found.grade.reason),
    ("old", "flag", lambda found: found.old),
    ("prompt_tokens", "whole", lambda found: found.answer.prompt_tokens),
    ("answer_tokens", "whole", lambda found: found.answer.answer_tokens),
    ("altered", "text", lambda found: found.answer.altered),
)

_OF_CELL = ("cell", "model", "task", "condition", "epochs", "seed", "template")
_DESIGN = ("learning_rate_multiplier", "batch_size", "lora_rank", "wordings", "facts", "general")


def answers_table(found: RunAnswers) -> FlatTable:
    """A row for each answer of a run, in the order of its plan and its data.

    After the columns that every run has come, for each further layer of grades, its verdict and its reason,
    then the data's own columns, with `own_` before a name that is taken.
    """
    kinds = dict(columns_of(OfCell))
    cells = [
        *(FlatColumn(name, kinds[name]) for name in _OF_CELL),
        FlatColumn("sample", "whole"),
        *(FlatColumn(name, kinds[name]) for name in _DESIGN),
    ]
    fixed = [*cells, *(FlatColumn(name, kind) for name, kind, _ in _ANSWER_COLUMNS)]
    layers = [
        FlatColumn(f"{layer}_{what}", "text") for layer in found.layers for what in ("verdict", "reason")
    ]
    questions = found.ready.dataset.questions
    own = own_columns(questions, {column.name for column in (*fixed, *layers)})
    kept = _own_kinds(questions)
    columns = (*fixed, *layers, *(FlatColumn(name, kept[given]) for given, name in own.items()))
    return FlatTable(ANSWERS, columns, [_answer(each, cells, found.layers, kept) for each in found.answers])


def _answer(
    found: AnsweredQuestion, cells: Iterable[FlatColumn], layers: Iterable[str], own: dict[str, ColumnKind]
) -> tuple[object, ...]:
    of = of_cell(found.cell) | {"sample": found.cell.sample}
    given = dict(found.question.columns)
    others = [found.others.get(layer) for layer in layers]
    return (
        *(of[column.name] for column in cells),
        *(value(found) for _, _, value in _ANSWER_COLUMNS),
        *(value for row in others for value in ((row.verdict, row.reason) if row else (None, None))),
        *(_as(kind, given.get(name)) for name, kind in own.items()),
    )


def _own_kinds(questions: Iterable[Question]) -> dict[str, ColumnKind]:
    """What each of the data's own columns holds, by the values of all questions, asked or not."""
    types: dict[str, set[type]] = {}
    for question in questions:
        for name, value in question.columns:
            types.setdefault(name, set()).add(str if _is_long(value) else type(value))
    return {name: _kind_of(found - {type(None)}) for name, found in types.items()}


def _kind_of(types: set[type]) -> ColumnKind:
    if types == {int, float}:
        return "number"
    return KINDS[next(iter(types))] if len(types) == 1 else "text"


def _is_long(value: object) -> bool:
    """Whether it is a whole number of more than 64 bits."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def _as(kind: ColumnKind, value: object) -> object:
    """A value of the data's own as one of its column's kind."""
    if value is None:
        return None
    if kind == "number" and isinstance(value, int):
        return float(value)
    return text_of(value) if kind == "text" and not isinstance(value, str) else value
