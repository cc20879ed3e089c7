"""The page that compares: its numbers are the comparison's, and items can be chosen by what changed."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fbench.analysis.comparison import Comparison, compare, in_one_family
from fbench.analysis.selection import read_selection
from fbench.reports.comparison import compared_texts
from fbench.reports.html.compared import ComparedPair
from fbench.reports.html.from_runs import page_of_comparison, page_of_runs
from fbench.reports.html.page import page
from fbench.reports.reporters import read_run
from tests.reports.made_page import made_run
from tests.reports.parsed_page import Parsed, items_of

RUN = Path(__file__).parents[1] / "data" / "fossils" / "run"
OTHER = RUN.parent / "own"
BASE, TUNED = f"{RUN}:gpt-4o-mini-2024-07-18@0", f"{RUN}:gpt-4o-mini-2024-07-18@10"


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(read_selection(BASE), read_selection(TUNED))


@pytest.fixture(scope="module")
def shown(found: Comparison) -> str:
    return page_of_comparison(read_selection(BASE), read_selection(TUNED), found)


def test_its_tables_hold_every_row_of_the_comparison(found: Comparison, shown: str) -> None:
    tables = Parsed(shown).tables
    for row in found.rows:
        assert compared_texts(row) in tables[f"A {row.cell_a}; B {row.cell_b}"]


def test_it_says_in_short_how_many_answers_are_right_on_one_side_alone(found: Comparison, shown: str) -> None:
    better, worse = sum(row.only_b for row in found.rows), sum(row.only_a for row in found.rows)
    assert better > 0
    assert f"{better} are right in B alone and {worse} in A alone" in shown


def test_sides_go_by_the_names_of_their_folders(shown: str) -> None:
    assert "<h1>run:gpt-4o-mini-2024-07-18@0 compared with run:gpt-4o-mini-2024-07-18@10</h1>" in shown


def test_items_know_which_cells_are_compared(found: Comparison, shown: str) -> None:
    items = items_of(shown)
    (name, pairs), answers = items["compared"][0], items["answers"]
    assert name == ""
    changed: set[str] = set()
    for at, question in enumerate(items["questions"]["id"]):
        mine = range(items["starts"][at], items["starts"][at + 1])
        right = {answers["cell"][a]: items["verdicts"][answers["verdict"][a]] == "correct" for a in mine}
        if any(right[a] != right[b] for a, b in pairs if a in right and b in right):
            changed.add(question)
    assert changed == {item.question for item in found.items}


def test_it_shows_the_answers_that_are_compared_and_no_others(found: Comparison, shown: str) -> None:
    cells = {cell for row in found.rows for cell in (row.cell_a, row.cell_b)}
    assert len(items_of(shown)["cells"]) == len(cells)


def test_it_is_well_formed_and_every_link_leads_somewhere(shown: str) -> None:
    parsed = Parsed(shown)
    assert parsed.open == []
    ids = parsed.ids()
    assert len(ids) == len(set(ids))
    assert {name[1:] for name in re.findall(r'href="(#[^"]+)"', shown)} <= set(ids)


def test_several_runs_are_each_compared_with_the_first_within_one_family(tmp_path: Path) -> None:
    runs = [RUN, tmp_path / "again", tmp_path / "third"]
    for copy in runs[1:]:
        shutil.copytree(RUN, copy)
    text = page_of_runs([(run, read_run(run)) for run in runs])
    alone = compare(read_selection(str(RUN)), read_selection(str(runs[1])))
    assert "A: run; B: again (FAKE)" in text
    assert "A: run; B: third (FAKE)" in text
    assert f"family of all rows here ({2 * len(alone.rows)})" in text
    assert [name for name, _ in items_of(text)["compared"]] == [" (again)", " (third)"]


def test_a_family_of_several_comparisons_corrects_for_all_of_them(found: Comparison) -> None:
    def with_p(*values: float) -> Comparison:
        rows = [
            row.model_copy(update={"difference": row.difference.model_copy(update={"p": p})})
            for row, p in zip(found.rows, values, strict=False)
        ]
        return found.model_copy(update={"rows": tuple(rows)})

    first, second = in_one_family([with_p(0.01, 0.04), with_p(0.02)])
    assert [row.holm for row in (*first.rows, *second.rows)] == [0.03, 0.04, 0.04]
    assert [row.bh for row in (*first.rows, *second.rows)] == [0.03, 0.04, 0.03]
    assert (first.family, second.family) == (3, 3)


def test_runs_that_cannot_be_compared_are_shown_and_the_reason_said() -> None:
    text = page_of_runs([(run, read_run(run)) for run in (RUN, OTHER)])
    assert "run and own are not compared: " in text
    assert 'id="by-change"' not in text
    assert items_of(text)["compared"] == []


def test_runs_that_are_called_alike_go_by_their_paths(tmp_path: Path) -> None:
    shutil.copytree(RUN, tmp_path / "run")
    text = page_of_runs([(run, read_run(run)) for run in (RUN, tmp_path / "run")])
    assert f"Run: {tmp_path / 'run'}</h2>" in text


def test_names_of_compared_sides_never_become_markup(found: Comparison) -> None:
    hostile = found.model_copy(update={"a": "<script>alert(1)</script>", "warnings": ("<img src=x>",)})
    text = page([made_run(), replace(made_run(), name="other")], [ComparedPair(0, 1, hostile)])
    assert "alert(1)</script>" not in text
    assert "<img" not in text
