"""What a live run left is found by its store, and deleted where its service says that it may be."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import httpx2
import pytest

import fbench
from fbench.clock import NoWait
from fbench.errors import FbenchError, Incomplete, ProviderFailed, UsageError
from fbench.providers import Leftover, Profile, Rejected
from fbench.providers.connection import Connection
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, check_identity, make_folder, write_config
from fbench.runner.leftovers import Cleanup, CleanupRow, open_leftovers
from fbench.runner.prepared import read_input_offline
from fbench.runner.store import Answer, Store, TrainingRow

OPENAI, NEBIUS = "openai:gpt-4o-mini-2024-07-18", "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct"
EXPERIMENT = Experiment(
    models=(OPENAI, NEBIUS), tasks=("news",), limit=1, epochs=(1, 2), upstream="live", run_id="00c0ffee"
)
PREPARED = read_input_offline(EXPERIMENT)
FIRST, SECOND, THIRD, _ = PREPARED.plan.trainings
KEYS = ("OPENAI_API_KEY", "NEBIUS_API_KEY")


class Services:
    """Services that have what trainings left. What is told, and what became of it, is noted."""

    def __init__(self) -> None:
        self.left: list[Leftover] = []
        self.fault: FbenchError | None = None
        self.asked: list[tuple[str, str | None, bool]] = []
        self.told: list[str] = []

    def has(self, kind: str, name: str, end: bool | Exception = True) -> None:
        """There is a thing whose deletion ends so."""

        async def delete() -> bool:
            self.told.append(f"deleted {name}")
            if isinstance(end, Exception):
                raise end
            return end

        self.left.append(Leftover(kind, name, delete))

    async def leftovers(self, key: str, job: str | None, *, models: bool) -> list[Leftover]:
        self.asked.append((key, job, models))
        if self.fault:
            raise self.fault
        return self.left

    async def close(self) -> None:
        self.told.append("closed")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    """Services in the place of live ones, with their keys."""
    made = Services()
    nobody = httpx2.MockTransport(lambda _: httpx2.Response(500))
    way = Connection("live", nobody, NoWait(), {}, release=lambda: made.told.append("released"))

    def reached(**_: object) -> Connection:
        return way

    def connected(_: Connection, profile: Profile) -> Any:
        made.told.append(f"connected to {profile.name}")
        return made

    monkeypatch.setattr("fbench.runner.leftovers.live", reached)
    monkeypatch.setattr("fbench.runner.leftovers.connect", connected)
    for name in ("OPENAI_BASE_URL", "NEBIUS_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in KEYS:
        monkeypatch.setenv(name, "sk-fake")
    return made


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A live run whose first training is done, and whose second was to be created; no other was begun."""
    folder = tmp_path / "run"
    make_folder(folder, EXPERIMENT)
    with Store(folder / STORE) as store:
        check_identity(store, folder, EXPERIMENT, PREPARED.dataset, "live")
        store.save_training(TrainingRow(FIRST.id, "succeeded", "job-1", {1: "ft:x"}, 7))
    return folder


def begun_without_a_job(run: Path) -> None:
    with Store(run / STORE) as store:
        store.save_training(TrainingRow(FIRST.id, "intended"))


def clean(run: Path, only: Cleanup | None = None) -> Cleanup:
    return asyncio.run(open_leftovers(run).clean(models=False, only=only))


def test_a_dry_run_only_says_what_there_is(run: Path, services: Services) -> None:
    services.has("training file", "file-1")
    services.left.append(Leftover("endpoint", "e", why="it has another model"))
    found = fbench.cleanup(run, dry_run=True)
    assert found.rows == (
        CleanupRow(FIRST.id, "training file", "file-1", "found"),
        CleanupRow(FIRST.id, "endpoint", "e", "kept", "it has another model"),
    )
    assert str(found) == (
        f"found   training file file-1 of {FIRST.id}\nkept    endpoint e of {FIRST.id}: it has another model"
    )
    assert services.told == ["connected to openai", "closed", "released"]


def test_what_is_deleted_what_was_gone_and_what_is_refused_is_told(run: Path, services: Services) -> None:
    services.has("training file", "file-1")
    services.has("model", "ft:a", end=False)
    services.has("model", "ft:b", end=ProviderFailed("it is not yours."))
    services.has("model", "ft:c", end=Rejected("it is in use."))
    services.left.append(Leftover("model", "ft:d", why="it is shared"))
    done = fbench.cleanup(run, models=True)
    assert [(row.name, row.state, row.why) for row in done.rows] == [
        ("file-1", "deleted", ""),
        ("ft:a", "gone", ""),
        ("ft:b", "refused", "it is not yours."),
        ("ft:c", "refused", "it is in use."),
        ("ft:d", "kept", "it is shared"),
    ]
    assert [row.name for row in done.of("gone", "kept")] == ["ft:a", "ft:d"]
    assert services.told[1:5] == [f"deleted {name}" for name in ("file-1", "ft:a", "ft:b", "ft:c")]


def test_each_training_that_was_begun_is_asked_for_over_one_connection(run: Path, services: Services) -> None:
    with Store(run / STORE) as store:
        store.save_training(TrainingRow(SECOND.id, "intended"))
        store.save_training(TrainingRow(THIRD.id, "created", "job-3"))
    fbench.cleanup(run, models=True)
    asked = [(FIRST.key, "job-1", True), (SECOND.key, None, True), (THIRD.key, "job-3", True)]
    assert services.asked == asked
    connected = [f"connected to {name}" for name in ("openai", "nebius")]
    assert services.told == [*connected, "closed", "closed", "released"]
    fbench.cleanup(run)
    assert services.asked[3] == (FIRST.key, "job-1", False)


