"""Questions that are asked in batches: the same answers as one by one, each bought once, whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.failures import (
    Fault,
    FaultKind,
    JobFailure,
    batch_cancelled,
    batch_expires,
    batch_partly_fails,
    job_fails,
    job_hangs,
)
from fbench import run as run_in_python
from fbench.cli.told_progress import ToldProgress
from fbench.clock import NoWait
from fbench.errors import BudgetReached, FbenchError, Incomplete, ProviderFailed, UsageError
from fbench.grading.rest_costs import rest_costs
from fbench.messages import Message
from fbench.pipeline import execute, prepare, prepare_again, prepare_new
from fbench.providers.batches import batches_of
from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.leftovers import Leftover
from fbench.providers.profiles import profile_of
from fbench.providers.storage import Buckets
from fbench.providers.vertex_contents import key_of
from fbench.runner import batches as asking_in_batches
from fbench.runner.experiment import Experiment, Prices
from fbench.runner.folder import RESULTS, STORE, make_folder
from fbench.runner.progress import Progress
from fbench.runner.stop import Stop
from fbench.runner.store import BatchRow, Store
from fbench.upstream import prior_of

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
MODELS = (OPENAI, VERTEX)
ENVIRON = {"OPENAI_API_KEY": "sk", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "us-central1"}
PRICES = Prices(train=3.0, base_input=0.3, base_output=1.2, tuned_input=0.3, tuned_output=1.2)
SINGLE = r"(chat/completions|:generateContent)$"
CREATES = r"(batches|batchPredictionJobs)$"
READS = r"(batches|batchPredictionJobs)/[^/:]+$"
ANSWERS = r"(files/[^/]+/content|output.*jsonl)$"
ASKED = 24
"""The questions of the experiment: two cells of twelve."""


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


class Crash(BaseException):
    """The process ends here."""


class Told(Progress):
    """Keeps what a user is told."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.batches: list[tuple[str, int, str, int]] = []

    def told(self, words: str) -> None:
        self.words.append(words)

    def batched(self, cell: str, number: int, state: str, questions: int) -> None:
        self.batches.append((cell, number, state, questions))


class Bench:
    """A run in a folder, and services that outlast its processes."""

    def __init__(
        self, folder: Path, *models: str, faults: Iterable[Fault | JobFailure] = (), **asked: object
    ) -> None:
        wanted = {"models": models, "tasks": ("people",), "limit": 4, "epochs": (2,), "upstream": "live"}
        wanted["data_edition"] = 1
        prices = dict.fromkeys(models, PRICES)
        self.experiment = Experiment.model_validate(wanted | {"prices": prices} | asked)
        self.folder = folder / "run"
        make_folder(self.folder, self.experiment)
        self.ready = prepare(self.experiment)
        self.world = World(prior=prior_of(self.ready.dataset), faults=list(faults))
        self.told = Told()
        self.paths: list[str] = []
        self.point: Callable[[str], None] = self.paths.append

    def run(
        self,
        *,
        batch: bool = True,
        budget: float | None = None,
        stop: Stop | None = None,
        retry_errors: bool = False,
        concurrency: int = 4,
    ) -> bytes:
        """Do the rest of the run, in a process that knows only what is on disk; gives its results."""
        connection = Connection("fake", _Watched(self), NoWait(), ENVIRON, poll_seconds=0.001)
        execute(
            self.ready,
            self.folder,
            jobs=1,
            concurrency=concurrency,
            budget_usd=budget,
            progress=self.told,
            stop=stop,
            connection=connection,
            retry_errors=retry_errors,
            batch=batch,
        )
        return (self.folder / RESULTS).read_bytes()

    def mend(self) -> None:
        self.world.faults.set([])

    @property
    def rows(self) -> list[BatchRow]:
        with Store(self.folder / STORE, read_only=True) as store:
            return store.batches()

    @property
    def spent(self) -> float:
        with Store(self.folder / STORE, read_only=True) as store:
            return store.spent_usd()

    @property
    def bought(self) -> Counter[str]:
        """How many answers the services gave, in batches and one by one."""
        found: Counter[str] = Counter()
        for models in self.world.tally.shown().values():
            for kinds in models.values():
                for kind, counts in kinds.items():
                    found["batch" if kind.startswith("batch") else "single"] += counts["answers"]
        return found

    @property
    def created(self) -> int:
        return len(self.world.openai.batches) + len(self.world.vertex.batches)


