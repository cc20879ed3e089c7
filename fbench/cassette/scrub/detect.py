"""Find values that look like secrets in a text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from fbench.cassette.format.head import RULES_VERSION
from fbench.cassette.scrub.conversation import content_spans, string_literals
from fbench.cassette.scrub.pieces import split_texts
from fbench.cassette.scrub.rule import ScrubRule
from fbench.cassette.scrub.rules import RULES

__all__ = [
    "SuspectedSecret",
    "decodings",
    "digest_of",
    "encoded_runs",
    "find_secrets",
    "find_secrets_in_body",
    "find_secrets_in_words",
    "own_of",
    "rules_for",
    "unescaped",
    "without_trailing_marks",
]

_MARKS = "=>/'\n.-:_"
"""Marks by which signs are searched, the rarest in ordinary requests first."""

_Found = tuple[int, int, str, str]
"""Start, end, kind and value."""

_RUN = re.compile(r"[A-Za-z0-9%._~!$()*+,;:@-]+")
_VISIBLE = re.compile("[^\n]")
_ESCAPE = re.compile(r"\\+u00([2-7][0-9A-Fa-f])")
_SPACE = re.compile(r"\s")
_ASKED = re.compile(r"(?<==)[^&\s\"'<>\\]*%[^&\s\"'<>\\]*")
"""An encoded value of a URL, whose slashes need not be encoded."""

_ESCAPED_SLASH = re.compile(r"\\+/")
_ESCAPED_MARK = re.compile(r"\\+u00(22|5[Cc])")
_RULES_WITHOUT_MARKS = 2
_KEPT_ESCAPED = frozenset('"\\\x7f')


@dataclass(frozen=True)
class SuspectedSecret:
    """A value that looks like a secret: kind, line and column, and an excerpt of at most three characters."""

    kind: str
    where: str
    excerpt: str


def find_secrets(text: str) -> list[SuspectedSecret]:
    """The values in a text that look like secrets, in their order. Placeholders do not count.

    Secrets that are percent-encoded or escaped as in JSON are found too.
    """
    return _findings(text, _all(text, said=False))


def find_secrets_in_words(text: str, own: Collection[str] = ()) -> list[SuspectedSecret]:
    """The values in a prompt or an answer that look like secrets by their form, except those in `own`."""
    return _findings(text, [each for each in _all(text, said=True) if digest_of(each[3]) not in own])


def find_secrets_in_body(text: str, own: Collection[str] = ()) -> list[SuspectedSecret]:
    """The values in a body that look like secrets: in prompts and answers by form, elsewhere by any rule.

    `own` are digests of values that are not secrets in prompts and answers, see `own_of`.
    """
    if not rules_for(text) and not _is_coded(text) and not split_texts(text):
        return []
    spans = content_spans(text)
    rest = text
    for start, end in spans:
        rest = rest[:start] + _VISIBLE.sub(" ", rest[start:end]) + rest[end:]
    found = _all(rest, said=False)
    for start, end in spans:
        for at, plain in string_literals(text[start:end]):
            place = start + at
            there = text.startswith(plain, place)
            for left, right, kind, value in _all(plain, said=True):
                if digest_of(value) not in own:
                    found.append((place + left * there, place + right * there, kind, value))
    for split in split_texts(text):
        known = {value for *_, value in found}
        for left, _, kind, value in _all(split.text, said=True):
            if value not in known and digest_of(value) not in own:
                place = split.where(left)
                found.append((place, place + 1, kind, value))
    return _findings(text, found)


def own_of(texts: Iterable[str]) -> frozenset[str]:
    """Digests of values that look like secrets by form, in texts without secrets, such as a dataset."""
    known = list(texts)
    whole = "\n".join(known)
    if not _is_coded(whole) and not any(each.by_form for each in rules_for(whole)):
        return frozenset()
    return frozenset(digest_of(value) for text in known for *_, value in _all(text, said=True))


def digest_of(value: str) -> str:
    """A digest of a value that is not a secret: the first 16 hexadecimal digits of its SHA-256.

    Marks at its end, such as those of Markdown, are left out.
    """
    return hashlib.sha256(without_trailing_marks(value).encode(errors="surrogatepass")).hexdigest()[:16]


def without_trailing_marks(value: str) -> str:
    """A value without marks at its end that the pattern of a token may have included."""
    return value.rstrip("*_-.=~/+\\ \n") or value


def rules_for(text: str, version: int = RULES_VERSION) -> list[ScrubRule]:
    """The rules of a version that may find something in a text, in order: those with a sign in the text.

    Most texts hold no secret, so this must be fast.
    """
    flat = text.replace("\\", "").replace('" :', '":').replace("\r", "").lower()
    signs = [sign for sign in _OTHER_SIGNS if sign in flat]
    for letter, by_pair in _SIGNS_BY_MARK.items():
        if letter in flat:
            pairs = by_pair.keys() & {piece[-2:] for piece in flat.split(letter)}
            signs += [sign for pair in pairs for sign in by_pair[pair] if sign in flat]
    numbers = {number for sign in signs for number in _RULES_OF[sign]}
    return [RULES[number] for number in sorted(numbers) if RULES[number].since <= version]


def unescaped(text: str, version: int = RULES_VERSION) -> str:
    r"""A text with JSON's unnecessary escapes (`\u002d`, `\/`) decoded; quotes and backslashes stay escaped.

    Up to version 2 of the rules, only those of letters and of other marks.
    """
    if version > _RULES_WITHOUT_MARKS:
        text = _ESCAPED_SLASH.sub("/", text) if "\\/" in text else text
        text = _ESCAPED_MARK.sub(_mark, text) if "\\u00" in text else text
    return _ESCAPE.sub(_letter, text) if "\\u00" in text else text


def decodings(run: str, version: int = RULES_VERSION) -> Iterator[tuple[str, Callable[[str], str]]]:
    """What a percent-encoded word may stand for, and how it is encoded again.

    In forms a plus sign is a space, which version 2 of the rules did not know.
    """
    yield unquote(run), partial(quote, safe="")
    if "+" in run and version > _RULES_WITHOUT_MARKS:
        yield unquote_plus(run), partial(quote_plus, safe="")


def encoded_runs(text: str, version: int = RULES_VERSION) -> Iterator[re.Match[str]]:
    """The percent-encoded words of a text that decoding would change, and in forms those with plus signs."""
    is_form = version > _RULES_WITHOUT_MARKS and "+" in text and "=" in text and not _SPACE.search(text)
    if "%" in text or is_form:
        for run in _RUN.finditer(text):
            if ("%" in run[0] and unquote(run[0]) != run[0]) or (is_form and "+" in run[0]):
                yield run


def _letter(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return found[0] if letter in _KEPT_ESCAPED else letter


def _mark(found: re.Match[str]) -> str:
    return found[0][:-5] + chr(int(found[1], 16))


def _is_coded(text: str) -> bool:
    """Whether a text may hold a secret that is visible only after decoding."""
    return "%" in text or "\\u00" in text or "\\/" in text or ("+" in text and "=" in text)


def _all(text: str, *, said: bool) -> list[_Found]:
    found = list(_found(text, said=said))
    for hidden in encoded_runs(text):
        inside = [each for decoded, _ in decodings(hidden[0]) for each in _all(decoded, said=said)]
        found += [(hidden.start(), hidden.end(), kind, value) for _, _, kind, value in inside]
    for hidden in _ASKED.finditer(text):
        inside = [*_found(unquote(hidden[0]), said=said), *_found(unquote(unquote(hidden[0])), said=said)]
        found += [(hidden.start(), hidden.end(), kind, value) for _, _, kind, value in inside]
    if (plain := unescaped(text)) != text:
        known = {value for *_, value in found}
        found += [each for each in _found(plain, said=said) if each[3] not in known]
    return found


def _found(text: str, *, said: bool) -> Iterator[_Found]:
    for each in rules_for(text):
        if each.by_form or not said:
            for start, end in each.spans(text):
                if not each.is_dummy(text[start:end]):
                    yield start, end, each.kind, text[start:end]


def _findings(text: str, found: Iterable[_Found]) -> list[SuspectedSecret]:
    return [
        SuspectedSecret(
            kind, _place(text, start), f"{value[: min(3, len(value) // 4)]}... ({len(value)} characters)"
        )
        for start, kind, value in _apart(found)
    ]


def _apart(found: Iterable[_Found]) -> Iterator[tuple[int, str, str]]:
    """The findings that do not overlap; of two that do, the one that begins first."""
    last = -1
    for start, end, kind, value in sorted(found, key=lambda each: each[:2]):
        if start >= last:
            yield start, kind, value
            last = end


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}"


_RULES_OF: dict[str, list[int]] = {}
"""The positions of the rules that a sign belongs to."""
for _number, _each in enumerate(RULES):
    for _sign in _each.signs:
        _RULES_OF.setdefault(_sign, []).append(_number)

_SIGNS_BY_MARK: dict[str, dict[str, list[str]]] = {}
"""Signs by a mark in them and the two letters before it, which are looked for first: most signs hold one."""
_OTHER_SIGNS: list[str] = []
for _sign in sorted(_RULES_OF):
    _at = next((at for mark in _MARKS if (at := _sign.find(mark)) > 1), 0)
    if _at:
        _SIGNS_BY_MARK.setdefault(_sign[_at], {}).setdefault(_sign[_at - 2 : _at], []).append(_sign)
    else:
        _OTHER_SIGNS.append(_sign)
