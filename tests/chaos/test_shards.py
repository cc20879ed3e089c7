"""A run in shards, each on a machine of its own that may be killed, becomes the run of one machine.

`FBENCH_CHAOS=1` draws 40 runs; the offline suite draws one.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fbench.runner.shard import RunShard
from fbench.runner.store import Store
from tests.cli.cli_user import MODEL, Said, begin, outside
from tests.pipeline.test_recovery import ASKS, CREATES, Server, started

DRAWN = range(40 if os.environ.get("FBENCH_CHAOS") else 1)
OTHER = "openai:gpt-4o-2024-08-06"
CONFIG = f"""
models = ["{MODEL}", "{OTHER}"]
tasks = ["news", "people"]
limit = 3
epochs = [1, 2]
data_edition = 1
"""
LIVE = 'upstream = "live"\nrun_id = "{:08x}"\n'
RUNS = itertools.count(1)
BUDGET = 40.0


def fbench(folder: Path, *args: object) -> Said:
    """A command in a process of its own, to its end, with the keys of this process."""
    return outside(folder, *args, env=os.environ)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def live(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with the configuration of a live run, whose service is a server on this machine."""
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config.toml").write_text(CONFIG + LIVE.format(next(RUNS)), encoding="utf-8")
    return tmp_path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the configuration of a run on fakes."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def run(folder: Path, out: str, *options: object) -> Said:
    return fbench(folder, "run", "config.toml", "--out", out, "--quiet", "--jobs", 1, *options)


def sharded(folder: Path, count: int, *options: object) -> list[str]:
    """The folders of all shards of the run, which have ended."""
    names = [f"shard{number}" for number in range(1, count + 1)]
    for number, name in enumerate(names, start=1):
        said = run(folder, name, "--shard", f"{number}/{count}", *options)
        assert said.code == 0, said
    return names


def results(folder: Path, run: str) -> bytes:
    return (folder / run / "results.json").read_bytes()


@pytest.mark.parametrize("seed", DRAWN)
def test_shards_that_are_killed_and_go_on_are_merged_to_the_run_of_one_machine(
    live: Path, server: Server, seed: int
) -> None:
    draw = random.Random(seed)  # noqa: S311 - the same draws each time
    money = ("--yes", "--budget-usd", BUDGET)
    jobs = [server.bill.jobs]
    assert run(live, "whole", *money).code == 0
    jobs.append(server.bill.jobs)
    count = draw.randint(2, 5)
    names: list[str] = []
    for number in range(1, count + 1):
        names.append(name := f"shard{number}")
        asked: tuple[object, ...] = ("run", "config.toml", "--out", name, "--shard", f"{number}/{count}")
        while True:
            working = ("--quiet", "--jobs", draw.choice([1, 2]), *money)
            process = begin(live, *asked, *working, env=os.environ)
            with process:
                time.sleep(draw.uniform(0.3, 2.5))
                process.send_signal(draw.choice([signal.SIGKILL, signal.SIGTERM]))
                process.communicate(timeout=60)
            if (live / name / "results.json").exists():
                break
            asked = ("resume", name) if (live / name / "config.toml").exists() else asked
            if draw.random() < 0.4:  # it is left in peace
                said = fbench(live, *asked, "--quiet", "--jobs", 1, *money)
                assert said.code == 0, said
                break
    draw.shuffle(names)
    said = fbench(live, "merge", "all", *names, "--quiet", *money[1:])
    assert said.code == 0, said
    assert results(live, "all") == results(live, "whole")
    assert server.bill.jobs - jobs[1] == jobs[1] - jobs[0] == 8, "one job a training"


@pytest.mark.long
def test_merging_again_changes_nothing_and_shards_may_come_one_by_one(here: Path) -> None:
    assert run(here, "whole").code == 0
    names = sharded(here, 3)
    said = fbench(here, "merge", "all", names[0], names[2])
    assert said.code == 0
    assert said.err.strip() == "all: 1 shard is missing yet: 2/3. Merge them too for results."
    assert not (here / "all" / "results.json").exists()
    for _ in range(2):
        assert fbench(here, "merge", "all", *names, "--quiet").code == 0
        assert results(here, "all") == results(here, "whole")
    assert fbench(here, "merge", "all", names[1], "--quiet").code == 0
    assert results(here, "all") == results(here, "whole")


