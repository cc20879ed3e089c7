"""What a run asks its store for grows with its cells, and not with its questions."""

from __future__ import annotations

from pathlib import Path

from fbench.datasets.model import AnswerKind, Dataset, Fact, Question, Split
from fbench.runner.experiment import Experiment
from fbench.runner.left import left_of
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


def statements(folder: Path, questions: int, epochs: int) -> list[str]:
    """The statements that a store is asked for what is left, where every other question is answered."""
    plan = make_plan(Experiment(models=(MODEL,), epochs=tuple(range(1, epochs + 1))), dataset(questions))
    said: list[str] = []
    with Store(folder / f"{questions}-{epochs}.sqlite", create=True) as store:
        for cell in plan.cells:
            store.save_answers(Answer(cell.id, q.id, "a", "stop", "", 1, 1) for q in plan.questions["t"][::2])
        store._db.set_trace_callback(said.append)
        works, _ = left_of(plan, store, lasting=True)
        store._db.set_trace_callback(None)
    assert sum(len(left) for work in works for left in work.questions.values()) == questions // 2 * (
        epochs + 1
    )
    return said


def test_what_is_left_takes_a_statement_a_cell_whatever_the_number_of_questions(tmp_path: Path) -> None:
    counts = {
        (questions, epochs): len(statements(tmp_path, questions, epochs))
        for questions in (2, 20, 200)
        for epochs in (1, 4, 16)
    }
    for (_, epochs), count in counts.items():
        cells = epochs + 1
        assert cells <= count <= cells + 2


def test_a_statement_reads_the_rows_of_its_own_cell_alone(tmp_path: Path) -> None:
    """By the key of the table: so all rows of a store are read once, and not once a cell."""
    for statement in statements(tmp_path, 20, 4):
        if "from answer" in statement:
            with Store(tmp_path / "20-4.sqlite") as store:
                plan = store._db.execute(f"explain query plan {statement}").fetchall()
            assert ["SEARCH" in row[-1] for row in plan] == [True]
