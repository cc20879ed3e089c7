"""Merge what two branches recorded, as a merge driver of git does: record by record, and row by row.

What only one side changed is taken. A request that both recorded anew, with other answers, keeps ours.
The recordings of the shards of a run are put together in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import ValidationError

from fbench.cassette.format.head import has_older_rules
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.writer import is_recording, write_cassette
from fbench.cassette.library import INDEX, Index, Shard, digest_of, finish, read_index, unsettled, write_index
from fbench.errors import CassetteError
from fbench.files import replace_durably

__all__ = ["is_other_recorders", "merge_recordings", "unite"]

_Value = TypeVar("_Value")
_UNITED = ("own", "names", "models")
_NEITHER: list[bytes] = []
_NO_INDEX = Index(layout=1, provenance={}, shards=())


class _Tape(NamedTuple):
    """A cassette: its provenance, the records of each key in their order, and what each key asks for."""

    provenance: dict[str, object]
    records: dict[str, list[bytes]]
    asked: dict[str, str]


def merge_recordings(base: Path, ours: Path, theirs: Path, name: object = None) -> list[str]:
    """Write to `ours` what both sides have made of `base`: three cassettes, or three indexes of a recording.

    `base` may be empty or absent: then both sides added the file. A side that is an empty file, as a power
    loss leaves it, has changed nothing. `name` is that for messages.

    Returns:
        What both sides recorded anew, so that ours was kept.

    Raises:
        CassetteError: one of them is neither, or they are recordings of different kinds of service; nothing
            is changed then.
    """
    shown = name or ours
    for side in (ours, theirs):
        if not side.is_file():
            raise CassetteError(f"{side}: is not there. Name a file of each side.")
    if _is_index(ours) or _is_index(theirs):
        _merge_indexes(base, ours, theirs, shown)
        return []
    was = _tape(base, shown)
    our, their = (_tape(side, shown) if is_recording(side) else was for side in (ours, theirs))
    provenance = _provenance(was.provenance, our.provenance, their.provenance, shown)
    merged: list[bytes] = []
    kept: list[str] = []
    for key in dict.fromkeys((*our.records, *their.records)):
        before, here, there = (tape.records.get(key, []) for tape in (was, our, their))
        taken = _taken(before, here, there, both=_NEITHER)
        if taken is _NEITHER:
            kept.append((our if here else their).asked[key])
        merged += (here or there) if taken is _NEITHER else taken
    write_cassette(ours, merged, provenance)
    return kept


def unite(out: Path, folders: Sequence[Path]) -> None:
    """Put recordings of one dataset together in the folder `out`; what is there of them already stays.

    Raises:
        CassetteError: one cannot be read or written, or they are of different data or kinds of service.
    """
    sides = [*([out] if (out / INDEX).is_file() else []), *folders]
    provenance: dict[str, object] = {}
    for side in sides:
        theirs = read_index(side).provenance
        if provenance and theirs.get("dataset") != provenance.get("dataset"):
            raise CassetteError(f"{side}: was recorded with other data than {sides[0]}. Name another folder.")
        provenance = _provenance({}, provenance, theirs, side)
    for folder in folders:
        for row in read_index(folder).shards:
            source, target = folder / row.file, out / row.file
            if not is_recording(target):
                replace_durably(target, [source.read_bytes()])
            elif digest_of(target) != digest_of(source):
                merge_recordings(target.with_suffix(".base"), target, source)
    finish(out, provenance)


def is_other_recorders(path: Path) -> bool:
    """Whether a file is a cassette that another recorder wrote, and so text to git."""
    if not is_recording(path) or _is_index(path):
        return False
    with suppress(CassetteError), closing(CassetteReader(path)) as tape:
        return tape.recorder != "fbench"
    return False


def _taken(before: _Value, here: _Value, there: _Value, *, both: _Value) -> _Value:
    """What the side has that changed, or both; `both` if both changed, and not to the same."""
    if there in (here, before):
        return here
    return there if here == before else both


def _tape(path: Path, name: object) -> _Tape:
    if not is_recording(path):
        return _Tape({}, {}, {})
    try:
        reader = CassetteReader(path)
    except CassetteError as error:  # the driver is given files of no name
        raise CassetteError(str(error).replace(str(path), str(name))) from error
    with closing(reader) as tape:
        if tape.recorder != "fbench":
            raise CassetteError(
                f"{name}: is a cassette of {tape.recorder}, whose records fbench does not merge. Choose one "
                "side's file."
            )
        records = {key: [tape.record(at) for at in positions] for key, positions in tape.index.items()}
        return _Tape(tape.provenance, records, dict(_asked(tape)))


def _asked(tape: CassetteReader) -> Iterator[tuple[str, str]]:
    for key, positions in tape.index.items():
        each = tape.interaction(positions[0])
        yield key, f"{each.method} {each.url}" + (f" for {each.tag!r}" if each.tag else "")


def _is_index(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(b"{")


def _merge_indexes(base: Path, ours: Path, theirs: Path, name: object) -> None:
    was = _index(base, name)
    our, their = (_index(side, name) if is_recording(side) else was for side in (ours, theirs))
    rows: list[Shard] = []
    sides = [{shard.file: shard for shard in index.shards} for index in (was, our, their)]
    for file in sorted({*sides[1], *sides[2]}):
        before, here, there = (side.get(file) for side in sides)
        both = unsettled(file) if here and there else here or there
        row = _taken(before, here, there, both=both)
        if row is not None:
            rows.append(row)
    provenance = _provenance(was.provenance, our.provenance, their.provenance, name)
    write_index(
        ours.parent, our.model_copy(update={"provenance": provenance, "shards": tuple(rows)}), ours.name
    )


def _index(path: Path, name: object) -> Index:
    if not is_recording(path):
        return _NO_INDEX
    try:
        return Index.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise CassetteError(
            f"{name}: one side of it is no index of a recording. Choose one side's."
        ) from error


def _provenance(
    was: Mapping[str, object], our: Mapping[str, object], their: Mapping[str, object], name: object
) -> dict[str, object]:
    """Where records come from that came from both sides.

    Raises:
        CassetteError: one side was recorded from fakes and the other was not.
    """
    kinds = [side["upstream"] for side in (our, their) if "upstream" in side]
    if len({*kinds}) > 1:
        raise CassetteError(
            f"{name}: was recorded from {kinds[0]} on our side and from {kinds[1]} on theirs: a recording is "
            "of one kind. Choose one side's."
        )
    joined: dict[str, object] = {}
    for field in dict.fromkeys((*our, *their)):
        before, here, there = was.get(field), our.get(field), their.get(field)
        both = there if here is None else here
        if field == "recorded":
            dates = {date for each in (here, there) for date in str(each or "").split(", ") if date}
            both = ", ".join(sorted(dates))
        elif field in _UNITED:
            both = list(dict.fromkeys(cast("list[Any]", here or []) + cast("list[Any]", there or [])))
        if (value := _taken(before, here, there, both=both)) is not None:
            joined[field] = value
    if has_older_rules(our) or has_older_rules(their):  # the version must hold for the oldest record
        joined.pop("rules", None)
    return joined
