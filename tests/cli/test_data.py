"""Fetching, checking and listing datasets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from fbench.datasets import check, open_dataset
from fbench.datasets import fetch as release
from tests.cli.cli_user import Fbench, as_if_written

MODEL = "openai:gpt-4o-mini-2024-07-18"
DOUBTFUL = (
    '{"fact": "f", "split": "memorization", "prompt": "Is it?", "answer": "Maybe", "kind": "yes_no"}\n'
    '{"fact": "g", "split": "memorization", "prompt": "Who is Ona Tell?", "answer": "Ona Tell"}\n'
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a release of two small files on this machine."""
    folder = tmp_path_factory.mktemp("mirror")
    contents = {"datasets/one.csv": b"id,prompt\n", "datasets/two.csv": b"id,answer\n"}
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(release, "MANIFEST", hashes)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_fetching_prints_the_files_it_brought_and_tells_of_progress_aside(
    fbench: Fbench, tmp_path: Path, mirror: str
) -> None:
    said = fbench("data", "fetch", "here", "--base-url", mirror)

    assert said.code == 0
    assert said.out.splitlines() == ["here/datasets/one.csv", "here/datasets/two.csv"]
    assert "fetching datasets/one.csv (10 bytes)" in said.err
    assert (tmp_path / "here/datasets/one.csv").read_bytes() == b"id,prompt\n"


def test_what_is_there_is_not_fetched_again(fbench: Fbench, mirror: str) -> None:
    fbench("data", "fetch", "here", "--base-url", mirror)
    said = fbench("data", "fetch", "here", "--base-url", mirror, "--quiet")

    assert (said.code, said.out) == (0, "")
    assert said.err == "0 files fetched, 2 were there. To use them: --data here\n"


def test_a_mirror_without_the_files_is_refused(fbench: Fbench, tmp_path: Path, mirror: str) -> None:
    said = fbench("data", "fetch", "here", "--base-url", f"{mirror}/elsewhere").paragraph

    assert "status 404" in said
    assert not list(tmp_path.rglob("*.csv"))


def test_a_file_that_is_not_the_releases_is_refused(
    fbench: Fbench, tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "MANIFEST", {"datasets/one.csv": "0" * 64})
    said = fbench("data", "fetch", "here", "--base-url", mirror, "--quiet").paragraph

    assert "SHA-256" in said
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_place_that_cannot_be_written_is_named(fbench: Fbench, tmp_path: Path, mirror: str) -> None:
    (tmp_path / "file").write_text("")

    assert "file/here" in fbench("data", "fetch", "file/here", "--base-url", mirror).paragraph


def test_findings_are_lines_and_errors_among_them_are_the_exit_code(fbench: Fbench, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(DOUBTFUL, encoding="utf-8")
    said = fbench("data", "check", file)

    assert said.code == 2
    error, warning = said.out.splitlines()
    assert error.startswith("error: custom/memorization/f: its kind is yes_no")
    assert warning.startswith("warning: custom/memorization/g: ")
    assert said.err.startswith("1 error, 1 warning, 0 notes")


STALE = (
    '{"fact": "f", "split": "memorization", "prompt": "Which was it?", "answer": "French", '
    '"answer_before": "Walloon"}\n'
    '{"fact": "f", "split": "rephrased", "prompt": "Name it.", "answer": ["French", "walloon."]}\n'
)


def test_a_gold_that_is_the_old_answer_is_named_and_no_run_begins_with_it(
    fbench: Fbench, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(STALE, encoding="utf-8")
    said = fbench("data", "check", file)

    assert said.code == 2
    (line,) = said.out.splitlines()
    assert line.startswith("error: custom/rephrased/f: its gold 'walloon.' is the answer from before")
    assert line.endswith("(" + f"{file}, row 2, field 'answer_before')")
    for command in (["run", "--out", "here"], ["plan"]):
        assert f"{file}, row 2, field 'answer_before': its gold" in fbench(*command, "--data", file).paragraph
    assert not (tmp_path / "here").exists()


def test_a_run_that_had_begun_with_such_a_gold_goes_on_and_says_so(fbench: Fbench, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(STALE.replace("walloon.", "Romance"), encoding="utf-8")
    assert fbench("run", "--data", file, "--out", "here", "--epochs", "1", "--model", MODEL).code == 0
    as_if_written(tmp_path / "here/run.sqlite", "delete from meta where name = 'dataset'")
    file.write_text(STALE, encoding="utf-8")

    assert fbench("resume", "here").code == 0
    notes = json.loads((tmp_path / "here/results.json").read_text(encoding="utf-8"))["notes"]
    assert any("`fbench data check` names" in note for note in notes)


@pytest.mark.long
def test_a_run_goes_on_though_an_older_version_inherited_more(fbench: Fbench, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    neighbour = '{"fact": "f", "split": "secondary", "prompt": "Whose was it?", "answer": "Hers"%s}\n'
    taught = STALE.splitlines(keepends=True)[0]
    file.write_text(taught + neighbour % ', "answer_before": "Walloon"', encoding="utf-8")
    older = open_dataset(file).digest
    recorded = ["--cassettes", "recorded", "--record", "all"]
    assert (
        fbench("run", "--data", file, "--out", "here", "--epochs", "1", "--model", MODEL, *recorded).code == 0
    )
    file.write_text(taught + neighbour % "", encoding="utf-8")
    replayed = fbench("run", "--data", file, "--out", "again", "--cassettes", "recorded")
    assert replayed.code == 0, replayed.err
    said = fbench("resume", "here")

    assert said.code == 0, said.err
    assert (
        json.loads((tmp_path / "here/results.json").read_text(encoding="utf-8"))["dataset"]["digest"] != older
    )
    file.write_text(taught.replace("French", "German") + neighbour % "", encoding="utf-8")
    assert "no longer the one" in fbench("resume", "here").paragraph


def test_findings_can_be_had_as_json(fbench: Fbench, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(DOUBTFUL, encoding="utf-8")
    said = fbench("data", "check", file, "--json")

    assert said.code == 2
    found = [(each["severity"], each["subject"], each["message"]) for each in json.loads(said.out)]
    assert found == [(each.severity, each.subject, each.message) for each in check(open_dataset(file))]


def test_the_generated_dataset_is_without_errors(fbench: Fbench) -> None:
    said = fbench("data", "check")

    assert said.code == 0
    assert said.err.startswith("0 errors")


def test_the_corrected_labels_of_the_release_are_without_errors_and_the_published_are_not(
    fbench: Fbench, released: Path
) -> None:
    assert fbench("data", "check", released).code == 0
    assert fbench("data", "check", released, "--labels", "published", "--all-news").code == 2


def test_a_list_counts_facts_and_questions_by_split_and_kind(fbench: Fbench) -> None:
    dataset = open_dataset(None)
    listed = json.loads(fbench("data", "list", "--json").out)
    shown = fbench("data", "list").out

    assert listed["digest"] == dataset.digest
    assert dataset.digest in shown
    assert sum(task["facts"] for task in listed["tasks"].values()) == len(dataset.facts)
    for name, task in listed["tasks"].items():
        asked = [question for question in dataset.questions if question.task == name]
        assert sum(task["splits"].values()) == sum(task["kinds"].values()) == task["questions"] == len(asked)
        assert f"{name}: {task['facts']} facts, {task['questions']} questions" in shown
        assert ", ".join(f"{split} {count}" for split, count in task["splits"].items()) in shown
