"""Shorten names and keep them distinct."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from fbench.reports.layout import CUT, cut, plain, width_of

__all__ = ["short_names", "unique", "without_date", "without_provider"]

_DATE = re.compile(r"-20\d\d-\d\d-\d\d$")


def without_provider(models: Sequence[str]) -> dict[str, str]:
    """The names of models, with the provider only if another model has the same name without it."""
    whole = {model: plain(model) for model in models}
    if len(set(whole.values())) < len(whole):
        return unique(models, max(map(width_of, models)) + _NUMBER)
    return _where_unique(whole, lambda name: name.split(":", 1)[-1])


def without_date(models: Sequence[str]) -> dict[str, str]:
    """As `without_provider`, and also without snapshot dates where names stay distinct."""
    return _where_unique(without_provider(models), lambda name: _DATE.sub("", name))


def short_names(names: Mapping[str, str], width: int) -> dict[str, str]:
    """The same names in at most `width` columns."""
    short = unique(list(names.values()), width)
    return {key: short[name] for key, name in names.items()}


_NUMBER = 6
"""Columns reserved for a number at the end of a name."""


def unique(names: Sequence[str], width: int) -> dict[str, str]:
    """Each name in at most `width` columns (at least 8); all results are distinct.

    Names with equal beginnings are cut before the place where they differ; if they are then still equal, they
    are numbered.
    """
    short = {name: cut(plain(name), width) for name in names}
    groups: dict[str, list[str]] = {}
    for name in _twice(short):
        groups.setdefault(short[name], []).append(plain(name))
    short |= {name: _parted(plain(name), groups[short[name]], width) for name in _twice(short)}
    taken, number = set(short.values()), 0
    for name in _twice(short):
        while short[name] in taken:
            number += 1
            tail = f"{CUT}{number}"
            short[name] = cut(plain(name), width - len(tail)).rstrip(CUT) + tail
        taken.add(short[name])
    return short


def _twice(short: dict[str, str]) -> list[str]:
    counts = Counter(short.values())
    return [name for name, text in short.items() if counts[text] > 1]


def _parted(name: str, group: Sequence[str], width: int) -> str:
    """The beginning of a name, and the part where the names of its group differ."""
    at = next(
        (at for at, letters in enumerate(zip(*group, strict=False)) if len(set(letters)) > 1), len(name)
    )
    begin = cut(name, width // 2)
    return begin + cut(name[max(at - 2, len(begin) - 1) :], width - width_of(begin))


def _where_unique(names: Mapping[str, str], shorten: Callable[[str], str]) -> dict[str, str]:
    short = {key: shorten(name) for key, name in names.items()}
    counts = Counter(short.values())
    chosen = {key: short[key] if counts[short[key]] == 1 else name for key, name in names.items()}
    return chosen if len(set(chosen.values())) == len(chosen) else dict(names)
