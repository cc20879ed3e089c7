"""Recordings of requests and responses, in files that vcrpy reads too, replayed by an httpx2 transport.

    tools -> library -> cassette, transport -> scrub -> format

`format` reads and writes files, `scrub` replaces secrets, `cassette` replays and records, `library` is a
folder of cassettes, and `tools` are the commands of `fbench cassette`. Each imports only what is to its
right.
"""

from __future__ import annotations

from fbench.cassette.attributes import write_attributes
from fbench.cassette.cassette import Cassette
from fbench.cassette.format.reader import CassetteWarning
from fbench.cassette.library import (
    INDEX,
    Library,
    finish,
    foreign_files,
    older_in,
    own_in,
    read_index,
    recorded_anew,
)
from fbench.cassette.matchers import Matchers
from fbench.cassette.modes import Mode
from fbench.cassette.scrub.detect import own_of
from fbench.cassette.scrub.placeholders import Keeper, names_in
from fbench.cassette.scrub.scrubber import Rebased, Scrubber
from fbench.cassette.scrub.scrubber import from_environ as scrubber_from_environ
from fbench.cassette.transport import CassetteTransport

__all__ = [
    "INDEX",
    "Cassette",
    "CassetteTransport",
    "CassetteWarning",
    "Keeper",
    "Library",
    "Matchers",
    "Mode",
    "Rebased",
    "Scrubber",
    "finish",
    "foreign_files",
    "names_in",
    "older_in",
    "own_in",
    "own_of",
    "read_index",
    "recorded_anew",
    "scrubber_from_environ",
    "write_attributes",
]