def test_no_more_is_deleted_than_was_found_before(run: Path, services: Services) -> None:
    services.has("training file", "file-1")
    found = fbench.cleanup(run, dry_run=True)
    services.has("training file", "file-2")
    services.has("model", "file-1")
    done = clean(run, found)
    assert [row.state for row in done.rows] == ["deleted", "found", "found"]
    assert services.told.count("deleted file-1") == 1
    kept = Cleanup((CleanupRow(FIRST.id, "training file", "file-1", "kept"),))
    assert [row.state for row in clean(run, kept).rows] == ["found"] * 3


def test_where_nothing_is_left_or_all_must_stay_it_says_so(run: Path, services: Services) -> None:
    assert str(fbench.cleanup(run)) == "Nothing is left."
    services.left.append(Leftover("job", "job-1", why="it has another key"))
    assert str(fbench.cleanup(run)).splitlines()[1:] == ["Nothing is left that can be deleted."]


@pytest.mark.parametrize(
    ("kinds", "told"),
    [([], True), (["model"], True), (["training file"], False), (["training file", "model"], False)],
)
def test_an_upload_of_which_no_job_tells_is_named_by_its_key(
    run: Path, services: Services, kinds: list[str], told: bool
) -> None:
    for kind in kinds:
        services.has(kind, "x")
    assert [row.kind for row in fbench.cleanup(run, dry_run=True).rows] == kinds, "its job is known"
    begun_without_a_job(run)
    rows = fbench.cleanup(run, dry_run=True).rows
    assert [row.kind for row in rows] == [*kinds, *["upload"] * told]
    if told:
        assert (rows[-1].training, rows[-1].name, rows[-1].state) == (FIRST.id, "unknown", "kept")
        assert rows[-1].why.startswith("no job of it is known")
        assert rows[-1].why.endswith(f"its name has the key {FIRST.key}")


def test_a_plug_in_that_cannot_tell_what_is_left_says_so(run: Path, services: Services) -> None:
    services.fault = UsageError("it has no such method.")
    assert fbench.cleanup(run).rows == (
        CleanupRow(FIRST.id, "upload", "unknown", "kept", "it has no such method."),
    )


FOR_LATER = "What was deleted is gone; for the rest call `fbench cleanup` again."
FAULTS = {
    "no answer. What was answered is saved: go on later with `fbench resume`.": f"no answer. {FOR_LATER}",
    "it is still being deleted.": f"it is still being deleted. {FOR_LATER}",
}


@pytest.mark.parametrize(("said", "told"), FAULTS.items())
@pytest.mark.parametrize("when", ["it is asked", "it deletes"])
def test_a_service_that_does_not_answer_leaves_the_rest_for_later(
    run: Path, services: Services, when: str, said: str, told: str
) -> None:
    if when == "it is asked":
        services.fault = Incomplete(said)
    services.has("training file", "file-1", end=Incomplete(said))
    with pytest.raises(Incomplete) as stopped:
        fbench.cleanup(run)
    assert str(stopped.value) == told
    assert services.told[-2:] == ["closed", "released"]


def test_what_is_still_to_be_asked_of_its_models_is_counted(run: Path, services: Services) -> None:
    del services
    asked = {cell.id: PREPARED.plan.questions[cell.task] for cell in PREPARED.plan.cells if cell.epochs}
    cell, questions = next(iter(asked.items()))
    with Store(run / STORE) as store:
        store.save_answers([Answer(cell, questions[0].id, "x", "stop", "", 1, 1)])
    assert open_leftovers(run).unanswered == 4 * len(questions) - 1


def test_looking_changes_nothing_in_an_older_store(run: Path, services: Services) -> None:
    del services
    with closing(sqlite3.connect(run / STORE)) as store:
        store.execute("drop table altered")
        store.execute("pragma user_version = 2")
    before = (run / STORE).read_bytes()
    open_leftovers(run)
    assert (run / STORE).read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cassettes": Path("c")}, "replays recordings, and so has left nothing"),
        ({"upstream": "fake", "run_id": None}, "was answered by fakes in its own process"),
        ({"limit": 2}, "field 'limit': is 2, and the run began with 1"),
    ],
)
def test_a_run_that_left_nothing_or_began_as_another_is_refused(
    run: Path, services: Services, changed: dict[str, object], words: str
) -> None:
    write_config(run, EXPERIMENT.model_copy(update=changed))
    with pytest.raises(UsageError) as refused:
        fbench.cleanup(run)
    assert str(refused.value).startswith(str(run))
    assert words in str(refused.value)
    assert services.told == []


def test_only_the_keys_of_services_that_were_asked_are_needed(
    run: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEBIUS_API_KEY")
    assert fbench.cleanup(run).rows == ()
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UsageError, match="can be deleted with OPENAI_API_KEY alone: set what is missing"):
        fbench.cleanup(run)
    assert len(services.asked) == 1


def test_what_is_told_of_leftovers_cannot_be_changed() -> None:
    row = CleanupRow(FIRST.id, "model", "ft:a")
    for made, field in ((row, "state"), (Cleanup((row,)), "rows")):
        with pytest.raises(FrozenInstanceError):
            setattr(made, field, "deleted")
