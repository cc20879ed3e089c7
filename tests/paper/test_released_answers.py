"""The answers that FineTuneBench's authors released say what they were counted to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from fbench.paper import Reproduction, reproduce
from fbench.paper.choices import disagreements

COUNTED = {
    ("memorization", "published"): (150, [100, 98.7, 90.7, 1.3, 1.3]),
    ("rephrased", "published"): (150, [89.3, 35.3, 19.3, 0.7, 2.0]),
    ("secondary", "published"): (150, [44.7, 54.0, 61.3, 58.7, 46.0]),
    ("comparison", "published"): (25, [40, 28, 40, 40, 44]),
    ("comparison", "corrected"): (25, [48, 52, 64, 64, 68]),
}
"""Percent correct by split and labels, in the order of the models."""


@pytest.fixture(scope="module")
def found(released: Path) -> Reproduction:
    if not (released / "model_responses" / "fictional_people").is_dir():
        pytest.skip("needs the released answers on fictional people, which are absent")
    return reproduce(released)


@pytest.mark.parametrize(("split", "labels"), COUNTED)
def test_every_cell_of_people_is_what_was_counted(found: Reproduction, split: str, labels: str) -> None:
    n, percents = COUNTED[split, labels]
    scores = [s for s in found.scores if (s.task, s.split, s.labels) == ("people", split, labels)]

    assert [score.n for score in scores] == [n] * 5
    assert [round(100 * score.accuracy, 1) for score in scores] == percents


def test_a_final_stop_costs_gemini_pro_twelve_percent_of_the_secondary_questions(found: Reproduction) -> None:
    (row,) = [row for row in found.tables()[0].rows if "final stop" in row[0]]

    assert row[-5:] == ("44.7", "54.0", "61.3", "58.7", "58.0")


def test_no_model_beats_always_saying_no_on_the_secondary_questions(found: Reproduction) -> None:
    secondary = [score for score in found.scores if score.split == "secondary"]

    assert all(round(100 * score.chance, 1) == 61.3 for score in secondary)
    assert all(score.accuracy <= score.chance for score in secondary)


def test_the_people_that_were_compared_are_those_at_the_end_of_the_file(found: Reproduction) -> None:
    (file,) = [file for file in found.release.files if file.split == "comparison"]

    assert sum(asked.dropped for asked in file.asked) == 1
    assert any("8 of the 25 questions (55 in the whole dataset)" in note for note in found.notes)


def test_the_notebook_is_wrong_on_one_answer_to_people_in_ten(found: Reproduction) -> None:
    people = [choice for choice in found.choices if choice.task == "people"]
    wrong = disagreements(people)

    # Against `auto` with the published golds, as no human verdicts on these answers are known.
    assert sum(choice.n for choice in people) == 2075
    assert (wrong["notebook"], wrong["exact"], wrong["SQuAD"], wrong["contains"]) == (201, 19, 1, 0)


def test_the_released_people_files_are_as_released(found: Reproduction) -> None:
    assert not any("fictional_people" in note and "SHA-256" in note for note in found.notes)
