"""What moves jobs on."""

from __future__ import annotations

import json

import pytest
from openai import OpenAI

from fakes import World, intercept
from fakes.learners.scripted import ScriptedLearner
from fakes.timeline import ByClock, ByHand, Pace

LINE = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
FILE = ("t.jsonl", "\n".join([json.dumps(LINE)] * 10).encode())


class Clock:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def world(pace: Pace) -> World:
    return World(pace=pace, learner=ScriptedLearner({}))


def started(client: OpenAI) -> str:
    file = client.files.create(file=FILE, purpose="fine-tune")
    return client.fine_tuning.jobs.create(model="gpt-4o-mini-2024-07-18", training_file=file.id).id


def test_by_hand_a_job_stays_where_it_is_until_the_world_is_advanced() -> None:
    with intercept(world(ByHand())) as made:
        client = OpenAI(api_key="k")
        job = started(client)
        states: list[str] = []
        for _ in range(4):
            states += [client.fine_tuning.jobs.retrieve(job).status for _ in range(2)]
            made.advance()
    assert states == [s for s in ("validating_files", "queued", "running", "succeeded") for _ in range(2)]


def test_by_the_clock_a_job_takes_the_time_that_its_phases_take() -> None:
    clock = Clock()
    with intercept(world(ByClock(60, clock))):
        client = OpenAI(api_key="k")
        job = started(client)
        seen: dict[float, str] = {}
        for seconds in (0.0, 0.4, 0.6, 1.4, 1.6, 31.4, 31.6, 9999.0):
            clock.seconds = 1000 + seconds
            seen[seconds] = client.fine_tuning.jobs.retrieve(job).status
    assert list(seen.values()) == [
        *("validating_files", "validating_files", "queued", "queued"),
        *("running", "running", "succeeded", "succeeded"),
    ]


def test_by_the_clock_a_job_that_nobody_watched_is_done_in_time_and_a_list_shows_it() -> None:
    clock = Clock()
    with intercept(world(ByClock(600, clock))):
        client = OpenAI(api_key="k")
        started(client)
        clock.seconds += 3600
        (job,) = client.fine_tuning.jobs.list()
    assert job.status == "succeeded"


def test_a_job_has_the_same_times_whatever_its_pace() -> None:
    clock = Clock()
    ends: list[tuple[int, int | None]] = []
    for pace in (ByClock(600, clock), ByHand()):
        with intercept(world(pace)) as made:
            client = OpenAI(api_key="k")
            job = started(client)
            clock.seconds += 3600
            for _ in range(3):
                made.advance()
            done = client.fine_tuning.jobs.retrieve(job)
            ends.append((done.created_at, done.finished_at))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("speed", [0, -1.0, float("nan")])
def test_a_speed_that_gets_nowhere_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        ByClock(speed)
