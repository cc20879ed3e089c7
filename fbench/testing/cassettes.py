"""The cassette of a test, used by the fixture `cassette`."""

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
    """A test's cassette; `transport` puts it between a client and the network."""

    cassette: Cassette
    mode: Mode

    def transport(
        self, inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None = None
    ) -> CassetteTransport:
        """A transport for an httpx2 client, sync or async, that replays and records according to the mode.

        Requests to the service go through `inner`, or, without it, over the network.
        """
        if inner is None and self.mode != "none":
            from fbench.testing.network import Network  # noqa: PLC0415 - only recording opens sockets

            inner = Network()
        return CassetteTransport(self.cassette, inner)

    def unused(self) -> str:
        """The unused part of a recording, in words; empty if all was used, or all was recorded again."""
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
    """Open the cassette of a test.

    Raises:
        pytest.UsageError: there is no cassette, and the mode forbids recording.
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
    """The path of a test's cassette: `cassettes/MODULE/TEST.yaml` beside its module.

    Characters unsuitable for file names are replaced; a hash then distinguishes tests with equal results.
    """
    name = ".".join([*(each.name for each in node.listchain() if isinstance(each, pytest.Class)), node.name])
    plain = _ODD.sub("-", name)
    if plain != name:
        plain += f"-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return node.path.parent / "cassettes" / node.path.stem / f"{plain}.yaml"
