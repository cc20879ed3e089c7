"""A training after a crash: what was paid for is adopted, whatever was known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from fakes import FakeTransport, World
from fakes.failures import Fault, JobFailure, job_cancelled, job_fails, job_hangs
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.errors import CassetteMiss, Incomplete, ProviderFailed
from fbench.providers import Example, Provider, TuningSpec, connect, profile_of
from fbench.providers.connection import Connection
from fbench.providers.model import CannotTell, Job, JobState, Rejected
from fbench.request_context import current_attempt
from fbench.runner.budget import Asked
from fbench.runner.experiment import Prices
from fbench.runner.stop import Stop, Stopped
from fbench.runner.store import TrainingRow
from fbench.runner.train import Trainer
from tests.pipeline.sinks import Unasked, WithoutLimit

MODELS = ("openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro")
ENVIRON = {"OPENAI_API_KEY": "sk", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "us-central1"}
EXAMPLES = tuple(Example(f"q{i}", f"a{i}") for i in range(12))


class Rows(WithoutLimit):
    """Keeps the rows of trainings, and what each may cost."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TrainingRow] = []
        self.steps: list[str] = []
        self.most_usd: list[float | None] = []

    def reserve(self, asked: Sequence[Asked]) -> int:
        self.most_usd += [each.most_usd for each in asked]
        self.steps.append("reserved")
        return super().reserve(asked)

    def training(self, row: TrainingRow) -> None:
        self.rows.append(row)
        self.steps.append(row.state)

    def answers(self, answers: object) -> None:
        raise AssertionError(f"a training has no answers: {answers}")


class Story:
    """A service, and processes that come and go."""

    def __init__(
        self, model: str, examples: tuple[Example, ...] = EXAMPLES, fate: JobFailure | None = None
    ) -> None:
        self.world = World(learner=ScriptedLearner({}), faults=[fate] if fate else [])
        self.profile, name = profile_of(model)
        self.spec = TuningSpec(name, examples, 3, 0, "key")
        self.sink = Rows()

    def provider(self) -> Provider:
        upstream = Connection("fake", FakeTransport(self.world), NoWait(), ENVIRON)
        return connect(upstream, self.profile)

    def train(self, before: TrainingRow | None, *, retry_errors: bool = False) -> dict[int, str]:
        trainer = Trainer(self.sink, NoWait(), 0, 0, Stop(), asyncio.Semaphore(), retry_errors)
        return asyncio.run(trainer.train("t", self.spec, before, self.provider(), None))

    @property
    def jobs(self) -> int:
        return len(self.world.openai.jobs) + len(self.world.vertex.jobs)


@pytest.fixture(params=MODELS)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(request.param)


@pytest.mark.parametrize(
    "model", ["openai:gpt-4o", "openai:o3-mini-2025-01-31", "openai:no-such-model", "vertex:nothing"]
)
def test_a_job_that_the_service_refuses_is_a_failed_training(model: str) -> None:
    story = Story(model)
    with pytest.raises(ProviderFailed, match=model.partition(":")[2]):
        story.train(None)
    assert [row.state for row in story.sink.rows] == ["intended", "failed"]


def test_a_crash_after_the_job_was_created_and_before_it_was_noted(story: Story) -> None:
    asyncio.run(story.provider().create(story.spec))
    models = story.train(TrainingRow("t", "intended"))
    assert story.jobs == 1
    assert 3 in models


@pytest.mark.parametrize("late", [1, 3])
def test_such_a_job_is_found_though_the_service_lists_it_late_and_keeps_no_metadata(
    story: Story, late: int
) -> None:
    openai = {"lists_late": late, "lacks_metadata": True}
    story.world.behave({}, {"openai": openai, "vertex": {"lists_late": late}})
    asyncio.run(story.provider().create(story.spec))
    models = story.train(TrainingRow("t", "intended"))
    assert story.jobs == 1
    assert 3 in models


