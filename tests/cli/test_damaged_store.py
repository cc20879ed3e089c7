"""A run's store that was damaged, or edited by hand, is refused by every command, and nothing is written.

`FBENCH_CHAOS=1` makes 400 rounds; the offline suite makes 15.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

import fbench as api
from fbench.errors import UsageError
from fbench.runner.store import Store
from tests.cli.cli_user import MODEL, Fbench, Said

ROUNDS = 400 if os.environ.get("FBENCH_CHAOS") else 15
PAGE = 4096
FOSSILS = Path(__file__).parents[1] / "data" / "fossils"
Calls = dict[str, tuple[object, ...]]


def calls(run: Path) -> Calls:
    """Every command that reads the store of a run."""
    return {
        "report": ("report", run),
        "report as JSON": ("report", run, "--json", "-"),
        "resume": ("resume", run, "--quiet", "--jobs", 1),
        "grade": ("grade", run),
        "compare": ("compare", f"{run}:{MODEL}@0", f"{run}:{MODEL}@1"),
        "disagreements": ("grade", run, "--disagreements"),
    }


@pytest.fixture(scope="module")
def graded(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a second layer of grades; not to be changed."""
    run = shutil.copytree(finished, tmp_path_factory.mktemp("graded") / "run")
    api.grade(run, grader="exact")
    return run


@pytest.fixture
def begun(graded: Path, tmp_path: Path) -> Path:
    """A copy of a run that did not reach its end."""
    run = shutil.copytree(graded, tmp_path / "begun")
    for name in ("results.json", "run.json"):
        (run / name).unlink()
    return run


