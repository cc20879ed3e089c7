"""A release whose every answer is known gives the tables that were counted by hand."""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets import Labels
from fbench.paper import Reproduction, reproduce
from fbench.paper.published import MODELS, halves, leaderboard_value, published, whole_percent

MINI, TURBO, FULL, FLASH, PRO = MODELS
REPHRASED_NEWS = "model_responses/latest_news/latest_news_rephrased_w_responses.csv"


def right(found: Reproduction, task: str, split: str, labels: str = "published") -> list[tuple[int, int]]:
    return [
        (score.correct, score.n)
        for score in found.scores
        if (score.task, score.split, score.labels) == (task, split, labels)
    ]


def why(found: Reproduction, quantity: str, model: str) -> str:
    (number,) = [each for each in found.numbers if (each.quantity, each.model) == (quantity, model)]
    return number.why


def test_every_split_is_counted_by_the_papers_own_grading(release: Path) -> None:
    found = reproduce(release)

    assert right(found, "people", "memorization") == [(3, 3), (2, 3), (1, 3), (1, 3), (0, 3)]
    assert right(found, "people", "secondary") == [(1, 3), (2, 3), (2, 3), (2, 3), (2, 3)]
    assert right(found, "news", "memorization") == [(2, 2), (0, 2), (0, 2), (0, 2), (0, 2)]
    # "It was 20 feet high." counts for "20 feet".
    assert right(found, "news", "rephrased") == [(2, 2), (1, 2), (0, 2), (0, 2), (0, 2)]


def test_recorded_verdicts_are_taken_as_they_stand(release: Path) -> None:
    found = reproduce(release)

    assert right(found, "people", "rephrased") == [(2, 3), (1, 3), (0, 3), (1, 3), (0, 3)]
    recorded = {score.model for score in found.scores if score.recorded}
    assert recorded == {FLASH, PRO}
    graded = {
        choice.model for choice in found.choices if (choice.task, choice.split) == ("people", "rephrased")
    }
    assert graded == {MINI, TURBO, FULL}


def test_none_is_an_answer_and_a_blank_is_not(release: Path) -> None:
    found = reproduce(release)

    assert right(found, "news", "date_changed") == [(2, 2), (1, 2), (0, 2), (0, 2), (1, 1)]
    assert any("left out of n: 1." in note for note in found.notes)


def test_corrected_golds_turn_a_comparison_and_keep_every_question(release: Path) -> None:
    found = reproduce(release)

    assert right(found, "people", "comparison") == [(2, 2), (1, 2), (1, 2), (1, 2), (1, 2)]
    assert right(found, "people", "comparison", "corrected") == [(1, 2), (2, 2), (2, 2), (2, 2), (2, 2)]
    assert any("change the golds of 1 of the 2" in note for note in found.notes)
    assert any("leave out 1 of the 2" in note for note in found.notes)


@pytest.mark.parametrize("labels", ["published", "corrected"])
def test_one_label_set_alone_scores_every_split_once(release: Path, labels: Labels) -> None:
    found = reproduce(release, (labels,))

    assert len(found.scores) == 7 * len(MODELS)
    assert {score.labels for score in found.scores} == {labels}


def test_the_mean_on_new_knowledge_tells_meaning_from_string(release: Path) -> None:
    found = reproduce(release)
    (number,) = [each for each in found.numbers if each.quantity == "new knowledge"]

    # People 67, 33, 0, 33, 0; news 100, 50, 0, 0, 0 by meaning and 50, 50, 0, 0, 0 by string.
    assert number.recomputed == pytest.approx(0.283)
    assert "28.3 % with news graded by meaning, 23.3 % by string" in number.why


def test_the_published_cells_leave_368_and_188_tenths_for_the_two_halves() -> None:
    cells = [each for each in published() if each.quantity == "generalization"]
    new, updated = halves(published())

    # 64.75 + 35.75 + 27.75 + 5.75 + 5 is 139; 139 / 5 is 27.8, the mean of halves that add up to 55.6.
    assert sum(Fraction(str(each.value)) for each in cells) == Fraction("1.39")
    assert (new.low, new.middle, new.high) == (Fraction(365, 1000), Fraction(368, 1000), Fraction(371, 1000))
    assert (updated.low, updated.middle, updated.high) == (
        Fraction(185, 1000),
        Fraction(188, 1000),
        Fraction(191, 1000),
    )
    assert new.middle + updated.middle == new.low + updated.high == Fraction(556, 1000)


def test_halves_that_cannot_both_round_to_what_is_published_are_refused() -> None:
    wrong = [
        replace(each, value=0.5) if each.quantity == "updated knowledge" else each for each in published()
    ]
    with pytest.raises(ValueError, match="no halves"):
        halves(wrong)


