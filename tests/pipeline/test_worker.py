"""What a run does when something goes wrong in the middle: nothing paid is lost, nothing is bought twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.datasets import Dataset, open_dataset
from fbench.errors import Incomplete
from fbench.pipeline import execute, prepare
from fbench.providers.connection import Connection
from fbench.providers.pacing import Pacer, Pacers
from fbench.runner.cells import Unit
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from fbench.runner.pending import PendingUnit
from fbench.runner.plan import Plan, make_plan
from fbench.runner.pool import GROUP, Groups
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, TrainingRow
from fbench.runner.worker import Failures, Worker
from tests.pipeline.sinks import WithoutLimit

MODEL = "openai:gpt-4o-mini-2024-07-18"
EXPERIMENT = Experiment(models=(MODEL,), epochs=(2,), tasks=("coding",), limit=12)


class Sink(WithoutLimit):
    """Keeps what it is given in memory, in the groups it came in."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[list[Answer]] = []
        self.trainings: list[TrainingRow] = []

    def training(self, row: TrainingRow) -> None:
        self.trainings.append(row)

    def answers(self, answers: Sequence[Answer]) -> None:
        self.groups.append(list(answers))

    @property
    def said(self) -> list[Answer]:
        return [answer for group in self.groups for answer in group]


class Counting(httpx2.AsyncBaseTransport):
    """Counts requests by path, how many were in flight at once, and fails from a given question on.

    Requests stay in flight until there are `together` of them, or for five seconds.
    """

    def __init__(self, fail_from: int | None = None, code: int = 503, *, together: int = 1) -> None:
        self.inner = FakeTransport(World(learner=ScriptedLearner({})))
        self.fail_from, self.code = fail_from, code
        self.asked = self.taken = self.now = self.most = 0
        self.together, self.turns = together, 5_000

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not re.search(r"/chat/completions$", request.url.path):
            return await self.inner.handle_async_request(request)
        self.asked += 1
        number = self.asked
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        while self.most < self.together and self.turns:
            self.turns -= 1
            await asyncio.sleep(0.001)
        self.now -= 1
        if self.fail_from is not None and number >= self.fail_from:
            return httpx2.Response(self.code, json={"error": {"message": "no"}}, request=request)
        self.taken += 1
        return await self.inner.handle_async_request(request)


def work_of(dataset: Dataset) -> tuple[Plan, list[PendingUnit]]:
    plan = make_plan(EXPERIMENT, dataset)
    works = [
        PendingUnit(unit, {cell.id: plan.questions[cell.task] for cell in unit.cells}, None)
        for unit in plan.units
    ]
    return plan, works


def worker(
    transport: Counting,
    sink: Sink,
    dataset: Dataset,
    concurrency: int = 10,
    stop: Stop | None = None,
    **more: Any,
) -> Worker:
    upstream = Connection("fake", transport, NoWait(), {"OPENAI_API_KEY": "sk"}, **more)
    options: dict[str, Any] = {"concurrency": concurrency, "stop": stop or Stop(), "retry_errors": False}
    return Worker(EXPERIMENT, dataset, upstream, sink, **options)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_dataset(None, tasks=["coding"], limit=12)


def test_no_more_requests_are_in_flight_than_allowed(dataset: Dataset) -> None:
    transport, sink = Counting(together=7), Sink()
    plan, works = work_of(dataset)
    assert worker(transport, sink, dataset, concurrency=7).run(iter(works), lambda _: None) == Failures()
    assert transport.most == 7
    assert len(sink.said) == plan.asked


@pytest.mark.parametrize("fails_from", [None, 1])
def test_each_unit_that_has_ended_is_told_and_the_files_of_a_recording_are_closed(
    dataset: Dataset, fails_from: int | None
) -> None:
    plan, works = work_of(dataset)
    ended: list[Unit] = []
    released: list[bool] = []
    made = worker(Counting(fails_from, code=404), Sink(), dataset, release=lambda: released.append(True))
    failures = made.run(iter(works), ended.append)
    assert set(ended) == set(plan.units)
    assert len(failures.final) == (len(plan.units) if fails_from else 0)
    assert released == [True]


def test_a_unit_of_which_a_stop_leaves_questions_is_not_told_as_done(dataset: Dataset) -> None:
    plan, works = work_of(dataset)
    ended: list[Unit] = []
    stop = Stop()

    class Stops(Counting):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if self.asked == plan.asked // 2 + 3:  # in the second unit
                stop.request()
            return await super().handle_async_request(request)

    sink = Sink()
    stopped = worker(Stops(), sink, dataset, concurrency=1, stop=stop)
    assert stopped.run(iter(works), ended.append) == Failures()
    assert ended == [plan.units[0]]
    assert plan.asked / 2 < len(sink.said) < plan.asked


def test_a_unit_is_paced_as_its_base_model(dataset: Dataset) -> None:
    class Noted(Pacers):
        asked: ClassVar[set[str]] = set()

        def of(self, model: str) -> Pacer | None:
            self.asked.add(model)
            return super().of(model)

    pacers, sink = Noted([MODEL]), Sink()
    plan, works = work_of(dataset)
    assert worker(Counting(), sink, dataset, pacers=pacers).run(iter(works), lambda _: None) == Failures()
    assert pacers.asked == {MODEL}
    assert len(sink.said) == plan.asked


