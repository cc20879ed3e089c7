"""The recording of a run: a folder with a cassette for each unit of work (a shard), and an index of them.

    DIR/index.json          provenance, and each shard with its count and digest
    DIR/config.toml         the experiment that was recorded, if there is one
    DIR/<shard>.yaml        one cassette per shard

The process that does a unit of work records its shard. The index is written last, when all shards are closed.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Collection, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fbench.cassette.attributes import write_attributes
from fbench.cassette.cassette import Cassette
from fbench.cassette.format.head import (
    LONGEST_HEAD,
    has_fbench_layout,
    has_older_rules,
    plain_lines,
    read_head,
    replaces_everything,
)
from fbench.cassette.format.interaction import Interaction
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.writer import close_recording, is_recording
from fbench.cassette.modes import Mode
from fbench.cassette.scrub.scrubber import Scrub, Scrubber
from fbench.errors import CassetteError
from fbench.files import place_in, replace_durably
from fbench.plurals import counted
from fbench.request_context import current_shard
from fbench.value_errors import first_problem

__all__ = [
    "INDEX",
    "Index",
    "Library",
    "Shard",
    "digest_of",
    "file_of",
    "finish",
    "foreign_files",
    "older_in",
    "own_in",
    "read_index",
    "recorded_anew",
    "reindex",
    "shard_files",
    "shard_of",
    "unsettled",
    "write_index",
]

INDEX = "index.json"
_LAYOUT = 1
_PART = ".yaml.part"


class Shard(BaseModel):
    """A cassette in an index: its file relative to the folder, its number of interactions, its SHA-256.

    The digest is empty in a file after two branches were merged that both changed the cassette: `read_index`
    then asks the cassette.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    interactions: Annotated[int, Field(ge=0)]
    digest: str


class Index(BaseModel):
    """The content of `index.json`: the cassettes of a recording, and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: int
    provenance: dict[str, Any]
    shards: tuple[Shard, ...]


class Library:
    """The cassettes of a folder, each opened when it is first needed.

    Safe for many threads at once.
    """

    def __init__(
        self,
        folder: Path,
        mode: Mode,
        *,
        scrub: Scrub | None = None,
        provenance: Mapping[str, object] | None = None,
    ) -> None:
        """Open a folder. In mode `none` each shard must have as many interactions as the index says.

        Raises:
            CassetteError: the mode is `none` and there is no recording.
        """
        self._folder, self._scrub = folder, scrub
        self._mode: Mode = mode
        self._provenance = dict(provenance or {})
        shards: tuple[Shard, ...] = ()
        if mode == "none":
            index = read_index(folder)
            shards, self._scrub = index.shards, scrub or Scrubber(own=own_in(index))
        self._counts = {shard.file: shard.interactions for shard in shards}
        self._open: dict[str, Cassette] = {}
        self._lock = threading.Lock()

    def cassette(self) -> Cassette:
        """The cassette of the current shard.

        Raises:
            CassetteError: it does not belong to the recording, or is damaged.
        """
        shard = current_shard.get()
        found = self._open.get(shard)
        if found is None:
            with self._lock:
                found = self._open.get(shard) or self._opened(shard)
        return found

    def unused(self) -> dict[str, list[Interaction] | None]:
        """The interactions that have not been replayed, by file; None for a cassette that was never used.

        Only in mode `none`, and before `release`.
        """
        opened = {file_of(shard): cassette for shard, cassette in self._open.items()}
        return {file: opened[file].unused() if file in opened else None for file in self._counts}

    def played(self) -> dict[str, tuple[int, int]]:
        """By file, the number of its interactions, and those that were replayed, as the bits of a number.

        Only in mode `none`, and before `release`.
        """
        opened = {file_of(shard): cassette for shard, cassette in self._open.items()}
        return {
            file: (count, opened[file].played() if file in opened else 0)
            for file, count in self._counts.items()
        }

    def release(self) -> None:
        """Close all files; `finish` then closes the recordings.

        Raises:
            CassetteError: the disk write failed.
        """
        with ExitStack() as every:
            for cassette in self._open.values():
                every.callback(cassette.release)
            self._open.clear()

    def _opened(self, shard: str) -> Cassette:
        file = file_of(shard)
        if self._mode == "none" and file not in self._counts:
            raise CassetteError(
                f"{self._folder / INDEX}: no shard {file} belongs to this recording. It is of another "
                "experiment, or the unit was never recorded: record what is missing with --record new."
            )
        provenance = {**self._provenance, "shard": shard}
        cassette = Cassette(
            self._folder / file, self._mode, scrub=self._scrub, provenance=provenance, asks_again=True
        )
        if self._mode == "none" and len(cassette) != self._counts[file]:
            raise CassetteError(
                f"{self._folder / file}: holds {counted(len(cassette), 'interaction')}, and {INDEX} says "
                f"{self._counts[file]}: one of the two is from another recording. "
                "Take both from where they came from again."
            )
        self._open[shard] = cassette
        return cassette


def file_of(shard: str) -> str:
    """The file of a shard, relative to the folder of the recording; slashes in its name become folders."""
    return re.sub(r"[^A-Za-z0-9_./-]+|\.\.+", "-", shard).strip("/.") + ".yaml"


def shard_files(folder: Path) -> list[str]:
    """All cassettes in a folder but empty files, relative to it and with slashes, in a fixed order."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml") if is_recording(path)
    )


