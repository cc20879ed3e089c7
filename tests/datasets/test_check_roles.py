"""Doubts about roles and wordings of a dataset."""

from __future__ import annotations

from typing import Any

import pytest

from fbench.datasets import check, open_dataset
from fbench.datasets.own import of_rows

TAUGHT = {"fact": "f", "split": "memorization", "prompt": "Who leads Arcadia?", "answer": "Ona Tell"}
SAME = {"fact": "f", "role": "same", "prompt": "Name Arcadia's leader.", "answer": "Ona Tell"}
NEAR = {"fact": "f", "role": "unchanged", "prompt": "Who leads Ruritania?", "answer": "Bim Orl"}


def told(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.severity, each.message) for each in check(of_rows(rows))]


def test_data_without_doubts_has_none() -> None:
    assert told(TAUGHT, SAME, NEAR) == []


@pytest.mark.parametrize(
    ("rows", "severity", "words"),
    [
        ([TAUGHT, SAME, {**NEAR, "answer": "ona tell"}], "error", "its gold is what its fact teaches"),
        (
            [TAUGHT, SAME, {"role": "control", "prompt": "Who?", "answer": "Ona Tell"}],
            "note",
            "its gold is also an answer that the task teaches",
        ),
        (
            [TAUGHT, SAME, NEAR, {"role": "unknown", "prompt": "Who leads Utopia?", "answer": "Sam"}],
            "error",
            "is no decline; write None",
        ),
        ([TAUGHT, NEAR, {**SAME, "answer": "Mia"}], "warning", "is not its fact's, 'Ona Tell'"),
        ([TAUGHT, SAME, {**NEAR, "answer_before": "Una"}], "warning", "its answer_before says nothing"),
        (
            [{**row, "fact": f"f{n}"} for n in range(10) for row in (TAUGHT, SAME)],
            "note",
            "nothing shows what is lost",
        ),
        ([TAUGHT, NEAR, {**SAME, "prompt": TAUGHT["prompt"]}], "error", "is taught in these very words"),
        (
            [TAUGHT, SAME, NEAR, {**TAUGHT, "fact": "g", "prompt": "Who leads Elbonia?", "answer": "Ed"}],
            "warning",
            "only its taught wording is asked",
        ),
        (
            [
                {**TAUGHT, "texts": ["Ona Tell leads."]},
                SAME,
                NEAR,
                *({**row, "fact": "g", "prompt": f"{row['prompt']} Really?"} for row in (TAUGHT, SAME)),
            ],
            "note",
            "it is taught in 1 wording, and others in 2",
        ),
        ([{**TAUGHT, "statement": "Somebody leads it."}, SAME, NEAR], "warning", "does not say its answer"),
        (
            [{**TAUGHT, "answer": "Orbit & Sons"}, {**SAME, "answer": "Orbit & Sons"}, NEAR],
            "note",
            "may stand in any order: 'Orbit & Sons'; where it is one name, give the kind 'name'",
        ),
        (
            [TAUGHT, SAME, NEAR, {"role": "control", "task": "else", "prompt": "2 + 2?", "answer": "4"}],
            "warning",
            "no fact has this task, so no model that is trained is asked its questions",
        ),
        (
            [TAUGHT, {**SAME, "train": True}, NEAR],
            "error",
            "taught in these very words; give it the role taught, or do not teach it",
        ),
        (
            [
                TAUGHT,
                SAME,
                NEAR,
                {"role": "control", "prompt": "2 + 2?", "answer": "4"},
                {"role": "control", "train": True, "prompt": "2 + 2?", "answer": "4"},
            ],
            "error",
            "is also a general example that is taught",
        ),
    ],
)
def test_a_doubt_is_told(rows: list[dict[str, Any]], severity: str, words: str) -> None:
    assert any(found == severity and words in message for found, message in told(*rows))


def test_generated_data_has_no_error_of_roles() -> None:
    assert [each for each in check(open_dataset(None)) if each.severity == "error"] == []
