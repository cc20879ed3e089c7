"""Trainings in the background that are paused: they give their place up, and have another one later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import openai
import pytest

from fakes import World
from fakes.doors.clock import Clock
from fakes.doors.journal import Journal
from fakes.doors.training import Trainings
from fakes.failures import Ending, JobFailure
from fakes.learners import Example, Hyper, Model, Reply, Run
from fakes.learners.capabilities import TrainingPaused, TrainingStopped, Watch, training_of
from fakes.learners.unchanging import run_of
from fakes.timeline import ByClock
from fakes.work import Training
from tests.fakes.clients import BASE, openai_client, upload
from tests.fakes.servers import served

EXAMPLES = [Example("Who?", "Ann")]
HYPER = Hyper(epochs=3)


class _Silent:
    def answer(self, *_: object, **__: object) -> Reply:
        return Reply("", 0.0)


class _Learner:
    """Trains one step, waits to be let, and makes the others; begun again, it begins anew."""

    def __init__(self, *, let: bool = False) -> None:
        self.go, self.began, self.calls, self.made = Event(), Event(), 0, 1
        if let:
            self.go.set()

    def base(self, name: str) -> Model:
        del name
        return _Silent()

    def train(
        self,
        base: Model,
        examples: Sequence[Example],
        hyper: Hyper,
        validation: Sequence[Example] = (),
        *,
        watch: Watch | None = None,
    ) -> Run:
        assert watch is not None
        watch.check()
        run = run_of(base, examples, hyper, validation)
        self.calls += 1
        watch.total = len(run.steps)
        watch.steps.append(run.steps[0])
        self.began.set()
        assert self.go.wait(10)
        for step in run.steps[1:]:
            watch.check()
            watch.steps.append(step)
            self.made += 1
        return run


def begin(trainings: Trainings, learner: _Learner, watch: Watch | None = None) -> Training:
    watch = watch or Watch()
    train = training_of(learner, learner.base("m"), EXAMPLES, HYPER, (), watch=watch)
    return trainings.begin(train, watch)


def begun(trainings: Trainings) -> tuple[_Learner, Training]:
    learner = _Learner()
    training = begin(trainings, learner)
    assert learner.began.wait(10)
    return learner, training


def test_a_paused_training_lets_the_next_one_train_and_goes_on_later() -> None:
    trainings = Trainings()
    learner, first = begun(trainings)
    second = begin(trainings, _Learner(let=True))
    first.pause()
    learner.go.set()
    assert len(second.result().steps) == 3
    trainings.notice()
    assert (first.done(), second.done()) == (False, True)
    assert first.watch is not None
    assert len(first.watch.steps) == 1
    first.resume()
    assert len(first.result().steps) == 3
    assert learner.calls == 2
    assert len(first.watch.steps) == 3, "no step is told twice"


def test_one_that_is_paused_before_its_turn_is_passed_over() -> None:
    trainings = Trainings()
    learner, first = begun(trainings)
    passed, last = _Learner(let=True), _Learner(let=True)
    second, third = begin(trainings, passed), begin(trainings, last)
    second.pause()
    learner.go.set()
    assert len(third.result().steps) == 3
    trainings.notice()
    assert [each.begun() for each in (first, second, third)] == [True, False, True]
    assert passed.calls == 0
    second.resume()
    assert len(second.result().steps) == 3


def test_a_pause_that_is_taken_back_before_the_next_step_costs_nothing() -> None:
    trainings = Trainings()
    learner, training = begun(trainings)
    training.pause()
    training.resume()
    learner.go.set()
    assert len(training.result().steps) == 3
    assert learner.calls == 1


def test_one_that_goes_on_while_it_still_leaves_is_not_lost() -> None:
    trainings = Trainings()
    found: list[Training] = []

    class Late(_Learner):
        def train(self, *args: object, watch: Watch | None = None, **more: object) -> Run:
            del args, watch, more
            self.calls += 1
            if self.calls == 1:
                assert self.go.wait(10)
                found[0].resume()
                raise TrainingPaused
            return run_of(_Silent(), EXAMPLES, HYPER, ())

    learner = Late()
    found.append(begin(trainings, learner))
    found[0].pause()
    learner.go.set()
    found[0].resume()
    assert len(found[0].result().steps) == 3


def test_nobody_waits_for_one_that_is_paused() -> None:
    trainings = Trainings()
    learner, training = begun(trainings)
    training.pause()
    learner.go.set()
    trainings.wait()
    asyncio.run(trainings.ended())
    trainings.notice()
    assert not training.done()


@pytest.mark.parametrize("how", ["cancel", "drop", "end"])
def test_one_that_is_cancelled_while_it_is_paused_comes_to_its_end(how: str) -> None:
    trainings = Trainings()
    learner, training = begun(trainings)
    training.pause()
    learner.go.set()
    trainings.wait()
    {"cancel": training.cancel, "drop": trainings.drop, "end": trainings.end}[how]()
    if how != "end":
        with pytest.raises(TrainingStopped):
            training.result()
    assert learner.calls == 1


def test_a_server_that_keeps_its_state_pauses_what_it_trains_as_it_ends() -> None:
    trainings, learner, waiting = Trainings(), _Learner(), _Learner(let=True)

    class Heard(Watch):
        def pause(self) -> None:
            super().pause()
            learner.go.set()

    watch = Heard()
    begin(trainings, learner, watch)
    begin(trainings, waiting)
    assert learner.began.wait(10)
    trainings.end(resumable=True)
    assert len(watch.steps) == 1
    assert (learner.calls, waiting.calls) == (1, 0)


@pytest.fixture
def trainings() -> Trainings:
    return Trainings()


@pytest.fixture
def learner() -> _Learner:
    return _Learner()


@pytest.fixture
def world(learner: _Learner, trainings: Trainings) -> World:
    world = World(learner=learner)
    world.openai.begin_training = trainings.begin
    return world


class _Looking:
    """A job that is looked at until nothing moves it on."""

    def __init__(self, world: World, trainings: Trainings) -> None:
        self._trainings, client = trainings, openai_client(world)
        self.jobs = client.fine_tuning.jobs
        made = self.jobs.create(model=BASE, training_file=upload(client), hyperparameters={"n_epochs": 3})
        self.id, self.record = made.id, world.openai.jobs[made.id]

    def look(self) -> tuple[str, int]:
        """The status, and the number of steps in the events."""
        self._trainings.notice()
        statuses = [self.jobs.retrieve(self.id).status for _ in range(3)]
        events = [event for event in self.jobs.list_events(self.id).data if event.type == "metrics"]
        return statuses[-1], len(events)


def test_pausing_a_job_pauses_its_training(world: World, learner: _Learner, trainings: Trainings) -> None:
    job = _Looking(world, trainings)
    job.look()
    assert learner.began.wait(10)
    assert job.look() == ("running", 1)
    job.jobs.pause(job.id)
    learner.go.set()
    trainings.wait()
    assert job.look() == ("running", 1)
    job.jobs.resume(job.id)
    trainings.wait()
    assert job.look() == ("succeeded", 3)


@pytest.mark.parametrize("how", ["cancelled", "failed", "succeeded"])
def test_a_job_that_has_ended_keeps_no_examples_and_no_training(
    world: World, learner: _Learner, trainings: Trainings, how: str
) -> None:
    if how == "failed":
        world.faults.set([JobFailure(Ending.FAILS)])
    job = _Looking(world, trainings)
    job.look()
    assert learner.began.wait(10)
    if how == "cancelled":
        job.jobs.cancel(job.id)
    if how == "succeeded":
        learner.go.set()
        trainings.wait()
    assert job.look()[0] == how
    learner.go.set()
    trainings.wait()
    assert learner.made == (3 if how == "succeeded" else 1), "it is not trained on"
    assert job.record.training is None
    assert job.record.input is not None
    assert job.record.input.examples == []
    assert job.jobs.retrieve(job.id).hyperparameters.n_epochs == 3


def test_an_error_of_a_learner_fails_its_job_and_the_server_goes_on(
    world: World, learner: _Learner, trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(learner.began, "set", broken)
        job = _Looking(world, trainings)
        job.look()
        trainings.wait()
    assert job.look()[0] == "failed"
    error = job.jobs.retrieve(job.id).error
    assert error is not None
    assert error.message == "The training ended with an error: OSError: [Errno 28] No space left on device"
    learner.go.set()
    after = _Looking(world, trainings)
    after.look()
    trainings.wait()
    assert after.look()[0] == "succeeded"


@contextmanager
def at_state(learner: _Learner, state: Path) -> Generator[openai.OpenAI]:
    """A client of a server that keeps its state in a file."""
    clock = Clock()
    world = World(learner=learner, pace=ByClock(1e6, clock))
    with (
        closing(Journal(state)) as journal,
        served(world, journal, clock=clock) as address,
        openai.OpenAI(base_url=f"{address}/openai/v1", api_key="sk-fake", max_retries=0) as client,
    ):
        yield client


def test_a_server_that_is_begun_anew_tells_the_steps_of_a_job_that_was_cancelled(tmp_path: Path) -> None:
    def events(client: openai.OpenAI, job_id: str) -> list[str]:
        return [each.to_json() for each in client.fine_tuning.jobs.list_events(job_id)]

    learner, state = _Learner(), tmp_path / "state"
    with at_state(learner, state) as client:
        job = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client))
        for _ in range(500):
            if any("metrics" in each for each in events(client, job.id)):
                break
            time.sleep(0.01)
        client.fine_tuning.jobs.cancel(job.id)
        told = events(client, job.id)
        learner.go.set()
    assert sum("metrics" in each for each in told) == 1
    with at_state(_Learner(let=True), state) as client:
        assert client.fine_tuning.jobs.retrieve(job.id).status == "cancelled"
        assert events(client, job.id) == told
