"""Answers that were cut off or blocked before they began: ungraded, counted, and no business of a judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fbench.analysis.results import Results, Row
from fbench.analysis.summary import summarize
from fbench.analysis.verdicts import Graded
from fbench.datasets.model import AnswerKind, Question, Split
from fbench.grading.graders import CUT_OFF, GRADER_VERSION, Verdict
from fbench.pipeline import execute, prepare
from fbench.runner.cells import Cell
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.store import Store
from fbench.upstream import open_upstream

OPENAI = "openai:gpt-4o-mini-2024-07-18"
VERTEX = "vertex:gemini-3.5-flash"
Edit = Callable[[dict[str, Any]], dict[str, Any]]
"""What a service answers to a question instead of what it did."""


def openai(content: str | None, finish: str, **message: object) -> Edit:
    def edit(body: dict[str, Any]) -> dict[str, Any]:
        choice = body["choices"][0]
        said = {**choice["message"], "content": content, **message}
        return {**body, "choices": [{**choice, "message": said, "finish_reason": finish}]}

    return edit


def no_choices(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "choices": []}


def gemini(text: str | None, finish: str) -> Edit:
    def edit(body: dict[str, Any]) -> dict[str, Any]:
        content = {"role": "model", **({"parts": [{"text": text}]} if text else {})}
        usage = {**body["usageMetadata"], "candidatesTokenCount": 0, "thoughtsTokenCount": 96}
        return {**body, "candidates": [{"content": content, "finishReason": finish}], "usageMetadata": usage}

    return edit


def blocked(body: dict[str, Any]) -> dict[str, Any]:
    feedback = {"blockReason": "PROHIBITED_CONTENT"}
    return {"promptFeedback": feedback, "usageMetadata": body["usageMetadata"]}


class Editing(httpx2.AsyncBaseTransport):
    """Every `each`th answer, by order of arrival, is another than the service's."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, edit: Edit, each: int) -> None:
        self._inner, self._edit, self._each, self._asked = inner, edit, each, 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if not request.url.path.endswith(("/chat/completions", ":generateContent")):
            return response
        self._asked += 1
        if self._asked % self._each:
            return response
        body = json.loads(await response.aread())
        return httpx2.Response(200, json=self._edit(body), request=request)


