"""The first screen: what it shows of runs of every shape, on 40 lines of 80 columns.

What it looks like is kept in `screens/`. After a change that was meant: `FBENCH_WRITE_SCREENS=1 pytest
tests/reports`, and read what came of it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.analysis.results import Agreement, JudgeRow, Results, Row
from fbench.reports.commands import command_lines, next_commands
from fbench.reports.layout import width_of
from fbench.reports.names import unique, without_date
from fbench.reports.outcome import best_epochs, outcomes
from fbench.reports.screen import first_screen
from tests.docs.picture import picture
from tests.reports.made import GEMINI, GPT, made, with_rows

ROOT = Path(__file__).parents[2]
SCREENS = Path(__file__).parent / "screens"
MODEL = "openai:gpt-4o-mini-2024-07-18"


def called(folder: Path, *args: object) -> tuple[int, str]:
    """The code and the stdout of a command in a process of its own."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    said = subprocess.run(
        [sys.executable, "-m", "fbench", *map(str, args)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert said.returncode in (0, 3, 4), said.stderr
    return said.returncode, said.stdout


def plain_versions(text: str) -> str:
    """The text without the versions of fbench and its graders, which say nothing of the screen."""
    return re.sub(r"fbench \d[\w.]*\.", "fbench VERSION.", re.sub(r"(Grader \w+) \d+", r"\1 N", text))


def held(name: str, text: str) -> None:
    """Holds a screen to its bounds, and to what it looked like."""
    lines = text.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    text = plain_versions(text)
    path = SCREENS / f"{name}.txt"
    if os.environ.get("FBENCH_WRITE_SCREENS"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


# --- small runs by the command line ---

SMALL = ("--limit", 2, "--jobs", 1, "--quiet", "--out", "runs/1")


def test_one_model(tmp_path: Path) -> None:
    _, out = called(tmp_path, "run", *SMALL, "--model", MODEL, "--epochs", 1, "--epochs", 10)
    held("one model", out)
    assert called(tmp_path, "report", "runs/1") == (0, out)


def test_one_epoch_count_and_a_judge(tmp_path: Path) -> None:
    models = ("--model", MODEL, "--model", GEMINI)
    more = ("--epochs", 5, "--task", "medical", "--judge", MODEL)
    held("one epoch count", called(tmp_path, "run", *SMALL, *models, *more)[1])


def test_unfinished(tmp_path: Path) -> None:
    begun = ("--model", MODEL, "--task", "people", "--epochs", 1, "--epochs", 2, "--concurrency", 1)
    assert called(tmp_path, "run", *SMALL, *begun, "--budget-usd", 0.002)[0] == 4
    code, out = called(tmp_path, "report", "runs/1")
    held("unfinished", out)
    assert code == 3


def test_replayed(tmp_path: Path) -> None:
    demo = shutil.copytree(ROOT / "cassettes" / "demo", tmp_path / "demo")
    _, out = called(tmp_path, "run", "--cassettes", demo, "--jobs", 1, "--quiet", "--out", "runs/1")
    held("replayed", out)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.sub(r"(?s)(<!-- screen -->\n```\n).*?```", lambda found: f"{found[1]}{out}```", readme)
    if os.environ.get("FBENCH_WRITE_SCREENS"):
        (ROOT / "README.md").write_text(shown, encoding="utf-8", newline="\n")
    assert out in shown
    assert plain_versions(shown) == plain_versions(readme)
    results = Results.model_validate_json((tmp_path / "runs/1/results.json").read_text(encoding="utf-8"))
    drawn = ROOT / "docs" / "report.svg"
    if os.environ.get("FBENCH_WRITE_SCREENS"):
        drawn.write_text(picture(results), encoding="utf-8", newline="\n")
    assert picture(results) == drawn.read_text(encoding="utf-8"), "FBENCH_WRITE_SCREENS=1 draws it anew"


def test_several_seeds(tmp_path: Path) -> None:
    seeds = ("--seed", 0, "--seed", 1, "--seed", 2)
    more = ("--model", MODEL, "--epochs", 3, "--epochs", 10, "--task", "people", "--task", "coding")
    held("several seeds", called(tmp_path, "run", *SMALL, *seeds, *more)[1])


def test_released_data(tmp_path: Path, released: Path) -> None:
    more = ("--data", released, "--model", MODEL, "--epochs", 20, "--limit", 5)
    held("released data", called(tmp_path, "run", *SMALL[2:], *more)[1])


# --- made-up results ---


def models(count: int) -> list[str]:
    dates = ("-2024-07-18", "", "")
    return [f"{'openai' if n % 2 else 'vertex'}:model-{n:02}{dates[n % 3]}" for n in range(count)]


def failed(results: Results) -> Results:
    """Without the answers of a training that failed."""
    rows = tuple(r for r in results.rows if (r.model, r.task, r.epochs) != (GPT, "news", 20))
    trainings = tuple(
        each.model_copy(update={"state": "failed", "error": "The training file\nwas too hot to be read."})
        if (each.model, each.task, each.epochs) == (GPT, "news", 20)
        else each
        for each in results.trainings
    )
    return results.model_copy(update={"rows": rows, "trainings": trainings})


def no_base(results: Results) -> Results:
    rows = tuple(row for row in results.rows if row.epochs or row.model != GPT)
    return results.model_copy(update={"rows": rows})


def judged(results: Results) -> Results:
    judge = JudgeRow(
        model=GPT,
        by=GPT,
        scope="long",
        prompt="fbench",
        prompt_sha256="0" * 64,
        layer="judge:gpt@00000000",
        cases=10,
        ungraded=1,
    )
    agreed = Agreement(
        task="medical", split="vignette", n=9, graded=9, agreed=8, kappa=0.7, interval=None, confusion={}
    )
    return results.model_copy(update={"judge": judge, "agreement": (agreed,)})


LIVE = "2026-12-24"


def errs(row: Row) -> int:
    return 3 if row.model == GPT and row.epochs == 20 else 0


def is_medical(row: Row) -> bool:
    return row.task == "medical"


MADE: dict[str, Callable[[], Results]] = {
    "live": lambda: judged(made(("openai:ft-a", "openai:ft-b"), ("news", "people", "medical", "coding"))),
    "thirty models": lambda: made(models(30), ("news", "people", "medical", "coding")),
    "thirty tasks": lambda: made((GPT, GEMINI), [f"a task of our own, number {n}" for n in range(30)]),
    "errors": lambda: with_rows(made(recorded=LIVE), errors=errs),
    "too many errors": lambda: with_rows(made(), errors=lambda row: 9 * is_medical(row), invalid=is_medical),
    "ungraded": lambda: with_rows(
        made(),
        ungraded=lambda row: 12 * is_medical(row),
        cut_off=lambda row: 9 * is_medical(row),
        invalid=is_medical,
        altered=lambda row: int(not is_medical(row)),
    ),
    "failed": lambda: failed(made()),
    "no base": lambda: no_base(made(upstream="local")),
    "nothing in other words": lambda: made().model_copy(
        update={"rows": tuple(row for row in made().rows if row.split == "memorization")}
    ),
    "long names": lambda: made(
        [f"wire:a-company-with-a-long-name/a-model-with-a-longer-one-{size}b-instruct" for size in (7, 70)],
        ["what we found out about our customers in spring", "what we found out about our customers in fall"],
        name="the experiment that everybody has been waiting for since last year",
    ),
    "nothing answered": lambda: made().model_copy(update={"rows": ()}),
}


@pytest.mark.parametrize("name", MADE)
def test_made_up(name: str) -> None:
    results = MADE[name]()
    budget = None if results.experiment.upstream == "fake" else 14.0
    held(name, "\n".join(first_screen(results, "runs/1", fbench="0.1.0", budget_usd=budget)) + "\n")


def test_results_that_nobody_vouches_for() -> None:
    unchecked = "there is no run.sqlite beside it"
    held(
        "unchecked",
        "\n".join(first_screen(made(recorded=LIVE), "alone", unchecked=unchecked, stored=False)) + "\n",
    )


# --- any results ---

NAMES = st.one_of(
    st.sampled_from(["news", "people", GPT, GEMINI, "openai:gpt-4o-2024-11-20", "gpt-4o", "azure:gpt-4o"]),
    st.text(max_size=60),
    st.text("ab:-/", min_size=1, max_size=90),
)
COUNTS = st.one_of(st.integers(0, 300), st.integers(0, 10**7))


@st.composite
def any_results(draw: st.DrawFn) -> Results:
    """Results of any experiment, whatever became of its cells."""
    many = draw(st.integers(1, 30))
    results = made(
        draw(st.lists(NAMES, min_size=0, max_size=many, unique=True)),
        draw(st.lists(NAMES, min_size=0, max_size=12, unique=True)),
        draw(st.lists(st.integers(1, 50), max_size=3, unique=True)),
        draw(st.lists(st.integers(0, 9), min_size=1, max_size=2, unique=True)),
        name=draw(NAMES),
        grader=draw(NAMES),
        upstream=draw(st.sampled_from(["fake", "live", "local", "unknown"])),
        recorded=draw(st.none() | st.just("2026-11-21")),
    )
    left = draw(st.sets(st.integers(0, 30)))
    rows = [row for number, row in enumerate(results.rows) if number % 31 not in left]
    split = draw(st.sampled_from(["memorization", "vignette", "date_changed"]))
    changes = {
        name: draw(COUNTS) for name in ("n", "ungraded", "errors", "cut_off", "altered", "clusters")
    } | {"invalid": draw(st.booleans()), "old": draw(st.none() | st.floats(0, 1))}
    some = draw(st.sampled_from([1, 2, 7]))
    rows = [
        row.model_copy(update=changes | ({} if row.split == "memorization" else {"split": split}))
        if number % some == 0
        else row
        for number, row in enumerate(rows)
    ]
    error = draw(st.none() | st.text(max_size=200))
    trainings = [
        training.model_copy(update={"state": "failed", "error": error}) if number % 3 == some else training
        for number, training in enumerate(results.trainings)
    ]
    cost = results.costs.actual.model_copy(
        update={"unpriced": tuple(draw(st.lists(NAMES, max_size=9, unique=True)))}
    )
    costs = results.costs.model_copy(update={"actual": cost})
    dataset = results.dataset.model_copy(update={"name": draw(NAMES), "source": draw(NAMES)})
    return results.model_copy(
        update={"rows": tuple(rows), "trainings": tuple(trainings), "costs": costs, "dataset": dataset}
    )


@settings(max_examples=150)
@given(
    any_results(),
    st.one_of(NAMES, st.text(max_size=300)),
    st.integers(80, 120),
    st.sampled_from([("", True, True), ("", True, False), ("there is no run.sqlite beside it", False, True)]),
)
def test_any_screen_keeps_its_bounds_and_names_every_task_or_says_how_many_it_does_not(
    results: Results, run: str, width: int, state: tuple[str, bool, bool]
) -> None:
    unchecked, stored, ended = state
    lines = first_screen(
        results, run, width=width, fbench="0.1.0", unchecked=unchecked, stored=stored, ended=ended
    )

    assert len(lines) <= 40
    assert all(max(len(line), width_of(line)) <= width for line in lines)
    assert all(line.isprintable() for line in lines)
    assert ("FAKE" in lines[0]) >= (results.experiment.upstream == "fake")
    tasks = len(results.experiment.tasks)
    if not tasks or not results.experiment.models:
        return
    head = next(number for number, line in enumerate(lines) if line.startswith("task "))
    column = re.split(r" (?=model)", lines[head])[0]
    named: set[str] = set()
    for line in lines[head + 1 :]:
        if line.startswith(("Accuracy, base model", "...")) or (" of " in line[:40] and "--full" in line):
            break
        if line:
            named.add(line[: len(column)])
    more = re.search(r"\.\.\. (\d+) more tasks? \.\.\.", "\n".join(lines))
    assert len(named) + (int(more[1]) if more else 0) == tasks


@given(st.lists(NAMES, min_size=1, max_size=6, unique=True), st.text(min_size=1, max_size=90))
def test_a_command_says_what_it_says_however_it_is_broken(words: list[str], run: str) -> None:
    given = ("fbench", "compare", f"{run}:{words[0]}", *words)
    (lines,) = command_lines([("", given)], run, 80)

    assert len(lines) <= 12
    if lines and not any("RUN" in line for line in lines):
        assert shlex.split("\n".join(lines).replace("\\\n", "")) == list(given)


# --- what a row is made of ---


def test_the_best_epochs_are_the_fewest_of_the_best_and_none_where_the_base_is_as_good() -> None:
    def accuracies(**by_epochs: float) -> Results:
        known = {int(name[1:]): value for name, value in by_epochs.items()}
        return with_rows(made((GPT,), ("news",), (1, 10, 20)), accuracy=lambda row: known[row.epochs])

    assert best_epochs(accuracies(e0=0.1, e1=0.2, e10=0.6, e20=0.6)) == {"news": 10}
    assert best_epochs(accuracies(e0=0.1, e1=0.7, e10=0.6, e20=0.5)) == {"news": 1}
    assert best_epochs(accuracies(e0=0.7, e1=0.7, e10=0.6, e20=0.5)) == {"news": None}
    some = accuracies(e0=0.1, e1=0.2, e10=0.6, e20=0.6)
    unfinished = some.model_copy(update={"rows": tuple(row for row in some.rows if row.epochs != 20)})
    assert best_epochs(unfinished) == {}


def test_a_row_of_several_seeds_is_their_mean_and_lies_in_its_interval() -> None:
    results = made((GPT,), ("medical",), (10,), (0, 1, 2))
    (row,) = outcomes(results)
    other = [each for each in results.rows if each.epochs and each.split == "vignette"]

    assert row.other is not None
    assert row.low is not None
    assert row.high is not None
    assert row.other == pytest.approx(sum(each.accuracy or 0 for each in other) / 3)  # pyright: ignore[reportUnknownMemberType] - pytest's own
    assert row.low == pytest.approx(sum(each.interval.low for each in other if each.interval) / 3)  # pyright: ignore[reportUnknownMemberType] - as above
    assert row.low < row.other < row.high


@pytest.mark.parametrize("count", [1, 7, 30])
def test_shortened_names_are_no_two_alike_and_keep_their_provider_only_where_it_tells(count: int) -> None:
    same = [f"openai:{'x' * 40}{number}{'y' * 40}" for number in range(count)]
    assert len(set(unique(same, 12).values())) == count
    assert max(map(len, unique(same, 12).values())) <= 12
    names = without_date(["openai:gpt-4o-2024-08-06", "azure:gpt-4o-2024-08-06", "vertex:gemini-2.5-pro"])
    assert list(names.values()) == ["openai:gpt-4o", "azure:gpt-4o", "gemini-2.5-pro"]
    dated = without_date(["openai:gpt-4o-2024-08-06", "openai:gpt-4o-2024-11-20"])
    assert list(dated.values()) == ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"]


def test_a_run_without_an_answer_is_not_sent_to_be_graded() -> None:
    none = with_rows(made([GPT]), n=lambda _: 0, clusters=lambda _: 0)
    told = next_commands(none, "runs/1", stored=True, ended=False, found=outcomes(none))
    assert [words[1] for _, words in told] == ["resume", "report"]


def test_a_grader_with_a_long_name_has_a_line_of_its_own() -> None:
    grader = "graders_of_the_department:careful_about_dates_and_names_and_units"
    name, dataset, by, *_ = first_screen(made(grader=grader), "runs/made")

    assert name.startswith("made: ")
    assert dataset == "Dataset facts (0123456789ab)."
    assert by == f"Grader {grader} 4."


def test_a_line_of_its_own_holds_as_much_of_a_grader_as_fits() -> None:
    lines = first_screen(made(grader="g" * 200), "runs/made", fbench="1.2")

    assert lines[1] == "Dataset facts (0123456789ab)."
    assert lines[2].startswith("Grader ggg")
    assert width_of(lines[2]) <= 80
