"""Files of others stay as they are: those of a run, of a recording, and of whoever owns the folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.cli_user import MODEL, Fbench

RUN = ("run", "--limit", "1", "--task", "news", "--model", MODEL, "--epochs", "1", "--jobs", "1", "--quiet")


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["run.sqlite", "config.toml", "run.json", "results.json"])
@pytest.mark.parametrize(
    "command",
    [
        ("grade", "{run}", "--out"),
        ("report", "{run}", "--json"),
        ("report", "{run}", "--reporter", "markdown", "--out"),
    ],
)
def test_no_output_takes_the_place_of_a_file_of_a_run(
    fbench: Fbench, finished: Path, tmp_path: Path, name: str, command: tuple[str, ...]
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    before = files(run)
    said = fbench(*(word.format(run=run) for word in command), run / name).paragraph

    assert f"{name}: is a file of the run in {run}, which it needs: name another place." in said
    assert files(run) == before


def test_a_recording_removes_only_cassettes(fbench: Fbench, tmp_path: Path) -> None:
    record = (*RUN, "--cassettes", "tape", "--record")
    assert fbench(*record, "all", "--seed", 5, "--out", "1").code == 0
    tape = tmp_path / "tape"
    own = {"README.md": b"mine", ".gitattributes": b"*.yaml -text", "conf/notes.yml": b"a: 1"}
    for name, content in own.items():
        (tape / name).parent.mkdir(exist_ok=True)
        (tape / name).write_bytes(content)
    before = {name for name in files(tape) if name.endswith(".yaml")}
    assert fbench(*record, "all", "--seed", 6, "--out", "2").code == 0

    after = files(tape)
    assert {name: after[name] for name in own} == own
    assert not any("s5" in name for name in after)
    assert before - set(after), "the cassettes of the other seed are gone"
    assert "is a file of the recording in" in fbench("report", "2", "--json", tape / "index.json").paragraph


@pytest.mark.parametrize("mode", ["new", "all"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("config.toml", "config.toml: is there already, and of no recording"),
        ("docker.yaml", "docker.yaml: is no cassette"),
        (".github/ci.yaml", ".github/ci.yaml: is no cassette"),
    ],
)
def test_a_recording_is_not_begun_among_files_that_it_would_harm(
    fbench: Fbench, tmp_path: Path, name: str, words: str, mode: str
) -> None:
    mine = tmp_path / "mine" / name
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"services: {}\n")
    said = fbench(*RUN, "--cassettes", "mine", "--record", mode, "--out", "r").paragraph

    assert words in said
    assert "another folder" in said
    assert files(tmp_path / "mine") == {name: b"services: {}\n"}
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("report", "{}"),
        ("resume", "{}"),
        ("grade", "{}"),
        ("data", "check", "{}"),
        ("cassette", "check", "{}"),
    ],
)
def test_a_name_that_no_file_can_have_is_told_in_a_line(fbench: Fbench, command: tuple[str, ...]) -> None:
    said = fbench(*(word.format("x" * 300) for word in command))
    assert said.code == 2
    (line,) = said.err.splitlines()
    assert line.startswith("Error: xxx")


def test_a_line_feed_in_a_name_does_not_break_the_paragraph(fbench: Fbench) -> None:
    assert "no\\nsuch: has no results.json" in fbench("report", "no\nsuch").paragraph
