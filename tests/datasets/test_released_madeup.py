"""The traps of the released files, on small files of our own."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fbench.datasets import Dataset, Split, open_dataset
from fbench.datasets.fetch import CODING_MEMORIZATION, git_blob_id
from fbench.datasets.finetunebench import coding as coding_reader
from fbench.datasets.finetunebench import load
from fbench.errors import DataError, UsageError

ATTRIBUTES = {
    "weight": ("How many pounds does {} weigh?", "{} weighs {} pounds."),
    "height": ("How tall is {}?", "{} is {} cm tall."),
    "age": ("How old is {}?", "{} is {} years old."),
    "occupation": ("What is {}'s occupation?", "{} works as a {}."),
    "color": ("What is {}'s favorite color?", "{}'s favorite color is {}."),
    "city": ("Where does {} live?", "{} lives in {}."),
}
PEOPLE = {
    "ona-tell-aaa": ("Ona Tell", ("150", "170", "41", "baker", "teal", "Wugob")),
    "bim-orl-bbb": ("Bim Orl", ("160", "165", "30", "poet", "plum", "Zarif")),
}

Write = Callable[[str, Sequence[dict[str, str]]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, rows: Sequence[dict[str, str]]) -> Path:
        file = tmp_path / "datasets" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return file

    return write


def news_rows(question: str, ids: Sequence[str] = ("one", "two")) -> list[dict[str, str]]:
    return [
        {
            "id": id_,
            "prompt": f"\nAnswer.\n   Question: {question} {id_}?\n   Answer: ",
            "answer": "7 goals",
            "question": f"{question} {id_}?",
            "rephrased_question": f"{question} {id_}?",
            "date_changed_question": f"{question} {id_}?",
            "fact": "It happened.",
            "used_in_analysis": str(id_ == "one"),
        }
        for id_ in ids
    ]


@pytest.fixture
def news(write: Write) -> None:
    for split in ("memorization", "rephrased", "date_changed"):
        rows = news_rows(f"How many goals, {split},")
        if split == "date_changed":
            rows = [{**row, "answer": "None"} for row in rows]
        write(f"latest_news/latest_news_{split}.csv", rows)


@pytest.fixture
def people(write: Write) -> None:
    taught: list[dict[str, str]] = []
    for person, (name, values) in PEOPLE.items():
        for (question, statement), value in zip(ATTRIBUTES.values(), values, strict=True):
            asked = question.format(name)
            taught.append(
                {
                    "id": person,
                    "prompt": asked,
                    "answer": value,
                    "fact": statement.format(name, value),
                    "question": asked,
                }
            )
    write("fictional_people/fictional_people_memorization.csv", taught)
    # In another order than they are taught in.
    others = [
        {**row, "rephrased_question": f"Say: {row['question']}", "answer": row["answer"]}
        for row in taught[::-1]
    ]
    write("fictional_people/fictional_people_rephrased.csv", others)
    write("fictional_people/fictional_people_secondary.csv", [{**row, "answer": "No"} for row in others])
    compared = [
        ("ona-tell-aaa-bim-orl-bbb-age", "Is Ona older than Bim?"),
        ("bim-orl-bbb-ona-tell-aaa-favorite color", "Is Bim alphabetically first than Ona?"),
        ("bim-orl-bbb-bim-orl-bbb-weight", "Is Bim heavier than Bim?"),
    ]
    write(
        "fictional_people/fictional_people_comparison.csv",
        [
            {
                "id": id_,
                "prompt": f"Yes or No.\n{text}",
                "answer": "Yes",
                "fact": "Weights.",
                "question": text,
            }
            for id_, text in compared
        ],
    )


def renamed(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [
        {
            "": str(number),
            "id": str(number),
            "prompt": f"What is the name of the {what} in the most updated version of Scikit-Learn{owner}?",
            "answer_before": old,
            "answer": f"new_{number}",
        }
        for number, (what, owner, old) in enumerate(rows)
    ]


@pytest.fixture
def coding(write: Write) -> None:
    rows = renamed(
        ("function that guesses", "'s Oracle class", "predict"),
        ("method that bakes bread", "", "bake"),
        ("function that foretells", "", "predict"),
        ("function that reads tea leaves", "", "There was no such function."),
    )
    write("coding/coding_generalization.csv", rows)


def prompts(dataset: Dataset, split: Split) -> list[str]:
    return [question.prompt for question in dataset.questions if question.split is split]


@pytest.mark.usefixtures("news")
def test_white_space_in_prompts_is_kept(tmp_path: Path) -> None:
    dataset = load(tmp_path, all_news=True)
    assert prompts(dataset, Split.REPHRASED)[1] == news_rows("How many goals, rephrased,")[1]["prompt"]
    assert dataset.facts[0].prompt.endswith("Answer: ")


@pytest.mark.usefixtures("news")
def test_line_ends_in_prompts_are_kept(tmp_path: Path, write: Write) -> None:
    row = {**news_rows("How many")[0], "prompt": "one\r\ntwo\rthree\n"}
    write("latest_news/latest_news_rephrased.csv", [row])
    assert prompts(load(tmp_path), Split.REPHRASED) == ["one\r\ntwo\rthree\n"]


@pytest.mark.usefixtures("news", "people", "coding")
def test_every_question_knows_its_file_and_row(tmp_path: Path, write: Write) -> None:
    write("coding/coding_memorization.csv", taught())
    dataset = load(tmp_path, all_news=True)
    for question in dataset.questions:
        place = dataset.places[question.id]
        with Path(place.file).open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        assert rows[place.row - 2]["prompt"] == question.prompt


@pytest.mark.usefixtures("news")
def test_only_analysed_news_is_read_by_default(tmp_path: Path) -> None:
    assert [fact.id for fact in load(tmp_path).facts] == ["news/one"]
    assert [fact.id for fact in load(tmp_path, all_news=True).facts] == ["news/one", "news/two"]


@pytest.mark.usefixtures("news")
def test_the_folder_may_be_the_checkout_or_its_datasets(tmp_path: Path) -> None:
    assert load(tmp_path) == load(tmp_path / "datasets")


@pytest.mark.usefixtures("news", "people")
def test_a_missing_task_is_told_in_a_note_unless_it_was_asked_for(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    assert dataset.tasks == ("news", "people")
    assert [note.split(":")[0] for note in dataset.notes] == ["medical", "coding"]
    assert load(tmp_path, tasks=["people"]).notes == ()
    with pytest.raises(DataError, match="medical"):
        load(tmp_path, tasks=["news", "medical"])


def test_a_folder_without_any_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="looked for latest_news, fictional_people, medical, coding"):
        load(tmp_path)


def test_an_unknown_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no task 'sports'"):
        load(tmp_path, tasks=["sports"])


@pytest.mark.usefixtures("people")
def test_people_rows_are_joined_by_person_and_statement_in_any_order(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    answers = {fact.id: fact.answer for fact in dataset.facts}
    assert answers["people/bim-orl-bbb/city"] == "Zarif"
    rephrased = [question for question in dataset.questions if question.split is Split.REPHRASED]
    assert [question.fact for question in rephrased] == list(answers)[::-1]
    assert all(question.gold == (answers[question.fact],) for question in rephrased)
    assert {question.cluster for question in rephrased} == {"people/ona-tell-aaa", "people/bim-orl-bbb"}


@pytest.mark.usefixtures("people")
def test_comparisons_need_the_attribute_they_ask_for(tmp_path: Path) -> None:
    compared = [q for q in load(tmp_path).questions if q.split is Split.COMPARISON]
    assert [(question.fact, question.also) for question in compared] == [
        ("people/ona-tell-aaa/age", ("people/bim-orl-bbb/age",)),
        ("people/bim-orl-bbb/color", ()),
        ("people/bim-orl-bbb/weight", ()),
    ]


@pytest.mark.usefixtures("coding")
def test_missing_coding_questions_are_derived_and_told_apart(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    assert prompts(dataset, Split.MEMORIZATION) == [
        "scikit-learn has renamed `predict` of Oracle. What is it called now?",
        "scikit-learn has renamed `bake`. What is it called now?",
        "scikit-learn has renamed `predict` (the function that foretells). What is it called now?",
        "scikit-learn has gained a function that reads tea leaves. What is it called?",
    ]
    assert any("derived" in note for note in dataset.notes)


@pytest.mark.usefixtures("coding")
def test_coding_questions_that_are_there_are_not_derived(tmp_path: Path, write: Write) -> None:
    rows = renamed(*[("function", "", "old")] * 4)
    write("coding/coding_memorization.csv", [{**row, "prompt": f"Taught {row['id']}"} for row in rows])
    dataset = load(tmp_path)
    assert prompts(dataset, Split.MEMORIZATION) == [f"Taught {number}" for number in range(4)]
    assert not any("derived" in note for note in dataset.notes)


def taught(**changes: str) -> list[dict[str, str]]:
    rows = renamed(*[("function", "", "old")] * 4)
    return [{**row, "prompt": f"Taught {row['id']}", **changes} for row in rows]


@pytest.mark.usefixtures("coding")
def test_coding_questions_are_noted_as_the_papers_or_as_altered(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = load(tmp_path)
    file = write("coding/coding_memorization.csv", taught())
    altered = load(tmp_path)
    monkeypatch.setattr(coding_reader, "MANIFEST", {CODING_MEMORIZATION: git_blob_id(file)})
    released = load(tmp_path)

    assert any("is not the released file" in note for note in altered.notes)
    assert any("are the paper's, from coding_memorization.csv" in note for note in released.notes)
    assert altered.digest == released.digest != derived.digest
    assert [q for q in released.questions if q.split is Split.CODE] == [
        q for q in derived.questions if q.split is Split.CODE
    ]


@pytest.mark.usefixtures("coding")
def test_taught_coding_rows_are_read_by_name_and_in_any_order(tmp_path: Path, write: Write) -> None:
    rows = [{"": "x", "more": "", **dict(reversed(row.items()))} for row in reversed(taught())]
    write("coding/coding_memorization.csv", rows)
    dataset = load(tmp_path)

    assert prompts(dataset, Split.MEMORIZATION) == [f"Taught {number}" for number in (3, 2, 1, 0)]
    assert {question.answer_before for question in dataset.questions if question.fact == "coding/1"} == {
        "old",
        "bake",
    }


@pytest.mark.parametrize("cells", [{"answer_before": ""}, {}])
@pytest.mark.usefixtures("coding")
def test_a_taught_coding_row_without_an_old_name_has_that_of_the_code_question(
    tmp_path: Path, write: Write, cells: dict[str, str]
) -> None:
    rows = [{k: v for k, v in row.items() if k != "answer_before"} | cells for row in taught()]
    write("coding/coding_memorization.csv", rows)
    old = {fact.id: fact.answer_before for fact in load(tmp_path).facts}
    assert [old[f"coding/{number}"] for number in range(3)] == ["predict", "bake", "predict"]


@pytest.mark.usefixtures("coding")
def test_rows_that_teach_another_answer_than_the_code_question_has_are_counted(
    tmp_path: Path, write: Write
) -> None:
    rows = taught()
    write("coding/coding_memorization.csv", [{**rows[0], "answer": "another"}, *rows[1:]])
    assert any(note.endswith("the code question: 1.") for note in load(tmp_path).notes)
    write("coding/coding_memorization.csv", [{**row, "answer": f"`{row['answer']}`"} for row in rows])
    assert not any("the code question" in note for note in load(tmp_path).notes)


@pytest.mark.usefixtures("coding")
def test_a_coding_question_about_an_untaught_row_is_refused(tmp_path: Path, write: Write) -> None:
    write("coding/coding_memorization.csv", renamed(("function", "", "old")))
    with pytest.raises(
        DataError, match=r"coding_generalization\.csv, row 3, field 'id': '1' is not in the mem"
    ):
        load(tmp_path)


@pytest.mark.parametrize("field", ["id", "prompt", "answer", "rephrased_question"])
@pytest.mark.usefixtures("news")
def test_a_missing_column_is_named_with_its_file(tmp_path: Path, write: Write, field: str) -> None:
    rows = [{k: v for k, v in row.items() if k != field} for row in news_rows("How many")]
    write("latest_news/latest_news_rephrased.csv", rows)
    with pytest.raises(
        DataError, match=rf"latest_news_rephrased\.csv, field '{field}': the column is missing"
    ):
        load(tmp_path)


@pytest.mark.parametrize("field", ["prompt", "answer"])
@pytest.mark.usefixtures("news")
def test_an_empty_cell_is_named_with_row_and_field(tmp_path: Path, write: Write, field: str) -> None:
    rows = news_rows("How many")
    rows[1][field] = "  \n"
    write("latest_news/latest_news_rephrased.csv", rows)
    with pytest.raises(DataError, match=rf"row 3, field '{field}': the cell is empty"):
        load(tmp_path)


@pytest.mark.usefixtures("news")
def test_a_doubled_id_is_named_with_both_rows(tmp_path: Path, write: Write) -> None:
    write("latest_news/latest_news_rephrased.csv", news_rows("How many", ["one", "two", "one"]))
    with pytest.raises(DataError, match="row 4, field 'id': 'one' is in row 2 already"):
        load(tmp_path)


@pytest.mark.usefixtures("news")
def test_a_question_about_no_fact_is_refused(tmp_path: Path, write: Write) -> None:
    write("latest_news/latest_news_rephrased.csv", news_rows("How many", ["one", "three"]))
    with pytest.raises(DataError, match="row 3, field 'id': 'three' is not in the memorization file"):
        load(tmp_path)


@pytest.mark.usefixtures("news")
def test_a_flag_that_is_neither_true_nor_false_is_refused(tmp_path: Path, write: Write) -> None:
    rows = news_rows("How many")
    rows[0]["used_in_analysis"] = "yes"
    write("latest_news/latest_news_memorization.csv", rows)
    with pytest.raises(DataError, match="row 2, field 'used_in_analysis': 'yes' is neither"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"id,prompt,answer,rephrased_question\n", "there are no rows below the header"),
        (
            "id,prompt,answer,rephrased_question\none,Where?,Köln,Where?\n".encode("latin-1"),
            "byte 48 is not UTF-8",
        ),
        (b"id,prompt,answer,rephrased_question\none,Where?\n", "row 2: 2 cells where the header has 4"),
        (b'id,prompt,answer,rephrased_question\none,"Where?', "this is not CSV"),
    ],
)
@pytest.mark.usefixtures("news")
def test_a_broken_file_is_named_with_what_is_broken(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "datasets" / "latest_news" / "latest_news_rephrased.csv"
    file.write_bytes(content)
    with pytest.raises(DataError, match=problem) as raised:
        load(tmp_path)
    assert str(raised.value).startswith(str(file))


@pytest.mark.usefixtures("news")
def test_a_missing_file_of_a_task_is_named(tmp_path: Path) -> None:
    (tmp_path / "datasets" / "latest_news" / "latest_news_rephrased.csv").unlink()
    with pytest.raises(DataError, match=r"latest_news_rephrased\.csv: the file is missing"):
        load(tmp_path)


@pytest.mark.usefixtures("news")
def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    before = load(tmp_path)
    for file in (tmp_path / "datasets" / "latest_news").iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load(tmp_path) == before


@pytest.mark.usefixtures("news", "people")
def test_opening_a_folder_cuts_to_tasks_and_limit(tmp_path: Path) -> None:
    dataset = open_dataset(tmp_path, tasks=["people", "people"], limit=3)
    assert [fact.id for fact in dataset.facts] == [
        f"people/ona-tell-aaa/{name}" for name in ("weight", "height", "age")
    ]
    assert {question.fact for question in dataset.questions} == {fact.id for fact in dataset.facts}


def test_opening_a_jsonl_file_refuses_a_task_that_it_has_not(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text('{"fact": "f", "split": "memorization", "prompt": "Who?", "answer": "Ona"}\n')
    assert open_dataset(file).tasks == ("custom",)
    with pytest.raises(UsageError, match=r"'own' has no task 'news'\. Its tasks are custom"):
        open_dataset(file, tasks=["news"])
    with pytest.raises(UsageError, match="No question is left"):
        open_dataset(file, tasks=[])


def test_opening_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        open_dataset(tmp_path / "absent")


def test_a_limit_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 1; it was -1"):
        open_dataset(tmp_path, limit=-1)


def test_without_a_source_facts_are_generated() -> None:
    pytest.importorskip("fbench.datasets.generated", reason="needs the generated datasets")
    assert open_dataset(None, seed=3) == open_dataset(None, seed=3)
    assert open_dataset(None, seed=3).digest != open_dataset(None, seed=4).digest
