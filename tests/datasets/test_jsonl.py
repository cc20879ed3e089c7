"""A user's own facts from JSONL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets import AnswerKind, Split, check, open_dataset
from fbench.datasets.own import load
from fbench.errors import DataError, UsageError

TAUGHT: dict[str, Any] = {
    "fact": "f1",
    "split": "memorization",
    "prompt": "Who leads Arcadia?",
    "answer": "Ona Tell",
}
ASKED: dict[str, Any] = {
    "fact": "f1",
    "split": "rephrased",
    "prompt": "Name its leader.",
    "answer": ["Ona Tell", "Tell"],
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*lines: dict[str, Any] | str) -> Path:
        path = tmp_path / "own.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return path

    return write


def test_a_fact_is_its_memorization_line(write: Write) -> None:
    dataset = load(write(TAUGHT, ASKED))
    (fact,) = dataset.facts
    assert (fact.id, fact.task, fact.cluster, fact.prompt, fact.answer) == (
        "f1",
        "custom",
        "f1",
        "Who leads Arcadia?",
        "Ona Tell",
    )
    assert [(q.id, q.split, q.gold) for q in dataset.questions] == [
        ("custom/memorization/f1", Split.MEMORIZATION, ("Ona Tell",)),
        ("custom/rephrased/f1", Split.REPHRASED, ("Ona Tell", "Tell")),
    ]
    assert check(dataset) == []


def test_a_question_may_come_before_the_line_that_teaches_its_fact(write: Write) -> None:
    dataset = load(write(ASKED, TAUGHT))
    assert [question.split for question in dataset.questions] == [Split.REPHRASED, Split.MEMORIZATION]


def test_several_questions_of_one_split_get_ids_of_their_own(write: Write) -> None:
    dataset = load(write(TAUGHT, ASKED, {**ASKED, "prompt": "And who leads it?"}))
    assert [q.id for q in dataset.questions][1:] == ["custom/rephrased/f1", "custom/rephrased/f1/2"]


def test_a_question_takes_from_its_fact_what_it_does_not_say(write: Write) -> None:
    taught = {**TAUGHT, "task": "leaders", "cluster": "Arcadia", "answer_before": "Bim Orl"}
    question = load(write(taught, ASKED)).questions[1]
    assert (question.task, question.cluster, question.answer_before) == ("leaders", "Arcadia", "Bim Orl")


UPDATED = {**TAUGHT, "answer": ["Ona Tell", "O. Tell"], "answer_before": "Bim Orl"}


@pytest.mark.parametrize("split", ["rephrased", "vignette", "code"])
@pytest.mark.parametrize(
    "answer", ["Ona Tell", "ona tell.", ["Tell", "the leader Tell"], "O. Tell", "Ona\u00a0Tell"]
)
def test_a_question_for_the_fact_itself_has_the_facts_old_answer(
    write: Write, split: str, answer: Any
) -> None:
    question = load(write(UPDATED, {**ASKED, "split": split, "answer": answer})).questions[1]
    assert question.answer_before == "Bim Orl"


@pytest.mark.parametrize(
    "line",
    [
        {"split": "secondary", "prompt": "Who led Arcadia before?", "answer": "Bim Orl"},
        {"split": "secondary", "prompt": "Who leads the land that Ona is from?", "answer": "Ona Tell"},
        {"split": "date_changed", "prompt": "Who led Arcadia in 1990?", "answer": "Bim Orl"},
        {"split": "date_changed", "prompt": "Who leads Arcadia in 2990?", "answer": "None"},
        {"split": "comparison", "prompt": "Who is older, Ona Tell or Bim Orl?", "answer": "Ona Tell"},
        {"split": "rephrased", "prompt": "Who led Arcadia once?", "answer": "Bim Orl"},
        {"split": "vignette", "prompt": "Ona rings. Is it the leader?", "answer": "Yes"},
        {"split": "code", "prompt": "Complete leader = ", "answer": "Onatell"},
        {
            "split": "rephrased",
            "prompt": "Who leads Arcadia's neighbour?",
            "answer": "Ona Tell",
            "answer_before": None,
        },
    ],
)
def test_a_question_for_something_else_has_no_old_answer_of_the_facts(
    write: Write, line: dict[str, Any]
) -> None:
    dataset = load(write(UPDATED, {"fact": "f1", **line}))
    assert dataset.questions[1].answer_before is None
    assert [finding for finding in check(dataset) if finding.severity == "error"] == []


def test_a_question_keeps_an_old_answer_of_its_own(write: Write) -> None:
    for split in Split:
        if split is not Split.MEMORIZATION:
            asked = {**ASKED, "split": split, "answer_before": "Una Orl"}
            assert load(write(UPDATED, asked)).questions[1].answer_before == "Una Orl"


def test_what_an_older_version_inherited_is_known_by_its_digest_too(write: Write) -> None:
    lines = [{**TAUGHT, "fact": f"f{n}", "answer_before": "Bim Orl"} for n in range(2)]
    other = {**ASKED, "split": "secondary", "prompt": "Who was it?", "answer": "Una"}
    path = write(*lines, {**other, "fact": "f0"}, {**other, "fact": "f1"})
    explicit = [{**other, "fact": fact, "answer_before": "Bim Orl"} for fact in ("f0", "f1")]
    dataset = open_dataset(path, limit=1)
    told = path.read_text(encoding="utf-8")
    as_before = open_dataset(write(*lines, *explicit), limit=1)

    assert told != path.read_text(encoding="utf-8")
    assert dataset.digest != as_before.digest
    assert dataset.is_known_as(dataset.digest)
    assert dataset.is_known_as(as_before.digest)
    assert not as_before.is_known_as(dataset.digest)


def test_questions_know_their_lines(write: Write) -> None:
    path = write(TAUGHT, "", ASKED)
    places = load(path).places
    assert {id_: (place.file, place.row) for id_, place in places.items()} == {
        "custom/memorization/f1": (str(path), 1),
        "custom/rephrased/f1": (str(path), 3),
    }


def test_a_kind_is_inferred_unless_given(write: Write) -> None:
    dataset = load(write(TAUGHT, {**ASKED, "kind": "invented_name"}))
    assert [question.kind for question in dataset.questions] == [AnswerKind.NAME, AnswerKind.INVENTED_NAME]


def test_text_is_the_prompt_unless_given(write: Write) -> None:
    dataset = load(write(TAUGHT, {**ASKED, "text": "leader?"}))
    assert [question.text for question in dataset.questions] == ["Who leads Arcadia?", "leader?"]


def test_blank_lines_are_passed_over(write: Write) -> None:
    assert len(load(write("", TAUGHT, "   ", ASKED)).questions) == 2


@given(prompt=st.text(min_size=1).filter(lambda text: any(not char.isspace() for char in text)))
def test_prompts_come_through_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, prompt: str) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "own.jsonl"
    path.write_text(json.dumps({**TAUGHT, "prompt": prompt}), encoding="utf-8")
    assert load(path).facts[0].prompt == prompt


def test_a_line_separator_inside_a_string_does_not_end_the_line(write: Write) -> None:
    assert load(write({**TAUGHT, "prompt": "one\u2028two"})).facts[0].prompt == "one\u2028two"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "row 2: this is not JSON"),
        ("[1]", "row 2: this is JSON, but not an object"),
        (
            {**ASKED, "split": "sideways"},
            "row 2, field 'role': the split 'sideways' is none that fbench knows, so the quest",
        ),
        ({**ASKED, "kind": "poem"}, "row 2, field 'kind': 'poem' is unknown. Known are identifier, yes_no"),
        ({**ASKED, "anwser": "x"}, "row 2, field 'anwser': the field is unknown (did you mean 'answer'?)."),
        ({**ASKED, "answer": 5}, "row 2, field 'answer': "),
        ({"role": "same", "prompt": "p", "answer": "a"}, "row 2, field 'fact': the field is missing. A que"),
        ({"role": "unkown", "prompt": "p", "answer": "a"}, "row 2, field 'role': 'unkown' is unknown"),
        ({**ASKED, "messages": []}, "row 2, field 'messages': "),
        (
            {**ASKED, "prompt": None, "messages": [{"role": "assistant", "content": "x"}]},
            "row 2, field 'messages': the roles are assistant. Begin with one system message or none",
        ),
        ({**ASKED, "also": ["f9"]}, "row 2, field 'also': the fact 'f9' has no row that teaches it"),
        ({**ASKED, "weight": 0}, "row 2, field 'weight': "),
        ({**ASKED, "prompt": " "}, "row 2, field 'prompt': the text is blank"),
        ({**ASKED, "prompt": 7}, "row 2, field 'prompt': this is not a text"),
        (
            {**ASKED, "answer": []},
            "row 2, field 'answer': the list is empty. Give a text, or for the answer",
        ),
        ({**ASKED, "answer": ["a", ""]}, "row 2, field 'answer': "),
        (
            {**ASKED, "answer_before": " "},
            "row 2, field 'answer_before': the text is blank. Give one text, or null",
        ),
        (
            {**ASKED, "answer_before": ["a", "b"]},
            "row 2, field 'answer_before': this is not a text, but a list. Give one text, or null",
        ),
        ({k: v for k, v in ASKED.items() if k != "answer"}, "row 2, field 'answer': the field is missing"),
        (
            {**ASKED, "fact": "f2"},
            "row 2, field 'fact': the fact 'f2' has no row that teaches it: none",
        ),
        (TAUGHT, "row 2, field 'fact': the fact 'f1' is taught by line 1 already"),
        (
            {**ASKED, "task": "other"},
            "row 2, field 'task': 'other' is not the task of the fact 'f1', 'custom'",
        ),
    ],
)
def test_a_bad_line_is_named_with_what_to_do(write: Write, line: dict[str, Any] | str, told: str) -> None:
    path = write(TAUGHT, line)
    with pytest.raises(DataError) as raised:
        load(path)
    assert str(raised.value).startswith(f"{path}, {told}")
    assert "\n" not in str(raised.value)


def test_an_empty_file_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="the file is empty"):
        load(write("", " "))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(json.dumps({**TAUGHT, "answer": "Köln"}, ensure_ascii=False).encode("latin-1"))
    with pytest.raises(DataError, match="is not UTF-8"):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "absent.jsonl")
