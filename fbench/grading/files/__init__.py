"""Files of answers: rows are read from several file formats, and written with their grades."""

from __future__ import annotations

from fbench.grading.files.answers import ADDED, AnswerFile, AnswerRow, Survey, added
from fbench.grading.files.columns import NamedColumns
from fbench.grading.files.json_text import line_of
from fbench.grading.files.output import Put, hold_to_place, written_rows

__all__ = [
    "ADDED",
    "AnswerFile",
    "AnswerRow",
    "NamedColumns",
    "Put",
    "Survey",
    "added",
    "hold_to_place",
    "line_of",
    "written_rows",
]
