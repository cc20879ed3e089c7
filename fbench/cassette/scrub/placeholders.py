"""Placeholders in answers: how to recognize them, and which ones can be replaced by the original text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, NamedTuple, cast

from fbench.cassette.scrub.known import KNOWN_NAMES
from fbench.cassette.scrub.scrubber import Scrubber

__all__ = ["Alteration", "Keeper", "KeptAnswer", "names_in", "placeholder_pattern"]

Alteration = Literal["", "restored", "replaced"]
"""What the recording changed in an answer: nothing; values of the dataset, which were restored; or something
that is lost and has a placeholder in its place.
"""


class KeptAnswer(NamedTuple):
    """An answer as a recording stores it, and what was changed in it."""

    text: str
    altered: Alteration = ""


class Keeper:
    """Turns answers into the texts that a recording stores.

    A run that records grades these texts, not the originals, so that its replay gives the same numbers.

    Recordings by older rules also replaced values of the dataset, such as addresses, by placeholders that
    contain a digest (32 bits) of the value. The values are restored if every placeholder of an answer belongs
    to exactly one value of the dataset, and the older rules turn the result into the recorded text. All other
    altered answers stay altered: two different values never become equal.

    Args:
        scrub: the scrubber of the recording.
        own: the texts of the dataset.
        older: whether the recording may have been scrubbed by older rules.
        names: the names of known secrets that `fbench cassette scrub` replaced.
    """

    def __init__(
        self,
        scrub: Scrubber,
        own: Iterable[str] = (),
        *,
        older: bool = False,
        names: frozenset[str] = frozenset(),
    ) -> None:
        self._scrub, self._own, self._has_older = scrub, tuple(own), older
        self._pattern = placeholder_pattern(names)
        self._natural: frozenset[str] | None = None
        self._values: dict[str, set[str]] = {}

    def __call__(self, text: str) -> KeptAnswer:
        """An answer as it is stored. Idempotent."""
        clean = self._scrub.words(text)
        if "scrubbed" not in clean:
            return KeptAnswer(clean)
        natural = self._placeholders_of_dataset()
        found = {each for each in self._pattern.findall(clean) if each not in natural}
        if not found:
            return KeptAnswer(clean)
        if all(len(self._values.get(each, ())) == 1 for each in found):
            restored = self._pattern.sub(lambda match: self._value(match[0]), clean)
            whole = natural.issuperset(self._pattern.findall(restored))
            if whole and _by_older_rules(self._scrub.older, restored) == clean:
                return KeptAnswer(restored, "restored")
        return KeptAnswer(clean, "replaced")

    def _placeholders_of_dataset(self) -> frozenset[str]:
        """Texts of the dataset that look like placeholders. The dataset is read when first needed."""
        if self._natural is None:
            self._natural = frozenset(each for text in self._own for each in self._pattern.findall(text))
            older = self._scrub.older.noting(self._values)
            for text in self._own if self._has_older else ():
                _by_older_rules(older, text)
        return self._natural

    def _value(self, placeholder: str) -> str:
        return next(iter(self._values.get(placeholder, (placeholder,))))


@cache
def placeholder_pattern(names: frozenset[str] = frozenset()) -> re.Pattern[str]:
    """A pattern for the placeholders with which a scrubber replaces secrets in prompts and answers.

    `names` are the names of known secrets, besides those that the environment gives.
    """
    known = "|".join(map(re.escape, sorted(KNOWN_NAMES | names, key=lambda name: (-len(name), name))))
    return re.compile(
        r"(?:(?:sk-|sess-|org-|user-)?scrubbed-|proj_scrubbed_)[0-9a-f]{8}(?:@example\.invalid)?"
        rf"|scrubbed-(?:{known})(?:-[0-9a-f]{{8}})?"
        r"|scrubbed-[a-z0-9]{1,40}(?:-[a-z0-9]{1,40}){0,8}-(?:key|token|secret|password)(?:-[0-9a-f]{8})?"
    )


def names_in(provenance: Mapping[str, object]) -> frozenset[str]:
    """The names of known secrets that `fbench cassette scrub` replaced, according to a head or an index."""
    names = provenance.get("names")
    return frozenset(map(str, cast("list[object]", names))) if isinstance(names, list) else frozenset()


def _by_older_rules(older: Scrubber, text: str) -> str | None:
    """A text as the older rules stored it in a message; None if they changed more than the text."""
    body = older.text(json.dumps({"content": text}, ensure_ascii=False))
    try:
        return json.loads(body)["content"]
    except (ValueError, KeyError):
        return None