def test_a_crash_before_the_job_was_created(story: Story) -> None:
    story.train(TrainingRow("t", "intended"))
    assert story.jobs == 1


def test_a_crash_while_the_job_ran(story: Story) -> None:
    job = asyncio.run(story.provider().create(story.spec))
    models = story.train(TrainingRow("t", "created", job.id))
    assert story.jobs == 1
    assert [row.state for row in story.sink.rows] == ["succeeded"]
    assert 3 in models


def test_a_crash_after_the_job_had_succeeded(story: Story) -> None:
    models = story.train(None)
    done = story.sink.rows[-1]
    assert story.train(done) == models
    assert story.jobs == 1


def test_a_failed_job_is_not_adopted() -> None:
    failing = Story(MODELS[0], (Example("q", ""),) * 12)
    with pytest.raises(ProviderFailed, match="did not succeed"):
        failing.train(None)
    assert failing.sink.rows[-1].state == "failed"
    assert failing.sink.rows[-1].error
    with pytest.raises(ProviderFailed):
        failing.train(failing.sink.rows[-1])
    assert failing.jobs == 2


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("fate", "told"), [(job_fails("It is too hot."), "too hot"), (job_cancelled(), "cancelled")]
)
def test_a_job_that_the_service_ends_is_told_in_words(model: str, fate: JobFailure, told: str) -> None:
    story = Story(model, fate=fate)
    with pytest.raises(ProviderFailed, match=f"training t: job .* did not succeed: .*{told}"):
        story.train(None)
    assert [row.state for row in story.sink.rows] == ["intended", "created", "failed"]
    assert told in (story.sink.rows[-1].error or "")


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_a_service_says_to_a_look_at_a_job_is_no_end_of_it(story: Story, status: int) -> None:
    story.world.faults.set([Fault(status=status, method="GET", path="obs/[^/]+$", calls=(2,))])
    with pytest.raises(ProviderFailed):
        story.train(None)
    assert [row.state for row in story.sink.rows] == ["intended", "created"]
    assert story.sink.kept == ["train t"]  # it may be paid for
    assert 3 in story.train(story.sink.rows[-1])
    assert story.jobs == 1


def test_a_job_that_is_gone_is_created_again_on_request_alone() -> None:
    gone = TrainingRow("t", "created", "ftjob-gone")
    story = Story(MODELS[0])
    with pytest.raises(
        ProviderFailed, match=r"ftjob-gone.* --retry-errors creates another one if it is gone"
    ):
        story.train(gone)
    assert story.jobs == 0
    assert 3 in story.train(gone, retry_errors=True)
    assert story.jobs == 1


@pytest.mark.parametrize("model", MODELS)
def test_a_job_that_takes_longer_than_others_is_waited_for(model: str) -> None:
    assert 3 in Story(model, fate=job_hangs(20)).train(None)


def test_a_job_that_hangs_is_not_watched_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fbench.runner.train.LOOKS", 20)
    hanging = Story(MODELS[0], fate=job_hangs())
    with pytest.raises(Incomplete, match=r"looked at 20 times and is still not done.*fbench resume"):
        hanging.train(None)
    assert hanging.sink.rows[-1].state == "created"


# --- a service that does what a test says ---

RUNNING, DONE = Job("job-1", JobState.RUNNING), Job("job-1", JobState.SUCCEEDED, {3: "ft:c"}, 7)
SPEC = TuningSpec("small", EXAMPLES, 3, 0, "key")


