"""Attempts at what may cost money: each is a row of the store before it is sent, and settled after.

So what a run has spent can be told at any time, also after a kill: an attempt that was never settled counts
as much as it can have cost. Creations are reserved one by one, questions in groups ahead, so that no question
waits for a commit of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextvars import Token
from itertools import islice
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet

from fbench.errors import Incomplete
from fbench.providers.model import Rejected
from fbench.request_context import Attempt, current_attempt
from fbench.runner.budget import Asked, Budget
from fbench.runner.store import AttemptRow

__all__ = [
    "AHEAD",
    "AttemptStore",
    "Attempts",
    "Paid",
    "Purchases",
    "Reservations",
    "asking",
    "reserved",
    "ruling",
    "training",
]

AHEAD = 50
"""The number of questions that are reserved at once, in one commit."""

_LOOK_SECONDS = 0.02
"""How often is looked whether there is room again in a budget that requests in flight have reserved."""


class Purchases(Protocol):
    """Reserves what may cost money, for a worker in this process or another."""

    def reserve(self, asked: Sequence[Asked]) -> int:
        """Reserve as many as there is room for, from the first on; see `Budget.reserve`."""
        ...

    def unclear(self, what: str) -> None:
        """An attempt may have been paid for, and nobody can tell: its reserve is kept."""
        ...

    def give_back(self, unsent: Sequence[str]) -> None:
        """These were reserved, and never sent."""
        ...


class AttemptStore(Protocol):
    """What keeps attempts: the run store."""

    def last_attempt(self, what: str) -> AttemptRow | None:
        """The last attempt at something; None if there is none."""
        ...

    def save_attempts(self, rows: Iterable[AttemptRow]) -> None:
        """Save attempts in one commit."""
        ...


class Attempts:
    """The attempts of a run, on a budget. Without a store they are only counted.

    What was settled is kept until `ended` is called, so that it is saved in one commit with its results.
    """

    def __init__(self, budget: Budget, store: AttemptStore | None = None) -> None:
        self._budget, self._store = budget, store
        self._open: dict[str, AttemptRow] = {}
        self._ended: list[AttemptRow] = []

    def reserve(self, asked: Sequence[Asked]) -> int:
        """As `Purchases.reserve`. They are in the store when this returns."""
        count = self._budget.reserve(asked)
        rows = [self._begun(each.what) for each in asked[:count]]
        self._open |= {row.what: row for row in rows}
        if self._store is not None and rows:
            self._store.save_attempts([*self.ended(), *rows])
        return count

    def settle(self, what: str, usd: float, error: str = "") -> None:
        """An attempt ended, and cost so many dollars; `error` is why the service rejected it, if it did."""
        self._end(what, "rejected" if error else "settled", usd, error)

    def unclear(self, what: str) -> None:
        """As `Purchases.unclear`. What an earlier process reserved is kept anyway."""
        if (row := self._open.get(what)) is not None:
            self._end(what, "unclear", row.reserved)

    def give_back(self, unsent: Sequence[str]) -> None:
        """As `Purchases.give_back`."""
        for what in unsent:
            self._end(what, "unsent", 0.0)
        if self._store is not None:
            self._store.save_attempts(self.ended())

    def ended(self) -> list[AttemptRow]:
        """The attempts that ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def _begun(self, what: str) -> AttemptRow:
        before = self._store.last_attempt(what) if self._store is not None else None
        number = before.number + 1 if before else 1
        return AttemptRow(what, number, "reserved", self._budget.reserved(what))

    def _end(self, what: str, state: str, usd: float, error: str = "") -> None:
        row = self._open.pop(what, None)
        if row is not None:
            self._budget.settle(what, usd)
        elif (row := self._last(what)) is not None and row.settled != usd:
            self._budget.spent_usd += usd - (row.reserved if row.settled is None else row.settled)
        else:
            return
        self._ended.append(row._replace(state=state, settled=usd, error=error))

    def _last(self, what: str) -> AttemptRow | None:
        """The last attempt of earlier processes, whose end becomes clear only now: a job of it was found."""
        return self._store.last_attempt(what) if self._store is not None else None


