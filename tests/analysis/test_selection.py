"""What a side of a comparison names, and what is read of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from fbench.analysis.selection import read_selection
from fbench.analysis.verdicts import Graded
from fbench.errors import UsageError
from fbench.grading.graders import GRADER_VERSION
from fbench.runner.store import GradeRow
from tests.cli.cli_user import as_if_written

MINI, GPT4O = "openai:gpt-4o-mini-2024-07-18", "openai:gpt-4o-2024-08-06"
AZURE = "azure:gpt-4o-mini-2024-07-18"
BASE, TUNED = f"{MINI}/news/base", f"{MINI}/news/e3/s1"
Made = Callable[..., Any]


@pytest.fixture
def run(make_run: Made, facts: Made) -> Any:
    made = make_run(facts(3, "rephrased"), models=(MINI, GPT4O), epochs=(3, 1), seeds=(0, 1))
    made.say(BASE, "memorization", "RWE")
    made.say(TUNED, "memorization", "RRW")
    made.say(TUNED, "rephrased", "ARR")
    made.write()
    return made


def cells(given: str) -> list[str]:
    return [cell.id for cell in read_selection(given).cells]


def test_a_folder_alone_names_all_cells(run: Any) -> None:
    found = read_selection(str(run.folder))
    assert found.cells == tuple(run.ready.plan.cells)
    assert (found.label, found.model, found.epochs, found.seed) == (str(run.folder), None, None, None)
    assert (found.grader, found.upstream, found.notice) == (f"auto {GRADER_VERSION}", "fake", "")
    assert list(found.questions.values()) == list(run.ready.dataset.questions)


def test_what_was_answered_is_kept_by_cell_over_all_splits_and_errors_have_no_text(run: Any) -> None:
    found = read_selection(f"{run.folder}:{MINI}")
    assert {cell: [a.verdict for a in answers.values()] for cell, answers in found.graded.items()} == {
        BASE: ["correct", "incorrect", "error"],
        TUNED: ["correct", "correct", "incorrect", "abstained", "correct", "correct"],
    }
    assert all(isinstance(a, Graded) for answers in found.graded.values() for a in answers.values())
    assert found.texts[BASE, "news/memorization/news1"] == "W 1"
    assert (BASE, "news/memorization/news2") not in found.texts
    assert len(found.texts) == 8


@pytest.mark.parametrize("name", [MINI, MINI.split(":")[1], "gpt-4o-mini"])
def test_a_model_goes_by_its_name_with_or_without_its_provider(run: Any, name: str) -> None:
    found = read_selection(f"{run.folder}:{name}")
    assert (found.model, found.epochs, found.seed) == (MINI, None, None)
    assert {cell.model for cell in found.cells} == {MINI}
    assert len(found.cells) == 5


def test_a_models_name_may_have_colons_in_it(make_run: Made, facts: Made) -> None:
    run = make_run(facts(1), models=("openai:gpt:4:o",))
    run.say("openai:gpt:4:o/news/base", "memorization", "R")
    run.write()
    assert read_selection(f"{run.folder}:gpt:4:o").model == "openai:gpt:4:o"
    with pytest.raises(UsageError, match="by the name 'o'"):
        read_selection(f"{run.folder}:o")


def test_what_was_read_of_a_side_cannot_be_changed(run: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        read_selection(str(run.folder)).label = "another"  # pyright: ignore[reportAttributeAccessIssue] - the fault under test


def test_epochs_and_seeds_narrow_it_down(run: Any) -> None:
    assert cells(f"{run.folder}:{MINI}@0") == [BASE]
    assert cells(f"{run.folder}:{MINI}@3") == [f"{MINI}/news/e3/s0", TUNED]
    assert cells(f"{run.folder}:{MINI}@3/1") == [TUNED]
    found = read_selection(f"{run.folder}:{MINI}@3/1")
    assert (found.model, found.epochs, found.seed) == (MINI, 3, 1)


def test_a_folder_may_have_colons_in_its_name(run: Any) -> None:
    odd = shutil.copytree(run.folder, run.folder.parent / "a:b")
    assert len(cells(str(odd))) == 10
    assert cells(f"{odd}:{MINI}@0") == [BASE]
    assert read_selection(f"{odd}:{MINI}@0").label == f"{odd}:{MINI}@0"


@pytest.mark.parametrize(
    "given",
    ["nowhere", "nowhere:m", "{run}:", ":m", "{run}@3", "{run}:m@"],
)
def test_what_names_no_folder_is_refused(run: Any, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run.folder.parent)
    (run.folder.parent / "m").mkdir()
    with pytest.raises(UsageError, match=r"RUN:MODEL@EPOCHS/SEED|no model of the run goes by the name 'm@'"):
        read_selection(given.format(run=run.folder))


def test_a_model_that_none_or_several_go_by_is_refused(run: Any, make_run: Made, facts: Made) -> None:
    with pytest.raises(
        UsageError, match=rf"no model of the run goes by the name 'gpt'\. The run has {MINI}, "
    ):
        read_selection(f"{run.folder}:gpt")
    both = make_run(facts(2), "both", models=(MINI, AZURE))
    both.say(BASE, "memorization", "RW")
    both.write()
    with pytest.raises(UsageError, match="more than one model goes by the name 'gpt-4o-mini"):
        read_selection(f"{both.folder}:{MINI.split(':')[1]}")


@pytest.mark.parametrize("what", ["@2", "@3/7", "@0/0"])
def test_a_checkpoint_that_the_run_has_not_is_refused_with_those_it_has(run: Any, what: str) -> None:
    with pytest.raises(
        UsageError, match=r"its epochs are 0 \(the base model\), 1, 3, its seeds 0, 1; the base"
    ):
        read_selection(f"{run.folder}:{MINI}{what}")


def test_answers_without_grades_of_the_layer_that_counts_are_refused(make_run: Made, facts: Made) -> None:
    run = make_run(facts(1))
    run.store.save_grades([GradeRow("exact@1", BASE, "news/memorization/news0", "correct", "exact", "")])
    run.write()
    with pytest.raises(UsageError, match=rf"no grades of auto@{GRADER_VERSION}\. Grade them with"):
        read_selection(str(run.folder))


_FORGET = "delete from grade where layer = (select max(layer) from grade where layer not like '%/before')"


def older(run: Any, version: str) -> None:
    """Makes the run one whose answers were graded by rules of an older version."""
    for name in (f"auto@{GRADER_VERSION}", f"auto@{GRADER_VERSION}/before"):
        rows = [
            row._replace(layer=name.replace(GRADER_VERSION, version, 1)) for row in run.store.grades(name)
        ]
        run.store.save_grades(rows)
    as_if_written(run.folder / "run.sqlite", _FORGET)


def test_grades_of_the_version_that_made_the_results_do_where_there_are_no_newer_ones(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(run, "0")
    with pytest.raises(UsageError, match="Grade them with"):
        read_selection(str(run.folder))

    def version_zero(grader: str) -> str:
        assert grader == "auto"
        return "0"

    monkeypatch.setattr("fbench.analysis.assemble.grader_version", version_zero)
    run.write()
    found = read_selection(str(run.folder))
    assert found.grader == "auto 0"
    assert len(found.graded[TUNED]) == 6


def test_results_that_no_digest_vouches_for_bring_a_notice(run: Any) -> None:
    run.store.set_meta("results.json", {})
    assert "could not be checked for changes" in read_selection(str(run.folder)).notice


def test_a_run_whose_data_changed_is_refused(run: Any) -> None:
    data: Path = run.ready.experiment.data
    data.write_text(data.read_text(encoding="utf-8").replace("Answer 1", "Answer 7"), encoding="utf-8")
    with pytest.raises(UsageError, match="dataset is no longer the one"):
        read_selection(str(run.folder))


def test_a_name_without_its_date_is_no_beginning_of_a_longer_one(run: Any) -> None:
    assert {cell.model for cell in read_selection(f"{run.folder}:gpt-4o").cells} == {GPT4O}


@pytest.mark.parametrize("part", ["3/x", "-1", "3/"])
def test_what_is_no_number_of_epochs_is_named(run: Any, part: str) -> None:
    with pytest.raises(UsageError, match=f"'{part}' behind the @ is not EPOCHS or EPOCHS/SEED"):
        read_selection(f"{run.folder}:gpt-4o@{part}")