class Told(Unasked):
    """Finds, creates and reads what it is told, the last of it again and again."""

    def __init__(
        self,
        sink: Rows,
        *,
        found: Sequence[Job | Exception | None] = (None,),
        created: Job | Exception = DONE,
        read: Sequence[Job | Exception] = (DONE,),
    ) -> None:
        self.sink, self.found, self.created, self.looks = sink, found, created, read
        self.reads: list[str] = []

    async def find(self, spec: TuningSpec) -> Job | None:
        assert spec == SPEC
        self.sink.steps.append("looked for")
        found, *later = self.found
        self.found = later or [found]
        if isinstance(found, Exception):
            raise found
        return found

    async def create(self, spec: TuningSpec) -> Job:
        assert spec == SPEC
        self.sink.steps.append("created at the service")
        if isinstance(self.created, Exception):
            raise self.created
        return self.created

    async def read(self, job_id: str) -> Job:
        self.reads.append(job_id)
        job, *later = self.looks
        self.looks = later or [job]
        if isinstance(job, Exception):
            raise job
        return job


class Waits:
    """A clock that notes how long was waited, and whether others could have the slot meanwhile."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self.slots = slots
        self.seconds: list[float] = []
        self.was_free: list[bool] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.was_free.append(not self.slots.locked())


class Trained:
    """A training at such a service, and how it went."""

    def __init__(self, **told: Any) -> None:
        self.sink = Rows()
        self.service = Told(self.sink, **told)
        self.slots = asyncio.Semaphore()
        self.clock = Waits(self.slots)
        self.stop = Stop()

    def go(
        self, before: TrainingRow | None = None, *, poll: float = 30.0, retry_errors: bool = False
    ) -> dict[int, str]:
        async def story() -> dict[int, str]:
            await self.slots.acquire()
            trainer = Trainer(self.sink, self.clock, poll, 0.5, self.stop, self.slots, retry_errors)
            try:
                return await trainer.train("t", SPEC, before, self.service, Prices(train=2.0, **FREE))
            finally:
                assert self.slots.locked()
                self.slots.release()

        return asyncio.run(story())


FREE = dict.fromkeys(("base_input", "base_output", "tuned_input", "tuned_output"), 0.0)
INTENDED, FAILED = TrainingRow("t", "intended"), TrainingRow("t", "failed", error="too hot")
MADE = ["reserved", "intended", "created at the service", "created", "succeeded"]


def test_a_job_is_reserved_and_intended_before_it_is_created() -> None:
    story = Trained()
    assert story.go() == {3: "ft:c"}
    assert story.sink.steps == MADE
    assert story.sink.most_usd == [3 * 12 * (len("q1a1") + 16) * 2.0 / 1e6 + 3 * 2 * 2 * 2.0 / 1e6]
    assert story.sink.rows[-1] == TrainingRow("t", "succeeded", "job-1", {3: "ft:c"}, 7)


def test_of_a_training_that_succeeded_nothing_more_is_asked() -> None:
    story = Trained()
    assert story.go(TrainingRow("t", "succeeded", "job-1", {3: "ft:c"}, 7)) == {3: "ft:c"}
    assert story.sink.steps == []


@pytest.mark.parametrize(("poll", "free"), [(30.0, True), (0.0, False)])
def test_others_have_the_slot_while_a_job_is_watched_that_takes_time(poll: float, *, free: bool) -> None:
    story = Trained(created=RUNNING, read=[RUNNING, RUNNING, DONE])
    assert story.go(poll=poll) == {3: "ft:c"}
    assert story.service.reads == ["job-1"] * 3
    assert story.clock.seconds == [poll] * 3
    assert story.clock.was_free == [free] * 3


@pytest.mark.parametrize(("read", "end"), [(DONE, "succeeded"), (Incomplete("later"), "unclear")])
def test_what_a_training_has_reserved_is_free_though_others_keep_the_slots_as_they_wait_for_it(
    read: Job | Incomplete, end: str
) -> None:
    story = Trained(created=RUNNING, read=[read])

    class Others(Waits):
        left = 100

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            await self.slots.acquire()
            self.waiting = asyncio.create_task(self.wait())

        async def wait(self) -> None:
            while self.left and end not in (*story.sink.steps, *["unclear"][: len(story.sink.kept)]):
                self.left -= 1
                await asyncio.sleep(0)
            self.slots.release()

    story.clock = others = Others(story.slots)
    with pytest.raises(Incomplete) if isinstance(read, Incomplete) else nullcontext():
        story.go()
    assert others.left


def test_a_job_is_looked_at_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fbench.runner.train.LOOKS", 3)
    assert Trained(created=RUNNING, read=[RUNNING, RUNNING, DONE]).go() == {3: "ft:c"}
    story = Trained(created=RUNNING, read=[RUNNING])
    with pytest.raises(
        Incomplete, match=r"training t: job job-1 was looked at 3 times and is still not done"
    ):
        story.go()
    assert len(story.service.reads) == 3


def test_a_stop_ends_the_watching_of_a_job_that_is_known() -> None:
    story = Trained(created=RUNNING, read=[RUNNING])
    story.stop.request()
    with pytest.raises(Stopped):
        story.go()
    assert story.sink.steps[-1] == "created"


def test_a_job_that_was_being_created_is_looked_for_longer_and_longer_before_another_is() -> None:
    story = Trained()
    story.go(INTENDED)
    assert story.sink.steps == ["looked for"] * 5 + MADE
    assert story.clock.seconds == [0.5, 1.0, 2.0, 4.0]
    assert story.sink.unsent == ["train t"]  # what was reserved for the one that is not there
    story = Trained(found=[None, None, RUNNING])
    story.go(INTENDED)
    assert story.sink.steps == ["looked for"] * 3 + ["created", "succeeded"]
    assert story.sink.unsent == []


def test_a_job_that_was_created_though_its_training_failed_is_adopted() -> None:
    story = Trained(found=[RUNNING])
    story.go(FAILED)
    assert story.sink.steps == ["looked for", "created", "succeeded"]


@pytest.mark.parametrize("found", [None, CannotTell("its list says too little")])
def test_a_training_that_failed_is_tried_again_after_one_look(found: Exception | None) -> None:
    story = Trained(found=[found])
    story.go(FAILED)
    assert story.sink.steps == ["looked for", *MADE]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CannotTell("its list says too little"), "its list says too little"),
        (
            ProviderFailed("no lists here"),
            r"training t: a job was being .*\(no lists here\).* --retry-errors",
        ),
    ],
)
def test_where_nobody_can_tell_whether_a_job_was_created_another_is_bought_on_request_alone(
    error: Exception, words: str
) -> None:
    story = Trained(found=[error])
    with pytest.raises(CannotTell, match=words):
        story.go(INTENDED)
    assert story.sink.steps == ["looked for"]
    story.go(INTENDED, retry_errors=True)
    assert story.sink.steps[1:] == ["looked for", *MADE]


@pytest.mark.parametrize("error", [Rejected("a bad file"), ProviderFailed("a bad file")])
def test_a_job_that_is_refused_is_a_training_that_failed(error: Exception) -> None:
    story = Trained(created=error)
    with pytest.raises(ProviderFailed, match="a bad file"):
        story.go()
    assert story.sink.rows[-1] == TrainingRow("t", "failed", error="a bad file")


def test_a_job_whose_creation_was_not_recorded_is_looked_for_in_the_recording() -> None:
    miss = CassetteMiss("no recording of it")
    story = Trained(created=miss, found=[None, DONE])
    assert story.go() == {3: "ft:c"}
    assert story.sink.steps[2:] == [
        "created at the service",
        "looked for",
        "looked for",
        "created",
        "succeeded",
    ]
    with pytest.raises(CassetteMiss):
        Trained(created=miss).go()


def test_a_creation_that_is_tried_again_is_reserved_once_since_the_job_is_looked_for_between() -> None:
    class Unclear(Told):
        async def create(self, spec: TuningSpec) -> Job:
            attempt = current_attempt.get()
            assert attempt is not None
            attempt.failed(may_be_paid=True)
            await attempt.again()
            return await super().create(spec)

    story = Trained()
    story.service = Unclear(story.sink)
    story.go()
    assert story.sink.steps == MADE
    assert story.sink.kept == []
