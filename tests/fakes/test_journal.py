"""The journal: what it keeps, and that no damage of it goes unnoticed."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fakes import World
from fakes.doors.application import Application
from fakes.doors.clock import Clock
from fakes.doors.journal import Answer, BadJournal, Entry, Journal
from fakes.learners.scripted import ScriptedLearner
from fakes.timeline import ByClock
from tests.fakes.clients import chat_file
from tests.fakes.servers import Served, refused, server

FOSSIL = Path(__file__).parents[1] / "data" / "fossils" / "server-0.1.0"
DAMAGES = 1000
ENTRIES = [
    Entry(
        1000.0 + number,
        "POST",
        f"http://fakes/openai/v1/files?n={number}",
        (("content-type", "text/plain"),),
        bytes([number]) * number,
        Answer(200, f"file-{number}", "0" * 32) if number % 3 else None,
    )
    for number in range(12)
]


def written(path: Path, entries: Iterable[Entry] = ENTRIES) -> Path:
    with closing(Journal(path, {"seed": 7}, "v")) as journal:
        assert list(journal.read()) == []
        for entry in entries:
            journal.append(entry)
    return path


def read(path: Path) -> list[Entry]:
    with closing(Journal(path, {"seed": 7}, "v")) as journal:
        return [entry for _, entry in journal.read()]


def test_what_is_appended_is_read_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    with closing(Journal(path, {"seed": 7}, "v")) as journal:
        assert list(journal.read()) == list(enumerate(ENTRIES, 2))
        journal.append(ENTRIES[3])
    assert read(path) == [*ENTRIES, ENTRIES[3]]


def flip(content: bytearray, luck: random.Random) -> None:
    content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)


def cut_tail(content: bytearray, luck: random.Random) -> None:
    del content[luck.randrange(len(content)) :]


def cut_middle(content: bytearray, luck: random.Random) -> None:
    start = luck.randrange(len(content))
    del content[start : start + luck.randrange(1, 2000)]


def put_in(content: bytearray, luck: random.Random) -> None:
    at = luck.randrange(len(content) + 1)
    content[at:at] = luck.choice([b"\n", b" ", b"x", b"[]\n", luck.randbytes(9), bytes(content[:at][-300:])])


def lines(change: Callable[[list[bytes], random.Random], None]) -> Callable[[bytearray, random.Random], None]:
    def changed(content: bytearray, luck: random.Random) -> None:
        found = bytes(content).splitlines(keepends=True)
        change(found, luck)
        content[:] = b"".join(found)

    return changed


def drop(found: list[bytes], luck: random.Random) -> None:
    del found[luck.randrange(len(found))]


def double(found: list[bytes], luck: random.Random) -> None:
    at = luck.randrange(len(found))
    found.insert(luck.randrange(at, len(found) + 1), found[at])


def swap(found: list[bytes], luck: random.Random) -> None:
    one, other = luck.sample(range(len(found)), 2)
    found[one], found[other] = found[other], found[one]


def drop_last(found: list[bytes], luck: random.Random) -> None:
    del found[-luck.randrange(1, len(found) + 1) :]


def reverse(found: list[bytes], luck: random.Random) -> None:
    start = luck.randrange(len(found) - 1)
    found[start:] = found[start:][::-1]


KINDS = [
    *(flip, cut_tail, cut_middle, put_in),
    *(lines(each) for each in (drop, double, swap, drop_last, reverse)),
]


def test_no_damage_loses_anything_in_silence(tmp_path: Path) -> None:
    """Either the journal is refused, with the file and the line, or all that was written is read."""
    path = written(tmp_path / "j")
    whole = path.read_bytes()
    luck = random.Random(13)  # noqa: S311 - damages are no secret
    refusals = 0
    for number in range(DAMAGES):
        content = bytearray(whole)
        kind = KINDS[number % len(KINDS)]
        kind(content, luck)
        path.write_bytes(content)
        try:
            found = read(path)
        except BadJournal as bad:
            refusals += f"{path}, line " in str(bad)
        else:
            assert found == ENTRIES, f"damage {number} by {kind}"
            assert read(path) == ENTRIES, "and once more, after it was gone on with"
    assert refusals > DAMAGES * 0.95


def test_every_cut_is_noticed_but_that_of_the_last_line_feed(tmp_path: Path) -> None:
    path = written(tmp_path / "j", ENTRIES[:3])
    whole = path.read_bytes()
    for size in range(len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(BadJournal):
            read(path)
    path.write_bytes(whole[:-1])
    assert read(path) == ENTRIES[:3]
    assert path.read_bytes() == whole


def test_what_the_server_was_writing_when_it_ended_is_cut_off(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write(whole.splitlines()[-1][:-7])
    assert read(path) == ENTRIES
    assert path.read_bytes() == whole


def test_a_line_that_the_head_does_not_count_yet_is_read(tmp_path: Path) -> None:
    """The server ended between writing a line and writing the head."""
    path = written(tmp_path / "j", ENTRIES[:5])
    head = path.read_bytes()[:1024]
    whole = written(tmp_path / "k", ENTRIES[:6]).read_bytes()
    path.write_bytes(head + whole[1024:])
    assert read(path) == ENTRIES[:6]
    assert path.read_bytes() == whole


def test_a_line_of_another_journal_does_not_fit_in(tmp_path: Path) -> None:
    path = written(tmp_path / "j", ENTRIES[:1])
    with closing(Journal(tmp_path / "k", {"seed": 8}, "v")) as other:
        other.append(ENTRIES[0])
    theirs = (tmp_path / "k").read_bytes().splitlines(keepends=True)
    ours = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(ours[0] + theirs[1])
    with pytest.raises(BadJournal, match="line 2"):
        read(path)


def test_a_journal_with_other_settings_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    with pytest.raises(BadJournal, match="line 1: the journal was begun with seed 7, and this server has 8"):
        Journal(path, {"seed": 8}, "v")
    assert read(path) == ENTRIES


def test_a_journal_is_one_servers_own(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    with closing(Journal(path, {"seed": 7}, "v")), pytest.raises(BadJournal, match="line 1: another server"):
        Journal(path, {"seed": 7}, "v")
    assert read(path) == ENTRIES


def test_a_journal_of_other_code_is_written_anew(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    with closing(Journal(path, {"seed": 7}, "v2")) as journal:
        assert journal.anew
        for _, entry in journal.read():
            journal.append(entry)
        journal.adopt()
        journal.append(ENTRIES[0])
    with closing(Journal(path, {"seed": 7}, "v2")) as journal:
        assert not journal.anew
        assert [entry for _, entry in journal.read()] == [*ENTRIES, ENTRIES[0]]
    assert list(tmp_path.iterdir()) == [path]


def test_a_journal_of_other_code_is_left_alone_where_it_cannot_be_read(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    content = path.read_bytes()[:-40]
    path.write_bytes(content)
    with closing(Journal(path, {"seed": 7}, "v2")) as journal, pytest.raises(BadJournal):
        list(journal.read())
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_is_a_journal_whose_head_was_cut_off(tmp_path: Path) -> None:
    (tmp_path / "j").touch()
    with pytest.raises(BadJournal, match="line 1"):
        Journal(tmp_path / "j", {}, "v")


# ---- through the server


def chat_of(served: Served, model: str) -> str:
    with served.client() as client:
        answer = client.post(
            f"{served.openai}/chat/completions",
            json={
                "model": model,
                "messages": [{"role": "user", "content": "What is number 7?"}],
                "temperature": 0,
            },
        )
    return answer.json()["choices"][0]["message"]["content"]


def state_of(served: Served) -> dict[str, Any]:
    with served.client() as client:
        state = client.get(f"{served.address}/_fbench").json()
    return {name: state[name] for name in ("any_id", "openai", "seed", "storage", "vertex")}


def test_a_journal_of_0_1_0_is_gone_on_with(tmp_path: Path) -> None:
    """What was recorded then is there, is answered as then, and is kept in today's form from then on."""
    then = json.loads((FOSSIL / "state.json").read_text(encoding="utf-8"))
    said = then.pop("said")
    path = tmp_path / "journal"
    shutil.copy(FOSSIL / "journal.jsonl", path)
    options = ("--seed", "3", "--prior", str(FOSSIL / "prior.jsonl"), "--state", str(path), "--speed", "6000")
    for _ in range(2):
        with server(*options) as served:
            assert state_of(served) == then
            tuned = next(name for name in said if name.startswith("ft:"))
            assert chat_of(served, tuned) == said[tuned]
            with served.client() as client:
                objects = f"{served.address}/storage/storage/v1/b/b/o"
                content = client.get(f"{objects}/in%20parts", params={"alt": "media"}).content
                assert content == b"a" * 262144 + b"bc"
                assert client.get(f"{objects}/twice", params={"alt": "media"}).content == b"2"
        assert path.read_bytes()[33:].startswith(b'{"journal": 2')


