"""Every fault of a call, at every endpoint, of every provider: the run is right, or stops and can go on.

A fault is applied to the first call of an endpoint, to the second, or to all until it is mended. Then the
run goes on, and must end as one that nothing happened to: with the same answers, one job a training, and no
fault that was stored as an answer. Jobs and files that fail by themselves are a fate, and are tried likewise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from fakes import FakeTransport, World
from fakes.failures import Fault, FaultKind, JobFailure, file_never_ready, job_cancelled, job_fails, job_hangs
from fbench.clock import NoWait
from fbench.errors import FbenchError, Incomplete, ProviderFailed
from fbench.pipeline import execute, prepare
from fbench.providers.connection import Connection
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.prepared import PreparedRun
from fbench.runner.store import Store
from fbench.upstream import prior_of

NEBIUS, AZURE = "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct", "azure:gpt-4o-mini-2024-07-18"
ENDPOINTS = {
    "openai:gpt-4o-mini-2024-07-18": [
        "POST /files$",
        "POST /fine_tuning/jobs$",
        "GET /fine_tuning/jobs$",
        "GET /fine_tuning/jobs/[^/]+$",
        "GET /checkpoints$",
        "POST /chat/completions$",
    ],
    "vertex:gemini-2.5-pro": [
        "POST /o$",
        "POST /tuningJobs$",
        "GET /tuningJobs$",
        "GET /tuningJobs/[^/]+$",
        "POST :generateContent$",
    ],
    NEBIUS: [
        "POST /fine_tuning/jobs$",
        "GET /fine_tuning/jobs$",
        "POST /v0/models$",
        "GET /v0/models$",
        "GET /v0/models/",
        "DELETE /v0/models/",
    ],
    AZURE: ["PUT /deployments/", "GET /deployments/", "DELETE /deployments/"],
}
STATUSES = (301, 400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 504, 529)
REPLIES: dict[str, object] = {
    "an empty body": b"",
    "null": None,
    "an empty object": {},
    "an empty list": [],
    "a text": "sorry",
    "a page": b"<html>Bad gateway</html>",
    "half of an object": b'{"id": "x", ',
    "fields of other types": {
        "id": 7,
        "name": 7,
        "object": [],
        "state": {},
        "status": {},
        "choices": "none",
        "candidates": "none",
        "data": 3,
        "tuningJobs": 3,
    },
}
QUOTA = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
FATES = (job_fails(), job_cancelled(), job_hangs(3))
RESOURCE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/acc"
ENVIRON = {
    "OPENAI_API_KEY": "sk",
    "NEBIUS_API_KEY": "nb",
    "AZURE_OPENAI_API_KEY": "az",
    "AZURE_OPENAI_BASE_URL": "https://acc.openai.azure.com/openai/v1",
    "AZURE_OPENAI_RESOURCE_ID": RESOURCE,
    "GOOGLE_CLOUD_PROJECT": "p",
    "GOOGLE_CLOUD_LOCATION": "us-central1",
}
BEHAVIOURS = ("terse", "verbose", "thinking", "refusing")
PART = 1 if os.environ.get("FBENCH_CHAOS") else 401
"""Offline, one case of so many is tried."""


class Case(NamedTuple):
    """A fault of a call, or a fate of a job, for a run of one model."""

    model: str
    behaviour: str
    name: str
    fault: Fault | JobFailure


def faults() -> Iterator[tuple[str, Fault]]:
    """All faults of a call, with their names."""
    for status in STATUSES:
        yield str(status), Fault(status=status)
        yield f"{status} in no format of the service", Fault(status=status, body="oops")
    yield "a wait of some minutes", Fault(status=429, headers={"retry-after": "200"})
    yield "a wait that is no number", Fault(status=429, headers={"retry-after": "soon"})
    yield "an exhausted quota", Fault(status=429, body=QUOTA, headers={"x-should-retry": "false"})
    for name, body in REPLIES.items():
        yield f"200 with {name}", Fault(status=200, body=body)
    for kind in FaultKind:
        if kind is not FaultKind.STATUS:
            yield kind.value, Fault(kind, seconds=1000.0 if kind is FaultKind.SLOW else 0.0)


def cases() -> Iterator[Case]:
    for model, endpoints in ENDPOINTS.items():
        for behaviour in BEHAVIOURS:
            for endpoint in endpoints:
                method, path = endpoint.split(" ")
                for name, fault in faults():
                    for calls in ((1,), (2,), (1, 2, 3), None):
                        at = "all calls" if calls is None else f"calls {calls}"
                        placed = replace(fault, path=path, method=method, calls=calls)
                        yield Case(model, behaviour, f"{endpoint} {name} {at}", placed)
            for fate in FATES:
                yield Case(model, behaviour, f"a job or file that {fate.end.value}", fate)


CASES = [case for number, case in enumerate(cases()) if number % PART == 0]


@dataclass
class Bench:
    """A service that outlives the processes which use it, and a run on it."""

    world: World
    ready: PreparedRun
    folder: Path

    def run(self) -> bytes | FbenchError:
        """The results of the rest of the run, or the error with which it stopped."""
        connection = Connection("fake", FakeTransport(self.world), NoWait(), ENVIRON)
        try:
            return (
                execute(self.ready, self.folder, jobs=1, concurrency=4, connection=connection)
                .to_json()
                .encode()
            )
        except FbenchError as error:
            return error

    @property
    def jobs(self) -> list[str]:
        """The states of all jobs that the service has."""
        made = [account.jobs.values() for account in (*self.world.accounts, self.world.vertex)]
        return [job.state for jobs in made for job in jobs]

    @property
    def standing(self) -> list[str]:
        """The deployments that were not removed."""
        made = [*self.world.nebius.deployments.values(), *self.world.azure.deployments.values()]
        return [each.name for each in made if each.state != "deleted"]


def bench_of(folder: Path, model: str, behaviour: str) -> Bench:
    asked = {"models": (model,), "tasks": ("people",), "limit": 3, "epochs": (1,), "upstream": "live"}
    experiment = Experiment.model_validate(asked)
    ready = prepare_offline(experiment)
    make_folder(folder, experiment)
    world = World(prior=prior_of(ready.dataset), behaviours={"*": behaviour})
    return Bench(world, ready, folder)


def prepare_offline(experiment: Experiment) -> PreparedRun:
    for name, value in ENVIRON.items():
        os.environ.setdefault(name, value)
    return prepare(experiment)


Undisturbed = Callable[[Case], bytes]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The results of a run of that model and behaviour to which nothing happens."""

    @cache
    def run(model: str, behaviour: str) -> bytes:
        results = bench_of(tmp_path_factory.mktemp("whole") / "run", model, behaviour).run()
        assert isinstance(results, bytes), results
        return results

    return lambda case: run(case.model, case.behaviour)


