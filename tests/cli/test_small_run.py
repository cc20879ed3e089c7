"""A small run from end to end, and what can be done with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fbench.analysis.results_file import read_results
from tests.cli.cli_user import MODEL, SMALL, Fbench, as_if_live, as_if_written, at_a_terminal


def test_a_run_leaves_its_store_configuration_results_and_provenance(finished: Path) -> None:
    assert sorted(path.name for path in finished.iterdir()) == [
        "config.toml",
        "results.json",
        "run.json",
        "run.sqlite",
    ]
    results = read_results(finished)
    assert results.experiment.models == (MODEL,)
    assert {row.epochs for row in results.rows} == {0, 1}
    assert json.loads((finished / "run.json").read_text())["concurrency"] == 50


def test_the_run_and_the_report_print_the_same_screen(
    fbench: Fbench, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished.parent)
    said = fbench("report", "run")

    assert (said.code, said.err) == (0, "")
    assert said.out == (finished.parent / "said.txt").read_text(encoding="utf-8")


def test_a_table_has_100_columns_at_most_and_no_codes_for_colour(fbench: Fbench, finished: Path) -> None:
    out = fbench("report", finished, "--full").out

    assert max(map(len, out.splitlines())) <= 100
    assert "\x1b" not in out


def test_every_table_made_with_fakes_says_so(fbench: Fbench, finished: Path) -> None:
    out = fbench("report", finished, "--full").out
    titles = [line for line in out.splitlines() if line.endswith(")") and MODEL in line]

    assert len(titles) == 9
    assert all("FAKE" in title for title in titles)


def test_the_json_of_a_report_is_the_runs_own(fbench: Fbench, finished: Path, tmp_path: Path) -> None:
    results = (finished / "results.json").read_text(encoding="utf-8")
    said = fbench("report", finished, "--json", "-")
    assert (said.out, said.err) == (results, "")

    assert fbench("report", finished, "--json", "copy.json").out == fbench("report", finished).out
    assert (tmp_path / "copy.json").read_text(encoding="utf-8") == results


def test_several_runs_are_reported_in_the_order_given(fbench: Fbench, finished: Path, own: Path) -> None:
    out = fbench("report", own, finished).out
    assert 0 <= out.index(own.name) < out.index(finished.name, out.index("Grader"))

    both = json.loads(fbench("report", own, finished, "--json", "-").out)
    assert both == [json.loads((finished / "results.json").read_text(encoding="utf-8"))] * 2


def test_a_report_that_cannot_be_written_is_named(fbench: Fbench, finished: Path) -> None:
    assert "/proc/out.json" in fbench("report", finished, "--json", "/proc/out.json").paragraph


def test_resuming_a_finished_run_writes_the_same_again(fbench: Fbench, own: Path) -> None:
    before = (own / "results.json").read_bytes()
    (own / "results.json").unlink()
    said = fbench("resume", own, "--json", "--jobs", 1)

    assert said.code == 0
    assert said.out.encode() == before == (own / "results.json").read_bytes()
    assert "96 of them answered before" in said.err


def test_quiet_says_nothing_but_the_results(fbench: Fbench, own: Path) -> None:
    done = fbench("resume", own, "--quiet", "--jobs", 1)
    assert done.err == ""
    assert done.out


def test_a_run_of_fakes_stops_at_its_budget_and_can_go_on_with_a_higher_one(
    fbench: Fbench, finished: Path, tmp_path: Path
) -> None:
    said = fbench("run", *SMALL, "--jobs", 1, "--out", "r", "--budget-usd", 0.001)
    assert said.code == 4
    assert "To go on: fbench resume r" in said.err
    assert not (tmp_path / "r" / "results.json").exists()

    assert fbench("resume", "r", "--jobs", 1, "--budget-usd", 10).code == 0
    assert (tmp_path / "r" / "results.json").read_bytes() == (finished / "results.json").read_bytes()


def test_a_finished_live_run_is_written_again_without_keys_or_budget(fbench: Fbench, own: Path) -> None:
    as_if_live(own)
    said = fbench("resume", own, "--jobs", 1)

    assert said.code == 0
    assert "live models" in said.out
    assert "(live)" in fbench("report", own, "--full").out
    assert "FAKE" not in said.out


def test_an_unfinished_live_run_needs_a_budget_and_keys(
    fbench: Fbench, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_live(own)
    as_if_written(own / "run.sqlite", "delete from answer where cell like '%/e1/s0'")

    assert "--budget-usd" in fbench("resume", own).paragraph
    assert "OPENAI_API_KEY" in fbench("resume", own, "--budget-usd", 1).paragraph
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    said = fbench("resume", own, "--budget-usd", 0, "--jobs", 1)
    assert said.code == 4, said


def test_resuming_a_live_run_asks_at_a_terminal_unless_it_is_told_yes(
    fbench: Fbench, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_live(own)
    as_if_written(own / "run.sqlite", "delete from answer where cell like '%/e1/s0'")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    asked = at_a_terminal(monkeypatch, "n")

    said = fbench("resume", own, "--budget-usd", 0, "--jobs", 1)
    assert (said.code, len(asked)) == (130, 1), said
    assert re.search(r"48 of 96 answers are kept\. \$0\.00\d+ is spent, and the rest costs", said.err), said
    assert asked[0].startswith("Spend up to $0 more?")
    assert fbench("resume", own, "--budget-usd", 0, "--jobs", 1, "--yes").code == 4
    assert len(asked) == 1
    assert at_a_terminal(monkeypatch, "y") == []
    assert fbench("resume", own, "--budget-usd", 0, "--jobs", 1).code == 4


def test_asking_again_what_was_rejected_asks_at_a_terminal_too(
    fbench: Fbench, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_live(own)
    as_if_written(own / "run.sqlite", "update answer set error = 'no' where cell like '%/e1/s0'")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    asked = at_a_terminal(monkeypatch, "n")
    assert fbench("resume", own, "--budget-usd", 0, "--jobs", 1, "--retry-errors").code == 130
    assert len(asked) == 1


def test_resuming_what_costs_nothing_asks_nobody(
    fbench: Fbench, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = at_a_terminal(monkeypatch, "n")
    assert fbench("resume", own, "--jobs", 1).code == 0
    as_if_live(own)
    assert fbench("resume", own, "--jobs", 1).code == 0, "it is complete"
    assert asked == []
