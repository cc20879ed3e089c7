"""What may be merged with what, in any order and again; and what shards recorded becomes one recording."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench.cassette import read_index
from fbench.runner.deploy import Deployed, keep_deployed
from fbench.runner.folder import STORE
from fbench.runner.store import BatchRow, Store
from tests.chaos.points import VARIABLE
from tests.cli.cli_user import MODEL, as_if_written, begin, environment

OTHER = "openai:gpt-4o-2024-08-06"
ASKED = fbench.Experiment(models=(MODEL, OTHER), tasks=("news",), limit=2, epochs=(1,))
JUDGED = ASKED.model_copy(update={"tasks": ("medical",), "judge": OTHER})


def sharded(folder: Path, count: int, asked: fbench.Experiment = ASKED, *, batch: bool = False) -> list[Path]:
    """The folders of all shards of a run, which have ended; each records in a folder of its own, if any."""
    parts: list[Path] = []
    for number in range(1, count + 1):
        mine = asked.cassettes and asked.cassettes.with_name(f"{asked.cassettes.name}{number}")
        parts.append(folder / f"shard{number}")
        each = asked.model_copy(update={"cassettes": mine})
        fbench.run(each, parts[-1], shard=f"{number}/{count}", batch=batch)
    return parts


def results(run: Path) -> bytes:
    return (run / "results.json").read_bytes()


def refused(parts: Sequence[Path], out: Path, **more: Any) -> str:
    with pytest.raises(fbench.UsageError) as wrong:
        fbench.merge(parts, out, **more)
    return str(wrong.value)


# --- in Python ---


def test_what_shards_did_is_merged_to_the_results_of_the_whole(tmp_path: Path) -> None:
    whole = fbench.run(ASKED, tmp_path / "whole")
    parts = sharded(tmp_path, 2)
    with pytest.raises(fbench.Incomplete, match=r"all: 1 shard is missing yet: 1/2\. Merge them too"):
        fbench.merge(parts[1:], tmp_path / "all")
    assert fbench.merge([str(part) for part in parts], tmp_path / "all") == whole
    assert fbench.merge(parts[:1], tmp_path / "all") == whole, "again"
    assert results(tmp_path / "all") == results(tmp_path / "whole")
    assert json.loads((tmp_path / "all" / "run.json").read_text())["command"] == ["fbench.merge"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("3/2", "shard: '3/2' is no shard: write it as 2/8"), (2, "shard must be a text, got 2")],
)
def test_a_shard_that_is_none_is_named_and_nothing_is_made(tmp_path: Path, wrong: Any, said: str) -> None:
    with pytest.raises(fbench.UsageError) as refused:
        fbench.run(ASKED, tmp_path / "r", shard=wrong)
    assert str(refused.value).startswith(said)
    assert not (tmp_path / "r").exists()


def test_a_shard_that_was_interrupted_goes_on_when_it_is_begun_again(tmp_path: Path) -> None:
    class Interrupts(fbench.Progress):
        def answered(self, count: int) -> None:  # noqa: ARG002 - the base class's parameter
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(fbench.Incomplete):
        fbench.run(ASKED, tmp_path / "r", shard="1/2", concurrency=1, progress=Interrupts())
    assert fbench.run(ASKED, tmp_path / "r", shard="1/2") == fbench.run(ASKED, tmp_path / "s", shard="1/2")
    with pytest.raises(fbench.UsageError, match="is not an empty folder"):
        fbench.run(ASKED, tmp_path / "r", shard="2/2")


@pytest.mark.parametrize("older", [(), (1,), (1, 2)], ids=["none", "one", "both"])
def test_shards_that_asked_in_batches_are_merged_with_those_of_older_versions(
    tmp_path: Path, two: list[Path], older: tuple[int, ...]
) -> None:
    """A store of version 3 has no table of batches."""
    fbench.merge(two, tmp_path / "one by one")
    parts = sharded(tmp_path, 2, batch=True)
    batches = sum(len(batches_in(part)) for part in parts)
    assert batches == 4, "a cell has one"
    for number in older:
        batches -= len(batches_in(parts[number - 1]))
        shutil.rmtree(parts[number - 1])
        shutil.copytree(two[number - 1], parts[number - 1])
        as_if_of_version_3(parts[number - 1])
    for _ in range(2):
        fbench.merge(parts, tmp_path / "all")
        assert results(tmp_path / "all") == results(tmp_path / "one by one")
        assert len(batches_in(tmp_path / "all")) == batches
    as_if_of_version_3(tmp_path / "one by one")
    assert fbench.resume(tmp_path / "one by one", batch=True) == fbench.resume(tmp_path / "all", batch=True)


def batches_in(run: Path) -> list[BatchRow]:
    with Store(run / "run.sqlite", read_only=True) as store:
        return store.batches()


def as_if_of_version_3(run: Path) -> None:
    with closing(sqlite3.connect(run / "run.sqlite")) as database:
        database.executescript("drop table batch; pragma user_version = 3")


# --- what may be merged with what ---


def test_the_order_of_the_folders_does_not_matter(tmp_path: Path) -> None:
    parts = sharded(tmp_path, 3)
    made = set[tuple[bytes, bytes]]()
    for number, order in enumerate(itertools.permutations(parts)):
        out = tmp_path / f"all{number}"
        if number % 2:
            fbench.merge(order, out)
        else:  # one by one
            for missing, part in zip((2, 1, 0), order, strict=True):
                merges(part, out, missing)
        made.add((results(out), (out / "config.toml").read_bytes()))
    assert len(made) == 1


def merges(part: Path, out: Path, missing: int) -> None:
    if missing:
        with pytest.raises(fbench.Incomplete, match=f"{missing} shards? (is|are) missing yet"):
            fbench.merge([part], out)
    else:
        fbench.merge([part], out)


@pytest.mark.parametrize(
    "other",
    [
        {"grader": "exact"},
        {"judge": OTHER},
        {"name": "another"},
        {"seeds": (1,)},
        {"data_seed": 1},
        {"limit": 1},
        {"prices": {MODEL: dict.fromkeys(("train", "base_input", "base_output"), 1.0)}},
        {"world_date": "2026-02-01"},
    ],
    ids=lambda other: next(iter(other)),
)
@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
def test_shards_of_different_runs_are_not_merged(
    tmp_path: Path, two: list[Path], other: dict[str, Any], later: bool
) -> None:
    if "prices" in other:
        other = {"prices": {MODEL: other["prices"][MODEL] | {"tuned_input": 1.0, "tuned_output": 1.0}}}
    asked = fbench.Experiment.model_validate(ASKED.model_dump() | other)
    fbench.run(asked, tmp_path / "other", shard="2/2")
    if later:
        merges(two[0], tmp_path / "all", 1)
        before = contents(tmp_path / "all")
        assert "was merged from the shards of another run" in refused([tmp_path / "other"], tmp_path / "all")
        assert contents(tmp_path / "all") == before
    else:
        for order in itertools.permutations([two[0], tmp_path / "other"]):
            assert "is a shard of another run than" in refused(order, tmp_path / "all")
        assert not (tmp_path / "all").exists()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The two shards of a run."""
    return sharded(tmp_path_factory.mktemp("two"), 2)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_shard_that_another_folder_tells_otherwise_is_not_merged_over_the_first(
    tmp_path: Path, two: list[Path]
) -> None:
    merges(two[0], tmp_path / "all", 1)
    shutil.copytree(two[0], tmp_path / "copy")
    merges(tmp_path / "copy", tmp_path / "all", 1)  # the same once more, under another name
    as_if_written(tmp_path / "copy" / "run.sqlite", "update answer set text = 'otherwise'")
    assert "two shards tell of the answers of the cell" in refused([tmp_path / "copy"], tmp_path / "all")
    fbench.merge(two, tmp_path / "all")


