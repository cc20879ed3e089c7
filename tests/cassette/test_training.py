"""A training whose job was found again, because the answer to its creation was lost, replays all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes import FakeTransport, World
from fakes.failures import Fault, FaultKind
from fakes.learners.scripted import ScriptedLearner
from fbench.cassette import Cassette, CassetteTransport
from fbench.clock import NoWait
from fbench.providers import Example, TuningSpec, connect, profile_of
from fbench.providers.connection import Connection
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, TrainingRow
from fbench.runner.train import Trainer
from tests.pipeline.sinks import WithoutLimit

ENVIRON = {"OPENAI_API_KEY": "sk", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "us-central1"}
EXAMPLES = tuple(Example(f"q{i}", f"a{i}") for i in range(12))


class Nowhere(WithoutLimit):
    """Keeps nothing."""

    def training(self, row: TrainingRow) -> None:
        del row

    def answers(self, answers: Sequence[Answer]) -> None:
        del answers


def train(model: str, cassette: Cassette, inner: FakeTransport | None) -> dict[int, str]:
    profile, name = profile_of(model)
    provider = connect(Connection("fake", CassetteTransport(cassette, inner), NoWait(), ENVIRON), profile)
    spec = TuningSpec(name, EXAMPLES, 3, 0, "key")
    trainer = Trainer(Nowhere(), NoWait(), 0, 0, Stop(), asyncio.Semaphore(), retry_errors=False)
    return asyncio.run(trainer.train("t", spec, None, provider, None))


@pytest.mark.parametrize("model", ["openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"])
def test_a_job_whose_creation_was_not_recorded_is_found_in_the_recorded_list(
    tmp_path: Path, model: str
) -> None:
    lost = Fault(FaultKind.LOST).on(r"/(fine_tuning/jobs|tuningJobs)$", method="POST").at(1)
    world = World(learner=ScriptedLearner({}), faults=[lost])
    cassette = Cassette(tmp_path / "training.yaml", "new", provenance={"upstream": "fake"})
    models = train(model, cassette, FakeTransport(world))
    cassette.close()
    assert len(world.openai.jobs) + len(world.vertex.jobs) == 1
    assert train(model, Cassette(tmp_path / "training.yaml"), None) == models != {}
