"""`python -m tests.cassette.compare OLD NEW`: fails unless two recordings differ in their provenance
alone.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.library import read_index, shard_files

__all__ = ["differing"]


def differing(old: Path, new: Path) -> list[str]:
    """The files that differ between two recordings, in more than where they came from."""
    files = sorted({*shard_files(old), *shard_files(new), "config.toml"})
    return [file for file in files if _content(old / file) != _content(new / file)]


def _content(path: Path) -> list[bytes] | None:
    if not path.exists():
        return None
    if path.suffix != ".yaml":
        return [path.read_bytes()]
    with closing(CassetteReader(path)) as tape:
        return [tape.record(position) for position in range(len(tape))]


def main() -> None:
    """Compares the two folders that were named."""
    old, new = map(Path, sys.argv[1:])
    found = differing(old, new)
    for file in found:
        sys.stderr.write(f"{file}: differs\n")
    sys.stderr.write(f"{len(read_index(new).shards)} shards compared, {len(found)} files differ\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
