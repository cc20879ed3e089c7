from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.cassette.format.interaction import Interaction
from fbench.cassette.scrub.scrubber import Scrubber
from fbench.cassette.tools.diff import Drift, compare_recordings
from fbench.cassette.tools.endpoints import endpoint_of
from tests.cassette.recordings import asked, chat, save

JOB = "https://api.openai.com/v1/fine_tuning/jobs/ftjob-abc123def456"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def drift(folder: Path, old: list[Interaction], new: list[Interaction]) -> Drift:
    return compare_recordings(save(folder / "old.yaml", old), save(folder / "new.yaml", new))


def fields(found: Drift) -> set[tuple[str, str]]:
    return {(each.kind, each.field) for each in found.fields}


@given(VALUES)
def test_nothing_has_drifted_from_itself(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    same = [asked(body={"a": 1}, answer=value)]
    found = drift(tmp_path_factory.mktemp("same"), same, same)
    assert (found.fields, found.changes, found.matched) == ((), (), 1)


@given(VALUES, VALUES)
def test_what_came_one_way_went_the_other(
    tmp_path_factory: pytest.TempPathFactory, one: object, other: object
) -> None:
    folder = tmp_path_factory.mktemp("ways")
    there = drift(folder, [asked(answer=one)], [asked(answer=other)])
    back = drift(folder, [asked(answer=other)], [asked(answer=one)])
    assert {(each.field, each.old, each.new) for each in there.fields} == {
        (each.field, each.new, each.old) for each in back.fields
    }


def test_fields_that_came_went_or_have_another_type_are_told_by_endpoint(tmp_path: Path) -> None:
    old = {"id": "a", "data": [{"size": 1, "gone": {"inner": True}}, {"size": None}]}
    new = {"id": "b", "data": [{"size": "1", "fresh": 2}]}
    found = drift(tmp_path, [asked(JOB, answer=old)], [asked(JOB, answer=new)])
    assert fields(found) == {("type", "data[].size"), ("went", "data[].gone"), ("came", "data[].fresh")}
    (size,) = (each for each in found.fields if each.kind == "type")
    assert (size.endpoint, size.old, size.new) == (
        "POST /v1/fine_tuning/jobs/{id}",
        ("null", "number"),
        ("string",),
    )


def test_keys_of_maps_and_empty_lists_are_no_drift(tmp_path: Path) -> None:
    old = {"labels": {"a": "x"}, "data": [{"n": 1}]}
    new = {"labels": {"b": "y"}, "data": list[object]()}
    assert drift(tmp_path, [asked(answer=old)], [asked(answer=new)]).fields == ()


def test_statuses_are_not_mixed(tmp_path: Path) -> None:
    error = asked(answer={"error": "busy"}, status=429)
    assert drift(tmp_path, [asked(answer={"id": "a"})], [error, asked(answer={"id": "a"})]).fields == ()


def test_events_of_a_stream_have_fields_too(tmp_path: Path) -> None:
    def stream(**more: object) -> Interaction:
        events = f"event: made\ndata: {json.dumps({'id': 'a', **more})}\n\ndata: [DONE]\n\n"
        return asked(answer=events.encode(), kind="text/event-stream")

    found = drift(tmp_path, [stream()], [stream(seen=True)])
    assert fields(found) == {("came", "event made.seen")}


def test_ids_times_and_fingerprints_are_no_behaviour(tmp_path: Path) -> None:
    old = [chat("Who?", "Ann", number=1), asked(JOB, answer={"model": "ft:gpt-4o:o::abc"}, method="GET")]
    new_job = asked(f"{JOB}789", answer={"model": "ft:gpt-4o:o::xyz"}, method="GET")
    found = drift(tmp_path, old, [chat("Who?", "Ann", number=2), new_job])
    assert (found.changes, found.matched, found.only_old, found.only_new) == ((), 2, {}, {})


def test_a_changed_answer_is_told_with_both_texts(tmp_path: Path) -> None:
    old = [chat("Who?", "Ann", tag="cell q1"), chat("Who?", "Ann", tag="cell q2")]
    new = [chat("Who?", "Ann", tag="cell q1"), chat("Who?", "Bob", tag="cell q2")]
    (change,) = drift(tmp_path, old, new).changes
    assert (change.tag, change.old, change.new, change.said) == ("cell q2", "Ann", "Bob", True)


def test_what_was_asked_in_one_alone_is_counted_by_endpoint(tmp_path: Path) -> None:
    found = drift(tmp_path, [chat("Who?", "Ann")], [chat("When?", "Now"), chat("Where?", "Here")])
    assert (found.matched, found.changes) == (0, ())
    assert (found.only_old, found.only_new) == (
        {"POST /v1/chat/completions": 1},
        {"POST /v1/chat/completions": 2},
    )


def test_a_poll_counts_by_where_it_ended(tmp_path: Path) -> None:
    def polls(*states: str) -> list[Interaction]:
        return [asked(JOB, answer={"status": state}, method="GET") for state in states]

    assert drift(tmp_path, polls("queued", "running", "done"), polls("queued", "done")).changes == ()
    (change,) = drift(tmp_path, polls("queued", "done"), polls("queued", "failed")).changes
    assert (change.field, change.old, change.new) == ("status", "done", "failed")


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://api.openai.com/v1/models/ft:gpt-4o-mini-2024-07-18:me::abc", "/v1/models/{id}"),
        ("https://api.openai.com/v1/files/file-abc/content?a=b", "/v1/files/{id}/content"),
        (
            "https://h/v1/projects/p/locations/l/tuningJobs/7:cancel",
            "/v1/projects/{id}/locations/{id}/tuningJobs/{id}:cancel",
        ),
        ("https://storage.googleapis.com/upload/storage/v1/b/mine/o?name=x", "/upload/storage/v1/b/{id}/o"),
    ],
)
def test_an_endpoint_is_a_path_without_its_ids(url: str, endpoint: str) -> None:
    assert endpoint_of("post", url) == f"POST {endpoint}"


def test_other_rules_of_scrubbing_are_no_drift(tmp_path: Path) -> None:
    """Older recordings have placeholders where newer ones keep what was said."""
    said = chat("Who is alice@acme-corp.com?", "bob@acme-corp.com, by gs://acme-charts/a.png", tag="q1")
    older = Scrubber().older
    answered = said.response._replace(body=older.body(said.response.body, "application/json"))
    old = replace(said, body=older.body(said.body, said.content_type), response=answered)
    assert old != said
    found = compare_recordings(
        save(tmp_path / "old.yaml", [old]), save(tmp_path / "new.yaml", [said], rules=2)
    )
    assert (found.fields, found.changes, found.matched) == ((), (), 1)
    another = chat("Who is alice@acme-corp.com?", "carol@acme-corp.com", tag="q1")
    found = compare_recordings(tmp_path / "old.yaml", save(tmp_path / "new.yaml", [another], rules=2))
    assert [change.said for change in found.changes] == [True]
