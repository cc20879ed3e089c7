"""The agreement of a judge and the rules: answers to questions of one cluster count together."""

from __future__ import annotations

from pathlib import Path

from fbench.analysis.judge_agreement import agreement_of
from fbench.analysis.results import Agreement
from fbench.datasets.model import AnswerKind, Dataset, Fact, Question, Split
from fbench.runner.store import Answer, GradeRow, Store

RULES, JUDGE = "auto@5", "judge:x"


def dataset(questions: int, clusters: int) -> Dataset:
    facts = tuple(
        Fact(id=f"f{n}", task="t", cluster=f"c{n % clusters}", prompt="p", answer="a")
        for n in range(questions)
    )
    asked = tuple(
        Question(
            id=f"q{n}",
            task="t",
            split=Split.MEMORIZATION,
            fact=f"f{n}",
            cluster=f"c{n % clusters}",
            prompt="p",
            text="p",
            gold=("a",),
            kind=AnswerKind.SHORT,
        )
        for n in range(questions)
    )
    return Dataset(name="made", source="here", facts=facts, questions=asked)


def agreement(folder: Path, made: Dataset) -> Agreement:
    """Of four clusters' worth of questions the judge contradicts the rules in one."""
    with Store(folder / "run.sqlite", create=True) as store:
        ids = [question.id for question in made.questions]
        store.save_answers([Answer("c", name, "x", "stop", "", 1, 1) for name in ids])
        for layer in (RULES, JUDGE):
            rows = [
                GradeRow(layer, "c", name, "correct" if right(layer, n) else "incorrect", layer, "")
                for n, name in enumerate(ids)
            ]
            store.save_grades(rows)
        (found,) = agreement_of(store, made, RULES, JUDGE)
    return found


def right(layer: str, n: int) -> bool:
    return n % 2 == 0 or (layer == JUDGE and n % 4 == 1)


def test_clusters_that_agree_as_one_widen_the_interval_of_kappa(tmp_path: Path) -> None:
    for name in ("single", "clustered"):
        (tmp_path / name).mkdir()
    single = agreement(tmp_path / "single", dataset(48, clusters=48))
    clustered = agreement(tmp_path / "clustered", dataset(48, clusters=4))
    assert single.kappa == clustered.kappa
    assert single.interval
    assert clustered.interval
    widths = [each.high - each.low for each in (single.interval, clustered.interval)]
    assert widths[1] > 1.5 * widths[0]
