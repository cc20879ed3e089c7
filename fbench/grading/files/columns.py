"""Find the columns of a table for question, gold and response: as the user says, or by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from fbench.errors import DataError
from fbench.tables.parts import ascii_safe

__all__ = ["Columns", "NamedColumns", "choose_columns", "listed", "recognised"]

_USUAL = {
    "question": ("question", "query", "prompt", "input", "problem", "question_text"),
    "gold": (
        *("gold", "golds", "answer", "answers", "reference", "references", "target", "targets", "expected"),
        *("ground_truth", "groundtruth", "ideal", "solution"),
        *("gold_answer", "gold_answers", "reference_answer", "correct_answer", "expected_answer"),
        *("target_answer", "true_answer", "expected_output", "reference_output"),
    ),
    "response": (
        *("response", "prediction", "output", "completion", "candidate", "generation", "predicted", "pred"),
        *("model_answer", "model_response", "model_output", "model_prediction", "predicted_answer"),
        *("candidate_answer", "generated_answer", "generated_text", "llm_answer", "llm_response"),
    ),
    "id": ("id", "qid", "question_id", "example_id", "item_id", "sample_id", "uid", "uuid"),
    "kind": ("kind",),
    "answer_before": ("answer_before",),
    "finish": ("finish", "finish_reason", "stop_reason", "done_reason"),
}
"""The usual names of each column; upper case and the marks between words do not matter."""
_REQUIRED = ("question", "gold", "response")


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """The columns that the user names; None if fbench finds the column itself, or needs none."""

    question: str | None = None
    gold: str | None = None
    response: str | None = None
    id: str | None = None
    human: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns that are used."""

    question: str
    gold: str
    response: str
    kind: str = "kind"
    answer_before: str = "answer_before"
    finish: str = "finish"
    id: str | None = None
    human: str | None = None
    cluster: str | None = None


def recognised(names: Sequence[str], asked: NamedColumns) -> int:
    """The number of wanted columns among these names."""
    wanted = {role: getattr(asked, role, None) for role in (*_USUAL, "human", "cluster")}
    return sum(
        bool(_same(names, named) if named else _known(names, role))
        for role, named in wanted.items()
        if named or role in _USUAL
    )


def choose_columns(
    file: Path, names: Sequence[str], asked: NamedColumns, *, complete: bool = True
) -> tuple[Columns, str]:
    """The columns, and a sentence on those found by their names ("" if none were).

    If the names are not `complete`, as in JSON, a name from the user need not be among them.

    Raises:
        DataError: a column is missing, several columns match, or one column would have two roles.
    """
    chosen: dict[str, str] = {}
    for role in ("question", "gold", "response", "human", "cluster", "id"):
        if (named := getattr(asked, role)) is not None:
            chosen[role] = _named(file, names, role, named, complete=complete)
    _hold_apart(file, chosen)
    taken: list[str] = []
    for role in _USUAL:
        if role in chosen:
            continue
        found = [name for name in _known(names, role) if name not in chosen.values()]
        if len(found) > 1 and role in _REQUIRED:
            problem = f"several columns could be it: {listed(found)} (there are: {listed(names)})"
            do = f"Say which it is with --{role} COLUMN"
            raise DataError(problem, file=file, field=role, do=do)
        if len(found) == 1:
            chosen[role] = found[0]
            if found[0] != role:
                taken.append(f"{role} from {_short(found[0])!r}")
        elif role in _REQUIRED:
            named = next((other for other, name in chosen.items() if name in _known(names, role)), None)
            problem = f"the column is missing (there are: {listed(names)})"
            if named is not None:
                problem = f"{_short(chosen[named])!r} is named as --{named}, and no other column could be it"
            do = f"Name the column so, or say which it is with --{role} COLUMN"
            raise DataError(problem, file=file, field=role, do=do)
    return Columns(**chosen), f"columns: {', '.join(taken)}" if taken else ""


def _known(names: Sequence[str], role: str) -> list[str]:
    """The columns with a usual name: the one with exactly this name, or else all that match."""
    if role in names:
        return [role]
    own = [name for name in names if _plain(name) == role]
    return own or [name for name in names if _plain(name) in _USUAL[role]]


def _same(names: Sequence[str], named: str) -> list[str]:
    """The column with this name, or else all that differ only in case and marks."""
    return [named] if named in names else [name for name in names if _plain(name) == _plain(named)]


def _named(file: Path, names: Sequence[str], role: str, named: str, *, complete: bool) -> str:
    found = _same(names, named)
    if len(found) == 1:
        return found[0]
    if not complete:  # a later row may have the column
        return named
    if found:
        problem = f"--{role} {named!r} could be any of {listed(found)}"
    else:
        problem = f"--{role} names a column that is missing (there are: {listed(names)})"
    raise DataError(problem, file=file, field=named, do="Write its name as it stands in the file")


def _hold_apart(file: Path, chosen: dict[str, str]) -> None:
    for role, other in combinations((*_REQUIRED, "human"), 2):
        if role in chosen and chosen[role] == chosen.get(other):
            problem = f"it is named as --{role} and as --{other}"
            raise DataError(problem, file=file, field=chosen[role], do="Name two columns")


def _plain(name: str) -> str:
    """A name in lower case with single underscores between words: `Model Answer`, `modelAnswer` are equal."""
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).strip("_").lower()


def listed(names: Iterable[str]) -> str:
    """Names of columns for a message, on one line."""
    return ", ".join(map(_short, names))


def _short(name: str) -> str:
    name = " ".join(name.split())
    return ascii_safe(name if len(name) <= 60 else f"{name[:57]}...")
