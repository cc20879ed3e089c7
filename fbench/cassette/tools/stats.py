"""Count the contents of recordings, by cassette and endpoint."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.tools.endpoints import cassettes_in, endpoint_of
from fbench.errors import CassetteError

__all__ = ["CassetteContents", "EndpointCounts", "contents_of"]


@dataclass(slots=True)
class EndpointCounts:
    """The interactions of an endpoint in a cassette. `bytes` counts the bodies of requests and responses."""

    endpoint: str
    interactions: int = 0
    bytes: int = 0
    statuses: Counter[int] = field(default_factory=Counter[int])
    tags: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class CassetteContents:
    """A cassette: its provenance, whether its recording was completed, and its endpoints in order."""

    file: Path
    provenance: dict[str, object]
    closed: bool
    rows: list[EndpointCounts]


def contents_of(path: Path, wrong: list[CassetteError] | None = None) -> list[CassetteContents]:
    """The contents of a cassette, or of each in a folder.

    `wrong` gets the errors of files that cannot be read, which are left out.

    Raises:
        CassetteError: one cannot be read, and there is no `wrong`; or there is none.
    """
    found: list[CassetteContents] = []
    for _, file in cassettes_in(path):
        try:
            found.append(_contents(file))
        except CassetteError as error:
            if wrong is None:
                raise
            wrong.append(error)
    return found


def _contents(file: Path) -> CassetteContents:
    rows: dict[str, EndpointCounts] = {}
    with closing(CassetteReader(file)) as tape:
        for interaction in tape:
            endpoint = endpoint_of(interaction.method, interaction.url)
            row = rows.setdefault(endpoint, EndpointCounts(endpoint))
            row.interactions += 1
            row.bytes += len(interaction.body) + len(interaction.response.body)
            row.statuses[interaction.response.status] += 1
            if interaction.tag:
                row.tags.add(interaction.tag)
        return CassetteContents(file, tape.provenance, tape.closed, list(rows.values()))
