"""A training after a crash: what was paid for is adopted, whatever was known of it."""

from __future__ import annotations

import asyncio

import pytest

from fakes import FakeTransport, World
from fakes.failures import JobFailure, job_cancelled, job_fails, job_hangs
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.errors import Incomplete, ProviderFailed
from fbench.providers import Example, Provider, TuningSpec, connect, profile_of
from fbench.providers.connection import Connection
from fbench.runner.store import TrainingRow
from fbench.runner.train import Trainer
from tests.pipeline.sinks import WithoutLimit

MODELS = ("openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro")
ENVIRON = {"OPENAI_API_KEY": "sk", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "us-central1"}
EXAMPLES = tuple(Example(f"q{i}", f"a{i}") for i in range(12))


class Rows(WithoutLimit):
    """Keeps the rows of trainings."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TrainingRow] = []

    def training(self, row: TrainingRow) -> None:
        self.rows.append(row)

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

    def train(self, before: TrainingRow | None) -> dict[int, str]:
        trainer = Trainer(self.sink, NoWait(), 0)
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


@pytest.mark.parametrize("model", MODELS)
def test_a_job_that_takes_longer_than_others_is_waited_for(model: str) -> None:
    assert 3 in Story(model, fate=job_hangs(20)).train(None)


def test_a_job_that_hangs_is_not_watched_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fbench.runner.train.LOOKS", 20)
    hanging = Story(MODELS[0], fate=job_hangs())
    with pytest.raises(Incomplete, match=r"looked at 20 times and is still not done.*fbench resume"):
        hanging.train(None)
    assert hanging.sink.rows[-1].state == "created"
