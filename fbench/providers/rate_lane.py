"""One limit of a service, requests or tokens a minute, as this machine knows it, and how fast it may be used.

A limit is a bucket that refills evenly, or a window that is full again at its end; the headers of an answer
tell which. Either way what is left is spent evenly: over the next `HORIZON` seconds of a bucket, over the
rest of a window. So the pace settles at the limit, and clients that share it settle at shares of it, since
each sees what is left for all.

All times are seconds of one clock of the machine. What an answer says of the limit held when its request was
sent; what was permitted since then is known exactly, so it does not matter how long the answer took.
"""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fbench.providers.rate_headers import Standing

__all__ = ["CREDIT", "Lane"]

HORIZON = 20.0
"""Over how many seconds the rest of a bucket is spent. Latency must be well below this for a shared one."""

CREDIT = 0.25
"""How many seconds a permit may come late without being lost: timers are late by some milliseconds."""

_MINUTE = 60.0
_SPAN = 2.0
"""Seconds between two looks at how much others use."""
_TRUSTED = 10.0
"""For how many seconds what others used is assumed to go on."""
_WINDOW = 2.0
"""The mean error in seconds of a bucket's reset from which on the limit is taken for a window."""


class Lane(ctypes.Structure):
    """A limit, in memory that processes share. All fields are 0 at first: nothing is known.

    Fields:
        fixed: units a second, set by hand; headers are then ignored.
        limit: units a minute, by the headers.
        left, at, spent_at: what was left when the request was sent that told it, when that was, and what was
            spent until then.
        spent: all units that were permitted.
        last: when the last units were permitted, for their distance in time.
        end: when the window ends.
        doubt: the mean error of the resets, if the limit were a bucket.
        others: units a second that others use; negative where the service counts less than was permitted.
        seen_at, seen_left, seen_spent: an earlier standing, to find out what others use.
    """

    _fields_ = [
        (name, ctypes.c_double)
        for name in (
            *("fixed", "limit", "left", "at", "spent_at", "spent", "last", "end", "doubt", "others"),
            *("seen_at", "seen_left", "seen_spent"),
        )
    ]
    if TYPE_CHECKING:
        fixed: float
        limit: float
        left: float
        at: float
        spent_at: float
        spent: float
        last: float
        end: float
        doubt: float
        others: float
        seen_at: float
        seen_left: float
        seen_spent: float

    @property
    def is_known(self) -> bool:
        """Whether a limit was set by hand or told by the service."""
        return bool(self.fixed or self.limit)

    @property
    def is_window(self) -> bool:
        """Whether the limit is a window, to judge by its resets."""
        return self.doubt > _WINDOW

    def rest(self, now: float) -> float:
        """What is left now, as far as it is known. A window that has ended is begun again."""
        if self.is_window and now >= self.end:
            self.end += _MINUTE * math.ceil((now - self.end + 1e-9) / _MINUTE)
            self.left, self.at, self.spent_at = self.limit, now, self.spent
            self.seen_at = 0.0
        age = now - self.at
        mine = self.spent - self.spent_at
        refill = 0.0 if self.is_window else age * self.limit / _MINUTE
        return min(self.limit, self.left + refill - mine - self.others * min(age, _TRUSTED))

    def wait(self, now: float, amount: float, cap: float = math.inf) -> float:
        """Seconds until `amount` may be spent, if nothing changes, at no more than `cap` units a second.

        0 or less is now. It is only a guess where the rest is too small: look again.
        """
        rate = min(self.fixed or math.inf, cap)
        short = 0.0
        if self.limit and not self.fixed:
            left, needed = self.rest(now), min(amount, self.limit)
            horizon = max(self.end - now, 0.1) if self.is_window else HORIZON
            rate = min(rate, max(left, 1e-9) / horizon)
            if left < needed:
                short = self.end - now if self.is_window else (needed - left) * _MINUTE / self.limit
        if math.isinf(rate):
            return 0.0
        return max(short, self.last + amount / rate - now)

    def spend(self, now: float, amount: float, cap: float = math.inf) -> None:
        """Count `amount` as permitted now."""
        rate = min(self.fixed or math.inf, cap)
        if self.limit and not self.fixed:
            horizon = max(self.end - now, 0.1) if self.is_window else HORIZON
            rate = min(rate, max(self.rest(now), 1e-9) / horizon)
        self.last = max(self.last + amount / rate, now - CREDIT)
        self.spent += amount

    def learn(self, told: Standing, sent: float, spent: float) -> None:
        """Take in what an answer says of the limit, whose request was sent at `sent`, after `spent` units.

        Answers that come out of order say nothing new.
        """
        if self.limit != told.limit:
            self.limit, self.at, self.seen_at, self.others, self.doubt = told.limit, 0.0, 0.0, 0.0, -1.0
        if sent < self.at:
            return
        if told.reset is not None:
            unit = _MINUTE / told.limit
            error = abs(told.reset - (told.limit - told.left) * unit)
            error = max(0.0, error - unit - 1)  # what is left and the seconds are rounded
            self.doubt = error if self.doubt < 0 else 0.8 * self.doubt + 0.2 * error
            end = sent + told.reset
            self.end = max(self.end, end) if abs(end - self.end) < 5 else end
        self.left, self.at, self.spent_at = told.left, sent, spent
        self._look_at_others(told, sent, spent)

    def _look_at_others(self, told: Standing, sent: float, spent: float) -> None:
        span = sent - self.seen_at
        if self.seen_at and span < _SPAN:
            return
        if self.seen_at and span < _MINUTE:
            refill = 0.0 if self.is_window else span * self.limit / _MINUTE
            used = self.seen_left + refill - told.left - (spent - self.seen_spent)
            most = self.limit / _MINUTE
            full = told.left >= self.limit - 1
            self.others = 0.0 if full else 0.5 * self.others + 0.5 * max(-most, min(used / span, 3 * most))
        self.seen_at, self.seen_left, self.seen_spent = sent, told.left, spent
