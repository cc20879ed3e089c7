"""How fast requests of one model may be sent: by the limits that the service states, else by its refusals.

Where headers tell a limit, `Lane` paces by it. Where they do not, or a request is refused that they do not
explain, the rate is found: more and more requests are in flight until one is refused. Then the queue is
parked, single requests are tried, and once one is accepted the rate is what was accepted between two such
moments, over the time between them. That is the limit of a bucket and of a window alike, as both are in the
same state at both moments: the bucket empty, the window new. From just below it the rate rises gently.

Nothing here waits, locks or reads a clock: times are handed in.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from fbench.providers.rate_headers import asked_wait, standing_of
from fbench.providers.rate_lane import Lane

__all__ = ["Control", "State", "Ticket"]


def _unknown(answered: float) -> float:
    """How many requests may be in flight after so many answers, while nothing is known.

    A refusal then comes to all in flight, so this is small beside what was answered: 10 after 60, 180 after
    600. But it reaches 50 after some 300, so that a service without a limit is soon used in full.
    """
    return 6 + answered / 20 + (answered / 50) ** 2


_BELOW = 0.98
"""The share of a found limit at which to go on."""
_SECONDS = 80
_EVIDENCE = 20
"""Before so many requests were accepted, a refusal is only waited out: the growth begins anew."""
_PAST = 128
_PAST_SPAN = 8.0
_LOST = 120.0
"""After so many seconds without any answer, requests in flight are no longer waited for."""
_LOOK = 0.002
_LONGEST_TRY = 8.0
_OPEN, _TRYING = 0.0, 1.0
_NARROW = 0.5
"""Seconds within which the end of a window is known well enough."""


class State(ctypes.Structure):
    """What is known of one model's limits, in memory that processes share.

    Fields:
        requests, tokens: the limits by headers or by hand.
        rate: requests a second, found by refusals; 0 while none was refused.
        began: when the first request was sent.
        parked: until when nothing is sent.
        heard: when the last answer came.
        stuck: since when every request was refused; 0 if the last one was accepted.
        in_flight, answered, refused: numbers of requests.
        phase: 0 if requests flow, 1 while single ones are tried after a refusal.
        out: 1 while such a single one is in flight.
        epoch: rises with each refusal that changes the rate, so that others of the same time do not.
        tries: single requests that were refused.
        released, released_accepted: when requests began to flow again, and how many were accepted till then.
        events: refusals that changed the rate.
        step: by what share the rate rises next; `hold`: not before then; `grown`: when it last did.
        quiet: how long the rate is held after it was confirmed.
        grown_spent: requests that were permitted until `grown`.
        seed: of the jitter.
        closed, opened: the last window's end lies between these: a request was refused, and one was accepted.
            0 if the limit does not look like a window.
        sent, second: requests that were accepted in each of the last seconds, and which seconds those are.
    """

    _fields_ = [
        ("requests", Lane),
        ("tokens", Lane),
        *(
            (name, ctypes.c_double)
            for name in (
                *("rate", "began", "parked", "heard", "stuck", "in_flight", "answered", "refused", "phase"),
                *("out", "epoch", "tries", "released", "released_accepted", "events", "step", "hold"),
                *(
                    "grown",
                    "quiet",
                    "grown_spent",
                    "seed",
                    "closed",
                    "opened",
                    "found",
                    "here",
                    "out_at",
                    "refusal",
                    "sent_at",
                ),
            )
        ),
        ("sent", ctypes.c_double * _SECONDS),
        ("second", ctypes.c_double * _SECONDS),
        ("past", ctypes.c_double * _PAST),
    ]
    if TYPE_CHECKING:
        requests: Lane
        tokens: Lane
        rate: float
        began: float
        parked: float
        heard: float
        stuck: float
        in_flight: float
        answered: float
        refused: float
        phase: float
        out: float
        epoch: float
        tries: float
        released: float
        released_accepted: float
        events: float
        step: float
        hold: float
        grown: float
        quiet: float
        grown_spent: float
        seed: float
        closed: float
        opened: float
        found: float
        here: float
        out_at: float
        refusal: float
        sent_at: float
        sent: ctypes.Array[ctypes.c_double]
        second: ctypes.Array[ctypes.c_double]
        past: ctypes.Array[ctypes.c_double]


class Ticket(NamedTuple):
    """A request that was permitted: when, in which epoch, for how many tokens, and what was spent by then."""

    at: float
    epoch: float
    tokens: float
    spent: float
    spent_tokens: float


class Control:
    """Decides over one state. A caller with several threads or processes holds a lock around each call."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def stuck_since(self) -> float:
        """Since when every request was refused; 0 if the last one was accepted."""
        return self._state.stuck

    @property
    def parked_until(self) -> float:
        """Until when nothing is sent."""
        return self._state.parked

    def wait(self, now: float, tokens: float) -> float:
        """Seconds until a request with this many tokens may be sent: 0 or less for now.

        Others may be sent in the meantime, and limits change: look again then, and at least each half second.
        """
        state = self._state
        if now < state.parked:
            return state.parked - now
        if state.in_flight and now - state.heard > _LOST:
            state.in_flight = state.out = 0.0
            state.heard = now
        if state.out:
            if not state.refusal or now - state.out_at < 2 * state.refusal + 0.2:
                return _LOOK
            self._release(state.out_at, now)  # a refusal would be here by now, long before an answer
        paced = state.rate or state.requests.is_known
        if not paced and state.in_flight >= _unknown(state.answered):
            slowly = state.sent_at + 1 / (1 + state.requests.spent / 15) - now
            return min(_LOOK, slowly)
        cap = state.rate or math.inf
        return max(state.requests.wait(now, 1.0, cap), state.tokens.wait(now, tokens))

    def take(self, now: float, tokens: float) -> Ticket:
        """Count a request as sent now."""
        state = self._state
        if not state.began:
            state.began = state.released = state.heard = now
        if not state.in_flight:
            state.heard = now
        state.in_flight += 1
        if state.phase == _TRYING:
            state.out, state.out_at = 1.0, now
        state.sent_at = now
        self._grow(now)
        state.requests.spend(now, 1.0, state.rate or math.inf)
        state.tokens.spend(now, tokens)
        self._count(now, 1)
        return Ticket(now, state.epoch, tokens, state.requests.spent, state.tokens.spent)

    def answered(self, ticket: Ticket, now: float, headers: Mapping[str, str]) -> None:
        """Take in that the request was accepted."""
        state = self._state
        state.answered += 1
        state.stuck = 0.0
        self._ended(now)
        self._learn(ticket, headers)
        if state.phase == _TRYING and ticket.epoch == state.epoch:
            self._release(ticket.at, now)

    def lost(self, ticket: Ticket, now: float) -> None:
        """Take in that the request ended without a word about limits."""
        if ticket.epoch == self._state.epoch:
            self._state.out = 0.0
        self._ended(now)

    def limited(self, ticket: Ticket, now: float, headers: Mapping[str, str]) -> None:
        """Take in that the request was refused for its rate: nothing is sent as long as the service asks."""
        state = self._state
        state.refused += 1
        took = now - ticket.at
        state.refusal = max(took, state.refusal + 0.1 * (took - state.refusal))
        state.stuck = state.stuck or now
        self._count(ticket.at, -1)
        self._ended(now)
        asked = asked_wait(headers)
        if asked is not None:
            state.parked = max(state.parked, now + asked)
        explained = self._learn(ticket, headers)
        if ticket.epoch != state.epoch:
            return  # sent before the queue was parked
        if state.phase == _TRYING:
            state.tries += 1
            state.out = 0.0
            self._was_closed(ticket.at)
        elif explained or state.requests.fixed:
            if asked is None:
                state.parked = max(state.parked, now + 60 / max(1, state.requests.limit))
            return
        else:
            state.phase, state.tries = _TRYING, 0.0
            state.epoch += 1
            state.events += 1
        if asked is None:
            state.parked = max(state.parked, self._next_try(now))

    def _learn(self, ticket: Ticket, headers: Mapping[str, str]) -> bool:
        """Learn from the headers; whether they say that the request was too much."""
        too_much = False
        for what, lane, spent, amount in (
            ("requests", self._state.requests, ticket.spent, 1.0),
            ("tokens", self._state.tokens, ticket.spent_tokens, ticket.tokens),
        ):
            if (told := standing_of(headers, what)) is not None:
                lane.learn(told, ticket.at, spent)
                too_much = too_much or told.left < min(max(1.0, amount), told.limit)
        return too_much

    def _next_try(self, now: float) -> float:
        """When a single request is tried: after two distances of requests, doubled each time.

        Where the limit is a window whose end is known roughly, it is tried there instead, but not at first.
        """
        state = self._state
        if state.opened and state.tries:
            closed, opened = _next_end(state.closed, state.opened, now - 1)
            if opened - closed < _NARROW or state.tries > 1 or now > closed:
                return max(opened + 0.05, now + 0.2 * state.tries)
            return closed + 0.7 * (opened - closed)
        guess = state.rate or max(self._since(now - 60), 1) / 60
        first = max(0.25, 2 / guess)
        state.seed = (state.seed * 1103515245 + 12345) % 2**31
        jitter = 0.9 + 0.2 * state.seed / 2**31
        return now + min(_LONGEST_TRY, first * 2**state.tries) * jitter

    def _was_closed(self, at: float) -> None:
        """Take in that a single request was refused that was sent at that time."""
        state = self._state
        if not state.opened:
            state.closed = at
            return
        closed, opened = _next_end(state.closed, state.opened, at)
        if closed < at:
            state.closed, state.opened = at, opened
        if state.tries > 3:
            state.closed, state.opened = at, 0.0

    def _was_opened(self, at: float) -> None:
        """Take in that the single request was accepted that was sent at that time."""
        state = self._state
        if state.opened:
            shift = 60 * round((at - state.opened) / 60)
            state.closed, state.opened = state.closed + shift, state.opened + shift
            if not state.closed - 1 < at < state.opened + _LONGEST_TRY:  # accepted within a window
                state.opened = 0.0
            elif state.closed < at < state.opened:
                state.opened = at
        elif state.tries > 1:
            state.opened = at

    def _release(self, at: float, now: float) -> None:
        """Let requests flow again, at the rate that was found."""
        state = self._state
        self._was_opened(at)
        accepted = state.requests.spent - state.refused
        if state.events == 1 and accepted < _EVIDENCE:  # one refusal among few says little of a limit
            state.events = state.answered = state.phase = state.out = state.tries = 0.0
            state.released, state.released_accepted = at, accepted
            return
        span = at - state.released
        done = accepted - state.released_accepted
        if state.opened:
            found = max(self._since(state.closed - 60) / 60, min(done / span, state.rate))
        elif state.events == 1:  # soon accepted: a bucket, that was full in the beginning
            found = math.sqrt(self._least(at, accepted) * self._since(at - 60) / 60)
        else:  # few requests say little: as if ten more had been accepted at nearly the rate till now
            found = min(state.rate, (done + 10) / (span + 11 / state.rate))
        found = max(found, 1 / 6 if state.events == 1 else 1 / 600)
        near = span >= 60 and abs(found - state.found) < 0.1 * found  # found before too: to be relied on
        state.found = found
        first = 120.0 if state.opened else 60.0
        state.quiet = min(960.0, max(first, 2 * state.quiet)) if near else first / 4
        state.rate = max(_BELOW * found - 0.2 / 60, 0.5 * found)
        state.step = 0.005 if near else 0.01 if state.opened else 0.02
        state.hold = now + state.quiet
        state.phase = state.out = state.tries = 0.0
        state.released, state.released_accepted = at, accepted
        state.grown, state.grown_spent = now, state.requests.spent

    def _grow(self, now: float) -> None:
        """Raise a found rate gently, if it is used."""
        state = self._state
        span = now - state.grown
        if not state.rate or state.phase == _TRYING or span < 15:
            return
        used = (state.requests.spent - state.grown_spent) / span
        if now >= state.hold and used >= 0.9 * state.rate:
            state.rate *= 1 + state.step
            if state.rate > 1.05 * state.found:
                state.step = min(0.1, 1.5 * state.step)
        state.grown, state.grown_spent = now, state.requests.spent

    def _ended(self, now: float) -> None:
        state = self._state
        state.in_flight = max(0.0, state.in_flight - 1)
        state.heard = now

    def _count(self, at: float, change: int) -> None:
        """Count a request of that time as accepted, or no longer."""
        state, second = self._state, int(at)
        if change > 0 and not state.rate:
            here = int((at - state.began) / _PAST_SPAN)
            if here != int(state.here):
                for each in range(int(state.here) + 1, here + 1)[-_PAST:]:
                    state.past[each % _PAST] = state.requests.spent - 1 - state.refused
                state.here = here
        place = second % _SECONDS
        if state.second[place] != second:
            if change < 0:
                return
            state.second[place], state.sent[place] = second, 0.0
        state.sent[place] += change

    def _least(self, now: float, accepted: float) -> float:
        """The least rate of a bucket, empty now, that can have let so many through: it held at most a minute.

        That is, the highest of: what was accepted since a moment, over the time since then and a minute.
        """
        state = self._state
        found = accepted / (60 + now - state.began)
        last = int((now - state.began) / _PAST_SPAN)
        for past in range(max(1, last - _PAST + 2), last + 1):
            since = now - state.began - past * _PAST_SPAN
            found = max(found, (accepted - state.past[past % _PAST]) / (60 + since))
        return found

    def _since(self, then: float) -> float:
        """The number of requests since that time that were accepted, as far as is known."""
        state = self._state
        return sum(sent for sent, second in zip(state.sent, state.second, strict=True) if second > then - 1)


def _next_end(closed: float, opened: float, now: float) -> tuple[float, float]:
    """Between which times the window ends that ends next: the second is after `now`."""
    later = 60 * max(0, math.floor((now - opened) / 60) + 1)
    return closed + later, opened + later
