"""The run store: what is committed stays, and nothing else is taken for a run."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fbench.errors import FbenchError, UsageError
from fbench.providers.model import EpochLoss
from fbench.runner.identities import hide_identities
from fbench.runner.store import (
    Answer,
    AttemptRow,
    BatchRow,
    GradeRow,
    RulingRow,
    Store,
    TrainingRow,
    is_blank,
)
from fbench.runner.store_file import unusable
from fbench.runner.store_tables import TABLES

PAGE = 4096


def answer(cell: str, question: str, text: str = "x") -> Answer:
    return Answer(cell, question, text, "stop", "", 3, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a run's store is, or will be."""
    return tmp_path / "run.sqlite"


@pytest.fixture
def store(path: Path) -> Store:
    return Store(path, create=True)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections to SQLite that are opened, in order; none waits for another that has a lock."""
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def keep(*args: Any, **options: Any) -> sqlite3.Connection:
        made.append(connect(*args, **options, timeout=0))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", keep)
    return made


def fill(store: Store, *, again: bool = False) -> None:
    """Writes a row or two into each table; again, others with the same keys."""
    said, state = ("z", "settled") if again else ("x", "reserved")
    store.set_meta("name", said)
    losses = (EpochLoss(1, 10, 0.25 if again else 0.5),)
    store.save_training(TrainingRow("t", "failed" if again else "created", "job", error=said, losses=losses))
    altered = answer("c", "q1", said)._replace(altered="replaced" if again else "restored")
    store.save_answers([altered, answer("c", "q2", "y")])
    store.save_attempts([AttemptRow("ask c q1", 1, state, 1.0)])
    store.save_grades([GradeRow("auto@1", "c", "q1", "incorrect" if again else "correct", "auto", said)])
    store.save_batch(BatchRow("c", 1, "key", "ended" if again else "created", "b", ("q1", "q2")))
    store.save_rulings([RulingRow("judge:m@1", "q1", "ff", said, "stop", "", 1, 1)])


def change(path: Path, *statements: str) -> None:
    """Changes a store with something else than fbench."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def make_first(path: Path) -> None:
    """Makes a store with some rows one of the first version: it had no digests, and fewer tables."""
    with Store(path, create=True) as store:
        fill(store)
    tables = ("digest", "ruling", "attempt", "altered", "batch", "loss")
    change(path, *(f"drop table {name}" for name in tables), "pragma user_version = 1")


def test_answers_come_back_as_they_were_said(store: Store) -> None:
    said = answer("c", "q", " \u2028 “None”\n\x00 \U0001f600 ")
    store.save_answers([said])
    assert list(store.answers()) == [said]


def test_answers_come_back_in_the_same_order_whatever_order_they_came_in(store: Store) -> None:
    answers = [answer(cell, question) for cell in "ba" for question in "dc"]
    store.save_answers(answers)
    assert list(store.answers()) == sorted(answers)


def test_a_store_may_be_closed_before_all_of_it_was_read(store: Store) -> None:
    store.save_answers([answer("c", "q1"), answer("c", "q2")])
    rows = store.answers()
    assert next(rows) == answer("c", "q1")
    store.close()
    del rows  # an error here is one that pytest tells


def test_what_a_scrubber_did_to_an_answer_is_kept_beside_it(store: Store) -> None:
    altered = answer("c", "q2")._replace(altered="replaced")
    store.save_answers([answer("c", "q1"), altered, answer("d", "q2")._replace(altered="restored")])
    assert [each.altered for each in store.answers()] == ["", "replaced", "restored"]
    assert store.altered() == {("c", "q2"): "replaced", ("d", "q2"): "restored"}


def test_an_older_store_has_room_for_what_a_scrubber_did(path: Path) -> None:
    with Store(path, create=True) as store:
        store.save_answers([answer("c", "q1")])
    change(path, *(f"drop table {name}" for name in ("altered", "batch", "loss")), "pragma user_version = 2")
    with Store(path) as store:
        assert list(store.answers()) == [answer("c", "q1")]
        store.save_answers([answer("c", "q2")._replace(altered="replaced")])
        assert list(store.altered()) == [("c", "q2")]


def test_batches_come_back_by_cell_in_the_order_in_which_they_were_created(store: Store) -> None:
    rows = [
        BatchRow(cell, number, f"{cell}{number}", "created", None, ("q",))
        for cell in "ab"
        for number in (2, 10)
    ]
    for row in reversed(rows):
        store.save_batch(row)
    assert store.batches() == rows


