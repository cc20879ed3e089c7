"""Two selections of cells on the same questions, small enough to count by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fbench.analysis.comparison import ComparedRow, compare
from fbench.analysis.selection import Selection
from fbench.analysis.stats import benjamini_hochberg, clustered_bootstrap, holm
from fbench.analysis.verdicts import Graded
from fbench.datasets.model import AnswerKind, Question, Split
from fbench.errors import UsageError
from fbench.grading.graders import Verdict
from fbench.runner.cells import Cell, Condition

VERDICTS = dict(zip("RWAUE", Verdict, strict=True))


def question(n: int, split: Split = Split.MEMORIZATION, task: str = "news", cluster: str = "") -> Question:
    return Question(
        id=f"{task}/{split}/{n}",
        task=task,
        split=split,
        fact=f"f{n}",
        cluster=cluster or f"c{n}",
        prompt=f"p{n}",
        text=f"text {n}",
        gold=(f"gold {n}",),
        kind=AnswerKind.SHORT,
    )


def cell(model: str = "m", epochs: int = 1, seed: int | None = 0, task: str = "news") -> Cell:
    return Cell(
        f"{model}/{task}/e{epochs}/s{seed}",
        model,
        task,
        epochs,
        seed,
        Condition.TUNED if epochs else Condition.BASE,
    )


def graded(questions: Sequence[Question], letters: str) -> dict[str, Graded]:
    return {q.id: Graded(q, VERDICTS[v].value, old=False) for q, v in zip(questions, letters, strict=True)}


def side(label: str, questions: Sequence[Question], cells: dict[Cell, str], **more: object) -> Selection:
    """A side whose cells answered all questions, a letter each."""
    made = Selection(
        folder=Path(),
        label=label,
        model=None,
        epochs=None,
        seed=None,
        cells=tuple(cells),
        questions={q.id: q for q in questions},
        graded={each.id: graded(questions, letters) for each, letters in cells.items() if letters},
        texts={(each.id, q.id): f"{label} said {q.id}" for each in cells for q in questions},
        grader="auto 5",
        upstream="live",
    )
    return replace(made, **more)  # pyright: ignore[reportArgumentType] - fields by name


def one_row(a: Selection, b: Selection, *, bootstrap: bool = False) -> ComparedRow:
    (row,) = compare(a, b, bootstrap=bootstrap).rows
    return row


def test_who_knew_what_is_counted_over_the_questions_that_both_answered() -> None:
    asked = [question(n) for n in range(14)]
    a = side("A", asked, {cell(): "RRRRRWWWAUWAER"})
    b = side("B", asked, {cell(): "RRRRWRRRWUAWRE"})
    row = one_row(a, b)

    assert (row.n, row.clusters) == (12, 12)
    assert (row.both, row.only_a, row.only_b, row.neither, row.ungraded) == (4, 1, 3, 4, 1)
    assert row.difference.value == round((3 - 1) / 12, 6)
    assert (row.task, row.split, row.cell_a, row.cell_b) == ("news", "memorization", cell().id, cell().id)
    assert (row.interval, row.holm, row.bh) == ("score", row.difference.p, row.difference.p)
    with pytest.raises(AttributeError, match="cannot be changed"):
        row.n = 5  # pyright: ignore[reportAttributeAccessIssue] - the fault under test


def test_an_ungraded_answer_on_either_side_is_counted_once() -> None:
    asked = [question(n) for n in range(4)]
    row = one_row(side("A", asked, {cell(): "UURR"}), side("B", asked, {cell(): "URUR"}))
    assert row.ungraded == 3


def test_the_items_are_those_that_one_side_alone_knew_with_what_each_said() -> None:
    asked = [question(n) for n in range(4)]
    a, b = side("A", asked, {cell(): "RWWR"}), side("B", asked, {cell(): "RRUW"})
    found = compare(a, replace(b, texts={}))

    assert [(item.question, item.verdict_a, item.verdict_b) for item in found.items] == [
        ("news/memorization/1", "incorrect", "correct"),
        ("news/memorization/3", "correct", "incorrect"),
    ]
    first = found.items[0]
    assert (first.answer_a, first.answer_b) == ("A said news/memorization/1", "")
    assert (first.text, first.gold, first.task, first.split) == (
        "text 1",
        ("gold 1",),
        "news",
        "memorization",
    )


def test_p_is_over_clusters_and_corrected_within_the_rows_of_the_comparison() -> None:
    asked = [
        *(question(n, cluster=f"c{n // 2}") for n in range(8)),
        *(question(n, Split.REPHRASED) for n in range(8)),
        *(question(n, Split.CODE) for n in range(8)),
    ]
    a = side("A", asked, {cell(): "W" * 24})
    b = side("B", asked, {cell(): "RRRRRRWW" + "RRRRRRRW" + "RRWWWWWW"})
    found = compare(a, b)
    p_values = [2 / 2**3 / 2, 2 / 2**7 / 2, 2 / 2**2 / 2]  # the mid-p of all signs alike

    assert [row.difference.p for row in found.rows] == [round(p, 6) for p in p_values]
    assert [row.holm for row in found.rows] == [round(p, 6) for p in holm(p_values)]
    assert [row.bh for row in found.rows] == [round(p, 6) for p in benjamini_hochberg(p_values)]
    assert [row.holm for row in found.rows] == [0.25, 0.023438, 0.25]
    assert [(row.split, row.clusters) for row in found.rows] == [
        ("memorization", 4),
        ("rephrased", 8),
        ("code", 8),
    ]
    assert (found.family, found.interval, found.a, found.b) == (3, "score", "A", "B")


def test_p_values_are_corrected_before_they_are_rounded() -> None:
    asked = [question(n, split) for split in (Split.MEMORIZATION, Split.REPHRASED) for n in range(21)]
    row = compare(side("A", asked, {cell(): "W" * 42}), side("B", asked, {cell(): "R" * 21 + "W" * 21}))
    assert row.rows[0].difference.p == 0
    assert row.rows[0].holm == round(2 * 2.0**-21, 6) == 1e-6


def test_a_bootstrap_takes_the_interval_and_leaves_value_and_p() -> None:
    asked = [question(n, cluster=f"c{n // 2}") for n in range(20)]
    a, b = side("A", asked, {cell(): "RW" * 10}), side("B", asked, {cell(): "RRWW" * 5})
    plain, row = one_row(a, b), one_row(a, b, bootstrap=True)
    low, high = clustered_bootstrap([[0, 1], [-1, 0]] * 5)

    assert row.interval == "bootstrap"
    assert (row.difference.low, row.difference.high) == (round(low, 6), round(high, 6))
    assert (row.difference.value, row.difference.p) == (plain.difference.value, plain.difference.p)
    assert (plain.difference.low, plain.difference.high) != (row.difference.low, row.difference.high)
    found = compare(a, b, bootstrap=True)
    assert (found.interval, found.warnings) == ("bootstrap", ())


def test_a_bootstrap_of_a_single_cluster_knows_nothing_of_the_difference() -> None:
    asked = [question(n, cluster="one") for n in range(3)]
    row = one_row(side("A", asked, {cell(): "RWW"}), side("B", asked, {cell(): "RRW"}), bootstrap=True)
    assert (row.interval, row.difference.low, row.difference.high) == ("bootstrap", -1.0, 1.0)


def test_a_bootstrap_without_width_is_refused_and_named_once_a_task_and_split() -> None:
    asked = [
        *(question(n) for n in range(4)),
        *(question(n, Split.REPHRASED) for n in range(4)),
    ]
    a = side("A", asked, {cell(): "WWWWRWWR", cell(seed=1): "WWWWRWWR"})
    b = side("B", asked, {cell(): "RRRRWRRW", cell(seed=1): "RRRRWRRW"})
    found = compare(a, b, bootstrap=True)

    assert [row.interval for row in found.rows] == ["score", "bootstrap"] * 2
    (warning,) = found.warnings
    assert warning.startswith("A bootstrap is refused in 2 of 4 rows")
    assert warning.endswith("They have score intervals: news memorization.")
    assert compare(a, b).warnings == ()


# --- which cells are held against each other ---


def pairs(a: Selection, b: Selection) -> list[tuple[str, str]]:
    return [(row.cell_a, row.cell_b) for row in compare(a, b).rows]


ASKED = [question(0)]
SWEEP = [cell(m, e, s) for m in ("m", "n") for e, s in ((0, None), (1, 0), (1, 1), (2, 0), (2, 1))]


def swept(
    label: str, model: str | None = None, epochs: int | None = None, seed: int | None = None
) -> Selection:
    kept = {
        each: "R"
        for each in SWEEP
        if model in (None, each.model) and epochs in (None, each.epochs) and seed in (None, each.seed)
    }
    return side(label, ASKED, kept, model=model, epochs=epochs, seed=seed)


def test_what_neither_side_names_is_equal_in_both_cells() -> None:
    found = pairs(swept("A"), swept("B"))
    assert found == [(each.id, each.id) for each in SWEEP]


def test_a_model_that_both_sides_name_may_be_another_on_each() -> None:
    found = pairs(swept("A", model="m"), swept("B", model="n"))
    assert [(a[0], a[1:]) for a, _ in found] == [("m", b[1:]) for _, b in found]
    assert len(found) == 5


def test_a_model_that_one_side_names_holds_for_the_other_too() -> None:
    assert {a[0] + b[0] for a, b in pairs(swept("A", model="m"), swept("B"))} == {"mm"}
    assert {a[0] + b[0] for a, b in pairs(swept("A"), swept("B", model="n"))} == {"nn"}


def test_epochs_that_both_sides_name_may_differ_and_the_base_model_stands_beside_every_seed() -> None:
    found = pairs(swept("A", epochs=0), swept("B", epochs=1))
    assert found == [
        ("m/news/e0/sNone", "m/news/e1/s0"),
        ("m/news/e0/sNone", "m/news/e1/s1"),
        ("n/news/e0/sNone", "n/news/e1/s0"),
        ("n/news/e0/sNone", "n/news/e1/s1"),
    ]
    assert [(b, a) for a, b in pairs(swept("A", epochs=1), swept("B", epochs=0))] == found


def test_epochs_that_one_side_names_hold_for_the_other_too() -> None:
    for a, b in (
        *pairs(swept("A", epochs=1), swept("B")),
        *pairs(swept("A"), swept("B", epochs=1)),
    ):
        assert a == b
        assert "/e1/" in a


def test_seeds_that_both_sides_name_may_differ_and_otherwise_are_equal() -> None:
    named = pairs(swept("A", "m", 1, 0), swept("B", "m", 1, 1))
    assert named == [("m/news/e1/s0", "m/news/e1/s1")]
    for a, b in (
        *pairs(swept("A", "m", 1, 0), swept("B", "m")),
        *pairs(swept("A", "m"), swept("B", "m", 1, 1)),
    ):
        assert a == b
    two = pairs(swept("A", "m", 1), swept("B", "m", 2))
    assert two == [("m/news/e1/s0", "m/news/e2/s0"), ("m/news/e1/s1", "m/news/e2/s1")]


def test_cells_of_different_tasks_are_never_compared_and_what_one_side_has_alone_is_named() -> None:
    asked = [question(0), question(0, task="people"), question(0, task="coding")]
    a = side("A", asked, {cell(): "RRR", cell(task="people"): "RRR", cell(task="coding"): "RRR"})
    b = side("B", asked, {cell(): "RRR"})
    found = compare(a, b)

    assert {(row.cell_a, row.cell_b) for row in found.rows} == {(cell().id, cell().id)}
    assert found.warnings == ("Only one side has coding, people: nothing is compared there.",)
    assert compare(b, a).warnings == found.warnings


def test_sides_without_a_cell_in_common_are_refused() -> None:
    with pytest.raises(UsageError, match="A and B have no cells to compare"):
        compare(side("A", ASKED, {cell("m"): "R", cell("l"): "R"}), side("B", ASKED, {cell("n"): "R"}))


def test_templates_are_compared_with_themselves() -> None:
    framed = [replace(cell(), id=f"{cell().id}@{name}", template=name) for name in ("plain", "framed")]
    a, b = (side(name, ASKED, dict.fromkeys(framed, "R")) for name in "AB")
    assert [(row.cell_a, row.cell_b) for row in compare(a, b).rows] == [(c.id, c.id) for c in framed]


def test_what_each_side_has_one_of_need_not_be_equal() -> None:
    one, other = cell("m", epochs=1), cell("n", epochs=9)
    found = compare(side("A", ASKED, {one: "R"}), side("B", ASKED, {other: "R"}))
    assert {(row.cell_a, row.cell_b) for row in found.rows} == {(one.id, other.id)}


def test_sides_that_answered_no_question_both_are_refused() -> None:
    two = [question(0), question(1)]
    for letters in (("RE", "ER"), ("RR", ""), ("", "RR")):
        a, b = (side(name, two, {cell(): each}) for name, each in zip("AB", letters, strict=True))
        with pytest.raises(UsageError, match="no question was answered by both"):
            compare(a, b)


def test_a_question_that_one_side_did_not_answer_is_left_out() -> None:
    two = [question(0), question(1)]
    a, b = side("A", two, {cell(): "RW"}), side("B", two, {cell(): "RR"})
    first = {cell().id: {name: g for name, g in b.graded[cell().id].items() if name.endswith("/0")}}
    assert one_row(a, replace(b, graded=first)).n == 1
    assert one_row(replace(b, graded=first), a).n == 1


def test_questions_that_differ_are_refused_with_how_many_are_the_same() -> None:
    three = [question(0), question(1), question(2)]
    other = [question(0), question(1).model_copy(update={"gold": ("another",)}), question(2), question(3)]
    with pytest.raises(UsageError, match="of A and B do not align: 2 are the same in both, of 3 and 4"):
        compare(side("A", three, {cell(): "RRR"}), side("B", other, {cell(): "RRRR"}))


def test_questions_of_tasks_that_are_not_compared_may_differ() -> None:
    a = side("A", [question(0), question(0, task="people")], {cell(): "RR"})
    b = side("B", [question(0), question(1, task="people")], {cell(): "RR"})
    assert len(compare(a, b).rows) == 1


# --- what is said of the sides ---


@pytest.mark.parametrize(
    ("upstreams", "fake", "warned"),
    [
        (("live", "live"), False, 0),
        (("fake", "live"), True, 1),
        (("live", "fake"), True, 1),
        (("fake", "fake"), True, 0),
    ],
)
def test_a_comparison_with_fakes_is_one(upstreams: tuple[str, str], fake: bool, warned: int) -> None:
    a, b = (side(n, ASKED, {cell(): "R"}, upstream=u) for n, u in zip("AB", upstreams, strict=True))
    found = compare(a, b)
    assert (found.fake, len(found.warnings)) == (fake, warned)
    assert all(f"A is of {upstreams[0]} models and B of {upstreams[1]}" in text for text in found.warnings)


def test_fakes_of_two_learners_are_told_apart() -> None:
    a, b = (side(name, ASKED, {cell(): "R"}, upstream="fake") for name in "AB")
    (warning,) = compare(a, replace(b, learner="tiny")).warnings
    assert warning.startswith("The learner softmax makes the models of A, and tiny those of B: ")
    assert compare(replace(a, learner="tiny"), replace(b, learner="tiny")).warnings == ()


def test_sides_graded_differently_are_told_and_a_notice_once() -> None:
    a = side("A", ASKED, {cell(): "R"}, grader="auto 4", notice="nobody knows")
    b = side("B", ASKED, {cell(): "R"}, notice="nobody knows")
    notice, graders = compare(a, b).warnings
    assert notice == "nobody knows"
    assert "A by auto 4 and B by auto 5" in graders
    assert compare(b, b).warnings == ("nobody knows",)
    assert compare(replace(a, notice="", grader="auto 5"), b).warnings == ("nobody knows",)


def test_a_comparison_is_shown_in_a_line_that_says_how_to_see_it() -> None:
    found = compare(side("A", ASKED, {cell(): "R"}), side("B", ASKED, {cell(): "W"}))
    words = "A compared with B: 1 row, and 1 question that only one side got right. "
    words += "`print(fbench.report(comparison))` shows them."
    assert str(found) == repr(found) == words
    assert len({*map(hash, found.rows), *map(hash, found.items)}) == 2


@pytest.mark.parametrize("epochs", [0, 3])
def test_a_model_that_read_the_facts_is_compared_with_the_base_model_and_with_a_training(epochs: int) -> None:
    asked = [question(n) for n in range(3)]
    read = replace(cell(epochs=0, seed=None), condition=Condition.IN_CONTEXT)
    a = side("A", asked, {read: "RRW"}, condition="in_context")
    b = side("B", asked, {cell(epochs=epochs, seed=0 if epochs else None): "RWW"}, epochs=epochs)
    row = one_row(a, b)
    assert (row.both, row.only_a, row.only_b, row.neither) == (1, 1, 0, 1)


def test_trainings_that_read_the_facts_are_compared_at_equal_epochs() -> None:
    asked = [question(n) for n in range(3)]
    both = [cell(epochs=epochs, seed=0) for epochs in (1, 3)]
    a = side("A", asked, dict.fromkeys(both, "RRW"), condition="tuned")
    read = [replace(each, condition=Condition.TUNED_IN_CONTEXT) for each in both]
    b = side("B", asked, dict.fromkeys(read, "RRR"), condition="tuned+in_context")
    assert [(row.cell_a, row.cell_b) for row in compare(a, b).rows] == [
        (one.id, other.id) for one, other in zip(both, read, strict=True)
    ]
