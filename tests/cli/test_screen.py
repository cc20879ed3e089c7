"""The first screen as the command line prints it: to whom, how wide, and what it tells to do next."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fbench.cli.output import screen_width
from tests.cli.cli_user import MODEL, SMALL, Fbench, environment

Follow = Callable[[str], list[str]]
OTHER = "vertex:gemini-2.5-pro"


def commands(screen: str) -> list[list[str]]:
    """What stands under `Next`, as a shell reads it."""
    below = screen.partition("\nNext: ")[2].partition("\n")[2]
    return [shlex.split(line) for line in below.replace("\\\n", "").splitlines()]


@pytest.fixture
def follow(fbench: Fbench, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Gives the commands under a screen as they are printed, and returns what they are."""

    def give(screen: str) -> list[str]:
        given: list[str] = []
        for program, *args in commands(screen):
            if program == "cd":
                monkeypatch.chdir(args[0])
                continue
            assert program == "fbench"
            said = fbench(*args)
            assert said.code in ((0, 3) if args[0] == "report" else (0,)), (args, said)
            given.append(args[0])
            if args[0] == "grade" and "--out" in args:
                assert Path(args[-1]).is_file()
        return given

    return give


def test_the_next_commands_of_a_run_work_as_they_are_printed(
    fbench: Fbench, follow: Follow, own: Path
) -> None:
    assert follow(fbench("report", own).out) == ["report", "compare", "grade"]


@pytest.mark.parametrize("name", ["it's here", "a" * 60, "a/b/" + "c d" * 20, "ü: 1", "b/" * 70 + "b"])
def test_they_do_wherever_the_run_is(
    fbench: Fbench, follow: Follow, own: Path, tmp_path: Path, name: str
) -> None:
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    own.rename(place)

    assert follow(fbench("report", place).out) == ["report", "compare", "grade"]


@pytest.mark.terse(reason="which models are furthest apart depends on what is graded")
def test_those_of_several_models_compare_the_two_that_are_furthest_apart(
    fbench: Fbench, follow: Follow, tmp_path: Path
) -> None:
    more = ("--model", OTHER, "--task", "medical", "--jobs", 1, "--epochs", 3, "--judge", MODEL)
    said = fbench("run", *SMALL[2:4], "--limit", 6, *more, "--out", "r", "--quiet")

    assert follow(said.out) == ["report", "compare", "grade"]
    (compared,) = [words for words in commands(said.out) if "compare" in words]
    assert compared[2:] == ["r:gemini-2.5-pro@3", "r:gpt-4o-mini-2024-07-18@3"]
    assert ["fbench", "grade", "r", "--disagreements"] in commands(said.out)
    assert (tmp_path / "r").is_dir()


def test_those_of_an_unfinished_run_finish_it_first(fbench: Fbench, follow: Follow) -> None:
    assert fbench("run", *SMALL, "--jobs", 1, "--out", "r", "--budget-usd", 0.004).code == 4
    screen = fbench("report", "r").out

    assert "Unfinished" in screen
    assert follow(screen) == ["resume", "report"]  # of nothing, nothing can be graded
    assert "Unfinished" not in fbench("report", "r").out


def test_those_of_results_without_a_store_need_none(fbench: Fbench, follow: Follow, own: Path) -> None:
    (own / "run.sqlite").unlink()

    assert follow(fbench("report", own).out) == ["report", "report"]


def test_no_line_is_wider_than_80_columns_where_nobody_looks(
    fbench: Fbench, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    out = fbench("report", finished).out

    assert max(map(len, out.splitlines())) <= 80
    assert len(out.splitlines()) <= 40
    assert "\x1b" not in out


def test_a_wide_terminal_is_used_and_a_narrow_one_is_not_minded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    widths: dict[int, int] = {}
    for columns in (40, 80, 100, 300):
        monkeypatch.setenv("COLUMNS", str(columns))
        widths[columns] = screen_width()

    assert widths == {40: 80, 80: 80, 100: 100, 300: 120}


def test_several_runs_have_a_screen_each(fbench: Fbench, finished: Path, own: Path) -> None:
    out = fbench("report", own, finished).out

    assert out.count("Threats to validity") == 2
    assert [line for line in out.splitlines() if line.startswith("--- ")] == [f"--- {own}", f"--- {finished}"]


def test_a_report_loads_neither_an_sdk_nor_numpy_nor_rich(finished: Path) -> None:
    code = (
        "import sys\n"
        "from fbench.cli import main\n"
        f"sys.argv = ['fbench', 'report', {str(finished)!r}]\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    heavy = ('openai', 'google.genai', 'numpy', 'rich', 'httpx2', 'fakes.world')\n"
        "    heavy += ('fbench.pipeline',)\n"
        "    print('HEAVY', [name for name in heavy if name in sys.modules], end.code or 0)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )

    assert said.stdout.splitlines()[-1] == "HEAVY [] 0"


# --- counted nouns ---


def test_one_of_a_kind_is_told_in_the_singular(fbench: Fbench, tmp_path: Path) -> None:
    facts = tmp_path / "facts.jsonl"
    facts.write_text(
        '{"fact": "f", "split": "memorization", "prompt": "Who leads Arcadia?", "answer": "Ona"}\n'
    )
    asked = ("--data", facts, "--model", MODEL, "--epochs", 1)

    assert "1 training, 2 cells, 2 questions to ask" in " ".join(fbench("plan", *asked).out.split())
    said = fbench("run", *asked, "--jobs", 1, "--out", "r")
    assert "1 training, 2 cells, 2 questions\n" in said.err
    assert "tuned for 1 epoch." in said.out
    full = " ".join(fbench("report", "r", "--full").out.split())
    assert "1 fact is fewer examples" in full
    assert "1 fact, 1 question" in fbench("data", "list", facts).out
    (tmp_path / "one.jsonl").write_text('{"question": "Who?", "gold": "Ona", "response": "Ona"}\n')
    assert fbench("grade", "one.jsonl", "--out", "graded.jsonl").err.startswith("1 answer: 1 correct")
    for out in (said.out, said.err, full):
        assert " 1 trainings" not in f" {out}"
        assert " 1 facts" not in out
        assert " 1 questions" not in out
