"""A text that a regular expression matches: the shortest one, or a longer one where asked.

What is read is what the two dialects on the wire share (ECMA-262 and RE2): literals, classes, groups,
alternatives, quantifiers, anchors. Assertions and references back are passed over; whether the text matches
is for the caller to check.
"""

from __future__ import annotations

import re

__all__ = ["text_for"]

_SPECIAL = dict(zip("dwsDWSntrfv0", "0a a a\n\t\r\f\v\0", strict=True)) | dict.fromkeys("bBAZz", "")
"""What an escape stands for, by its letter."""
_QUANTIFIER = re.compile(r"\{(\d+)(,(\d*))?\}")
_PRINTABLE = "a0 A-_.:/@" + "".join(map(chr, range(0x21, 0x7F))) + "\u00e9\u4e00"


def text_for(pattern: str, more: int = 0) -> str | None:
    """A text that matches the whole pattern; each quantifier is met `more` times beyond its least.

    None where the pattern cannot be read.
    """
    reader = _Reader(pattern, more)
    try:
        text = reader.alternatives()
    except (IndexError, ValueError, RecursionError):
        return None
    return text if reader.at == len(pattern) else None


class _Reader:
    def __init__(self, pattern: str, more: int) -> None:
        self.pattern, self.more, self.at = pattern, more, 0

    def alternatives(self) -> str:
        """The text for the first alternative up to the end of a group."""
        first = self._sequence()
        while self._peek() == "|":
            self.at += 1
            self._sequence()
        return first

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        self.at += 1
        return self.pattern[self.at - 1]

    def _sequence(self) -> str:
        made: list[str] = []
        while self._peek() not in ("", "|", ")"):
            made.append(self._atom() * self._times())
        return "".join(made)

    def _atom(self) -> str:
        match char := self._take():
            case "^" | "$":
                return ""
            case ".":
                return "a"
            case "[":
                return self._class()
            case "(":
                return self._group()
            case "\\":
                return self._escape()
            case _:
                return char

    def _group(self) -> str:
        silent = False
        if self._peek() == "?":
            head = re.compile(r"\?(?:P?<[A-Za-z_]\w*>|:|=|!|<=|<!)").match(self.pattern, self.at)
            if head is None:
                raise ValueError("a group of no known kind")
            self.at = head.end()
            silent = head[0] in ("?=", "?!", "?<=", "?<!")
        text = self.alternatives()
        if self._take() != ")":
            raise ValueError("a group without an end")
        return "" if silent else text

    def _escape(self) -> str:
        char = self._take()
        if char in "ux":
            length = 4 if char == "u" else 2
            digits = self.pattern[self.at : self.at + length]
            self.at += length
            return chr(int(digits, 16))
        if char in "pPkc" or char in "123456789":
            raise ValueError("an escape that depends on more than itself")
        return _SPECIAL.get(char, char)

    def _class(self) -> str:
        begin = self.at
        if self._peek() == "^":
            self.at += 1
        if self._peek() == "]":
            self.at += 1
        while self._take() != "]":
            if self.pattern[self.at - 1] == "\\":
                self.at += 1
        inside = self.pattern[begin : self.at - 1].replace("[", "\\[")
        allowed = re.compile(f"[{inside}]")
        first = inside[:1]
        for char in (first, *_PRINTABLE):
            if char and allowed.fullmatch(char):
                return char
        found = next((chr(code) for code in range(0x3000) if allowed.fullmatch(chr(code))), None)
        if found is None:
            raise ValueError("a class without a character")
        return found

    def _times(self) -> int:
        """How often what was just read is repeated."""
        times, most = 1, 1
        match self._peek():
            case "*":
                self.at, times, most = self.at + 1, 0, 1000
            case "+":
                self.at, times, most = self.at + 1, 1, 1000
            case "?":
                self.at, times, most = self.at + 1, 0, 1
            case "{":
                if (found := _QUANTIFIER.match(self.pattern, self.at)) is None:
                    return 1
                self.at, times = found.end(), int(found[1])
                most = times if found[2] is None else int(found[3] or times + 1000)
            case _:
                return 1
        if self._peek() in ("?", "+"):  # lazy or possessive: it matches the same texts
            self.at += 1
        return min(most, times + self.more)
