"""The records of the Developer API: files."""

from __future__ import annotations

from dataclasses import dataclass

from fakes.timeline import EPOCH

__all__ = ["File"]


@dataclass(slots=True)
class File:
    """A file that is uploaded, or is being uploaded; `created` is in Unix seconds."""

    name: str
    display_name: str
    mime_type: str
    content: bytes = b""
    created: int = EPOCH
