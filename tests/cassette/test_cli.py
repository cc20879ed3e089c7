from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from fbench.cassette import finish, own_of, read_index
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.tools.check import check_recordings
from fbench.cli import main
from tests.cassette.recordings import asked, chat, folder_of, save

DEMO = Path(__file__).parents[2] / "cassettes" / "demo"
FOSSILS = Path(__file__).parents[1] / "data" / "fossils"
KEY = "sk-proj-" + "Ab3dEf6hIj9kLm2n" * 3


class Said(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def cassette(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls `fbench cassette` in this process."""

    def call(*args: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["fbench", "cassette", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded experiment of a question or two, not to be changed."""
    folder = tmp_path_factory.mktemp("small")
    options = [
        "--limit",
        "1",
        "--task",
        "people",
        "--model",
        "openai:gpt-4o-mini-2024-07-18",
        "--epochs",
        "1",
    ]
    options += [
        "--cassettes",
        str(folder / "rec"),
        "--record",
        "all",
        "--out",
        str(folder / "run"),
        "--jobs",
        "1",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["fbench", "run", *options, "--quiet"])
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code
    return folder / "rec"


def test_check_prints_a_line_a_finding_and_fails_on_errors(cassette: Call, tmp_path: Path) -> None:
    good = save(tmp_path / "good.yaml", [chat("Who?", "Ann")], recorded="2026-01-01")
    bad = save(tmp_path / "bad.yaml", [asked(answer={"said": KEY})], recorded="2026-01-01")
    assert cassette("check", good) == (0, "", "0 errors, 0 warnings\n")
    said = cassette("check", good, bad)
    assert said.code == 2
    assert said.out.startswith(f"error: {bad}, record 1: what looks like a secret")
    assert said.err == "1 error, 0 warnings\n"
    rows = json.loads(cassette("check", "--json", bad).out)
    assert [(row["severity"], row["record"]) for row in rows] == [("error", 1)]


def test_check_counts_age_from_the_day_it_is_told(cassette: Call, tmp_path: Path) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann")], recorded="2026-01-01")
    assert cassette("check", path, "--max-age-days", 30, "--today", "2026-01-31").code == 0
    said = cassette("check", path, "--max-age-days", 30, "--today", "2026-02-01")
    assert "was recorded on 2026-01-01, 31 days ago, and 30 are allowed" in said.out


def test_check_tells_what_a_replay_never_asks_for(cassette: Call, small: Path, tmp_path: Path) -> None:
    assert cassette("check", "--unused", small) == (0, "", "0 errors, 0 warnings\n")
    folder = shutil.copytree(small, tmp_path / "rec")
    base = next(folder.rglob("base.yaml"))
    text = base.read_text(encoding="utf-8")
    at = text.index("- key:")
    again = text[at : text.find("- key:", at + 1)].replace('tag: "', 'tag: "unasked ')
    base.write_text(text + again, encoding="utf-8")
    assert cassette("seal", base).code == 0
    said = cassette("check", "--unused", folder)
    assert said.code == 0
    assert f"warning: {base}: 1 of its interactions is not asked for in a replay, the first: POST" in said.out


def test_check_tells_what_a_replay_lacks(cassette: Call, small: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small, tmp_path / "rec")
    base = next(folder.rglob("base.yaml"))
    text = base.read_text(encoding="utf-8")
    base.write_text(text[: text.rindex("- key:")], encoding="utf-8")
    cassette("seal", base)
    said = cassette("check", "--unused", folder)
    assert said.code == 2
    assert "no recording is left of POST https://api.openai.com/v1/chat/completions" in said.out


def test_scrub_cleans_what_vcrpy_recorded_and_leaves_the_source(
    cassette: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_WORD", "swordfish-and-chips")
    row = {
        "request": {
            "method": "POST",
            "uri": "https://api.openai.com/v1/chat/completions",
            "headers": {"Authorization": [f"Bearer {KEY}"], "Content-Type": ["application/json"]},
            "body": '{"say": "swordfish-and-chips"}',
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": f'{{"said": "{KEY}"}}'},
        },
    }
    source = tmp_path / "theirs.yaml"
    source.write_text(yaml.safe_dump({"version": 1, "interactions": [row]}), encoding="utf-8")
    before = source.read_bytes()
    dest = tmp_path / "ours.yaml"
    said = cassette("scrub", source, dest, "--known", "word=OUR_WORD")
    assert said.code == 0, said
    assert "1 cassette with 1 interaction written" in said.err
    assert "1 requests' bodies, 1 responses' bodies" in said.err
    assert source.read_bytes() == before
    assert KEY not in dest.read_text(encoding="utf-8")
    assert "scrubbed-word" in dest.read_text(encoding="utf-8")
    assert "swordfish" not in dest.read_text(encoding="utf-8")
    assert check_recordings(dest) == []
    assert cassette("scrub", source, dest).err.startswith(f"Error: {dest}: is there already")
    assert cassette("scrub", source, "--in-place").code == 0
    assert KEY not in source.read_text(encoding="utf-8")


def test_convert_writes_what_other_recorders_wrote_as_fbenchs(cassette: Call, tmp_path: Path) -> None:
    theirs = shutil.copytree(FOSSILS / "foreign", tmp_path / "theirs")
    said = cassette("convert", theirs, tmp_path / "ours")
    assert said.code == 2
    assert f"{theirs / 'vcrpy.yaml'}: would be written to {tmp_path / 'ours' / 'vcrpy.yaml'}" in said.err
    (theirs / "vcrpy.yaml").unlink()  # what had its name first was written, and all the others
    assert "4 cassettes with 10 interactions written" in said.err
    assert check_recordings(tmp_path / "ours") == []
    for path in theirs.iterdir():
        with (
            closing(CassetteReader(path)) as old,
            closing(CassetteReader(tmp_path / "ours" / f"{path.stem}.yaml")) as new,
        ):
            assert new.recorder == "fbench"
            assert new.provenance["from"] == old.recorder
            assert sorted(each.response.body for each in new) == sorted(each.response.body for each in old)
    one = cassette("convert", FOSSILS / "foreign" / "vcrpy.json", tmp_path / "one.yaml")
    assert (one.code, CassetteReader(tmp_path / "one.yaml").recorder) == (0, "fbench")


@pytest.mark.parametrize("command", ["check", "stats", "convert", "scrub", "diff"])
def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(
    cassette: Call, tmp_path: Path, command: str
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    save(folder / "a.yaml", [chat("When?", "Now")], upstream="fake")
    (folder / "b.yaml").write_text("interactions:\n- request_sample: {}\n", encoding="utf-8")
    (folder / "c.yaml").touch()
    (folder / "d.yaml").write_text("port: 80\n", encoding="utf-8")
    damaged = save(folder / "e.yaml", [chat("Where?", "There")], upstream="fake")
    damaged.write_text(damaged.read_text(encoding="utf-8").replace("There", "Where"), encoding="utf-8")
    more = {"convert": [tmp_path / "new"], "scrub": [tmp_path / "new"], "diff": [folder]}.get(command, [])
    said = cassette(command, folder, *more)
    assert said.code == 2
    shown = said.out + said.err
    assert f"{folder / 'b.yaml'}: is a recording of gRPC" in shown
    assert f"{folder / 'c.yaml'}: is no cassette but an empty file" in shown
    assert f"{folder / 'd.yaml'}: is no cassette of fbench, vcrpy or cassetter" in shown
    assert f"{folder / 'e.yaml'}, record 1" in shown
    read = {"stats": "Cassettes: 1.", "diff": "none in 1 request that both hold", "check": "4 errors, 0 warn"}
    assert read.get(command, "1 cassette with 1 interaction written") in shown


def test_a_recording_with_an_empty_file_in_it_is_scrubbed_and_keeps_its_index(
    cassette: Call, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "a", one=[chat("When?", "Now")], two=[chat("Where?", "There")])
    (folder / "two.yaml").write_bytes(b"")
    index = read_index(folder)
    assert cassette("scrub", folder, "--in-place").code == 2
    assert read_index(folder).shards == index.shards
    finish(folder, index.provenance)
    assert [shard.file for shard in read_index(folder).shards] == ["one.yaml"]


def test_scrub_and_check_spare_what_a_dataset_holds(cassette: Call, tmp_path: Path) -> None:
    save(tmp_path / "a" / "one.yaml", [chat("Which key?", KEY, tag=f"base {KEY}")])
    finish(tmp_path / "a", {"recorded": "2026-01-01", "own": sorted(own_of([f"It is {KEY}."]))})
    assert check_recordings(tmp_path / "a") == []
    assert cassette("scrub", tmp_path / "a", tmp_path / "b").code == 0
    assert (tmp_path / "b" / "one.yaml").read_text(encoding="utf-8").count(KEY) == 2
    assert check_recordings(tmp_path / "b") == []
    save(tmp_path / "c" / "one.yaml", [asked(answer={"said": KEY}), chat("Which key?", f"{KEY}x")])
    finish(tmp_path / "c", {"recorded": "2026-01-01", "own": sorted(own_of([KEY]))})
    assert {found.record for found in check_recordings(tmp_path / "c")} == {1, 2}


def test_scrub_takes_a_recording_with_its_index_and_experiment(cassette: Call, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "a", one=[asked(answer={"said": KEY})], two=[chat("When?", "Now")])
    (source / "config.toml").write_text('name = "x"\n', encoding="utf-8")
    assert cassette("scrub", source, tmp_path / "b").code == 0
    assert check_recordings(tmp_path / "b") == []
    assert {path.name for path in (tmp_path / "b").iterdir()} == {path.name for path in source.iterdir()}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["scrub", "a.yaml"], "name DEST, or say --in-place"),
        (["scrub", "a.yaml", "b.yaml", "--in-place"], "name DEST, or say --in-place"),
        (["scrub", "a.yaml", "b.yaml", "--known", "word"], "--known is NAME=VARIABLE"),
        (["scrub", "a.yaml", "b.yaml", "--known", "w=FBENCH_UNSET"], "FBENCH_UNSET is not set"),
        (["scrub", "a.yaml", "b.yaml"], "a.yaml: is not there"),
        (["diff", "a.yaml"], "name NEW, or say --fakes"),
        (["stats", "a.yaml"], "a.yaml: is not there"),
        (["seal", "a.yaml"], "a.yaml: cannot be read"),
    ],
)
def test_wrong_input_is_one_line_and_code_2(
    cassette: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = cassette(*args)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1


def test_stats_of_several_files_name_the_one_that_cannot_be_read(
    cassette: Call, small: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong.yaml").write_text("port: 80\n", encoding="utf-8")
    said = cassette("stats", "--json", tmp_path / "wrong.yaml", small)
    assert (said.code, len(json.loads(said.out))) == (
        2,
        len(json.loads(cassette("stats", "--json", small).out)),
    )
    assert f"{tmp_path / 'wrong.yaml'}: is no cassette" in said.err


def test_stats_count_by_cassette_and_endpoint(cassette: Call, small: Path) -> None:
    found = json.loads(cassette("stats", "--json", small).out)
    asked_for = {row["endpoint"] for each in found for row in each["endpoints"]}
    assert {"POST /v1/files", "GET /v1/fine_tuning/jobs/{id}", "POST /v1/chat/completions"} <= asked_for
    index = json.loads((small / "index.json").read_text(encoding="utf-8"))
    assert sum(row["interactions"] for each in found for row in each["endpoints"]) == sum(
        shard["interactions"] for shard in index["shards"]
    )
    table = cassette("stats", small).out
    assert all(len(line) <= 100 for line in table.splitlines() if not line.startswith(str(small)))
    assert "POST /v1/chat/completions" in table


def test_diff_shows_the_verdicts_on_an_answer_that_changed(
    cassette: Call, small: Path, tmp_path: Path
) -> None:
    new = shutil.copytree(small, tmp_path / "new")
    base = next(new.rglob("base.yaml"))
    text = base.read_text(encoding="utf-8")
    said_by_model = re.compile(r'"role": "assistant",(\s*)"content": "')
    assert said_by_model.search(text)
    text = said_by_model.sub(r'"role": "assistant", "mood": 1,\1"content": "Not that: ', text)
    base.write_text(text, encoding="utf-8")
    assert cassette("seal", base).code == 0
    said = cassette("diff", small, new)
    assert said.code == 0
    assert "Schema drift: " in said.out
    assert "Verdicts: " in said.out
    assert "question" in said.out
    found = json.loads(cassette("diff", small, new, "--json").out)
    assert [each["field"] for each in found["fields"]] == ["choices[].message.mood"]
    assert all(each["judged"]["gold"] for each in found["changes"] if each["said"])
    assert any(each["said"] for each in found["changes"])
    assert cassette("diff", small, new, "--fail").code == 2


def test_diff_with_the_fakes_finds_where_they_fall_behind(
    cassette: Call, small: Path, tmp_path: Path
) -> None:
    assert cassette("diff", small, "--fakes", "--fail") == (0, "Schema drift: none.\n", "")
    old = shutil.copytree(small, tmp_path / "old")
    (tuned,) = (path for path in old.rglob("*.yaml") if path.name != "base.yaml")
    text = tuned.read_text(encoding="utf-8")
    tuned.write_text(text.replace('"status": "', '"speed": 1, "status": "'), encoding="utf-8")
    assert cassette("seal", tuned).code == 0
    said = cassette("diff", old, "--fakes")
    assert "GET /v1/fine_tuning/jobs/{id}, status 200" in said.out
    assert "speed" in said.out
    assert "Behaviour" not in said.out