def test_what_is_replayed_is_compared_with_what_was_answered(tmp_path: Path) -> None:
    """Here the server answers otherwise than when it was recorded, though nothing in the file is damaged."""
    path = tmp_path / "j"
    clock = Clock()

    def make() -> World:
        return World(seed=7, learner=ScriptedLearner(str.upper), pace=ByClock(600, clock))

    form = (
        b'--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
        b'--x\r\ncontent-disposition: form-data; name="file"; filename="t"\r\n\r\n'
        + chat_file()
        + b"\r\n--x--"
    )
    headers = (("content-type", "multipart/form-data; boundary=x"),)
    url = "http://fakes/openai/v1/files"
    for answer in (Answer(200, "file-none", "0" * 32), Answer(200, "", "0" * 32), Answer(404, "", "")):
        path.unlink(missing_ok=True)
        with closing(Journal(path, {}, "v")) as journal:
            journal.append(Entry(5.0, "POST", url, headers, form, answer))
        with (
            closing(Journal(path, {}, "v")) as journal,
            pytest.raises(BadJournal, match=r"line 2: POST /openai/v1/files is answered with 200 file-"),
        ):
            Application(make, clock, journal)


@pytest.mark.long
def test_damage_another_seed_and_a_second_server_are_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "state"
    options = ("--state", str(path))
    with server(*options) as served:
        with served.client() as client:
            for name in ("a", "b", "c"):
                client.post(
                    f"{served.openai}/files",
                    files={"file": (f"{name}.jsonl", chat_file())},
                    data={"purpose": "fine-tune"},
                ).raise_for_status()
        assert f"{path}, line 1: another server" in refused(*options)
        kept = state_of(served)
    assert f"{path}, line 1: the journal was begun with seed 0, and this server has 1" in refused(
        *options, "--seed", "1"
    )
    prior = tmp_path / "prior.jsonl"
    prior.write_text('{"prompt": "x", "answer": "y"}\n', encoding="utf-8")
    assert f"{path}, line 1: the journal was begun with prior" in refused(*options, "--prior", str(prior))
    whole = path.read_bytes()
    found = whole.splitlines(keepends=True)
    path.write_bytes(b"".join([*found[:2], *found[3:]]))
    assert f"{path}, line 3: " in refused(*options)
    path.write_bytes(whole)
    with server(*options) as served:
        assert state_of(served) == kept


