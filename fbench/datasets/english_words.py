"""The English words for numbers and months, used by answer kinds and graders."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MONTHS", "MONTH_STARTS", "ORDINALS", "SMALL", "TENS"]

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_PLACES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
SMALL = MappingProxyType({word: n for n, word in enumerate(_BELOW_TWENTY.split())})
"""`zero` to `nineteen`."""
TENS = MappingProxyType({word: 10 * n for n, word in enumerate(_TENS.split(), start=2)})
"""`twenty` to `ninety`."""
ORDINALS = MappingProxyType(
    {word: n for n, word in enumerate(_PLACES.split(), start=1)}
    | {f"{word[:-1]}ieth": value for word, value in TENS.items() if value > 20}
    | {"hundredth": 100}
)
"""`first` to `twentieth`, `thirtieth` to `ninetieth`, and `hundredth`."""
_MONTHS = "january february march april may june july august september october november december"
MONTHS = tuple(_MONTHS.split())
"""The months in order."""
MONTH_STARTS = tuple(month[:3] for month in MONTHS)
"""The first three letters of each month, in order."""
