"""The recording that fbench ships: of this code's fakes, complete, small, and free of secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fbench.cassette import read_index
from fbench.cassette.scrub.detect import find_secrets
from tests.cassette.compare import differing

DEMO = Path(__file__).parents[2] / "cassettes" / "demo"
pytestmark = pytest.mark.xdist_group("demo")


def run(*arguments: object) -> None:
    command = [sys.executable, "-m", "fbench", "run", "--quiet", "--jobs", "1", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, env=dict(os.environ))


def results(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    del found["experiment"]["recorded"]
    return found


@pytest.mark.long
def test_recording_again_changes_nothing_and_a_replay_gives_the_same_results(tmp_path: Path) -> None:
    again = tmp_path / "demo"
    run(DEMO / "config.toml", "--cassettes", again, "--record", "all", "--out", tmp_path / "recorded")
    assert differing(DEMO, again) == []
    run("--cassettes", DEMO, "--out", tmp_path / "replayed")
    assert results(tmp_path / "replayed") == results(tmp_path / "recorded")


def test_it_says_that_it_comes_from_fakes() -> None:
    assert read_index(DEMO).provenance["upstream"] == "fake"
    assert all('upstream: "fake"' in path.read_text(encoding="utf-8") for path in DEMO.rglob("*.yaml"))


def test_it_is_small_and_holds_nothing_that_looks_like_a_secret() -> None:
    files = [path for path in DEMO.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    assert {path.name: find_secrets(path.read_text(encoding="utf-8")) for path in files} == {
        path.name: [] for path in files
    }


def test_the_readme_says_of_each_recording_what_it_holds_and_how_it_was_made() -> None:
    said = (DEMO.parent / "README.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in said.splitlines() if row.startswith("| `")}
    assert set(rows) == {path.parent.name for path in DEMO.parent.glob("*/index.json")}
    for name, row in rows.items():
        index = read_index(DEMO.parent / name)
        held = sum(shard.interactions for shard in index.shards)
        assert f"{held} interactions in {len(index.shards)} shards" in row
        upstream = index.provenance["upstream"]
        command = f"fbench run cassettes/{name}/config.toml --cassettes cassettes/{name} --record all"
        assert ("`nox -s local-study -- --keep`" if upstream == "weights" else f"`{command}`") in row
        assert ("**fakes**" in row) == (upstream == "fake")
        assert ("**open weights**" in row) == (upstream == "weights")
