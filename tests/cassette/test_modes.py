"""What is replayed, what is recorded, and what stays when something goes wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx2
import pytest

from fbench.cassette import Cassette, CassetteTransport, CassetteWarning
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.writer import part_of
from fbench.errors import CassetteError, CassetteMiss
from fbench.request_context import about, was_replayed
from tests.cassette.clients import BASE, URL, Counting, asked, chat, echo, opened, recorded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.yaml"


def test_what_was_recorded_is_replayed_without_the_service(path: Path) -> None:
    recorded(path, "one", "two")
    client = asked(opened(path))
    assert [chat(client, prompt) for prompt in ("two", "one")] == ["two", "one"]


def test_mode_new_asks_only_what_is_missing_and_keeps_the_old_records_as_they_were(path: Path) -> None:
    recorded(path, "one", "two")
    before = CassetteReader(path)
    service, cassette = echo(), opened(path, "new")
    client = asked(cassette, service)
    assert [chat(client, prompt) for prompt in ("one", "three")] == ["one", "three"]
    cassette.close()
    assert service.count == 1
    after = CassetteReader(path)
    assert len(after) == 3
    assert {before.record(n) for n in range(2)} <= {after.record(n) for n in range(3)}


def test_mode_all_asks_everything_anew_and_the_old_recording_stays_until_the_end(path: Path) -> None:
    recorded(path, "one", "two")
    old, cassette = path.read_bytes(), opened(path, "all")
    chat(asked(cassette, echo()), "three")
    assert path.read_bytes() == old
    cassette.close()
    assert [each.body for each in CassetteReader(path)] != []
    with pytest.raises(CassetteMiss):
        chat(asked(opened(path)), "one")
    assert chat(asked(opened(path)), "three") == "three"


def test_a_recording_anew_that_was_interrupted_leaves_the_old_one_in_use(path: Path) -> None:
    recorded(path, "one")
    cassette = opened(path, "all")
    chat(asked(cassette, echo()), "two")
    cassette.release()
    assert chat(asked(opened(path)), "one") == "one"
    again = opened(path, "all")
    service = echo()
    assert chat(asked(again, service), "two") == "two"
    again.close()
    assert service.count == 0
    assert not part_of(path).exists()


def test_an_interrupted_recording_is_read_with_what_it_has(path: Path) -> None:
    cassette = opened(path, "new")
    client = asked(cassette, echo())
    chat(client, "one")
    chat(client, "two")
    cassette.release()
    part = part_of(path)
    part.write_bytes(part.read_bytes()[:-40])
    with pytest.warns(CassetteWarning, match=r"interrupted; its last [\d,]+ bytes are no whole record"):
        left = opened(path)
    assert chat(asked(left), "one") == "one"
    with pytest.raises(CassetteMiss):
        chat(asked(left), "two")


def test_recording_goes_on_behind_a_torn_record(path: Path) -> None:
    cassette = opened(path, "new")
    chat(asked(cassette, echo()), "one")
    cassette.release()
    part = part_of(path)
    with part.open("ab") as file:
        file.write(b"- key: torn")
    with pytest.warns(CassetteWarning):
        again = opened(path, "new")
    with pytest.warns(CassetteWarning):
        chat(asked(again, echo()), "two")
    again.close()
    assert len(CassetteReader(path)) == 2


def test_a_poll_ends_where_its_recording_ended(path: Path) -> None:
    states = iter(["queued", "running", "done"])
    service = Counting(lambda _: httpx2.Response(200, json={"status": next(states)}))
    cassette = opened(path, "new")
    client = httpx2.Client(transport=CassetteTransport(cassette, service))
    for _ in range(3):
        client.get(f"{URL}/jobs/1")
    cassette.close()
    polls = httpx2.Client(transport=CassetteTransport(opened(path)))
    seen = [polls.get(f"{URL}/jobs/1").json()["status"] for _ in range(5)]
    assert seen == ["queued", "running", "done", "done", "done"]


def test_a_poll_does_not_end_in_a_recording_that_was_interrupted(path: Path) -> None:
    service = Counting(lambda _: httpx2.Response(200, json={"status": "running"}))
    cassette = opened(path, "new")
    httpx2.Client(transport=CassetteTransport(cassette, service)).get(f"{URL}/jobs/1")
    cassette.release()
    polls = httpx2.Client(transport=CassetteTransport(opened(path)))
    polls.get(f"{URL}/jobs/1")
    with pytest.raises(
        CassetteMiss, match=r"recorded 1 time, and each was played. The recording was interrupted"
    ):
        polls.get(f"{URL}/jobs/1")


def test_equal_requests_are_played_first_in_first_out(path: Path) -> None:
    numbers = iter(range(9))
    service = Counting(lambda _: httpx2.Response(200, json={"n": next(numbers)}))
    cassette = opened(path, "all")
    client = httpx2.Client(transport=CassetteTransport(cassette, service))
    for _ in range(3):
        client.post(f"{URL}/draw", json={"a": 1})
    cassette.close()
    again = httpx2.Client(transport=CassetteTransport(opened(path)))
    assert [again.post(f"{URL}/draw", json={"a": 1}).json()["n"] for _ in range(3)] == [0, 1, 2]


def test_a_tag_separates_requests_that_are_the_same_on_the_wire(path: Path) -> None:
    numbers = iter(range(9))
    service = Counting(lambda _: httpx2.Response(200, json={"n": next(numbers)}))
    cassette = opened(path, "new")

    def draw(over: Cassette, tag: str) -> int:
        with about(tag=tag):
            client = httpx2.Client(transport=CassetteTransport(over, service))
            return client.post(f"{URL}/draw", json={"a": 1}).json()["n"]

    assert [draw(cassette, tag) for tag in "abc"] == [0, 1, 2]
    cassette.close()
    again = opened(path)
    assert [draw(again, tag) for tag in "cab"] == [2, 0, 1]


def test_a_replay_says_that_there_is_nothing_to_wait_for(path: Path) -> None:
    recorded(path, "one")
    cassette = opened(path, "new")
    client = asked(cassette, echo())
    chat(client, "one")
    assert was_replayed.get()
    chat(client, "two")
    assert not was_replayed.get()
    cassette.release()


def test_what_was_not_played_can_be_listed(path: Path) -> None:
    recorded(path, "one", "two")
    cassette = opened(path)
    chat(asked(cassette), "one")
    (left,) = cassette.unused()
    assert b"two" in left.body


def test_streams_keep_the_boundaries_of_their_events(path: Path) -> None:
    service = echo()
    cassette = opened(path, "new")
    live = asked(cassette, service)
    body = {"model": BASE, "messages": [{"role": "user", "content": "a b c d"}], "stream": True}

    def pieces(transport: httpx2.BaseTransport) -> list[bytes]:
        with httpx2.Client(transport=transport).stream(
            "POST", f"{URL}/chat/completions", json=body, headers={"authorization": "Bearer sk-fake"}
        ) as answered:
            return list(answered.iter_raw())

    del live
    first = pieces(CassetteTransport(cassette, service))
    cassette.close()
    again = pieces(CassetteTransport(opened(path)))
    assert len(again) == len(first) > 3
    assert all(piece.startswith(b"data: ") for piece in again)
    assert again == first


def test_an_interrupted_recording_of_everything_is_not_gone_on_with_beside_the_old_one(path: Path) -> None:
    """It would take the place of what the other mode replays."""
    recorded(path, "one", "two")
    cassette = opened(path, "all")
    chat(asked(cassette, echo()), "one")
    cassette.release()
    with pytest.raises(CassetteError, match="left from a recording of everything"):
        opened(path, "new")
    assert chat(asked(opened(path)), "two") == "two"
    cassette = opened(path, "all")
    assert chat(asked(cassette, echo()), "two") == "two"
    cassette.close()
    assert len(opened(path)) == 2


def test_compressed_bodies_are_stored_decoded_and_reach_the_caller_both_times(path: Path) -> None:
    packed = gzip.compress(b'{"text": "unpacked"}')
    service = Counting(
        lambda _: httpx2.Response(
            200,
            headers={"content-encoding": "gzip", "content-type": "application/json"},
            stream=httpx2.ByteStream(packed),
        )
    )
    cassette = opened(path, "new")
    first = httpx2.Client(transport=CassetteTransport(cassette, service)).get(URL).json()
    cassette.close()
    again = httpx2.Client(transport=CassetteTransport(opened(path))).get(URL)
    assert first == again.json() == {"text": "unpacked"}
    assert "content-encoding" not in again.headers
    assert '"text": "unpacked"' in path.read_text(encoding="utf-8")


def test_binary_bodies_uploads_and_empty_answers_come_back(path: Path) -> None:
    sent = bytes(range(256)) * 3

    def keep(request: httpx2.Request) -> httpx2.Response:
        if request.method == "DELETE":
            return httpx2.Response(204)
        return httpx2.Response(200, headers={"content-type": "application/octet-stream"}, content=sent)

    def calls(transport: httpx2.BaseTransport) -> list[tuple[int, bytes]]:
        client = httpx2.Client(transport=transport)
        answers = [
            client.post(f"{URL}/files", files={"file": ("a.bin", sent)}, data={"purpose": "x"}),
            client.put(f"{URL}/raw", content=sent),
            client.delete(f"{URL}/raw"),
        ]
        return [(answer.status_code, answer.content) for answer in answers]

    cassette = opened(path, "new")
    first = calls(CassetteTransport(cassette, Counting(keep)))
    cassette.close()
    assert calls(CassetteTransport(opened(path))) == first


def test_a_failure_is_not_recorded_for_a_program_that_goes_on_after_it(path: Path) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    cassette = Cassette(path, "new", asks_again=True)
    with pytest.raises(httpx2.ConnectError):
        httpx2.Client(transport=CassetteTransport(cassette, Counting(refuse))).get(URL)
    cassette.close()
    assert not path.exists()


def test_a_failure_that_was_got_past_is_replayed_and_the_last_one_is_asked_for_again(path: Path) -> None:
    def ask(*statuses: int) -> list[int]:
        left = iter(statuses)
        cassette = Cassette(path, "new", asks_again=True)
        client = httpx2.Client(
            transport=CassetteTransport(cassette, Counting(lambda _: httpx2.Response(next(left))))
        )
        found = [client.get(URL).status_code for _ in range(4)]
        assert next(left, None) is None
        cassette.release()
        return found

    assert ask(404, 200, 503, 503) == [404, 200, 503, 503]
    assert ask(200, 404) == [404, 200, 200, 404], "as what is there and then is not"
    Cassette(path, "new", asks_again=True).close()
    assert [each.response.status for each in Cassette(path).unused()] == [404, 200, 200, 404]
    assert ask(404) == [404, 200, 200, 404]


def test_the_length_that_head_tells_is_replayed(path: Path) -> None:
    service = Counting(lambda _: httpx2.Response(200, headers={"content-length": "4711"}))
    cassette = opened(path, "new")
    first = httpx2.Client(transport=CassetteTransport(cassette, service)).head(URL)
    cassette.close()
    again = httpx2.Client(transport=CassetteTransport(opened(path))).head(URL)
    assert first.headers["content-length"] == again.headers["content-length"] == "4711"


def test_recordings_of_fakes_and_of_services_do_not_mix(path: Path) -> None:
    recorded(path, "one")
    cassette = Cassette(path, "new", provenance={"upstream": "live", "recorded": "2026-11-22"})
    chat(asked(cassette, echo()), "two")
    with pytest.raises(CassetteError, match=r"recorded from fake, and what is new from live"):
        cassette.close()
    assert len(CassetteReader(path)) == 1
    assert part_of(path).exists()


def test_all_dates_of_a_recording_are_kept(path: Path) -> None:
    recorded(path, "one")
    cassette = Cassette(path, "new", provenance={"upstream": "fake", "recorded": "2026-12-24"})
    chat(asked(cassette, echo()), "two")
    cassette.close()
    assert opened(path).provenance["recorded"] == "2026-11-21, 2026-12-24"


def test_two_processes_do_not_record_to_the_same_file(path: Path) -> None:
    first, second = opened(path, "new"), opened(path, "new")
    chat(asked(first, echo()), "one")
    with pytest.raises(CassetteError, match="another process is recording there"):
        chat(asked(second, echo()), "two")
    first.release()
