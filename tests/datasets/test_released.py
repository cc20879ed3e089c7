"""The released data, read and corrected; every count is computed here from the files themselves."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from fbench.datasets import Dataset, Question, Split, check
from fbench.datasets.finetunebench import corrections, load

ATTRIBUTE_OF = {"taller": "height", "older": "age", "heavier": "weight"}


@pytest.fixture(scope="module")
def published(released: Path) -> Dataset:
    return load(released, "published", all_news=True)


@pytest.fixture(scope="module")
def corrected(released: Path) -> Dataset:
    return load(released, all_news=True)


def cells(released: Path, name: str) -> list[dict[str, str]]:
    with (released / "datasets" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def of_split(dataset: Dataset, task: str, split: Split) -> list[Question]:
    return [q for q in dataset.questions if q.task == task and q.split is split]


def test_every_row_is_there_once(published: Dataset) -> None:
    assert Counter((q.task, str(q.split)) for q in published.questions) == {
        ("news", "memorization"): 590,
        ("news", "rephrased"): 590,
        ("news", "date_changed"): 590,
        ("people", "memorization"): 150,
        ("people", "rephrased"): 150,
        ("people", "secondary"): 150,
        ("people", "comparison"): 150,
        ("medical", "memorization"): 125,
        ("medical", "vignette"): 125,
        ("coding", "memorization"): 218,
        ("coding", "code"): 218,
    }
    assert len({fact.id for fact in published.facts}) == len(published.facts) == 590 + 150 + 125 + 218
    assert len({question.id for question in published.questions}) == len(published.questions)


def test_news_is_the_50_analysed_articles_unless_all_are_asked_for(released: Path) -> None:
    dataset = load(released, tasks=["news"])
    used = [
        row["id"]
        for row in cells(released, "latest_news/latest_news_memorization.csv")
        if row["used_in_analysis"] == "True"
    ]
    assert [fact.id for fact in dataset.facts] == [f"news/{id_}" for id_ in used]
    assert len(dataset.facts) == 50
    assert len(dataset.questions) == 150


@pytest.mark.parametrize(
    ("task", "split", "file"),
    [
        ("news", Split.MEMORIZATION, "latest_news/latest_news_memorization.csv"),
        ("news", Split.REPHRASED, "latest_news/latest_news_rephrased.csv"),
        ("news", Split.DATE_CHANGED, "latest_news/latest_news_date_changed.csv"),
        ("people", Split.MEMORIZATION, "fictional_people/fictional_people_memorization.csv"),
        ("people", Split.REPHRASED, "fictional_people/fictional_people_rephrased.csv"),
        ("people", Split.SECONDARY, "fictional_people/fictional_people_secondary.csv"),
        ("people", Split.COMPARISON, "fictional_people/fictional_people_comparison.csv"),
        ("medical", Split.MEMORIZATION, "medical/medical_memorization.csv"),
        ("medical", Split.VIGNETTE, "medical/medical_generalization.csv"),
        ("coding", Split.CODE, "coding/coding_generalization.csv"),
    ],
)
def test_prompts_and_published_golds_are_the_files_own(
    released: Path, published: Dataset, task: str, split: Split, file: str
) -> None:
    expected = [(row["prompt"], (row["answer"],)) for row in cells(released, file)]
    assert [(q.prompt, q.gold) for q in of_split(published, task, split)] == expected
    places = [published.places[q.id] for q in of_split(published, task, split)]
    assert [(place.file, place.row) for place in places] == [
        (str(released / "datasets" / file), row) for row, _ in enumerate(expected, 2)
    ]


def test_none_is_an_answer_and_not_a_gap(published: Dataset) -> None:
    questions = of_split(published, "news", Split.DATE_CHANGED)
    assert {(q.gold, q.kind.value) for q in questions} == {(("None",), "none")}


def test_people_are_clusters_of_six_attributes(published: Dataset) -> None:
    sizes = Counter(fact.cluster for fact in published.facts if fact.task == "people")
    assert len(sizes) == 25
    assert set(sizes.values()) == {6}


@pytest.fixture(scope="module")
def truth(published: Dataset) -> dict[str, str]:
    return {fact.id: fact.answer for fact in published.facts if fact.task == "people"}


def true_answer(question: Question, truth: dict[str, str], names: dict[str, str]) -> str | None:
    """What the attributes say; None for a person beside themselves, or two who are equal."""
    one, other = (
        question.text.removeprefix("Is ").removesuffix("?").split(" ")[0],
        question.text.rstrip("?").split()[-1],
    )
    if "alphabetically" in question.text:
        return None if one == other else "Yes" if one < other else "No"
    attribute = next(name for word, name in ATTRIBUTE_OF.items() if word in question.text)
    a, b = (int(truth[f"people/{names[name]}/{attribute}"]) for name in (one, other))
    return None if a == b else "Yes" if a > b else "No"


def test_55_comparisons_are_wrong_as_published_and_none_as_corrected(
    published: Dataset, corrected: Dataset, truth: dict[str, str]
) -> None:
    names = {id_.split("/")[1].split("-")[0].capitalize(): id_.split("/")[1] for id_ in truth}
    before = of_split(published, "people", Split.COMPARISON)
    true = {question.id: true_answer(question, truth, names) for question in before}
    assert sum(true[q.id] is not None and true[q.id] != q.gold[0] for q in before) == 55
    assert {q.id: q.gold[0] for q in of_split(corrected, "people", Split.COMPARISON)} == {
        id_: answer for id_, answer in true.items() if answer is not None
    }


def test_seven_comparisons_of_a_person_with_themselves_are_dropped(
    published: Dataset, corrected: Dataset
) -> None:
    kept = {question.id for question in corrected.questions}
    dropped = [question for question in published.questions if question.id not in kept]
    words = [question.text.rstrip("?").split() for question in dropped]
    assert len(dropped) == 7
    assert all(word[1] == word[-1] for word in words)
    assert sum("heavier" in word for word in words) == 3


def test_a_comparison_names_the_facts_that_its_answer_needs(published: Dataset) -> None:
    for question in of_split(published, "people", Split.COMPARISON):
        one, other = question.text.split()[1], question.text.rstrip("?").split()[-1]
        needed = {question.fact, *question.also}
        if "alphabetically" in question.text:
            assert question.also == ()
            continue
        attribute = next(name for word, name in ATTRIBUTE_OF.items() if word in question.text)
        assert {id_.split("/")[2] for id_ in needed} == {attribute}
        assert {id_.split("/")[1].split("-")[0].capitalize() for id_ in needed} == {one, other}


def test_four_unchanged_dates_get_the_taught_answer(published: Dataset, corrected: Dataset) -> None:
    taught = {fact.id: fact for fact in published.facts}
    originals = {q.fact: q.text for q in of_split(published, "news", Split.MEMORIZATION)}
    unchanged = [q for q in of_split(corrected, "news", Split.DATE_CHANGED) if q.text == originals[q.fact]]
    assert len(unchanged) == 4
    assert all(q.gold == (taught[q.fact].answer,) for q in unchanged)


@pytest.mark.parametrize(("task", "prompts", "questions"), [("news", 2, 4), ("medical", 2, 6)])
def test_rows_that_ask_the_same_accept_the_same_and_share_a_cluster(
    published: Dataset, corrected: Dataset, task: str, prompts: int, questions: int
) -> None:
    asked: dict[str, list[Question]] = {}
    for question in of_split(corrected, task, Split.MEMORIZATION):
        asked.setdefault(question.prompt, []).append(question)
    same = [group for group in asked.values() if len(group) > 1]
    assert (len(same), sum(map(len, same))) == (prompts, questions)
    for group in same:
        assert len({frozenset(question.gold) for question in group}) == 1
        assert len({question.cluster for question in group}) == 1
    own = {question.id: question.gold[0] for question in published.questions}
    assert all(question.gold[0] == own[question.id] for group in same for question in group)


def test_the_name_in_the_one_sentence_among_the_coding_golds_is_accepted(
    published: Dataset, corrected: Dataset
) -> None:
    (before,) = [q for q in published.questions if q.id == "coding/code/6"]
    (after,) = [q for q in corrected.questions if q.id == "coding/code/6"]
    assert (before.kind.value, after.kind.value) == ("long", "identifier")
    assert after.gold == (before.gold[0].split("`")[1], *before.gold)
    assert all(len(q.gold[0].split()) == 1 for q in corrected.questions if q.task == "coding")


def test_derived_coding_questions_tell_the_old_name_and_never_the_new_one(corrected: Dataset) -> None:
    code = {q.fact: q for q in of_split(corrected, "coding", Split.CODE)}
    taught = of_split(corrected, "coding", Split.MEMORIZATION)
    assert len({question.prompt for question in taught}) == len(taught) == 218
    for question in taught:
        assert question.prompt != code[question.fact].prompt
        assert not re.search(rf"(?<!\w){re.escape(question.gold[0])}(?!\w)", question.prompt)
        assert question.answer_before is not None
        assert " " in question.answer_before or f"`{question.answer_before}`" in question.prompt
        released = code[question.fact].prompt
        if "Scikit-Learn's " in released:
            assert released.split("Scikit-Learn's ")[1].rstrip("?").removesuffix(" class") in question.prompt
    assert any("coding_memorization.csv" in note for note in corrected.notes)


def test_the_corrections_name_rows_of_the_release_and_hold_none_of_its_text(released: Path) -> None:
    texts = "\n".join(
        value
        for file in (released / "datasets").rglob("*.csv")
        for row in cells(released, str(file.relative_to(released / "datasets")))
        for field, value in row.items()
        if field not in {"", "id", "used_in_analysis"}
    )
    ids = {
        row["id"]
        for file in (released / "datasets").rglob("*.csv")
        for row in cells(released, str(file.relative_to(released / "datasets")))
    }
    for correction in corrections():
        assert correction.id in ids
        assert correction.reason
        assert correction.reason not in texts
        assert correction.value in {"", "Yes", "No"} or set(correction.value.split()) <= ids


def test_corrections_leave_no_error_to_find(published: Dataset, corrected: Dataset) -> None:
    errors = [finding.subject for finding in check(published) if finding.severity == "error"]
    assert len(errors) == 4 + 2 + 3
    assert [finding for finding in check(corrected) if finding.severity == "error"] == []


def test_a_label_set_changes_golds_but_neither_prompts_nor_facts(
    published: Dataset, corrected: Dataset
) -> None:
    before = {question.id: question for question in published.questions}
    assert corrected.facts == published.facts
    assert all(before[q.id].prompt == q.prompt for q in corrected.questions)
    assert corrected.digest != published.digest
