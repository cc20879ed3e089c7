"""Placeholders: how they are told from other text, and the requests that hold some.

A secret of the environment that stands in a prompt is replaced in its recording. A replay knows the dataset
and not the environment, so it asks with the secret, and finds the recording by all that stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from fbench.cassette.bodies import canonical
from fbench.cassette.scrub_environ import NAMES
from fbench.cassette.tape import Tape

__all__ = ["PLACE", "Hidden", "hidden_in", "is_hidden"]

PLACE = re.compile(
    r"(?:(?:sk-|sess-|org-|user-)?scrubbed-|proj_scrubbed_)[0-9a-f]{8}(?:@example\.invalid)?"
    rf"|scrubbed-(?:{'|'.join(sorted(NAMES, key=len, reverse=True))})(?:-[0-9a-f]{{8}})?"
)
"""What a scrubber puts in the place of a secret in what a model or its user says."""

_SIGN = b"scrubbed"
_ANY = r'(?:[^"\\]|\\.){4,4096}?'


class Hidden(NamedTuple):
    """A recorded request: what it is found by, and what all bodies look like that it may stand for."""

    key: str
    tag: str
    method: str
    url: str
    body: re.Pattern[str]


def hidden_in(tape: Tape) -> Iterator[Hidden]:
    """The requests of a tape that have placeholders in their bodies.

    Raises:
        CassetteError: a record is not what was written.
    """
    for interaction in tape:
        if _SIGN not in interaction.body:
            continue
        text = canonical(interaction.body, interaction.content_type).decode(errors="replace")
        if PLACE.search(text):
            pattern = re.compile(_around(text), re.DOTALL)
            yield Hidden(
                interaction.key, interaction.tag, interaction.method.upper(), interaction.url, pattern
            )


def is_hidden(hidden: Hidden, tag: str, method: str, url: str, body: bytes) -> bool:
    """Whether a request with this canonical body may be what was recorded."""
    if (hidden.tag, hidden.method, hidden.url) != (tag, method.upper(), url):
        return False
    return hidden.body.fullmatch(body.decode(errors="replace")) is not None


def _around(text: str) -> str:
    """A pattern of what stands around placeholders, each of which may stand for a value in a JSON string."""
    return _ANY.join(re.escape(piece) for piece in PLACE.split(text))