def test_a_batch_ends_in_one_commit_with_its_answers(store: Store) -> None:
    row = BatchRow("c", 1, "key", "created", "b", ("q1", "q2"))
    store.save_batch(row)
    ended = row._replace(state="ended")
    refused = answer("c", "q2")._replace(altered="so")  # pyright: ignore[reportArgumentType] - which no store takes
    with pytest.raises(FbenchError, match="could not be written"):
        store.save_batch(ended, [answer("c", "q1"), refused])
    assert (store.batches(), list(store.answers())) == ([row], [])
    store.save_batch(ended, [answer("c", "q1")])
    assert (store.batches(), list(store.answers())) == ([ended], [answer("c", "q1")])


@pytest.mark.parametrize("version", [2, 3])
def test_an_older_store_has_room_for_batches_and_none_where_it_is_only_read(path: Path, version: int) -> None:
    with Store(path, create=True) as store:
        store.save_answers([answer("c", "q1")])
    change(path, "drop table batch", "drop table loss", f"pragma user_version = {version}")
    with Store(path, read_only=True) as store:
        assert store.batches() == []
    row = BatchRow("c", 1, "key", "created", "b", ("q1",))
    with Store(path) as store:
        assert store.batches() == []
        store.save_batch(row)
    with Store(path, read_only=True) as store:
        assert (store.batches(), list(store.answers())) == ([row], [answer("c", "q1")])


def test_the_losses_of_a_training_come_back_by_epoch(store: Store) -> None:
    losses = (EpochLoss(2, 20, 0.0, None), EpochLoss(10, 100, 1e-9, 2.5))
    row = TrainingRow("t", "succeeded", "job", {10: "m"}, 7, losses=losses)
    store.save_training(row)
    store.save_training(TrainingRow("u", "succeeded", "job", {1: "m"}))
    assert store.trainings() == {"t": row, "u": TrainingRow("u", "succeeded", "job", {1: "m"})}


@pytest.mark.parametrize("version", [2, 3, 4])
def test_an_older_store_has_room_for_losses_and_none_where_it_is_only_read(path: Path, version: int) -> None:
    row = TrainingRow("t", "succeeded", "job", {1: "m"}, 7)
    with Store(path, create=True) as store:
        store.save_training(row)
    change(path, "drop table loss", f"pragma user_version = {version}")
    with Store(path, read_only=True) as store:
        assert store.trainings() == {"t": row}
    row = row._replace(losses=(EpochLoss(1, 10, 0.5),))
    with Store(path) as store:
        store.save_training(row)
    with Store(path, read_only=True) as store:
        assert store.trainings() == {"t": row}


def test_the_questions_that_a_cell_answered_are_known_with_those_that_were_rejected_or_without(
    store: Store,
) -> None:
    store.save_answers([answer("c", "q1"), answer("c", "q2")._replace(error="no"), answer("d", "q3")])
    assert store.answered("c") == {"q1", "q2"}
    assert store.answered("c", with_errors=False) == {"q1"}


def test_a_judge_has_its_own_rulings_in_an_order_of_their_own(store: Store) -> None:
    ruled = [RulingRow(judge, name, "ff", "yes", "stop", "", 1, 1) for judge in "ab" for name in ("q2", "q1")]
    store.save_rulings(ruled, [AttemptRow("judge a q1 ff", 1, "settled", 1.0, 0.5)])
    assert list(store.rulings("a")) == [ruled[1], ruled[0]]
    assert store.spent_usd() == 0.5


def test_the_last_attempt_is_that_with_the_highest_number(store: Store) -> None:
    rows = [AttemptRow("ask c q", number, "unclear", 1.0, 1.0) for number in (1, 3, 2)]
    store.save_attempts([*rows, AttemptRow("ask c r", 9, "reserved", 1.0)])
    assert store.last_attempt("ask c q") == rows[1]
    assert store.last_attempt("ask c another") is None


def test_grades_are_layers_over_answers(store: Store) -> None:
    store.save_answers([answer("c", "q")])
    grades = [GradeRow(layer, "c", "q", "correct", layer, "because") for layer in ("auto", "exact")]
    store.save_grades(grades)
    store.save_grades([grades[0]._replace(verdict="incorrect")])
    assert [grade.verdict for grade in store.grades("auto")] == ["incorrect"]
    assert list(store.grades("exact")) == [grades[1]]
    assert store.layers() == ["auto", "exact"]


def test_a_training_is_where_it_was_left(store: Store) -> None:
    store.save_training(TrainingRow("t", "intended"))
    done = TrainingRow("t", "succeeded", "job-1", {3: "ft:c", 1: "ft:a"}, 99)
    store.save_training(done)
    assert store.trainings() == {"t": done}


