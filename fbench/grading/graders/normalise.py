"""Normalise texts so that equal answers become equal strings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from fbench.datasets.notations import visible

__all__ = [
    "has_content",
    "letter_runs",
    "normalise",
    "plain",
    "tidy",
    "unwrap",
    "without_question",
    "word_set",
]

_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b`\u00b4\u02bc\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u2014\u2015", " - "),
        "\N{FRACTION SLASH}": "/",
        "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{MULTIPLICATION SIGN}": "x",
        **dict.fromkeys("\u3002\u06d4\u0964", ". "),
        **dict.fromkeys("\u3001\u060c", ", "),
        **dict.fromkeys("\u300a\u300b\u300c\u300d\u300e\u300f", '"'),
        "\u061b": ";",
        "\u061f": "?",
        "\u0640": None,  # it only lengthens an Arabic word
        # Letters with a stroke and ligatures of two letters do not decompose.
        **str.maketrans("\u0131\u0142\u0141\u00f8\u00d8\u0111\u0110\u00f0\u00d0\u0127", "illooddddh"),
        **dict.fromkeys("\u00e6\u00c6", "ae"),
        **dict.fromkeys("\u0153\u0152", "oe"),
        **dict.fromkeys("\u00fe\u00de", "th"),
    }
)
_FRACTION_AFTER_DIGIT = re.compile(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])")
_POWER_AFTER_DIGIT = re.compile(r"(?<=\d)(?=[\u00b2\u00b3\u00b9\u2070\u2074-\u207b])")
_CLOSING = {"\u201c": "\u201d", "\u2018": "\u2019", **{mark: mark for mark in "*\"'`"}}
_MARKS = "".join({*_CLOSING, *_CLOSING.values()})
_CONTENT = re.compile(r"[^\W_]")
_FENCED = re.compile(r"\s*```[\w+-]*\n([^`]*)```[\s.]*")
_LEAD = re.compile(
    r"[*#\s]*(?:(?:sure|certainly|of course)[!,.:] )?"
    r"(?:so,? )?(?:my |the )?(?:(?:final|correct|short) )?answer(?:\s+is\b|\s*[:=])"
    r"[\s:*\"'\u201c\u2018`]*"
    r"|[*#\s]*a\s*:\s+",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"[#*_\s]{0,9}(?:(?:my|the) )?(?:(?:final|correct|short) )?(?:answer|response|result)"
    r"[*_:\s]{0,9}\n[:\s]{0,9}",
    re.IGNORECASE,
)
"""A line that only says that the answer follows."""
_ITEM = re.compile(r"\s*(?:[-+\u2022](?=\s+[^\d\s])|[*>](?=\s)|\d[.)](?=\s+\*\*))\s+(?=[^\n]*\Z)")
"""The mark of a list's only item, or of a quotation.

A dash before a number may be a minus, and a number with a stop the beginning of a name (1. FC Nord), unless
what follows is bold.
"""

_BEGINS_ITEM = frozenset("-+*>\u2022123456789 \n")

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
)
"""Marks that may be left out; in Kana, Devanagari or Thai, marks change the letter."""


class _Folding(dict[int, int | str | None]):
    """A table for `str.translate` that adds characters when they first occur.

    Accents and invisible characters are dropped, and digits of all scripts become ASCII digits.
    """

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        digit = unicodedata.decimal(character, None)
        dropped = unicodedata.category(character) in {"Cf", "Cs"} or _ACCENTS.match(character)
        self[code] = kept = ord("0") + digit if digit is not None else None if dropped else code
        return kept


_FOLDING = _Folding(_CHARACTERS)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKD", decomposed).translate(_FOLDING)


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Casefold, drop accents and invisible characters, unify dashes and quotes, collapse white space.

    Idempotent, and the same result for all Unicode normal forms of a text.
    """
    if text.isascii():  # most texts are ASCII, and nothing in them decomposes
        return _single_spaced(text.casefold().replace("`", "'"))
    # NFKD would decompose some quotes into a space and a mark.
    text = unicodedata.normalize("NFC", text).translate(_CHARACTERS)
    if text.isascii():  # only dashes and quotes were not ASCII
        return _single_spaced(text.casefold())
    text = _FRACTION_AFTER_DIGIT.sub(" ", text)
    text = _POWER_AFTER_DIGIT.sub("^", text)
    folded = _fold(text)
    if not folded.isascii():
        # Folding a decomposed character may give one that folds again; two passes are enough.
        folded = unicodedata.normalize("NFC", _fold(folded))
    return " ".join(folded.split())


