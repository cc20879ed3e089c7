"""Grading what stands in files: rows are read in their many forms, and written with what was made of them."""

from __future__ import annotations

from fbench.grading.answers import ADDED, AnswerFile, AnswerRow, Survey, added
from fbench.grading.columns import Asked
from fbench.grading.human import HumanComparison
from fbench.grading.json_text import line_of
from fbench.grading.output import Put, hold_to_place, written_rows

__all__ = [
    "ADDED",
    "AnswerFile",
    "AnswerRow",
    "Asked",
    "HumanComparison",
    "Put",
    "Survey",
    "added",
    "hold_to_place",
    "line_of",
    "written_rows",
]