def foreign_files(folder: Path) -> list[str]:
    """The files in a folder that have the name of a cassette and are none, as `shard_files` gives them."""
    try:
        known = {shard.file for shard in read_index(folder).shards}
    except CassetteError:  # there is no index yet
        known = set[str]()
    return [file for file in shard_files(folder) if file not in known and not _is_cassette(folder / file)]


def _is_cassette(path: Path) -> bool:
    try:
        CassetteReader(path).close()
    except CassetteError:
        return False
    return True


def recorded_anew(folder: Path) -> list[str]:
    """The cassettes of which everything is being recorded again, with `--record all`.

    Raises:
        CassetteError: one cannot be read.
    """
    anew: list[str] = []
    for part in sorted(folder.rglob(f"*{_PART}")):
        if is_recording(part):
            with closing(CassetteReader(part)) as tape:
                if replaces_everything(tape.provenance):
                    anew.append(part.relative_to(folder).as_posix()[: -len(".part")])
    return anew


def finish(folder: Path, provenance: Mapping[str, object], anew: Collection[str] | None = None) -> None:
    """Close every recording in a folder, and write its index.

    After a run with `--record all`, cassettes that were not recorded again are removed, and no other file.
    `anew` are those that were: by default, `recorded_anew` of the folder.

    Raises:
        CassetteError: something cannot be read or written; the recorded data is safe, and this can be tried
            again.
    """
    kept = recorded_anew(folder) if anew is None else anew
    for part in sorted(folder.rglob(f"*{_PART}")):
        close_recording(part.with_name(part.name[: -len(".part")]), asked_again=True)
    if kept:
        for file in set(shard_files(folder)) - set(kept) - set(foreign_files(folder)):
            (folder / file).unlink()
    index = Index(
        layout=_LAYOUT,
        provenance=dict(provenance),
        shards=tuple(shard_of(folder, file) for file in shard_files(folder)),
    )
    write_index(folder, index)
    write_attributes(folder)


def own_in(index: Index) -> frozenset[str]:
    """The digests in an index of values of the dataset that look like secrets; see `own_of`."""
    own = index.provenance.get("own")
    return frozenset(map(str, cast("list[object]", own))) if isinstance(own, list) else frozenset()


def older_in(folder: Path, mode: Mode = "none") -> bool:
    """Whether some cassettes that are replayed in this mode may have been scrubbed by older rules.

    Unreadable cassettes are ignored here; replaying them reports the error.
    """
    closed = [] if mode == "all" else [*folder.rglob("*.yaml")]
    for path in [*closed, *folder.rglob(f"*{_PART}")]:
        try:
            with path.open("rb") as file:
                beginning = plain_lines(file.read(LONGEST_HEAD))
            if has_fbench_layout(beginning) and has_older_rules(read_head(beginning, path).provenance):
                return True
        except (OSError, CassetteError):
            continue
    return False


def reindex(path: Path) -> None:
    """Update the row of a cassette in the index that lists it, if there is one.

    Raises:
        CassetteError: the index cannot be written.
    """
    for folder in path.resolve().parents:
        try:
            index = read_index(folder)
        except CassetteError:  # there is no index, or not one of a recording
            continue
        file = path.resolve().relative_to(folder).as_posix()
        rows = [shard_of(folder, file) if shard.file == file else shard for shard in index.shards]
        write_index(folder, index.model_copy(update={"shards": tuple(rows)}))
        return


def unsettled(file: str) -> Shard:
    """The row of a cassette that is not known yet."""
    return Shard(file=file, interactions=0, digest="")


def write_index(folder: Path, index: Index, name: str = INDEX) -> None:
    """Write the index of a folder, completely or not at all; it is on the disk when this returns.

    Raises:
        CassetteError: it cannot be written.
    """
    try:
        replace_durably(folder / name, [index.model_dump_json(indent=1).encode() + b"\n"])
    except OSError as error:
        raise CassetteError(
            f"{folder / name}: cannot be written: {error.strerror}. What was recorded is safe."
        ) from error


def read_index(folder: Path) -> Index:
    """The index of a recording.

    Raises:
        CassetteError: there is no index, or not one of a recording.
    """
    path = folder / INDEX
    try:
        index = Index.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CassetteError(
            f"{path}: cannot be read: {error.strerror}. Name the folder of a recording, or make one with "
            "--record new."
        ) from error
    except ValidationError as error:
        place, words, _ = first_problem(error)
        raise CassetteError(
            f"{place_in(path, place)}: {words}: it is no index of a recording. "
            "Take it from where it came from again."
        ) from error
    if index.layout != _LAYOUT:
        raise CassetteError(
            f"{path}: has layout {index.layout}, and this fbench reads {_LAYOUT}: use one of its age."
        )
    if all(shard.digest for shard in index.shards):
        return index
    return index.model_copy(update={"shards": tuple(_settled(folder, shard) for shard in index.shards)})


def _settled(folder: Path, shard: Shard) -> Shard:
    try:
        return shard if shard.digest else shard_of(folder, shard.file)
    except CassetteError:  # replaying or checking it tells what is wrong
        return shard


def shard_of(folder: Path, file: str) -> Shard:
    """The row of a cassette in an index.

    Raises:
        CassetteError: it cannot be read, or is damaged.
    """
    path = folder / file
    with closing(CassetteReader(path)) as tape:
        return Shard(file=file, interactions=len(tape), digest=digest_of(path))


def digest_of(path: Path) -> str:
    """The SHA-256 of a cassette as it was written, whatever line ends a checkout gave it."""
    return hashlib.sha256(plain_lines(path.read_bytes())).hexdigest()
