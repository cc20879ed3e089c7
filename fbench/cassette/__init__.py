"""Recordings: vcrpy's files with an index, behind a transport that wraps any other."""

from __future__ import annotations

from fbench.cassette.indexed import Cassette, Mode
from fbench.cassette.library import Library, finish, read_index
from fbench.cassette.scrubbing import AsIs as Scrubber
from fbench.cassette.scrubbing import Rebased
from fbench.cassette.tape import CassetteWarning
from fbench.cassette.transport import CassetteTransport


def scrubber_from_environ(e):
    return Scrubber()


__all__ = [
    "Cassette",
    "CassetteTransport",
    "CassetteWarning",
    "Library",
    "Mode",
    "Rebased",
    "finish",
    "read_index",
]
