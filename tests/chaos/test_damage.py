"""Any bit that flips and any cut is found, or changes nothing: never is there a wrong answer.

`FBENCH_CHAOS=1` makes 1,000 rounds a kind of file; the offline suite makes a tenth of them.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from fbench.cassette import Cassette, CassetteWarning, Library
from fbench.cassette.format.head import read_head, write_head
from fbench.cassette.format.interaction import RecordedResponse
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.writer import part_of
from fbench.cassette.library import INDEX, read_index
from fbench.errors import CassetteError
from fbench.request_context import about

ROUNDS = 1000 if os.environ.get("FBENCH_CHAOS") else 100
DEMO = Path(__file__).parents[2] / "cassettes" / "demo"
SHARD = "openai-gpt-4o-mini-2024-07-18/news/e1/s0.yaml"
RECORDED = list(CassetteReader(DEMO / SHARD))
Answers = list[RecordedResponse | None]


def damaged(whole: bytes, random: Random) -> bytes:
    """The bytes with one bit flipped, or cut short."""
    if random.random() < 0.3:
        return whole[: random.randrange(len(whole))]
    content = bytearray(whole)
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    return bytes(content)


def answers(cassette: Cassette) -> Answers:
    """What every request that was recorded is answered, in its order."""
    found: Answers = []
    for each in RECORDED:
        with about(tag=each.tag):
            found.append(cassette.play(cassette.ask(each.method, each.url, each.content_type, each.body)))
    return found


def closed(folder: Path, random: Random) -> Answers:
    """From a closed cassette that was damaged."""
    path = folder / "closed.yaml"
    path.write_bytes(damaged((DEMO / SHARD).read_bytes(), random))
    return answers(Cassette(path))


def interrupted(folder: Path, random: Random) -> Answers:
    """From a recording that was interrupted, and then damaged."""
    path = folder / "interrupted.yaml"
    whole = (DEMO / SHARD).read_bytes()
    head = read_head(whole, path)
    part_of(path).write_bytes(damaged(write_head(head.provenance) + whole[head.length :], random))
    return answers(Cassette(path))


def indexed(folder: Path, random: Random) -> Answers:
    """From a folder whose index was damaged."""
    copy = folder / "demo"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(DEMO, copy)
    index = copy / INDEX
    index.write_bytes(damaged(index.read_bytes(), random))
    with about(shard="openai:gpt-4o-mini-2024-07-18/news/e1/s0"):
        return answers(Library(copy, "none").cassette())


@pytest.mark.parametrize("kind", [closed, interrupted, indexed], ids=lambda kind: kind.__name__)
def test_damage_is_found_or_does_no_harm(tmp_path: Path, kind: Callable[[Path, Random], Answers]) -> None:
    expected: Answers = [each.response for each in RECORDED]
    outcomes: Counter[str] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CassetteWarning)
        for seed in range(ROUNDS):
            try:
                found = kind(tmp_path, Random(seed))  # noqa: S311 - damage, no secret
            except CassetteError:
                outcomes["found"] += 1
            else:
                outcomes["harmless" if found == expected else "wrong"] += 1
    assert outcomes["wrong"] == 0
    assert sum(outcomes.values()) == ROUNDS
    assert outcomes["found"] > ROUNDS / 4


def test_the_recording_itself_is_sound() -> None:
    assert answers(Cassette(DEMO / SHARD)) == [each.response for each in RECORDED]
    assert read_index(DEMO).shards
