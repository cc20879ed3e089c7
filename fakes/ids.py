"""Ids that depend on content, never on chance or on the order of arrival."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

__all__ = ["Ids", "base62", "decimal"]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Ids:
    """Names for what a world creates.

    The same seed, kind and content give the same id. Things created again with the same content are told
    apart by their ordinal among themselves, so two worlds that see the same calls in another order name
    the same things alike.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._seen: Counter[bytes] = Counter()

    def create(self, kind: str, *content: object) -> int:
        """A 256-bit number for a new thing: like `of`, but another one each time."""
        first = self._digest(kind, *content)
        ordinal = self._seen[first]
        self._seen[first] += 1
        return int.from_bytes(self._digest(kind, *content, ordinal))

    def of(self, kind: str, *content: object) -> int:
        """A 256-bit number that only depends on seed, kind and content."""
        return int.from_bytes(self._digest(kind, *content))

    def _digest(self, kind: str, *content: object) -> bytes:
        digest = blake2b(f"{self._seed}\x00{kind}".encode(), digest_size=32)
        for part in content:
            data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(data))
            digest.update(data)
        return digest.digest()


def base62(number: int, length: int) -> str:
    """The last `length` base-62 digits of a number, as OpenAI writes its ids."""
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def decimal(number: int, length: int) -> str:
    """A decimal id of exactly `length` digits that does not start with 0, as Google writes its ids."""
    return str(10 ** (length - 1) + number % (9 * 10 ** (length - 1)))
