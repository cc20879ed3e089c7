"""The end of a recording: its records in an order that does not depend on concurrency, behind a head that
counts them.

A recording grows in a file beside its cassette, named `.part`. Closing writes both anew and renames the
result into place, so a crash at any moment leaves the old cassette, or the new one, whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from fbench.cassette.format.head import write_head
from fbench.cassette.format.interaction import HEAD, written
from fbench.cassette.format.tape import Tape
from fbench.cassette.scrub.scrubber import RULES_VERSION
from fbench.errors import CassetteError

__all__ = ["close_recording", "is_anew", "is_older", "joined", "part_of", "write_cassette"]


def part_of(path: Path) -> Path:
    """Where the recording of a cassette grows until it is closed."""
    return path.with_name(path.name + ".part")


def is_anew(provenance: Mapping[str, object]) -> bool:
    """Whether a recording replaces what was there before, by what its head says."""
    return provenance.get("mode") == "all"


def is_older(provenance: Mapping[str, object]) -> bool:
    """Whether some of a cassette may have been scrubbed by older rules, by what its head says."""
    rules = provenance.get("rules")
    return not isinstance(rules, int) or rules < RULES_VERSION


def close_recording(path: Path) -> None:
    """Makes a cassette of its recording, and of what it held before unless that was recorded anew.

    Raises:
        CassetteError: something cannot be read or written, or old and new do not come from the same kind of
        service; nothing is changed then.
    """
    part = part_of(path)
    with closing(Tape(part)) as new:
        records = [new.record(position) for position in range(len(new))]
        provenance = {name: value for name, value in new.provenance.items() if name != "mode"}
        if path.exists() and not is_anew(new.provenance):
            with closing(Tape(path)) as old:
                provenance = joined(old.provenance, provenance, path)
                records = [*_records(old), *records]
    write_cassette(path, records, provenance)
    part.unlink()


def write_cassette(path: Path, records: Iterable[bytes], provenance: Mapping[str, object]) -> None:
    """Writes a closed cassette, whole or not at all; records are sorted by their tags, else stay in their
    order.

    Raises:
        CassetteError: it cannot be written.
    """
    ordered = sorted(records, key=_tag)
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            file.write(write_head(provenance, [record[:HEAD] for record in ordered]))
            file.writelines(ordered)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CassetteError(
            f"{path}: cannot be written: {error.strerror}. What was recorded is safe."
        ) from error


def joined(old: Mapping[str, object], new: Mapping[str, object], name: object) -> dict[str, object]:
    """The provenance of old and new recordings in one cassette: all dates, the oldest rules, else what the
    newest says.

    Raises:
        CassetteError: one is from fakes and the other is not: no figure could say where it came from.
    """
    if old.get("upstream", new.get("upstream")) != new.get("upstream"):
        raise CassetteError(
            f"{name}: was recorded from {old['upstream']}, and what is new from {new.get('upstream')}: a "
            f"recording is of "
            "one kind. Record to another folder, or all of it anew with --record all."
        )
    if is_older(old) and "rules" in new:  # what is said of all must hold of the oldest
        new = {name: value for name, value in new.items() if name != "rules"}
    dates = {date for each in (old, new) for date in str(each.get("recorded", "")).split(", ") if date}
    return {**old, **new} | ({"recorded": ", ".join(sorted(dates))} if dates else {})


def _records(tape: Tape) -> list[bytes]:
    return [written(interaction) for interaction in tape]


def _tag(record: bytes) -> str:
    # the tag's line is the third; to read it out takes less than to parse the record
    return record.split(b"\n", 3)[2].decode()
