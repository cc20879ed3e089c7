"""Secrets that are known beforehand, in every form in which they can stand in a request."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import quote, quote_plus

from fbench.cassette.scrub.rule import is_placeholder

__all__ = ["Known"]

_SHORTEST = 4
_SHORTEST_IN_BASE64 = 8
_PLACEHOLDER = r"(?:[A-Za-z0-9]{1,8}[-_])?scrubbed[-_][\w-]{1,80}"
_FREE = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf]))"


class Known:
    """Replaces known values by `scrubbed-` and their name.

    A value that could be a word (short, and without a digit) is replaced where it stands as a word; all
    others are replaced anywhere. Where two values have one name, `digest` of the value tells them apart.

    Raises:
        ValueError: a value is shorter than four characters. It is not in the message.
    """

    def __init__(self, known: Mapping[str, str], digest: Mapping[str, str]) -> None:
        names = Counter(known.values())
        self._places: dict[str, str] = {}
        patterns: dict[str, str] = {}
        for value, name in known.items():
            if len(value) < _SHORTEST:
                raise ValueError(
                    f"the value to be scrubbed as {name!r} has {len(value)} characters, which would be "
                    f"found in ordinary text: give one of at least {_SHORTEST}, or none."
                )
            if is_placeholder(value):
                continue
            place = f"scrubbed-{name}" if names[name] == 1 else f"scrubbed-{name}-{digest[value]}"
            for form in _forms(value):
                self._places.setdefault(form, place)
                patterns.setdefault(form, _pattern(form))
        longest_first = sorted(patterns, key=lambda form: (-len(form), form))
        self._signs = tuple(longest_first)
        self._pattern = re.compile("|".join([_PLACEHOLDER, *(patterns[form] for form in longest_first)]))

    def __call__(self, text: str) -> str:
        """The text without known values."""
        if any(sign in text for sign in self._signs):
            return self._pattern.sub(partial(_placed, self._places), text)
        return text


def _placed(places: Mapping[str, str], found: re.Match[str]) -> str:
    return places.get(found[0], found[0])


def _pattern(form: str) -> str:
    literal = re.escape(form)
    word = len(form) < 16 and not re.search(r"[0-9]", form)
    return f"{_FREE}{literal}(?![A-Za-z0-9])" if word else literal


def _forms(value: str) -> Iterator[str]:
    """The value as it is, percent-encoded once and twice, as JSON writes it at two depths, and in base64."""
    yield value
    encoded = quote(value, safe="", errors="replace")
    yield from (encoded, quote(encoded, safe=""), re.sub("%..", _lower, encoded))
    yield quote_plus(value, errors="replace")
    for ascii_only in (True, False):
        escaped = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (escaped, escaped.replace("/", "\\/"), json.dumps(escaped, ensure_ascii=False)[1:-1])
    if len(value) >= _SHORTEST_IN_BASE64:
        yield from _in_base64(value.encode(errors="surrogatepass"))


def _in_base64(value: bytes) -> Iterator[str]:
    """What all base64 texts have in common that hold these bytes at one of the three alignments."""
    for before, unsteady in ((0, 0), (1, 2), (2, 3)):
        whole = before + len(value)
        text = base64.b64encode(b"\0" * before + value).decode()[unsteady : whole * 8 // 6]
        yield from (text, text.translate({ord("+"): "-", ord("/"): "_"}))


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()