LABELS = ("lock", "file config.toml", "commit meta", "commit grade", "file results.json", "file run.json")
POINTS = [f"{when} {what}" for what in LABELS for when in ("before", "after")]
SOME = ("before file config.toml", "after commit grade")
"""What the offline suite tries; `FBENCH_CHAOS=1` tries all."""


@pytest.mark.parametrize("point", POINTS if os.environ.get("FBENCH_CHAOS") else SOME)
@pytest.mark.long
def test_a_merge_that_is_killed_is_repeated(tmp_path: Path, two: list[Path], point: str) -> None:
    fbench.merge(two, tmp_path / "undisturbed")
    asked = ("merge", tmp_path / "all", *two, "--quiet")
    kills = 0
    while True:
        mark = tmp_path / f"mark{kills}"
        env = environment(**{VARIABLE: f"{point};{kills + 1};{int(signal.SIGKILL)};{mark}"})
        process = begin(tmp_path, *asked, module="tests.chaos.points", env=env)
        process.communicate(timeout=60)
        if not mark.exists():  # it does not come by so often
            assert process.returncode == 0, process.stderr
            break
        assert process.returncode == -signal.SIGKILL
        kills += 1
    assert kills > 0
    fbench.merge(two, tmp_path / "all")
    assert results(tmp_path / "all") == results(tmp_path / "undisturbed")