@pytest.mark.long
def test_the_judge_waits_for_all_shards(here: Path) -> None:
    (here / "config.toml").write_text(
        f'judge = "{OTHER}"\n{CONFIG}'.replace('"people"', '"medical"'), encoding="utf-8"
    )
    assert run(here, "whole").code == 0
    names = sharded(here, 2)
    for name in names:
        with closing(Store(here / name / "run.sqlite", read_only=True)) as store:
            assert not any(layer.startswith("judge") for layer in store.layers())
    assert fbench(here, "merge", "all", *names, "--quiet").code == 0
    assert results(here, "all") == results(here, "whole")
    assert b'"judge": {' in results(here, "all")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.long
def test_a_live_judge_is_recorded_with_what_shards_recorded_and_takes_the_place_of_nothing(
    live: Path, together: bool
) -> None:
    config = f'grader = "judge"\njudge = "{OTHER}"\n' + (live / "config.toml").read_text(encoding="utf-8")
    (live / "config.toml").write_text(config.replace('"news", "people"', '"news"'), encoding="utf-8")
    money, recorded = ("--yes", "--budget-usd", BUDGET), ("--record", "all")
    assert run(live, "whole", "--cassettes", "tape", *recorded, *money).code == 0
    for number in (1, 2):
        own = ("--shard", f"{number}/2", "--cassettes", f"tape{number}")
        assert run(live, f"shard{number}", *own, *recorded, *money).code == 0
    before = [cassettes(live / f"tape{number}") for number in (1, 2)]
    place = ("--cassettes", "merged") if together else ()
    assert fbench(live, "merge", "all", "shard2", "shard1", "--quiet", *place, *money[1:]).code == 0
    assert results(live, "all") == results(live, "whole")
    assert [cassettes(live / f"tape{number}") for number in (1, 2)] == before
    if together:
        assert [*cassettes(live / "merged")] == [*cassettes(live / "tape")]
        for tape in ("tape", "merged"):
            assert fbench(live, "run", "--cassettes", tape, "--out", f"of-{tape}", "--quiet").code == 0
        assert results(live, "of-merged") == results(live, "of-tape")


@pytest.mark.parametrize(
    "how",
    [
        pytest.param((), id="one by one", marks=pytest.mark.long),
        pytest.param(("--batch",), id="in batches"),
    ],
)
@pytest.mark.long
def test_a_shard_that_repeats_what_failed_or_was_rejected_is_merged_once_more(
    live: Path, server: Server, how: tuple[str, ...]
) -> None:
    money = ("--yes", "--budget-usd", BUDGET)
    assert run(live, "whole", *money).code == 0
    server.fail(CREATES, status=400, calls=range(1, 2))
    failed = [run(live, f"shard{number}", "--shard", f"{number}/2", *money).code for number in (1, 2)]
    assert sorted(failed) == [0, 5]
    server.fail(ASKS, status=400, calls=range(3, 6))
    again = fbench(live, "resume", "shard1", "--quiet", "--budget-usd", BUDGET)
    again = fbench(live, "resume", "shard2", "--quiet", "--budget-usd", BUDGET) if not again.code else again
    server.mend()
    merged = ("merge", "all", "shard1", "shard2", "--quiet", *money[1:])
    assert fbench(live, *merged).code == 0
    assert results(live, "all") != results(live, "whole")
    for shard in ("shard1", "shard2"):
        asked = ("resume", shard, "--retry-errors", "--quiet", "--jobs", 1, *how)
        assert fbench(live, *asked, "--budget-usd", BUDGET).code == 0
    assert fbench(live, *merged).code == 0
    assert results(live, "all") == results(live, "whole")