REJECTING = frozenset({301, 400, 413, 422})
"""Statuses with which a service rejects a single question: those are answers with an error."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.model} {case.behaviour} {case.name}")
def test_a_run_is_right_or_stops_and_is_right_when_the_fault_is_gone(
    case: Case,
    undisturbed: Undisturbed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    whole = undisturbed(case)
    bench = bench_of(tmp_path / "run", case.model, case.behaviour)
    bench.world.faults.set([case.fault])
    ended = bench.run()
    for _ in range(4):  # a fate may meet a job a time, and each is told
        if isinstance(ended, bytes) and ended == whole:
            break
        if isinstance(ended, bytes):
            assert is_rejection(case), "a fault was counted as an answer"
            assert rejected(bench) > 0
        else:
            assert isinstance(ended, Incomplete | ProviderFailed), repr(ended)
            assert str(ended)
            assert len(str(ended).splitlines()) == 1
        bench.world.faults.set([])
        ended = again(bench)
    assert ended == whole
    good = [state for state in bench.jobs if state not in FAILED]
    assert len(good) == 1, bench.jobs
    assert bench.standing == []


FAILED = frozenset({"failed", "cancelled", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"})


def is_rejection(case: Case) -> bool:
    fault = case.fault
    return isinstance(fault, Fault) and fault.status in REJECTING and fault.kind is FaultKind.STATUS


def rejected(bench: Bench) -> int:
    with Store(bench.folder / STORE, read_only=True) as store:
        return sum(bool(answer.error) for answer in store.answers())


def again(bench: Bench) -> bytes | FbenchError:
    connection = Connection("fake", FakeTransport(bench.world), NoWait(), ENVIRON)
    try:
        results = execute(
            bench.ready, bench.folder, jobs=1, concurrency=4, connection=connection, retry_errors=True
        )
    except FbenchError as error:
        return error
    return results.to_json().encode()


@pytest.mark.parametrize(
    ("model", "fate"),
    [*((model, job_hangs()) for model in ENDPOINTS), (NEBIUS, file_never_ready())],
)
def test_a_job_that_never_ends_is_watched_again_and_never_bought_twice(
    model: str, fate: JobFailure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("fbench.runner.train.LOOKS", 50)  # of 5,000, to save time
    bench = bench_of(tmp_path / "run", model, "terse")
    bench.world.faults.set([fate])
    for _ in range(2):
        assert isinstance(bench.run(), Incomplete)
    assert len(bench.jobs) == 1


def test_there_are_thousands_of_cases() -> None:
    assert sum(1 for _ in cases()) > 5_000
    assert len(CASES) == -(-sum(1 for _ in cases()) // PART)


if __name__ == "__main__":
    sys.stdout.write(f"{sum(1 for _ in cases()):,} cases of the fault matrix; offline one of {PART}\n")
