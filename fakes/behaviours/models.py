"""Which behaviour a model's answer has: by patterns of model names, and by shares that are drawn.

The same request has the same behaviour, in any order of requests: it is drawn by a hash of the world's seed,
the base model's name and what is asked. A tuned model's own name is not an input: it depends on the ids of
its job and its files, so a training that is repeated would behave otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache

from fakes.ids import Ids

__all__ = ["TERSE", "Behaviours", "Kind", "Manner", "Shares", "shares_of"]

_WHOLE = 10**9
_THOUGHTS = (24, 32, 48, 64, 128, 256)
"""Tokens that a model thinks in its answer: with a limit of 100 tokens, a third of them leave no answer."""
_TIMES = (1, 2, 4, 8)
"""How many times as long a reasoning model thinks."""


class Kind(StrEnum):
    """A behaviour of a model."""

    TERSE = "terse"  # the answer alone
    VERBOSE = "verbose"  # sentences around it, as many as the limit of tokens allows
    THINKING = "thinking"  # it thinks first: in <think>, or apart and billed where the vendor's models do
    REFUSING = "refusing"  # it says that it cannot help
    WRONG_LANGUAGE = "wrong-language"  # the sentence around the answer is in another language
    MARKDOWN = "markdown"  # headings, lists, bold text, and numbers in LaTeX
    CUT = "cut"  # the answer ends by the limit of tokens, in its middle


@dataclass(frozen=True, slots=True)
class Manner:
    """The behaviour of one answer, and a number that varies how it is written."""

    kind: Kind
    number: int = 0

    @property
    def thoughts(self) -> int:
        """The tokens of thoughts of a model that thinks; 0 for another behaviour."""
        return _THOUGHTS[self.number % len(_THOUGHTS)] if self.kind is Kind.THINKING else 0

    @property
    def times(self) -> int:
        """How many times as long as usual a reasoning model thinks."""
        return _TIMES[self.number % len(_TIMES)] if self.kind is Kind.THINKING else 1


TERSE = Manner(Kind.TERSE)

Shares = Mapping[str, float | int]
"""Behaviour -> its share of the requests, between 0 and 1; the rest is terse."""


class Behaviours:
    """The behaviours of a world's models.

    Args:
        ids: of the world, whose seed is an input to what is drawn.
        models: pattern of a model's name, such as `gpt-4o*` -> its shares, or the name of one behaviour. A
            tuned model is met by its own name, and by its base model's. The first pattern that matches
            counts.

    Raises:
        ValueError: a behaviour is unknown, or the shares are no shares; the message names the field.
    """

    def __init__(self, ids: Ids, models: Mapping[str, Shares | str] | None = None) -> None:
        self._ids = ids
        self._patterns: list[tuple[str, tuple[tuple[int, Kind], ...]]] = []
        self.set(models or {})

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def set(self, models: Mapping[str, Shares | str]) -> None:
        """Replace all behaviours by these. Raises ValueError and changes nothing if they are invalid."""
        self._patterns = [(pattern, shares_of(pattern, given)) for pattern, given in models.items()]
        self._shares = lru_cache(maxsize=1024)(self._find)

    def of(self, base: str, names: Iterable[str], *asked: object) -> Manner:
        """The behaviour of a model with that base and with these names when it is asked that."""
        if not self._patterns or not (shares := self._shares((base, *names))):
            return TERSE
        number = self._ids.of("behaviour", base, *asked)
        point = number % _WHOLE
        for end, kind in shares:
            if point < end:
                return Manner(kind, number // _WHOLE)
        return TERSE

    def _find(self, names: tuple[str, ...]) -> tuple[tuple[int, Kind], ...]:
        for pattern, shares in self._patterns:
            if any(fnmatchcase(name, pattern) for name in names):
                return shares
        return ()

    def shown(self) -> dict[str, dict[str, float]]:
        """The shares by pattern, as JSON."""
        told: dict[str, dict[str, float]] = {}
        for pattern, shares in self._patterns:
            begin = 0
            told[pattern] = {}
            for end, kind in shares:
                told[pattern][kind.value] = (end - begin) / _WHOLE
                begin = end
        return told


def shares_of(pattern: str, given: Shares | str | object) -> tuple[tuple[int, Kind], ...]:
    """The shares of a pattern, each as where it ends among 10**9 equal parts.

    Raises:
        ValueError: a behaviour is unknown, or the shares are no shares; the message names the field.
    """
    if isinstance(given, str):
        given = {given: 1}
    if not isinstance(given, Mapping):
        raise ValueError(  # noqa: TRY004 - a value in a file, whose errors are all of one kind
            f"behaviours of {pattern!r}: must be shares by behaviour, such as {{'verbose': 0.5}}, or the "
            f"name of a behaviour; got {given!r}."
        )
    chosen: dict[Kind, float] = {}
    for name, share in given.items():  # pyright: ignore[reportUnknownVariableType] - checked below
        if name not in list(Kind):
            known = ", ".join(Kind)
            raise ValueError(
                f"behaviours of {pattern!r}: there is no behaviour {name!r}; it is one of {known}."
            )
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
            raise ValueError(f"behaviours of {pattern!r}: {name} must be between 0 and 1, got {share!r}.")
        chosen[Kind(name)] = float(share)
    if (total := round(sum(chosen.values()), 9)) > 1:
        raise ValueError(f"behaviours of {pattern!r}: the shares must sum to at most 1, got {total:g}.")
    found: list[tuple[int, Kind]] = []
    end = 0.0
    for kind in Kind:  # in an order of our own: shares in another order are the same
        if chosen.get(kind):
            end += chosen[kind]
            found.append((min(_WHOLE, round(end * _WHOLE)), kind))
    return tuple(found)
