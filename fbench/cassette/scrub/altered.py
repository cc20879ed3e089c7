"""What a model said, as a recording keeps it: as it was, as it can be told again, or altered.

A run that records takes an answer as its replay will read it, so that both come to the same numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal, NamedTuple

from fbench.cassette.scrub.placeholders import place_of
from fbench.cassette.scrub.scrubber import Scrubber

__all__ = ["Altered", "Keeper", "Said"]

Altered = Literal["", "restored", "replaced"]
"""Nothing was altered; placeholders stood for values of the dataset, which were put back; or one stands where
nobody can tell any more what was said.
"""


class Said(NamedTuple):
    """An answer, and what became of it."""

    text: str
    altered: Altered = ""


class Keeper:
    """Takes answers as a recording keeps them.

    Recordings by older rules replaced values of the dataset too, such as addresses, by placeholders that have
    a digest (32 bits) of the value. Where every placeholder of an answer is that of exactly one value of the
    dataset, and the older rules make of the result what was recorded, the values are put back. All other
    altered answers stay altered: two values that differ are never made equal.

    Args:
        scrub: of the recording.
        own: the texts of the dataset.
        older: whether the recording may have been scrubbed by older rules.
        names: of known secrets that it was scrubbed of by hand.
    """

    def __init__(
        self,
        scrub: Scrubber,
        own: Iterable[str] = (),
        *,
        older: bool = False,
        names: frozenset[str] = frozenset(),
    ) -> None:
        self._scrub, self._own, self._is_older, self._place = scrub, tuple(own), older, place_of(names)
        self._natural: frozenset[str] | None = None
        self._values: dict[str, set[str]] = {}

    def __call__(self, text: str) -> Said:
        """An answer as it is kept. Idempotent."""
        clean = self._scrub.words(text)
        if "scrubbed" not in clean:
            return Said(clean)
        natural = self._said_by_the_dataset()
        places = {place for place in self._place.findall(clean) if place not in natural}
        if not places:
            return Said(clean)
        if all(len(self._values.get(place, ())) == 1 for place in places):
            restored = self._place.sub(lambda found: self._value(found[0]), clean)
            whole = natural.issuperset(self._place.findall(restored))
            if whole and _by_older_rules(self._scrub.older, restored) == clean:
                return Said(restored, "restored")
        return Said(clean, "replaced")

    def _said_by_the_dataset(self) -> frozenset[str]:
        """What looks like a placeholder and is the dataset's own; the dataset is read when first needed."""
        if self._natural is None:
            self._natural = frozenset(place for text in self._own for place in self._place.findall(text))
            older = self._scrub.older.noting(self._values)
            for text in self._own if self._is_older else ():
                _by_older_rules(older, text)
        return self._natural

    def _value(self, place: str) -> str:
        return next(iter(self._values.get(place, (place,))))


def _by_older_rules(older: Scrubber, text: str) -> str | None:
    """A text as the older rules kept it in a message; None where they reached beyond its end."""
    body = older.text(json.dumps({"content": text}, ensure_ascii=False))
    try:
        return json.loads(body)["content"]
    except (ValueError, KeyError):
        return None
