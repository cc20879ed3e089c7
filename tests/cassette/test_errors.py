"""What is wrong with a recording is said in one paragraph: where, what, and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import httpx2
import pytest

from fbench.cassette import CassetteTransport, Library, finish, read_index
from fbench.cassette.format.writer import part_of
from fbench.errors import CassetteError, CassetteMiss
from fbench.request_context import about
from tests.cassette.clients import BASE, URL, Counting, asked, chat, echo, opened, recorded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return recorded(tmp_path / "chat.yaml", "What is the capital of France?", "two")


def test_a_miss_shows_the_nearest_recording_and_one_difference(path: Path) -> None:
    service = Counting()
    client = asked(opened(path), service)
    with pytest.raises(CassetteMiss) as missed:
        chat(client, "What is the capital of Spain?")
    said = str(missed.value)
    assert "The nearest recording differs in 1 place; the first: messages[0].content was" in said
    assert '"What is the capital of France?" and is "What is the capital of Spain?"' in said
    assert "--record new" in said
    assert service.count == 0


def test_a_miss_names_the_option_that_is_new(path: Path) -> None:
    with pytest.raises(CassetteMiss, match=r"the first: temperature was absent and is 0\.5"):
        chat(asked(opened(path)), "two", temperature=0.5)


def test_a_miss_on_another_path_asks_whether_it_is_another_experiment(path: Path) -> None:
    with pytest.raises(CassetteMiss, match="nothing was recorded of that method and path"):
        asked(opened(path)).models.list()


def test_a_post_that_was_played_says_how_often_it_was_recorded(path: Path) -> None:
    client = asked(opened(path))
    chat(client, "two")
    with pytest.raises(CassetteMiss, match="it was recorded 1 time, and each was played"):
        chat(client, "two")


def test_concurrent_polls_share_what_was_recorded_and_both_end(tmp_path: Path) -> None:
    states = iter(["queued", "running", "done"])
    service = Counting(lambda _: httpx2.Response(200, json={"status": next(states)}))
    cassette = opened(tmp_path / "polls.yaml", "new")
    client = httpx2.Client(transport=CassetteTransport(cassette, service))
    for _ in range(3):
        client.get(f"{URL}/jobs/1")
    cassette.close()
    again = opened(tmp_path / "polls.yaml")
    one, other = (httpx2.Client(transport=CassetteTransport(again)) for _ in range(2))
    seen = [poller.get(f"{URL}/jobs/1").json()["status"] for _ in range(3) for poller in (one, other)]
    assert seen == ["queued", "running", "done", "done", "done", "done"]


def test_a_missing_record_is_found_when_the_cassette_is_opened(path: Path) -> None:
    text = path.read_bytes()
    first, second = text.index(b"- key:"), text.rindex(b"- key:")
    path.write_bytes(text[:first] + text[second:])
    with pytest.raises(CassetteError, match="holds 1 sound record where 2 were recorded"):
        opened(path)


def test_a_body_that_was_edited_is_an_error_that_names_seal(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace('"content": "two"', '"content": "TWO"', 1))
    with pytest.raises(CassetteError, match=r"chat\.yaml, record \d .*changed by hand.*fbench cassette seal"):
        chat(asked(opened(path)), "two")


def test_a_head_that_was_edited_is_an_error(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace('upstream: "fake"', 'upstream: "live"'))
    with pytest.raises(CassetteError, match="its head is damaged or was changed by hand"):
        opened(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no cassette"),
        ("hello", "is no cassette.*: it is no mapping of names to values"),
        ("interactions: 3", "is no cassette"),
        ("interactions: [a]", "is no cassette.*: it is no mapping of names to values"),
        ("a: 1", "is no cassette.*: it has no 'interactions'"),
        ("interactions:\n- request: {}\n  response: {}\n", "row 1.*it has no 'method'"),
        ("interactions: [{request: {method: GET, uri: u, body: null, headers: {}}, response: {}}]", "row 1"),
        ("a: [", "is no cassette"),
        ("!!python/object/apply:os.system ['true']", "is no cassette"),
    ],
)
def test_what_is_no_cassette_is_said_to_be_none(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "none.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CassetteError, match=said) as refused:
        opened(path)
    assert "none.yaml" in str(refused.value)


def test_a_folder_and_a_file_that_is_absent_are_no_cassettes(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="no recording is there"):
        opened(tmp_path / "absent.yaml")
    with pytest.raises(CassetteError, match="cannot be read"):
        opened(tmp_path)


def test_a_full_disk_loses_nothing_that_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "chat.yaml"
    cassette = opened(path, "new")
    client = asked(cassette, echo())
    chat(client, "one")
    size = part_of(path).stat().st_size
    whole = os.write

    def half(file: int, content: bytes) -> int:
        return whole(file, content[: len(content) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(CassetteError, match=r"there is no room left\. What was recorded before is safe"):
        chat(client, "two")
    monkeypatch.undo()
    assert part_of(path).stat().st_size == size
    cassette.close()
    assert chat(asked(opened(path)), "one") == "one"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording of two shards."""
    folder = tmp_path / "recording"
    library = Library(folder, "new", provenance={"upstream": "fake"})
    client = httpx2.Client(transport=CassetteTransport(library, echo()))
    for shard in ("a/one", "a/two"):
        with about(shard=shard):
            client.post(f"{URL}/chat/completions", json={"model": BASE, "messages": []})
    library.release()
    finish(folder, {"upstream": "fake"})
    return folder


def test_an_index_names_each_shard_with_its_count(folder: Path) -> None:
    index = read_index(folder)
    assert [(shard.file, shard.interactions) for shard in index.shards] == [
        ("a/one.yaml", 1),
        ("a/two.yaml", 1),
    ]


def test_a_shard_that_was_never_recorded_is_another_experiments(folder: Path) -> None:
    library = Library(folder, "none")
    with about(shard="b"), pytest.raises(CassetteError, match=r"no shard b\.yaml belongs to this recording"):
        library.cassette()


def test_a_shard_that_is_gone_is_named(folder: Path) -> None:
    (folder / "a/two.yaml").unlink()
    with about(shard="a/two"), pytest.raises(CassetteError, match=r"two\.yaml: no recording is there"):
        Library(folder, "none").cassette()


def test_a_shard_of_another_recording_is_found_by_its_count(folder: Path) -> None:
    recorded(folder / "a/two.yaml", "more", "and more")
    with about(shard="a/two"), pytest.raises(CassetteError, match=r"index\.json says 1"):
        Library(folder, "none").cassette()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "it is no index"),
        ('{"layout": 1}', "field 'provenance'"),
        ('{"layout": 9, "provenance": {}, "shards": []}', "layout 9"),
    ],
)
def test_an_index_that_is_none_says_so(folder: Path, content: str, said: str) -> None:
    (folder / "index.json").write_text(content, encoding="utf-8")
    with pytest.raises(CassetteError, match=said):
        Library(folder, "none")


def test_no_shard_leaves_its_folder(tmp_path: Path) -> None:
    library = Library(tmp_path / "in", "new", provenance={"upstream": "fake"})
    client = httpx2.Client(transport=CassetteTransport(library, echo()))
    for shard in ("../../out", "/etc/out", "a/../../out", "~/out"):
        with about(shard=shard):
            client.post(f"{URL}/chat/completions", json={"model": BASE, "messages": []})
    library.release()
    finish(tmp_path / "in", {"upstream": "fake"})
    assert {path.parts[len(tmp_path.parts)] for path in tmp_path.rglob("*.yaml")} == {"in"}