@pytest.mark.parametrize("broken", [{"text": None}, {"text": "\ud800"}, {"answer_tokens": 2**70}])
def test_a_group_is_kept_whole_or_not_at_all(store: Store, broken: dict[str, Any]) -> None:
    with pytest.raises(FbenchError, match=r"make room or mend the folder, then go on with `fbench resume`"):
        store.save_answers([answer("c", "q1"), answer("c", "q2")._replace(**broken)])
    assert list(store.answers()) == []
    store.save_answers([answer("c", "q1")])
    assert list(store.answers()) == [answer("c", "q1")]


def test_a_commit_that_fails_changes_no_digest(path: Path) -> None:
    def grades() -> Any:
        yield GradeRow("auto@1", "c", "q", "correct", "auto", "")
        raise KeyboardInterrupt

    with Store(path, create=True) as store:
        with pytest.raises(KeyboardInterrupt):
            store.save_grades(grades())
        store.set_meta("name", "value")
    with Store(path) as store:
        assert store.layers() == []


def test_nothing_is_written_into_a_store_that_was_deleted_or_moved(path: Path) -> None:
    with Store(path, create=True) as store:
        store.set_meta("name", "value")
        elsewhere = path.with_name("elsewhere.sqlite")
        path.rename(elsewhere)
        with pytest.raises(FbenchError, match=r"is gone .* Put its folder back .*`fbench resume`"):
            store.set_meta("name", "another value")
        elsewhere.rename(path)
        assert store.meta("name") == "value"


def test_whoever_finds_the_store_locked_is_told_to_wait(
    path: Path, connections: list[sqlite3.Connection]
) -> None:
    with Store(path, create=True) as store:
        (mine,) = connections
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            with pytest.raises(FbenchError, match=r"not be written.*; wait until it is done, then go on"):
                store.set_meta("name", "value")
            assert not mine.in_transaction
        store.set_meta("name", "value")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        with pytest.raises(UsageError, match=r"another process is writing to it .* wait until it is done\.$"):
            Store(path)