def cassettes(folder: Path) -> dict[str, bytes]:
    paths = sorted(folder.rglob("*.yaml"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.mark.long
def test_the_same_command_goes_on_with_a_shard_and_another_is_refused(live: Path, server: Server) -> None:
    said = run(live, "shard1", "--shard", "1/2", "--yes", "--budget-usd", 0.02)
    assert said.code == 4
    money = ("--yes", "--budget-usd", BUDGET)
    for other in (("--shard", "2/2"), ("--shard", "1/3"), ("--shard", "1/2", "--limit", 2), ()):
        assert "shard1: is not an empty folder" in run(live, "shard1", *other, *money).paragraph
    assert run(live, "shard1", "--shard", "1/2", *money).code == 0
    requests = server.requests
    assert run(live, "shard1", "--shard", "1/2", *money).code == 0
    assert server.requests == requests


@pytest.mark.parametrize("whole", [60, 90.0, None])
def test_the_shares_of_all_shards_are_the_whole(whole: float | None) -> None:
    shares = [RunShard(number, 4).share(whole) for number in range(1, 5)]
    assert shares == ([None] * 4 if whole is None else [whole / 4] * 4)


def test_an_empty_folder_may_be_merged_in_and_one_with_files_of_others_not(here: Path) -> None:
    names = sharded(here, 2)
    (here / "all").mkdir()
    (here / "notes").mkdir()
    (here / "notes" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "is not an empty folder" in fbench(here, "merge", "notes", *names).paragraph
    assert fbench(here, "merge", "all", *names, "--quiet").code == 0


def spent(folder: Path, shard: str) -> float:
    with closing(Store(folder / shard / "run.sqlite", read_only=True)) as store:
        return store.spent_usd()


def test_no_shard_spends_more_than_its_share(live: Path) -> None:
    assert run(live, "free", "--shard", "1/4", "--yes", "--budget-usd", BUDGET).code == 0
    budget = 3 * spent(live, "free")  # of which the share is less than it needs
    (live / "config.toml").write_text(CONFIG + LIVE.format(next(RUNS)), encoding="utf-8")
    said = run(live, "held", "--shard", "1/4", "--yes", "--budget-usd", budget)
    assert said.code != 0, "with the whole of it, as this shard needs a third, it would have ended"
    assert "of the budget of" in said.err
    assert spent(live, "held") <= budget / 4


@pytest.mark.long
def test_what_cannot_be_merged_is_said_and_nothing_is_made(here: Path) -> None:
    names = sharded(here, 2)
    assert run(here, "whole").code == 0
    (here / "config.toml").write_text(CONFIG.replace("limit = 3", "limit = 2"), encoding="utf-8")
    assert run(here, "other", "--shard", "2/2").code == 0
    assert run(here, "third", "--shard", "3/3").code == 0
    shutil.copytree(here / names[0], here / "copy")
    for folders, told in (
        ((names[0], "whole"), "whole: is a whole run, and no shard"),
        ((names[0], "other"), "other: is a shard of another run than shard1: its"),
        ((names[0], "third"), "third: is shard 3/3, and shard1 is 1/2"),
        ((names[0], "copy"), "shard1 and copy: are both shard 1/2"),
        ((names[0], names[0]), "shard1: a folder is named twice"),
        ((names[0], "nothing"), "nothing"),
    ):
        assert told in fbench(here, "merge", "all", *folders).paragraph
        assert not (here / "all").exists()
    assert "whole: is a run of its own" in fbench(here, "merge", "whole", *names).paragraph


@pytest.mark.long
def test_a_shard_that_has_not_ended_is_not_merged(live: Path) -> None:
    run(live, "shard1", "--shard", "1/2", "--yes", "--budget-usd", 0.02)
    assert run(live, "shard2", "--shard", "2/2", "--yes", "--budget-usd", BUDGET).code == 0
    said = fbench(live, "merge", "all", "shard1", "shard2").paragraph
    assert "shard1: shard 1/2 has not ended" in said
    assert "`fbench resume shard1 --budget-usd" in said


@pytest.mark.parametrize("wrong", ["0/2", "3/2", "2", "1/0", "a/b", "-1/2", "1/2/3"])
def test_a_shard_that_is_none_is_refused(here: Path, wrong: str) -> None:
    assert "is no shard: write it as 2/8" in run(here, "out", f"--shard={wrong}").paragraph
    assert not (here / "out").exists()


def test_the_shards_of_a_live_run_share_its_id(live: Path) -> None:
    (live / "config.toml").write_text(CONFIG + 'upstream = "live"\n', encoding="utf-8")
    said = run(live, "out", "--shard", "1/2", "--yes", "--budget-usd", 1).paragraph
    assert "put a new one into the configuration of all, such as run_id = " in said
