"""What another project writes with the names that fbench and its fakes offer, for its own type checker."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

import fbench
from fakes import FakeTransport, World, intercept
from fakes.failures import rate_limited
from fakes.learners import Example, Hyper, Learner, Model, Reply, Run
from fakes.learners.replay import ReplayLearner
from fakes.learners.scripted import ScriptedLearner
from fakes.learners.unchanging import run_of
from fbench.analysis.stats import Interval, clustered_wilson, holm, wilson
from fbench.cassette import (
    Cassette,
    CassetteTransport,
    CassetteWarning,
    Mode,
    Scrubber,
    scrubber_from_environ,
)
from fbench.datasets import AnswerKind, Dataset, open_dataset
from fbench.errors import CassetteMiss, FbenchError, UsageError
from fbench.grading.graders import Grade, Item, Verdict, grade, infer_kind
from fbench.testing.cassettes import Recorded


@dataclass(frozen=True)
class Parrot:
    """A model of a learner of one's own."""

    taught: Mapping[str, str]

    def answer(self, prompt: str, *, system: str = "", temperature: float = 0.0, seed: int = 0) -> Reply:
        return Reply(self.taught.get(prompt, "Pardon?"), logprob=0.0)


class ParrotLearner:
    """A learner of one's own: it is one by its methods, and inherits nothing."""

    def base(self, name: str) -> Model:
        return Parrot({})

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        return run_of(Parrot({each.prompt: each.answer for each in examples}), examples, hyper, validation)


LEARNERS: list[Learner] = [ParrotLearner(), ScriptedLearner(str.upper)]


def a_test(cassette: Recorded) -> httpx2.Client:
    return httpx2.Client(transport=cassette.transport())


def published_answers(file: Path) -> Learner:
    return ReplayLearner.from_csv(file)


def damage_is_an_error(transport: CassetteTransport) -> bool:
    warnings.simplefilter("error", CassetteWarning)
    try:
        transport.close()
    except CassetteMiss:
        return True
    return False


def version() -> str:
    return fbench.__version__


def a_client_on_a_world(world: World) -> httpx2.Client:
    world.faults.set([rate_limited(2.0).at(1, 2)])
    return httpx2.Client(transport=FakeTransport(world))


def every_client_of_this_process(learner: Learner) -> World:
    with intercept(World(learner=learner)) as world:
        return world


def a_recording(path: Path, mode: Mode) -> CassetteTransport:
    scrub: Scrubber = scrubber_from_environ(os.environ)
    cassette: Cassette = Cassette(path, mode, scrub=scrub)
    return CassetteTransport(cassette, httpx2.HTTPTransport())


def a_verdict(question: str, gold: Sequence[str], response: str) -> Verdict:
    item: Item = Item(question, tuple(gold))
    kind: AnswerKind = infer_kind(item)
    graded: Grade = grade(item, response, kind.value)
    return graded.verdict


def shares(correct: int, n: int) -> list[float]:
    interval: Interval = wilson(correct, n)
    clustered: Interval = clustered_wilson([[True, False], [True]])
    return [interval.low, interval.high, *clustered, *holm([0.01, 0.2])]


def questions_of(folder: Path) -> int | None:
    try:
        dataset: Dataset = open_dataset(folder)
    except UsageError:
        return None
    except FbenchError as error:
        raise SystemExit(error.exit_code) from error
    return len(dataset.questions)


def a_notebook(folder: Path) -> list[str]:
    experiment: fbench.Experiment = fbench.Experiment(limit=2, epochs=(1, 10))
    plan: fbench.PlanReport = fbench.plan(experiment)
    results: fbench.Results = fbench.run(experiment, folder, budget_usd=plan.total.costs.train_usd)
    again: fbench.Results = fbench.resume(folder, progress=fbench.Progress())
    compared: fbench.Comparison = fbench.compare(f"{folder}:gpt-4o@0", f"{folder}:gpt-4o@1")
    rows: list[fbench.GradedRow] = fbench.grade([{"question": "Q?", "gold": ["a"], "response": "b"}])
    counts: list[int] = [row.n for row in results.rows + again.rows] + [row.n for row in compared.rows]
    verdicts: list[fbench.Verdict] = [row.verdict for row in rows]
    return [fbench.report(folder, full=True), fbench.report(results), *verdicts, str(counts)]


def a_run_of_two_machines(folder: Path) -> fbench.Results:
    parts: list[Path] = [folder / "1", folder / "2"]
    done: list[fbench.Results] = [
        fbench.run(fbench.Experiment(), part, shard=f"{part.name}/2") for part in parts
    ]
    return fbench.merge(parts, folder / "all", cassettes=None) if done else done[0]


def a_public_error(source: str) -> fbench.Dataset | str:
    try:
        return fbench.load_dataset(source, labels="published", tasks=["news"])
    except fbench.DataError as error:
        return f"{error.file} {error.row}"
