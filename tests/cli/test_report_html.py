"""`fbench report --html` writes a page beside what it prints, also of a run that did not end."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest

from fbench.runner.owner import owned
from fbench.runner.shard import RunShard, keep_shard
from fbench.runner.store import Store
from tests.cli.cli_user import Fbench

FOSSILS = Path(__file__).parents[1] / "data" / "fossils"


def test_the_page_is_written_and_the_screen_still_shown(fbench: Fbench, finished: Path) -> None:
    said = fbench("report", finished, "--html", "page.html")
    assert said.code == 0
    assert said.out == fbench("report", finished).out
    assert said.err == "The page is in page.html\n"
    first = Path("page.html").read_bytes()
    assert first.startswith(b"<!doctype html>")
    fbench("report", finished, "--html", "page.html")
    assert Path("page.html").read_bytes() == first


def test_the_page_goes_to_stdout_alone(fbench: Fbench, finished: Path) -> None:
    said = fbench("report", finished, "--html", "-")
    assert said.out.startswith("<!doctype html>")
    assert said.out.endswith("</html>\n")


def test_a_run_that_did_not_end_has_a_page_that_says_so(fbench: Fbench) -> None:
    said = fbench("report", FOSSILS / "stopped", "--html", "page.html")
    assert said.code == 3
    text = Path("page.html").read_text(encoding="utf-8")
    assert "(unfinished)" in text
    assert "Unfinished: 22 of 60 questions are answered. 8 of 12 cells are not done" in text
    assert "<code>fbench resume stopped</code>" in text
    assert ">8 cells not done</summary>" in text


@pytest.mark.parametrize("how", [(), ("--full",)])
def test_each_screen_of_such_a_run_says_what_is_missing_and_how_it_goes_on(
    fbench: Fbench, how: tuple[str, ...]
) -> None:
    said = fbench("report", FOSSILS / "stopped", *how)
    assert said.code == 3
    text = " ".join(said.out.split())
    assert "Unfinished: 22 of 60 questions are answered. 8 of 12 cells are not done: openai:" in text
    assert "fbench resume" in text


@pytest.mark.parametrize("how", [("--json", "-"), ("--json", "r.json"), ("--reporter", "json")])
def test_there_is_no_json_of_it_yet_whichever_option_asks_for_it(
    fbench: Fbench, how: tuple[str, ...]
) -> None:
    said = fbench("report", FOSSILS / "stopped", *how)
    assert (said.code, said.out) == (3, "")
    assert "has no results.json yet" in said.err
    assert not Path("r.json").exists()


def test_a_shard_that_is_unfinished_is_measured_by_its_own_part(fbench: Fbench, tmp_path: Path) -> None:
    run = shutil.copytree(FOSSILS / "stopped", tmp_path / "run")
    with Store(run / "run.sqlite") as store:
        keep_shard(store, RunShard(1, 2))
    text = " ".join(fbench("report", run, "--full").out.split())
    assert "Unfinished: " in text
    assert "of 60 questions" not in text
    assert "of 12 cells" not in text


def test_a_run_on_which_a_process_works_is_said_to_go_on(fbench: Fbench, tmp_path: Path) -> None:
    run = shutil.copytree(FOSSILS / "stopped", tmp_path / "run")
    with owned(run):
        fbench("report", run, "--html", "page.html")
        full = fbench("report", run, "--full").out
    text = Path("page.html").read_text(encoding="utf-8")
    assert "A process works on it." in text
    assert "<code>fbench resume" not in text
    assert "works on it" in full
    assert "Go on:" not in full


def test_several_runs_are_on_one_page(fbench: Fbench) -> None:
    said = fbench("report", FOSSILS / "run", FOSSILS / "own", "--html", "page.html")
    assert said.code == 0
    text = Path("page.html").read_text(encoding="utf-8")
    assert "Run: run</h2>" in text
    assert "Run: own</h2>" in text


def test_open_opens_the_page(fbench: Fbench, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    assert fbench("report", finished, "--html", "page.html", "--open").code == 0
    assert opened == [Path("page.html").resolve().as_uri()]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--open"], "it goes with --html FILE"),
        (["--open", "--html", "-"], "it goes with --html FILE"),
        (["--html", "-", "--json", "-"], "--json and --html cannot both be on stdout"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    fbench: Fbench, finished: Path, options: list[str], words: str
) -> None:
    said = fbench("report", finished, *options)
    assert said.code == 2
    assert words in said.err


def test_a_file_of_the_run_is_not_written_over(fbench: Fbench, own: Path) -> None:
    said = fbench("report", own, "--html", own / "results.json")
    assert said.code == 2
    assert "is a file of the run" in said.err


def test_a_comparison_is_written_as_a_page_and_still_shown(fbench: Fbench) -> None:
    sides = (f"{FOSSILS / 'run'}:gpt-4o-mini-2024-07-18@0", f"{FOSSILS / 'run'}:gpt-4o-mini-2024-07-18@10")
    said = fbench("compare", *sides, "--html", "page.html")
    assert said.err == "The page is in page.html\n"
    assert said.out == fbench("compare", *sides).out
    assert fbench("compare", *sides, "--html", "-").out == Path("page.html").read_text(encoding="utf-8")
    assert "cannot both be on stdout" in fbench("compare", *sides, "--html", "-", "--json").err
    assert "it goes with --html FILE" in fbench("compare", *sides, "--open").err
