"""The head of a cassette: its layout, its origin and, once it is closed, how many records it has."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fbench.errors import CassetteError

__all__ = [
    "LONGEST_HEAD",
    "RULES_VERSION",
    "Head",
    "has_fbench_layout",
    "has_older_rules",
    "hash_of",
    "join_provenance",
    "plain_lines",
    "read_head",
    "replaces_everything",
    "rules_of",
    "write_head",
]

RULES_VERSION = 4
"""The version of the scrubbing rules, which each head names. A head without a version means version 1, which
scrubbed prompts and answers like all other text. Version 3 knows more forms, names and places than 2, and
does not take dummies for secrets. Version 4 reads text of the type `application/octet-stream`.
"""

_RULES_OF_CONTENT = 2
"""The first version that tells prompts and answers from other text."""

LONGEST_HEAD = 1 << 16
"""The maximum length of a head, in bytes."""

_MAGIC = b"# An fbench cassette, layout 1. vcrpy reads it too."
_NOTE = b"""
# Each record carries its length and a hash: after a change by hand, run `fbench cassette seal` on this file.
version: 1
fbench:
"""
_BEGIN = b"interactions:\n"
_FIELD = re.compile(r"  (\w+): (.*)")


class Head(NamedTuple):
    """The part of a file before the records.

    Attributes:
        length: of the head, in bytes.
        provenance: where the records come from.
        records: the number of records; None while the recording goes on.
        heads: a hash of the first two lines of all records; None while the recording goes on.
    """

    length: int
    provenance: dict[str, object]
    records: int | None
    heads: str | None


def plain_lines(content: bytes) -> bytes:
    """The content of a cassette with the line ends that it was written with.

    A checkout may have changed them to those of Windows. No cassette of fbench's has such ones itself.
    """
    return content.replace(b"\r\n", b"\n") if content.startswith(_MAGIC + b"\r") else content


def has_fbench_layout(beginning: bytes) -> bool:
    """Whether a file that begins with these bytes has fbench's layout."""
    return beginning.startswith(_MAGIC)


def replaces_everything(provenance: Mapping[str, object]) -> bool:
    """Whether a recording was made with `--record all`, and so replaces the cassette's earlier content."""
    return provenance.get("mode") == "all"


def rules_of(provenance: Mapping[str, object]) -> int:
    """The version of the rules by which the oldest record of a cassette was scrubbed."""
    rules = provenance.get("rules")
    return rules if isinstance(rules, int) else 1


def has_older_rules(provenance: Mapping[str, object]) -> bool:
    """Whether some records of a cassette may have been scrubbed by an older version of the rules."""
    return rules_of(provenance) < _RULES_OF_CONTENT


def join_provenance(old: Mapping[str, object], new: Mapping[str, object], name: object) -> dict[str, object]:
    """The provenance of a cassette that holds older and newer records.

    It has all dates and the oldest version of the rules; all other values are those of the newer one.

    Raises:
        CassetteError: only one is from fakes, so no number could be attributed to fakes or to a service.
    """
    if old.get("upstream", new.get("upstream")) != new.get("upstream"):
        raise CassetteError(
            f"{name}: was recorded from {old['upstream']}, and what is new from {new.get('upstream')}: a "
            "recording is of one kind. Record to another folder, or all of it anew with --record all."
        )
    if "rules" in new:  # the version must hold for the oldest record
        new = {name: value for name, value in new.items() if name != "rules"}
        if not has_older_rules(old):
            new["rules"] = min(RULES_VERSION, rules_of(old))
    dates = {date for each in (old, new) for date in str(each.get("recorded", "")).split(", ") if date}
    return {**old, **new} | ({"recorded": ", ".join(sorted(dates))} if dates else {})


def write_head(provenance: Mapping[str, object], heads: Sequence[bytes] | None = None) -> bytes:
    """The head of a cassette: of a closed one if the first two lines of its records (`heads`) are given."""
    closed = {} if heads is None else {"interactions": len(heads), "index": hash_of(heads)}
    fields = dict(sorted(provenance.items())) | closed
    lines = "".join(f"  {name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items())
    text = _MAGIC + _NOTE + lines.encode()
    return text + f'  seal: "{hash_of([text])}"\n'.encode() + _BEGIN


def read_head(beginning: bytes, name: object) -> Head:
    """The head that a file begins with; `name` is the file's name, for error messages.

    Raises:
        CassetteError: it is incomplete, or was changed.
    """
    end = beginning.find(b"\n" + _BEGIN, 0, LONGEST_HEAD)
    above, _, seal = beginning[: end + 1].rpartition(b'  seal: "')
    if b"\n<<<<<<< " in beginning:
        raise CassetteError(
            f"{name}: holds the two sides of a merge. Tell git how recordings are merged, as the "
            ".gitattributes beside it say, then take both sides again with `git checkout -m`."
        )
    if end < 0 or seal != f'{hash_of([above])}"\n'.encode():
        raise CassetteError(
            f"{name}: its head is damaged or was changed by hand: take the file from where it came from "
            "again, or run `fbench cassette seal` on it where the change was meant."
        )
    fields = {field: json.loads(value) for field, value in _FIELD.findall(above.decode())}
    count = fields.pop("interactions", None)
    index = fields.pop("index", None)
    return Head(end + 1 + len(_BEGIN), fields, count, index)


def hash_of(parts: Iterable[bytes]) -> str:
    """A hash of some bytes: 16 hexadecimal digits."""
    hashed = hashlib.blake2b(digest_size=8)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()
