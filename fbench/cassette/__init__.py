"""Recordings: vcrpy's files with an index, behind a transport that wraps any other."""

from __future__ import annotations

from fbench.cassette.cassette import Cassette, Mode
from fbench.cassette.format.tape import CassetteWarning
from fbench.cassette.library import Library, finish, older_in, own_in, read_index
from fbench.cassette.scrub.altered import Keeper
from fbench.cassette.scrub.exchange import Rebased
from fbench.cassette.scrub.placeholders import names_in
from fbench.cassette.scrub.scrubber import Scrubber
from fbench.cassette.scrub.scrubber import from_environ as scrubber_from_environ
from fbench.cassette.scrub.secrets import own_of
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