class Reservations:
    """Reserves the items of a list ahead, in their order, for tasks that need them one by one.

    Where another task of this process finds no room, what is held ahead is given back. Else it might wait for
    ever: what is held may need the place of the task that waits.
    """

    def __init__(self, purchases: Purchases, asked: Sequence[Asked], stopped: Callable[[], None]) -> None:
        """`stopped` raises an error once waiting makes no sense any more."""
        self._purchases, self._stopped = purchases, stopped
        self._left = {each.what: each for each in asked}
        self._held: dict[str, Asked] = {}
        self._lock = asyncio.Lock()
        _AHEAD.setdefault(purchases, WeakSet()).add(self)

    async def need(self, what: str) -> None:
        """Wait until an item is reserved, and take it.

        Raises:
            BudgetReached, UsageError: as `Budget.reserve`.
        """
        if what not in self._held:
            async with self._lock:
                if what not in self._held:
                    others = (each for each in self._left.values() if each.what != what)
                    group = [self._left[what], *islice(others, AHEAD - 1)]
                    for each in group[: await reserved(self._purchases, group, self._stopped)]:
                        self._held[each.what] = self._left.pop(each.what)
        del self._held[what]

    def give_back(self) -> bool:
        """Give back what was reserved and is not needed yet, and say whether there was something."""
        held, self._held = self._held, {}
        self._left = held | self._left
        if held:
            self._purchases.give_back(sorted(held))
        return bool(held)


_AHEAD: WeakKeyDictionary[Purchases, WeakSet[Reservations]] = WeakKeyDictionary()
"""What is reserved ahead in this process."""


class Paid:
    """A block that sends what is reserved, as often as it takes; a context manager.

    Each further attempt is reserved anew where the one before may have been paid for. If the block fails, the
    last reserve is given back or kept, as its end was clear or not. Where the service rejects the request, or
    answers it, whoever saves that settles it.
    """

    def __init__(
        self,
        purchases: Purchases,
        asked: Asked,
        stopped: Callable[[], None],
        *,
        once: bool = False,
        retried: Callable[[], None] | None = None,
    ) -> None:
        """With `once`, the block makes sure that no attempt is paid for besides another.

        `retried` is called before each further attempt.
        """
        self._purchases, self._asked, self._stopped, self._once = purchases, asked, stopped, once
        self._retried = retried
        self._is_kept = self._is_told = self._may_be_paid = False
        self._token: Token[Attempt | None] | None = None

    def failed(self, *, may_be_paid: bool) -> None:
        """As `Attempt.failed`."""
        self._is_told = True
        self._may_be_paid = self._may_be_paid or may_be_paid
        if may_be_paid and not self._once:
            self._purchases.unclear(self._asked.what)
            self._is_kept = True

    async def again(self) -> None:
        """As `Attempt.again`."""
        if self._retried is not None:
            self._retried()
        if self._is_kept:
            await reserved(self._purchases, [self._asked], self._stopped)
            self._is_kept = False

    def __enter__(self) -> Paid:
        self._token = current_attempt.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._token is not None:
            current_attempt.reset(self._token)
        if kind is None or self._is_kept or issubclass(kind, Rejected):
            return
        is_clear = issubclass(kind, Exception) and (self._is_told or not issubclass(kind, Incomplete))
        if is_clear and not (self._once and self._may_be_paid):
            self._purchases.give_back([self._asked.what])
        else:  # it was cut off, or a plug-in does not tell how it ended
            self._purchases.unclear(self._asked.what)


def asking(cell: str, question: str) -> str:
    """The name of the attempts at a question."""
    return f"ask {cell} {question}"


def training(name: str) -> str:
    """The name of the attempts at a training."""
    return f"train {name}"


def ruling(layer: str, question: str, response: str) -> str:
    """The name of the attempts at a case of a judge: a question, and the SHA-256 (hex) of a response."""
    return f"judge {layer} {question} {response}"


async def reserved(purchases: Purchases, asked: Sequence[Asked], stopped: Callable[[], None]) -> int:
    """How many of these were reserved, at least one: waits until requests in flight have left room for it."""
    while not (count := purchases.reserve(asked)):
        stopped()
        asked = asked[:1]  # others wait for room too
        if not any(each.give_back() for each in _AHEAD.get(purchases, ())):
            await asyncio.sleep(_LOOK_SECONDS)
    return count
