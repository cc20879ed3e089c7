"""A recording of fakes that was interrupted goes on with fakes that know nothing of it, and ends the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fakes.behaviours.settings import VARIABLE
from fbench import upstream
from fbench.cassette import Cassette
from fbench.errors import Incomplete
from fbench.pipeline import execute, prepare
from fbench.providers.connection import Connection
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from fbench.runner.stop import Stop

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
NEBIUS, AZURE = "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct", "azure:gpt-4o-mini-2024-07-18"


_fake = upstream.fake


class Killed(BaseException):
    """The process has ended."""


@dataclass
class Fakes(httpx2.AsyncBaseTransport):
    """The way to the fakes of a process, which ends, or is stopped, at one of its requests."""

    at: int = 0
    stop: Stop | None = None
    sent: int = 0
    inner: Any = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent += 1
        is_due = 0 < self.at <= self.sent
        if is_due and self.stop is not None:
            self.stop.request()
        elif is_due and (self.sent > self.at or self.at % 2):
            raise Killed
        response = await self.inner.handle_async_request(request)
        if is_due and self.stop is None:
            raise Killed  # answered, and not recorded
        return response


@dataclass
class Bench:
    """Runs of one experiment."""

    folder: Path
    patch: pytest.MonkeyPatch
    model: str
    batch: bool = False

    def __post_init__(self) -> None:
        asked = {"models": (self.model,), "tasks": ("people",), "limit": 2, "epochs": (1,)}
        self.ready = prepare(Experiment.model_validate(asked | {"roles": ("taught",)}))

    def run(self, name: str, fakes: Fakes | None = None, record: str = "all", **more: Any) -> dict[str, Any]:
        """The results of the rest of a run, in a process of its own; its recording is named as it is."""
        fakes = fakes or Fakes()

        def fake(*args: Any, **options: Any) -> Connection:
            connection = _fake(*args, **options)
            fakes.inner = connection.transport
            return replace(connection, transport=fakes)

        self.patch.setattr(upstream, "fake", fake)
        recording = {"cassettes": self.folder / name, "record": record} | more
        ready = replace(self.ready, experiment=self.ready.experiment.model_copy(update=recording))
        folder = self.folder / f"{name} {record} {more}"
        if not folder.exists():
            make_folder(folder, ready.experiment)
        execute(ready, folder, jobs=1, concurrency=2, stop=fakes.stop, batch=self.batch)
        found = json.loads((folder / "results.json").read_bytes())
        found["experiment"].pop("recorded", None)
        return found

    def kept(self, name: str) -> Counter[tuple[str, str, str, bytes, int]]:
        """What a recording holds, and how often, but for what depends on who was faster."""
        found: Counter[tuple[str, str, str, bytes, int]] = Counter()
        for path in (self.folder / name).rglob("*.yaml"):
            cassette = Cassette(path)
            found.update((i.method, i.url, i.tag, i.body, i.response.status) for i in cassette.unused())
            cassette.release()
        return Counter({key: n for key, n in found.items() if key[-1] != 409})


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Bench]:
    return lambda *given: Bench(tmp_path, monkeypatch, *given)


def test_it_ends_as_if_it_had_not_been_killed_wherever_that_was(bench: Callable[..., Bench]) -> None:
    made, fakes = bench(OPENAI), Fakes()
    whole = made.run("whole", fakes)
    for number in range(1, fakes.sent + 1):
        with pytest.raises(Killed):
            made.run(f"{number}", Fakes(number))
        assert made.run(f"{number}") == whole, number
        assert made.kept(f"{number}") == made.kept("whole"), number
    assert made.run(f"{fakes.sent}", record="none")["rows"] == whole["rows"]


@pytest.mark.parametrize(
    ("model", "batch"), [(VERTEX, False), (NEBIUS, False), (AZURE, False), (OPENAI, True), (VERTEX, True)]
)
@pytest.mark.parametrize("stopped", [False, True])
def test_it_ends_so_too_where_each_process_came_a_little_further(
    bench: Callable[..., Bench], model: str, *, batch: bool, stopped: bool
) -> None:
    made = bench(model, batch)
    whole = made.run("whole")
    number, found = 1, None
    while found is None:
        with suppress(Killed, Incomplete):
            found = made.run("often", Fakes(number, Stop() if stopped else None))
        made.batch, number = False, number + (4 if stopped else 1)  # its recording says that it is in batches
    assert found == whole
    assert number > 3
    made.batch = batch
    assert made.run("often", record="none")["rows"] == whole["rows"]
    if model != AZURE or not stopped:  # there a stop removes what the next process makes again
        assert made.kept("often") == made.kept("whole")


def test_answers_that_were_lost_are_lost_again(
    bench: Callable[..., Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaviours = tmp_path / "behaviours.json"
    behaviours.write_text(json.dumps({"services": {"openai": {"loses": 1}}}))
    monkeypatch.setenv(VARIABLE, str(behaviours))
    made, fakes = bench(OPENAI), Fakes()
    whole = made.run("whole", fakes)
    for number in range(1, fakes.sent, 3):
        with pytest.raises(Killed):
            made.run(f"{number}", Fakes(number))
        assert made.run(f"{number}") == whole, number
        assert made.kept(f"{number}") == made.kept("whole"), number


@pytest.mark.parametrize("model", [OPENAI, VERTEX, AZURE])
def test_a_model_of_a_recording_is_asked_more(bench: Callable[..., Bench], model: str) -> None:
    made, none = bench(model), Fakes()
    made.run("recorded", record="new")
    made.run("recorded", none, record="new", samples=0)
    assert none.sent == 0 or model == AZURE, "all is recorded; there a 404 is the last, which is asked again"
    warm = made.run("warm", sampling={"temperature": 0.5})
    assert made.run("recorded", record="new", sampling={"temperature": 0.5})["rows"] == warm["rows"]
    assert made.kept("recorded") >= made.kept("warm")
