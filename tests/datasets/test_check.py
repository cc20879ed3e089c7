"""What the check of a dataset finds."""

from __future__ import annotations

from typing import Any

import pytest

from fbench.datasets import AnswerKind, Dataset, Fact, Finding, Question, Split, check, refuse_stale_golds
from fbench.datasets.model import Place
from fbench.errors import DataError, UsageError

FACT = Fact(id="f", task="custom", cluster="c", prompt="Who leads Arcadia?", answer="Ona")


def question(**changes: Any) -> Question:
    fields: dict[str, Any] = {
        "id": "q",
        "task": "custom",
        "split": Split.MEMORIZATION,
        "fact": "f",
        "cluster": "c",
        "prompt": "Answer. Who leads Arcadia?",
        "text": "Who leads Arcadia?",
        "gold": ("Ona",),
        "kind": AnswerKind.NAME,
    }
    return Question(**{**fields, **changes})


def found(*questions: Question, facts: tuple[Fact, ...] = (FACT,)) -> list[Finding]:
    return check(Dataset(name="d", source="s", facts=facts, questions=questions))


def told_again(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.severity, each.subject) for each in findings if "word for word" in each.message]


def test_a_sound_dataset_has_no_findings() -> None:
    assert found(question()) == []


@pytest.mark.parametrize(
    ("changes", "severity", "message"),
    [
        ({"fact": "g"}, "error", "the fact 'g', which is missing"),
        ({"also": ("g",)}, "error", "the fact 'g', which is missing"),
        ({"cluster": " "}, "error", "the cluster is empty"),
        ({"gold": ()}, "error", "an empty gold, or none"),
        ({"gold": (" ",)}, "error", "an empty gold, or none"),
        ({"kind": AnswerKind.YES_NO}, "error", "kind is yes_no, but its gold is 'Ona'"),
        (
            {"kind": AnswerKind.YES_NO, "gold": ("Yes", "No")},
            "error",
            "kind is yes_no, but its gold is 'Yes or No'",
        ),
        ({"kind": AnswerKind.NONE}, "error", "kind is none, but its gold is 'Ona'"),
        ({"kind": AnswerKind.QUANTITY}, "error", "a gold of it has no number"),
        ({"answer_before": " ona"}, "error", "the answer from before the update"),
        ({"answer_before": "\u201cO\u200bna\u201d."}, "error", "the answer from before the update"),
        (
            {"gold": ("Bim", "Ona"), "answer_before": "Ona"},
            "error",
            "its gold 'Ona' is the answer from before",
        ),
        (
            {"gold": ("1500",), "kind": AnswerKind.QUANTITY, "answer_before": "1,500"},
            "error",
            "spelled '1,500', so a right answer would count as an old one; mend one of the two",
        ),
        (
            {"gold": ("Yes.",), "kind": AnswerKind.YES_NO, "answer_before": "yes"},
            "error",
            "is the answer from",
        ),
        (
            {"gold": ("fit",), "kind": AnswerKind.IDENTIFIER, "answer_before": "`fit()`"},
            "error",
            "is the answer",
        ),
        ({"answer_before": " "}, "error", "its answer_before is blank"),
        (
            {"gold": ("Yes",), "kind": AnswerKind.YES_NO, "answer_before": "Bim"},
            "warning",
            "its kind is yes_no, so 'Bim' cannot have been its answer",
        ),
        ({"gold": ("arcadia",)}, "warning", "its own question says the gold 'arcadia'"),
    ],
)
def test_a_doubtful_question_is_found(changes: dict[str, Any], severity: str, message: str) -> None:
    findings = [
        finding
        for finding in found(question(), question(id="r", prompt="p", **changes))
        if finding.subject == "r"
    ]
    assert [finding.severity for finding in findings] == [severity]
    assert message in findings[0].message


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": AnswerKind.YES_NO, "gold": ("No.",)},
        {"kind": AnswerKind.NONE, "gold": ("None",)},
        {"kind": AnswerKind.QUANTITY, "gold": ("six years", "6 years")},
        {"gold": ("Ona", "Ona Tell")},
        {"gold": ("Arcad",)},
        {"answer_before": "Bim"},
        {"gold": ("isalive",), "kind": AnswerKind.IDENTIFIER, "answer_before": "isAlive"},
        {"gold": ("Yes",), "kind": AnswerKind.YES_NO, "answer_before": "No"},
        {"gold": ("C++",), "answer_before": "C"},
    ],
)
def test_a_sound_question_is_not(changes: dict[str, Any]) -> None:
    assert found(question(), question(id="r", prompt="p", **changes)) == []


