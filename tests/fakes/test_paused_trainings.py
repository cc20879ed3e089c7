"""Trainings in the background that are paused: they give their place up, and have another one later."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Event

import pytest

from fakes import World
from fakes.doors.training import Trainings
from fakes.learners import Example, Hyper, Model, Reply, Run
from fakes.learners.capabilities import TrainingPaused, TrainingStopped, Watch, training_of
from fakes.learners.unchanging import run_of
from fakes.work import Training
from tests.fakes.clients import BASE, openai_client, upload

EXAMPLES = [Example("Who?", "Ann")]
HYPER = Hyper(epochs=3)


class _Silent:
    def answer(self, *_: object, **__: object) -> Reply:
        return Reply("", 0.0)


class _Learner:
    """Trains one step, waits to be let, and makes the others; begun again, it begins anew."""

    def __init__(self, *, let: bool = False) -> None:
        self.go, self.began, self.calls = Event(), Event(), 0
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


def test_pausing_a_job_pauses_its_training() -> None:
    learner, trainings = _Learner(), Trainings()
    world = World(learner=learner)
    world.openai.begin_training = trainings.begin
    client = openai_client(world)
    jobs = client.fine_tuning.jobs
    job = jobs.create(model=BASE, training_file=upload(client), hyperparameters={"n_epochs": 3})

    def looks() -> tuple[str, int]:
        trainings.notice()
        statuses = [jobs.retrieve(job.id).status for _ in range(3)]
        events = [event for event in jobs.list_events(job.id).data if event.type == "metrics"]
        return statuses[-1], len(events)

    looks()
    assert learner.began.wait(10)
    assert looks() == ("running", 1)
    jobs.pause(job.id)
    learner.go.set()
    trainings.wait()
    assert looks() == ("running", 1)
    jobs.resume(job.id)
    trainings.wait()
    assert looks() == ("succeeded", 3)
