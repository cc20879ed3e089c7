"""Grading what stands in files: rows are read in their many forms, and written with what was made of them."""

from __future__ import annotations

from fbench.grading.files.answers import ADDED, AnswerFile, AnswerRow, Survey, added
from fbench.grading.files.columns import Asked
from fbench.grading.files.json_text import line_of
from fbench.grading.files.output import Put, hold_to_place, written_rows

__all__ = [
    "ADDED",
    "AnswerFile",
    "AnswerRow",
    "Asked",
    "Put",
    "Survey",
    "added",
    "hold_to_place",
    "line_of",
    "written_rows",
]
