"""Grading from Python, without the command line: typed results, no signal handlers, no exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from fbench.errors import Incomplete, UsageError
from fbench.grading.disagreements import disagreements_of
from fbench.grading.file_answers import grade_file
from fbench.grading.files import NamedColumns
from fbench.grading.graded_answers import GradingOptions
from fbench.grading.graders import Verdict
from fbench.grading.run_answers import grade_run
from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from fbench.runner.stop import Stop

MODEL = "openai:gpt-4o-mini-2024-07-18"
GOLD = "Give the second dose after four weeks and check the liver before it"
ROWS = [
    {"question": "Where?", "gold": "Paris", "response": "Paris"},
    {"question": "What is advised?", "gold": GOLD, "response": "Check the liver first", "kind": "long"},
    {"question": "What is advised?", "gold": GOLD, "response": GOLD, "kind": "long"},
]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "run"
    experiment = Experiment(models=(MODEL,), epochs=(1,), tasks=("medical",), limit=2)
    make_folder(folder, experiment)
    execute(prepare(experiment), folder, jobs=1)
    return folder


def test_it_needs_neither_the_command_line_nor_the_analysis() -> None:
    code = (
        "import sys, fbench.grading.file_answers, fbench.grading.run_answers, fbench.grading.disagreements\n"
        "above = ('click', 'fbench.cli', 'fbench.analysis')\n"
        "print([name for name in sys.modules if name.startswith(above)])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_rows_of_a_file_come_with_their_grades(rows: Path) -> None:
    graded = grade_file(rows, NamedColumns(), None, GradingOptions(grader="judge"))

    grades = [made for _, made in graded.rows]
    assert grades[2].verdict is Verdict.CORRECT
    assert {made.grader for made in grades} == {"fake_judge"}
    assert graded.failure is None
    assert graded.judged.startswith("3 cases judged now, by fake_judge")


def test_judging_that_is_stopped_leaves_rows_ungraded_and_says_so(rows: Path) -> None:
    stop = Stop()
    stop.request()
    graded = grade_file(rows, NamedColumns(), None, GradingOptions(grader="judge"), stop=stop)

    assert isinstance(graded.failure, Incomplete)
    grades = [made for _, made in graded.rows]
    assert [made.verdict for made in grades] == [Verdict.UNGRADED] * 3
    assert {made.reason for made in grades} == {"the judge has not ruled on it"}


def test_what_surrounds_the_judging_is_entered_once_and_only_for_a_judge(rows: Path) -> None:
    entered: list[str] = []

    @contextmanager
    def around() -> Generator[None]:
        entered.append("in")
        yield
        entered.append("out")

    grade_file(rows, NamedColumns(), None, GradingOptions(), while_judging=around())
    assert entered == []
    grade_file(rows, NamedColumns(), None, GradingOptions(grader="judge"), while_judging=around())
    assert entered == ["in", "out"]


def test_a_run_is_graded_in_any_thread_and_its_layers_are_compared(finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "own")
    with ThreadPoolExecutor(1) as pool:  # only the main thread may set handlers of signals
        graded = pool.submit(grade_run, folder, GradingOptions(grader="judge")).result()
    rows = list(graded.rows)

    assert graded.failure is None
    assert rows
    found = disagreements_of(folder)
    assert found.layers[1].startswith("judge:fake_judge@")
    assert found.answers == len(rows)
    assert sum(found.counts.values()) == len(found.rows)
    assert found.summary.startswith(f"{found.layers[0]} and {found.layers[1]} differ on ")


def test_a_run_whose_judging_is_stopped_can_be_graded_on(finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "own")
    stop = Stop()
    stop.request()
    with pytest.raises(Incomplete, match="saved"):
        grade_run(folder, GradingOptions(grader="judge"), stop=stop)
    assert grade_run(folder, GradingOptions(grader="judge")).failure is None


def test_a_file_has_no_layers_to_compare(rows: Path) -> None:
    with pytest.raises(UsageError, match="only a run has layers"):
        disagreements_of(rows)
