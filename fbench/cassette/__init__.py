"""Recordings: vcrpy's cassettes with an index, behind a transport that wraps any other."""

from __future__ import annotations

from fbench.cassette.context import about
from fbench.cassette.indexed import Cassette, Mode
from fbench.cassette.tape import CassetteWarning
from fbench.cassette.transport import CassetteTransport

__all__ = ["Cassette", "CassetteTransport", "CassetteWarning", "Mode", "about"]