def damaged(whole: bytes, random: Random) -> bytes:
    """A store with a bit flipped, bytes overwritten, a page without content or another's, or cut short."""
    content = bytearray(whole)
    at, page, other = random.randrange(len(whole)), *(random.randrange(len(whole) // PAGE) for _ in "12")
    there = slice(page * PAGE, (page + 1) * PAGE)
    match random.choice(["bit", "bytes", "zeros", "another page", "cut", "cut at a page"]):
        case "bit":
            content[at] ^= 1 << random.randrange(8)
        case "bytes":
            end = min(len(whole), at + random.randrange(1, 200))
            content[at:end] = random.randbytes(end - at)
        case "zeros":
            content[there] = bytes(PAGE)
        case "another page":
            content[there] = content[other * PAGE : (other + 1) * PAGE]
        case "cut":
            del content[at:]
        case _:
            del content[page * PAGE :]
    return bytes(content)


def files(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.iterdir() if path.suffix not in ("-shm", "-wal")}


def paragraph(said: Said, run: Path) -> str:
    """The error about a run's store: one paragraph with the file and what to do."""
    text = said.paragraph
    assert str(run / "run.sqlite") in text
    assert "ut back a copy" in text or "use the fbench that made it" in text, text
    return text


def test_damage_anywhere_is_refused_or_changes_nothing(fbench: Fbench, graded: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    usual: dict[str, Said] = {}
    for name, command in calls(run).items():
        shutil.copytree(graded, run)
        usual[name] = fbench(*command)
        shutil.rmtree(run)
    ends: Counter[str] = Counter()
    for number in range(ROUNDS):
        random = Random(number)  # noqa: S311 - no secret
        store = damaged((graded / "run.sqlite").read_bytes(), random)
        for name in random.sample(sorted(usual), 3):
            shutil.copytree(graded, run)
            (run / "run.sqlite").write_bytes(store)
            before = files(run)
            said = fbench(*calls(run)[name])
            if said == usual[name]:
                ends["as if undamaged"] += 1
            elif name.startswith("report"):
                assert said.code == 0, (number, said)
                assert f"Notice: {run / 'results.json'}: could not be checked for changes" in said.err
                ends["unchecked"] += 1
            else:
                paragraph(said, run)
                assert files(run) == before, number
                ends["refused"] += 1
            shutil.rmtree(run)
    assert min(ends[end] for end in ("as if undamaged", "unchecked", "refused")) > ROUNDS / 4, ends


def test_damage_to_a_run_that_did_not_reach_its_end_is_refused_too(fbench: Fbench, begun: Path) -> None:
    whole = (begun / "run.sqlite").read_bytes()
    (begun / "run.sqlite").write_bytes(whole[: 3 * PAGE] + bytes(PAGE) + whole[4 * PAGE :])
    before = files(begun)

    for name in ("report", "resume", "grade", "disagreements"):
        assert "still shows" not in paragraph(fbench(*calls(begun)[name]), begun)
    assert files(begun) == before


@pytest.mark.parametrize("left", ["results.json", "run.json"])
def test_an_empty_store_beside_results_is_no_run_that_has_yet_to_begin(
    fbench: Fbench, graded: Path, tmp_path: Path, left: str
) -> None:
    run = shutil.copytree(graded, tmp_path / "run")
    (run / "run.sqlite").write_bytes(b"")
    (run / {"results.json": "run.json", "run.json": "results.json"}[left]).unlink()
    before = files(run)

    assert f"is empty, though {left} says" in paragraph(fbench("resume", run), run)
    assert files(run) == before


@pytest.mark.parametrize("name", ["run.sqlite", "config.toml"])
def test_a_folder_in_the_place_of_a_file_is_named(
    fbench: Fbench, graded: Path, tmp_path: Path, name: str
) -> None:
    run = shutil.copytree(graded, tmp_path / "run")
    (run / name).unlink()
    (run / name).mkdir()

    for command in ("resume", "grade", "disagreements"):
        assert f"{run / name}: is not a file" in fbench(*calls(run)[command]).paragraph


def test_rows_that_are_there_twice_are_found_without_digests_too(fbench: Fbench, tmp_path: Path) -> None:
    run = shutil.copytree(FOSSILS, tmp_path / "fossils") / "run"
    content = bytearray((run / "run.sqlite").read_bytes())
    content[8 * PAGE : 9 * PAGE] = content[9 * PAGE : 10 * PAGE]
    (run / "run.sqlite").write_bytes(content)

    assert "the rows of grade are not in their order" in paragraph(fbench("resume", run), run)


def test_a_table_that_is_missing_is_named(fbench: Fbench, graded: Path, tmp_path: Path) -> None:
    run = shutil.copytree(graded, tmp_path / "run")
    with closing(sqlite3.connect(run / "run.sqlite")) as store:
        store.execute("drop table answer")

    assert "no such table: answer" in paragraph(fbench("resume", run), run)


def test_a_store_that_another_process_keeps_to_itself_is_waited_for(
    fbench: Fbench, graded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shutil.copytree(graded, tmp_path / "run")
    connect = sqlite3.connect

    def at_once(*args: Any, **more: Any) -> sqlite3.Connection:
        return connect(*args, **more, timeout=0)

    monkeypatch.setattr(sqlite3, "connect", at_once)
    with closing(connect(run / "run.sqlite", isolation_level=None)) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        said = fbench("resume", run).paragraph

    assert "another process is writing to it" in said
    assert "Put back" not in said


# --- edits by hand ---

EDITS = {
    "an answer": ("update answer set text = 'x' where rowid_ = 1", "the answers of the cell {cell}"),
    "an answer taken away": ("delete from answer where rowid_ = 1", "rows, and fbench wrote"),
    "a verdict": ("update grade set verdict = 'correct' where verdict <> 'correct'", "the grades of layer"),
    "a fact about the run": ("delete from meta where name = 'dataset'", "the facts about the run"),
    "a digest of nothing": ("insert into digest values ('answer no such cell', 1, 'ff')", "no such cell"),
    "the version": ("pragma user_version = 1", "its version is 1, and it has digests"),
}
"""Some of each kind: `tests/test_store.py` has those of each table."""


def edit(run: Path, statement: str) -> str:
    """Changes a store, and returns the name of a cell in it."""
    with closing(sqlite3.connect(run / "run.sqlite")) as store, store:
        cell, question = store.execute("select cell, question from answer limit 1").fetchone()
        store.execute(statement.replace("rowid_ = 1", f"cell = '{cell}' and question = '{question}'"))
    return cell


@pytest.mark.parametrize(("statement", "words"), EDITS.values(), ids=EDITS)
def test_what_was_edited_is_named_and_nothing_is_made_from_it(
    fbench: Fbench, graded: Path, tmp_path: Path, statement: str, words: str
) -> None:
    run = shutil.copytree(graded, tmp_path / "run")
    words = words.format(cell=edit(run, statement))
    before = files(run)

    for name in ("resume", "grade", "compare", "disagreements"):
        said = paragraph(fbench(*calls(run)[name]), run)
        assert "run.sqlite: was changed after fbench wrote it" in said
        assert words in said
        assert f"`fbench report {run}` still shows results.json" in said
    shown = fbench("report", run)
    assert shown.code == 0
    assert words in shown.err
    assert "Nobody knows whether results.json was changed" in shown.out
    assert files(run) == before


@pytest.mark.parametrize("call", [api.report, api.resume, api.grade, api.disagreements])
def test_a_notebook_is_told_the_same(begun: Path, call: Callable[[Path], object]) -> None:
    edit(begun, EDITS["an answer"][0])
    with pytest.raises(UsageError, match=r"run.sqlite: was changed .* Put back a copy"):
        call(begun)


def test_a_run_that_was_stopped_is_held_to_its_answers(fbench: Fbench, tmp_path: Path) -> None:
    """Digests are written with each commit, so a run need not have reached its end."""
    run = shutil.copytree(FOSSILS, tmp_path / "fossils") / "stopped"
    with Store(run / "run.sqlite") as store:
        store.seal()
    whole = shutil.copytree(run, run.with_name("whole"))
    edit(run, EDITS["an answer"][0])

    assert "was changed after" in paragraph(fbench("resume", run), run)
    assert fbench("resume", whole, "--quiet", "--jobs", 1).code == 0


# --- digests ---


def test_a_store_of_an_older_version_says_that_it_was_not_checked_until_it_is_resumed(
    fbench: Fbench, tmp_path: Path
) -> None:
    run = shutil.copytree(FOSSILS, tmp_path / "fossils") / "run"
    for command in (
        ("grade", run, "--out", "g.jsonl"),
        ("compare", f"{run}:{MODEL}@0", f"{run}:{MODEL}@10"),
        ("grade", run, "--disagreements", "auto@4", "auto@5"),
        ("resume", run, "--quiet", "--jobs", 1),
    ):
        said = fbench(*command)
        assert said.code == 0, said
        assert "could not be checked for changes: it" in " ".join((said.out + said.err).split()), command

    assert "Notice" not in fbench("resume", run, "--quiet", "--jobs", 1).err
    api.grade(run)  # and a program is not warned either, which would be an error here
    edit(run, EDITS["an answer"][0])
    assert "was changed after" in paragraph(fbench("resume", run), run)


def test_a_program_is_warned_of_a_store_that_was_not_checked(tmp_path: Path) -> None:
    run = shutil.copytree(FOSSILS, tmp_path / "fossils") / "run"
    for call in (api.grade, api.resume):
        with pytest.warns(UserWarning, match="could not be checked for changes") as caught:
            call(run)
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "is no run store"), (3, "is no run store"), (5000, "is damaged")]
)
def test_a_file_that_is_no_store_is_told_in_plain_words(
    fbench: Fbench, graded: Path, tmp_path: Path, size: int, words: str
) -> None:
    run = shutil.copytree(graded, tmp_path / "run")
    store = run / "run.sqlite"
    store.write_bytes(store.read_bytes()[:size] + b"some other text " * 300)

    said = paragraph(fbench("grade", run), run)
    assert words in said
    assert "file is not a database" not in said


def test_digests_are_no_part_of_results(graded: Path) -> None:
    assert "digest" not in {*json.loads((graded / "results.json").read_text(encoding="utf-8"))}
