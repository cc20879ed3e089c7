"""How the command line starts, helps, fails and ends."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from tests.cli.cli_user import Fbench, begin, environment, outside

COMMANDS = ["run", "plan", "resume", "grade", "report", "data", "doctor"]


def test_help_imports_neither_an_sdk_nor_numpy_nor_rich() -> None:
    code = (
        "import sys\n"
        "from fbench.cli import main\n"
        "sys.argv = ['fbench', '--help']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    heavy = {'openai', 'google.genai', 'numpy', 'rich', 'httpx2', 'pydantic'} & set(sys.modules)\n"
        "    print('HEAVY', sorted(heavy), end.code)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )

    assert said.stdout.splitlines()[-1] == "HEAVY [] 0"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_lists_every_command_and_each_has_its_own(fbench: Fbench, command: str) -> None:
    assert f"\n  {command} " in fbench("--help").out
    short, long = fbench(command, "-h"), fbench(command, "--help")

    assert short == long
    assert short.code == 0
    assert short.out.startswith(f"Usage: fbench {command}")


@pytest.mark.parametrize("command", [*COMMANDS, "data fetch", "data check", "data list"])
def test_every_option_is_explained_in_sentences(command: str) -> None:
    name, _, part = command.partition(" ")
    found: click.Command = getattr(import_module(f"fbench.cli.{name}"), name)
    if part:
        assert isinstance(found, click.Group)
        found = found.commands[part]

    assert (found.help or "").strip().endswith(".")
    assert "\\b" not in (found.help or ""), "it is the character of click that keeps lines apart"
    for option in found.params:
        if isinstance(option, click.Option):
            assert (option.help or "").endswith("."), option.name


def test_without_a_command_the_help_is_shown_and_that_is_a_usage_error(fbench: Fbench) -> None:
    said = fbench()

    assert (said.code, said.out) == (2, "")
    assert "Commands:" in said.err


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("nosuch",), "nosuch"),
        (("run", "--foo"), "--foo"),
        (("run", "--epochs", "0"), "--epochs"),
        (("resume",), "RUN"),
        (("report",), "RUN"),
    ],
)
def test_a_wrong_word_is_named_in_one_paragraph_with_where_to_read_on(
    fbench: Fbench, args: tuple[str, ...], word: str
) -> None:
    said = fbench(*args).paragraph

    assert word in said
    assert "--help`" in said


def test_an_internal_error_is_one_paragraph_and_with_verbose_a_traceback(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, finished: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the moon is full")

    monkeypatch.setattr("fbench.reports.reporters.written_results", broken)
    quiet, verbose = fbench("report", finished), fbench("--verbose", "report", finished)

    assert (quiet.code, verbose.code) == (1, 1)
    (line,) = quiet.err.splitlines()
    assert line.startswith("Internal error: RuntimeError: the moon is full.")
    assert "Traceback" in verbose.err


def test_verbose_shows_where_a_usage_error_was_raised(fbench: Fbench, tmp_path: Path) -> None:
    assert "Traceback" in fbench("--verbose", "report", tmp_path).err


def test_a_reader_that_goes_away_is_no_reason_to_complain(finished: Path, tmp_path: Path) -> None:
    process = begin(tmp_path, "grade", finished)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.wait(timeout=60)
    process.stderr.close()

    assert "Error" not in err
    assert "Exception" not in err
    assert "BrokenPipe" not in err


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    assert outside(tmp_path, "--version").out == "fbench, version 0.1.0\n"
