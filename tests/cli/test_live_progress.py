"""What a run shows on a terminal while it goes on: few lines, in the columns that find room."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from fbench.cli.live_lines import Totals, cut_middle, room_for_units, told_waits, total_line, unit_lines
from fbench.cli.progress import progress_on_stderr
from fbench.cli.time_left import TimeLeft, time_left
from fbench.cli.told_progress import ToldProgress
from fbench.cli.unit_states import UnitState, UnitStates
from fbench.pipeline import prepare
from fbench.providers.model import EpochLoss
from fbench.runner.cells import Unit
from fbench.runner.experiment import Experiment
from fbench.runner.plan import Plan
from tests.cli.cli_user import MODEL
from tests.cli.terminal_screen import screens_of

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="terminals of POSIX")


def units(count: int) -> list[UnitState]:
    """Units of long names: of each ten one failed, three go on, two are done and the others wait."""
    found = [UnitState(f"openai:gpt-4o-mini-2024-07-18/medical/e{n}/s0", 1200) for n in range(count)]
    for number, unit in enumerate(found):
        if number % 10 == 0:
            unit.job = "failed"
        elif number % 10 < 4:
            unit.job, unit.answered, unit.retries, unit.loss = "succeeded", number, number, 0.25
        elif number % 10 < 6:
            unit.answered = 1200
    return found


def texts(lines: Iterator[object]) -> list[str]:
    return [str(line) for line in lines]


@pytest.mark.parametrize("count", [1, 3, 16, 17, 80, 2000])
@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [10, 24, 60])
def test_no_line_is_wider_and_no_display_higher_than_the_terminal(
    count: int, width: int, height: int
) -> None:
    room = room_for_units(height)
    lines = texts(unit_lines(units(count), width, room))
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= room <= 16
    assert room + 10 <= max(height, 11)


def test_what_failed_and_what_goes_on_is_shown_and_the_others_are_counted() -> None:
    lines = texts(unit_lines(units(40), 100, 24))
    assert [line.split()[0] for line in lines[:4]] == ["failed"] * 4
    assert {line.split()[0] for line in lines[4:-1]} == {"asking"}
    assert lines[-1] == "24 more: 16 queued, 8 done"


def test_failures_leave_room_for_what_goes_on() -> None:
    found = [UnitState(f"f{n}", 10, job="failed") for n in range(50)]
    found += [UnitState(f"a{n}", 10, job="created") for n in range(50)]
    lines = texts(unit_lines(found, 80, 16))
    shown = [line.split()[0] for line in lines[:-1]]
    assert shown.count("failed") >= 7
    assert shown.count("training") >= 7
    assert lines[-1].startswith("85 more: ")


def test_columns_are_dropped_from_the_right_where_there_is_no_room() -> None:
    found = units(2)[1:]
    found[0].answered = 1100
    wide, middle, narrow, tiny = (texts(unit_lines(found, width, 9))[0] for width in (100, 75, 40, 30))
    assert "1,100/1,200" in wide
    assert "loss 0.250" in wide
    assert "1 retry" in wide
    assert "1 retry" in middle
    assert "loss" not in middle
    assert "retry" not in narrow
    assert narrow.startswith("asking ")
    assert "1,100/1,200" in narrow
    assert "asking" not in tiny
    assert "1,100/1,200" in tiny


def test_names_keep_both_ends() -> None:
    assert cut_middle("openai:gpt/news/e10/s0", 11) == "opena…10/s0"
    assert cut_middle("short", 11) == "short"
    assert [cell_len(cut_middle("長い名前の模型/e1/s0", width)) <= width for width in range(2, 20)] == [
        True
    ] * 18


def test_the_totals_that_find_no_room_are_left_out_but_never_the_time() -> None:
    totals = Totals("about 5 min left", "$0.12 (fake money)", "1:05", "3 retries", "1 model unpriced")
    assert str(total_line(totals, 100)) == (
        "about 5 min left, $0.12 (fake money), 1:05, 3 retries, 1 model unpriced"
    )
    assert str(total_line(totals, 40)) == "about 5 min left, $0.12 (fake money)"
    assert str(total_line(totals, 25)) == "about 5 min left, 1:05"
    assert cell_len(str(total_line(totals, 8))) <= 8


def test_at_most_three_waits_are_shown() -> None:
    waits = [f"openai:model-{number}: asked to wait 120 s (rate limit)" for number in range(9)]
    lines = texts(told_waits(waits, 40))
    assert len(lines) == 3
    assert all(cell_len(line) <= 40 for line in lines)


class Clock:
    """The time, as a test sets it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_is_unknown_until_a_rate_is_and_follows_the_last_minute() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    assert left.look(0, 100) is None
    clock.now = 600  # trainings took that long, which tells nothing of answers
    assert left.look(0, 100) is None
    clock.now = 601
    assert left.look(4, 96) is None, "four answers tell no rate"
    clock.now = 605
    assert left.look(10, 90) == pytest.approx(45)
    clock.now = 664
    assert left.look(16, 84) == pytest.approx(84 * 59 / 6)
    clock.now = 740
    assert left.look(16, 84) is None, "nothing was answered for a minute"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "time left -"),
        (0.2, "about 5 s left"),
        (43, "about 45 s left"),
        (100, "about 2 min left"),
        (4000, "about 67 min left"),
        (7200 * 12, "about 24 h left"),
    ],
)
def test_the_time_left_is_told_no_more_exactly_than_it_is_known(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


# --- what the display is told ---


@pytest.fixture
def plan() -> Plan:
    return prepare(Experiment(models=(MODEL,), epochs=(1,), tasks=("news",), limit=2)).plan


def state_of(states: UnitStates, unit: Unit) -> UnitState:
    return next(each for each in states.all if each.name == unit.id)


def test_a_unit_goes_from_queued_to_done(plan: Plan) -> None:
    states = UnitStates(plan)
    unit = next(each for each in plan.units if each.training)
    mine, cell = state_of(states, unit), unit.cells[0].id
    seen = [mine.state]
    for step in (
        lambda: states.trained(unit.id, "created"),
        lambda: states.trained(unit.id, "succeeded"),
        lambda: states.batched(cell, 1),
        lambda: states.batched(cell, -1),
        lambda: states.answered(cell, mine.planned),
    ):
        step()
        seen.append(mine.state)
    assert seen == ["queued", "training", "asking", "in batch", "asking", "done"]
    assert mine.left == 0


def test_a_unit_that_ends_with_questions_left_is_in_part_or_failed(plan: Plan) -> None:
    states = UnitStates(plan)
    base, tuned = plan.units[0], next(each for each in plan.units if each.training)
    states.finished(base)
    states.trained(tuned.id, "failed")
    assert [state_of(states, each).state for each in (base, tuned)] == ["in part", "failed"]
    assert [state_of(states, each).left for each in (base, tuned)] == [0, 0]


def test_losses_and_retries_are_those_of_the_unit(plan: Plan) -> None:
    states = UnitStates(plan)
    unit = next(each for each in plan.units if each.training)
    states.learned(unit.id, [EpochLoss(2, 20, 0.5), EpochLoss(3, 30, 0.25), EpochLoss(1, 10, 2.0)])
    for name in (unit.id, unit.cells[0].id, "of something else"):
        states.retried(name)
    mine = state_of(states, unit)
    assert (mine.loss, mine.retries) == (0.25, 2)


def test_nobody_knows_the_time_left_while_jobs_or_batches_of_a_service_go_on() -> None:
    progress = ToldProgress()
    progress.trained("t", "created")
    assert not progress.is_held, "fakes keep nobody waiting"
    progress.paced(dict)
    held = [progress.is_held]
    progress.trained("t", "succeeded")
    held.append(progress.is_held)
    for state in ("created", "ended"):
        progress.batched("c", 1, state, 5)
        held.append(progress.is_held)
    assert held == [True, False, True, False]


def test_many_reasons_why_trainings_failed_are_not_all_told(capsys: pytest.CaptureFixture[str]) -> None:
    progress = ToldProgress()
    for number in range(60):
        progress.trained(f"t{number}", "failed", f"reason {number}")
        progress.trained(f"u{number}", "failed", f"reason {number}")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 11
    assert said[-1] == "more trainings failed, for other reasons: `fbench report` has them all"


# --- on a terminal ---


SHOWN = """
import sys, time
from fbench.cli.progress import progress_on_stderr
from fbench.pipeline import prepare
from fbench.providers.model import EpochLoss
from fbench.runner.experiment import Experiment

plan = prepare(Experiment(epochs=(1, 2, 3), limit=1)).plan
tuned = [unit for unit in plan.units if unit.training]
with progress_on_stderr(quiet="--quiet" in sys.argv) as progress:
    progress.begin(plan, 0)
    progress.spending(lambda: 1.5, origin="fake", unpriced=["a", "b"])
    progress.paced(lambda: {"openai:slow": 120.0})
    for unit in tuned[:30]:
        progress.trained(unit.id, "created")
    for unit in tuned[:4]:
        progress.trained(unit.id, "failed", "It is too hot.")
    for unit in tuned[4:8]:
        progress.trained(unit.id, "succeeded")
        progress.learned(unit.id, [EpochLoss(1, 10, 0.5)])
        progress.answered_in(unit.cells[0].id, 3)
        progress.answered(3)
        progress.retried(unit.cells[0].id)
    progress.batched(tuned[8].cells[0].id, 1, "created", 5)
    time.sleep(0.6)
print("done", file=sys.stderr)
"""


@ON_LINUX
@pytest.mark.parametrize(("width", "height"), [(40, 24), pytest.param(100, 24, marks=pytest.mark.long)])
def test_what_a_terminal_shows_of_many_units(tmp_path: Path, width: int, height: int) -> None:
    screens, last = screens_of(tmp_path, SHOWN, width=width, height=height)
    shown = [screen for screen in screens if any("rate limit" in line for line in screen)][-1]
    assert len(shown) <= height
    assert len(last.lines) <= height, "it did not scroll"
    failed = [line for line in shown if line.startswith("failed ")]
    assert len(failed) == 4
    assert all(line.split()[-1] == "0/5" or "0/" in line for line in failed)
    assert sum(line.startswith("asking ") for line in shown) == 4
    assert sum(line.startswith(("training ", "in batch ")) for line in shown) >= 2
    assert any(" more: " in line for line in shown)
    assert any(line.startswith("time left -, $1.50 (fake money)") for line in shown)
    assert any("120 s (rate limit)" in line for line in shown)
    assert any("loss 0.500" in line for line in shown) is (width == 100)
    rest = " ".join(line for line in last.shown if line)
    assert rest == "training openai:gpt-4o-2024-08-06/news/e1/s0 failed: It is too hot. done"


@ON_LINUX
def test_a_terminal_that_cannot_draw_anew_gets_plain_lines(tmp_path: Path) -> None:
    screens, _ = screens_of(tmp_path, SHOWN, TERM="dumb")
    assert screens[-1] == [
        "60 trainings, 80 cells, 460 questions",
        "training openai:gpt-4o-2024-08-06/news/e1/s0 failed: It is too hot.",
        "done",
        "",
    ]


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str], plan: Plan) -> None:
    with progress_on_stderr(quiet=True) as progress:
        progress.begin(plan, 0)
        progress.trained(plan.trainings[0].id, "failed", "It is too hot.")
        progress.grading()
    assert capsys.readouterr() == ("", "")


@ON_LINUX
@pytest.mark.long
@pytest.mark.parametrize("more", [(), ("--batch",), ("--jobs", 2), ("--shard", "1/2")], ids=str)
def test_whatever_way_a_run_asks_its_display_stays_small_and_leaves_nothing(
    tmp_path: Path, more: tuple[object, ...]
) -> None:
    screens, last = screens_of(tmp_path, "run", "--limit", 2, *more, "--out", "r", width=80, height=24)
    assert len(last.lines) <= 24
    assert any("more: " in line for screen in screens for line in screen)
    assert any("(fake money)" in line for screen in screens for line in screen)
    assert [line for line in last.shown if line] == ["Results are in r/results.json"]
