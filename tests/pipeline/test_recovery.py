"""Whatever interrupts a live run, the service counts no job, no token and no question twice.

The service is a server on this machine, which tells what it had at its control endpoint.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from fbench.errors import BudgetReached, Incomplete, ProviderFailed
from fbench.pipeline import execute, prepare
from fbench.runner.bounds import most_training_usd
from fbench.runner.experiment import Experiment
from fbench.runner.folder import RESULTS, STORE, make_folder
from fbench.runner.grid import Grid
from fbench.runner.prepared import PreparedRun
from fbench.runner.prices import price_in
from fbench.runner.store import AttemptRow, Store, TrainingRow
from tests.stopping import StopsAfter

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
ASKS = r"(chat/completions|:generateContent)$"
LOOKS = r"(fine_tuning/jobs|tuningJobs)/[^/]+$"
CREATES = r"(fine_tuning/jobs|tuningJobs)$"
ROOT = Path(__file__).resolve().parents[2]


class Bill(NamedTuple):
    """What the service had: jobs, tokens that OpenAI's were trained on, questions that it answered."""

    jobs: int
    tokens: int
    answers: int


class Server:
    """`fbench serve` in a process of its own."""

    def __init__(self, *options: object, port: int = 0) -> None:
        kept = {
            name: value for name, value in os.environ.items() if not re.match("OPENAI|GOOGLE|STORAGE", name)
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fbench", "serve", "--port", str(port), "--speed", "100000"]
            + [str(option) for option in options],
            env=kept | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        lines = "".join(self.process.stdout.readline() for _ in range(5))
        self.environ = dict(re.findall(r"export (\w+)=(\S+)", lines))
        self.environ |= {
            "GOOGLE_CLOUD_PROJECT": "p",
            "GOOGLE_CLOUD_LOCATION": "us-central1",
            "FBENCH_POLL_SECONDS": "0.01",
        }
        self.address = self.environ["OPENAI_BASE_URL"].replace("/openai/v1", "/_fbench")

    def control(self, what: str, **content: Any) -> None:
        httpx2.post(f"{self.address}/{what}", **content).raise_for_status()

    def fail(self, path: str, *, calls: range | None = None, kind: str = "status", status: int = 503) -> None:
        """Lets calls of a path fail, at once and for good where no `calls` are named."""
        fault: dict[str, Any] = {
            "path": path,
            "kind": kind,
            "status": status,
            "headers": {"retry-after": "0"},
        }
        self.control("faults", json=[fault | ({"calls": list(calls)} if calls else {})])

    def mend(self) -> None:
        self.control("faults", json=[])

    @property
    def state(self) -> dict[str, Any]:
        return httpx2.get(self.address).json()

    @property
    def requests(self) -> int:
        """How many there were in all."""
        return sum(sum(counts.values()) for counts in self.state["requests"].values())

    @property
    def bill(self) -> Bill:
        state = self.state
        answers = sum(
            count
            for service in ("openai", "vertex")
            for name, count in state["requests"][service].items()
            if re.search(r"(chat/completions|generateContent) 200$", name)
        )
        jobs = len(state["openai"]["jobs"]) + len(state["vertex"]["jobs"])
        return Bill(jobs, state["openai"]["billed_tokens"], answers)


def started() -> Iterator[Server]:
    """A server, for a fixture; it ends with it."""
    server = Server()
    yield server
    server.process.terminate()
    server.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server with an empty world, where live services would be."""
    running.control("reset")
    running.mend()
    for name, value in running.environ.items():
        monkeypatch.setenv(name, value)
    return running


def experiment(model: str, **more: object) -> Experiment:
    asked = {"models": (model,), "tasks": ("people",), "limit": 4, "epochs": (1,), "upstream": "live"}
    asked["data_edition"] = 1
    return Experiment.model_validate(asked | more)


def begun(folder: Path, asked: Experiment) -> PreparedRun:
    make_folder(folder, asked)
    return prepare(asked)


Undisturbed = Callable[[Experiment], tuple[Bill, bytes]]


@pytest.fixture(scope="module")
def undisturbed(running: Server, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """What a run costs when nothing happens, and its results; the server is empty again after it."""
    known: dict[str, tuple[Bill, bytes]] = {}

    def run(asked: Experiment) -> tuple[Bill, bytes]:
        name = asked.model_dump_json()
        if name not in known:
            folder = tmp_path_factory.mktemp("undisturbed") / "run"
            execute(begun(folder, asked), folder, jobs=1)
            known[name] = running.bill, (folder / RESULTS).read_bytes()
            running.control("reset")
        return known[name]

    return run


@pytest.mark.parametrize("model", [OPENAI, VERTEX])
@pytest.mark.parametrize(
    "calls",
    [(ASKS, range(8, 5000)), (ASKS, range(15, 5000)), (LOOKS, None), (CREATES, None)],
    ids=["at a question to the base model", "at a later question", "at a look at the job", "at its creation"],
)
def test_a_service_that_goes_away_is_paid_nothing_twice(
    server: Server, undisturbed: Undisturbed, tmp_path: Path, model: str, calls: tuple[str, range | None]
) -> None:
    asked = experiment(model)
    bill, results = undisturbed(asked)
    ready = begun(tmp_path / "run", asked)
    assert bill.jobs == 1
    assert bill.answers == ready.plan.asked

    server.fail(calls[0], calls=calls[1])
    with pytest.raises(Incomplete, match="resume"):
        execute(ready, tmp_path / "run", jobs=1, concurrency=3)
    server.mend()
    execute(ready, tmp_path / "run", jobs=1)

    assert server.bill == bill
    assert (tmp_path / "run" / RESULTS).read_bytes() == results


@pytest.mark.parametrize("model", [OPENAI, VERTEX])
def test_a_job_whose_creation_was_never_answered_is_found_again(
    server: Server, undisturbed: Undisturbed, tmp_path: Path, model: str
) -> None:
    asked = experiment(model)
    bill, results = undisturbed(asked)
    ready = begun(tmp_path / "run", asked)

    server.fail(CREATES, kind="lost", calls=range(1, 2))
    try:
        execute(ready, tmp_path / "run", jobs=1)
    except Incomplete:
        server.mend()
        execute(ready, tmp_path / "run", jobs=1)

    assert server.bill == bill
    assert (tmp_path / "run" / RESULTS).read_bytes() == results


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("model", [OPENAI, VERTEX])
@pytest.mark.parametrize("state", ["intended", "created", "succeeded"])
def test_a_crash_at_any_step_of_a_training_buys_no_second_job(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, state: str
) -> None:
    """A crash before the step is kept, another one right after, and a third run that gets through."""
    ready = begun(tmp_path / "run", experiment(model))
    save = Store.save_training

    def crash(store: Store, row: TrainingRow, attempts: Iterable[AttemptRow] = ()) -> None:
        if row.state == state:
            if crashes:
                save(store, row, attempts)
            crashes.append(state)
            raise Crash
        save(store, row, attempts)

    crashes: list[str] = []
    with monkeypatch.context() as broken:
        broken.setattr(Store, "save_training", crash)
        for _ in range(2):
            with pytest.raises(Crash):
                execute(ready, tmp_path / "run", jobs=1)
    execute(ready, tmp_path / "run", jobs=1)

    assert server.bill.jobs == 1
    assert server.bill.answers == ready.plan.asked


def test_a_run_that_is_stopped_again_and_again_pays_what_one_does(
    server: Server, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    asked = experiment(OPENAI, epochs=(1, 2))
    bill, results = undisturbed(asked)
    ready = begun(tmp_path / "run", asked)

    stops = 0
    while not (tmp_path / "run" / RESULTS).exists():
        try:
            execute(ready, tmp_path / "run", jobs=1, concurrency=3, stop=StopsAfter(15))
        except Incomplete:
            stops += 1
    assert stops > 1
    assert bill.jobs == 2
    assert server.bill == bill
    assert (tmp_path / "run" / RESULTS).read_bytes() == results


def test_a_run_that_is_done_asks_for_nothing(server: Server, tmp_path: Path) -> None:
    ready = begun(tmp_path / "run", experiment(OPENAI))
    execute(ready, tmp_path / "run", jobs=1)
    before = server.requests
    (tmp_path / "run" / RESULTS).unlink()
    execute(ready, tmp_path / "run", jobs=2)

    assert server.requests == before
    assert (tmp_path / "run" / RESULTS).exists()


def test_a_question_that_was_rejected_is_an_answer_and_not_asked_again(
    server: Server, tmp_path: Path
) -> None:
    ready = begun(tmp_path / "run", experiment(OPENAI))
    server.fail(ASKS, calls=range(3, 6), status=400)
    results = execute(ready, tmp_path / "run", jobs=1, concurrency=1)
    server.mend()
    bill, requests = server.bill, server.requests
    again = execute(ready, tmp_path / "run", jobs=1)

    assert (bill.jobs, bill.answers) == (1, ready.plan.asked - 3)
    assert (server.bill, server.requests) == (bill, requests)
    assert again == results
    assert sum(row.errors for row in results.rows) == 3


# --- the budget ---


def interrupted_after_the_base_model(server: Server, folder: Path) -> tuple[PreparedRun, float]:
    """A run whose base cell is done and nothing else; and what that cost, in US dollars."""
    ready = begun(folder, experiment(OPENAI))
    server.fail("files$")
    with pytest.raises(Incomplete):
        execute(ready, folder, jobs=1, concurrency=1)
    server.mend()
    with Store(folder / STORE) as store:
        assert {answer.cell for answer in store.answers()} == {ready.plan.cells[0].id}
        assert len(list(store.answers())) == ready.plan.asked / 2
        return ready, store.spent_usd()


def test_what_was_spent_before_an_interruption_counts_on_the_budget(server: Server, tmp_path: Path) -> None:
    ready, spent = interrupted_after_the_base_model(server, tmp_path / "run")
    (training,) = ready.plan.trainings
    examples = Grid(ready.experiment, ready.dataset).examples(training)
    most = most_training_usd(price_in(ready.experiment, training.model), examples, training.epochs)
    assert most is not None
    with pytest.raises(BudgetReached, match="raise --budget-usd"):
        execute(ready, tmp_path / "run", jobs=1, budget_usd=spent / 2 + most)
    assert server.bill.jobs == 0
    execute(ready, tmp_path / "run", jobs=1, budget_usd=spent + most * 1.001)  # it costs less than the most
    assert server.bill.jobs == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_is_asked_that_would_pass_the_budget_by_however_many_processes(
    server: Server, tmp_path: Path, jobs: int
) -> None:
    ready = begun(tmp_path / "run", experiment(OPENAI))
    before = server.requests
    with pytest.raises(BudgetReached):
        execute(ready, tmp_path / "run", jobs=jobs, budget_usd=1e-9)
    assert server.requests == before


def test_a_part_that_is_not_whole_costs_only_what_is_left_of_it(server: Server, tmp_path: Path) -> None:
    ready = begun(tmp_path / "run", experiment(OPENAI))
    server.fail(ASKS, calls=range(3, 5000))
    with pytest.raises(Incomplete):
        execute(ready, tmp_path / "run", jobs=1, concurrency=1)
    server.mend()
    execute(ready, tmp_path / "run", jobs=1)
    with Store(tmp_path / "run" / STORE) as store:
        ended = [row for row in store.attempts() if row.state == "settled"]
        assert len(ended) == len({row.what for row in ended}) == ready.plan.asked + 1
        assert store.spent_usd() == pytest.approx(sum(row.settled or 0.0 for row in ended))


def test_an_exhausted_quota_stores_no_answer_and_ends_with_its_own_words(
    server: Server, tmp_path: Path
) -> None:
    ready = begun(tmp_path / "run", experiment(OPENAI))
    error = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
    fault = {"path": ASKS, "kind": "status", "status": 429, "calls": list(range(3, 5000))}
    server.control("faults", json=[fault | {"body": {"error": error}}])
    with pytest.raises(ProviderFailed, match="You exceeded your current quota"):
        execute(ready, tmp_path / "run", jobs=1, concurrency=1)
    with Store(tmp_path / "run" / STORE) as store:
        assert len(list(store.answers())) == 2
    assert server.bill.jobs == 0
    server.mend()
    results = execute(ready, tmp_path / "run", jobs=1)
    assert server.bill.answers == ready.plan.asked
    assert sum(row.errors for row in results.rows) == 0


@pytest.mark.parametrize("how", ["all", "new"])
@pytest.mark.parametrize("path", [r"chat/completions$", r"fine_tuning/jobs$"])
@pytest.mark.parametrize("status", [401, 403, 503])
def test_a_recording_keeps_what_was_paid_for_when_the_rest_is_recorded_later(
    server: Server, tmp_path: Path, how: str, path: str, status: int
) -> None:
    recording = tmp_path / "recording"
    asked = experiment(OPENAI, models=(OPENAI, VERTEX), tasks=("people", "news"), limit=1)
    recorded = asked.model_copy(update={"cassettes": recording, "record": how})
    ready = begun(tmp_path / "run", recorded)
    server.fail(path, status=status)
    with pytest.raises((ProviderFailed, Incomplete)):
        execute(ready, tmp_path / "run", jobs=1)
    server.mend()
    execute(ready, tmp_path / "run", jobs=1)
    assert server.bill.answers == ready.plan.asked

    replay = asked.model_copy(update={"cassettes": recording, "upstream": "fake"})
    execute(begun(tmp_path / "again", replay), tmp_path / "again", jobs=1)
    told = [json.loads((tmp_path / name / RESULTS).read_bytes())["rows"] for name in ("run", "again")]
    assert told[0] == told[1]


def test_an_end_of_a_recording_that_was_cut_off_is_made_up_for(server: Server, tmp_path: Path) -> None:
    recording = tmp_path / "recording"
    asked = experiment(OPENAI, cassettes=recording, record="all")
    ready = begun(tmp_path / "run", asked)
    server.fail(r"fine_tuning/jobs$", status=403)
    with pytest.MonkeyPatch.context() as cut:
        cut.setattr("fbench.cassette.library.write_index", _killed)
        with pytest.raises(KeyboardInterrupt):
            execute(ready, tmp_path / "run", jobs=1)
    server.mend()
    execute(ready, tmp_path / "run", jobs=1)
    execute(
        begun(tmp_path / "again", asked.model_copy(update={"record": "none"})), tmp_path / "again", jobs=1
    )


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_rejected_questions_are_asked_again_on_request(server: Server, tmp_path: Path) -> None:
    ready = begun(tmp_path / "run", experiment(OPENAI))
    server.fail(ASKS, calls=range(3, 6), status=400)
    execute(ready, tmp_path / "run", jobs=1, concurrency=1)
    server.mend()
    results = execute(ready, tmp_path / "run", jobs=2, retry_errors=True)
    assert server.bill.answers == ready.plan.asked
    assert sum(row.errors for row in results.rows) == 0


# --- what a service is asked for ---


def test_each_training_is_created_with_its_own_epochs_and_seed(server: Server, tmp_path: Path) -> None:
    ready = begun(tmp_path / "run", experiment(OPENAI, epochs=(1, 3), seeds=(5, 7)))
    execute(ready, tmp_path / "run", jobs=1)

    url = f"{server.environ['OPENAI_BASE_URL']}/fine_tuning/jobs"
    for _ in range(2):  # a service may list late: `worst_day.toml`
        httpx2.get(url, headers={"authorization": "Bearer sk-fake"})
    jobs = httpx2.get(url, headers={"authorization": "Bearer sk-fake"}).json()["data"]
    created = {(job["hyperparameters"]["n_epochs"], job["seed"]) for job in jobs}
    assert created == {(1, 5), (1, 7), (3, 5), (3, 7)}
    assert len(jobs) == 4
