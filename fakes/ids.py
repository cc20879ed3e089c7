"""Ids that depend on content, never on chance or on the order of arrival."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

__all__ = ["Ids", "base62", "decimal"]

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGIT = bytes(_ALPHABET[byte % 62] for byte in range(256))


class Ids:
    """Ids for what a world creates.

    The same seed, kind and content give the same id. Repeated creations with the same content are
    distinguished by their ordinal, so two worlds that get the same calls in different orders give the same
    ids.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._seen: Counter[bytes] = Counter()

    def create(self, kind: str, *content: object) -> int:
        """A 256-bit number for a new thing: like `of`, but another one each time."""
        first = self._hash(kind, *content)
        ordinal = self._seen[first.digest()]
        self._seen[first.digest()] += 1
        _update(first, ordinal)
        return int.from_bytes(first.digest())

    def of(self, kind: str, *content: object) -> int:
        """A 256-bit number that only depends on seed, kind and content."""
        return int.from_bytes(self._hash(kind, *content).digest())

    def _hash(self, kind: str, *content: object) -> blake2b:
        found = blake2b(f"{self._seed}\x00{kind}".encode(), digest_size=32)
        for part in content:
            _update(found, part)
        return found


def _update(found: blake2b, part: object) -> None:
    data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
    found.update(b"%d:" % len(data))
    found.update(data)


def base62(number: int, length: int) -> str:
    """An id of `length` (at most 32) letters and digits, in OpenAI's style: one per byte of the number.

    Dividing such a long number by 62 would take a tenth of the time of a whole call.
    """
    return number.to_bytes(32).translate(_DIGIT)[:length].decode("ascii")


def decimal(number: int, length: int) -> str:
    """A decimal id of exactly `length` digits that does not start with 0, in Google's style."""
    return str(10 ** (length - 1) + number % (9 * 10 ** (length - 1)))
