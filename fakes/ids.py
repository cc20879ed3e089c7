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
        """A 256-bit number for a new object: like `of`, but different for each creation."""
        first = self._digest(kind, *content)
        ordinal = self._seen[first]
        self._seen[first] += 1
        return int.from_bytes(self._digest(kind, *content, ordinal))

    def of(self, kind: str, *content: object) -> int:
        """A 256-bit number that depends only on seed, kind and content."""
        return int.from_bytes(self._digest(kind, *content))

    def _digest(self, kind: str, *content: object) -> bytes:
        digest = blake2b(f"{self._seed}\x00{kind}".encode(), digest_size=32)
        for part in content:
            data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(data))
            digest.update(data)
        return digest.digest()


def base62(number: int, length: int) -> str:
    """An id of `length` (at most 32) letters and digits, in OpenAI's style: one per byte of the number.

    Dividing such a long number by 62 would take a tenth of the time of a whole call.
    """
    return number.to_bytes(32).translate(_DIGIT)[:length].decode("ascii")


def decimal(number: int, length: int) -> str:
    """A decimal id of exactly `length` digits that does not start with 0, in Google's style."""
    return str(10 ** (length - 1) + number % (9 * 10 ** (length - 1)))