def test_what_was_committed_survives_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    code = (
        "import os, signal, sys; from pathlib import Path; from fbench.runner.store import Answer, Store\n"
        "store = Store(Path(sys.argv[1]), create=True)\n"
        "store.save_answers(Answer('c', str(i), 'x', 'stop', '', 1, 1) for i in range(50))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    with Store(path) as store:
        assert len(store.answered("c")) == 50


def test_a_missing_store_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run"):
        Store(tmp_path / "run.sqlite")
    assert not any(tmp_path.iterdir())


def refused(path: Path, **options: bool) -> str:
    """Why a store cannot be used."""
    with pytest.raises(UsageError) as why:
        Store(path, **options)
    return str(why.value)


INSTEAD = "Put back a copy of it, or begin a new run in another folder."


def test_another_file_is_not_taken_for_a_store(path: Path) -> None:
    path.write_text("this is no database, however long it is " * 50)
    assert refused(path) == f"{path}: is no run store: it does not hold a database. {INSTEAD}"
    assert not is_blank(path)


def test_a_store_that_was_cut_short_is_damaged(path: Path) -> None:
    with Store(path, create=True) as store:
        fill(store)
    path.write_bytes(path.read_bytes()[:PAGE])
    assert refused(path).startswith(f"{path}: is damaged: ")
    assert refused(path).endswith(INSTEAD)
    path.with_name("results.json").touch()
    assert refused(path).endswith(
        f"`fbench report {path.parent}` still shows results.json, but cannot check it."
    )


def test_a_page_without_content_is_damage_that_is_only_overlooked_unchecked(path: Path) -> None:
    with Store(path, create=True) as store:
        store.save_answers(answer("c", f"q{n}", "x" * 999) for n in range(99))
    whole = path.read_bytes()
    path.write_bytes(whole[: -3 * PAGE] + bytes(PAGE) + whole[-2 * PAGE :])
    assert f"{path}: " in refused(path)
    assert f"{path}: " in refused(path, read_only=True)
    with Store(path, read_only=True, checked=False) as store:
        assert store.meta("name") is None


def test_a_value_that_fbench_cannot_have_written_is_damage(path: Path) -> None:
    make_first(path)
    change(path, "update meta set value = 'no JSON'")
    with (
        Store(path) as store,
        pytest.raises(UsageError, match=r"is damaged: a value in it is none that fbench writes\."),
    ):
        store.meta("name")


def test_a_row_that_is_there_twice_is_found_without_digests_too(path: Path) -> None:
    make_first(path)
    twice = "create table meta as select 'name' as name, '1' as value union all select 'name', '1'"
    change(path, "drop table meta", twice)
    assert "cannot be used as a run store: the rows of meta are not in their order" in refused(path)


def test_a_store_of_another_version_is_refused(path: Path) -> None:
    Store(path, create=True).close()
    change(path, "pragma user_version = 99")
    assert "this run store has version 99, and this fbench reads 5" in refused(path)


@pytest.mark.parametrize(
    "statements",
    [
        ("pragma user_version = 99",),
        ("drop table meta",),
        ("pragma user_version = 0", *(f"drop table {name}" for name in (*TABLES, "digest"))),
    ],
    ids=["another version", "a table too few", "nothing in it"],
)
def test_a_store_that_is_refused_is_closed(
    path: Path, connections: list[sqlite3.Connection], statements: Sequence[str]
) -> None:
    Store(path, create=True).close()
    change(path, *statements)
    assert refused(path, read_only=True)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connections[-1].execute("select 1")


def test_a_store_in_which_nothing_is_yet_is_made_unless_it_is_only_read(path: Path) -> None:
    path.touch()
    assert is_blank(path)
    assert "stopped before it began, and holds nothing yet" in refused(path, read_only=True)
    assert path.read_bytes() == b""
    with Store(path) as store:
        assert is_blank(path)
        fill(store)
        assert not is_blank(path)
    with Store(path) as store:
        assert store.meta("name") == "x"


def test_a_store_that_is_only_read_leaves_its_folder_alone(tmp_path: Path) -> None:
    path = tmp_path / "it's 100 % #1?" / "run.sqlite"
    path.parent.mkdir()
    with Store(path, create=True) as store:
        store.set_meta("name", "value")

    with Store(path, read_only=True) as store:
        assert store.meta("name") == "value"
        assert [file.name for file in path.parent.iterdir()] == ["run.sqlite"]
        with pytest.raises(FbenchError):
            store.set_meta("name", "other")
    with Store(path) as writer, Store(path, read_only=True) as reader:
        writer.set_meta("name", "newer")
        assert reader.meta("name") == "newer"


@pytest.mark.parametrize("version", [1, 3])
def test_a_copy_in_memory_takes_what_is_written_and_the_store_does_not(path: Path, version: int) -> None:
    if version == 1:
        make_first(path)
    with Store(path, create=True) as store:
        fill(store)
    with Store(path, read_only=True) as store:
        with store.in_memory() as copy:
            fill(copy, again=True)
            assert copy.meta("name") == "z"
            assert list(copy.rulings("judge:m@1")) != list(store.rulings("judge:m@1"))
        assert store.meta("name") == "x"


def test_a_store_of_the_first_version_that_is_only_read_is_copied_with_the_tables_that_it_lacks(
    path: Path,
) -> None:
    make_first(path)
    with Store(path, read_only=True) as store, store.in_memory() as copy:
        assert not store.sealed
        fill(copy, again=True)
        assert [row.state for row in copy.attempts()] == ["settled"]


def test_an_older_store_loses_projects_and_organisations_to_the_last_byte(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    place, organization = "projects/planted-project-77/locations/l", "planted-labs-77"
    with Store(path, create=True) as store:
        for number in range(60):
            tuned = (
                f"ft:gpt-4o:{organization}:suffix:{number}" if number % 2 else f"{place}/endpoints/{number}"
            )
            job = f"ftjob-{number}" if number % 2 else f"{place}/tuningJobs/{number}"
            store.save_training(TrainingRow(f"t{number:02}", "succeeded", job, {1: tuned, 2: tuned}, 7))
        store.save_training(TrainingRow("t98", "created", f"{place}/tuningJobs/98"))
        store.save_training(TrainingRow("t99", "intended"))
    assert b"planted" in path.read_bytes()

    with Store(path) as store:
        hide_identities(store)
        kept = store.trainings()
    assert b"planted" not in path.read_bytes()
    assert kept["t00"].job == "locations/l/tuningJobs/0"
    assert kept["t01"].models == {1: "ftjob-1/ft:gpt-4o::suffix:1", 2: "ftjob-1/ft:gpt-4o::suffix:1"}
    assert kept["t98"] == TrainingRow("t98", "created", "locations/l/tuningJobs/98")
    assert kept["t99"] == TrainingRow("t99", "intended")
    with Store(path) as store:  # its digests fit
        hide_identities(store)
        assert store.trainings() == kept


# --- digests ---


@pytest.mark.parametrize("version", [1, 3])
def test_digests_follow_whatever_is_written_and_written_over(path: Path, version: int) -> None:
    if version == 1:
        make_first(path)
    with Store(path, create=True) as store:
        assert store.sealed == (version == 3)
        fill(store)
        store.seal()
        store.seal()
        for again in (True, False, False, True):
            fill(store, again=again)
        store.save_grades([GradeRow("exact@1", "c", "q1", "correct", "exact", "")] * 2)
        before = [*store.answers()]
    with Store(path) as store:
        assert store.sealed
        assert [*store.answers()] == before
        assert store.layers() == ["auto@1", "exact@1"]


def test_digests_are_those_of_the_values_that_are_stored(path: Path) -> None:
    """A service's client may give an enumeration or a bool where a text or a number is stored."""

    class Finish(StrEnum):
        STOP = "stop"

    one = True
    with Store(path, create=True) as store:
        store.save_answers([Answer("c", "q", "\x00 “\U0001f600”", Finish.STOP, "", one, 1)])
    with Store(path) as store:
        assert [*store.answers()] == [Answer("c", "q", "\x00 “\U0001f600”", "stop", "", 1, 1)]


def test_digests_are_sums_of_hashes_by_part_computed_here_once_more(path: Path) -> None:
    """Whoever computes them otherwise refuses all stores that there are."""
    with Store(path, create=True) as store:
        fill(store)
        said = [answer("many", f"q{n}") for n in range(40)]
        store.save_answers(said)
    with closing(sqlite3.connect(path)) as database:
        kept = {part: (rows, sum_) for part, rows, sum_ in database.execute("select * from digest")}
    hashes = [sha256(ascii(("answer", *each[:7])).encode()).hexdigest() for each in said]
    assert kept.pop("answer many") == (40, f"{sum(int(each, 16) for each in hashes) % 2**256:064x}")
    assert {part: rows for part, (rows, _) in kept.items()} == {
        "meta": 1,
        "training": 1,
        "answer c": 2,
        "altered c": 1,
        "attempt": 1,
        "batch": 1,
        "loss": 1,
        "grade auto@1": 1,
        "ruling judge:m@1": 1,
    }


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update meta set value = '1'", "the facts about the run are not what fbench wrote"),
        ("delete from training", "of the state of the trainings there are 0 rows, and fbench wrote 1"),
        ("update answer set text = 'z' where question = 'q1'", "the answers of the cell c are not"),
        ("update answer set text = char(241 - unicode(text))", "the answers of the cell c are not"),
        (
            "insert into answer values ('d', 'q', '', '', '', 1, 1)",
            "of the answers of the cell d there are 1",
        ),
        ("delete from altered", "of the marks of a scrubber on answers of the cell c there are 0 rows"),
        ("update attempt set settled = 0.0", "the attempts at what costs money are not what fbench wrote"),
        ("update batch set batch = 'mine'", "the state of the batches are not what fbench wrote"),
        ("update grade set reason = 'mine'", "the grades of layer auto@1 are not what fbench wrote"),
        ("delete from ruling", "of the rulings of the judge judge:m@1 there are 0 rows, and fbench wrote 1"),
        ("update digest set rows = 2 where part = 'meta'", "the run there are 1 rows, and fbench wrote 2"),
        (
            "insert into digest values ('another', 1, 'ff')",
            "of the digests there are 0 rows, and fbench wrote 1",
        ),
        ("insert into digest values ('answer d', 1, 'ff')", "of the answers of the cell d there are 0 rows"),
        (
            "delete from digest",
            "of the marks of a scrubber on answers of the cell c there are 1 rows, and fbench wrote 0",
        ),
        ("pragma user_version = 1", "its version is 1, and it has digests"),
    ],
)
def test_what_was_edited_is_named(path: Path, statement: str, words: str) -> None:
    with Store(path, create=True) as store:
        fill(store)
    change(path, statement)
    assert refused(path).startswith(f"{path}: was changed after fbench wrote it: ")
    assert words in refused(path)


def test_a_store_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    nowhere = f"{(tmp_path / 'nowhere').as_uri()}?mode=ro"  # root, who runs some tests, may read every file
    with pytest.raises(sqlite3.OperationalError) as refused, closing(sqlite3.connect(nowhere, uri=True)):
        pass
    path = tmp_path / "run.sqlite"
    path.touch()
    said = str(unusable(path, refused.value))
    assert "this user may not read it" in said
    assert "begin a new run" not in said