def _single_spaced(text: str) -> str:
    """The text with single spaces and none around it; a quick test returns the many texts that are so."""
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text  # a space is the only white space that is printable
    return " ".join(text.split())


def _peel(text: str) -> str:
    start, end = 0, len(text)
    while True:
        while start < end and text[start].isspace():
            start += 1
        while start < end and (text[end - 1].isspace() or text[end - 1] == "."):
            end -= 1
        # Only pairs are removed: a lone closing quote may mean inches.
        if end - start < 2 or _CLOSING.get(text[start]) != text[end - 1]:
            return text[start:end]
        start, end = start + 1, end - 1


_RUN = re.compile(r"\w+")
_ONLY_WORDS = bytes(
    code if chr(code).isalnum() or chr(code) == "_" else ord(" ") for code in range(128)
).ljust(256)


_ONLY_LETTERS = bytes(code if chr(code).isalpha() else ord(" ") for code in range(128)).ljust(256)


def letter_runs(text: str) -> list[str]:
    """The runs of letters in an ASCII text, four times as fast as with a pattern."""
    return text.encode().translate(_ONLY_LETTERS).decode().split()


@lru_cache(maxsize=4096)
def word_set(text: str) -> frozenset[str]:
    r"""The runs of `\w` in a text. A pattern with a word between two `\b` matches only if this has the word.

    This quick test spares most texts the searches for negations, refusals and the like.
    """
    if text.isascii():  # the same result in half the time
        return frozenset(text.encode().translate(_ONLY_WORDS).decode().split())
    return frozenset(_RUN.findall(text))


@lru_cache(maxsize=4096)
def unwrap(text: str) -> str:
    """The answer without outer white space, paired quotes, `**`, a fence, a final stop or "The answer is".

    Nor has it a heading that only says `Answer`, or the mark of a list of one item.
    """
    if "```" in text and (fenced := _FENCED.fullmatch(text)):
        text = fenced[1]
    if "\n" in text and (heading := _HEADING.match(text)) and has_content(text[heading.end() :]):
        text = text[heading.end() :]
    if text[:1] in _BEGINS_ITEM and (item := _ITEM.match(text)):
        text = text[item.end() :]
    text = _peel(text)
    if ":" not in text and "answer" not in text.casefold():
        return text  # every lead has one of them
    while (lead := _LEAD.match(text)) and lead.end() < len(text):
        # The lead includes opening marks, so their closing marks are removed too.
        opened = any(mark in _MARKS for mark in lead.group())
        rest = text[lead.end() :]
        text = _peel(rest.rstrip("." + _MARKS) if opened else rest)
    return text


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The unwrapped text in NFC with single spaces; case and every inner character are kept."""
    return _single_spaced(unicodedata.normalize("NFC", unwrap(text)))


def has_content(text: str) -> bool:
    """Whether the text has a letter or a digit."""
    return _CONTENT.search(text) is not None


def tidy(text: str) -> str:
    """The text in NFC with single spaces and no empty lines, so no rule gets a long run of white space."""
    if text.isascii() and text.isprintable():  # one line
        return _single_spaced(text)
    text = unicodedata.normalize("NFC", visible(text))
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def without_question(response: str, question: str) -> str:
    """The response without the question, if it starts by repeating the question word for word."""
    asked = question.strip()
    told = response.lstrip()
    return told[len(asked) :] if asked and told.casefold().startswith(asked.casefold()) else response
