"""Scrub cassettes that were recorded elsewhere, and write them in fbench's layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from fbench.cassette.attributes import write_attributes
from fbench.cassette.format.bodies import laid_out
from fbench.cassette.format.decoding import without_encoding
from fbench.cassette.format.interaction import Headers, Interaction, RecordedResponse, type_of, write_record
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.writer import is_recording, write_cassette
from fbench.cassette.library import INDEX, own_in, read_index, shard_of, write_index
from fbench.cassette.scrub.detect import find_secrets, find_secrets_in_body
from fbench.cassette.scrub.known import KNOWN_NAMES
from fbench.cassette.scrub.placeholders import names_in
from fbench.cassette.scrub.scrubber import Scrub, kept_response
from fbench.cassette.tools.endpoints import cassettes_in
from fbench.errors import CassetteError
from fbench.files import replace_durably

__all__ = ["Cleaned", "TextScrub", "clean_recordings"]

_CONFIG = "config.toml"


_Ready = tuple[list[bytes], dict[str, Any], Path]
"""The records of a cassette, where they come from, and the file in which they were."""


class TextScrub(Scrub, Protocol):
    """A scrubber that also scrubs single texts."""

    def text(self, text: str) -> str:
        """A text as it may be stored."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """The names of the known secrets."""
        ...

    def words(self, text: str) -> str:
        """A prompt or an answer as it may be stored."""
        ...


@dataclass(slots=True)
class Cleaned:
    """The result: files and interactions written, changes by kind, secrets by kind."""

    files: int = 0
    interactions: int = 0
    changed: Counter[str] = field(default_factory=Counter[str])
    kinds: Counter[str] = field(default_factory=Counter[str])


def clean_recordings(
    source: Path, dest: Path, scrub: TextScrub, wrong: list[CassetteError] | None = None
) -> Cleaned:
    """Write the cassettes of `source`, a file or folder, to `dest` without secrets, in fbench's layout.

    Everything is read and scrubbed before anything is written, so `dest` may be `source`. An index and a
    config.toml are copied too, and git is told about the folder. Names that end in `.json` or `.yml` get the
    ending `.yaml`.

    Args:
        source: what any recorder that `CassetteReader` knows has written.
        dest: a file or folder, as `source` is.
        scrub: replaces secrets.
        wrong: gets the errors of files in a folder that cannot be read, or would get the name of another;
            these are left out. Without it they are raised.

    Raises:
        CassetteError: something cannot be read or written.
    """
    done = Cleaned()
    own = own_in(read_index(source)) if (source / INDEX).is_file() else frozenset[str]()
    ready: dict[Path, _Ready] = {}
    for name, file in cassettes_in(source):
        place = (dest / name).with_suffix(".yaml") if name else dest
        try:
            _check_free(place, file, ready)
            provenance, found = _read(file)
        except CassetteError as error:
            if wrong is None or not source.is_dir():
                raise
            wrong.append(error)
            continue
        records = [write_record(_cleaned(each, scrub, done, own)) for each in found]
        provenance = _named(_texts(provenance, scrub), scrub)
        ready[place] = records, provenance, file
        done.files, done.interactions = done.files + 1, done.interactions + len(records)
    for place, (records, provenance, file) in ready.items():
        write_cassette(place, records, provenance)
        if dest == source and place != file:
            file.unlink()
    if source.is_dir():
        _copy_index_and_config(source, dest, scrub, done)
        if ready:
            write_attributes(dest)
    return done


def _check_free(place: Path, file: Path, ready: Mapping[Path, _Ready]) -> None:
    """Refuse a second cassette for one place.

    Raises:
        CassetteError: there is one already.
    """
    if place in ready:
        raise CassetteError(
            f"{file}: would be written to {place}, as {ready[place][2]} is: rename one of them."
        )


def _read(file: Path) -> tuple[dict[str, Any], list[Interaction]]:
    """Where the interactions of a cassette come from, and these.

    Raises:
        CassetteError: it cannot be read, or is a recording that has not ended.
    """
    with closing(CassetteReader(file)) as tape:
        if not tape.closed:
            raise CassetteError(
                f"{file}: is a recording that has not ended: end it by `fbench resume` first."
            )
        return tape.provenance or {"from": tape.recorder}, [without_encoding(each) for each in tape]


def _cleaned(found: Interaction, scrub: TextScrub, done: Cleaned, own: frozenset[str]) -> Interaction:
    answered = found.response
    sent = scrub.headers(found.headers, response=False)
    response = kept_response(answered, scrub, found.method)
    clean = Interaction(
        found.method,
        scrub.url(found.url),
        tuple(sent),
        scrub.body(found.body, found.content_type),
        response,
        scrub.words(found.tag),  # tags have ids of questions, which come from the dataset
    )
    seen = find_secrets(found.url) + find_secrets(_lines(found.headers + answered.headers))
    seen += find_secrets_in_body(_decoded(found.body), own) + find_secrets_in_body(
        _decoded(answered.body), own
    )
    done.kinds.update(each.kind for each in seen)
    done.changed["URLs"] += clean.url != found.url
    done.changed["tags"] += clean.tag != found.tag
    done.changed["requests' bodies"] += clean.body != found.body
    done.changed["responses' bodies"] += _differs(answered, response)
    headers = _changes(found.headers, clean.headers) + _changes(answered.headers, response.headers)
    done.changed["headers"] += headers
    return clean


def _differs(before: RecordedResponse, after: RecordedResponse) -> bool:
    encoded = any(name.lower() == "content-encoding" for name, _ in before.headers)
    kind = type_of(before.headers)
    return not encoded and laid_out(before.body, kind) != laid_out(after.body, kind)


def _changes(before: Headers, after: Headers) -> int:
    """The number of headers that were changed or left out."""
    kept = Counter((name.lower(), value) for name, value in after)
    return sum((Counter((name.lower(), value) for name, value in before) - kept).values())


def _copy_index_and_config(source: Path, dest: Path, scrub: TextScrub, done: Cleaned) -> None:
    """Write the config.toml and the index of a recording without secrets."""
    config = source / _CONFIG
    if config.is_file():
        text = config.read_text(encoding="utf-8")
        clean = scrub.text(text)
        done.changed[_CONFIG] += clean != text
        try:
            replace_durably(dest / _CONFIG, [clean.encode()])
        except OSError as error:
            raise CassetteError(
                f"{dest / _CONFIG}: cannot be written: {error.strerror}. Choose another folder."
            ) from error
    if (source / INDEX).is_file():
        index = read_index(source)
        shards = tuple(
            shard_of(dest, shard.file) if is_recording(dest / shard.file) else shard for shard in index.shards
        )
        provenance = _named(_texts(index.provenance, scrub), scrub)
        done.changed[INDEX] += provenance != index.provenance
        write_index(dest, index.model_copy(update={"provenance": provenance, "shards": shards}))


def _named(provenance: dict[str, Any], scrub: TextScrub) -> dict[str, Any]:
    """A provenance with the names of all known secrets that were replaced."""
    names = names_in(provenance) | scrub.names - KNOWN_NAMES
    return {**provenance, "names": sorted(names)} if names else provenance


def _texts(value: Any, scrub: TextScrub) -> Any:
    """A JSON value with all its texts scrubbed."""
    if isinstance(value, dict):
        return {name: _texts(inner, scrub) for name, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_texts(inner, scrub) for inner in cast("list[Any]", value)]
    return scrub.text(value) if isinstance(value, str) else value


def _decoded(body: bytes) -> str:
    return body.decode(errors="replace")


def _lines(headers: Headers) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)
