"""What git is told of the recordings in a folder: to leave their bytes alone, and how to merge them."""

from __future__ import annotations

from pathlib import Path

from fbench.errors import CassetteError
from fbench.files import replace_durably

__all__ = ["ATTRIBUTES", "write_attributes"]

ATTRIBUTES = ".gitattributes"
_TEXT = b"""\
# Recordings carry hashes of their bytes. Git merges them record by record in a repository where it was told:
#   git config merge.fbench-cassette.driver "fbench cassette merge %O %A %B %P"
*.yaml -text merge=fbench-cassette linguist-generated
*.part -text
index.json -text merge=fbench-cassette linguist-generated
"""


def write_attributes(folder: Path) -> None:
    """Tell git about the recordings in a folder, unless it has been told something there.

    Raises:
        CassetteError: it cannot be written.
    """
    path = folder / ATTRIBUTES
    try:
        if not path.exists():
            replace_durably(path, [_TEXT])
    except OSError as error:
        raise CassetteError(
            f"{path}: cannot be written: {error.strerror}. What was recorded is safe."
        ) from error
