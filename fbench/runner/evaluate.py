"""Asking a cell its questions, with so many in flight, and keeping the answers in small groups."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fbench.context import about
from fbench.datasets.model import Question
from fbench.providers.model import Provider, Rejected, Sampling
from fbench.runner.plan import Cell
from fbench.runner.stop import Stop
from fbench.runner.store import Altered, Answer

__all__ = ["Examiner", "Groups"]

GROUP = 50
SECONDS = 0.05


Paid = TypeVar("Paid")


class Groups(Generic[Paid]):
    """Hands on what was paid for in groups: at most 50 at a time, none kept back for longer than 50 ms."""

    def __init__(self, keep: Callable[[Sequence[Paid]], None]) -> None:
        self._keep = keep
        self._waiting: list[Paid] = []
        self._timer: asyncio.TimerHandle | None = None
        self._failure: Exception | None = None

    def add(self, one: Paid) -> None:
        """Takes one more. Raises what an earlier group's writing raised."""
        if self._failure is not None:
            raise self._failure
        self._waiting.append(one)
        if len(self._waiting) >= GROUP:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS, self._due)

    def flush(self) -> None:
        """Hands on what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            group, self._waiting = self._waiting, []
            self._keep(group)

    def _due(self) -> None:
        self._timer = None
        try:
            self.flush()
        except Exception as error:  # noqa: BLE001 - a timer has no caller: the next `add` raises it
            self._failure = error


@dataclass(frozen=True, slots=True)
class Examiner:
    """Asks cells their questions.

    Up to `width` questions of a cell are under way at once, and as many in all as `in_flight` lets. A
    question that the service rejects is an answer with an error. Nothing new is asked after a stop. `keep`
    takes an answer as a recording keeps it, see `Connection`.
    """

    sampling: Sampling
    groups: Groups[Answer]
    in_flight: asyncio.Semaphore
    width: int
    stop: Stop
    keep: Callable[[str], tuple[str, Altered]] = lambda text: (text, "")

    async def examine(
        self, cell: Cell, model: str, questions: Sequence[Question], provider: Provider
    ) -> None:
        """Asks `model` the questions and keeps its answers as those of the cell."""
        left: Iterator[Question] = iter(questions)
        halt = self.stop.part()

        async def ask() -> None:
            for question in left:
                async with self.in_flight:
                    if halt.requested:
                        return
                    try:
                        self.groups.add(await self._answer(cell, model, question, provider))
                    except BaseException:
                        halt.request()  # the other askers finish what they have in flight: it is paid for
                        raise

        askers = [ask() for _ in range(min(self.width, len(questions)))]
        for error in await asyncio.gather(*askers, return_exceptions=True):
            if error is not None:
                raise error

    async def _answer(self, cell: Cell, model: str, question: Question, provider: Provider) -> Answer:
        try:
            with about(tag=f"{cell.id} {question.id}"):
                reply = await provider.ask(model, question.prompt, self.sampling)
        except Rejected as rejected:
            return Answer(cell.id, question.id, "", "", str(rejected), 0, 0)
        used = reply.prompt_tokens, reply.answer_tokens
        text, altered = self.keep(reply.text)
        return Answer(cell.id, question.id, text, reply.finish, "", *used, altered)