def test_a_doubled_id_is_found() -> None:
    assert [f.message for f in found(question(), question(prompt="p"), facts=(FACT, FACT))] == [
        "2 facts have this id",
        "2 questions have this id",
    ]


def test_a_fact_that_no_memorization_question_asks_is_found() -> None:
    (finding,) = found(question(split=Split.REPHRASED))
    assert (finding.severity, finding.subject) == ("warning", "f")


def test_one_prompt_with_different_golds_is_an_error_and_with_the_same_a_note() -> None:
    other = question(id="r", split=Split.REPHRASED, gold=("Bim",))
    findings = found(question(), other)
    assert ("error", "r") in told_again(findings)
    findings = found(question(), other.model_copy(update={"gold": ("Ona",)}))
    assert ("note", "r") in told_again(findings)


def test_golds_that_differ_in_spelling_alone_are_no_other_answers() -> None:
    other = question(id="r", split=Split.REPHRASED, gold=("ona.",))
    (finding,) = found(question(), other)
    assert (finding.severity, finding.subject) == ("note", "r")


def test_a_fact_whose_answer_did_not_change_is_found_if_no_question_tells_it() -> None:
    same = FACT.model_copy(update={"answer_before": "ONA"})
    (finding,) = found(question(), facts=(same,))
    assert (finding.severity, finding.subject) == ("error", "f")
    (finding,) = found(question(answer_before="ONA"), facts=(same,))
    assert (finding.severity, finding.subject) == ("error", "q")


def test_a_new_name_in_code_may_differ_from_the_old_one_in_case_alone() -> None:
    fact = FACT.model_copy(update={"answer": "isalive", "answer_before": "isAlive"})
    assert found(question(gold=("isalive",), kind=AnswerKind.IDENTIFIER), facts=(fact,)) == []


def test_a_finding_says_where_its_question_stands() -> None:
    stale = question(answer_before="ona")
    places = {"q": Place(file="own.jsonl", row=7)}
    dataset = Dataset(name="d", source="s", facts=(FACT,), questions=(stale,), places=places)
    (finding,) = check(dataset)
    assert finding.where == "own.jsonl, row 7, field 'answer_before'"
    with pytest.raises(DataError, match=r"own\.jsonl, row 7, field 'answer_before': its gold .* Mend one"):
        refuse_stale_golds(dataset)
    with pytest.raises(UsageError, match="q: its gold"):
        refuse_stale_golds(dataset.model_copy(update={"places": {}}))


def test_a_changed_date_must_be_changed() -> None:
    same = question(id="r", split=Split.DATE_CHANGED, prompt="p", gold=("None",), kind=AnswerKind.NONE)
    (finding,) = found(question(), same)
    assert (finding.severity, finding.subject) == ("error", "r")
    (finding,) = found(question(), same.model_copy(update={"gold": ("Ona",), "kind": AnswerKind.NAME}))
    assert finding.severity == "note"
    assert found(question(), same.model_copy(update={"text": "Who will lead Arcadia?"})) == []


@pytest.mark.parametrize(
    ("yes", "no", "findings"), [(5, 5, 0), (4, 6, 1), (6, 4, 1), (4, 5, 0), (0, 9, 0), (12, 8, 1)]
)
def test_a_split_that_a_constant_answer_does_well_on_is_found(yes: int, no: int, findings: int) -> None:
    golds = ["Yes"] * yes + ["No"] * no
    asked = [
        question(id=f"q{i}", prompt=f"p{i}", split=Split.SECONDARY, kind=AnswerKind.YES_NO, gold=(gold,))
        for i, gold in enumerate(golds)
    ]
    told = [finding for finding in found(question(), *asked) if finding.subject == "custom/secondary"]
    assert len(told) == findings


def test_errors_come_first_and_then_the_order_of_the_dataset() -> None:
    findings = found(
        question(),
        question(id="n"),
        question(id="w", prompt="p", gold=("Arcadia",)),
        question(id="e2", prompt="p2", fact="g"),
        question(id="e1", prompt="p3", fact="g"),
    )
    assert [finding.subject for finding in findings] == ["e2", "e1", "w", "n"]
