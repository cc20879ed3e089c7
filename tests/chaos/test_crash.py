"""A recorder that is killed at any moment leaves everything that had returned to its caller.

`FBENCH_CHAOS=1` makes 200 rounds; the offline suite makes a few.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from random import Random
from typing import Any

import pytest
from vcr.cassette import Cassette as StockCassette  # pyright: ignore[reportMissingTypeStubs] - vcrpy has no types

from fbench.cassette import Cassette, CassetteWarning

ROUNDS = 200 if os.environ.get("FBENCH_CHAOS") else 4
RECORDER = Path(__file__).parent / "recorder.py"
stock: Any = StockCassette


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_had_returned_before_a_kill_is_there_and_the_rest_is_dropped(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "killed.yaml"
    with subprocess.Popen([sys.executable, RECORDER, path], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(Random(seed).random() * 0.5)  # noqa: S311 - a moment, no secret
        child.kill()
        returned = [int(line) for line in [first, *child.stdout.read().split()]]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CassetteWarning)
        cassette = Cassette(path, "new")
        kept = len(cassette)
        cassette.close()
    assert returned == list(range(len(returned)))
    assert len(returned) <= kept <= len(returned) + 1
    replay = Cassette(path)
    bodies = b"".join(each.body for each in replay.unused())
    replay.release()
    assert all(b'"question %d "' % number in bodies for number in returned)
    assert len(stock.load(path=str(path))) == kept
