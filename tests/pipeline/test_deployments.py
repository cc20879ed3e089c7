"""A model that answers only once it is deployed: the run deploys it, and removes that in the end, always."""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import httpx2
import pytest

import fbench
from fakes import FakeTransport, World
from fakes.failures import Ending, Fault, FaultKind, JobFailure, deployment_expires
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.errors import Incomplete, ProviderFailed, UsageError
from fbench.pipeline import execute, prepare, prepare_again
from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.model import TuningSpec
from fbench.providers.profiles import PROFILES
from fbench.runner.cells import Cell
from fbench.runner.deploy import deployment_name
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.leftovers import open_leftovers
from fbench.runner.prepared import PreparedRun
from fbench.runner.stop import Stop
from fbench.runner.store import Store
from fbench.upstream import _recorded as recorded  # pyright: ignore[reportPrivateUsage] - the layer that records

NEBIUS, AZURE = "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct", "azure:gpt-4o-mini-2024-07-18"
MODELS = (NEBIUS, AZURE)
ENVIRON = {
    "NEBIUS_API_KEY": "nb",
    "AZURE_OPENAI_API_KEY": "az",
    "AZURE_OPENAI_BASE_URL": "https://acc.openai.azure.com/openai/v1",
    "AZURE_OPENAI_RESOURCE_ID": (
        "/subscriptions/5ub5cr1b/resourceGroups/our-group/providers/Microsoft.CognitiveServices/accounts/acc"
    ),
}


DELETION = r"/v0/models/|/deployments/"


class Killed(BaseException):
    """The process has ended."""


@dataclass
class Way(httpx2.AsyncBaseTransport):
    """The way to the services, which ends before or after a request, as the process does that sends it."""

    world: World
    dies_at: int = 0
    answered: bool = False
    sent: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])
    tiers: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.inner = FakeTransport(self.world)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.dies_at and len(self.sent) >= self.dies_at:
            raise Killed
        self.sent.append(f"{request.method} {request.url.path}")
        if request.url.path.endswith("/chat/completions"):
            self.asked.append(json.loads(request.content)["model"])
        if request.method == "PUT":
            self.tiers.append(json.loads(request.content)["sku"]["name"])
        is_last = len(self.sent) == self.dies_at
        if is_last and not self.answered:
            raise Killed
        response = await self.inner.handle_async_request(request)
        if is_last:
            raise Killed
        return response


@dataclass
class Bench:
    """Services that outlive the processes which use them, and a run at them."""

    world: World
    ready: PreparedRun
    folder: Path

    def run(self, way: Way | None = None, stop: Stop | None = None) -> bytes:
        """The results of the rest of the run."""
        connection = connected(way or Way(self.world))
        done = execute(self.ready, self.folder, jobs=1, concurrency=3, connection=connection, stop=stop)
        return done.to_json().encode()

    @property
    def jobs(self) -> int:
        return sum(len(account.jobs) for account in self.world.accounts)

    @property
    def standing(self) -> list[str]:
        made = [*self.world.nebius.deployments.values(), *self.world.azure.deployments.values()]
        return [each.name for each in made if each.state != "deleted"]


def connected(way: Way) -> Connection:
    """A live connection by that way; the variable says that no real resource manager is meant."""
    environ = ENVIRON | {"AZURE_MANAGEMENT_URL": "https://management.azure.com"}
    return Connection("live", way, NoWait(), environ)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    def make(model: str, *faults: JobFailure | Fault, name: str = "run") -> Bench:
        asked = {"models": (model,), "tasks": ("people",), "limit": 2, "epochs": (1,), "upstream": "live"}
        asked["data_edition"] = 1  # whose people have fewer questions
        ready = prepare(Experiment.model_validate(asked))
        folder = tmp_path / name
        make_folder(folder, ready.experiment)
        return Bench(World(learner=ScriptedLearner(str.upper), faults=faults), ready, folder)

    return make


@pytest.fixture
def undisturbed(bench: Callable[..., Bench]) -> Callable[[str], tuple[bytes, int]]:
    """The results of a run to which nothing happens, and the number of its requests."""

    @cache
    def run(model: str) -> tuple[bytes, int]:
        whole = bench(model, name="whole")
        way = Way(whole.world)
        results = whole.run(way)
        assert whole.jobs == 1
        assert whole.standing == []
        return results, len(way.sent)

    return run


