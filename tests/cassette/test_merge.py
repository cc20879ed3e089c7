"""Two branches that both recorded are merged record by record, through the function and through git."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from fbench.cassette import Cassette, CassetteTransport, Library, finish, read_index
from fbench.cassette.attributes import ATTRIBUTES, write_attributes
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.tools.check import check_recordings
from fbench.cassette.tools.merge import merge_recordings
from fbench.errors import CassetteError
from fbench.request_context import about
from tests.cassette.recordings import CHAT, chat, save

Answers = dict[str, str]
"""Question -> answer: what a cassette holds in these tests."""

DRIVER = f"{sys.executable} -m fbench cassette merge %O %A %B %P"
ROOT = Path(__file__).parents[2]


def held(path: Path) -> Answers:
    """What a cassette holds, by replaying it."""
    with closing(CassetteReader(path)) as tape:
        recorded = list(tape)
    found: Answers = {}
    with httpx2.Client(transport=CassetteTransport(Cassette(path))) as client:
        for each in recorded:
            with about(tag=each.tag):
                got = client.post(CHAT, content=each.body, headers={"content-type": "application/json"})
            question = json.loads(each.body)["messages"][0]["content"]
            found[question] = got.json()["choices"][0]["message"]["content"]
    assert len(found) == len(recorded)
    return found


def written(path: Path, answers: Answers, **provenance: object) -> Path:
    made = [chat(question, answer, tag=question[:1]) for question, answer in answers.items()]
    return save(path, made, **{"upstream": "fake", "recorded": "2026-01-01", **provenance})


def expected(base: Answers, ours: Answers, theirs: Answers) -> tuple[Answers, int]:
    """What a merge holds, and how many requests both sides recorded anew."""
    merged: Answers = {}
    kept = 0
    for question in {*ours, *theirs}:
        was, here, there = (side.get(question) for side in (base, ours, theirs))
        both = here not in (was, there) and there != was
        kept += both
        answer = (here or there) if both else there if here == was else here
        if answer is not None:
            merged[question] = answer
    return merged, kept


def changed(answers: Mapping[str, str], chance: random.Random) -> Answers:
    """What a branch makes of a recording: some answers anew, some away, some added."""
    made = dict(answers)
    for question in list(made):
        match chance.randrange(6):
            case 0:
                made[question] = f"answer {chance.randrange(3)}"
            case 1:
                del made[question]
            case _:
                pass
    for _ in range(chance.randrange(4)):
        made[f"{chance.choice('abc')}{chance.randrange(12)}?"] = f"answer {chance.randrange(3)}"
    return made


@pytest.mark.parametrize("seed", range(90))
def test_what_one_side_changed_is_taken_and_ours_of_what_both_did(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history drawn at random
    base = changed({}, chance) | changed({}, chance)
    sides = [base, changed(base, chance), changed(base, chance)]
    paths = [
        written(tmp_path / f"{n}", side) if side or n else tmp_path / "none" for n, side in enumerate(sides)
    ]
    kept = merge_recordings(*paths)
    merged, both = expected(*sides)
    assert held(paths[1]) == merged
    assert len(kept) == both
    assert all(f"POST {CHAT}" in each for each in kept)


def test_where_both_sides_added_a_cassette_it_has_what_both_recorded(tmp_path: Path) -> None:
    (tmp_path / "base").touch()
    ours = written(tmp_path / "ours", {"a?": "a", "b?": "b"}, recorded="2026-01-01")
    theirs = written(tmp_path / "theirs", {"b?": "b", "c?": "c"}, recorded="2026-02-02")
    assert merge_recordings(tmp_path / "base", ours, theirs) == []
    assert held(ours) == {"a?": "a", "b?": "b", "c?": "c"}
    assert CassetteReader(ours).provenance["recorded"] == "2026-01-01, 2026-02-02"


def test_equal_requests_keep_the_order_of_the_side_that_changed(tmp_path: Path) -> None:
    base = save(tmp_path / "base", [chat("a?", "1")])
    ours = save(tmp_path / "ours", [chat("a?", "1"), chat("b?", "1")])
    theirs = save(tmp_path / "theirs", [chat("a?", "2"), chat("a?", "3")])
    assert merge_recordings(base, ours, theirs) == []
    with httpx2.Client(transport=CassetteTransport(Cassette(ours))) as client:
        said = [client.post(CHAT, json={"messages": [{"role": "user", "content": "a?"}]}) for _ in range(2)]
    assert [each.json()["choices"][0]["message"]["content"] for each in said] == ["2", "3"]


@pytest.mark.parametrize(
    ("old", "new"), [({}, {"rules": 2}), ({"rules": 2}, {}), ({"rules": 2}, {"rules": 2})]
)
def test_the_rules_of_a_merge_are_those_of_the_older_side(
    tmp_path: Path, old: dict[str, int], new: dict[str, int]
) -> None:
    base = written(tmp_path / "base", {"a?": "a"}, **old)
    ours, theirs = written(tmp_path / "ours", {"a?": "b"}, **old), written(tmp_path / "theirs", {}, **new)
    merge_recordings(base, ours, theirs)
    assert CassetteReader(ours).provenance.get("rules") == (2 if old and new else None)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ("interactions: []\n", "is a cassette of vcrpy"),
        ("no: cassette", "is no cassette"),
    ],
)
def test_what_cannot_be_merged_stays_as_it_is(tmp_path: Path, theirs: str, said: str) -> None:
    base = written(tmp_path / "base", {"a?": "a"})
    ours = written(tmp_path / "ours", {"a?": "a"})
    before = ours.read_bytes()
    (tmp_path / "theirs").write_text(theirs, encoding="utf-8")
    with pytest.raises(CassetteError, match=rf"^shown\.yaml: {said}"):
        merge_recordings(base, ours, tmp_path / "theirs", "shown.yaml")
    assert ours.read_bytes() == before


def test_a_side_that_a_power_loss_left_empty_changes_nothing(tmp_path: Path) -> None:
    base, full = written(tmp_path / "base", {"a?": "a"}), {"a?": "b", "c?": "d"}
    for empty in ("ours", "theirs"):
        sides = {name: written(tmp_path / name, full) for name in ("ours", "theirs")}
        sides[empty].write_bytes(b"")
        assert merge_recordings(base, sides["ours"], sides["theirs"]) == []
        assert held(sides["ours"]) == full


def test_a_side_that_is_not_there_is_named(tmp_path: Path) -> None:
    base, ours = written(tmp_path / "base", {"a?": "a"}), written(tmp_path / "ours", {"a?": "a"})
    for sides in ([ours, tmp_path / "none"], [tmp_path / "none", ours]):
        with pytest.raises(CassetteError, match="none: is not there"):
            merge_recordings(base, *sides)
    assert held(ours) == {"a?": "a"}


def test_recordings_from_fakes_and_from_a_service_are_not_merged(tmp_path: Path) -> None:
    sides = [written(tmp_path / name, {"a?": name}, upstream=name) for name in ("fake", "live")]
    before = sides[0].read_bytes()
    with pytest.raises(CassetteError, match="recorded from fake on our side and from live on theirs"):
        merge_recordings(tmp_path / "none", *sides)
    assert sides[0].read_bytes() == before


class Repository:
    """A repository with a recording of three cassettes in it, and the driver configured."""

    def __init__(self, folder: Path, *, driver: bool = True) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.recording = folder, folder / "recorded"
        self.git("init", "--quiet", "--initial-branch=ours", ".")
        self.git("config", "user.name", "x")
        self.git("config", "user.email", "x@example.invalid")
        if driver:
            self.git("config", "merge.fbench-cassette.driver", DRIVER)

    def git(self, *arguments: str) -> str:
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 - the user's git
            cwd=self.folder,
            env=os.environ | settings,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def commit(self, shards: Mapping[str, Answers], date: str) -> None:
        for path in self.recording.rglob("*.yaml"):
            if path.relative_to(self.recording).as_posix().removesuffix(".yaml") not in shards:
                path.unlink()
        for name, answers in shards.items():
            written(self.recording / f"{name}.yaml", answers, recorded=date)
        finish(self.recording, {"upstream": "fake", "recorded": date})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", date)


@pytest.mark.parametrize("seed", range(10))
def test_branches_that_both_recorded_are_merged_by_git(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history drawn at random
    repository = Repository(tmp_path)
    base = {name: changed({}, chance) | {"z?": "z"} for name in ("one", "below/two", "three")}
    repository.commit(base, "2026-01-01")
    sides: list[dict[str, Answers]] = []
    for branch, own in (("theirs", "four"), ("ours", "five")):
        repository.git("checkout", "--quiet", "-B", branch, "HEAD" if branch == "theirs" else "HEAD~1")
        side = {name: changed(answers, chance) for name, answers in base.items()}
        side |= {own: changed({"x?": "x"}, chance), "six": changed({"y?": "y"}, chance)}
        repository.commit(side, f"2026-02-0{len(sides) + 1}")
        sides.append(side)
    repository.git(*(("merge", "--quiet", "theirs") if seed % 2 else ("rebase", "--quiet", "theirs")))
    theirs, ours = sides if seed % 2 else sides[::-1]  # a rebase is a merge into theirs
    for name in {*ours, *theirs}:
        merged, _ = expected(base.get(name, {}), ours.get(name, {}), theirs.get(name, {}))
        assert held(repository.recording / f"{name}.yaml") == merged
    assert check_recordings(repository.recording) == []
    library = Library(repository.recording, "none")
    for shard in read_index(repository.recording).shards:
        with about(shard=shard.file.removesuffix(".yaml")):
            assert len(library.cassette()) == shard.interactions
    library.release()
    assert repository.git("status", "--porcelain") == ""


def test_what_both_recorded_anew_is_told_and_an_index_settles(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"one": {"a?": "a"}}, "2026-01-01")
    repository.git("checkout", "--quiet", "-b", "theirs")
    repository.commit({"one": {"a?": "theirs"}}, "2026-02-02")
    repository.git("checkout", "--quiet", "ours")
    repository.commit({"one": {"a?": "ours", "b?": "b"}}, "2026-03-03")
    said = repository.git("merge", "theirs")
    assert f"recorded/one.yaml: both sides recorded POST {CHAT} for 'a': ours is kept" in said
    index = read_index(repository.recording)
    assert index.provenance["recorded"] == "2026-02-02, 2026-03-03"
    assert [shard.interactions for shard in index.shards] == [2]
    finish(repository.recording, index.provenance)
    assert read_index(repository.recording) == index


@pytest.mark.parametrize("told", [True, False])
def test_a_checkout_with_the_line_ends_of_windows_is_replayed(tmp_path: Path, told: bool) -> None:
    repository = Repository(tmp_path / "made")
    repository.commit({"one": {"a?": "two\nlines", "b?": "b"}}, "2026-01-01")
    if not told:
        repository.git("rm", "--quiet", "recorded/.gitattributes")
        repository.git("commit", "--quiet", "--message", "without")
    clone = tmp_path / "clone"
    repository.git("-c", "core.autocrlf=true", "clone", "--quiet", str(repository.folder), str(clone))
    recording = clone / "recorded"
    assert (b"\r\n" in (recording / "one.yaml").read_bytes()) is not told
    assert held(recording / "one.yaml") == held(repository.recording / "one.yaml")
    assert check_recordings(recording) == []
    cassette = Cassette(recording / "one.yaml", "new", provenance={"upstream": "fake"})
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"n": 1}))
    with httpx2.Client(transport=CassetteTransport(cassette, inner)) as client:
        assert client.post(CHAT, json={}).json() == {"n": 1}
    cassette.close()
    assert len(CassetteReader(recording / "one.yaml")) == 3
    assert b"\r" not in (recording / "one.yaml").read_bytes()


def test_what_git_was_told_in_a_folder_stays(tmp_path: Path) -> None:
    write_attributes(tmp_path)
    assert "*.yaml -text merge=fbench-cassette" in (tmp_path / ATTRIBUTES).read_text(encoding="utf-8")
    (tmp_path / ATTRIBUTES).write_text("mine\n", encoding="utf-8")
    finish(tmp_path, {})
    assert (tmp_path / ATTRIBUTES).read_text(encoding="utf-8") == "mine\n"


def test_files_of_other_recorders_are_merged_as_git_merges_text(tmp_path: Path) -> None:
    row = (
        "- request: {{method: GET, uri: 'http://a/{0}', headers: {{}}, body: null}}\n"
        "  response: {{status: {{code: 200, message: OK}}, headers: {{}}, body: {{string: '{0}'}}}}\n"
    )

    def text(*names: str) -> str:
        return "interactions:\n" + "".join(map(row.format, names)) + "version: 1\n"

    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    sides = (("b", "c", "d", "e"), ("a", "b", "c", "d", "e"), ("b", "c", "d", "e", "f"))
    for path, names in zip(paths, sides, strict=True):
        path.write_text(text(*names), encoding="utf-8")
    command = [sys.executable, "-m", "fbench", "cassette", "merge", *map(str, paths), "calls.yaml"]
    assert subprocess.run(command, check=False, cwd=ROOT).returncode == 0
    assert paths[1].read_text(encoding="utf-8") == text("a", "b", "c", "d", "e", "f")
    paths[2].write_text(text("x", "b", "c", "d", "e"), encoding="utf-8")
    assert subprocess.run(command, check=False, cwd=ROOT, capture_output=True).returncode == 1
    assert "<<<<<<<" in paths[1].read_text(encoding="utf-8")
