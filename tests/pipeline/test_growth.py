"""What a run asks its store for grows with its cells, and not with its questions."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fbench.datasets.model import AnswerKind, Dataset, Fact, Question, Split
from fbench.runner.experiment import Experiment
from fbench.runner.pending import pending_units
from fbench.runner.plan import make_plan
from fbench.runner.store import Answer, Store

MODEL = "openai:gpt-4o-mini-2024-07-18"


def dataset(questions: int) -> Dataset:
    facts = tuple(
        Fact(id=f"f{n}", task="t", cluster=f"f{n}", prompt=f"p{n}", answer="a") for n in range(questions)
    )
    asked = tuple(
        Question(
            id=f"q{n}",
            task="t",
            split=Split.MEMORIZATION,
            fact=f"f{n}",
            cluster=f"f{n}",
            prompt=f"p{n}",
            text=f"p{n}",
            gold=("a",),
            kind=AnswerKind.SHORT,
        )
        for n in range(questions)
    )
    return Dataset(name="made", source="here", facts=facts, questions=asked)


class Asked(NamedTuple):
    """The statements that a store is asked for what is left, and how it looks for the rows of each."""

    statements: list[str]
    plans: list[str]


def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, questions: int, epochs: int) -> Asked:
    """For what is left of a run in which every other question is answered."""
    plan = make_plan(Experiment(models=(MODEL,), epochs=tuple(range(1, epochs + 1))), dataset(questions))
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def keep(*args: Any, **options: Any) -> sqlite3.Connection:
        connections.append(connect(*args, **options))
        return connections[-1]

    said: list[str] = []
    with monkeypatch.context() as opened:
        opened.setattr(sqlite3, "connect", keep)
        store = Store(folder / f"{questions}-{epochs}.sqlite", create=True)
    with store:
        for cell in plan.cells:
            store.save_answers(Answer(cell.id, q.id, "a", "stop", "", 1, 1) for q in plan.questions["t"][::2])
        (database,) = connections
        database.set_trace_callback(said.append)
        works = pending_units(plan, store, lasting=True)
        database.set_trace_callback(None)
        found = [database.execute(f"explain query plan {each}").fetchone()[-1] for each in said]
    left = [question for work in works for each in work.questions.values() for question in each]
    assert len(left) == questions // 2 * (epochs + 1)
    return Asked(said, found)


def test_what_is_left_takes_a_statement_a_cell_whatever_the_number_of_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for questions in (2, 20, 200):
        for epochs in (1, 4, 16):
            count = len(asked(tmp_path, monkeypatch, questions, epochs).statements)
            assert epochs + 1 <= count <= epochs + 8


def test_a_statement_reads_the_rows_of_its_own_cell_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the key of the table: so all rows of a store are read once, and not once a cell."""
    found = asked(tmp_path, monkeypatch, 20, 4)
    plans = [plan for said, plan in zip(*found, strict=True) if "from answer" in said.lower()]
    assert len(plans) == 5
    assert all(plan.startswith("SEARCH answer") for plan in plans)