@pytest.mark.parametrize("model", MODELS)
def test_a_run_trains_deploys_asks_and_leaves_no_deployment(model: str, bench: Callable[..., Bench]) -> None:
    made = bench(model)
    way = Way(made.world)
    made.run(way)
    kinds = [kind for sent in way.sent for kind in ("models", "deployments", "completions") if kind in sent]
    assert kinds[-1] != "completions", "the last deployment is removed after it was asked"
    assert (made.jobs, made.standing) == (1, [])
    assert sorted(way.tiers) == (["DeveloperTier", "GlobalStandard"] if model == AZURE else [])
    base, *tuned = sorted(set(way.asked), key=way.asked.index)
    assert len(tuned) == 1
    assert "fbench-" in tuned[0]
    assert way.asked.count(base) == way.asked.count(tuned[0])
    with Store(made.folder / STORE, read_only=True) as store:
        assert all(not answer.error and answer.text for answer in store.answers())


LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("model", "answered"),
    [
        (NEBIUS, False),
        (AZURE, True),
        pytest.param(NEBIUS, True, marks=LONG),
        pytest.param(AZURE, False, marks=LONG),
    ],
)
def test_a_run_that_is_killed_at_any_request_goes_on_buys_one_job_and_leaves_nothing(
    model: str,
    answered: bool,
    bench: Callable[..., Bench],
    undisturbed: Callable[[str], tuple[bytes, int]],
) -> None:
    whole, requests = undisturbed(model)
    assert requests > 12
    for number in range(1, requests + 1):
        made = bench(model, name=f"killed at {number}")
        with pytest.raises(Killed):
            made.run(Way(made.world, number, answered))
        assert made.run() == whole, number
        assert (made.jobs, made.standing) == (1, []), number


