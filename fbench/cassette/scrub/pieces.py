"""Secrets that a stream or a list of tokens splits into pieces, a few characters in each.

The pieces of a text stand in the same place of one JSON value after another: `choices[0].delta.content` of
each event, `token` of each entry of `logprobs.content`, and its bytes. Joined, they are the text.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from fbench.cassette.scrub.conversation import JsonNode, documents_in

__all__ = ["SplitText", "change_split", "split_texts"]

_SEQUENCES = frozenset({"content", "tokens", "chosenCandidates", "topCandidates", "refusal"})
"""Lists whose items are the pieces of one text, within what tells of the tokens of an answer."""
JsonPlace = tuple[object, ...]
_EVENT = re.compile(r"^data:", re.MULTILINE)
_OF_TOKENS = frozenset({"logprobs", "logprobsResult"})
_WITH_TOKENS = re.compile(r'ogprobs(?:Result)?"\s*:\s*[{\[]')
"""`"logprobs": null`, as in most answers, holds none."""


class _Piece(NamedTuple):
    """A text or a list of bytes in a body: where it stands, and what it says."""

    start: int
    end: int
    text: str
    is_bytes: bool = False


class SplitText(NamedTuple):
    """A text in pieces, joined."""

    text: str
    pieces: tuple[_Piece, ...]

    def where(self, at: int) -> int:
        """The position in the body of the piece that holds the character at `at`."""
        ends = [*accumulate(len(piece.text) for piece in self.pieces)]
        return self.pieces[bisect_right(ends, at)].start


def split_texts(body: str) -> list[SplitText]:
    """The texts of a body that are there in more than one piece.

    The values of a stream continue one another; those of other lines, such as of a training file, do not.
    """
    is_stream = (
        len(_EVENT.findall(body)) > 1
        or ('"done":' in body and "\n{" in body)
        or (body.startswith("[") and '"candidates"' in body)
    )
    if not is_stream and not ("ogprobs" in body and _WITH_TOKENS.search(body)):
        return []
    places: defaultdict[JsonPlace, list[_Piece]] = defaultdict(list)
    for number, document in enumerate(documents_in(body)):
        for place, piece in _leaves(body, document, (), tokens=False):
            places[(0 if is_stream else number, *place)].append(piece)
    return [
        SplitText("".join(piece.text for piece in pieces), tuple(pieces))
        for pieces in places.values()
        if len(pieces) > 1
    ]


def change_split(body: str, spans: Callable[[str], Iterable[tuple[int, int, str]]]) -> str:
    """A body in which spans that cross pieces are replaced.

    `spans` gives start, end and what comes in their place, in order and without overlap. It comes into the
    first of the pieces; the others lose what they have of the span.
    """
    edits: list[tuple[int, int, str]] = []
    for split in split_texts(body):
        edits += _edits(split, list(spans(split.text)))
    for start, end, literal in sorted(edits, reverse=True):
        body = body[:start] + literal + body[end:]
    return body


def _edits(split: SplitText, found: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    begin = 0
    for piece in split.pieces:
        end = begin + len(piece.text)
        made, at = "", begin
        for start, stop, place in found:
            if stop <= begin or start >= end:
                continue
            made += split.text[at : max(at, start)] + (place if begin <= start else "")
            at = min(stop, end)
        made += split.text[at:end]
        if made != piece.text:
            raw = made.encode("utf-8", "surrogateescape")
            yield piece.start, piece.end, json.dumps(list(raw)) if piece.is_bytes else json.dumps(made)
        begin = end


def _leaves(
    body: str, node: JsonNode, place: JsonPlace, *, tokens: bool
) -> Iterator[tuple[JsonPlace, _Piece]]:
    value = node.value
    if isinstance(value, str):
        yield place, _Piece(node.start, node.end, json.loads(body[node.start : node.end], strict=False))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(body, inner, (*place, name), tokens=tokens or name in _OF_TOKENS)
    elif isinstance(value, list):
        name = place[-1] if place else ""
        if tokens and name == "bytes":
            yield from _bytes(body, node, place)
            return
        for number, inner in enumerate(value):
            step = "*" if not place or (tokens and name in _SEQUENCES) else number
            yield from _leaves(body, inner, (*place, step), tokens=tokens)


def _bytes(body: str, node: JsonNode, place: JsonPlace) -> Iterator[tuple[JsonPlace, _Piece]]:
    try:
        raw = bytes(json.loads(body[node.start : node.end]))
    except (ValueError, TypeError):
        return
    yield place, _Piece(node.start, node.end, raw.decode("utf-8", "surrogateescape"), is_bytes=True)
