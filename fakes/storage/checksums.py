"""Checksums as Cloud Storage tells them: MD5 and CRC32C, in Base64.

CRC32C (https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4) is the remainder of a division, which has to go
through the bytes one by one. Long content is cut into lanes that NumPy goes through side by side. A lane's
remainder is then carried over the bytes that follow it, which is a linear map of its bits.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["crc32c", "md5"]

_POLYNOMIAL = 0x82F63B78
_LANES = 4096
_LONGEST_LANE = 512  # bytes; so what is worked on at once fits into a cache
_SHORT = 4 * _LANES  # bytes that are not worth cutting


def _table() -> tuple[int, ...]:
    found: list[int] = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (_POLYNOMIAL if remainder & 1 else 0)
        found.append(remainder)
    return tuple(found)


_TABLE = _table()


def md5(content: bytes) -> str:
    """The MD5 digest."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def crc32c(content: bytes) -> str:
    """The CRC32C, most significant byte first."""
    return base64.b64encode((_remainder(content) ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


def _remainder(content: bytes) -> int:
    remainder, start = 0xFFFFFFFF, 0
    while (left := len(content) - start) >= _SHORT:
        length = min(left // (2 * _LANES) * 2, _LONGEST_LANE)  # two bytes at a time
        for lane in _lanes(content, start, length):
            remainder = _carried(remainder, length) ^ lane
        start += length * _LANES
    for byte in content[start:]:
        remainder = remainder >> 8 ^ _TABLE[(remainder ^ byte) & 0xFF]
    return remainder


def _lanes(content: bytes, start: int, length: int) -> list[int]:
    """The remainder of each lane of so many bytes, an even number, by itself and from zero."""
    import numpy as np  # noqa: PLC0415 - only long contents need it

    one = np.array(_TABLE, dtype=np.uint32)
    pairs = np.arange(1 << 16, dtype=np.uint32)
    first = one[pairs & 0xFF]
    table: npt.NDArray[Any] = first >> 8 ^ one[(first ^ pairs >> 8) & 0xFF]
    lanes = np.frombuffer(content, dtype="<u2", count=_LANES * length // 2, offset=start)
    found = np.zeros(_LANES, dtype=np.uint32)
    # transposed in memory, so that what is gone through together lies together
    for column in np.ascontiguousarray(lanes.reshape(_LANES, length // 2).T):
        found = found >> 16 ^ table[(found ^ column) & 0xFFFF]
    return found.tolist()


def _carried(remainder: int, length: int) -> int:
    """A remainder after so many zero bytes."""
    quarters = _zeros(length)
    return (
        quarters[0][remainder & 0xFF]
        ^ quarters[1][remainder >> 8 & 0xFF]
        ^ quarters[2][remainder >> 16 & 0xFF]
        ^ quarters[3][remainder >> 24]
    )


@lru_cache(maxsize=8)
def _zeros(length: int) -> tuple[tuple[int, ...], ...]:
    """What so many zero bytes make of each byte at each of the four places of a remainder."""
    # bit by bit: the map of one zero bit, squared and multiplied
    bit = [_POLYNOMIAL, *(1 << each for each in range(31))]
    total, count = [1 << each for each in range(32)], 8 * length
    while count:
        if count & 1:
            total = [_applied(bit, column) for column in total]
        bit = [_applied(bit, column) for column in bit]
        count >>= 1
    return tuple(tuple(_applied(total, byte << shift) for byte in range(256)) for shift in (0, 8, 16, 24))


def _applied(columns: list[int], bits: int) -> int:
    found = 0
    for column in columns:
        if bits & 1:
            found ^= column
        bits >>= 1
    return found
