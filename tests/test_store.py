"""The run store: what is committed stays, and nothing else is taken for a run."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fbench.errors import FbenchError, UsageError
from fbench.runner.identities import hide_identities
from fbench.runner.store import Answer, GradeRow, Store, TrainingRow


def answer(cell: str, question: str, text: str = "x") -> Answer:
    return Answer(cell, question, text, "stop", "", 3, 1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "run.sqlite", create=True)


def test_answers_come_back_as_they_were_said(store: Store) -> None:
    said = answer("c", "q", " \u2028 “None”\n\x00 \U0001f600 ")
    store.save_answers([said])
    assert list(store.answers()) == [said]


def test_answers_come_back_in_the_same_order_whatever_order_they_came_in(store: Store) -> None:
    answers = [answer(cell, question) for cell in "ba" for question in "dc"]
    store.save_answers(answers)
    assert list(store.answers()) == sorted(answers)


def test_what_a_scrubber_did_to_an_answer_is_kept_beside_it(store: Store) -> None:
    altered = answer("c", "q2")._replace(altered="replaced")
    store.save_answers([answer("c", "q1"), altered, answer("d", "q2")._replace(altered="restored")])
    assert [each.altered for each in store.answers()] == ["", "replaced", "restored"]
    assert store.altered() == {("c", "q2"): "replaced", ("d", "q2"): "restored"}


def test_an_older_store_has_room_for_what_a_scrubber_did(tmp_path: Path) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        store.save_answers([answer("c", "q1")])
    with closing(sqlite3.connect(tmp_path / "run.sqlite")) as old:
        old.execute("drop table altered")
        old.execute("pragma user_version = 2")
    with Store(tmp_path / "run.sqlite") as store:
        assert list(store.answers()) == [answer("c", "q1")]
        store.save_answers([answer("c", "q2")._replace(altered="replaced")])
        assert list(store.altered()) == [("c", "q2")]


def test_grades_are_layers_over_answers(store: Store) -> None:
    store.save_answers([answer("c", "q")])
    grades = [GradeRow(layer, "c", "q", "correct", layer, "because") for layer in ("auto", "exact")]
    store.save_grades(grades)
    store.save_grades([grades[0]._replace(verdict="incorrect")])
    assert [grade.verdict for grade in store.grades("auto")] == ["incorrect"]
    assert list(store.grades("exact")) == [grades[1]]


def test_a_training_is_where_it_was_left(store: Store) -> None:
    store.save_training(TrainingRow("t", "intended"))
    done = TrainingRow("t", "succeeded", "job-1", {3: "ft:c", 1: "ft:a"}, 99)
    store.save_training(done)
    assert store.trainings() == {"t": done}


def test_a_group_is_kept_whole_or_not_at_all(store: Store) -> None:
    broken = answer("c", "q2")._replace(text=None)  # pyright: ignore[reportArgumentType] - the fault under test
    with pytest.raises(FbenchError, match="resume"):
        store.save_answers([answer("c", "q1"), broken])
    assert list(store.answers()) == []


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


def test_another_file_is_not_taken_for_a_store(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    path.write_text("this is no database, however long it is " * 50)
    with pytest.raises(UsageError, match="run store"):
        Store(path)


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    Store(path, create=True).close()
    with sqlite3.connect(path) as database:
        database.execute("pragma user_version = 99")
    with pytest.raises(UsageError, match="99"):
        Store(path)


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


def test_a_copy_in_memory_takes_what_is_written_and_the_store_does_not(tmp_path: Path) -> None:
    with Store(tmp_path / "run.sqlite", create=True) as store:
        store.set_meta("name", "value")
        with store.in_memory() as copy:
            copy.set_meta("name", "other")
            assert copy.meta("name") == "other"
        assert store.meta("name") == "value"


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
