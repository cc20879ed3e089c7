"""Files of answers: rows are read from several file formats, and written with their grades."""

from __future__ import annotations

from fbench.grading.files.answers import ADDED, AnswerFile, AnswerRow, OverParts, Survey, added
from fbench.grading.files.columns import NamedColumns
from fbench.grading.files.output import Form, form_of, hold_to_place, written
from fbench.tables.json_text import line_of

__all__ = [
    "ADDED",
    "AnswerFile",
    "AnswerRow",
    "Form",
    "NamedColumns",
    "OverParts",
    "Survey",
    "added",
    "form_of",
    "hold_to_place",
    "line_of",
    "written",
]
