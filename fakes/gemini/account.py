"""An account of the Developer API: base models, which are those of Vertex AI, and uploaded files."""

from __future__ import annotations

from fakes.gemini.records import File
from fakes.ids import Ids
from fakes.vertex.account import Vertex

__all__ = ["Gemini"]

_SESSIONS = 64


class Gemini:
    """The account: `files` by name, and the last `uploads` begun, by the id of their session."""

    def __init__(self, ids: Ids, project: Vertex) -> None:
        self.ids, self.project = ids, project
        self.files: dict[str, File] = {}
        self.uploads: dict[str, File] = {}

    def begin(self, session: str, file: File) -> None:
        """Begin an upload; if there are too many, the oldest one is dropped."""
        if len(self.uploads) >= _SESSIONS:
            del self.uploads[next(iter(self.uploads))]
        self.uploads[session] = file

    def finish(self, session: str) -> File:
        """Turn an upload into a file."""
        file = self.uploads.pop(session)
        self.files[file.name] = file
        return file
