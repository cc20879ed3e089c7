"""Every recorded response has the fields that a fake answers with to the same call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conformance.calls import Caller, Exchange
from tests.conformance.departures import DEPARTURES
from tests.conformance.findings import findings
from tests.conformance.google_calls import MODEL, PLACE
from tests.conformance.openai_calls import BASE, job, trained, uploaded
from tests.conformance.recorded import RECORDED, Recording, fields_of, recording
from tests.conformance.specifications import Specification


class Difference(NamedTuple):
    """A recorded field that is not ours."""

    recordings: tuple[str, ...]
    field: str
    why: str


DIFFERENCES = (
    Difference(
        ("openai.jsonl:2",),
        "/data/*/error",
        "null in 2023; a job without an error has had an empty one since, as in openai.jsonl:1",
    ),
)

REPLAYED = ("openai.jsonl", "google.jsonl")
"""The files of recordings that every line is replayed of; others may lie beside them."""

Replay = Callable[[Caller, Recording], Exchange]


def _get(path: str) -> Replay:
    """The recorded call on a world with a file, `{file}`, and a finished job."""

    def replay(call: Caller, recorded: Recording) -> Exchange:
        done = trained(call)
        return call(
            "openai",
            recorded.exchange.method,
            path.format(file=done["training_file"]) + recorded.query,
        )

    return replay


def _create_job(call: Caller, recorded: Recording) -> Exchange:
    del recorded
    return job(call, uploaded(call))


def _upload(call: Caller, recorded: Recording) -> Exchange:
    del recorded
    uploaded(call)
    return call.exchanges[-1]


def _ask(verb: str) -> Replay:
    def replay(call: Caller, recorded: Recording) -> Exchange:
        path = f"{PLACE}/publishers/google/models/{MODEL}:{verb}{recorded.query}"
        return call("vertex", "POST", path, recorded.asked[0])

    return replay


def _no_model(call: Caller, recorded: Recording) -> Exchange:
    url = recorded.exchange.path + recorded.query
    return call("gemini", "POST", url, recorded.asked[0], headers={"x-goog-api-key": "AIza-fake"})


REPLAYS: dict[str, Replay] = {
    "openai.jsonl:1": _create_job,
    "openai.jsonl:2": _get("/fine_tuning/jobs"),
    "openai.jsonl:3": _get("/fine_tuning/jobs/123"),
    "openai.jsonl:4": _get("/fine_tuning/jobs/123/events"),
    "openai.jsonl:5": _upload,
    "openai.jsonl:6": _upload,
    "openai.jsonl:7": _get("/files"),
    "openai.jsonl:8": _get("/files"),
    "openai.jsonl:9": _get("/files"),
    "openai.jsonl:10": _get("/files/{file}"),
    "openai.jsonl:11": _get("/files/{file}/content"),
    "openai.jsonl:12": _get("/files/{file}"),
    "openai.jsonl:13": _get("/files/{file}"),
    "openai.jsonl:14": _get(f"/models/{BASE}"),
    "openai.jsonl:15": _get("/models"),
    "google.jsonl:1": _ask("generateContent"),
    "google.jsonl:2": _no_model,
    "google.jsonl:3": _ask("streamGenerateContent"),
    "google.jsonl:4": _ask("generateContent"),
}


def _missing(recorded: Exchange, ours: Exchange) -> set[str]:
    """The recorded fields that ours lacks or has with other types; of a missing object, not what is in it."""
    theirs, own = fields_of(recorded), fields_of(ours)
    lacking = {at for at, kinds in theirs.items() if not kinds & own.get(at, frozenset())}
    return {at for at in lacking if not any(at.startswith(f"{other}/") for other in lacking)}


def _compared(specs: Path, name: str) -> tuple[Recording, Exchange]:
    recorded = recording(specs, name)
    return recorded, REPLAYS[name](Caller(), recorded)


def test_every_recording_of_the_tuning_services_is_replayed(specs: Path):
    lines = {
        f"{name}:{number}"
        for name in REPLAYED
        for number in range(1, len((specs / "recorded" / name).read_text("utf-8").splitlines()) + 1)
    }

    assert lines == set(RECORDED) == set(REPLAYS)


@pytest.mark.parametrize("name", RECORDED)
def test_a_replay_is_the_recorded_call(name: str, specs: Path, specifications: Mapping[str, Specification]):
    recorded, ours = _compared(specs, name)
    find = specifications[ours.service].find
    theirs = recorded.exchange

    assert (ours.service, ours.method, ours.status) == (theirs.service, theirs.method, theirs.status)
    assert find(ours.method, ours.path) == find(theirs.method, theirs.path) is not None
    assert ours.content_type == theirs.content_type


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_field_is_answered(name: str, specs: Path):
    recorded, ours = _compared(specs, name)

    missing = _missing(recorded.exchange, ours)

    assert missing == {each.field for each in DIFFERENCES if name in each.recordings}


@pytest.mark.parametrize("name", RECORDED)
def test_a_field_that_was_not_recorded_is_specified(
    name: str, specs: Path, specifications: Mapping[str, Specification]
):
    recorded, ours = _compared(specs, name)
    known = fields_of(recorded.exchange)

    unknown = {
        finding.pointer
        for finding in findings(specifications[ours.service], ours)
        if finding.pointer in fields_of(ours).keys() - known.keys()
        and not any(departure.excuses(finding) for departure in DEPARTURES)
    }

    assert unknown == set()
