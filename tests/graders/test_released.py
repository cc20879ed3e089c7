"""The graders on the released data of FineTuneBench."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from fbench.datasets import open_dataset
from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, Verdict, grade, infer_kind

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


UPDATES = {
    "medical/medical_memorization": 125,
    "medical/medical_generalization": 125,
    "coding/coding_generalization": 218,
}


@pytest.mark.parametrize(("name", "number"), UPDATES.items())
def test_no_answer_from_before_an_update_is_ever_correct(released: Path, name: str, number: int) -> None:
    updates = [item for item in items(released, name) if item.answer_before]
    assert len(updates) == number
    accepted = [
        (item, response)
        for item in updates
        for response in (
            item.answer_before,
            f"The answer is {item.answer_before}.",
            f"`{item.answer_before}`",
        )
        if response and grade(item, response).verdict is Verdict.CORRECT
    ]
    assert accepted == []


def loaded(released: Path, task: str, split: str) -> list[Item]:
    """The items of a split as the dataset gives them, kinds and corrections and all."""
    questions = open_dataset(released, tasks=[task], all_news=True).questions
    return [
        Item(question.text, question.gold, question.kind, question.answer_before)
        for question in questions
        if str(question.split) == split
    ]


@pytest.mark.parametrize("task", ["news", "people", "medical", "coding"])
def test_every_gold_of_the_dataset_is_correct_for_its_question(released: Path, task: str) -> None:
    wrong = [
        (question.id, gold)
        for question in open_dataset(released, tasks=[task], all_news=True).questions
        for gold in question.gold
        if grade(Item(question.text, question.gold, question.kind, question.answer_before), gold).verdict
        is not Verdict.CORRECT
    ]
    assert wrong == []


def test_no_person_has_the_answers_of_another(released: Path) -> None:
    for split in ("memorization", "rephrased"):
        found = loaded(released, "people", split)
        by_attribute: dict[str, list[Item]] = {}
        for question, item in zip(
            (q for q in open_dataset(released, tasks=["people"]).questions if str(q.split) == split),
            found,
            strict=True,
        ):
            by_attribute.setdefault(question.fact.rsplit("/", 1)[1], []).append(item)
        assert len(by_attribute) == 6
        for alike in by_attribute.values():
            for item in alike:
                for other in alike:
                    same = other.gold == item.gold
                    assert (grade(item, other.gold[0]).verdict is Verdict.CORRECT) == same, (item, other)


@pytest.mark.parametrize(
    ("task", "split"),
    [("news", "memorization"), ("coding", "code"), ("medical", "memorization"), ("medical", "vignette")],
)
def test_at_most_two_in_a_thousand_golds_of_other_items_are_taken(
    released: Path, task: str, split: str
) -> None:
    # Some are right: "PCV21" and "PCV21 alone" answer two questions.
    found = loaded(released, task, split)
    golds = list(dict.fromkeys(item.gold[0] for item in found))
    pairs = [
        (item, gold)
        for item in found[:: 3 if task == "news" else 1]
        for gold in golds
        if gold not in item.gold
    ]
    taken = [(item.gold, gold) for item, gold in pairs if grade(item, gold).verdict is Verdict.CORRECT]
    assert 1000 * len(taken) <= 2 * len(pairs), taken


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
