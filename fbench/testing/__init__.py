"""Tools for the tests of other projects.

`use_cassette` records and replays what a block of code asks services, `fbench.testing.plugin` has the fakes
and cassettes as pytest fixtures, `fbench.testing.strategies` answers for hypothesis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fbench.testing.cassette_settings import CassetteSettings
    from fbench.testing.cassettes import Recorded, use_cassette

__all__ = ["CassetteSettings", "Recorded", "use_cassette"]

_HOMES = {
    "CassetteSettings": "fbench.testing.cassette_settings",
    "Recorded": "fbench.testing.cassettes",
    "use_cassette": "fbench.testing.cassettes",
}


def __getattr__(name: str) -> object:
    """Imports what is used: pytest imports this package at every start."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - see above

    return getattr(import_module(_HOMES[name]), name)
