"""Answers with the verdict that is wanted, in `tests/data/grading*.jsonl`, by class of fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, grade

DATA = Path(__file__).parents[1] / "data"
ROWS = [
    json.loads(line)
    for file in sorted(DATA.glob("grading*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['class']}: {row['response']}"[:60])
def test_each_answer_has_the_verdict_that_is_wanted(row: dict[str, Any]) -> None:
    kind = AnswerKind(row["kind"]) if row.get("kind") else None
    item = Item(row["question"], tuple(row["gold"]), kind, row.get("answer_before"))
    want: Any = row["want"]
    wanted = [want] if isinstance(want, str) else list(want)
    told = grade(item, row["response"])
    assert told.verdict.value in wanted, told
