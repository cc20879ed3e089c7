"""Notations for the same text: invisible characters, LaTeX, and the number formats of other countries."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

from fbench.datasets.han import read_han

__all__ = ["boxed", "plain_numbers", "visible", "without_latex"]

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
"""Unicode's default-ignorable code points, controls, and letters that are blank."""
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def visible(text: str) -> str:
    """The text without invisible characters, and with only one kind of space."""
    if text.isascii():
        return text if text.isprintable() else _CONTROL.sub("", text)
    return _SPACES.sub(" ", _INVISIBLE.sub("", text))


_SYMBOLS = {
    "times": "\u00d7",
    "cdot": "\u00d7",
    "div": "\u00f7",
    "pm": "\u00b1",
    "approx": "\u2248",
    "sim": "~",
    "simeq": "\u2248",
    "leq": "\u2264",
    "le": "\u2264",
    "geq": "\u2265",
    "ge": "\u2265",
    "lt": "<",
    "gt": ">",
    "neq": "\u2260",
    "ne": "\u2260",
    "infty": "\u221e",
    "to": "\u2192",
    "rightarrow": "\u2192",
    "circ": "\u00b0",
    "degree": "\u00b0",
    "celsius": "\u00b0C",
    "ldots": "...",
    "dots": "...",
    "cdots": "...",
    "percent": "%",
    "pounds": "\u00a3",
    "euro": "\u20ac",
    "dollar": "$",
    "textdollar": "$",
    "quad": " ",
    "qquad": " ",
    "alpha": "\u03b1",
    "beta": "\u03b2",
    "gamma": "\u03b3",
    "delta": "\u03b4",
    "Delta": "\u0394",
    "epsilon": "\u03b5",
    "varepsilon": "\u03b5",
    "zeta": "\u03b6",
    "eta": "\u03b7",
    "theta": "\u03b8",
    "kappa": "\u03ba",
    "lambda": "\u03bb",
    "Lambda": "\u039b",
    "mu": "\u03bc",
    "nu": "\u03bd",
    "xi": "\u03be",
    "pi": "\u03c0",
    "rho": "\u03c1",
    "sigma": "\u03c3",
    "Sigma": "\u03a3",
    "tau": "\u03c4",
    "phi": "\u03c6",
    "varphi": "\u03c6",
    "Phi": "\u03a6",
    "chi": "\u03c7",
    "psi": "\u03c8",
    "omega": "\u03c9",
    "Omega": "\u03a9",
    "AA": "\u00c5",
}
_BLANK = frozenset(
    ("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "textstyle", "limits")
)
_WRAPPERS = (
    "text|textbf|textit|textrm|textsf|texttt|textnormal|textup|emph|mathrm|mathbf|mathit|mathsf|mathtt|mathcal"
    "|mathbb|operatorname|mbox|hbox|underline|overline|boxed|fbox|ensuremath|boldsymbol|bm|pmb|si|SI|num|unit"
    "|mathord|mathop|mathrel|color|textcolor"
)
_LATEX = re.compile(r"\\[A-Za-z,;:!%$&#_()\[\]{}]|\$[^$\n]{1,200}\$|\{,\}")
_ARGUMENT = r"\s{0,3}\{([^{}]*)\}"
_FRACTION = re.compile(rf"(\d)?\s?\\[dtc]?frac(?:{_ARGUMENT}{_ARGUMENT}|\s?(\d)\s?(\d))")
_WRAPPED = re.compile(rf"\\(?:{_WRAPPERS})\*?{_ARGUMENT}")
_ROOT = re.compile(rf"\\sqrt{_ARGUMENT}")
_POWER = re.compile(r"([\^_])\s?\{([^{}]*)\}")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_ESCAPED = re.compile(r"\\([%$&#_])")
_THIN = re.compile(r"\\[,;:]|\\ ")
_DELIMITER = re.compile(r"\\[\[\]()]")
_DOLLARS = re.compile(
    r"(?<![\\\w$])(\$\$?)(?=[^\s$])((?:[^$\n]*?[\\^_={}][^$\n]*?|\d[\d.,/ ]*[a-z%]?|[a-zA-Z]))"
    r"(?<=[^\s$])\1(?![\w$])"
)
_SCRIPTS = re.compile(r"\$([_^])\{?(\w{1,9})\}?\$")
_DEGREE = re.compile(r"\^\s?(?:\{\s?\\circ\s?\}|\\circ)(?![A-Za-z])")
_BOXED = re.compile(r"\\f?boxe?d?\s?\{")
_MOST_BOXES = 9
_DEEPEST = 6
"""Maximum depth at which braces are read; deeper nesting is not an answer."""


def without_latex(text: str) -> str:
    r"""The text with LaTeX's commands replaced by what they print: `\frac{1}{3}` is `1/3`, `$5$` is `5`.

    Unknown commands are kept, and so is a dollar sign before a price.
    """
    if ("\\" not in text and "$" not in text and "{,}" not in text) or not _LATEX.search(text):
        return text
    told = _DOLLARS.sub(r"\2", _SCRIPTS.sub(_script, text))
    if "\\" not in told and "{" not in told:
        return told
    if ("\\(" in told and "\\)" in told) or ("\\[" in told and "\\]" in told):
        told = _DELIMITER.sub("", told)
    told = _DEGREE.sub("\u00b0", told)
    told = _THIN.sub(" ", told.replace("\\!", "").replace("{,}", ","))
    for _ in range(_DEEPEST):
        before = told
        told = _POWER.sub(_script, _ROOT.sub(_root, _FRACTION.sub(_fraction, _WRAPPED.sub(r"\1", told))))
        if told == before:
            break
    return _ESCAPED.sub(r"\1", _COMMAND.sub(_symbol, told))


def _fraction(found: re.Match[str]) -> str:
    over, under = (
        found[2] if found[2] is not None else found[4],
        found[3] if found[3] is not None else found[5],
    )
    whole = f"{found[1]} " if found[1] else ""
    return f"{whole}{_grouped(over.strip())}/{_grouped(under.strip())}"


def _grouped(term: str) -> str:
    return term if re.fullmatch(r"[\w.,\\]*", term) else f"({term})"


def _root(found: re.Match[str]) -> str:
    return f"\u221a{_grouped(found[1].strip())}"


def _script(found: re.Match[str]) -> str:
    return found[2] if found[1] == "_" else f"^{found[2]}"


def _symbol(found: re.Match[str]) -> str:
    name = found[1]
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    return "" if name in _BLANK else found[0]


def boxed(text: str) -> str:
    r"""The content of an answer's only `\boxed{}`, which marks mathematical results; else the text."""
    if "\\boxed" not in text and "\\fbox" not in text:
        return text
    inside = {_inside(text, found.end()) for found in islice(_BOXED.finditer(text), _MOST_BOXES)}
    return inside.pop() if len(inside) == 1 and all(map(str.strip, inside)) else text


def _inside(text: str, start: int) -> str:
    depth = 1
    for place in range(start, min(len(text), start + 400)):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return text[start:place]
    return ""


class _Digits(dict[int, int]):
    """A table for `str.translate` to ASCII digits; it adds the digits of other scripts when they occur."""

    def __missing__(self, code: int) -> int:
        digit = unicodedata.decimal(chr(code), None)
        self[code] = code if digit is None else ord("0") + digit
        return self[code]


_DIGITS = _Digits({0x66A: ord("%"), 0x66B: ord("."), 0x66C: ord(","), 0x2019: ord("'"), 0x02BC: ord("'")})
_ORDINAL_SIGN = re.compile(r"(?<=\d)\.?[\u00ba\u00aa]")
_DIGIT = re.compile(r"\d")
_RAISED_POWER = re.compile("10([\u207a\u207b]?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{1,2})(?!\\w)")
_LOWERED = str.maketrans(
    "\u207a\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "+-0123456789"
)
_POWER_OF_TEN = re.compile(
    r"(?<=\d)\s?[x\u00d7*\u00b7\u22c5\u2219]\s?10\s?(?:\^|\*\*)\s?\(?([-+]?\d{1,2})\)?(?!\w)"
)
"""2.5 x 10^-3, which is 2.5e-3."""
_SEPARATED = re.compile(r"\d[.,' _]\d")
_START, _STOP = r"(?<![\w.,])", r"(?!\w|[.,]\d)"
_GROUPS = re.compile(
    rf"{_START}(?:\d{{1,3}}(?:\.\d{{3}}){{2,9}}(?:,\d{{1,9}})?|\d{{1,3}}(?:\.\d{{3}}){{1,9}},\d{{1,2}}"
    rf"|\d{{1,3}}(?: \d{{3}}){{1,9}},\d{{1,2}})(?![\d]|[.,]\d)"
)
"""1.500.000, 1.500,75 and 1 500,75: dots or spaces between thousands, and a decimal comma."""
_OTHER_GROUPS = re.compile(
    rf"{_START}(?:\d{{1,2}}(?:,\d{{2}}){{1,6}},\d{{3}}|\d{{1,3}}(?:['_]\d{{3}}){{1,9}}"
    r"|\d{1,3}(?: \d{3}){1,9})(?![\d]|,\d)"
)
"""15,00,000 in India, 1'500'000 in Switzerland, 1_500_000 in code, and 1 500 000."""
_DECIMAL_COMMA = re.compile(rf"{_START}(?:(\d{{1,6}}),(\d{{1,2}})|(0),(\d{{3,9}}))(?![\d,]|\.\d)")
_THOUSANDS_DOT = re.compile(rf"{_START}([1-9]\d{{0,2}})\.(\d{{3}})(?!\d|[.,]\d)")
_SCALES = {
    "thousand": "tausend tsd mille mil tysiąc tysiące tysięcy tys тысяча тысячи тысяч тыс ألف हज़ार हजार "
    "duizend ribu",
    "lakh": "लाख",
    "million": "mio mln millionen millones millón milione milioni milhão milhões miljoen miljoner milion "
    "miliony milionów milyon миллион миллиона миллионов млн мільйонів مليون juta triệu "
    "εκατομμύρια",
    "crore": "करोड़ करोड",
    "billion": "mrd mld milliarde milliarden milliard milliards miliardo miliardi miliard miliardy "
    "miliardów miljard miljarder milyar bilhão bilhões миллиард миллиарда миллиардов млрд "
    "мільярдів مليار miliar tỷ",
    "trillion": "billionen billones bilioni trilhões триллион триллиона триллионов трлн",
}
"""Words for large numbers in other languages that have no other meaning in English."""
_SCALE_OF = {word: scale for scale, words in _SCALES.items() for word in words.split()}
_SCALE_WORD = re.compile(
    r"(?<=\d)[\s-]?((?:mil mil(?:h[õo]es|lones))"
    rf"|{'|'.join(sorted(_SCALE_OF, key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
_REMOVED = str.maketrans({"'": None, "_": None, " ": None, ",": None})
_SWAPPED = str.maketrans({".": None, " ": None, ",": "."})


def plain_numbers(text: str, *, comma: bool = False) -> str:
    """The text with its numbers in ASCII digits, with decimal points and no spaces or signs in thousands.

    1.500 is read as a thousand and a half only with `comma`, which says that the language has decimal commas.
    All other notations are unambiguous. Commas between thousands are kept.
    """
    if not text.isascii():
        text = _RAISED_POWER.sub(lambda found: f"10^{found[1].translate(_LOWERED)}", text)
        text = read_han(_ORDINAL_SIGN.sub("th", text).translate(_DIGITS))
    if not _DIGIT.search(text):
        return text
    text = _SCALE_WORD.sub(_in_english, text)
    text = _POWER_OF_TEN.sub(r"e\1", text)
    if not _SEPARATED.search(text):
        return text
    text = _GROUPS.sub(lambda found: found[0].translate(_SWAPPED), text)
    text = _OTHER_GROUPS.sub(lambda found: found[0].translate(_REMOVED), text)
    text = _DECIMAL_COMMA.sub(
        lambda found: f"{found[1]}.{found[2]}" if found[1] else f"{found[3]}.{found[4]}", text
    )
    return _THOUSANDS_DOT.sub(r"\1\2", text) if comma else text


def _in_english(found: re.Match[str]) -> str:
    return f" {_SCALE_OF.get(found[1].casefold(), 'billion')}"
