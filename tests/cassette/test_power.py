"""A loss of power leaves the old recording or the new one, and all that was closed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fbench.cassette import Library, Mode, finish, read_index
from fbench.cassette.format.writer import part_of
from fbench.cassette.library import INDEX
from fbench.errors import CassetteError
from fbench.request_context import about
from tests.cassette.clients import asked, chat, echo, opened, recorded
from tests.cassette.power import Disk

OLD, NEW = ["one", "two"], ["three", "four" * 300, "five"]


class Story(NamedTuple):
    """What was done on a disk: where, what was recorded before and in the end, and in which mode."""

    disk: Disk
    place: str
    before: list[str]
    after: list[str]
    mode: Mode


STORIES: dict[str, tuple[str, list[str], Mode]] = {
    "added to an old one": ("chat.yaml", OLD, "new"),
    "made anew": ("chat.yaml", OLD, "all"),
    "the first": ("chat.yaml", [], "new"),
    "in new folders": ("below/deep/chat.yaml", [], "new"),
    "with an index": ("below/chat.yaml", OLD, "new"),
}


@pytest.fixture(scope="module", params=STORIES)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    root = tmp_path_factory.mktemp("disk")
    place, before, mode = STORIES[request.param]
    if before:
        recorded(root / place, *before)
    if request.param == "with an index":
        finish(root, {"recorded": "2026-01-01"})
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(root, patch)
        cassette = opened(root / place, mode)
        client = asked(cassette, echo())
        for question in [*before, *NEW]:
            assert chat(client, question) == question
        if request.param == "with an index":
            cassette.release()
            finish(root, {"recorded": "2026-02-02"})
        else:
            cassette.close()
        disk.note("closed")
    yield Story(disk, place, before, [*before, *NEW], mode)
    disk.close()


@pytest.mark.filterwarnings("ignore:.*the recording was interrupted")
@pytest.mark.parametrize("seed", range(40))
def test_a_loss_of_power_leaves_the_old_or_the_new_and_what_was_closed(
    story: Story, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a loss drawn at random
    last = len(story.disk.moments) - 1
    moment = chance.choice([last, *range(last), *range(last)])
    root = tmp_path / "after"
    story.disk.lose_power(moment, chance, root)
    path = root / story.place
    held = answered(path)
    assert {*story.before} <= held <= {*story.after}
    if moment == last:
        assert held == {*story.after}
    cassette = opened(path, story.mode)
    client = asked(cassette, echo())
    assert [chat(client, question) for question in story.after] == story.after
    cassette.close()
    assert answered(path) == {*story.after}
    assert not part_of(path).exists()
    if (root / INDEX).exists():
        finish(root, read_index(root).provenance)
        with about(shard=story.place.removesuffix(".yaml")):
            assert len(Library(root, "none").cassette()) == len(story.after)


def answered(path: Path) -> set[str]:
    """The questions that a cassette answers, each once."""
    try:
        cassette = opened(path)
    except CassetteError as error:
        if "no recording is there" in str(error):
            return set()
        raise
    asked_for = [json.loads(each.body)["messages"][0]["content"] for each in cassette.unused()]
    client = asked(cassette)
    assert [chat(client, question) for question in asked_for] == asked_for
    cassette.release()
    assert len({*asked_for}) == len(asked_for)
    return {*asked_for}
