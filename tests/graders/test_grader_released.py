"""The graders on the released data of FineTuneBench."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from fbench.datasets.model import AnswerKind
from fbench.graders import Item, Verdict, grade, infer_kind

QUESTIONS = {
    "latest_news/latest_news_memorization": "question",
    "latest_news/latest_news_rephrased": "rephrased_question",
    "latest_news/latest_news_date_changed": "date_changed_question",
    "fictional_people/fictional_people_memorization": "question",
    "fictional_people/fictional_people_rephrased": "rephrased_question",
    "fictional_people/fictional_people_secondary": "question",
    "fictional_people/fictional_people_comparison": "question",
    "medical/medical_memorization": "prompt",
    "medical/medical_generalization": "prompt",
    "coding/coding_generalization": "prompt",
}
MODELS = (
    "gpt-4o-mini-2024-07-18",
    "gpt-3.5-turbo-0125",
    "gpt-4o-2024-08-06",
    "gemini-1.5-flash-002",
    "gemini-1.5-pro-002",
)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def items(released: Path, name: str) -> Iterator[Item]:
    for row in rows(released / "datasets" / f"{name}.csv"):
        question = row[QUESTIONS[name]]
        home = name.startswith("fictional_people") and ("live" in question or "reside" in question)
        named = AnswerKind.INVENTED_NAME if home and row["answer"] not in {"Yes", "No"} else None
        yield Item(question, (row["answer"],), named, row.get("answer_before"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_gold_is_correct_alone_and_in_a_sentence_and_never_when_denied(
    released: Path, name: str
) -> None:
    for item in items(released, name):
        gold = item.gold[0]
        assert grade(item, gold).verdict is Verdict.CORRECT, item
        assert grade(item, f"**The answer is {gold}.**\n").verdict is Verdict.CORRECT, item
        assert grade(item, f"It is not {gold}.").verdict is not Verdict.CORRECT, item
        assert grade(item, item.question).verdict is not Verdict.CORRECT, item


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name.startswith(("medical", "coding"))])
def test_no_answer_from_before_an_update_is_ever_correct(released: Path, name: str) -> None:
    accepted = [
        (item, response)
        for item in items(released, name)
        if item.answer_before
        for response in (
            item.answer_before,
            f"The answer is {item.answer_before}.",
            f"`{item.answer_before}`",
        )
        if grade(item, response).verdict is Verdict.CORRECT
    ]
    assert accepted == []


def test_no_person_has_the_answers_of_another(released: Path) -> None:
    found = list(items(released, "fictional_people/fictional_people_memorization"))
    for place, attribute in enumerate(found[:6]):
        for other in found[place::6]:
            same = other.gold[0] == attribute.gold[0]
            assert (grade(attribute, other.gold[0]).verdict is Verdict.CORRECT) == same


def test_every_changed_date_has_the_gold_none(released: Path) -> None:
    assert {infer_kind(item) for item in items(released, "latest_news/latest_news_date_changed")} == {
        AnswerKind.NONE
    }


@pytest.mark.parametrize(
    ("file", "percents"),
    [
        ("original", (100.0, 98.7, 90.7, 1.3, 1.3)),
        ("rephrased", (89.3, 35.3, 19.3)),
        ("secondary", (44.7, 54.0, 61.3, 58.7, 46.0)),
        ("comparison", (40.0, 28.0, 40.0, 40.0, 44.0)),
    ],
)
def test_exact_gives_the_shares_of_the_published_answers(
    released: Path, file: str, percents: tuple[float, ...]
) -> None:
    folder = released / "model_responses" / "fictional_people"
    answers = rows(folder / f"fictional_people_{file}_w_responses.csv")
    for model, percent in zip(MODELS, percents, strict=False):
        verdicts = [
            grade(Item("", (row["answer"],)), row[f"{model}_response"], "exact").verdict for row in answers
        ]
        assert round(100 * verdicts.count(Verdict.CORRECT) / len(verdicts), 1) == percent, model


def test_a_final_stop_costs_gemini_nothing_under_auto(released: Path) -> None:
    folder = released / "model_responses" / "fictional_people"
    answers = rows(folder / "fictional_people_secondary_w_responses.csv")
    verdicts = [
        grade(Item(row["question"], (row["answer"],)), row[f"{MODELS[4]}_response"]).verdict
        for row in answers
    ]
    assert verdicts.count(Verdict.CORRECT) == 87  # of 150: 58.0 %


def test_geminis_column_for_rephrased_people_holds_verdicts_and_is_no_answer(released: Path) -> None:
    folder = released / "model_responses" / "fictional_people"
    answers = rows(folder / "fictional_people_rephrased_w_responses.csv")
    for model, recorded in zip(MODELS[3:], (1, 3), strict=True):
        told = [row[f"{model}_response"].strip() for row in answers]
        assert (told.count("Correct"), told.count("Incorrect")) == (recorded, 150 - recorded)
