"""Placeholders: how they are told from other text, and the requests that hold some.

A secret of the environment that stands in a prompt is replaced in its recording. A replay knows the dataset
and not the environment, so it asks with the secret, and finds the recording by all that stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple, cast

from fbench.cassette.format.bodies import canonical
from fbench.cassette.format.tape import Tape
from fbench.cassette.scrub.environ import NAMES

__all__ = ["Hidden", "hidden_in", "is_hidden", "names_in", "place_of"]

_SIGN = b"scrubbed"
_ANY = r'(?:[^"\\]|\\.){4,4096}?'


@cache
def place_of(names: frozenset[str] = frozenset()) -> re.Pattern[str]:
    """What a scrubber puts in the place of a secret in what is said.

    `names` are those of known secrets, beside the environment's.
    """
    known = "|".join(map(re.escape, sorted(NAMES | names, key=lambda name: (-len(name), name))))
    return re.compile(
        r"(?:(?:sk-|sess-|org-|user-)?scrubbed-|proj_scrubbed_)[0-9a-f]{8}(?:@example\.invalid)?"
        rf"|scrubbed-(?:{known})(?:-[0-9a-f]{{8}})?"
    )


def names_in(provenance: Mapping[str, object]) -> frozenset[str]:
    """The names of known secrets that a recording was scrubbed of by hand, by what its head or index says."""
    names = provenance.get("names")
    return frozenset(map(str, cast("list[object]", names))) if isinstance(names, list) else frozenset()


class Hidden(NamedTuple):
    """A recorded request: what it is found by, and what all bodies look like that it may stand for."""

    key: str
    tag: str
    method: str
    url: str
    body: re.Pattern[str]


def hidden_in(tape: Tape) -> Iterator[Hidden]:
    """The requests of a tape that have placeholders in their bodies.

    Of none where its head names no dataset: only a run's prompts are known to be those that were recorded,
    and elsewhere another value in the place of a secret is another request.

    Raises:
        CassetteError: a record is not what was written.
    """
    if "dataset" not in tape.provenance:
        return
    place = place_of(names_in(tape.provenance))
    for interaction in tape:
        if _SIGN not in interaction.body:
            continue
        text = canonical(interaction.body, interaction.content_type).decode(errors="replace")
        if len(around := place.split(text)) > 1:
            pattern = re.compile(_ANY.join(map(re.escape, around)), re.DOTALL)
            yield Hidden(
                interaction.key, interaction.tag, interaction.method.upper(), interaction.url, pattern
            )


def is_hidden(hidden: Hidden, tag: str, method: str, url: str, body: bytes) -> bool:
    """Whether a request with this canonical body may be what was recorded."""
    if (hidden.tag, hidden.method, hidden.url) != (tag, method.upper(), url):
        return False
    return hidden.body.fullmatch(body.decode(errors="replace")) is not None
