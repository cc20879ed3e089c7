"""`fbench report --html` writes a page beside what it prints, also of a run that did not end."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

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
    assert "(unfinished)" in Path("page.html").read_text(encoding="utf-8")


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