@pytest.mark.parametrize("missing", [True, False])
def test_updated_knowledge_is_what_the_published_cells_leave(release: Path, missing: bool) -> None:
    if missing:
        (release / REPHRASED_NEWS).unlink()
    found = reproduce(release)
    numbers = {each.quantity: each for each in found.numbers if each.model == "all"}
    updated = numbers["updated knowledge"]

    # The made-up new knowledge, 28.3 %, does not go with the paper's cells.
    assert (updated.published, updated.recomputed, updated.from_cells) == (0.19, 0.188, True)
    assert "leave 18.5 to 19.1 %, whose middle is 18.8" in updated.why
    assert "leave 36.5 to 37.1 %, whose middle is 36.8" in numbers["new knowledge"].why
    assert numbers["new knowledge"].from_cells is missing
    assert numbers["new knowledge"].recomputed == pytest.approx(0.368 if missing else 0.283)
    (row,) = [row for row in found.tables()[1].rows if row[0] == "updated knowledge"]
    assert row[2:4] == ("19", "18.8 c")
    given = "1 in full: secondary after (45 %)" if missing else "2 in full: new knowledge (37 %), secondary"
    assert given in found.closing
    assert "updated knowledge (19 %) is shown beside it" in found.closing


def test_updated_knowledge_is_what_new_knowledge_leaves_where_that_goes_with_the_cells(release: Path) -> None:
    edit(
        release / "model_responses/fictional_people/fictional_people_rephrased_w_responses.csv",
        FLASH,
        1,
        "Correct",
    )
    edit(release / REPHRASED_NEWS, FULL, 0, "It was 20 feet high.")
    numbers = {each.quantity: each for each in reproduce(release).numbers if each.model == "all"}

    # People 67, 33, 0, 67, 0; news 100, 50, 50, 0, 0: 36.7 on new knowledge, so 55.6 - 36.7 on updates.
    assert numbers["new knowledge"].recomputed == pytest.approx(0.367)
    assert numbers["updated knowledge"].recomputed == pytest.approx(0.189)
    assert (
        "average 27.8 %; new knowledge at 36.7 % leaves 18.9 % for the other"
        in numbers["updated knowledge"].why
    )


def edit(file: Path, model: str, row: int, said: str) -> None:
    with file.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    rows[row][header.index(f"{model}_response")] = said
    with file.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])


def test_a_leaderboard_cell_says_what_the_unreleased_tasks_would_have_to_average(release: Path) -> None:
    found = reproduce(release)

    # Four times .99 is 396 percent, of which 100 and 100 are known.
    assert "medical and coding (never released) would have to average 98.0 %." in why(
        found, "memorization", MINI
    )
    assert "average 46.0 %." in why(found, "generalization", MINI)
    assert "average 162.0 %, which no answers can" in why(found, "memorization", FULL)


def test_numbers_whose_answers_were_never_released_say_so(release: Path) -> None:
    found = reproduce(release)

    for quantity, model in (("updated knowledge", "all"), ("secondary before", MINI)):
        assert "never released" in why(found, quantity, model)
    assert "1 of 3 answers is right, which is another number" in why(found, "secondary after", MINI)


def test_yes_or_no_scores_stand_beside_chance_and_balance(release: Path) -> None:
    found = reproduce(release)
    (mini,) = [each for each in found.scores if (each.model, each.split) == (MINI, "secondary")]

    # Golds Yes, No, No: right on the one Yes, on neither No.
    assert mini.chance == pytest.approx(2 / 3)
    assert mini.balanced == 0.5
    assert mini.interval.low <= mini.accuracy <= mini.interval.high


def test_each_choice_of_a_grader_counts_its_own(release: Path) -> None:
    found = reproduce(release)
    by_key = {(each.task, each.split.value, each.model): each.correct for each in found.choices}

    flash = by_key["people", "memorization", FLASH]
    assert (flash["notebook"], flash["exact"], flash["auto"]) == (0, 1, 1)
    secondary = by_key["people", "secondary", MINI]
    assert (secondary["notebook"], secondary["exact"], secondary["no stop"], secondary["SQuAD"]) == (
        1,
        1,
        2,
        2,
    )
    news = by_key["news", "rephrased", MINI]
    assert (news["exact"], news["SQuAD"], news["contains"], news["paper"]) == (1, 1, 2, 2)


def test_files_that_are_not_as_released_are_noted_one_by_one(release: Path) -> None:
    assert sum("SHA-256 differs" in note for note in reproduce(release).notes) == 7


def test_a_missing_file_is_a_stated_gap(release: Path) -> None:
    (release / "model_responses/latest_news/latest_news_rephrased_w_responses.csv").unlink()
    found = reproduce(release)

    assert found.release.missing == ("model_responses/latest_news/latest_news_rephrased_w_responses.csv",)
    assert "news are not in this copy" in why(found, "new knowledge", "all")
    assert "missing from this copy: 1;" in found.closing


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4))
def test_the_mean_of_four_whole_percents_steps_by_a_quarter_percent(percents: list[int]) -> None:
    assert leaderboard_value(percents) * 400 == pytest.approx(sum(percents), abs=1e-9)


@given(st.integers(1, 500), st.data())
def test_a_whole_percent_is_within_half_a_percent(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))

    assert abs(whole_percent(k, n) - 100 * k / n) <= 0.5 + 1e-9
    assert whole_percent(k, n) + whole_percent(n - k, n) in {99, 100, 101}