def test_a_checkpoint_that_a_job_did_not_keep_is_named_and_its_cell_is_not_asked(dataset: Dataset) -> None:
    plan, works = work_of(dataset)
    (training,) = plan.trainings
    done = [replace(work, before=TrainingRow(training.id, "succeeded", "job", {3: "ft:c"})) for work in works]
    transport = Counting()
    failures = worker(transport, Sink(), dataset).run(iter(done), lambda _: None)
    cell = plan.cells[-1]
    assert failures.final == [f"cell {cell.id}: the job kept no checkpoint of epoch 2, only 3"]
    assert transport.asked == plan.asked / 2


def test_failures_of_workers_are_put_together() -> None:
    whole = Failures(["a"], ["b"])
    whole.add(Failures(["c"], ["d", "e"]))
    assert whole == Failures(["a", "c"], ["b", "d", "e"])


def test_the_intent_is_kept_before_the_job_is_created(dataset: Dataset) -> None:
    sink = Sink()
    worker(Counting(), sink, dataset).run(iter(work_of(dataset)[1]), lambda _: None)
    assert [row.state for row in sink.trainings] == ["intended", "created", "succeeded"]


def test_answers_are_kept_in_groups_of_at_most_fifty(dataset: Dataset) -> None:
    sink = Sink()
    worker(Counting(), sink, dataset).run(iter(work_of(dataset)[1]), lambda _: None)
    assert all(0 < len(group) <= GROUP for group in sink.groups)


def test_an_answer_that_waits_alone_is_kept_soon() -> None:
    sink = Sink()

    async def story() -> None:
        groups = Groups(sink.answers)
        groups.add(Answer("c", "q", "x", "stop", "", 1, 1))
        assert not sink.groups
        await asyncio.sleep(0.5)
        assert len(sink.said) == 1

    asyncio.run(story())


def test_what_was_answered_when_the_service_went_away_is_kept(dataset: Dataset) -> None:
    transport, sink = Counting(fail_from=20), Sink()
    failures = worker(transport, sink, dataset).run(iter(work_of(dataset)[1]), lambda _: None)
    assert len(failures.for_now) == 2
    assert all("resume" in said for said in failures.for_now)
    assert len(sink.said) == transport.taken > 0


def test_what_waits_for_its_group_when_the_service_goes_away_is_kept(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fbench.runner.pool.SECONDS", 3600.0)  # no timer helps
    transport, sink = Counting(fail_from=20), Sink()
    failures = worker(transport, sink, dataset).run(iter(work_of(dataset)[1]), lambda _: None)
    assert len(failures.for_now) == 2
    assert all("resume" in said for said in failures.for_now)
    assert len(sink.said) == transport.taken > 0


def test_a_refused_key_is_told_once_and_what_is_left_of_that_provider_is_not_begun(dataset: Dataset) -> None:
    transport, sink = Counting(fail_from=1, code=401), Sink()
    failures = worker(transport, sink, dataset, concurrency=1).run(iter(work_of(dataset)[1]), lambda _: None)
    assert len(failures.final) == 1
    assert failures.for_now == []
    assert transport.asked == 1
    assert sink.trainings == []


def test_a_model_that_is_refused_leaves_other_parts_alone(dataset: Dataset) -> None:
    transport, sink = Counting(fail_from=1, code=404), Sink()
    failures = worker(transport, sink, dataset).run(iter(work_of(dataset)[1]), lambda _: None)
    assert len(failures.final) == 2
    assert sink.trainings[-1].state == "succeeded"


def test_a_rejected_question_is_an_answer_with_an_error(dataset: Dataset) -> None:
    transport, sink = Counting(fail_from=1, code=400), Sink()
    plan, works = work_of(dataset)
    assert worker(transport, sink, dataset).run(iter(works), lambda _: None) == Failures()
    assert len(sink.said) == plan.asked
    assert all(answer.error and not answer.text for answer in sink.said)


def test_a_stopped_run_goes_on_where_it_was_and_asks_nothing_twice(tmp_path: Path) -> None:
    ready = prepare(EXPERIMENT)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        make_folder(folder, EXPERIMENT)
    execute(ready, whole, jobs=1)

    class StopsSoon(Stop):
        looks = 0

        @property
        def requested(self) -> bool:
            self.looks += 1
            return self.looks > 25

    stops = 0
    while not (parts / "results.json").exists():
        try:
            execute(ready, parts, jobs=1, concurrency=3, stop=StopsSoon())
        except Incomplete:
            stops += 1
    assert stops > 1
    assert (parts / "results.json").read_bytes() == (whole / "results.json").read_bytes()


def test_requests_that_are_sent_again_are_told_by_their_cell(dataset: Dataset) -> None:
    class Once(Counting):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.url.path.endswith("/chat/completions") and self.asked == 0:
                self.asked += 1
                return httpx2.Response(503, json={"error": {"message": "busy"}}, request=request)
            return await super().handle_async_request(request)

    sink = Sink()
    plan, works = work_of(dataset)
    assert worker(Once(), sink, dataset, concurrency=1).run(iter(works), lambda _: None) == Failures()
    assert sink.again == [plan.units[0].cells[0].id]
