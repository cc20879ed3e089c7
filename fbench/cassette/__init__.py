"""Recordings: vcrpy's files with an index, behind a transport that wraps any other."""

from __future__ import annotations

from fbench.cassette.altered import Keeper
from fbench.cassette.hidden import names_in
from fbench.cassette.indexed import Cassette, Mode
from fbench.cassette.library import Library, finish, older_in, own_in, read_index
from fbench.cassette.scrub import Scrubber
from fbench.cassette.scrub import from_environ as scrubber_from_environ
from fbench.cassette.scrubbing import Rebased
from fbench.cassette.secrets import own_of
from fbench.cassette.tape import CassetteWarning
from fbench.cassette.transport import CassetteTransport

__all__ = [
    "Cassette",
    "CassetteTransport",
    "CassetteWarning",
    "Keeper",
    "Library",
    "Mode",
    "Rebased",
    "Scrubber",
    "finish",
    "names_in",
    "older_in",
    "own_in",
    "own_of",
    "read_index",
    "scrubber_from_environ",
]
