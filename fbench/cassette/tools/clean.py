"""Cleans cassettes that were recorded elsewhere, and writes them as fbench does."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import httpx2

from fbench.cassette.format.bodies import laid_out
from fbench.cassette.format.closing import write_cassette
from fbench.cassette.format.interaction import Headers, Interaction, Response, type_of, written
from fbench.cassette.format.tape import Tape
from fbench.cassette.library import INDEX, own_in, read_index, shard_of, write_index
from fbench.cassette.scrub.environ import NAMES
from fbench.cassette.scrub.exchange import Scrub, kept_response
from fbench.cassette.scrub.placeholders import names_in
from fbench.cassette.scrub.secrets import look, look_in_body
from fbench.cassette.tools.endpoints import cassettes_in
from fbench.errors import CassetteError, UsageError

__all__ = ["Cleaned", "TextScrub", "clean"]

_CONFIG = "config.toml"


class TextScrub(Scrub, Protocol):
    """A scrub that takes any text as well."""

    def text(self, text: str) -> str:
        """A text as it may be kept."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """What the placeholders of known secrets are named by."""
        ...

    def words(self, text: str) -> str:
        """What a model or its user said, as it may be kept."""
        ...


@dataclass(slots=True)
class Cleaned:
    """What was done: files and interactions written, places changed by what they are, secrets by kind."""

    files: int = 0
    interactions: int = 0
    changed: Counter[str] = field(default_factory=Counter[str])
    kinds: Counter[str] = field(default_factory=Counter[str])


def clean(source: Path, dest: Path, scrub: TextScrub) -> Cleaned:
    """Writes the cassettes of `source`, a file or folder, to `dest` without secrets, in fbench's layout.

    All is read and cleaned before anything is written, so `dest` may be `source`. An index and a config.toml
    go along. Of a name that ends in `.json`, `.yaml` is made.

    Raises:
        CassetteError: something cannot be read, decoded or written.
        UsageError: two cassettes would get the same name.
    """
    done = Cleaned()
    own = own_in(read_index(source)) if (source / INDEX).is_file() else frozenset[str]()
    ready: dict[Path, tuple[list[bytes], dict[str, Any], Path]] = {}
    for name, file in cassettes_in(source):
        with closing(Tape(file)) as tape:
            records = [
                written(_cleaned(interaction, scrub, (done, own), f"{file}, record {number}"))
                for number, interaction in enumerate(tape, start=1)
            ]
            if not tape.closed:
                raise CassetteError(
                    f"{file}: is a recording that has not ended: end it by `fbench resume` first."
                )
            provenance = _named(_texts(tape.provenance or {"from": "vcrpy"}, scrub), scrub)
        place = (dest / name).with_suffix(".yaml") if name else dest
        if place in ready:
            raise UsageError(
                f"{file}: would be written to {place}, as {ready[place][2]} is: rename one of them."
            )
        ready[place] = records, provenance, file
        done.files, done.interactions = done.files + 1, done.interactions + len(records)
    for place, (records, provenance, file) in ready.items():
        write_cassette(place, records, provenance)
        if dest == source and place != file:
            file.unlink()
    if source.is_dir():
        _beside(source, dest, scrub, done)
    return done


def _cleaned(
    found: Interaction, scrub: TextScrub, counted: tuple[Cleaned, frozenset[str]], where: str
) -> Interaction:
    answered, (done, own) = found.response, counted
    sent = scrub.headers(found.headers, response=False)
    try:
        response = kept_response(answered, scrub)
    except httpx2.DecodingError as error:
        raise CassetteError(
            f"{where}: its body is not encoded as its headers say ({error}). Leave that record out."
        ) from error
    clean = Interaction(
        found.method,
        scrub.url(found.url),
        tuple(sent),
        scrub.body(found.body, found.content_type),
        response,
        scrub.words(found.tag),  # ids of questions are of the dataset
    )
    seen = look(found.url) + look(_lines(found.headers + answered.headers))
    seen += look_in_body(_decoded(found.body), own) + look_in_body(_decoded(answered.body), own)
    done.kinds.update(each.kind for each in seen)
    done.changed["URLs"] += clean.url != found.url
    done.changed["tags"] += clean.tag != found.tag
    done.changed["requests' bodies"] += clean.body != found.body
    done.changed["responses' bodies"] += _differs(answered, response)
    headers = _changes(found.headers, clean.headers) + _changes(answered.headers, response.headers)
    done.changed["headers"] += headers
    return clean


def _differs(before: Response, after: Response) -> bool:
    encoded = any(name.lower() == "content-encoding" for name, _ in before.headers)
    kind = type_of(before.headers)
    return not encoded and laid_out(before.body, kind) != laid_out(after.body, kind)


def _changes(before: Headers, after: Headers) -> int:
    """How many headers were changed or left out."""
    kept = Counter((name.lower(), value) for name, value in after)
    return sum((Counter((name.lower(), value) for name, value in before) - kept).values())


def _beside(source: Path, dest: Path, scrub: TextScrub, done: Cleaned) -> None:
    """Takes along what belongs to a recording besides its cassettes."""
    config = source / _CONFIG
    if config.is_file():
        text = config.read_text(encoding="utf-8")
        clean = scrub.text(text)
        done.changed[_CONFIG] += clean != text
        (dest / _CONFIG).write_text(clean, encoding="utf-8", newline="\n")
    if (source / INDEX).is_file():
        index = read_index(source)
        shards = tuple(shard_of(dest, shard.file) for shard in index.shards)
        provenance = _named(_texts(index.provenance, scrub), scrub)
        done.changed[INDEX] += provenance != index.provenance
        write_index(dest, index.model_copy(update={"provenance": provenance, "shards": shards}))


def _named(provenance: dict[str, Any], scrub: TextScrub) -> dict[str, Any]:
    """What a head or an index says, and by what names to know the placeholders of secrets."""
    names = names_in(provenance) | scrub.names - NAMES
    return {**provenance, "names": sorted(names)} if names else provenance


def _texts(value: Any, scrub: TextScrub) -> Any:
    """The same JSON value with its texts scrubbed."""
    if isinstance(value, dict):
        return {name: _texts(inner, scrub) for name, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_texts(inner, scrub) for inner in cast("list[Any]", value)]
    return scrub.text(value) if isinstance(value, str) else value


def _decoded(body: bytes) -> str:
    return body.decode(errors="replace")


def _lines(headers: Headers) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)
