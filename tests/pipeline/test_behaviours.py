"""A small experiment against models and services at their worst: whatever they do, fbench's numbers agree.

`nox -s behaviours` runs the suite of the whole pipeline against each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import fbench
from fakes import FakeTransport, World
from fakes.behaviours import Kind
from fbench import upstream
from fbench.analysis.results import Results
from fbench.clock import NoWait
from fbench.datasets.model import Dataset, Role
from fbench.errors import Incomplete
from fbench.grading.graders import Verdict
from fbench.pipeline import execute, prepare
from fbench.providers.connection import Connection
from fbench.providers.profiles import PROFILES
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.store import Answer, Store
from fbench.upstream import prior_of
from tests.stopping import StopsAfter

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-3.5-flash"
MODELS = (OPENAI, VERTEX)


class Ran:
    """A run of the experiment: its results, its answers, and their grades."""

    def __init__(self, folder: Path, results: Results) -> None:
        self.folder, self.results = folder, results
        with Store(folder / STORE) as store:
            self.answers: list[Answer] = sorted(store.answers())
        self.rows = fbench.grade(folder)

    @property
    def finishes(self) -> set[str]:
        return {answer.finish for answer in self.answers}

    def texts(self, verdict: Verdict) -> list[str]:
        return [row.response for row in self.rows if row.verdict is verdict]


class Bench:
    """Runs the experiment against worlds of one behaviour; `world` is the last of them."""

    world: World

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._patch = folder, monkeypatch
        self.recording = folder / "recording"

    def serve(self, models: Mapping[str, Any], services: Mapping[str, Any] | None = None) -> None:
        at = {profile.steady_url: profile.wire for profile in PROFILES.values() if profile.steady_url}
        places = {"GOOGLE_CLOUD_PROJECT": "fakes", "GOOGLE_CLOUD_LOCATION": "us-central1"}
        keys = {profile.key: "sk-fake" for profile in PROFILES.values()}

        def connected(dataset: Dataset, *, seed: int = 0, **_: object) -> Connection:
            self.world = World(
                seed=seed,
                prior=prior_of(dataset),
                behaviours=models,
                services=services or {},
            )
            return Connection("fake", FakeTransport(self.world, at), NoWait(), keys | places)

        self._patch.setattr(upstream, "fake", connected)

    def run(self, name: str, *, stop: int | None = None, **more: Any) -> Ran:
        """A run; with `stop` one that is stopped after so many requests, and then resumed."""
        roles = (Role.TAUGHT, Role.SAME)
        asked = Experiment(models=MODELS, tasks=("medical",), limit=3, epochs=(30,), roles=roles, **more)
        ready, folder = prepare(asked), self._folder / name
        make_folder(folder, ready.experiment)
        if stop is not None:
            with pytest.raises(Incomplete):
                execute(ready, folder, jobs=1, concurrency=3, stop=StopsAfter(stop))
        return Ran(folder, execute(ready, folder, jobs=1))

    @property
    def jobs(self) -> int:
        return len(self.world.openai.jobs) + len(self.world.vertex.jobs)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def agree(bench: Bench) -> Ran:
    """A run comes to the same as its replay and as a run that was stopped and resumed; its own sums agree."""
    ran = bench.run("run", cassettes=bench.recording, record="all")
    told = [each for models in bench.world.tally.shown().values() for each in models.values()]
    billed = sum(kind["output"] + kind["thought"] for kinds in told for kind in kinds.values())
    assert sum(answer.answer_tokens for answer in ran.answers) == billed
    assert bench.jobs == len(MODELS)
    resumed = bench.run("resumed", stop=7)
    replayed = bench.run("replayed", cassettes=bench.recording)
    for other in (resumed, replayed):
        experiment = other.results.experiment.model_copy(update={"recorded": None})
        assert other.results.model_copy(update={"experiment": experiment}) == ran.results
        assert other.answers == ran.answers
        assert other.rows == ran.rows
    assert {answer.error for answer in ran.answers} == {""}
    for verdict in Verdict:
        counted = {Verdict.UNGRADED: "ungraded", Verdict.ERROR: "errors"}.get(verdict, verdict.value)
        assert sum(getattr(row, counted) for row in ran.results.rows) == len(ran.texts(verdict))
    assert all(
        row.n == row.correct + row.incorrect + row.abstained + row.ungraded for row in ran.results.rows
    )
    assert "FAKE" in fbench.report(ran.folder)
    return ran


def test_verbose_answers_are_read_to_their_end(bench: Bench) -> None:
    bench.serve({"*": "verbose"})
    ran = agree(bench)
    assert ran.texts(Verdict.CORRECT)
    assert all(len(row.response) > 100 for row in ran.rows)
    assert ran.finishes <= {"stop", "length", "max_tokens"}


def test_what_is_thought_is_no_answer(bench: Bench) -> None:
    """Thoughts name the answer, and often the limit ends them: then nobody can tell what was to come."""
    bench.serve({"*": "thinking"})
    ran = agree(bench)
    assert {"stop", "length", "max_tokens"} <= ran.finishes
    cut = {text for text in ran.texts(Verdict.UNGRADED) if text}
    assert cut
    assert all("<think>" in text and "</think>" not in text for text in cut)
    assert "" in ran.texts(Verdict.UNGRADED), "Gemini's thoughts are billed, and told nowhere"
    assert not [
        text for text in ran.texts(Verdict.CORRECT) if text.startswith("<think>") and "</think>" not in text
    ]
    assert ran.texts(Verdict.CORRECT)


def test_a_model_that_refuses_abstains(bench: Bench) -> None:
    bench.serve({"*": "refusing"})
    ran = agree(bench)
    assert {row.verdict for row in ran.rows} == {Verdict.ABSTAINED}


def test_an_answer_that_is_cut_in_its_middle_is_marked_so(bench: Bench) -> None:
    bench.serve({"*": "cut"})
    ran = agree(bench)
    assert ran.finishes == {"length", "max_tokens"}
    assert sum(row.cut_off for row in ran.results.rows) == len(ran.texts(Verdict.UNGRADED))


@pytest.mark.parametrize("kind", [Kind.WRONG_LANGUAGE, Kind.MARKDOWN])
def test_a_form_that_was_not_asked_for_is_read(bench: Bench, kind: Kind) -> None:
    bench.serve({"*": kind.value})
    ran = agree(bench)
    assert ran.texts(Verdict.CORRECT)
    assert ran.texts(Verdict.ABSTAINED)


def test_a_share_of_each_from_a_service_that_lists_late_and_loses_answers(bench: Bench) -> None:
    """The service is paid for no second job; a lost answer is asked for again, and billed again."""
    share = dict.fromkeys((each.value for each in Kind), 1 / len(Kind))
    service = {"lists_late": 2, "loses": 1.0}
    bench.serve({"*": share}, {"openai": {**service, "lacks_metadata": True}, "vertex": service})
    ran = bench.run("run", cassettes=bench.recording, record="all")
    assert bench.jobs == len(MODELS)
    bench.serve({"*": share})
    plain = bench.run("plain")
    replayed = bench.run("replayed", cassettes=bench.recording)
    assert plain.rows == ran.rows == replayed.rows
    assert [answer[:5] for answer in plain.answers] == [answer[:5] for answer in ran.answers]
    assert plain.results == ran.results
