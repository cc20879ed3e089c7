"""Numbers in Chinese, Japanese and Korean characters: `三百` is 300, `150만` is 1500000."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["read_han"]

_DIGITS = {
    **{digit: value for value, digit in enumerate("零一二三四五六七八九")},
    **{digit: value for value, digit in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
    "兩": 2,
    "貳": 2,
    "參": 3,
    "陸": 6,
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_KOREAN = {"천": "千", "백": "百", "만": "万", "억": "亿", "조": "兆"}
_WORDS = "".join({**_DIGITS, **_TENS, **_LARGE})
_HAS = re.compile(rf"[{_WORDS}]|\d\s?[{''.join(_KOREAN)}]|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_KOREAN_SCALE = re.compile(rf"(?<=\d)\s?([{''.join(_KOREAN)}]{{1,3}})")
_PERCENT = re.compile(rf"百分之([\d.{_WORDS}]{{1,20}})")
_NUMBER = re.compile(
    rf"(?:\d[\d,]{{0,20}}(?:\.\d{{1,20}})?)?\s?[{_WORDS}][\d.{_WORDS}]{{0,30}}(?:点[{_WORDS}]{{1,10}})?"
)
_COUNTED = "个個人名位岁歲年月日天次种種只隻本条條座册冊块塊元号號楼樓号步度分秒页頁つ匹台回点點届屆期章"
_ALONE = re.compile(rf"(?<![\u3400-\u9fff])一(?=[{_COUNTED}\W]|$)|一(?=[个個人名位岁歲年座])")
_NUMERAL_WORDS = frozenset("一")
_EDGE = re.compile(
    r"(?<=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3])(?=\d)|(?<=\d)(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3])"
)


def read_han(text: str) -> str:
    """The text with such numbers in digits, and with spaces between digits and these scripts.

    `一` alone is read as a number only if something is counted, since it is a part of many words.
    """
    if not _HAS.search(text):
        return text
    told = _KOREAN_SCALE.sub(lambda found: "".join(_KOREAN[each] for each in found[1]), text)
    told = _PERCENT.sub(r"\1%", told)
    return _EDGE.sub(" ", _NUMBER.sub(lambda found: _in_digits(found, told), told))


def _in_digits(found: re.Match[str], text: str) -> str:
    words = found[0].strip()
    if words in _NUMERAL_WORDS and not _ALONE.match(text, found.start()):
        return found[0]
    value = _value(words.replace(",", ""))
    if value is None:
        return found[0]
    space = " " if found[0][:1].isspace() else ""
    if value.denominator == 1:
        return f"{space}{value.numerator}"
    return f"{space}{float(value)!r}" if abs(value) < 10**15 else found[0]


def _value(words: str) -> Fraction | None:
    """The number in these characters, digit by digit (一九七六) or with places; None if it is no number."""
    whole, _, part = words.partition("点")
    decimals = "".join(str(_DIGITS[each]) for each in part if each in _DIGITS)
    if not any(each in _TENS or each in _LARGE for each in whole):
        digits = "".join(str(_DIGITS[each]) if each in _DIGITS else each for each in whole)
        try:
            return Fraction(f"{digits}.{decimals}" if decimals else digits)
        except ValueError:
            return None
    total = section = Fraction(0)
    current: Fraction | None = None
    for piece in re.findall(r"\d[\d.]*|\D", whole):
        if piece[0].isdigit():
            try:
                current = Fraction(piece.rstrip("."))
            except ValueError:
                return None
        elif piece in _DIGITS:
            current = Fraction(_DIGITS[piece])
        elif piece in _TENS:
            section += (Fraction(1) if current is None else current) * _TENS[piece]
            current = None
        elif piece in _LARGE:
            section += current or 0
            total, section, current = total + (section or 1) * _LARGE[piece], Fraction(0), None
    return total + section + (current or 0) + Fraction(f"0.{decimals}" if decimals else 0)
