"""The recorded requests of Google's services get the recorded status and the recorded fields."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.json_text import mapping, sequence
from fakes.learners.scripted import ScriptedLearner
from tests.conformance.google_pairs import KEY
from tests.conformance.google_recorded import MODELS, Recorded, fields_of, recorded_google

UNSERVED = {
    "codeExecution": "no code is run",
    "fileData": "models read text alone",
    "googleSearch": "nothing is searched",
    "inlineData": "models read text alone",
    "modelArmorConfig": "prompts are not filtered",
}
"""A field that is refused -> why what was recorded with it cannot be."""
SINCE = {
    ("vertex", "/candidates/*/content/parts/*/functionCall/id"): "recent.jsonl:18",
    ("gemini", "/candidates/*/content/parts/*/functionCall/id"): "recent.jsonl:23",
    ("gemini", "/candidates/*/finishMessage"): "recent.jsonl:11",
    ("gemini", "/candidates/*/index"): "recent.jsonl:1",
    ("gemini", "/usageMetadata/serviceTier"): "recent.jsonl:1",
}
"""Service and field -> a recording that has it, where older ones of the same kind do not."""


@pytest.fixture(scope="module")
def recordings(specs: Path) -> list[Recorded]:
    return list(recorded_google(specs))


def bodies(recorded: Recorded) -> tuple[int, list[Any]]:
    """The status and the bodies, of a stream those of its events, of the answer to a recorded request."""
    world = World(learner=ScriptedLearner(str.upper))
    with httpx2.Client(transport=FakeTransport(world)) as client:
        response = client.post(recorded.url, json=recorded.asked, headers=KEY)
        text = response.read().decode()
    if not response.headers["content-type"].startswith("text/event-stream"):
        return response.status_code, [json.loads(text)]
    return response.status_code, [
        json.loads(event.removeprefix("data: ")) for event in text.split("\r\n\r\n")[:-1]
    ]


def named_in(body: object) -> set[str]:
    """All names in a request, in camelCase."""
    found: set[str] = set()
    for name, value in mapping(body).items():
        first, *rest = name.split("_")
        found |= {first + "".join(part.title() for part in rest)} | named_in(value)
    return found.union(*map(named_in, sequence(body)))


def fields(all_bodies: Iterable[object]) -> set[str]:
    return set[str]().union(*map(fields_of, all_bodies))


def unserved(recorded: Recorded) -> set[str]:
    return named_in(recorded.asked) & UNSERVED.keys()


def test_recorded_requests_get_the_recorded_status_and_fields(recordings: list[Recorded]) -> None:
    served = [each for each in recordings if not unserved(each)]
    assert len(served) >= 20
    for recorded in served:
        status, ours = bodies(recorded)
        assert status == recorded.status, recorded.name
        assert fields(recorded.bodies) - fields(ours) == set(), recorded.name
        if recorded.streamed:
            continue  # those streams were cut
        more = fields(ours) - fields(recorded.bodies)
        assert {at for at in more if (recorded.service, at) not in SINCE} == set(), recorded.name


def test_what_cannot_be_served_is_refused(recordings: list[Recorded]) -> None:
    for recorded in recordings:
        if unserved(recorded):
            status, [body] = bodies(recorded)
            assert status == 400, recorded.name
            assert "is not supported" in body["error"]["message"], recorded.name


def test_every_reason_is_needed(recordings: list[Recorded]) -> None:
    assert set[str]().union(*map(unserved, recordings)) == UNSERVED.keys()
    assert {each.url.rpartition("/")[2].partition(":")[0] for each in recordings} >= set(MODELS.values())
    for (service, field), name in SINCE.items():
        [recorded] = [each for each in recordings if each.name == name]
        assert recorded.service == service
        assert field in fields(recorded.bodies) or recorded.bodies == ()


@pytest.mark.parametrize("service", ["vertex", "gemini"])
@pytest.mark.parametrize("streamed", [False, True])
def test_no_field_that_is_always_recorded_is_missing(
    service: str, streamed: bool, recordings: list[Recorded]
) -> None:
    alike = [
        each
        for each in recordings
        if (each.service, each.streamed, each.status) == (service, streamed, 200)
        and "modelArmorConfig" not in unserved(each)
    ]
    whole = [each.bodies for each in alike if each.bodies]
    assert whole
    # the events of a stream tell different things: the first one is compared, which was not cut
    always = fields(whole[0])
    for every in whole:
        always &= fields(every[:1] if streamed else every)
    # what a part is, is for the model to choose
    always = {at for at in always if "/parts/*/" not in at}
    assert {"/candidates/*/content/role", "/modelVersion", "/responseId", "/usageMetadata"} <= always
    for recorded in alike:
        if not unserved(recorded):
            _, ours = bodies(recorded)
            said = [body for body in ours if "thought" not in body["candidates"][0]["content"]["parts"][0]]
            assert always - fields(said[:1] if streamed else said) == set(), recorded.name
