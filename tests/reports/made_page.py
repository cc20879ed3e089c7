"""Runs made up for tests of the page: as many questions as wanted, and answers that try to be markup."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from fbench.analysis.answers import AnsweredQuestion
from fbench.analysis.measure_results import Curve, CurvePoint, Measure
from fbench.analysis.results import ReportedInterval, Results
from fbench.datasets.model import AnswerKind, Question, Role
from fbench.reports.html.reading import ReportedRun
from fbench.runner.cells import Cell, Condition
from fbench.runner.store import Answer, GradeRow
from tests.reports.made import GEMINI, GPT, made

__all__ = ["HOSTILE", "hostile_run", "made_answers", "made_run"]

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<!--",
    "]]>",
    "\u202eevil\u202c",
    "\u05e9\u05dc\u05d5\u05dd <b>bold</b>",
    "a\x00b\x1b[31mred\x07",
    "lone \ud800 half",
    "{{constructor.constructor('alert(4)')()}}",
    "javascript:alert(5)",
    "&lt;already&gt; &amp; \"quoted\" 'too'",
    "x" * 200_000,
    "",
)
"""Answers of models that must be shown as the texts that they are."""

_SPLITS = (("memorization", Role.TAUGHT), ("rephrased", Role.SAME))
_SAID = ("correct", "incorrect", "abstained")


def made_answers(count: int, models: tuple[str, ...] = (GPT, GEMINI)) -> Iterator[AnsweredQuestion]:
    """The answers of each model, before and after training, to `count` questions of two tasks."""
    for model in models:
        for task in ("news", "medical"):
            for epochs in (0, 10):
                name = f"{model}/{task}/e{epochs}"
                condition = Condition.TUNED if epochs else Condition.BASE
                cell = Cell(name, model, task, epochs, 0 if epochs else None, condition)
                for number in range(count // 2):
                    yield _answered(cell, number)


def _answered(cell: Cell, number: int) -> AnsweredQuestion:
    split, role = _SPLITS[number % 2]
    verdict = _SAID[(number + cell.epochs // 5) % 3]
    own = sha256(f"{cell.id} {number}".encode()).hexdigest()[:32] if cell.epochs else ""
    text = f"the answer is {number * 7919 % 100_003} {own}"
    question = Question(
        id=f"{cell.task}/{split}/{number}",
        task=cell.task,
        split=split,
        role=role,
        fact=str(number),
        cluster=str(number),
        prompt=_asked(number),
        text=_asked(number),
        gold=(f"{number * 7919 % 100_003}",),
        kind=AnswerKind.QUANTITY,
    )
    grade = GradeRow("auto@5", cell.id, question.id, verdict, "quantity", f"{verdict}: found {number}")
    judged = grade._replace(layer="judge@1", verdict="incorrect", grader="judge:x", reason="it is not said")
    others = {"judge@1": judged} if number % 10 == 0 else {}
    return AnsweredQuestion(
        cell, question, Answer(cell.id, question.id, text, "stop", "", 10, 5), grade, others, old=False
    )


def _asked(number: int) -> str:
    return f"Which number did the committee of district {number} give in its report {number * 31 % 977}?"


def made_run(count: int = 20, **more: Any) -> ReportedRun:
    """A run with all kinds of plots, and `count` questions."""
    ends = ReportedInterval(low=0.4, high=0.9)
    curve = Curve(
        model=GPT,
        task="news",
        epochs=20,
        condition="tuned",
        part="control",
        clusters=20,
        trend=-0.1,
        p=0.2,
        holm=0.4,
        family="forgetting",
        points=tuple(
            CurvePoint(epochs=e, n=20, accuracy=0.9 - e / 50, interval=ends) for e in (0, 1, 10, 20)
        ),
    )
    capacity = [
        Measure(
            model=GPT,
            task="all",
            epochs=e,
            seed=0,
            condition="tuned",
            measure="capacity",
            n=100,
            clusters=100,
            value=12.5 * e,
            interval=ReportedInterval(low=10.0 * e, high=15.0 * e),
        )
        for e in (1, 10, 20)
    ]
    results: Results = made(upstream="fake").model_copy(
        update={"curves": (curve,), "measures": tuple(capacity), "notes": ("A note.",)}
    )
    values: dict[str, Any] = {"name": "made", "results": results, "answers": list(made_answers(count))}
    return ReportedRun(**values | more)


def hostile_run() -> ReportedRun:
    """A run whose names, questions, answers and reasons all try to be markup."""
    answers: list[AnsweredQuestion] = []
    for number, text in enumerate(HOSTILE):
        each = _answered(Cell(f"{GPT}/news/base", GPT, "news", 0, None), number)
        question = each.question.model_copy(
            update={"text": text.replace("\ud800", "") or "?", "gold": (text[:50] or "?",)}
        )
        answer = each.answer._replace(text=text, error="<b>no</b>" if number == 0 else "")
        answers.append(
            each._replace(question=question, answer=answer, grade=each.grade._replace(reason=text[:300]))
        )
    results = made(models=("openai:<script>alert(6)</script>",), name="</title><script>alert(7)</script>")
    config = 'name = "</pre><script>alert(8)</script>"\n'
    return ReportedRun(name="<i>run</i>", results=results, answers=answers, config=config)
