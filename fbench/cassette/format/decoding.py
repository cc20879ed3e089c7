"""Bodies without their content encoding: gzip and deflate, and br and zstd where a decoder is installed."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

import httpx2

from fbench.cassette.format.interaction import Headers, Interaction

__all__ = ["Undecodable", "decoded", "decoded_or_plain", "encodings_in", "without_encoding"]

_ENCODING = "content-encoding"
_SIGNS = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_ODD = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Undecodable(ValueError):
    """A body is not encoded as its headers say, or this installation cannot decode it."""


def encodings_in(headers: Headers) -> list[str]:
    """The encodings of a body in the order in which they were applied."""
    found = [value for name, value in headers if name.lower() == _ENCODING]
    every = [each.strip().lower().removeprefix("x-") for value in found for each in value.split(",")]
    return [each for each in every if each not in ("", "identity")]


def decoded(headers: Headers, body: bytes, *, cut: bool = False) -> tuple[Headers, bytes]:
    """A body without its encoding, and its headers without those that no longer fit it.

    Of a body that was `cut` midway, what can be decoded of it.

    Raises:
        Undecodable: it is not encoded so, or there is no decoder.
    """
    for encoding in reversed(encodings_in(headers)) if body else ():
        body = _without(encoding, body, cut=cut)
    return _fitting(headers, body), body


def decoded_or_plain(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """As `decoded`, but a body that is not encoded, whatever its headers say, stays as it is.

    Recorders decode bodies and leave the header. Not every decoder refuses what is no stream of its own, so
    the body is looked at first.

    Raises:
        Undecodable: it is encoded, and damaged, or there is no decoder.
    """
    sign = _SIGNS.get((encodings_in(headers) or [""])[-1])
    if not body.startswith(sign) if sign else _is_text(body):
        return _fitting(headers, body), body
    return decoded(headers, body)


def without_encoding(found: Interaction) -> Interaction:
    """An interaction with its bodies decoded, where they can be.

    Older recordings have the body of a request as it was sent.
    """
    answered = found.response
    if encodings_in(found.headers):
        with suppress(Undecodable):
            headers, body = decoded_or_plain(found.headers, found.body)
            found = replace(found, headers=headers, body=body)
    if encodings_in(answered.headers):
        with suppress(Undecodable):
            headers, body = decoded_or_plain(answered.headers, answered.body)
            found = replace(found, response=answered._replace(headers=headers, body=body))
    return found


def _without(encoding: str, body: bytes, *, cut: bool) -> bytes:
    pieces = iter([body[at : at + 1] for at in range(len(body))] if cut else [body])
    found: list[bytes] = []
    try:
        response = httpx2.Response(200, headers={_ENCODING: encoding}, content=pieces)
        found += response.iter_bytes()
    except httpx2.DecodingError as error:
        if not cut:
            raise Undecodable(f"its body is not encoded as its headers say: {encoding} ({error})") from error
    if (plain := b"".join(found)) == body:  # what it has no decoder for, httpx2 passes on
        raise Undecodable(f"its body has the encoding {encoding}, for which no decoder is installed")
    return plain


def _fitting(headers: Headers, body: bytes) -> Headers:
    """The headers without the encoding, and without a length that is not the body's."""
    kept = [pair for pair in headers if pair[0].lower() != _ENCODING]
    if body:  # an answer to HEAD has the length of a body that does not come
        kept = [pair for pair in kept if pair[0].lower() != "content-length" or pair[1] == str(len(body))]
    return tuple(kept)


def _is_text(body: bytes) -> bool:
    try:
        return _ODD.search(body.decode()) is None
    except UnicodeDecodeError:
        return False