# --- recordings ---


def recorded(folder: Path, name: str = "tape") -> fbench.Experiment:
    return JUDGED.model_copy(update={"cassettes": folder / name, "record": "all"})


def tapes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.yaml")}


def replay(folder: Path, out: Path) -> bytes:
    fbench.run(JUDGED.model_copy(update={"cassettes": folder}), out)
    return results(out)


@pytest.mark.parametrize("how", ["at once", "one by one", "twice", "in batches"])
def test_what_shards_recorded_becomes_the_recording_of_the_whole(tmp_path: Path, how: str) -> None:
    batch = how == "in batches"
    fbench.run(recorded(tmp_path, "whole"), tmp_path / "run", batch=batch)
    parts = sharded(tmp_path, 3, recorded(tmp_path), batch=batch)
    if how == "one by one":
        for part in parts[:0:-1]:
            with pytest.raises(fbench.Incomplete):
                fbench.merge([part], tmp_path / "all", cassettes=tmp_path / "tape")
    for _ in range(2 if how == "twice" else 1):
        fbench.merge(parts, tmp_path / "all", cassettes=tmp_path / "tape")
    assert results(tmp_path / "all") == results(tmp_path / "run")
    assert tapes(tmp_path / "tape") == tapes(tmp_path / "whole")
    assert read_index(tmp_path / "tape") == read_index(tmp_path / "whole")
    assert (tmp_path / "tape/config.toml").read_bytes() == (tmp_path / "whole/config.toml").read_bytes()
    assert replay(tmp_path / "tape", tmp_path / "r1") == replay(tmp_path / "whole", tmp_path / "r2")


def test_a_merge_without_a_place_for_recordings_leaves_those_of_the_shards_as_they_are(
    tmp_path: Path,
) -> None:
    parts = sharded(tmp_path, 2, recorded(tmp_path))
    before = [tapes(tmp_path / f"tape{number}") for number in (1, 2)]
    fbench.merge(parts, tmp_path / "all")
    assert [tapes(tmp_path / f"tape{number}") for number in (1, 2)] == before
    assert all(before)


def test_a_shard_whose_deployments_may_still_stand_is_not_merged(tmp_path: Path) -> None:
    parts = sharded(tmp_path, 2)
    with Store(parts[1] / STORE) as store:
        keep_deployed(store, Deployed("a cell", "fbench-1", stands=True))
    said = refused(parts, tmp_path / "all")
    assert "shard 2/2 has not ended, what it deployed may still stand: go on with `fbench resume" in said
    with Store(parts[1] / STORE) as store:
        keep_deployed(store, Deployed("a cell", "fbench-1", stands=False))
    fbench.merge(parts, tmp_path / "all")


def test_shards_replay_a_recording_as_the_whole_does(tmp_path: Path) -> None:
    fbench.run(recorded(tmp_path), tmp_path / "run")
    replayed = replay(tmp_path / "tape", tmp_path / "whole")
    asked = JUDGED.model_copy(update={"cassettes": tmp_path / "tape"})
    parts = [tmp_path / "shard1", tmp_path / "shard2"]
    for number, part in enumerate(parts, start=1):
        fbench.run(asked, part, shard=f"{number}/2")
    assert "recorded nothing" in refused(parts, tmp_path / "all", cassettes=tmp_path / "new")
    fbench.merge(parts, tmp_path / "all")
    assert results(tmp_path / "all") == replayed


def test_recordings_are_put_only_where_there_is_none_of_something_else(tmp_path: Path) -> None:
    parts = sharded(tmp_path, 2, recorded(tmp_path))
    other = ASKED.model_copy(update={"cassettes": tmp_path / "other", "record": "all"})
    fbench.run(other, tmp_path / "run")
    before = tapes(tmp_path / "other")
    said = refused(parts, tmp_path / "all", cassettes=tmp_path / "other")
    assert "was recorded with other data" in said
    assert tapes(tmp_path / "other") == before
    assert (tmp_path / "tape1" / "index.json").is_file()
    (tmp_path / "tape1" / "index.json").unlink()
    said = refused(parts, tmp_path / "all2", cassettes=tmp_path / "new")
    assert "is not closed: go on with `fbench resume" in said