@pytest.mark.parametrize("model", MODELS)
def test_a_deployment_that_fails_is_told_removed_and_made_again_later(
    model: str, bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    made = bench(model, JobFailure(Ending.FAILS, of="deployment", message="no room in the region"))
    with pytest.raises(ProviderFailed, match="did not deploy") as failed:
        made.run()
    assert "\n" not in str(failed.value)
    if model == NEBIUS:
        assert "no room in the region" in str(failed.value)
    assert made.standing == []
    made.world.faults.set([])
    assert made.run() == undisturbed(model)[0]
    assert made.jobs == 1


@pytest.mark.parametrize("model", MODELS)
def test_a_deployment_that_hangs_is_given_up_and_removed(
    model: str,
    bench: Callable[..., Bench],
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: Callable[[str], tuple[bytes, int]],
) -> None:
    monkeypatch.setattr("fbench.runner.deploy.LOOKS", 20)  # of 480, to save time
    made = bench(model, JobFailure(Ending.HANGS, of="deployment"))
    with pytest.raises(Incomplete, match="still not ready"):
        made.run()
    assert made.standing == []
    made.world.faults.set([])
    assert made.run() == undisturbed(model)[0]
    assert made.jobs == 1


def ended_of(made: Bench) -> bytes | Incomplete:
    try:
        return made.run()
    except Incomplete as error:
        return error


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("questions", [1, 2, 3])
def test_a_deployment_that_the_service_removes_is_made_again_while_it_is_asked(
    model: str,
    questions: int,
    bench: Callable[..., Bench],
    undisturbed: Callable[[str], tuple[bytes, int]],
) -> None:
    whole, _ = undisturbed(model)
    made = bench(model, deployment_expires(questions))
    ended: bytes | Incomplete = Incomplete("not begun")
    for _ in range(10):  # a run makes it again a few times only; the next goes on
        if not isinstance(ended, bytes):
            ended = ended_of(made)
    assert ended == whole
    assert (made.jobs, made.standing) == (1, [])


def test_a_deployment_of_azure_that_is_not_reached_at_once_is_waited_for(
    bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    made = bench(AZURE)
    made.world.behave({}, {"azure": {"lists_late": 7}})
    assert made.run() == undisturbed(AZURE)[0]
    assert (made.jobs, made.standing) == (1, [])


def test_the_accounts_own_deployment_of_a_base_model_is_used_and_stays(bench: Callable[..., Bench]) -> None:
    made = bench(AZURE)
    name = AZURE.partition(":")[2]
    own = made.world.azure.deploy(name, "gpt-4o-mini", "2024-07-18", {"name": "Standard"}, {})
    assert own is not None
    own.step()
    made.run()
    assert made.standing == [name]


@pytest.mark.parametrize("model", MODELS)
def test_cleanup_removes_what_a_killed_run_left(
    model: str, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(model)
    way = Way(made.world)
    with pytest.raises(Killed):
        # at the first question to the tuned model, which is the last kind of request that a run makes
        made.run(_DiesAsked(made.world, skip=len(made.ready.plan.questions["people"])))
    assert made.standing
    monkeypatch.setattr("fbench.runner.leftovers.live", Mock(return_value=connected(way)))
    found = asyncio.run(open_leftovers(made.folder).clean(models=False, dry_run=True))
    left = [row.name for row in found.rows if (row.kind, row.state) == ("deployment", "found")]
    assert len(left) == len(made.standing) > 0
    done = asyncio.run(open_leftovers(made.folder).clean(models=False))
    assert [row.name for row in done.rows if (row.kind, row.state) == ("deployment", "deleted")] == left
    assert made.standing == []
    again = asyncio.run(open_leftovers(made.folder).clean(models=False))
    assert [row for row in again.rows if row.kind == "deployment"] == []


@pytest.mark.parametrize("model", [pytest.param(NEBIUS, marks=LONG), AZURE])
def test_a_run_that_is_stopped_at_any_request_leaves_nothing_and_goes_on(
    model: str, bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    whole, requests = undisturbed(model)
    busy = Fault(status=503, method="DELETE", path=DELETION, calls=(1,))
    for number in range(1, requests + 1):
        made, stop = bench(model, busy, name=f"stopped at {number}"), Stop()
        with pytest.raises(Incomplete, match="stopped"):
            made.run(_Interrupted(made.world, stop, number), stop)
        assert made.standing == [], number
        assert made.run() == whole, number
        assert (made.jobs, made.standing) == (1, []), number


class _Interrupted(Way):
    """Somebody presses Ctrl-C at a request."""

    def __init__(self, world: World, stop: Stop, at: int) -> None:
        super().__init__(world)
        self.stop, self.at = stop, at

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if len(self.sent) + 1 == self.at:
            self.stop.request()
        return await super().handle_async_request(request)


@pytest.mark.parametrize("model", MODELS)
def test_a_deployment_that_cannot_be_removed_is_named_and_removed_when_the_run_goes_on(
    model: str, bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    for number, fault in enumerate((Fault(status=500), Fault(status=403), Fault(status=200, body={}))):
        made = bench(model, name=f"kept {number}")
        made.world.faults.set([replace(fault, method="DELETE", path=DELETION, calls=None)])
        told: list[str] = []
        for _ in range(3):  # the base model of Azure is deployed too
            with pytest.raises((Incomplete, ProviderFailed), match=r"removed|removing") as error:
                made.run()
            assert "judge" not in str(error.value)
            told += error.value.__notes__
        name = made.standing[0].rpartition(":")[2][:26]
        assert name in told[-1]
        with pytest.raises(UsageError, match="--budget-usd"):  # there is something to do
            prepare_again(made.folder, judge=None, budget_usd=None)
        made.world.faults.set([])
        assert made.run() == undisturbed(model)[0]
        assert (made.jobs, made.standing) == (1, [])
        prepare_again(made.folder, judge=None, budget_usd=None)


@pytest.mark.parametrize("model", MODELS)
def test_a_failed_deployment_that_could_not_be_removed_is_replaced(
    model: str, bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    refused = Fault(status=403, method="DELETE", path=DELETION)
    made = bench(model, JobFailure(Ending.FAILS, of="deployment"), refused)
    with pytest.raises(ProviderFailed, match="did not deploy"):
        made.run()
    assert made.standing
    made.world.faults.set([])
    assert made.run() == undisturbed(model)[0]
    assert (made.jobs, made.standing) == (1, [])


@pytest.mark.parametrize("model", MODELS)
def test_a_rejected_look_at_a_deployment_is_told_and_no_answer(
    model: str, bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    for number in range(1, 16):
        fault = Fault(status=400, method="GET", path=DELETION, calls=(number,))
        made = bench(model, deployment_expires(2), fault, name=f"look {number}")
        with pytest.raises((ProviderFailed, Incomplete), match=r"HTTP 400|while it was asked"):
            made.run()
        with Store(made.folder / STORE, read_only=True) as store:
            assert not any(answer.error for answer in store.answers())
        made.world.faults.set([])
        assert made.run() == undisturbed(model)[0]
        assert (made.jobs, made.standing) == (1, [])


def test_a_creation_whose_answer_is_lost_and_that_is_listed_late_is_found_by_cleanup(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(NEBIUS, Fault(FaultKind.LOST, method="POST", path="/v0/models$"))
    late = 40
    made.world.behave({}, {"nebius": {"lists_late": late}})
    with pytest.raises(Incomplete):
        made.run()
    assert made.standing
    made.world.faults.set([])
    monkeypatch.setattr("fbench.runner.leftovers.live", Mock(return_value=connected(Way(made.world))))
    for _ in range(late):
        asyncio.run(open_leftovers(made.folder).clean(models=False))
    assert made.standing == []


REFUSALS = {
    401: ("ExpiredAuthenticationToken", "The access token has expired.", "az login"),
    403: ("AuthorizationFailed", "The client does not have authorization.", "az login"),
    404: (
        "ResourceGroupNotFound",
        "Resource group 'our-group' could not be found.",
        "AZURE_OPENAI_RESOURCE_ID",
    ),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_resource_manager_that_refuses_everything_stops_azure_and_says_what_to_do(
    status: int, bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    code, message, do = REFUSALS[status]
    refused = {"error": {"code": code, "message": message}}
    made = bench(AZURE, Fault(status=status, body=refused, path="/deployments/"))
    with pytest.raises(ProviderFailed, match=f"Nothing more was asked of azure: .*{do}") as error:
        made.run()
    assert "\n" not in str(error.value)
    assert "AZURE_OPENAI_API_KEY" not in str(error.value)
    assert "our-group" not in str(error.value)
    made.world.faults.set([])
    assert made.run() == undisturbed(AZURE)[0]
    assert (made.jobs, made.standing) == (1, [])


def test_a_deployment_of_azure_waits_hours_for_others_that_are_made_before_it(
    bench: Callable[..., Bench], undisturbed: Callable[[str], tuple[bytes, int]]
) -> None:
    busy = {"error": {"code": "RequestConflict", "message": "Another operation is being performed."}}
    looks = tuple(range(1, 121))  # one a minute
    made = bench(AZURE, Fault(status=409, body=busy, method="PUT", path="/deployments/", calls=looks))
    assert made.run() == undisturbed(AZURE)[0]


class _NobodySignedIn(Exception):
    """As azure-identity raises it, in several lines."""

    __module__ = "azure.core.exceptions"


class _Credential:
    def get_token(self, scope: str) -> None:
        raise _NobodySignedIn(
            f"failed to retrieve a token for {scope}.\nAttempted credentials:\n\tAzureCliCredential"
        )


@pytest.mark.parametrize(
    ("identity", "error", "do"),
    [
        (None, UsageError, r"pip install 'fbench\[azure\]'"),
        (SimpleNamespace(DefaultAzureCredential=_Credential), ProviderFailed, "az login"),
    ],
)
def test_a_missing_package_or_sign_in_of_azure_is_told_before_a_job_is_bought(
    identity: object,
    error: type[Exception],
    do: str,
    bench: Callable[..., Bench],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = bench(AZURE)
    way = Way(made.world)
    monkeypatch.setitem(sys.modules, "azure.identity", identity)
    live = Connection("live", way, NoWait(), ENVIRON)
    with pytest.raises(error, match=do) as told:
        execute(made.ready, made.folder, jobs=1, connection=live)
    assert "\n" not in str(told.value)
    assert not [sent for sent in way.sent if sent.startswith("POST")]
    with pytest.raises(error):
        asyncio.run(
            connect(live, PROFILES["azure"]).create(TuningSpec("gpt-4o-mini-2024-07-18", (), 1, 0, "key"))
        )


class _DiesAsked(Way):
    """Dies at a question to a tuned model."""

    def __init__(self, world: World, skip: int) -> None:
        super().__init__(world)
        self.left = skip

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/chat/completions"):
            self.left -= 1
        if self.left < 0:
            raise Killed
        return await super().handle_async_request(request)


def test_an_account_of_azure_that_is_no_resource_is_told_before_anything_is_asked(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(AZURE)
    monkeypatch.setitem(ENVIRON, "AZURE_OPENAI_RESOURCE_ID", "my-account")
    way = Way(made.world)
    with pytest.raises(UsageError, match="AZURE_OPENAI_RESOURCE_ID: is not the id of an account"):
        made.run(way)
    assert way.sent == []


@pytest.mark.parametrize(
    ("model", "fault", "late"),
    [(AZURE, None, 5), (AZURE, deployment_expires(3), 0), (NEBIUS, deployment_expires(3), 0)],
)
def test_a_recording_replays_in_which_a_deployment_was_not_reached_at_once_or_was_made_again(
    model: str, fault: JobFailure | None, late: int, tmp_path: Path
) -> None:
    asked = {"models": (model,), "tasks": ("people",), "limit": 4, "epochs": (1,), "upstream": "live"}
    asked["data_edition"] = 1  # fewer questions than removals of a deployment that a run endures
    recorder = Experiment.model_validate({**asked, "cassettes": tmp_path / "recording", "record": "all"})
    ready = prepare(recorder)
    world = World(learner=ScriptedLearner(str.upper), faults=[fault] if fault else [])
    world.behave({}, {"azure": {"lists_late": late}} if late else {})
    connection = recorded(connected(_Overtaking(world)), ready.dataset, tmp_path / "recording", "all", {})
    make_folder(tmp_path / "recorded", recorder)
    done = execute(ready, tmp_path / "recorded", jobs=1, concurrency=4, connection=connection)
    replayed = fbench.run(
        recorder.model_copy(update={"record": "none"}), tmp_path / "replayed", jobs=1, concurrency=4
    )
    assert replayed.rows == done.rows


class _Overtaking(Way):
    """Requests and answers overtake each other."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        rng = random.Random(len(self.sent))  # noqa: S311 - it draws an order
        for _ in range(rng.randrange(20)):
            await asyncio.sleep(0)
        response = await super().handle_async_request(request)
        for _ in range(rng.randrange(20)):
            await asyncio.sleep(0)
        return response


def test_what_is_recorded_replays_and_has_no_name_of_the_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"models": MODELS, "tasks": ("people",), "limit": 2, "epochs": (1,), "upstream": "live"}
    asked["data_edition"] = 1  # whose people have fewer questions
    experiment = Experiment.model_validate({**asked, "cassettes": tmp_path / "recording", "record": "all"})
    with served("--speed", "10000") as (environ, _):
        for name, value in {**environ, **ENVIRON, "FBENCH_POLL_SECONDS": "0.01"}.items():
            if name != "AZURE_OPENAI_BASE_URL":
                monkeypatch.setenv(name, value)
        monkeypatch.setenv("AZURE_OPENAI_BASE_URL", environ["AZURE_OPENAI_BASE_URL"])
        make_folder(tmp_path / "recorded", experiment)
        recorded = execute(prepare(experiment), tmp_path / "recorded", jobs=1)
    files = sorted(path for path in (tmp_path / "recording").rglob("*") if path.is_file())
    text = b"".join(path.read_bytes() for path in files)
    for there in (b"/v0/models", b"management.azure.com/subscriptions/scrubbed-azure-subscription/"):
        assert there in text
    for secret in (b"5ub5cr1b", b"our-group"):
        assert secret not in text
    for name in environ:
        monkeypatch.delenv(name)
    again = experiment.model_copy(update={"record": "none"})
    replayed = fbench.run(again, tmp_path / "replayed", jobs=1)
    assert replayed.rows == recorded.rows


def test_two_processes_at_a_server_deploy_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served("--speed", "10000") as (environ, control):
        for name, value in {**environ, "FBENCH_POLL_SECONDS": "0.01"}.items():
            monkeypatch.setenv(name, value)
        asked = {"models": MODELS, "tasks": ("people",), "limit": 2, "epochs": (1,), "upstream": "live"}
        asked["data_edition"] = 1  # whose people have fewer questions
        experiment = Experiment.model_validate(asked)
        make_folder(tmp_path / "run", experiment)
        results = execute(prepare(experiment), tmp_path / "run", jobs=2, concurrency=4)
        state = httpx2.get(control).json()
    assert {row.model for row in results.rows} == set(MODELS)
    assert [len(state[name]["jobs"]) for name in ("nebius", "azure")] == [1, 1]
    assert set(state["nebius"]["deployments"].values()) == {"deleted"}
    assert state["azure"]["deployments"] == {}


@contextmanager
def served(*options: str) -> Generator[tuple[dict[str, str], str]]:
    """`fbench serve`, as the variables that it prints, and its control endpoint.

    Azure removes a deployment after a day, so a day should last some seconds.
    """
    command = [sys.executable, "-m", "fbench", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        environ = dict(re.findall(r"export (\w+)=(\S+)", process.stdout.read()))
        try:
            yield environ, environ["OPENAI_BASE_URL"].replace("/openai/v1", "/_fbench")
        finally:
            process.terminate()
            process.wait(20)


def test_cells_with_one_key_have_deployments_of_their_own() -> None:
    one, other = (Cell(f"{AZURE}/{task}/base", AZURE, task, 0, None) for task in ("people", "news"))
    assert deployment_name("run", one) != deployment_name("run", other)
    assert deployment_name("run", one) != deployment_name("another run", one)
    assert deployment_name("run", one) == deployment_name("run", one)
