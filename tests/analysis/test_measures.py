"""Measures beyond accuracy, each of answers whose truth is counted by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.analysis.measure_results import Contrast, Curve, Measure
from fbench.analysis.measures import contrasts_of, curves_of, drift_of, measures_of, views_of
from fbench.analysis.measures.capacity import bits_known, bits_of_a_fact
from fbench.analysis.measures.estimates import share_of
from fbench.analysis.result_forms import ReportedInterval
from fbench.analysis.results import Results
from fbench.analysis.stats import clustered_wilson, holm, paired_difference
from fbench.analysis.verdicts import Graded
from fbench.datasets.model import AnswerKind, Question, Role
from fbench.grading.graders import Verdict
from fbench.runner.cells import Cell, Condition, Design
from fbench.runner.store import Answer

VERDICTS = {"R": Verdict.CORRECT, "W": Verdict.INCORRECT, "A": Verdict.ABSTAINED, "E": Verdict.ERROR}
BASE, TUNED, INFORMED = "m/news/base", "m/news/e1/s0", "m/news/in_context"
Asked = Callable[[int], object]
Letters = Mapping[str, str]
"""By split, a letter for each answer: right, wrong, abstained, or an error."""


def cell(id_: str, condition: Condition = Condition.TUNED, **more: Any) -> Cell:
    model, task, name = id_.split("/", 2)
    epochs = int(name[1:].split("/")[0]) if condition.is_tuned else 0
    seed = int(name.split("/s")[1][0]) if condition.is_tuned else None
    more.setdefault("base", None if condition is Condition.BASE else f"{model}/{task}/base")
    return Cell(id_, model, task, epochs, seed, condition, **more)


CELLS = (cell(BASE, Condition.BASE), cell(TUNED), cell(INFORMED, Condition.IN_CONTEXT))

ROLES = {role.value: role for role in Role} | {"inverse": Role.FOLLOWS, "far": Role.UNCHANGED}
"""The role of the questions of a split; of those that are far, and of control questions, there is no fact."""


class Run:
    """Cells with what they are made to have answered: `run[cell] = {split: letters}`."""

    def __init__(self, cells: Sequence[Cell] = CELLS, /, **asked: Asked) -> None:
        self.cells, self._asked = cells, asked
        self.graded: dict[tuple[str, str], dict[str, Graded]] = {}
        self._texts: dict[tuple[str, str], str] = {}

    def question(self, task: str, split: str, number: int) -> Question:
        more = {name: value(number) for name, value in self._asked.items()}
        free = split in ("far", "control", "unknown")
        return Question.model_validate(
            {
                "id": f"{task} {split} {number}",
                "task": task,
                "split": split,
                "role": ROLES[split],
                "fact": "" if free else f"{task}{number}",
                "cluster": f"{task}{number}",
                "prompt": "?",
                "text": "Who was it?",
                "gold": ("None" if split == "unknown" else f"Answer {number}",),
                "kind": AnswerKind.NONE if split == "unknown" else AnswerKind.SHORT,
            }
            | more
        )

    def __setitem__(self, id_: str, letters: Letters) -> None:
        task = id_.split("/")[1]
        for split, told in letters.items():
            for number, letter in enumerate(told):
                question = self.question(task, split, number)
                answers = self.graded.setdefault((id_, split), {})
                answers[question.id] = Graded(question, VERDICTS[letter], old=False)
                self._texts[id_, question.id] = f"{letter} {number}"

    def say(self, id_: str, split: str, *texts: str) -> None:
        for number, text in enumerate(texts):
            self._texts[id_, f"{id_.split('/')[1]} {split} {number}"] = text

    def rows(self) -> list[Measure]:
        answers = [Answer(c, q, text, "stop", "", 0, 0) for (c, q), text in self._texts.items()]
        drift = drift_of(self.cells, self.graded, answers, "auto")
        return measures_of(self.cells, views_of(self.cells, self.graded, drift))

    def row(self, measure: str, part: str = "", cell: str = TUNED) -> Measure:
        (found,) = [r for r in self.rows() if (r.measure, r.part, r.cell) == (measure, part, cell)]
        return found

    def has(self, measure: str, cell: str = TUNED) -> bool:
        return any((r.measure, r.cell) == (measure, cell) for r in self.rows())


def made(base: Letters, tuned: Letters, informed: Letters | None = None, **asked: Asked) -> Run:
    run = Run(**asked)
    run[BASE], run[TUNED] = base, tuned
    if informed is not None:
        run[INFORMED] = informed
    return run


def within(interval: ReportedInterval | None, value: float) -> bool:
    return interval is not None and interval.low <= value <= interval.high


def test_lift_is_by_role_over_what_both_answered_with_the_test_over_clusters() -> None:
    run = made({"taught": "WWWRE", "same": "W"}, {"taught": "RRWRR", "same": "W"})
    row = run.row("lift", "taught")
    assert (row.value, row.before, row.n, row.clusters, row.against) == (0.5, 0.25, 4, 4, BASE)
    assert row.counts == {"both": 1, "lost": 0, "gained": 2, "neither": 1}
    # Of the four signs of two clusters, two give a sum as far from 0: p is 0.5, and half of it with mid-p.
    assert row.p == 0.25
    low, high = paired_difference([[(False, True)], [(False, True)], [(False, False)], [(True, True)]])[1:]
    assert row.interval == ReportedInterval(low=round(low, 6), high=round(high, 6))
    assert run.row("lift", "same").value == 0.0


def test_regression_and_gain_are_shares_of_what_was_right_and_wrong_before() -> None:
    run = made({"unchanged": "RRWW", "control": "RRW"}, {"unchanged": "RWRW", "control": "WRE"})
    lost, won = run.row("regression"), run.row("gain")
    assert (lost.value, lost.n, won.value, won.n) == (0.5, 4, 0.5, 2)
    assert lost.counts == {"right": 2, "of": 4, "both": 2, "lost": 2, "gained": 1, "neither": 1}
    interval = clustered_wilson([[False, True], [True, False]])
    assert lost.interval == ReportedInterval(low=round(interval.low, 6), high=round(interval.high, 6))
    assert (lost.p is None, won.p) == (False, None)


def test_what_was_never_right_cannot_be_lost() -> None:
    row = made({"control": "WW"}, {"control": "RW"}).row("regression")
    assert (row.value, row.interval, row.n) == (None, None, 0)


def test_drift_counts_answers_that_the_grader_finds_to_differ_from_the_base_models_own() -> None:
    run = made({"unchanged": "WWWRRAAE"}, {"unchanged": "WWWRWAWR"})
    run.say(BASE, "unchanged", "Ann Lee", "Ann Lee", "Ann Lee", "R", "R", "I do not know.", "A", "")
    run.say(TUNED, "unchanged", "It was Ann Lee.", "Bob Ray", "Ann Lee", "R!", "W", "No idea.", "W", "R")
    row = run.row("drift")
    # Another answer, one that is right no more, and one that no longer declines.
    assert (row.value, row.n, row.counts) == (0.428571, 7, {"right": 3, "of": 7})


def test_answers_that_say_that_nothing_is_right_do_not_differ_from_declining() -> None:
    run = made({"control": "RA"}, {"control": "AW"}, kind=lambda _: AnswerKind.NONE)
    assert run.row("drift").value == 0.5


def test_answers_that_were_cut_off_do_not_drift() -> None:
    run = made({"control": "WW"}, {"control": "WW"})
    answers = run.graded[TUNED, "control"]
    name = next(iter(answers))
    answers[name] = Graded(answers[name].question, Verdict.UNGRADED, old=False, cut_off=True)
    assert run.row("drift").n == 1


@given(texts=st.tuples(st.text("ab 1", max_size=4), st.text("ab 1", max_size=4)))
def test_drift_is_symmetric(texts: tuple[str, str]) -> None:
    found: list[float | None] = []
    for one, other in (texts, texts[::-1]):
        run = made({"control": "W"}, {"control": "W"})
        run.say(BASE, "control", one)
        run.say(TUNED, "control", other)
        found.append(run.row("drift").value)
    assert found[0] == found[1]
    assert found[0] == 0 or texts[0] != texts[1]


def test_neighbours_have_a_fact_and_the_inverse_is_a_part_of_what_follows() -> None:
    run = made(
        {"unchanged": "RRRR", "far": "WW", "follows": "WWW", "inverse": "WW"},
        {"unchanged": "RRRW", "far": "WW", "follows": "RRW", "inverse": "WW"},
    )
    near, follows, inverse = (run.row(name) for name in ("neighbourhood", "portability", "reversal"))
    assert (near.value, near.before, near.n) == (0.75, 1.0, 4)
    assert (follows.value, follows.before, follows.n) == (0.4, 0.0, 5)
    assert (inverse.value, inverse.n) == (0.0, 2)
    assert run.row("neighbourhood", cell=BASE).p is None


def test_the_counterfact_score_is_the_harmonic_mean_of_three_accuracies() -> None:
    run = made(
        {"taught": "WW", "same": "WW", "unchanged": "RRRR", "far": "RR"},
        {"taught": "RW", "same": "RR", "unchanged": "RWWW", "far": "RR"},
    )
    row = run.row("counterfact")
    # 3 / (1 / 0.5 + 1 / 1 + 1 / 0.25)
    assert (row.value, row.before, row.n, row.clusters) == (0.428571, 0.0, 8, 4)
    assert within(row.interval, 0.428571)
    assert (row.counts["same"], row.counts["same_of"]) == (2, 2)
    assert not made({"taught": "W", "same": "W"}, {"taught": "R", "same": "R"}).has("counterfact")


def test_an_accuracy_and_what_stands_beside_it_are_of_the_same_answers() -> None:
    run = made({"follows": "EEERRR"}, {"follows": "WWWRRR"})
    found = run.row("portability")
    assert (found.value, found.before, found.n, found.p) == (1.0, 1.0, 3, 1.0)
    alone = Run([cell(TUNED, base=None)])
    alone[TUNED] = {"follows": "WR"}
    assert (alone.row("portability").value, alone.row("portability").before) == (0.5, None)
    both = made({"taught": "ER", "unknown": "A"}, {"taught": "WR", "unknown": "A"}).row("honesty")
    assert (both.value, both.before) == (1.0, 1.0)


def test_a_harmonic_mean_of_two_zeros_is_not_known_to_be_zero() -> None:
    found = made({}, {"taught": "RRR", "same": "WWW", "unchanged": "WWW"}).row("counterfact")
    assert found.value == 0
    assert found.interval is not None
    assert found.interval.high > 0.5


def test_ignorance_is_declining_what_is_unknown_and_honesty_needs_the_taught_too() -> None:
    run = made({"taught": "WW", "unknown": "ARWW"}, {"taught": "RW", "unknown": "AWWW"})
    ignorance, honesty = run.row("ignorance"), run.row("honesty")
    assert (ignorance.value, ignorance.before, ignorance.n) == (0.25, 0.5, 4)
    assert (honesty.value, honesty.before) == (0.375, 0.25)
    assert within(honesty.interval, 0.375)


def test_a_question_whose_date_was_not_changed_is_no_question_of_what_is_unknown() -> None:
    def gold(number: int) -> tuple[str, ...]:
        return ("None",) if number else ("Ada",)

    def kind(number: int) -> AnswerKind:
        return AnswerKind.NONE if number else AnswerKind.NAME

    run = made({"taught": "R", "unknown": "WA"}, {"taught": "R", "unknown": "RA"}, gold=gold, kind=kind)
    assert (run.row("ignorance").n, run.row("ignorance").value) == (1, 1.0)


def test_closure_is_the_part_of_the_gain_in_context_that_training_reaches() -> None:
    run = made({"same": "WWWWW"}, {"same": "RRWWE"}, {"same": "RRRWR"})
    ceiling, closure = run.row("ceiling", "same"), run.row("closure", "same")
    assert (ceiling.value, ceiling.before, ceiling.n, ceiling.against) == (0.75, 0.0, 4, INFORMED)
    assert (closure.value, closure.against) == (0.666667, INFORMED)
    assert closure.counts == {"base": 0, "tuned": 2, "in_context": 3, "of": 4}
    assert not run.has("closure", INFORMED)


@pytest.mark.parametrize(("informed", "is_defined"), [(1, False), (2, True)])
def test_closure_is_undefined_where_context_gains_less_than_a_tenth(informed: int, is_defined: bool) -> None:
    run = made({"same": "W" * 15}, {"same": "R" * 15}, {"same": "R" * informed + "W" * (15 - informed)})
    row = run.row("closure", "same")
    assert (row.value is not None) is is_defined
    # Two of 15 may as well be none: whatever the ratio is, its interval has no end.
    assert row.interval is None


def test_facts_have_the_tiers_of_slick_and_tuned_models_an_accuracy_in_each() -> None:
    sample = Cell(f"{BASE}/sample1", "m", "news", 0, None, sample=1)
    run = Run((*CELLS, sample))
    run[BASE] = {"taught": "RRWWE", "same": "RWWWE"}
    run[sample.id] = {"taught": "WWWR", "same": "WWWW"}
    run[TUNED] = {"taught": "RRWRR", "same": "WRWRR"}
    rows = {(r.cell, r.measure, r.part): r for r in run.rows()}
    assert {p: rows[BASE, "prior", p].counts["right"] for p in ("highly", "maybe", "weakly", "unknown")} == {
        "highly": 1,
        "maybe": 1,
        "weakly": 1,
        "unknown": 1,
    }
    found = {part: row for (_, name, part), row in rows.items() if name == "tier"}
    assert {part: (row.value, row.before) for part, row in found.items()} == {
        "highly": (0.5, 1.0),
        "maybe": (1.0, 0.5),
        "weakly": (1.0, 0.0),
        "unknown": (0.0, 0.0),
    }
    assert (found["maybe"].n, found["maybe"].counts["facts"], found["maybe"].p) == (2, 1, None)


def test_without_samples_what_is_weakly_known_counts_as_unknown() -> None:
    run = made({"taught": "WR"}, {"taught": "RR"})
    assert (run.row("prior", "weakly", BASE).value, run.row("prior", "unknown", BASE).value) == (0.0, 0.5)


def test_capacity_is_fanos_bound_of_the_bits_in_the_taught_values() -> None:
    run = made({"taught": "WWWW"}, {"taught": "RRRW"})
    row = run.row("capacity")
    # Four values: 2 - h(1/4) - 1/4 log2(3) = 2 - 0.811278 - 0.396241 bits a fact
    assert (row.value, row.before, row.n) == (3.169925, 0.0, 4)
    assert row.counts == {"values": 4, "most": 8.0}
    assert row.interval is not None
    assert 0 <= row.interval.low <= 3.169925 <= row.interval.high <= 8
    assert made({"taught": "WWWW"}, {"taught": "RRRR"}).row("capacity").value == 8.0


def test_values_that_several_facts_have_hold_fewer_bits_and_a_single_one_none() -> None:
    run = made({"taught": "W" * 4}, {"taught": "R" * 4}, gold=lambda n: ("Yes" if n else "No",))
    # h(1/4) bits a fact, where two equally frequent values would have 1
    assert run.row("capacity").value == 3.245112
    assert not made({"taught": "WW"}, {"taught": "RR"}, gold=lambda _: ("Yes",)).has("capacity")


@given(values=st.integers(2, 1000), error=st.floats(0, 1))
def test_a_model_knows_no_more_bits_than_a_fact_has_and_fewer_the_more_it_errs(
    values: int, error: float
) -> None:
    most = math.log2(values)
    found = [bits_of_a_fact(most, values, each) for each in (0.0, error / 2, error, 1 - 1 / values)]
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (most, pytest.approx(0, abs=1e-9))


def test_answers_count_by_the_weights_of_their_questions() -> None:
    run = made({"taught": "WW"}, {"taught": "RW"}, weight=lambda n: 1.0 if n else 3.0)
    row = run.row("lift", "taught")
    assert (row.value, row.n) == (0.75, 2)
    tier = run.row("tier", "unknown")
    assert (tier.value, tier.counts["right"], tier.counts["of"]) == (0.75, 3, 4)


def test_the_tests_of_a_measure_are_a_family() -> None:
    run = made({"taught": "W" * 8, "same": "W" * 6}, {"taught": "R" * 8, "same": "R" * 6})
    rows = [row for row in run.rows() if row.measure == "lift"]
    assert [row.family for row in rows] == ["lift, all cells"] * 2
    assert [row.holm for row in rows] == [round(p, 6) for p in holm([row.p or 0 for row in rows])]
    assert rows[0].holm == 2 * (rows[0].p or 0)
    assert all(row.holm is None and not row.family for row in run.rows() if row.p is None)


def test_rows_of_all_tasks_hold_the_answers_of_each_task() -> None:
    tasks = ("news", "people")
    cells = [cell(c.id.replace("news", task), c.condition) for task in tasks for c in CELLS]
    run = Run(cells)
    for task, tuned in zip(tasks, ("RRR", "RWWWW"), strict=True):
        told = ("W" * len(tuned), tuned, "R" * len(tuned))
        for id_, letters in zip((BASE, TUNED, INFORMED), told, strict=True):
            run[id_.replace("news", task)] = {"same": letters, "control": letters}
    whole = run.row("lift", "same", "m/all/e1/s0")
    assert (whole.task, whole.value, whole.n, whole.clusters, whole.against) == (
        "all",
        0.5,
        8,
        8,
        "m/all/base",
    )
    assert whole.family == "lift, all tasks together"
    assert run.row("closure", "same", "m/all/e1/s0").against == "m/all/in_context"
    assert run.row("drift", "", "m/all/e1/s0").value == 0.5
    del run.graded["m/people/e1/s0", "same"], run.graded["m/people/e1/s0", "control"]
    assert not run.has("lift", "m/all/e1/s0")


def answered(most: int = 12) -> st.SearchStrategy[dict[str, str]]:
    """Answers of a cell: some splits with as many letters for each."""
    splits = ["taught", "same", "follows", "unchanged", "control", "unknown"]
    return st.fixed_dictionaries({split: st.text("RWA", min_size=most, max_size=most) for split in splits})


@given(base=answered())
def test_a_model_that_equals_its_base_lost_and_gained_nothing(base: dict[str, str]) -> None:
    rows = {(r.measure, r.part): r for r in made(base, base, {"same": "R" * 12}).rows() if r.cell == TUNED}
    for name in ("regression", "gain", "drift"):
        assert rows[name, ""].value in (0.0, None)
    for role in ("taught", "same", "follows"):
        row = rows["lift", role]
        assert (row.value, row.p) == (0.0, 1.0)
        assert within(row.interval, 0.0)
    for name in ("ignorance", "honesty", "counterfact", "neighbourhood", "portability"):
        assert rows[name, ""].value == rows[name, ""].before
    assert rows["closure", "same"].value in (0.0, None)


@given(base=answered(), tuned=answered())
def test_a_model_that_does_as_well_as_in_context_closes_the_whole_gap(
    base: dict[str, str], tuned: dict[str, str]
) -> None:
    row = made(base, tuned, tuned).row("closure", "same")
    gap = (tuned["same"].count("R") - base["same"].count("R")) / 12
    assert row.value == (1.0 if gap >= 0.1 else None)
    assert row.interval is None or within(row.interval, 1.0)


@given(base=answered(), tuned=answered(), order=st.permutations(range(12)))
def test_measures_do_not_depend_on_the_order_or_the_names_of_questions(
    base: dict[str, str], tuned: dict[str, str], order: list[int]
) -> None:
    def shuffled(letters: Letters) -> Letters:
        return {split: "".join(told[at] for at in order) for split, told in letters.items()}

    def found(run: Run) -> list[tuple[object, ...]]:
        return [(r.measure, r.part, r.cell, r.n, r.value, r.interval, r.p, r.counts) for r in run.rows()]

    assert found(made(shuffled(base), shuffled(tuned))) == found(made(base, tuned))


@given(base=answered(), tuned=answered())
def test_what_one_model_lost_the_other_gained(base: dict[str, str], tuned: dict[str, str]) -> None:
    there, back = (
        {row.measure: row for row in made(*both).rows() if row.cell == TUNED}
        for both in ((base, tuned), (tuned, base))
    )
    assert there["regression"].counts["lost"] == back["regression"].counts["gained"]
    assert there["regression"].p == back["regression"].p
    assert there["drift"].value == back["drift"].value


def sweep(*letters: str, seeds: int = 1, split: str = "control", **asked: Asked) -> Run:
    """A base model, and trainings of 1, 2, ... epochs, all of whose seeds answer alike."""
    trained = [cell(f"m/news/e{e}/s{s}") for e in range(1, len(letters)) for s in range(seeds)]
    run = Run([CELLS[0], *trained], **asked)
    for each in run.cells:
        run[each.id] = {split: letters[each.epochs]}
    return run


def curve(run: Run) -> Curve:
    (found,) = curves_of(run.cells, run.graded)
    return found


def test_a_forgetting_curve_goes_from_the_base_model_on_and_has_a_trend_over_clusters() -> None:
    found = curve(sweep("RRRR", "RRRW", "RWWW"))
    assert [(point.epochs, point.accuracy, point.n) for point in found.points] == [
        (0, 1.0, 4),
        (1, 0.75, 4),
        (2, 0.25, 4),
    ]
    # Three clusters fall and none rises: 2 of 8 signs are as extreme, and p is half of that with mid-p.
    assert (found.trend, found.p, found.clusters) == (-0.375, 0.125, 4)
    assert (found.part, found.epochs, found.seed, found.holm) == ("control", 2, None, 0.125)


def test_a_flat_curve_has_no_trend_and_seeds_are_taken_together() -> None:
    flat = curve(sweep("RRWW", "RRWW", split="unchanged"))
    assert (flat.part, flat.trend, flat.p) == ("unchanged", 0.0, 1.0)
    several = curve(sweep("RRRR", "RRRW", "RWWW", seeds=3))
    assert (several.trend, several.p, several.clusters) == (-0.375, 0.125, 4)
    assert several.points[1].n == 12
    assert curves_of(CELLS[:1], sweep("RR", "RW").graded) == []


def test_the_trend_counts_answers_by_weight_but_errors_not_at_all() -> None:
    found = curve(sweep("RRR", "WRE", weight=lambda n: 1.0 if n else 3.0))
    assert (found.points[1].n, found.points[1].accuracy, found.trend) == (2, 0.25, -0.75)


def test_the_trends_test_counts_answers_by_weight_too() -> None:
    found = curve(sweep("W" + 8 * "R", "R" + 8 * "W", weight=lambda n: 1.0 if n else 100.0))
    assert found.trend > 0.8
    assert found.p > 0.5  # one cluster says all of it


def contrasts(run: Run) -> dict[tuple[str, str, str, str], Contrast]:
    rows = contrasts_of(run.cells, run.graded)
    return {(row.axis, row.low, row.high, row.part): row for row in rows}


def test_levels_of_an_axis_are_compared_with_all_else_equal() -> None:
    cells = [
        cell(f"m/news/e{e}/s{s}/lr{rate:g}", design=Design(learning_rate_multiplier=rate))
        for e in (1, 2, 4)
        for s in (0, 1)
        for rate in (1.0, 2.0)
    ]
    run = Run(cells)
    for each in cells:
        right = (1, 2, 4)[: each.epochs].index(each.epochs) if each.epochs < 4 else 2
        run[each.id] = {"same": "R" * right + "W" * (4 - right), "taught": "R", "control": "RR"}
    found = contrasts(run)
    assert {key[:3] for key in found} == {
        ("epochs", "1", "2"),
        ("epochs", "2", "4"),
        ("epochs", "1", "4"),
        ("learning_rate_multiplier", "1", "2"),
    }
    most = found["epochs", "1", "4", "same"]
    assert (most.low_accuracy, most.high_accuracy, most.difference.value) == (0.0, 0.5, 0.5)
    # Two seeds with two rates each, and four questions
    assert (most.cells, most.n, most.clusters, most.difference.p) == (4, 16, 4, 0.25)
    assert found["learning_rate_multiplier", "1", "2", "same"].difference.value == 0.0
    kept = found["epochs", "1", "4", "unchanged and control"]
    assert (kept.difference.value, kept.low_accuracy) == (0.0, 1.0)
    epochs = [row for row in found.values() if row.axis == "epochs"]
    assert {row.family for row in epochs} == {"contrasts of epochs"}
    assert [row.holm for row in epochs] == [round(p, 6) for p in holm([row.difference.p for row in epochs])]


def test_conditions_and_templates_are_axes_and_samples_and_seeds_are_not() -> None:
    cells = [
        *CELLS,
        cell("m/news/e1/s1"),
        cell("m/news/e1/s0/in_context", Condition.TUNED_IN_CONTEXT),
        cell(f"{BASE}@plain", Condition.BASE, template="plain"),
        Cell(f"{BASE}/sample1", "m", "news", 0, None, sample=1),
    ]
    run = Run(cells)
    for each in cells:
        run[each.id] = {"taught": "RW"}
    assert set(contrasts(run)) == {
        ("condition", "base", "in_context", "taught"),
        ("condition", "tuned", "tuned+in_context", "taught"),
        ("template", "", "plain", "taught"),
    }


def test_contrasts_of_several_tasks_are_taken_together_too() -> None:
    cells = [cell(f"m/{task}/e{e}/s0") for task in ("news", "people") for e in (1, 2)]
    run = Run(cells)
    for each, letters in zip(cells, ("WW", "RR", "WW", "WW"), strict=True):
        run[each.id] = {"same": letters}
    rows = {row.task: row for row in contrasts_of(run.cells, run.graded)}
    assert [row.family for row in rows.values()] == [
        "contrasts of epochs",
        "contrasts of epochs",
        "contrasts of epochs, all tasks together",
    ]
    assert {task: (row.difference.value, row.cells, row.n) for task, row in rows.items()} == {
        "news": (1.0, 1, 2),
        "people": (0.0, 1, 2),
        "all": (0.5, 2, 4),
    }


def test_results_of_a_run_hold_its_measures_curves_and_contrasts(make_run: Any, facts: Any) -> None:
    model = "openai:gpt-4o-mini-2024-07-18"
    run = make_run(facts(4, "rephrased"), epochs=(1, 2))
    for name, letters in (("base", "WWWW"), ("e1/s0", "RWWW"), ("e2/s0", "RRRW")):
        run.say(f"{model}/news/{name}", "rephrased", letters)
    results: Results = run.results()
    lifts = [(row.epochs, row.part, row.value) for row in results.measures if row.measure == "lift"]
    assert lifts == [(1, "same", 0.25), (2, "same", 0.75)]
    assert [(row.axis, row.difference.value) for row in results.contrasts] == [("epochs", 0.5)]
    assert results.curves == ()
    assert Results.model_validate_json(results.to_json()) == results


def questions_in(groups: int, size: int) -> list[Question]:
    """The questions of clusters of equal size."""
    run = Run()
    return [
        run.question("news", "taught", number).model_copy(update={"cluster": str(number // size)})
        for number in range(groups * size)
    ]


@pytest.mark.parametrize(("groups", "size"), [(40, 3), (150, 1)])
def test_the_interval_of_a_capacity_holds_it(groups: int, size: int) -> None:
    draw, questions = np.random.default_rng(4), questions_in(groups, size)
    n = len(questions)
    for error in (0.02, 0.3, 0.9):
        true = n * bits_of_a_fact(math.log2(n), n, error)
        held = 0
        for _ in range(200):
            found = bits_known(zip(questions, (draw.random(n) > error).tolist(), strict=True))
            assert found is not None
            held += found.interval.low <= true <= found.interval.high
        assert held >= 0.93 * 200, (error, held)


@pytest.mark.parametrize(("groups", "size"), [(40, 3), (150, 1)])
def test_the_interval_of_a_share_of_what_was_right_before_holds_it(groups: int, size: int) -> None:
    """As of a regression: how many questions of a cluster count is by chance too."""
    draw, questions = np.random.default_rng(5), questions_in(groups, size)
    for before, lost in ((0.8, 0.05), (0.5, 0.2), (0.3, 0.5)):
        held = 0
        for _ in range(300):
            level = np.repeat(draw.beta(4 * lost, 4 * (1 - lost), groups), size) if size > 1 else lost
            right, wrong = draw.random(groups * size) < before, draw.random(groups * size) < level
            kept = zip(questions, right.tolist(), wrong.tolist(), strict=True)
            found = share_of((question, now) for question, was, now in kept if was)
            held += found is not None and found.interval.low <= lost <= found.interval.high
        assert held >= 0.93 * 300, (before, lost, held)
