"""What a response says of a service's rate limits: how long to wait, and how much of a limit is left.

OpenAI's form: https://developers.openai.com/api/docs/guides/rate-limits. Google's: `google.rpc.RetryInfo`
among an error's details, https://cloud.google.com/apis/design/errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import NamedTuple, cast

__all__ = ["Standing", "asked_wait", "retry_delay", "seconds_of", "standing_of"]

_LONGEST = 86400.0
"""A reset that is further away is no duration: some services say when it is, in seconds since 1970."""

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?)(ms|us|µs|ns|d|h|m|s)")
_PARTS = re.compile(rf"(?:{_PART.pattern})+")


class Standing(NamedTuple):
    """A limit as a response states it: units a minute, those left, seconds until all are there again.

    `reset` is None where the response does not say it.
    """

    limit: float
    left: float
    reset: float | None


def standing_of(headers: Mapping[str, str], what: str) -> Standing | None:
    """The standing of `requests` or `tokens` by the headers `x-ratelimit-*`; None without limit and rest."""
    limit = _number(headers.get(f"x-ratelimit-limit-{what}"))
    left = _number(headers.get(f"x-ratelimit-remaining-{what}"))
    if limit is None or left is None or limit < 1:
        return None
    reset = seconds_of(headers.get(f"x-ratelimit-reset-{what}", ""))
    return Standing(limit, min(left, limit), reset if reset is not None and reset <= _LONGEST else None)


def seconds_of(text: str) -> float | None:
    """The seconds of a duration such as `1s`, `6m0s`, `12ms`, `1h2m3.5s` or `20`; None if it is none."""
    text = text.strip()
    if _PARTS.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return _number(text)


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds that a response asks to wait; None if it does not.

    By `retry-after-ms`, or else `retry-after`: seconds, or a date, from which the response's own `date` is
    subtracted, so that a wrong clock of this machine does not matter.
    """
    exact = _number(headers.get("retry-after-ms"))
    if exact is not None:
        return exact / 1000
    asked = headers.get("retry-after")
    if asked is None:
        return None
    seconds = seconds_of(asked)
    if seconds is not None:
        return seconds
    until, now = _date(asked), _date(headers.get("date", ""))
    if until is None:
        return None
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def retry_delay(body: object) -> float | None:
    """The seconds in the `RetryInfo` of Google's error, given the parsed body; None if there is none."""
    whole = _mapping(body)
    details = _mapping(whole.get("error", whole)).get("details")
    for detail in cast("list[object]", details) if isinstance(details, list) else []:
        delay = _mapping(detail).get("retryDelay")
        if isinstance(delay, str) and (seconds := seconds_of(delay)) is not None:
            return seconds
    return None


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _number(text: str | None) -> float | None:
    """A number that is not negative; None for everything else."""
    with suppress(ValueError, TypeError):
        number = float(text or "")
        if isfinite(number) and number >= 0:
            return number
    return None


def _date(text: str) -> datetime | None:
    with suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
