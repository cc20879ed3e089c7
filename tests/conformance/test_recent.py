"""Recorded requests get the recorded status and fields; what real responses always have, ours have."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conformance.calls import Exchange
from tests.conformance.openai_calls import SCENARIOS
from tests.conformance.recent import REASONS, fields, reason_against, recent, replayed
from tests.conformance.recorded import Recording
from tests.conformance.scenarios import run
from tests.conformance.specifications import Specification

_RECORDINGS = 76
"""As many recordings of OpenAI's endpoints there are in the shared file."""


class Missing(NamedTuple):
    """Fields below a place that are in a recorded response, and not in ours."""

    recording: int
    place: str
    why: str


MISSING = (
    Missing(61, "/output/*[message]", "the model was told to say what it does before it calls a tool"),
    Missing(
        74, "/output/*[compaction]", "long texts were cut in the recording, and what is left is not long"
    ),
)


@pytest.fixture(scope="module")
def recordings(specs: Path) -> dict[int, Recording]:
    """All recordings of OpenAI, by line."""
    return {int(each.name.rpartition(":")[2]): each for each in recent(specs)}


@pytest.fixture(scope="module")
def replays(recordings: dict[int, Recording]) -> dict[int, Exchange]:
    """The fakes' responses to all requests that can be answered as they were."""
    return {line: replayed(each) for line, each in recordings.items() if reason_against(each) is None}


def test_all_are_read(recordings: dict[int, Recording]):
    assert len(recordings) == _RECORDINGS


def test_every_reason_is_needed_and_holds(recordings: dict[int, Recording]):
    against = [each for each in recordings.values() if reason_against(each) is not None]

    assert {reason_against(each) for each in against} <= set(REASONS)
    assert all(replayed(each).status != each.exchange.status for each in against)


def test_recorded_requests_get_the_recorded_status(
    recordings: dict[int, Recording], replays: dict[int, Exchange]
):
    wrong = {
        line: (replay.status, replay.content[:200])
        for line, replay in replays.items()
        if replay.status != recordings[line].exchange.status
    }

    assert wrong == {}
    assert len(replays) > _RECORDINGS * 0.75


def test_recorded_requests_get_the_recorded_fields(
    recordings: dict[int, Recording], replays: dict[int, Exchange]
):
    lacking = {
        f"{line}: {at}"
        for line, replay in replays.items()
        for at in fields(recordings[line].exchange) - fields(replay)
        if not any(each.recording == line and at.startswith(each.place) for each in MISSING)
    }

    assert sorted(lacking) == []


def test_recorded_errors_are_said_in_the_same_words(
    recordings: dict[int, Recording], replays: dict[int, Exchange]
):
    errors = {line: each.exchange.json for line, each in recordings.items() if each.exchange.status >= 400}

    assert errors
    for line in errors.keys() & replays.keys():
        assert replays[line].json == errors[line]


def test_what_is_always_recorded_is_always_answered(
    recordings: dict[int, Recording], specifications: dict[str, Specification]
):
    """Of each endpoint: the fields that all of its recorded responses have, in all of ours."""
    find = specifications["openai"].find
    always: dict[str, set[str]] = {}
    for each in recordings.values():
        exchange = each.exchange
        operation = find(exchange.method, exchange.path)
        if operation and exchange.status < 400 and not exchange.streamed:
            known = fields(exchange)
            always[operation.name] = always.get(operation.name, known) & known
    lacking: defaultdict[str, set[str]] = defaultdict(set)
    seen: set[str] = set()
    for exchange in (each for name in SCENARIOS for each in run(name).exchanges):
        operation = find(exchange.method, exchange.path)
        if operation and operation.name in always and exchange.status < 400 and not exchange.streamed:
            seen.add(operation.name)
            # what a list or another nullable thing holds is only there where it holds something
            own = fields(exchange)
            filled = {at.rpartition("/")[0] for at in own if at} | {""}
            lost = always[operation.name] - own
            missing = {at for at in lost if "*" not in at and at.rpartition("/")[0] in filled}
            if missing:
                lacking[operation.name] |= missing

    assert dict(lacking) == {}
    assert set(always) == seen