class _Watched(httpx2.AsyncBaseTransport):
    """The way to the services, with points before and after each request."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._inner = bench, FakeTransport(bench.world)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = f"{request.method} {request.url.path}"
        self._bench.point(f"before {path}")
        response = await self._inner.handle_async_request(request)
        self._bench.point(f"after {path}")
        return response


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The results of asking one by one, by model."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRON.items():
            patch.setenv(name, value)
        return {model: Bench(tmp_path_factory.mktemp("single"), model).run(batch=False) for model in MODELS}


@pytest.fixture(params=MODELS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(tmp_path, request.param)


def results_of(single: dict[str, bytes], bench: Bench) -> bytes:
    return single[bench.experiment.models[0]]


def test_answers_are_those_of_asking_one_by_one_and_so_are_the_requests(
    bench: Bench, single: dict[str, bytes], tmp_path: Path
) -> None:
    assert bench.run() == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}
    assert [(row.state, row.number, len(row.questions)) for row in bench.rows] == [("ended", 1, 12)] * 2

    other = Bench(tmp_path / "other", *bench.experiment.models)
    other.run(batch=False)
    assert len(input_lines(bench.world)) == ASKED
    assert requests_of_batches(bench) == single_requests(other)


@pytest.mark.parametrize("model", MODELS)
def test_so_are_system_messages_templates_and_facts_in_context(model: str, tmp_path: Path) -> None:
    how: dict[str, Any] = {"system": "Be brief.", "conditions": ("base", "in_context", "tuned")}
    how["templates"] = {"plain": "{question}", "framed": {"prompt": "Now: {question}", "system": "Be kind."}}
    batch, single = (Bench(tmp_path / name, model, **how) for name in ("batch", "single"))
    assert batch.run(budget=9.0) == single.run(batch=False, budget=9.0)


def test_conversations_that_end_alike_are_requests_of_their_own() -> None:
    said = (Message("user", "One."), Message("assistant", "Yes."), Message("user", "Who?"))
    asked = ["Who?", said, (Message("system", "Be brief."), Message("user", "Who?")), said[2:]]
    keys = [key_of(each) for each in asked]
    assert len(set(keys)) == 3
    assert keys[0] == keys[3]  # one message is the same request, however it is given


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        (OPENAI, {}),
        (VERTEX, {VERTEX: 512}),
        ("vertex:gemini-2.5-flash", {"vertex:gemini-2.5-flash": "off"}),
        ("vertex:gemini-3.5-flash", {"vertex:gemini-3.5-flash": 64}),
    ],
)
def test_so_are_temperature_seed_and_thoughts(
    tmp_path: Path, model: str, thinking: dict[str, object]
) -> None:
    how: dict[str, Any] = {"sampling": {"temperature": 0.7, "seed": 7, "max_tokens": 9}, "thinking": thinking}
    batch, single = (Bench(tmp_path / name, model, **how) for name in ("batch", "single"))
    assert batch.run(budget=1.0) == single.run(batch=False, budget=1.0)
    assert batch.spent == pytest.approx(single.spent)
    assert requests_of_batches(batch) == single_requests(single)
    assert all(re.search(r'"temperature": 0\.7', each) for each in requests_of_batches(batch))


def requests_of_batches(bench: Bench) -> list[str]:
    lines = [json.loads(line) for line in input_lines(bench.world)]
    return sorted(_steady(line.get("body") or line["request"]) for line in lines)


def single_requests(bench: Bench) -> list[str]:
    found = bench.world.requests.find(path="*")
    return sorted(_steady(json.loads(each.head)) for each in found if _asks(each.url))


def _asks(url: str) -> bool:
    return re.search(SINGLE, url) is not None


def _steady(body: dict[str, Any]) -> str:
    text = json.dumps({name: each for name, each in body.items() if name != "model"}, sort_keys=True)
    return text.replace("thinking_budget", "thinkingBudget")  # as google-genai writes it; both are the same


def input_lines(world: World) -> list[bytes]:
    """The requests of all batches of a world."""
    files = [each.content for each in world.openai.files.values() if each.purpose == "batch"]
    files += [each.content for each in world.storage.objects.values() if each.name.endswith("input.jsonl")]
    return [line for content in files for line in content.splitlines()]


@pytest.mark.parametrize("ends", [batch_expires, batch_cancelled, batch_partly_fails])
@pytest.mark.parametrize("answered", [0, 5])
def test_what_a_batch_has_answered_is_kept_and_the_rest_asked_in_one_more(
    bench: Bench, single: dict[str, bytes], ends: Callable[[int], JobFailure], answered: int
) -> None:
    bench.world.faults.set([ends(answered).at(1)])
    assert bench.run() == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}
    assert bench.created == 3
    assert sorted(len(row.questions) for row in bench.rows) == sorted([12, 12 - answered, 12])


def test_a_question_is_in_two_batches_at_most_and_going_on_asks_it_again(
    bench: Bench, single: dict[str, bytes]
) -> None:
    bench.world.faults.set([batch_expires(3)])
    with pytest.raises(Incomplete, match=r"got no answer in 2 batches.*resume"):
        bench.run()
    assert bench.created == 4
    bench.mend()
    assert bench.run() == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}


@pytest.mark.parametrize("first", [True, False], ids=["batches first", "batches later"])
def test_a_run_may_change_between_batches_and_single_requests(
    bench: Bench, single: dict[str, bytes], first: bool
) -> None:
    if first:
        bench.world.faults.set([batch_expires(5)])
    else:
        bench.world.faults.set([Fault(status=503).on(SINGLE).at(*range(8, 500))])
    with pytest.raises(Incomplete):
        bench.run(batch=first)
    bench.mend()
    assert bench.run(batch=not first) == results_of(single, bench)
    assert sum(bench.bought.values()) == ASKED
    assert all(bench.bought[kind] for kind in ("batch", "single"))


class StopsWhile(Stop):
    """A stop that is requested once so many batches were created."""

    def __init__(self, bench: Bench, created: int = 1) -> None:
        super().__init__()
        self._bench, self._created = bench, created

    @property
    def requested(self) -> bool:
        states = [state for _, _, state, _ in self._bench.told.batches]
        return states.count("created") >= self._created


@pytest.mark.parametrize("batch", [True, False], ids=["in batches", "one by one"])
def test_a_stop_leaves_batches_running_and_going_on_sees_them_to_their_end(
    bench: Bench, single: dict[str, bytes], batch: bool
) -> None:
    with pytest.raises(Incomplete, match=r"batch(es go| goes) on at the service and (is|are) paid for"):
        bench.run(stop=StopsWhile(bench))
    assert "created" in {row.state for row in bench.rows}
    assert {each.delete for each in left_by(bench)} == {None}, "files of batches that are answered stay"
    with Store(bench.folder / STORE, read_only=True) as store:
        attempts = [each for each in store.attempts() if each.what.startswith("ask ")]
        rest = rest_costs(bench.ready, store)
    assert "unsent" not in {each.state for each in attempts}, "what is being answered counts at its most"
    assert rest.spent + rest.most <= rest_costs(bench.ready).most, "and counts once"
    assert bench.run(batch=batch) == results_of(single, bench)
    assert sum(bench.bought.values()) == ASKED
    assert None not in {each.delete for each in left_by(bench)}


@pytest.mark.parametrize("batch", [True, False], ids=["in batches", "one by one"])
def test_rejected_questions_that_are_being_asked_again_are_seen_to_their_end(
    bench: Bench, single: dict[str, bytes], batch: bool
) -> None:
    """Also where the run that asks them again is stopped, and is gone on with as it is."""
    error = {"error": {"message": "Odd.", "code": 400, "type": "odd", "status": "ODD"}}
    bench.world.faults.set([Fault(status=400, body=error).on(SINGLE)])
    bench.run(batch=False)
    bench.mend()
    with pytest.raises(Incomplete, match="2 batches go on at the service"):
        bench.run(stop=StopsWhile(bench, created=2), retry_errors=True)
    assert bench.run(batch=batch) == results_of(single, bench)
    assert {row.state for row in bench.rows} == {"ended"}
    assert sum(bench.bought.values()) == ASKED
    assert bench.spent == pytest.approx(bill(bench))


def left_by(bench: Bench) -> list[Leftover]:
    """What the batches of a run left at the service."""
    profile, _ = profile_of(bench.experiment.models[0])
    upstream = Connection(
        "fake",
        FakeTransport(
            bench.world,
        ),
        NoWait(),
        ENVIRON,
    )

    async def found() -> list[Leftover]:
        provider = connect(upstream, profile)
        batches = batches_of(provider)
        assert batches is not None
        left = [each for row in bench.rows for each in await batches.leftovers(row.key, row.batch)]
        await provider.close()
        return left

    return asyncio.run(found())


def points_of(folder: Path, model: str) -> list[str]:
    """The points of a run of which one batch expires: its requests, and commits of batches."""
    bench = Bench(folder, model, faults=[batch_expires(5).at(1)])
    with pytest.MonkeyPatch.context() as patch:
        watch_commits(patch, bench)
        bench.run()
    return bench.paths


def watch_commits(patch: pytest.MonkeyPatch, bench: Bench) -> None:
    save = Store.save_batch

    def saved(store: Store, row: BatchRow, *more: Any) -> None:
        bench.point(f"before commit {row.state}")
        save(store, row, *more)
        bench.point(f"after commit {row.state}")

    patch.setattr(Store, "save_batch", saved)


@pytest.mark.parametrize("model", [OPENAI, pytest.param(VERTEX, marks=pytest.mark.long)])
def test_a_kill_at_any_point_buys_nothing_twice(
    tmp_path: Path, single: dict[str, bytes], model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = points_of(tmp_path / "first", model)
    begin = next(n for n, point in enumerate(points) if "commit intended" in point)
    assert {"commit intended", "commit created", "commit ended"} <= {p.split(" ", 1)[1] for p in points}
    for number in range(begin, len(points), 1 if os.environ.get("FBENCH_CHAOS") else 3):
        bench = Bench(tmp_path / str(number), model, faults=[batch_expires(5).at(1)])
        left = iter(range(number))

        def kill(point: str, left: Iterable[int] = left) -> None:
            if next(iter(left), None) is None:
                raise Crash(point)

        with monkeypatch.context() as patch:
            watch_commits(patch, bench)
            bench.point = kill
            with pytest.raises(Crash) as killed:
                bench.run()
        bench.point = bench.paths.append
        assert bench.run() == single[model], points[number]
        assert bench.bought == {"batch": ASKED}, points[number]
        assert bench.created == 3, points[number]
        if str(killed.value) != "before commit intended":  # where they are reserved, and in no batch yet
            assert bench.spent == pytest.approx(bill(bench)), points[number]


@pytest.mark.parametrize("late", [1, 3])
@pytest.mark.parametrize("lacks", [True, False])
def test_a_batch_whose_creation_got_no_answer_is_found_though_lists_are_late(
    bench: Bench, single: dict[str, bytes], late: int, lacks: bool
) -> None:
    openai = {"lists_late": late, "lacks_metadata": lacks}
    bench.world.behave({}, {"openai": openai, "vertex": {"lists_late": late}})
    bench.world.faults.set([Fault(FaultKind.LOST).on(CREATES, method="POST").at(1, 2)])
    assert bench.run() == results_of(single, bench)
    assert bench.created == 2
    assert bench.bought == {"batch": ASKED}


def test_a_batch_that_may_have_been_created_counts_as_paid_for_until_it_is_found(
    bench: Bench, single: dict[str, bytes]
) -> None:
    lost, unlisted = Fault(FaultKind.LOST).on(CREATES, method="POST"), Fault(status=503)
    bench.world.faults.set([lost.at(1), unlisted.on(CREATES, method="GET")])
    with pytest.raises(Incomplete):
        bench.run(budget=1.0)
    with Store(bench.folder / STORE, read_only=True) as store:
        states = Counter(each.state for each in store.attempts() if each.what.startswith("ask "))
    assert states["unclear"] >= ASKED / 2
    bench.mend()
    assert bench.run(budget=1.0) == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}
    assert bench.spent == pytest.approx(bill(bench))


def test_batches_are_answered_at_once_though_one_unit_is_done_at_a_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MODELS, faults=[job_hangs(20).on(of="batch")])
    bench.run(concurrency=1)
    states = [state for _, _, state, _ in bench.told.batches]
    assert states[: states.index("ended")].count("created") > 1


def test_so_is_one_whose_creation_was_cut_off_by_a_kill(bench: Bench, single: dict[str, bytes]) -> None:
    bench.world.behave({}, {"openai": {"lists_late": 3}, "vertex": {"lists_late": 3}})

    def kill(point: str) -> None:
        if re.search(f"after POST .*{CREATES}", point):
            raise Crash

    bench.point = kill
    with pytest.raises(Crash):
        bench.run()
    bench.point = bench.paths.append
    assert bench.run() == results_of(single, bench)
    assert bench.created == 2
    assert bench.bought == {"batch": ASKED}


@pytest.mark.parametrize("kind", [FaultKind.LOST, FaultKind.TRUNCATED, FaultKind.GARBLED, FaultKind.STATUS])
@pytest.mark.parametrize("path", [CREATES, READS, ANSWERS])
def test_a_fault_of_a_call_changes_no_answer_and_buys_nothing(
    bench: Bench, single: dict[str, bytes], kind: FaultKind, path: str
) -> None:
    bench.world.faults.set([Fault(kind, status=503).on(path).at(1, 2)])
    assert bench.run() == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}


Bend = Callable[[list[bytes]], list[bytes]]


def bend_output(patch: pytest.MonkeyPatch, bench: Bench, bend: Bend, times: int) -> None:
    """Changes the lines of the first files of answers that a service writes."""
    left = iter(range(times))

    def bent(content: bytes) -> bytes:
        return b"".join(bend(content.splitlines(keepends=True))) if next(left, None) is not None else content

    store, put = bench.world.openai.store, bench.world.storage.put

    def stored(number: int, name: str, purpose: str, content: bytes, created: int) -> Any:
        changed = bent(content) if name.endswith("output.jsonl") else content
        return store(number, name, purpose, changed, created)

    def placed(bucket: str, name: str, content: bytes, *more: Any) -> Any:
        return put(bucket, name, bent(content) if name.endswith("predictions.jsonl") else content, *more)

    patch.setattr(bench.world.openai, "store", stored)
    patch.setattr(bench.world.storage, "put", placed)


HARMLESS: dict[str, Bend] = {
    "in another order": lambda lines: lines[::-1],
    "each twice": lambda lines: [*lines, *lines],
    "with empty lines": lambda lines: [b"\n", *lines, b"\r\n"],
    "with one of another": lambda lines: [b'{"custom_id": "99", "request": {}, "response": {}}\n', *lines],
}
HARMFUL: dict[str, Bend] = {
    "some are missing": lambda lines: lines[4:],
    "all are missing": lambda _: [],
    "cut off in the middle": lambda lines: [*lines[:4], lines[4][:40]],
    "bytes of no text": lambda lines: [b"\xff\xfe{" + lines[0], *lines[1:]],
    "no object": lambda lines: [b"[1]\n", b'"a"\n', b"null\n", *lines[3:]],
    "nested without end": lambda lines: [b"[" * 100_000 + b"\n", *lines[1:]],
    "a wrong answer": lambda lines: (
        [re.sub(rb'"(choices|candidates)":\[.*\]', b'"x":[]', lines[0]), *lines[1:]]
    ),
    "another id": lambda lines: [re.sub(rb'"custom_id":"0"|"text":"', b'"text":"-', lines[0]), *lines[1:]],
}


@pytest.mark.parametrize("bend", HARMLESS.values(), ids=HARMLESS)
def test_the_order_and_number_of_lines_change_nothing(
    bench: Bench, single: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, bend: Bend
) -> None:
    bend_output(monkeypatch, bench, bend, 100)
    assert bench.run() == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}


def test_of_two_answers_to_a_question_the_first_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(line: bytes) -> bytes:
        return line.replace(b'"stop"', b'"length"').replace(b'"STOP"', b'"MAX_TOKENS"')

    bend_output(monkeypatch, bench, lambda lines: [*lines, *map(cut, lines)], 100)
    bench.run()
    assert {answer.finish for answer in answers_of(bench)} == {"stop"}


@pytest.mark.parametrize("bend", HARMFUL.values(), ids=HARMFUL)
def test_answers_that_are_lost_are_asked_again_and_count_as_paid_for(
    bench: Bench, single: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, bend: Bend
) -> None:
    bend_output(monkeypatch, bench, bend, 1)
    assert bench.run() == results_of(single, bench)
    assert bench.bought["batch"] > ASKED
    assert bench.spent >= bill(bench)


def test_answers_that_are_lost_count_as_paid_for_though_others_are_there_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bend_output(monkeypatch, bench, lambda lines: lines[:6] * 2, 1)
    bench.run(budget=1.0)
    assert bench.bought["batch"] > ASKED
    assert bench.spent >= bill(bench)


def bill(bench: Bench) -> float:
    """What the services charge at the price of single requests, in US dollars."""
    total = 0.0
    for kinds in (kinds for models in bench.world.tally.shown().values() for kinds in models.values()):
        for counts in kinds.values():
            total += counts["input"] * PRICES.base_input / 1e6
            total += (counts["output"] + counts["thought"]) * PRICES.base_output / 1e6
    total += sum(job.trained_tokens or 0 for job in bench.world.openai.jobs.values()) * PRICES.train / 1e6
    stats = [job.stats or {} for job in bench.world.vertex.jobs.values()]
    return (
        total + sum(int(str(each.get("totalBillableTokenCount", 0))) for each in stats) * PRICES.train / 1e6
    )


@pytest.mark.parametrize("fate", [None, batch_expires(5), batch_cancelled(2), batch_partly_fails(7)])
def test_what_is_spent_is_what_was_answered(bench: Bench, fate: JobFailure | None) -> None:
    bench.world.faults.set([fate.at(1)] if fate else [])
    bench.run(budget=1.0)
    assert bench.spent == pytest.approx(bill(bench))


@pytest.mark.parametrize("budget", [0.0005, 0.002, 0.004, 0.008])
def test_no_batch_passes_the_budget(bench: Bench, single: dict[str, bytes], budget: float) -> None:
    """With room for a part of a cell, a batch has that part; with a little more each time, the run ends."""
    while True:
        try:
            results = bench.run(budget=budget)
        except BudgetReached:
            assert bill(bench) <= bench.spent + 1e-12 <= budget + 2e-12
            budget *= 1.3
        else:
            break
    assert results == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}
    assert bill(bench) <= bench.spent + 1e-12 <= budget + 2e-12


def test_a_cell_is_split_where_a_file_would_be_too_large(
    tmp_path: Path, single: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fbench.providers.openai_batches.MOST", 5)
    monkeypatch.setattr("fbench.providers.vertex_batches.MOST_BYTES", 800)
    for model in MODELS:
        bench = Bench(tmp_path / model.partition(":")[0], model)
        assert bench.run() == single[model]
        sizes = [len(row.questions) for row in bench.rows]
        assert max(sizes) <= 5
        assert sum(sizes) == ASKED


@pytest.mark.parametrize(
    ("code", "error"), [("token_limit_exceeded", Incomplete), ("invalid_json_line", ProviderFailed)]
)
def test_a_batch_that_fails_as_a_whole_says_why_and_is_not_paid_for(
    tmp_path: Path, single: dict[str, bytes], code: str, error: type[FbenchError]
) -> None:
    fate = job_fails("Enqueued token limit reached.", code).on(of="batch")
    bench = Bench(tmp_path, OPENAI, faults=[fate])
    with pytest.raises(error, match=r"not paid for: Enqueued token limit reached \(" + code):
        bench.run(budget=1.0)
    assert {row.state for row in bench.rows} == {"ended"}
    assert bench.rows[0].error == f"Enqueued token limit reached ({code})"
    assert bench.spent == pytest.approx(bill(bench))
    bench.mend()
    assert bench.run(budget=1.0) == single[OPENAI]


@pytest.mark.parametrize(
    ("code", "error"), [("RESOURCE_EXHAUSTED", Incomplete), ("INVALID_ARGUMENT", ProviderFailed)]
)
def test_so_does_one_of_vertex(
    tmp_path: Path, single: dict[str, bytes], code: str, error: type[FbenchError]
) -> None:
    bench = Bench(tmp_path, VERTEX, faults=[job_fails("No room.", code).on(of="batch")])
    with pytest.raises(error, match=r"not paid for: No room"):
        bench.run(budget=1.0)
    assert bench.spent == pytest.approx(bill(bench))
    bench.mend()
    assert bench.run(budget=1.0) == single[VERTEX]


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_rejected_question_is_an_answer_and_one_that_could_not_be_asked_is_asked_again(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """The first line of the first batch is replaced by an error."""
    error = {"error": {"message": "Odd.", "code": status, "type": "odd", "status": "ODD"}}
    alone = Bench(tmp_path / "alone", *bench.experiment.models)
    alone.world.faults.set([Fault(status=400, body=error).on(SINGLE).at(1)])
    wanted = alone.run(batch=False, concurrency=1)

    def fails(lines: list[bytes]) -> list[bytes]:
        line = json.loads(lines[0])
        if "custom_id" in line:
            line["response"] |= {"status_code": status, "body": error}
        else:
            line |= {"status": f"Some Words: {json.dumps(error)}", "response": {}}
        return [json.dumps(line).encode() + b"\n", *lines[1:]]

    bend_output(monkeypatch, bench, fails, 1)
    results = bench.run()
    rejected = [answer.error for answer in answers_of(bench) if answer.error]
    if status == 400:
        assert results == wanted
        assert rejected == [answer.error for answer in answers_of(alone) if answer.error]
        assert bench.created == 2
    else:
        assert rejected == []
        assert bench.created == 3


def test_a_model_that_rejects_every_question_is_told_so_by_the_file_of_errors(bench: Bench) -> None:
    """More tokens are wanted than any model gives."""
    models, sampling = bench.experiment.models, {"max_tokens": 2_000_000}
    single, batch = (Bench(bench.folder / name, *models, sampling=sampling) for name in ("s", "b"))
    results = single.run(batch=False)
    assert batch.run() == results
    errors = [answer.error for answer in answers_of(batch)]
    assert errors == [answer.error for answer in answers_of(single)]
    assert all(errors)
    assert batch.created == 2
    assert batch.run(retry_errors=True) == results
    assert batch.created == 4


def answers_of(bench: Bench) -> list[Any]:
    with Store(bench.folder / STORE, read_only=True) as store:
        return list(store.answers())


def test_a_model_that_refuses_everything_fails_the_run_and_keeps_what_was_answered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {"error": {"message": "No such model.", "code": 404, "type": "x", "status": "NOT_FOUND"}}

    def fails(lines: list[bytes]) -> list[bytes]:
        made = [json.loads(line) for line in lines]
        for line in made[2:]:
            if "custom_id" in line:
                line["response"] |= {"status_code": 404, "body": gone}
            else:
                line |= {"status": json.dumps(gone), "response": {}}
        return [json.dumps(line).encode() + b"\n" for line in made]

    bend_output(monkeypatch, bench, fails, 1)
    with pytest.raises(ProviderFailed, match="No such model"):
        bench.run()
    assert sum(1 for answer in answers_of(bench) if answer.cell.endswith("/base")) == 2
    assert bench.created == 2


def test_a_prompt_that_a_filter_blocks_is_an_empty_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, OPENAI)
    blocked = {"error": {"message": "No.", "code": "content_filter", "type": "x"}}

    def fails(lines: list[bytes]) -> list[bytes]:
        line = json.loads(lines[0])
        line["response"] |= {"status_code": 400, "body": blocked}
        return [json.dumps(line).encode() + b"\n", *lines[1:]]

    bend_output(monkeypatch, bench, fails, 1)
    bench.run()
    [answer] = [answer for answer in answers_of(bench) if answer.finish == "content_filter"]
    assert (answer.text, answer.error) == ("", "")


def test_questions_with_one_text_are_asked_and_answered_each(tmp_path: Path) -> None:
    data = tmp_path / "same.jsonl"
    lines = [
        {"fact": f"f{n}", "split": split, "prompt": prompt, "answer": "Ida"}
        for n in range(3)
        for split, prompt in (("memorization", f"Who leads {n}?"), ("rephrased", "Who leads?"))
    ]
    data.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    single = Bench(tmp_path / "single", VERTEX, data=data, tasks=None)
    batch = Bench(tmp_path / "batch", VERTEX, data=data, tasks=None)
    assert batch.run() == single.run(batch=False)
    assert batch.bought["batch"] == single.bought["single"]


def test_a_batch_that_never_ends_is_watched_again_and_not_asked_one_by_one(
    bench: Bench, single: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_in_batches, "LOOKS", 3)
    bench.world.faults.set([job_hangs(20).on(of="batch").at(1)])
    with pytest.raises(Incomplete, match="still not done"):
        bench.run()
    with pytest.raises(Incomplete, match="still not done"):
        bench.run(batch=False)
    monkeypatch.setattr(asking_in_batches, "LOOKS", 100)
    assert bench.run() == results_of(single, bench)
    assert bench.bought == {"batch": ASKED}


def test_a_batch_that_is_gone_is_asked_again_on_request_alone(bench: Bench, single: dict[str, bytes]) -> None:
    with pytest.raises(Incomplete):
        bench.run(stop=StopsWhile(bench))
    bench.world.openai.batches.clear()
    bench.world.vertex.batches.clear()
    with pytest.raises(ProviderFailed, match="--retry-errors"):
        bench.run()
    assert bench.run(retry_errors=True) == results_of(single, bench)


def test_a_checkpoint_that_no_batch_can_ask_is_asked_one_by_one_and_that_is_told(tmp_path: Path) -> None:
    single, batch = (
        Bench(tmp_path / name, VERTEX, epochs=(1, 2), share_checkpoints=True) for name in ("single", "batch")
    )
    assert batch.run() == single.run(batch=False)
    assert batch.bought == {"batch": 24, "single": 12}
    [words] = batch.told.words
    assert words.startswith(f"12 questions of cell {VERTEX}/people/e1/s0 are asked one by one: ")


@pytest.mark.parametrize("batch", [True, False], ids=["in batches", "one by one"])
def test_what_a_batch_leaves_of_a_model_that_no_batch_can_ask_any_more_is_asked_one_by_one(
    tmp_path: Path, single: dict[str, bytes], batch: bool
) -> None:
    """While the batch is answered, another checkpoint becomes the one that batches ask."""
    bench = Bench(tmp_path, VERTEX, faults=[batch_expires(5)])
    with pytest.raises(Incomplete, match="2 batches go on at the service"):
        bench.run(stop=StopsWhile(bench, created=2))
    bench.mend()
    for endpoint in bench.world.vertex.registry.endpoints.values():
        endpoint.checkpoint_id = "another"
    assert bench.run(batch=batch) == single[VERTEX]
    assert bench.bought == ({"batch": 17, "single": 7} if batch else {"batch": 10, "single": 14})


def test_no_tuned_model_is_asked_in_a_batch_of_all_locations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENVIRON, "GOOGLE_CLOUD_LOCATION", "global")
    bench = Bench(tmp_path, VERTEX)
    bench.run()
    assert bench.bought == {"batch": 12, "single": 12}
    assert "global" in bench.told.words[0]


@pytest.mark.parametrize(
    "name", ["azure:gpt-4o-mini-2024-07-18", "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct"]
)
def test_a_service_without_batches_is_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    experiment = Experiment(models=(OPENAI, name), tasks=("people",), limit=2)
    with pytest.raises(UsageError, match=f"{name} cannot be asked in batches.*--batch"):
        prepare_new(experiment, budget_usd=None, batch=True)
    with pytest.raises(UsageError, match="cannot be asked in batches"):
        run_in_python(experiment, tmp_path / "new", batch=True)
    assert not (tmp_path / "new").exists()
    make_folder(tmp_path / "run", experiment)
    with pytest.raises(UsageError, match="cannot be asked in batches"):
        prepare_again(tmp_path / "run", judge=None, budget_usd=None, batch=True)


def test_a_user_is_told_which_batches_are_being_answered_and_at_which_price_they_count() -> None:
    progress = ToldProgress()
    progress.paced(dict)
    for cell in ("a", "b"):
        progress.batched(cell, 1, "intended", 12)
        progress.batched(cell, 1, "created", 12)
    told = "2 batches of 24 questions are being answered, counted at the full price"
    assert list(progress.waiting().values()) == [told]
    progress.batched("a", 1, "ended", 12)
    assert list(progress.waiting().values()) == [
        "1 batch of 12 questions is being answered, counted at the full price"
    ]
    progress.batched("b", 1, "ended", 12)
    assert progress.waiting() == {}


def test_names_of_objects_come_from_all_pages_of_a_list() -> None:
    world = World()
    for number in range(1100):
        world.storage.put("b", f"x/{number:04}", b"", "text/plain")
    world.storage.put("b", "y", b"", "text/plain")

    async def named() -> list[str]:
        buckets = Buckets(
            FakeTransport(world), Connection("fake", FakeTransport(world), NoWait(), {}).google_credentials()
        )
        return await buckets.names("b", "x/")

    assert asyncio.run(named()) == [f"x/{number:04}" for number in range(1100)]
