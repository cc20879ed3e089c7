"""Read the accepted answers in a cell, in the formats in which people write them."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from typing import TypeGuard, cast

from fbench.tables.json_text import NumberText
from fbench.tables.parts import ascii_safe

__all__ = ["Golds", "scalar_text"]

_LITERAL = r"""(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")"""
_LITERALS = re.compile(_LITERAL, re.DOTALL)
_PYTHON = re.compile(rf"[\[(]\s*{_LITERAL}(?:\s*,\s*{_LITERAL})*+\s*,?\s*[\])]", re.DOTALL)
_NUMPY = re.compile(rf"\[\s*{_LITERAL}(?:\s+{_LITERAL})++\s*\]", re.DOTALL)
_ARRAY = re.compile(r"array\((\[.*\])(?:,\s*dtype=[\w<>']+)?\)", re.DOTALL)
_IN_A_LIST = re.compile(r"""[,'"]|^\[\s*[-+]?\d[\d.]*\s*\]$""")
_BARS, _SLASH, _SEMICOLON = "|", " / ", ";"
_BRIEF = 28
"""Longer parts of a gold, in characters, are sentences with a semicolon, not several golds."""
_LONGEST_SHOWN = 40


def scalar_text(value: object) -> str | None:
    """A text, a number or a boolean as text; None for anything else.

    Raises:
        ValueError: the number is NaN or infinite.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case NumberText():
            return value.text
        case float() if not math.isfinite(value):
            raise ValueError(f"this is {value}, and no answer")
        case int() | float():
            return str(value)
        case _:
            return None


class Golds:
    """Reads golds. It counts what it read by a guess, or may have read wrongly, and reports this in `notes`.

    `separator` separates the accepted answers in a text. If it is "", each text is one answer, whatever its
    form. If it is None, only lists are read as several answers.
    """

    def __init__(self, separator: str | None = None) -> None:
        self._separator = separator
        self._met: dict[str, tuple[int, int, str]] = {}

    def read(self, value: object, row: int) -> tuple[str, ...]:
        """The accepted answers in the value of a row; empty if there are none.

        Raises:
            ValueError: the value is NaN or infinite.
        """
        if isinstance(value, list):
            texts = [scalar_text(each) for each in cast("list[object]", value)]
        else:
            texts = self._parted(value, row) if isinstance(value, str) else [scalar_text(value)]
        if not texts or any(text is None or not text.strip() for text in texts):
            return ()
        return tuple(cast("list[str]", texts))

    def add(self, later: Golds) -> None:
        """Count what was met in later rows too."""
        for form, (count, row, shown) in later._met.items():
            before, first, told = self._met.get(form, (0, row, shown))
            self._met[form] = (before + count, first, told)

    def notes(self) -> list[str]:
        """A sentence for each format found, with its count and the row of its first use."""
        return [
            f"gold: {_FORMS[form]} ({count} row{'s' if count > 1 else ''}, first row {row}: {shown})"
            for form, (count, row, shown) in self._met.items()
        ]

    def _parted(self, text: str, row: int) -> list[str]:
        if self._separator == "":
            return [text]
        if (listed := self._listed(text, row)) is not None:
            return listed
        if self._separator is not None:
            return [part.strip() for part in text.split(self._separator) if part.strip()]
        if _is_like_a_list(text.strip()):
            self._meet("like a list", text, row)
        elif (form := _doubtful(text)) is not None:
            self._meet(form, text, row)
        return [text]

    def _listed(self, text: str, row: int) -> list[str] | None:
        """The texts of a list in JSON, or as Python or NumPy prints it."""
        bare = text.strip()
        if not bare.startswith(("[", "(", "array(")):
            return None
        if bare.startswith("["):
            try:
                value: object = json.loads(bare)
            except (ValueError, RecursionError):
                value = None
            if _all_texts(value):
                return value
        if array := _ARRAY.fullmatch(bare):
            bare = array[1]
        for form, pattern in (("python", _PYTHON), ("numpy", _NUMPY)):
            if pattern.fullmatch(bare) and (form == "numpy" or bare[0] == "[" or bare.count(",")):
                self._meet(form, text, row)
                return [_evaluated(literal) for literal in _LITERALS.findall(bare)]
        return None

    def _meet(self, form: str, text: str, row: int) -> None:
        count, first, shown = self._met.get(form, (0, row, _shown(text)))
        self._met[form] = (count + 1, first, shown)


_FORMS = {
    "python": "lists as Python writes them were read as several accepted answers",
    "numpy": "lists as NumPy prints them were read as several accepted answers",
    "like a list": "what looks like a list, but holds more than texts, was taken as one answer: "
    "write a JSON list of texts if several are accepted",
    _BARS: "texts with | were taken as one answer each: give --gold-separator '|' if it parts "
    "several, and --gold-separator '' if not",
    "||": "texts with || were taken as one answer each: give --gold-separator '||' if it parts "
    "several, and --gold-separator '' if not",
    _SLASH: "texts with ' / ' were taken as one answer each: give --gold-separator ' / ' if it parts "
    "several, and --gold-separator '' if not",
    _SEMICOLON: "texts with ; were taken as one answer each: give --gold-separator ';' if it parts "
    "several, and --gold-separator '' if not",
}


def _is_like_a_list(text: str) -> bool:
    return text.startswith("[") and text.endswith("]") and _IN_A_LIST.search(text) is not None


def _doubtful(text: str) -> str | None:
    """What may separate several answers in a text, or None. Of 83,000 golds of four benchmarks none has a bar
    or a slash between blanks, and the few with a semicolon are sentences: so no text is split at these unless
    the user asks for it.
    """
    for separator in ("||", _BARS, _SLASH, _SEMICOLON):
        parts = [part.strip() for part in text.split(separator)]
        if len(parts) > 1 and all(parts) and (separator != _SEMICOLON or max(map(len, parts)) <= _BRIEF):
            return separator
    return None


def _evaluated(literal: str) -> str:
    """The value of a Python string literal; its text without quotes if it is invalid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # '\d' is a valid string, with a warning
        try:
            value: object = ast.literal_eval(literal)
        except (ValueError, SyntaxError):
            return literal[1:-1]
    return cast("str", value)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return ascii_safe(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}...")


def _all_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(text, str) for text in cast("list[object]", value))
