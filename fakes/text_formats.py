"""The formats that a string of a JSON schema may have: how one is made, and how one is found in a text.

All are narrower than what they stand for: what is made or found is valid for every reader of the format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

__all__ = ["FORMATS", "IN_TEXT"]


def _uuid(number: int) -> str:
    digits = f"{number:016x}" * 2
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def _date(number: int) -> str:
    return f"20{number % 30:02d}-{number // 30 % 12 + 1:02d}-{number // 360 % 28 + 1:02d}"


def _time(number: int) -> str:
    return f"{number % 24:02d}:{number // 24 % 60:02d}:{number // 1440 % 60:02d}Z"


FORMATS: Mapping[str, Callable[[int], str]] = {
    "date": _date,
    "time": _time,
    "date-time": lambda number: f"{_date(number)}T{_time(number)}",
    "duration": lambda number: f"PT{number % 60 + 1}M",
    "email": lambda number: f"user{number % 1000}@example.com",
    "hostname": lambda number: f"host{number % 1000}.example.com",
    "uri": lambda number: f"https://example.com/{number % 1000}",
    "ipv4": lambda number: f"192.0.2.{number % 256}",
    "ipv6": lambda number: f"2001:db8::{number % 65536:x}",
    "uuid": _uuid,
}
IN_TEXT: Mapping[str, re.Pattern[str]] = {
    "date": re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])\b"),
    "time": re.compile(r"\b(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-][01]\d:[0-5]\d)"),
    "date-time": re.compile(
        r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-][01]\d:[0-5]\d)"
    ),
    "duration": re.compile(r"\bP(?:\d+D|T\d+[HMS]|\d+DT\d+[HMS])\b"),
    "email": re.compile(r"\b[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b", re.ASCII),
    "hostname": re.compile(r"\b[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9]+)+\b"),
    "uri": re.compile(r"\bhttps?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/-]*)?"),
    "ipv4": re.compile(r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b"),
    "ipv6": re.compile(r"\b2001:db8::[0-9a-f]{1,4}\b"),
    "uuid": re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b"),
}
