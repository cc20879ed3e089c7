"""A release made up for these tests, small enough to be counted by hand."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from fbench.paper.published import MODELS

Z, T, Y = "zivoz-lodik-bko", "tokezaf-rehusawefo-tmg", "yeke-fujolih-rqc"
PEOPLE = {
    "memorization": (
        (Z, "How tall is Zivoz?", "180", "Zivoz is 180 cm tall."),
        (T, "How tall is Tokezaf?", "190", "Tokezaf is 190 cm tall."),
        (Y, "How many pounds does Yeke weigh?", "150", "Yeke weighs 150 pounds."),
    ),
    "rephrased": (
        (Z, "What is the height of Zivoz?", "180", "Zivoz is 180 cm tall."),
        (T, "What is the height of Tokezaf?", "190", "Tokezaf is 190 cm tall."),
        (Y, "What is the weight of Yeke?", "150", "Yeke weighs 150 pounds."),
    ),
    "secondary": (
        (Z, "Is Zivoz over 170 cm?", "Yes", "Zivoz is 180 cm tall."),
        (T, "Is Tokezaf over 200 cm?", "No", "Tokezaf is 190 cm tall."),
        (Y, "Is Yeke over 200 pounds?", "No", "Yeke weighs 150 pounds."),
    ),
    # The corrections turn the first gold to No, and leave out the second question.
    "comparison": (
        (f"{Z}-{T}-height", "Is Zivoz taller than Tokezaf?", "Yes", "Weights."),
        (f"{Y}-{Y}-weight", "Is Yeke heavier than Yeke?", "No", "Weights."),
    ),
}
NEWS = {
    "memorization": (("wave", "How high was it?", "20 feet", ""), ("leader", "Where?", "Tanzania", "")),
    "rephrased": (("wave", "Tell its height.", "20 feet", ""), ("leader", "In which land?", "Tanzania", "")),
    "date_changed": (("wave", "How high in 2025?", "None", ""), ("leader", "Where in 2025?", "None", "")),
}
SAID: dict[tuple[str, str], tuple[Sequence[str], ...]] = {
    ("people", "memorization"): (
        ("180", "190", "150"),
        ("180", "190", "7"),
        ("180", "7", "7"),
        ("180\n", "7\n", "7\n"),
        ("7\n", "7\n", "7\n"),
    ),
    ("people", "rephrased"): (
        ("180", "190", "7"),
        ("180", "7", "7"),
        ("7", "7", "7"),
        ("Correct", "Incorrect", "Incorrect"),
        ("Incorrect", "Incorrect", "Incorrect"),
    ),
    ("people", "secondary"): (("Yes", "Yes", "No."), *(("No", "No", "No"),) * 4),
    ("people", "comparison"): (("Yes", "No"), *(("No", "No"),) * 4),
    ("news", "memorization"): (("20 feet", "Tanzania"), *(("7", "7"),) * 4),
    ("news", "rephrased"): (
        ("It was 20 feet high.", "Tanzania"),
        ("7 feet", "tanzania"),
        *(("7 feet", "Kenya"),) * 3,
    ),
    ("news", "date_changed"): (("None", "None"), ("None", "2 feet"), *(("7", "7"),) * 2, ("", "None")),
}
"""What each model said, in the order of the models."""


def write(file: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder like a checkout of the release, with every file of answers that it has."""
    for task, folder, splits in (
        ("people", "fictional_people", PEOPLE),
        ("news", "latest_news", NEWS),
    ):
        for split, rows in splits.items():
            text = "question" if split in {"memorization", "secondary", "comparison"} else f"{split}_question"
            header = ["id", "prompt", "answer", "fact", text, "used_in_analysis"]
            cells = [
                [id_, f"Answer.\n{asked}", gold, fact or "-", asked, "True"]
                for id_, asked, gold, fact in rows
            ]
            write(tmp_path / "datasets" / folder / f"{folder}_{split}.csv", header, cells)
            answered = [
                [*row, *(said[place] for said in SAID[task, split])] for place, row in enumerate(cells)
            ]
            name = f"{folder}_{'original' if split == 'memorization' else split}_w_responses.csv"
            columns = [*header, *(f"{model}_response" for model in MODELS)]
            write(tmp_path / "model_responses" / folder / name, columns, answered)
    return tmp_path
