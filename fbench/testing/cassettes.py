"""The cassette of a test, behind the fixture `cassette`."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fbench.cassette import Cassette, CassetteTransport, Mode, scrubber_from_environ
from fbench.plurals import counted

if TYPE_CHECKING:
    import httpx2

__all__ = ["Recorded", "path_of", "recorded"]

_ODD = re.compile(r"[^A-Za-z0-9_.,=+\[\]-]+")
_SHOWN = 5


@dataclass
class Recorded:
    """A test's cassette; `transport` puts it in front of a client's network."""

    cassette: Cassette
    mode: Mode

    def transport(
        self, inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None = None
    ) -> CassetteTransport:
        """A transport for an httpx2 client, sync or async, that plays and records as the mode says.

        What must go to the service goes through `inner`, or, where it is left out, over the network.
        """
        if inner is None and self.mode != "none":
            from fbench.testing.network import Network  # noqa: PLC0415 - only recording opens sockets

            inner = Network()
        return CassetteTransport(self.cassette, inner)

    def unused(self) -> str:
        """What was not played of a recording, in words; empty where all was, or it was recorded anew."""
        left = [] if self.mode == "all" else self.cassette.unused()
        if not left:
            return ""
        shown = ", ".join(f"{each.method} {each.url}" for each in left[:_SHOWN])
        more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        return (
            f"{self.cassette.path}: {len(left)} of {counted(len(self.cassette), 'recorded interaction')} "
            f"{'was' if len(left) == 1 else 'were'} not asked "
            f"for: {shown}{more}. Record the test again with --fbench-record=all, or mark it with "
            "@pytest.mark.fbench_cassette(partly_used=True)."
        )


def recorded(node: pytest.Item, mode: Mode) -> Recorded:
    """The cassette of a test, opened.

    Raises:
        pytest.UsageError: there is none, and none may be recorded.
        CassetteError: it is damaged.
    """
    path = path_of(node)
    if mode == "none" and not path.exists():
        raise pytest.UsageError(
            f"{path}: no recording of this test is there. Make one with `pytest --fbench-record=new`, which "
            "sends its requests to the services."
        )
    provenance = {"recorded": datetime.now(UTC).date().isoformat(), "test": node.nodeid}
    scrub = scrubber_from_environ(os.environ)
    return Recorded(Cassette(path, mode, scrub=scrub, provenance=provenance), mode)


def path_of(node: pytest.Item) -> Path:
    """Where the cassette of a test is: `cassettes/MODULE/TEST.yaml` beside its module.

    What no file should be named by is replaced, and tests that this makes alike are told apart by a hash.
    """
    name = ".".join([*(each.name for each in node.listchain() if isinstance(each, pytest.Class)), node.name])
    plain = _ODD.sub("-", name)
    if plain != name:
        plain += f"-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return node.path.parent / "cassettes" / node.path.stem / f"{plain}.yaml"
