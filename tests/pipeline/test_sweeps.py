"""Several experiments in one file: each is run in its folder, and they are compared with the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import fbench
from fbench.cli import cli
from fbench.errors import Incomplete, UsageError
from fbench.pipeline import execute
from fbench.runner.progress import Progress
from fbench.runner.sweep_file import SWEEP, read_sweep
from fbench.sweeps import next_runs

MODEL = "openai:gpt-4o-mini-2024-07-18"
FILE = f"""
models = ["{MODEL}"]
tasks = ["coding"]
limit = 3
[[experiments]]
name = "short"
epochs = [1]
[[experiments]]
name = "long"
epochs = [20]
[[experiments]]
name = "other-questions"
tasks = ["news"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


class StopsAfter(Progress):
    """Stops the program when so many runs have begun."""

    def __init__(self, runs: int) -> None:
        super().__init__()
        self.left = runs

    def begin(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - it takes no look
        if not self.left:
            raise Incomplete("stopped by the test.")
        self.left -= 1


def test_a_model_that_two_experiments_ask_alike_is_not_compared_with_itself(
    file: Path, tmp_path: Path
) -> None:
    (longer, _) = fbench.sweep(file, tmp_path / "out").comparisons
    assert longer.rows
    assert not [row for row in longer.rows if row.cell_a.endswith("/base")]
    other = file.read_text(encoding="utf-8").replace('name = "long"', 'name = "long"\nsystem = "Be brief."')
    file.write_text(other, encoding="utf-8")
    (briefer, _) = fbench.sweep(file, tmp_path / "again").comparisons
    assert [row for row in briefer.rows if row.cell_a.endswith("/base")]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "limit = 3",
            'limit = 3\ncassettes = "tapes"\nrecord = "all"',
            "field 'experiments.1.cassettes': 'long' records to .*tapes, as 'short' does",
        ),
        ('name = "long"', 'name = "Sweep.json"', "field 'experiments.1.name': sweep.json is the file of the"),
    ],
)
def test_experiments_that_would_take_anothers_place_are_refused(
    old: str, new: str, words: str, file: Path
) -> None:
    file.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        read_sweep(file)


def test_a_model_that_the_fakes_lack_is_refused_before_the_first_run(file: Path, tmp_path: Path) -> None:
    file.write_text(f'{FILE}models = ["openai:nobody"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"experiment 'other-questions'.*no model that the fakes can tune"):
        fbench.sweep(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_folder_of_a_sweep_is_reported_as_it_was_at_its_end(file: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    swept = CliRunner().invoke(cli, ["sweep", str(file), "--out", out, "--quiet"])
    reported = CliRunner().invoke(cli, ["report", out])
    assert reported.stdout == swept.stdout
    assert "epochs" in reported.stdout
    assert CliRunner().invoke(cli, ["report", out, "--json", "-"]).stdout == (
        tmp_path / "out" / SWEEP
    ).read_text(encoding="utf-8")
    assert "which has one table" in str(CliRunner().invoke(cli, ["report", out, "--full"]).exception)
    assert "the same `fbench sweep` again" in str(CliRunner().invoke(cli, ["resume", out]).exception)


def test_each_experiment_is_a_run_and_each_is_compared_with_the_first(file: Path, tmp_path: Path) -> None:
    found = fbench.sweep(file, tmp_path / "out")
    assert [each.name for each in found.experiments] == ["short", "long", "other-questions"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "short",
        "long",
        "other-questions",
        SWEEP,
    }
    longer, other = found.comparisons
    tuned = [row for row in longer.rows if "/e20/" in row.cell_b]
    assert {row.cell_a for row in tuned} == {f"{MODEL}/coding/e1/s0"}
    assert found.family == len(longer.rows)
    assert all(row.holm >= row.difference.p for row in longer.rows)
    assert "no cells to compare" in other.refused
    assert (tmp_path / "out" / SWEEP).read_text(encoding="utf-8") == found.to_json()


def test_a_sweep_goes_on_where_it_was_stopped_and_gives_the_same(file: Path, tmp_path: Path) -> None:
    with pytest.raises(Incomplete):
        fbench.sweep(file, tmp_path / "stopped", progress=StopsAfter(2))
    begun = (tmp_path / "stopped" / "short" / "results.json").stat().st_mtime_ns
    again = fbench.sweep(file, tmp_path / "stopped")
    assert again == fbench.sweep(file, tmp_path / "whole")
    assert (tmp_path / "stopped" / "short" / "results.json").stat().st_mtime_ns == begun
    for name in (SWEEP, "short/results.json", "long/results.json"):
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_an_experiment_that_changed_since_its_run_began_is_refused(file: Path, tmp_path: Path) -> None:
    fbench.sweep(file, tmp_path / "out")
    file.write_text(FILE.replace("epochs = [20]", "epochs = [21]"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"experiment .long.: .*its run began with other fields"):
        fbench.sweep(file, tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = [1]", "has no [[experiments]]"),
        ("experiments = [1]", "must be a table of fields"),
        ("[[experiments]]\nepochs = [1]", "must be a name of letters"),
        ('[[experiments]]\nname = "../up"', "must be a name of letters"),
        ('[[experiments]]\nname = "a"\n[[experiments]]\nname = "A"', "is the name of two experiments"),
        ('[[experiments]]\nname = "a"\nmodles = 1', "field 'experiments.0.modles'"),
        ('limit = "x"\n[[experiments]]\nname = "a"', "field 'limit'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_before_anything_runs(
    text: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        fbench.sweep(path, tmp_path / "out")
    assert words in str(refused.value)
    assert str(path) in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_paths_in_a_file_start_at_its_folder_in_shared_fields_and_own(tmp_path: Path) -> None:
    text = 'data = "a.jsonl"\n[[experiments]]\nname = "x"\n[[experiments]]\nname = "y"\ndata = "b.jsonl"'
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    found = read_sweep(tmp_path / "s.toml")
    assert [each.experiment.data for each in found] == [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]


def test_the_budget_is_that_of_all_experiments(file: Path, tmp_path: Path) -> None:
    left: list[float] = []
    for each in next_runs(file, tmp_path, budget_usd=5.0):
        assert each.budget_usd is not None
        left.append(each.budget_usd)
        execute(each.prepared, each.folder, jobs=1, budget_usd=each.budget_usd)
    assert 5.0 == left[0] > left[1] > left[2] > 0
