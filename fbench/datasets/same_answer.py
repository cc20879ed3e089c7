"""Decide whether two answers are one answer in two spellings, for checks of a dataset's golds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from fbench.datasets.english_words import SMALL, TENS

__all__ = ["answer_form", "same_answer", "shares_an_answer"]

_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b`\u00b4\u02bc\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
        "\N{FRACTION SLASH}": "/",
    }
)
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0]")
"""Invisible characters that Unicode does not classify as format characters."""

_ENDS = " \"'*.,;:!?\u00a1\u00bf\u3002"
_STARTS = _ENDS.replace(".", "")
"""A stop at the beginning belongs to a decimal number."""

_BETWEEN = re.compile(r"[.,;:!?\"'()]+(?=\s|$)|(?<!\S)[\"'()]+")
_INITIALS = re.compile(
    r"(?<![\w.])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![\w.]))?|(?<![\w.])(?:[^\W\d_]\.)[^\W\d_]\b"
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:([,' ])\d{3})(?:\1\d{3})*(?![\d,'])")
_WHOLE = re.compile(r"(?<![\w.])(\d+)\.0+(?![\d.]*\d)")
_MAGNITUDE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) (hundred|thousand|million|billion|trillion)\b")
_PERCENT = re.compile(r"(?<=\d) ?(?:%|per ?cent)(?!\w)")
_ARTICLE = re.compile(r"(?:the|an?) (?=\S)")

_WHOLE_ANSWERS = frozenset({"", "yes", "no", "none"})
"""Answers that are never a part of a longer one: "no" is not a part of "no guidance"."""

_MAGNITUDES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SMALL_WORD, _TEN = "|".join(sorted(SMALL, key=len, reverse=True)), "|".join(TENS)
_IN_WORDS = re.compile(rf"\b(?:({_TEN})(?: ({'|'.join(list(SMALL)[1:10])}))?|({_SMALL_WORD}))\b")


def same_answer(one: str, other: str, *, code: bool = False) -> bool:
    """Whether two texts are the same answer: their `answer_form` is equal."""
    return answer_form(one, code=code) == answer_form(other, code=code)


def shares_an_answer(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether an answer of one list is in the other list, or contains all words of one there."""
    forms = [answer_form(text) for text in some]
    return any(
        form == other or _within(form, other) or _within(other, form)
        for other in map(answer_form, others)
        for form in forms
    )


def _within(short: str, long: str) -> bool:
    return short not in _WHOLE_ANSWERS and f" {short} " in f" {long} "


@lru_cache(maxsize=4096)
def answer_form(text: str, *, code: bool = False) -> str:
    """A text without the differences between two spellings of one answer; texts that say nothing become "".

    Removed are differences in Unicode's compositions and widths, invisible characters, white space, case,
    outer quotes and Markdown, punctuation at ends of words, hyphens between letters, stops in initials, a
    leading article, and forms of numbers ("1,500" and "1 500", "24" and "twenty-four", "2 million", "5
    percent"). For names in `code`: only the differences up to white space, outer quotes and Markdown, and a
    call's "()".
    """
    text = " ".join(_seen(text).split())
    if code:
        return text.rstrip(_ENDS).lstrip(_STARTS).removesuffix("()")
    form = _stripped(text.casefold().removesuffix("()"))
    if not form.replace(" ", "").isalnum():
        form = _INITIALS.sub(lambda found: found[0].replace(".", ""), form)
        form = " ".join(_BETWEEN.sub(" ", _HYPHEN.sub(" ", form)).split())
    form = _numbers(form)
    return _ARTICLE.sub("", form, count=1) if _ARTICLE.match(form) else form


def _seen(text: str) -> str:
    """A text without its invisible characters, in Unicode's compatibility form."""
    if text.isascii() and text.isprintable():
        return text.replace("`", "'")
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text).translate(_CHARACTERS))
    return "".join(c for c in text if c.isspace() or unicodedata.category(c) not in {"Cf", "Cc"})


def _stripped(text: str) -> str:
    """The text without outer quotes and punctuation; underscores are removed in pairs, as in Markdown."""
    text = text.rstrip(_ENDS).lstrip(_STARTS)
    while len(text) > 2 and text[0] == text[-1] == "_":
        text = text[1:-1]
    return text


def _numbers(form: str) -> str:
    form = _GROUPS.sub(lambda found: re.sub(r"\D", "", found[0]), form)  # before "one 500" becomes "1 500"
    form = _IN_WORDS.sub(_in_digits, form)
    if not any(map(str.isdecimal, form)):
        return form
    form = _WHOLE.sub(r"\1", form)
    while (multiplied := _MAGNITUDE.sub(_multiplied, form)) != form:
        form = multiplied
    return _PERCENT.sub("%", form)


def _in_digits(found: re.Match[str]) -> str:
    ten, unit, small = found.groups()
    return str(SMALL[small] if small else TENS[ten] + SMALL.get(unit or "zero", 0))


def _multiplied(found: re.Match[str]) -> str:
    value = Decimal(found[1]) * _MAGNITUDES[found[2]]
    return f"{value.normalize():f}"