@pytest.mark.parametrize("place", ["none/state", "/dev/full", "/proc/state"])
def test_a_state_that_cannot_be_written_is_told_at_the_start(tmp_path: Path, place: str) -> None:
    assert str(tmp_path / place) in refused("--state", str(tmp_path / place))


def test_a_chunk_is_replayed_at_its_place(tmp_path: Path) -> None:
    """Its place stands in a header."""
    options = ("--state", str(tmp_path / "state"))
    with server(*options) as served, served.client() as client:
        begun = client.post(
            f"{served.address}/storage/upload/storage/v1/b/b/o",
            params={"uploadType": "resumable", "name": "x", "key": "AIza-secret"},
        ).headers["location"]
        client.put(begun, content=b"a" * 262144, headers={"content-range": "bytes 0-262143/*"})
    assert b"AIza-secret" not in (tmp_path / "state").read_bytes()
    with server(*options) as served, served.client() as client:
        here = f"{served.address}/storage/{begun.partition('/storage/')[2]}"
        client.put(
            here, content=b"b", headers={"content-range": "bytes 262144-262144/262145"}
        ).raise_for_status()
        content = client.get(f"{served.address}/storage/storage/v1/b/b/o/x", params={"alt": "media"}).content
    assert content == b"a" * 262144 + b"b"


def test_jobs_come_through_a_restart_at_another_speed(tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "state"))
    with server(*options, "--speed", "6000") as served, served.client() as client:
        file = client.post(
            f"{served.openai}/files",
            files={"file": ("t.jsonl", chat_file())},
            data={"purpose": "fine-tune"},
        ).json()["id"]
        job = client.post(
            f"{served.openai}/fine_tuning/jobs",
            json={"model": "gpt-4o-mini-2024-07-18", "training_file": file},
        ).json()["id"]
        while not (model := client.get(f"{served.openai}/fine_tuning/jobs/{job}").json()["fine_tuned_model"]):
            pass
        client.delete(f"{served.openai}/files/{file}").raise_for_status()
        assert client.delete(f"{served.openai}/models/{model}:ckpt-none").status_code == 404
        kept = state_of(served)
    with server(*options, "--speed", "0.01") as served:
        assert state_of(served) == kept