class Refusing(Editing):
    """As Azure refuses a prompt: with an error."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not request.url.path.endswith("/chat/completions"):
            return await self._inner.handle_async_request(request)
        error = {
            "message": "The response was filtered",
            "type": None,
            "param": "prompt",
            "code": "content_filter",
        }
        return httpx2.Response(400, json={"error": error}, request=request)


def run(
    folder: Path,
    model: str,
    edit: Edit,
    *,
    each: int = 1,
    transport: type[Editing] = Editing,
    **more: object,
) -> Results:
    asked = {
        "models": (model,),
        "epochs": (1,),
        "tasks": ("coding",),
        "limit": 12,
        "upstream": "fake",
        **more,
    }
    experiment = Experiment.model_validate(asked)
    ready = prepare(experiment)
    make_folder(folder, experiment)
    place = open_upstream("fake", ready.dataset)
    place = replace(place, transport=transport(place.transport, edit, each))
    return execute(ready, folder, jobs=1, concurrency=1, connection=place)


@pytest.mark.parametrize(
    ("model", "edit", "finish"),
    [
        (OPENAI, openai("", "length"), "length"),
        (OPENAI, openai(None, "content_filter"), "content_filter"),
        (OPENAI, openai("<think>It could be", "length"), "length"),
        (OPENAI, no_choices, "blocked"),
        (VERTEX, gemini(None, "MAX_TOKENS"), "max_tokens"),
        (VERTEX, gemini(None, "SAFETY"), "safety"),
        (VERTEX, blocked, "prohibited_content"),
    ],
)
def test_an_answer_that_was_cut_off_or_blocked_is_ungraded_counted_and_named(
    tmp_path: Path, model: str, edit: Edit, finish: str
) -> None:
    results = run(tmp_path / "run", model, edit)
    for row in results.rows:
        assert row.n == row.ungraded == row.cut_off > 0
        assert row.invalid
        assert (row.incorrect, row.abstained, row.errors) == (0, 0, 0)
    written = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    assert all(row["cut_off"] == row["n"] and row["invalid"] for row in written["rows"])
    total = sum(row.cut_off for row in results.rows)
    named, invalid = results.notes[-2:]
    assert f"{total} answers were cut off or blocked" in named
    assert f"(finish: {finish})" in named
    assert f"in {len(results.rows)} of {len(results.rows)} rows, which are invalid" in invalid
    with Store(tmp_path / "run" / STORE) as store:
        graded = list(store.grades(f"auto@{GRADER_VERSION}"))
    assert {(grade.verdict, grade.grader) for grade in graded} == {("ungraded", CUT_OFF)}


def test_a_prompt_that_a_filter_refuses_with_an_error_is_blocked_and_no_error(tmp_path: Path) -> None:
    results = run(tmp_path / "run", OPENAI, openai("", "stop"), transport=Refusing)
    assert all(row.cut_off == row.n > 0 and not row.errors for row in results.rows)


@pytest.mark.parametrize(
    ("edit", "verdict"),
    [
        (openai("", "stop"), "incorrect"),
        (openai("<think>It could be", "stop"), "incorrect"),
        (openai("zzz is the", "length"), "incorrect"),
        (openai(None, "stop", refusal="I'm sorry, I can't help with that."), "abstained"),
        (openai(None, "content_filter", refusal="I cannot answer that."), "abstained"),
    ],
)
def test_an_answer_of_which_something_is_left_is_graded_as_it_stands(
    tmp_path: Path, edit: Edit, verdict: str
) -> None:
    results = run(tmp_path / "run", OPENAI, edit)
    for row in results.rows:
        assert (row.cut_off, row.invalid) == (0, False)
        right = row.correct if row.role == "unknown" else 0  # where nothing is right, declining is
        assert getattr(row, verdict) + right == row.n > 0
    assert not any("cut off" in note for note in results.notes)


def test_few_of_them_are_counted_and_leave_a_row_valid(tmp_path: Path) -> None:
    results = run(tmp_path / "run", OPENAI, openai("", "length"), each=25, limit=30)
    assert any(row.cut_off for row in results.rows)
    for row in results.rows:
        assert row.invalid == (row.cut_off > 0.05 * row.n)
        assert row.ungraded >= row.cut_off


def test_what_gemini_thinks_is_paid_for(tmp_path: Path) -> None:
    results = run(tmp_path / "run", VERTEX, gemini(None, "MAX_TOKENS"))
    assert results.costs.actual.answer_tokens == 96 * sum(row.n for row in results.rows)


def test_no_judge_is_asked_about_them(tmp_path: Path) -> None:
    for name, text in (("nothing", ""), ("thought", "<think>It could be")):
        results = run(tmp_path / name, OPENAI, openai(text, "length"), grader="judge")
        assert results.judge is not None
        assert results.judge.cases == 0
        assert all(row.cut_off == row.n for row in results.rows)


def test_a_judge_sees_the_answer_without_the_reasoning(tmp_path: Path) -> None:
    results = run(tmp_path / "run", OPENAI, openai("<think>zzz</think>\nNonsense.", "stop"), grader="judge")
    assert results.judge is not None
    assert results.judge.cases > 0
    assert all(row.cut_off == 0 for row in results.rows)


def summary(cut_off: int, others: int, errors: int = 0) -> Row:
    cell = Cell("m/news/base", "m", "news", 0, None)
    verdicts = [("ungraded", True)] * cut_off + [("correct", False)] * others + [("error", False)] * errors
    graded = {
        f"q{n}": Graded(
            Question(
                id=f"q{n}",
                task="news",
                split=Split.MEMORIZATION,
                fact=f"f{n}",
                cluster=f"f{n}",
                prompt="p",
                text="p",
                gold=("a",),
                kind=AnswerKind.SHORT,
            ),
            Verdict(verdict),
            old=False,
            cut_off=lost,
        )
        for n, (verdict, lost) in enumerate(verdicts)
    }
    return summarize([cell], {(cell.id, Split.MEMORIZATION): graded})[0]


@pytest.mark.parametrize(
    ("cut_off", "others", "errors", "invalid"),
    [
        (0, 20, 0, False),
        (1, 19, 0, False),
        (1, 18, 0, True),
        (1, 18, 5, True),
        (5, 95, 0, False),
        (6, 94, 0, True),
    ],
)
def test_a_row_is_invalid_from_more_than_one_in_twenty_on(
    cut_off: int,
    others: int,
    errors: int,
    invalid: bool,
) -> None:
    row = summary(cut_off, others, errors)
    assert (row.cut_off, row.ungraded, row.invalid) == (cut_off, cut_off, invalid)
